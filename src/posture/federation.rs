//! Whom identity providers may send into a role.
//!
//! Owns: the providers that a trust policy allows, what is left to decide for those whom they vouch for, and whether a token with certain
//! claims gets in. Judges a test of a claim by the tokens that pass it, not by how it is written. Does not know any issuer (`github`,
//! `issuers`).

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{self, Can};
use crate::arn::{Arn, Named, saml_provider};
use crate::eval::{Caller, Credential, Possible, Question, Resource, Test, Trace, Truth, decide, witnesses};
use crate::graph::is_of_identity_center;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement, sts};
use crate::wildcard;

/// A provider that a trust policy allows.
pub(crate) struct Federated<'p> {
    /// Its ARN, or the well-known name of an issuer.
    pub(crate) provider: &'p str,
    /// The statements that allow it.
    pub(crate) statements: Vec<&'p Statement>,
    /// What is left to decide for those whom it vouches for.
    pub(crate) truth: Truth,
}

/// Claims that are fixed: the name in lower case, or the whole key where it is not a claim of the issuer; and the value, if the token
/// has the claim.
pub(crate) type Claims<'a> = &'a [(&'a str, Option<&'a str>)];

impl Federated<'_> {
    /// Host and path of the issuer, as condition keys begin with it.
    pub(crate) fn issuer(&self) -> &str {
        match Arn::parse(self.provider).map(|arn| arn.named()) {
            Some(Named::OidcProvider { issuer }) => issuer,
            _ => self.provider,
        }
    }
}

/// The OpenID Connect providers that a trust policy allows, in order of name.
pub(crate) fn oidc<'p>(estate: &'p Estate, role: PrincipalIx, trust: &'p Policy) -> Vec<Federated<'p>> {
    allowed(estate, role, trust, &sts::ASSUME_ROLE_WITH_WEB_IDENTITY, false)
}

/// The SAML providers that a trust policy allows, in order of name.
pub(crate) fn saml<'p>(estate: &'p Estate, role: PrincipalIx, trust: &'p Policy) -> Vec<Federated<'p>> {
    allowed(estate, role, trust, &sts::ASSUME_ROLE_WITH_SAML, true)
}

/// Whether an ARN is that of a SAML provider.
pub(crate) fn is_saml(name: &str) -> bool {
    saml_provider(name).is_some()
}

/// Those of one kind, without those that are known not to be there: they vouch for nobody.
fn allowed<'p>(
    estate: &'p Estate,
    role: PrincipalIx,
    trust: &'p Policy,
    action: &Action,
    saml: bool,
) -> Vec<Federated<'p>> {
    let mut by_name = BTreeMap::<&str, Vec<&Statement>>::new();
    for statement in trust.statements.iter().filter(|s| s.effect == Effect::Allow && s.actions.matches(action)) {
        let mut named: BTreeSet<&str> = providers(statement).filter(|name| is_saml(name) == saml).collect();
        if lets_in_everybody(statement) {
            let listed = estate.account(estate.principal(role).account()).listed_providers(saml);
            named.extend(listed.into_iter().flatten().map(String::as_str).filter(|arn| !is_of_identity_center(arn)));
        }
        named.into_iter().for_each(|name| by_name.entry(name).or_default().push(statement));
    }
    by_name.retain(|name, _| !is_missing(estate, role, name));
    let decided = |provider: &str| {
        let caller = Caller::Provider(provider);
        let question = Question::new(estate, action, caller, Credential::OF_ROLE, Resource::Principal(role));
        decide(&question, &mut Trace::off())
    };
    by_name
        .into_iter()
        .map(|(provider, statements)| Federated { provider, statements, truth: decided(provider) })
        .collect()
}

/// The providers that a statement names.
pub(crate) fn providers(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.entries().filter_map(|entry| match entry {
        PrincipalEntry::Federated(name) => Some(&**name),
        _ => None,
    })
}

/// Whether a statement names everybody, and so those of every provider of the account.
pub(crate) fn lets_in_everybody(statement: &Statement) -> bool {
    statement.entries().any(|entry| *entry == PrincipalEntry::Everyone)
}

/// Whether an account is known not to have a provider. Well-known issuers have none in the account.
pub(crate) fn is_missing(estate: &Estate, role: PrincipalIx, name: &str) -> bool {
    let listed = estate.account(estate.principal(role).account()).listed_providers(is_saml(name));
    Arn::parse(name).is_some() && listed.is_some_and(|list| !list.iter().any(|arn| *arn == name))
}

/// What is left to decide for a token with these claims; others are open.
pub(crate) fn with(truth: &Truth, claims: Claims<'_>) -> Truth {
    truth.replace(&mut |test| {
        let undecided = || Truth::test((**test).clone());
        let Some((_, value)) = claims.iter().find(|(claim, _)| is_of(&test.key, claim)) else { return undecided() };
        let values: Vec<&str> = value.iter().copied().collect();
        if test.possible == Possible::Opaque && !values.is_empty() {
            // compared with something that is not known either
            return undecided();
        }
        test.holds(&values).map_or_else(undecided, Truth::from)
    })
}

/// Whether a token whose claims are like these patterns gets in: each is one text, and those texts are tried that the tests tell apart.
pub(crate) fn can_like(truth: &Truth, claims: &[(&str, &str)]) -> Can {
    let Some(((claim, pattern), rest)) = claims.split_first() else { return entry::can(truth) };
    let mut best = Can::No;
    for text in texts_like(truth, claim, pattern) {
        best = best.max(can_like(&with(truth, &[(claim, Some(&text))]), rest));
        if best == Can::Yes {
            break;
        }
    }
    best
}

/// The values and patterns that a claim is compared with, whatever the operator.
pub(crate) fn patterns_of<'t>(truth: &'t Truth, claim: &str) -> BTreeSet<&'t str> {
    let tests = truth.tests().into_iter().filter(|test| is_of(&test.key, claim));
    tests.flat_map(|test| &test.values).map(String::as_str).collect()
}

/// Texts like a pattern: one that no other pattern fits, and with each that the claim is compared with, one that fits both.
fn texts_like(truth: &Truth, claim: &str, pattern: &str) -> BTreeSet<String> {
    let key = ContextKey::new("issuer.example:claim");
    let own = Test::of(&key, "StringLike", pattern);
    let mut texts: BTreeSet<String> = witnesses(&[&own]).unwrap_or_default().into_iter().collect();
    for other in patterns_of(truth, claim).into_iter().filter(|other| wildcard::meet(pattern, other)) {
        texts.extend(witnesses(&[&own, &Test::of(&key, "StringLike", other)]).unwrap_or_default());
    }
    texts.retain(|text| wildcard::matches(pattern, text));
    texts
}

/// Whether a key is a claim, or the key of this name.
fn is_of(key: &ContextKey, claim: &str) -> bool {
    match key.lower().rsplit_once(':') {
        _ if claim.contains(':') => key.lower() == claim,
        Some((_, own)) => key.kind() == KeyKind::ProviderClaim && own == claim,
        None => false,
    }
}
