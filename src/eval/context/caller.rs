//! Context keys of the caller: who it is, of which account and organization, and how it signed.

use std::borrow::Cow;

use super::domain::{Domain, Except, absent, free, free_present, known, unread};
use super::estate::EstateContext;
use super::resource::tag;
use crate::arn::{Arn, Named};
use crate::eval::added::Added;
use crate::eval::credential::Credential;
use crate::eval::made::Made;
use crate::eval::question::{Caller, Outside};
use crate::eval::residual::Shape;
use crate::ids::PrincipalIx;
use crate::model::{Account, Document, Estate, PrincipalType};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::principal::PrincipalEntry;
use crate::policy::session_keys::tagger;
use crate::policy::{Effect, Statement, sts};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_principal(&self, key: &ContextKey, ix: PrincipalIx) -> Domain<'e> {
        let principal = self.estate().principal(ix);
        let account = self.estate().account(principal.account());
        let is_role = principal.kind() == PrincipalType::Role;
        match key.kind() {
            kind if is_of_account(kind) => self.of_account_of_caller(key, account),
            // a session tag of the same key would override the role's own
            KeyKind::PrincipalTag if self.estate().unread_trust(ix).is_some() => unread(self.estate().unread_trust(ix)),
            KeyKind::PrincipalTag if self.question.added == Added::Retagged => free(true),
            // which it replaces, and never removes
            KeyKind::PrincipalTag if is_role && may_be_tagged(self.estate(), ix, key.tag()) => {
                free(principal.tags().iter().all(|own| !own.key.eq_ignore_ascii_case(key.tag())))
            }
            KeyKind::PrincipalTag => tag(principal, key.tag()),
            KeyKind::PrincipalType => known(if is_role { "AssumedRole" } else { "User" }),
            KeyKind::UserId if principal.unique_id().is_empty() => free(false),
            KeyKind::UserId if is_role => Domain::Prefixed(format!("{}:", principal.unique_id())),
            KeyKind::UserId => known(principal.unique_id()),
            KeyKind::Username if is_role => absent(),
            KeyKind::Username => known(principal.name()),
            KeyKind::FederatedProvider if is_role => self.of_session(key),
            KeyKind::SourceIdentity if is_role => match self.estate().sets_source_identity() {
                Ok(true) => free(true),
                Ok(false) => absent(),
                Err(gap) => unread(Some(gap)),
            },
            _ => absent(),
        }
    }

    /// Who is not there yet: it has its account, a name, an id of which nobody speaks, and the tags that its maker gives it.
    pub(super) fn of_made(&self, key: &ContextKey, made: Made<'e>) -> Domain<'e> {
        let is_role = made.kind == PrincipalType::Role;
        match key.kind() {
            kind if is_of_account(kind) => self.of_account_of_caller(key, self.estate().account(made.account)),
            KeyKind::PrincipalTag if made.is_tagged => free(true),
            KeyKind::PrincipalType => known(if is_role { "AssumedRole" } else { "User" }),
            KeyKind::UserId if is_role => Domain::Prefixed(format!("{}:", made.unique_id())),
            KeyKind::UserId => known(made.unique_id()),
            KeyKind::Username if !is_role => known(made.name()),
            _ => absent(),
        }
    }

    /// What tells of the caller's account, and its ARN.
    fn of_account_of_caller(&self, key: &ContextKey, account: &Account) -> Domain<'e> {
        match key.kind() {
            KeyKind::PrincipalAccount => known(account.id().to_string()),
            KeyKind::PrincipalArn => known(self.question.caller_arn().unwrap_or_default().to_owned()),
            KeyKind::PrincipalOrgId => match self.estate().organization() {
                Some(organization) if account.is_member() => known(organization.id.as_str()),
                Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
                _ => self.other_organization(key),
            },
            _ => self.organization_paths(account, key),
        }
    }

    pub(super) fn of_outsider(&self, key: &ContextKey, outside: Outside<'e>) -> Domain<'e> {
        let named = self.question.caller_arn().and_then(Arn::parse).map(|a| a.named());
        let account = match outside {
            Outside::Account(id) | Outside::Principal(_, id) => Some(id),
            Outside::Anyone => None,
        };
        let member = self.question.caller_account().map(|ix| self.estate().account(ix)).filter(|a| a.is_member());
        match key.kind() {
            KeyKind::PrincipalAccount => {
                account.map_or_else(|| free_present(Except::CollectedAccounts), |id| known(id.to_string()))
            }
            KeyKind::PrincipalArn => match outside {
                Outside::Principal(arn, _) => role_of_session(arn).unwrap_or_else(|| known(arn)),
                Outside::Account(_) | Outside::Anyone => free_present(Except::CollectedAccounts),
            },
            KeyKind::PrincipalOrgId => match (self.estate().organization(), member) {
                (Some(organization), Some(_)) => known(organization.id.as_str()),
                // a caller of whom nothing is known may be of an account that is not listed
                (Some(_), None) if self.estate().unlisted().is_some() => unread(self.estate().unlisted()),
                _ => self.other_organization(key),
            },
            KeyKind::PrincipalOrgPaths => {
                let stranger = || match self.estate().unlisted() {
                    Some(gap) => unread(Some(gap)),
                    None => self.other_organization(key),
                };
                member.map_or_else(stranger, |account| self.organization_paths(account, key))
            }
            KeyKind::PrincipalType => match named {
                Some(Named::User { .. }) => known("User"),
                Some(Named::Role { .. } | Named::AssumedRole { .. }) => known("AssumedRole"),
                _ => free(false),
            },
            KeyKind::Username => match named {
                Some(Named::Role { .. } | Named::AssumedRole { .. }) => absent(),
                Some(Named::User { name, .. }) => known(name.to_owned()),
                _ => free(true),
            },
            KeyKind::UserId => free(false),
            _ => free(true),
        }
    }

    /// MFA: absent with an access key; false or true with a user's session; a role session inherits it or has none.
    pub(super) fn of_credentials(&self, kind: KeyKind) -> Domain<'e> {
        let (Caller::Principal(_) | Caller::Made(_)) = self.question.caller else {
            // services and identity providers never bring MFA; of outsiders nothing is known
            return if matches!(self.question.caller, Caller::Outside(_)) { free(true) } else { absent() };
        };
        let with_mfa = |c: &Credential| c.has_mfa();
        match kind {
            KeyKind::MfaPresent => {
                let of = |c: &Credential| c.mfa_present().into_iter();
                let owned = |value: Vec<String>| value.into_iter().map(Cow::Owned).collect();
                let mut values: Vec<Vec<Cow<'e, str>>> =
                    self.question.call.credentials.iter().flat_map(of).map(owned).collect();
                values.sort();
                values.dedup();
                if values.len() == 1 { Domain::Known(values.pop().unwrap_or_default()) } else { Domain::OneOf(values) }
            }
            KeyKind::MfaAge if !self.question.call.credentials.iter().any(with_mfa) => absent(),
            KeyKind::MfaAge => free(!self.question.call.credentials.iter().all(with_mfa)),
            _ if self.question.call.credentials.iter().all(|c| c.is_long_term()) => absent(),
            _ => free(self.question.call.credentials.iter().any(|c| c.is_long_term())),
        }
    }
}

/// `aws:PrincipalArn` of a session: the ARN of its role, whose path the session's own does not say.
fn role_of_session<'e>(arn: &str) -> Option<Domain<'e>> {
    let arn = Arn::parse(arn)?;
    let Named::AssumedRole { role, .. } = arn.named() else { return None };
    let of = |path: &str| format!("arn:{}:iam::{}:role/{path}{role}", arn.partition, arn.account);
    let shape = Shape { like: vec![of(""), of("*/")], ..Shape::default() };
    Some(Domain::Shaped { shape: shape.into(), may_be_absent: false })
}

/// True for keys that tell of the caller's account, and its ARN.
fn is_of_account(kind: KeyKind) -> bool {
    matches!(
        kind,
        KeyKind::PrincipalAccount | KeyKind::PrincipalArn | KeyKind::PrincipalOrgId | KeyKind::PrincipalOrgPaths
    )
}

/// Whether somebody may pass a session tag of this key to the role: services that set tags themselves set no others.
#[must_use]
pub fn may_be_tagged(estate: &Estate, role: PrincipalIx, tag: &str) -> bool {
    let Some(facts) = estate.principal(role).role() else { return false };
    let Document::Parsed(trust) = facts.trust else { return true };
    let passes = |entry: &PrincipalEntry| match entry {
        PrincipalEntry::Service(name) => tagger(name).is_none_or(|tagger| tagger.sets(tag)),
        _ => true,
    };
    let opens = |s: &&Statement| s.effect == Effect::Allow && s.actions.matches(&sts::TAG_SESSION);
    let mut clauses = estate.policy(trust).statements.iter().filter(opens).filter_map(|s| s.principal.as_ref());
    clauses.any(|clause| clause.negated || clause.entries.iter().any(passes))
}
