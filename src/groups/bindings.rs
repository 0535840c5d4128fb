//! Which groups of today do nothing but let their members into roles: a plan replaces these, and leaves all others alone.

use roaring::RoaringBitmap;

use super::pairs::number;
use crate::model::{Document, Estate, Group, PrincipalType};
use crate::policy::action::{Action, ActionPattern};
use crate::policy::condition::Condition;
use crate::policy::document::{Effect, Statement};
use crate::policy::key::KeyKind;
use crate::policy::resource;

/// A group that lets its members into roles, and does nothing else.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// The roles of the snapshot that its policies name.
    pub(super) roles: RoaringBitmap,
    /// True where every statement asks for MFA.
    pub(super) asks_for_mfa: bool,
}

/// Whether a group is one; the error says why it is left alone. With `mfa`, a condition that asks for MFA is no reason: each policy of the
/// plan has it.
pub(super) fn of(estate: &Estate, group: &Group, mfa: bool) -> Result<Binding, String> {
    if group.policies.is_empty() {
        return Err("it has no policies".to_owned());
    }
    let (mut roles, mut asks_for_mfa) = (RoaringBitmap::new(), true);
    for policy in &group.policies {
        let name = &policy.name;
        let Document::Parsed(document) = policy.document else {
            return Err(format!("its policy {name} was not read"));
        };
        if policy.is_aws_managed {
            return Err(format!("it has {name}"));
        }
        for statement in &estate.policy(document).statements {
            if let Some(why) = more_than_a_way(statement, mfa) {
                return Err(format!("policy {name} {why}"));
            }
            roles |= named(estate, statement);
            asks_for_mfa &= !statement.conditions.is_empty() && statement.conditions.iter().all(is_of_mfa);
        }
    }
    Ok(Binding { roles, asks_for_mfa })
}

/// The test that a request without MFA fails, as long-term access keys make it.
fn is_of_mfa(condition: &Condition) -> bool {
    let is_true = |text: &crate::policy::text::Text| text.as_str().eq_ignore_ascii_case("true");
    condition.key.kind() == KeyKind::MfaPresent
        && condition.written.eq_ignore_ascii_case("Bool")
        && condition.values.iter().all(is_true)
}

/// What a statement does beside letting somebody into roles.
fn more_than_a_way(statement: &Statement, mfa: bool) -> Option<&'static str> {
    let assume = Action::named("sts", "AssumeRole");
    let is_alone = |pattern: &ActionPattern| {
        matches!(pattern, ActionPattern::Named { service, operation, .. }
            if **service == *assume.service() && **operation == *assume.operation())
    };
    if statement.effect == Effect::Deny {
        return Some("denies something");
    }
    if statement.actions.negated || !statement.actions.patterns.iter().all(is_alone) {
        return Some("allows more than sts:AssumeRole");
    }
    let Some(clause) = &statement.resources else { return Some("names no resource") };
    if clause.negated || clause.variables().next().is_some() {
        return Some("names roles by what they are not, or by variables");
    }
    let is_about_mfa = |condition: &Condition| condition.key.kind() == KeyKind::MfaPresent;
    match (statement.conditions.is_empty(), mfa) {
        (true, _) => None,
        (false, false) => Some("has conditions (--mfa gives every policy of the plan the one that asks for MFA)"),
        (false, true) if statement.conditions.iter().all(is_about_mfa) => None,
        (false, true) => Some("has conditions beside MFA"),
    }
}

/// The roles of the snapshot that a statement names.
pub(super) fn named(estate: &Estate, statement: &Statement) -> RoaringBitmap {
    let mut found = RoaringBitmap::new();
    for text in statement.resources.iter().flat_map(|clause| clause.patterns.iter()) {
        let pattern = text.expand(|_| None);
        if !pattern.has_wildcard() {
            let exact = pattern.literal().and_then(|arn| estate.principal_by_arn(&arn));
            found.extend(exact.filter(|ix| estate.principal(*ix).kind() == PrincipalType::Role).map(number));
            continue;
        }
        found.extend(estate.roles().filter(|ix| resource::matches(&pattern, &estate.arn(*ix))).map(number));
    }
    found
}
