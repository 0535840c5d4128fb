//! A direct edge: somebody may assume a role.

use std::sync::Arc;

use super::decision::Decision;
use crate::answer::{PrincipalKind, Verdict};
use crate::eval::{Caller, Outside};
use crate::ids::{AccountId, ClassIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// Who an edge starts at. Ordered for output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Every member of a class.
    Class(ClassIx),
    /// One user or role.
    Principal(PrincipalIx),
    /// A service principal.
    Service(Arc<str>),
    /// ARN or well-known name of an identity provider.
    Provider(Arc<str>),
    /// Some principal of an account that was not collected.
    Account(AccountId),
    /// A named principal of such an account.
    Outsider(Arc<str>, AccountId),
    /// Anybody.
    Everyone,
}

/// By which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// AssumeRole by a principal.
    AssumeRole,
    /// AssumeRole by an AWS service.
    Service,
    /// AssumeRoleWithSAML.
    Saml,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
}

/// One edge into one role. Never denied in every way of calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: Source,
    /// The role.
    pub to: PrincipalIx,
    /// By which call.
    pub kind: EdgeKind,
    pub(super) free: Decision,
    /// Without and with MFA, where the two differ from `free`.
    pub(super) by_mfa: Option<Box<(Decision, Decision)>>,
    /// Where the caller starts a walk with a session that a service may have made, if that makes a difference (`starts`).
    pub(super) issued: Option<Box<Decision>>,
}

impl EdgeKind {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssumeRole => "assume-role",
            Self::Service => "service",
            Self::Saml | Self::WebIdentity => "federation",
        }
    }

    /// The action of the call.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::AssumeRole | Self::Service => "sts:AssumeRole",
            Self::Saml => "sts:AssumeRoleWithSAML",
            Self::WebIdentity => "sts:AssumeRoleWithWebIdentity",
        }
    }
}

impl Edge {
    /// An edge whose decision is the same however the caller signs.
    pub(super) fn of(from: Source, to: PrincipalIx, kind: EdgeKind, free: Decision) -> Self {
        Self { from, to, kind, free, by_mfa: None, issued: None }
    }

    /// Whoever starts may have MFA or not: for a path that starts at a user, and for callers that have none to bring.
    #[must_use]
    pub fn free(&self) -> &Decision {
        &self.free
    }

    /// Without MFA that is carried on: what a role can do by itself, and a user whose session will have none.
    #[must_use]
    pub fn plain(&self) -> &Decision {
        self.by_mfa.as_ref().map_or(&self.free, |both| &both.0)
    }

    /// With MFA, used by a user or inherited from one.
    #[must_use]
    pub fn with_mfa(&self) -> &Decision {
        self.by_mfa.as_ref().map_or(&self.free, |both| &both.1)
    }

    /// Every decision that counts for somebody: however the caller signs, whoever made its session.
    pub(super) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        [self.free(), self.plain(), self.with_mfa()].into_iter().chain(self.issued.as_deref())
    }

    /// True where MFA makes a difference.
    #[must_use]
    pub fn is_mfa_sensitive(&self) -> bool {
        self.by_mfa.is_some()
    }

    /// The decision for the source on its own, first hop of a path: users may bring MFA, nobody else.
    #[must_use]
    pub fn own(&self, source: PrincipalKind) -> &Decision {
        match (&self.issued, source) {
            (Some(issued), _) => issued,
            (None, PrincipalKind::Role) => self.plain(),
            (None, _) => self.free(),
        }
    }

    /// True where some way of calling comes to this verdict.
    pub(super) fn is_somehow(&self, verdict: Verdict) -> bool {
        self.decisions().any(|d| d.verdict() == verdict)
    }

    /// True where no way of calling is worth following.
    pub(super) fn is_dead(&self) -> bool {
        let dead = |d: &Decision| d.verdict() == Verdict::Denied;
        self.decisions().all(dead)
    }
}

impl Source {
    /// As it is printed: an ARN, a service principal, a provider, an account id or `*`. Classes have no name.
    #[must_use]
    pub fn name(&self, estate: &Estate) -> String {
        match self {
            Self::Class(_) => String::new(),
            Self::Principal(ix) => estate.arn(*ix),
            Self::Service(name) | Self::Provider(name) | Self::Outsider(name, _) => name.to_string(),
            Self::Account(id) => id.to_string(),
            Self::Everyone => "*".to_owned(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self, estate: &Estate) -> PrincipalKind {
        let of = |kind| if kind == PrincipalType::User { PrincipalKind::User } else { PrincipalKind::Role };
        match self {
            Self::Class(ix) => of(estate.class(*ix).kind()),
            Self::Principal(ix) => of(estate.principal(*ix).kind()),
            Self::Service(_) => PrincipalKind::Service,
            Self::Provider(_) => PrincipalKind::Federated,
            Self::Account(_) => PrincipalKind::Account,
            Self::Outsider(arn, _) if arn.contains(":user/") => PrincipalKind::User,
            Self::Outsider(..) => PrincipalKind::Role,
            Self::Everyone => PrincipalKind::Public,
        }
    }

    /// Its account id; empty for services and everybody, the provider's own for a provider.
    #[must_use]
    pub fn account(&self, estate: &Estate) -> String {
        match self {
            Self::Class(ix) => estate.account(estate.class(*ix).account()).id().to_string(),
            Self::Principal(ix) => estate.account(estate.principal(*ix).account()).id().to_string(),
            Self::Provider(arn) => {
                crate::arn::Arn::parse(arn).and_then(|a| a.account_id()).map_or_else(String::new, |id| id.to_string())
            }
            Self::Account(id) | Self::Outsider(_, id) => id.to_string(),
            Self::Service(_) | Self::Everyone => String::new(),
        }
    }

    /// The principals it stands for.
    pub fn members<'a>(&'a self, estate: &'a Estate) -> &'a [PrincipalIx] {
        match self {
            Self::Class(ix) => estate.class(*ix).members(),
            Self::Principal(ix) => std::slice::from_ref(ix),
            _ => &[],
        }
    }

    /// The caller to decide a request for; a class is decided for one of its members.
    pub(super) fn caller<'a>(&'a self, estate: &Estate) -> Caller<'a> {
        match self {
            Self::Class(ix) => {
                Caller::Principal(estate.class(*ix).members().first().copied().unwrap_or_else(|| PrincipalIx::new(0)))
            }
            Self::Principal(ix) => Caller::Principal(*ix),
            Self::Service(name) => Caller::Service(name),
            Self::Provider(name) => Caller::Provider(name),
            Self::Account(id) => Caller::Outside(Outside::Account(*id)),
            Self::Outsider(arn, id) => Caller::Outside(Outside::Principal(arn, *id)),
            Self::Everyone => Caller::Outside(Outside::Anyone),
        }
    }
}
