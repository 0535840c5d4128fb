//! SAML providers that roles trust, and whether whoever writes the metadata of one enters the role.
//!
//! Owns: that whoever holds a provider signs any assertion, so that its claims are a free choice. Does not know who may change a provider
//! (`decide`). Of a provider and a role in two accounts nothing is said.
//! Source: AWS Security Token Service API Reference, `AssumeRoleWithSAML`; AWS IAM API Reference, `UpdateSAMLProvider` and
//! `DeleteSAMLProvider` (roles go on to name a provider that is gone); AWS IAM User Guide, "Available keys for SAML-based AWS STS federation".

use std::collections::BTreeSet;

use crate::arn::{Arn, saml_provider};
use crate::eval::{Caller, Credential, Question, Resource, Test, Trace, Truth, decide, project};
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate};
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, sts};

/// ARNs of the SAML providers of a role's own account that its trust policy names, in order.
pub(super) fn saml_of(estate: &Estate, role: PrincipalIx) -> BTreeSet<&str> {
    let Some(Document::Parsed(trust)) = estate.principal(role).role().map(|facts| facts.trust) else {
        return BTreeSet::new();
    };
    let own = estate.account(estate.principal(role).account()).id();
    let allows = estate.policy(trust).statements.iter().filter(|s| s.effect == Effect::Allow);
    let named = allows.filter(|s| s.actions.matches(&sts::ASSUME_ROLE_WITH_SAML)).flat_map(|s| s.entries());
    let arns = named.filter_map(|entry| if let PrincipalEntry::Federated(arn) = entry { Some(&**arn) } else { None });
    arns.filter(|arn| saml_provider(arn).is_some() && Arn::parse(arn).and_then(|arn| arn.account_id()) == Some(own))
        .collect()
}

/// Whether the account of a role has a provider; `None` where its providers were not read.
pub(super) fn is_there(estate: &Estate, role: PrincipalIx, provider: &str) -> Option<bool> {
    let listed = estate.account(estate.principal(role).account()).facts().saml_providers.as_ref();
    Some(listed?.iter().any(|arn| arn == provider))
}

/// Whether the provider of an attempt to make it can be made: attempts leave out those that are there, so that it is in doubt
/// only where the providers of the account were not read.
pub(super) fn can_be_made(estate: &Estate, role: PrincipalIx) -> Truth {
    estate.account(estate.principal(role).account()).saml_gap().map_or(Truth::True, Truth::gap)
}

/// Whether somebody for whom a provider says anything enters a role; what was met is recorded.
pub(super) fn lets_in(estate: &Estate, role: PrincipalIx, provider: &str, trace: &mut Trace) -> Truth {
    let caller = Caller::Provider(provider);
    let action = &sts::ASSUME_ROLE_WITH_SAML;
    let question = Question::new(estate, action, caller, Credential::OF_ROLE, Resource::Principal(role));
    let account = estate.account(estate.principal(role).account()).id();
    let principal = format!("{account}/{}", saml_provider(provider).unwrap_or_default());
    let of_provider = |test: &std::sync::Arc<Test>| {
        let is_known = test.key.lower() == PRINCIPAL;
        let held = if is_known { test.holds(&[&principal]) } else { None };
        held.map_or_else(|| Truth::test((**test).clone()), Truth::from)
    };
    let truth = decide(&question, trace).replace(&mut |test| of_provider(test));
    project(&truth, &is_said).unwrap_or(truth)
}

/// The claim that AWS makes of the account and the name of the provider.
const PRINCIPAL: &str = "saml:doc";

/// What an assertion says.
fn is_said(test: &Test) -> bool {
    let kind = test.key.kind();
    let passed = [
        KeyKind::ProviderClaim,
        KeyKind::RequestTag,
        KeyKind::TagKeys,
        KeyKind::TransitiveTagKeys,
        KeyKind::RoleSessionName,
        KeyKind::RequestedSourceIdentity,
    ];
    passed.contains(&kind) && test.key.lower() != PRINCIPAL
}
