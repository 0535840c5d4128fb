//! One request to assume one role: who calls, with which credentials, for what.
//!
//! Owns: the request and the ARNs in it. Does not know what its context keys hold (`context`) or what is decided (`decide`).

use std::cell::OnceCell;
use std::sync::Arc;

use super::facts::{Domain, Except, Facts};
use super::truth::{Possible, Test, Truth};
use crate::arn::{Arn, Named};
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::{Account, Estate, PrincipalType};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Operator;

/// How a caller may have signed: it decides what the request says about MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    /// A user's access key.
    AccessKey,
    /// A user's access key, in a call that itself carries an MFA code: it counts for that call alone.
    AccessKeyWithCode,
    /// A user's session (GetSessionToken, console) without MFA.
    UserSession,
    /// A user's session with MFA.
    UserSessionWithMfa,
    /// A role session, of which no MFA is known.
    RoleSession,
    /// A role session that inherited MFA from the user's session it started from.
    RoleSessionWithMfa,
}

/// The credentials that are possible for one question.
pub type Credentials = &'static [Credential];

impl Credential {
    /// Whatever a user can sign with, MFA device included.
    pub const OF_USER: Credentials =
        &[Self::AccessKey, Self::AccessKeyWithCode, Self::UserSession, Self::UserSessionWithMfa];
    /// Whatever a role session can be, further down a path too.
    pub const OF_ROLE: Credentials = &[Self::RoleSession, Self::RoleSessionWithMfa];

    /// The credential as the only one.
    #[must_use]
    pub fn alone(self) -> Credentials {
        match self {
            Self::AccessKey => &[Self::AccessKey],
            Self::AccessKeyWithCode => &[Self::AccessKeyWithCode],
            Self::UserSession => &[Self::UserSession],
            Self::UserSessionWithMfa => &[Self::UserSessionWithMfa],
            Self::RoleSession => &[Self::RoleSession],
            Self::RoleSessionWithMfa => &[Self::RoleSessionWithMfa],
        }
    }

    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access-key",
            Self::AccessKeyWithCode => "access-key-with-mfa-code",
            Self::UserSession => "session-without-mfa",
            Self::UserSessionWithMfa => "session-with-mfa",
            Self::RoleSession => "role-session",
            Self::RoleSessionWithMfa => "role-session-with-mfa",
        }
    }

    /// True where the request says that MFA was used.
    #[must_use]
    pub fn has_mfa(self) -> bool {
        matches!(self, Self::AccessKeyWithCode | Self::UserSessionWithMfa | Self::RoleSessionWithMfa)
    }

    /// True where the session that is made carries MFA on: a code in the call itself counts for that call alone.
    #[must_use]
    pub fn carries_mfa(self) -> bool {
        matches!(self, Self::UserSessionWithMfa | Self::RoleSessionWithMfa)
    }

    /// True for long-term keys: their requests do not say since when a session is.
    #[must_use]
    pub fn is_long_term(self) -> bool {
        matches!(self, Self::AccessKey | Self::AccessKeyWithCode)
    }
}

/// Somebody whose own policies rolehop does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside<'e> {
    /// Some principal of an account that was not collected.
    Account(AccountId),
    /// A named principal of such an account.
    Principal(&'e str, AccountId),
    /// Anybody of whom nothing is known but that the account is not among those collected.
    Anyone,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller<'e> {
    /// A user or role of the estate.
    Principal(PrincipalIx),
    /// Somebody outside it.
    Outside(Outside<'e>),
    /// An AWS service.
    Service(&'e str),
    /// Somebody whom an identity provider vouches for: its ARN or well-known name.
    Provider(&'e str),
}

/// Whether a request carries what only a companion permission lets it carry: session tags (`sts:TagSession`), a source
/// identity (`sts:SetSourceIdentity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carries {
    /// It does not.
    No,
    /// It may.
    Perhaps,
    /// It does.
    Yes,
}

/// One request to assume one role.
#[derive(Clone, Debug)]
pub struct Request<'e> {
    /// Where the facts are.
    pub estate: &'e Estate,
    /// `sts:AssumeRole` or one of its kin.
    pub action: &'e Action,
    /// Who calls.
    pub caller: Caller<'e>,
    /// With which credentials; only for callers of the estate.
    pub credentials: Credentials,
    /// The role asked for.
    pub role: PrincipalIx,
    /// Session tags.
    pub tags: Carries,
    /// A source identity.
    pub source_identity: Carries,
    /// The session that calls was made by AssumeRole: it has nothing that a service or a provider gives (`session`).
    pub(super) made: bool,
    role_arn: Arc<str>,
    caller_arn: OnceCell<Option<String>>,
}

impl<'e> Request<'e> {
    /// A request; the credentials of callers that are no IAM principals do not matter.
    #[must_use]
    pub fn new(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        credentials: Credentials,
        role: PrincipalIx,
    ) -> Self {
        let arn = estate.arn(role).into();
        Self::for_role(estate, action, caller, credentials, role, arn)
    }

    /// As [`Request::new`], the role's ARN being at hand.
    #[must_use]
    pub fn for_role(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        credentials: Credentials,
        role: PrincipalIx,
        role_arn: Arc<str>,
    ) -> Self {
        let (tags, source_identity) = (Carries::Perhaps, Carries::Perhaps);
        let (made, caller_arn) = (false, OnceCell::new());
        Self { estate, action, caller, credentials, role, tags, source_identity, made, role_arn, caller_arn }
    }

    /// The request of a session that was made by AssumeRole, where that is so.
    #[must_use]
    pub fn by_made_session(self, made: bool) -> Self {
        Self { made, ..self }
    }

    /// ARN of the role asked for.
    #[must_use]
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// ARN of the caller, where it has one.
    #[must_use]
    pub fn caller_arn(&self) -> Option<&str> {
        let made = || match self.caller {
            Caller::Principal(ix) => Some(self.estate.arn(ix)),
            Caller::Outside(Outside::Principal(arn, _)) => Some(arn.to_owned()),
            _ => None,
        };
        self.caller_arn.get_or_init(made).as_deref()
    }

    /// The caller's account, where the estate has it.
    #[must_use]
    pub fn caller_account(&self) -> Option<AccountIx> {
        match self.caller {
            Caller::Principal(ix) => Some(self.estate.principal(ix).account()),
            Caller::Outside(Outside::Account(id) | Outside::Principal(_, id)) => self.estate.account_by_id(id),
            _ => None,
        }
    }

    /// True where the caller is of another partition than the role. Source: AWS IAM User Guide, "Federating AWS identities
    /// across AWS partitions".
    #[must_use]
    pub fn crosses_partitions(&self) -> bool {
        let own = match self.caller {
            Caller::Principal(ix) => Some(self.estate.account(self.estate.principal(ix).account()).partition()),
            Caller::Outside(Outside::Principal(arn, _)) => Arn::parse(arn).map(|a| a.partition),
            _ => None,
        };
        own.is_some_and(|own| own != self.role_account().partition())
    }

    /// The account of the role asked for.
    #[must_use]
    pub fn role_account(&self) -> &'e Account {
        self.estate.account(self.estate.principal(self.role).account())
    }
}

impl Facts for Request<'_> {
    fn action(&self) -> &Action {
        self.action
    }

    fn resource(&self) -> &str {
        self.role_arn()
    }

    fn domain(&self, key: &ContextKey) -> Domain<'_> {
        self.known_of(key)
    }

    fn credentials(&self) -> Option<Credentials> {
        matches!(self.caller, Caller::Principal(_)).then_some(self.credentials)
    }

    fn admits(&self, except: Except, value: &str) -> bool {
        match except {
            Except::Nothing => true,
            Except::CollectedAccounts => {
                let id = AccountId::parse(value).or_else(|| Arn::parse(value)?.account_id());
                id.is_none_or(|id| match self.caller {
                    // of an account that was not read nobody else is known
                    Caller::Outside(Outside::Account(own)) => id == own,
                    _ => self.estate.account_by_id(id).is_none(),
                })
            }
        }
    }

    fn fact_of(&self, key: &ContextKey) -> ContextKey {
        // a service's tags are those that its call passes
        match (self.caller, key.kind()) {
            (Caller::Service(_), KeyKind::PrincipalTag) => ContextKey::new(&format!("aws:RequestTag/{}", key.tag())),
            _ => key.clone(),
        }
    }

    fn is_anybody(&self) -> bool {
        // services and federated users too: a Deny for everybody hits them
        true
    }

    fn belongs_to(&self, account: AccountId, partition: Option<&str>) -> bool {
        let own = match self.caller {
            Caller::Principal(ix) => self.estate.account(self.estate.principal(ix).account()).id(),
            Caller::Outside(Outside::Account(own) | Outside::Principal(_, own)) => own,
            _ => return false,
        };
        own == account && partition.is_none_or(|p| p == self.role_account().partition())
    }

    fn is_named(&self, arn: &str) -> bool {
        matches!(self.caller, Caller::Principal(_) | Caller::Outside(Outside::Principal(..)))
            && self.caller_arn() == Some(arn)
    }

    fn is_session(&self, account: AccountId, role: &str, session: &str) -> Option<Truth> {
        let is_role = match self.caller {
            Caller::Principal(ix) => {
                let principal = self.estate.principal(ix);
                principal.kind() == PrincipalType::Role && principal.name() == role
            }
            Caller::Outside(Outside::Principal(arn, _)) => match Arn::parse(arn)?.named() {
                Named::Role { name, .. } => name == role,
                Named::AssumedRole { role: own, session: name } if own == role => {
                    return Some(Truth::from(name == session));
                }
                _ => false,
            },
            _ => false,
        };
        (is_role && self.belongs_to(account, None)).then(|| session_is(session))
    }

    fn is_federated_user(&self, _arn: &str) -> bool {
        // such a session cannot call AssumeRole: it is no caller of the graph
        false
    }

    fn is_service(&self, name: &str) -> bool {
        matches!(self.caller, Caller::Service(own) if own == name)
    }

    fn is_provider(&self, name: &str) -> bool {
        matches!(self.caller, Caller::Provider(own) if own == name)
    }
}

/// The caller's session has this name: given by whoever made the session, so not known.
fn session_is(name: &str) -> Truth {
    Truth::test(Test {
        key: ContextKey::new("sts:RoleSessionName"),
        variable: ContextKey::caller_session(),
        scope: 0,
        operator: Operator::parse("StringEquals"),
        values: vec![name.to_owned()],
        undecided: vec![ContextKey::new("sts:RoleSessionName")],
        possible: Possible::Any { absent: false },
        exact: None,
    })
}
