//! Rules about whom trust policies let in.

use std::collections::BTreeMap;

use super::context::{CheckContext, Found, trust_evidence};
use crate::answer::Verdict;
use crate::arn::Arn;
use crate::graph::Source;
use crate::ids::AccountId;
use crate::policy::action::Action;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Quantifier};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement};

/// A role that anybody can assume.
pub(super) fn trust_any_principal(cx: &mut CheckContext<'_, '_>) {
    for (role, trust) in cx.trusts() {
        let names_everyone = assume_allows(trust).any(|s| entries(s).any(|e| *e == PrincipalEntry::Everyone));
        if !names_everyone {
            continue;
        }
        let edges = cx.graph.incoming(role);
        let Some(edge) = edges.iter().find(|e| e.from == Source::Everyone) else { continue };
        let truth = edge.free().truth();
        let pinned = truth.keys().iter().any(|key| !is_no_pin(key.kind(), key.lower()));
        if edge.free().verdict() == Verdict::Unknown || pinned {
            continue;
        }
        let conditions: Vec<String> = edge.free().conditions().into_iter().collect();
        let message = if conditions.is_empty() {
            "anybody with an AWS account can assume it".to_owned()
        } else {
            format!("anybody with an AWS account can assume it: {} does not pin who", conditions.join(", "))
        };
        let evidence =
            assume_allows(trust).filter(|s| entries(s).any(|e| *e == PrincipalEntry::Everyone)).map(trust_evidence);
        let evidence = evidence.collect();
        cx.principal(role, Found { message, evidence, ..Found::default() });
    }
}

/// Keys that the caller chooses, or that are too weak to tell one caller from another.
fn is_no_pin(kind: KeyKind, lower: &str) -> bool {
    match kind {
        KeyKind::Environment => matches!(lower, "aws:sourceip" | "aws:useragent" | "aws:referer"),
        _ => matches!(
            kind,
            KeyKind::RoleSessionName
                | KeyKind::ExternalId
                | KeyKind::RequestedRegion
                | KeyKind::TagKeys
                | KeyKind::RequestTag
                | KeyKind::TransitiveTagKeys
                | KeyKind::RequestedSourceIdentity
                | KeyKind::SecureTransport
                | KeyKind::CurrentTime
                | KeyKind::EpochTime
                | KeyKind::MfaPresent
                | KeyKind::MfaAge
                | KeyKind::TokenIssueTime
                | KeyKind::PrincipalType
        ),
    }
}

/// A role that trusts an account which is neither in the organisation nor allowed.
pub(super) fn external_account_not_allowed(cx: &mut CheckContext<'_, '_>) {
    if cx.estate.organization().is_none() {
        return;
    }
    let allowed = cx.list("allowed_accounts");
    for (role, trust) in cx.trusts() {
        for (id, statement) in external(cx, trust) {
            if allowed.contains(&id.to_string()) {
                continue;
            }
            let found = Found {
                message: format!("trusts account {id}, which is not in the organisation and not allowed"),
                discriminator: id.to_string(),
                evidence: vec![trust_evidence(statement)],
                ..Found::default()
            };
            cx.principal(role, found);
        }
    }
}

/// A role that an outside account enters without external id.
pub(super) fn external_trust_without_external_id(cx: &mut CheckContext<'_, '_>) {
    let own = cx.list("own_accounts");
    for (role, trust) in cx.trusts() {
        let open = assume_allows(trust).filter(|s| !s.conditions.iter().any(requires_external_id));
        let mut reported = BTreeMap::new();
        for statement in open {
            for id in outside_accounts(cx, statement).filter(|id| !own.contains(&id.to_string())) {
                reported.entry(id).or_insert(statement);
            }
        }
        for (id, statement) in reported {
            let found = Found {
                message: format!("account {id} enters without an external id"),
                discriminator: id.to_string(),
                evidence: vec![trust_evidence(statement)],
                ..Found::default()
            };
            cx.principal(role, found);
        }
    }
}

/// Satisfied only where an external id is passed.
fn requires_external_id(condition: &Condition) -> bool {
    let positive = matches!(condition.operator.base, Base::Compare { negated: false, .. });
    let strict = !condition.operator.if_exists && condition.operator.quantifier != Some(Quantifier::ForAllValues);
    condition.key.kind() == KeyKind::ExternalId && positive && strict
}

/// Outside accounts that a trust lets in, each with its first statement.
fn external<'p>(cx: &CheckContext<'_, '_>, trust: &'p Policy) -> BTreeMap<AccountId, &'p Statement> {
    let mut found = BTreeMap::new();
    for statement in assume_allows(trust) {
        for id in outside_accounts(cx, statement) {
            found.entry(id).or_insert(statement);
        }
    }
    found
}

/// Accounts that a statement names and that are neither members nor, without an organisation, among those given.
fn outside_accounts<'a>(
    cx: &'a CheckContext<'_, '_>,
    statement: &'a Statement,
) -> impl Iterator<Item = AccountId> + 'a {
    let organised = cx.estate.organization().is_some();
    entries(statement).filter_map(account_of).filter(move |id| match cx.estate.account_by_id(*id) {
        Some(ix) => organised && !cx.estate.account(ix).is_member(),
        None => true,
    })
}

fn account_of(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account(id) | PrincipalEntry::Session { account: id, .. } => Some(*id),
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => Arn::parse(arn)?.account_id(),
        _ => None,
    }
}

/// Statements that let somebody assume the role.
fn assume_allows(trust: &Policy) -> impl Iterator<Item = &Statement> {
    let assume = Action::parse("sts:AssumeRole");
    trust
        .statements
        .iter()
        .filter(move |s| s.effect == Effect::Allow && assume.as_ref().is_some_and(|action| s.actions.matches(action)))
}

fn entries(statement: &Statement) -> impl Iterator<Item = &PrincipalEntry> {
    statement.principal.iter().filter(|c| !c.negated).flat_map(|c| &c.entries)
}
