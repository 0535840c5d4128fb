//! Whether whoever writes the trust policy of a role gets sessions of it then.
//!
//! Owns: whom such a policy can let in. The caller itself, by its name, unless a Deny of its own, its boundary or an SCP forbids it to
//! assume roles. Somebody of an account outside the organization, which anybody can open and no SCP of the organization binds. Whom a
//! public identity provider vouches for. The RCPs of the role's account bind all of them.
//! Source: AWS Organizations User Guide, "Service control policies" (they affect only principals of accounts that are part of the
//! organization), "Resource control policies"; AWS IAM User Guide, "AWS JSON policy elements: Principal" (OIDC federated principals),
//! "Cross-account policy evaluation logic".

use std::sync::Arc;

use super::actions::UPDATE_TRUST;
use super::names::boundary_of;
use super::table::keys_of;
use crate::eval::{Caller, Outside, Question, ResourceReads, Sent, ServiceKeys, Test, Trace, Truth, decide, project};
use crate::ids::{AccountId, PrincipalIx};
use crate::model::{Account, Estate, Guardrail, PUBLIC_PROVIDERS};
use crate::policy::action::Action;
use crate::policy::key::KeyKind;
use crate::policy::{Effect, sts};
use crate::regions;

/// Accounts that stand for one that the caller opened itself; the estate has at least one of them not.
const STRANGERS: [&str; 3] = ["610973251842", "380461927755", "274095618833"];

/// The organization of such an account.
const STRANGE_ORGANIZATION: &str = "o-q7x2m4k9zt";

/// Whether a trust policy can be written that lets the caller in; `own` is the question whether the caller may assume the role. What
/// stands in its own way is recorded where no other way in is sure.
pub(super) fn lets_in(own: Question<'_>, reads: Option<&ResourceReads>, trace: &mut Trace) -> Truth {
    let (estate, role) = (own.estate, own.resource.clone());
    let Some(account) = own.resource_account() else { return Truth::False };
    if !may_be_refused(estate, account, &sts::ASSUME_ROLE) {
        return Truth::True;
    }
    let own = own.with_rewritten_trust();
    let arn: Arc<str> = own.resource_arn().into();
    let entry = |action, caller| Question::of(estate, action, caller, role.clone(), &arn);
    let asked = |question: Question<'_>| {
        let question = question.with_rewritten_trust();
        decide(&reads.map_or_else(|| question.clone(), |reads| question.clone().noting(reads)), &mut Trace::off())
    };
    let mut any = chosen(asked(own.clone()), is_passed);
    if any != Truth::True {
        any = any.or(chosen(asked(by_stranger(estate, entry)), is_of_stranger));
    }
    for provider in PUBLIC_PROVIDERS {
        if any == Truth::True {
            return any;
        }
        let action = &sts::ASSUME_ROLE_WITH_WEB_IDENTITY;
        any = any.or(chosen(asked(entry(action, Caller::Provider(provider))), is_claimed));
    }
    if any != Truth::True {
        _ = decide(&own, trace);
    }
    any
}

/// The question, with what a request says that changes the trust policy of a role.
pub(super) fn changing<'e>(question: Question<'e>, role: PrincipalIx) -> Question<'e> {
    let estate = question.estate;
    let principal = estate.principal(role);
    let boundary = boundary_of(estate, principal);
    let boundary: Vec<&str> = boundary.iter().map(String::as_str).collect();
    let region = regions::home(estate.account(principal.account()).partition());
    let sent = Sent::new(&[
        ("aws:RequestedRegion", &[region]),
        ("iam:PermissionsBoundary", &boundary),
        (Sent::TAGS, &[]),
        ("aws:TagKeys", &[]),
    ]);
    question
        .with_service_keys(keys_of(UPDATE_TRUST.name()).map_or(ServiceKeys::Chosen, ServiceKeys::Listed))
        .sending(sent)
}

/// Whether some RCP of the role's account denies the action, or may.
fn may_be_refused(estate: &Estate, account: &Account, action: &Action) -> bool {
    let rcps = account.rcps();
    let denies = |guardrail: &Guardrail| {
        guardrail.document.parsed().is_none_or(|ix| {
            estate.policy(ix).statements.iter().any(|s| s.effect == Effect::Deny && s.actions.matches(action))
        })
    };
    rcps.unknown().is_some() || rcps.levels().iter().flatten().any(denies)
}

/// Somebody of an account that the caller opened.
fn by_stranger<'e>(estate: &'e Estate, entry: impl Fn(&'e Action, Caller<'e>) -> Question<'e>) -> Question<'e> {
    let mut accounts = STRANGERS.iter().filter_map(|id| AccountId::parse(id));
    let account = accounts.find(|id| estate.account_by_id(*id).is_none());
    let caller = Caller::Outside(account.map_or(Outside::Anyone, Outside::Account));
    let path = format!("{STRANGE_ORGANIZATION}/r-q7x2/");
    let sent =
        Sent::new(&[("aws:PrincipalOrgID", &[STRANGE_ORGANIZATION]), ("aws:PrincipalOrgPaths", &[path.as_str()])]);
    entry(&sts::ASSUME_ROLE, caller).sending(sent)
}

/// What is left where these keys are a choice.
fn chosen(truth: Truth, is_chosen: fn(KeyKind) -> bool) -> Truth {
    project(&truth, &|test: &Test| is_chosen(test.key.kind())).unwrap_or(truth)
}

/// What whoever assumes a role says in the call.
fn is_passed(kind: KeyKind) -> bool {
    matches!(
        kind,
        KeyKind::RequestTag
            | KeyKind::TagKeys
            | KeyKind::TransitiveTagKeys
            | KeyKind::RoleSessionName
            | KeyKind::RequestedSourceIdentity
            | KeyKind::ExternalId
            | KeyKind::RequestedRegion
    )
}

/// What whoever administers the caller's account chooses beside.
fn is_of_stranger(kind: KeyKind) -> bool {
    is_passed(kind)
        || matches!(
            kind,
            KeyKind::PrincipalArn
                | KeyKind::PrincipalTag
                | KeyKind::PrincipalType
                | KeyKind::UserId
                | KeyKind::Username
                | KeyKind::SourceIdentity
                | KeyKind::MfaPresent
                | KeyKind::MfaAge
                | KeyKind::TokenIssueTime
                | KeyKind::FederatedProvider
                | KeyKind::ProviderClaim
                | KeyKind::SessionKey
                | KeyKind::CallerSession
                | KeyKind::TransitiveTag
                | KeyKind::Credential
                | KeyKind::Issuer
        )
}

/// What a public provider says of whoever signs up, as far as the caller has a say.
fn is_claimed(kind: KeyKind) -> bool {
    is_passed(kind) || kind == KeyKind::ProviderClaim
}
