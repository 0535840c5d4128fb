//! What SCPs and RCPs take from an account.
//!
//! Owns: which of them take anything at all. Several SCPs of one level together allow what any of them allows, and neither SCPs nor RCPs
//! limit service-linked roles. Does not know what a request is denied by (`eval`).
//! Source: AWS Organizations User Guide, "SCP evaluation", "Service control policies" (tasks and entities not restricted by SCPs) and
//! "Resource control policies".

use std::collections::{BTreeMap, HashSet};

use super::grants;
use crate::ids::PolicyIx;
use crate::model::{Account, Estate, Guardrail, Guardrails};
use crate::policy::key::KeyKind;
use crate::policy::operator::Base;
use crate::policy::{Effect, Policy, Statement};

/// Whether an SCP or RCP takes something from an account; `None` if that was not read. Those of AWS allow everything, and so may a copy.
pub(crate) fn is_guarded(estate: &Estate, account: &Account) -> Option<bool> {
    let kinds: [&Guardrails; 2] = [account.scps(), account.rcps()];
    let denies = kinds
        .iter()
        .any(|guardrails| in_force(guardrails).iter().any(|level| statements(estate, level).any(denies_somebody)));
    let lists = || in_force(account.scps()).iter().any(|level| allows_everything(estate, level) == Some(false));
    known(denies || lists(), &kinds)
}

/// Whether the SCPs of an account leave it some Regions only; `None` if that was not read.
pub(crate) fn is_in_some_regions(estate: &Estate, account: &Account) -> Option<bool> {
    let by_region = |statement: &Statement| {
        statement.conditions.iter().any(|condition| condition.key.kind() == KeyKind::RequestedRegion)
    };
    let restricts = |level: &Vec<Guardrail>| {
        let denies = statements(estate, level).any(|of| denies_somebody(of) && by_region(of));
        let mut allows = statements(estate, level).filter(|of| of.effect == Effect::Allow).peekable();
        denies || is_read(level) && allows.peek().is_some() && allows.all(by_region)
    };
    known(in_force(account.scps()).iter().any(restricts), &[account.scps()])
}

/// What is known where nothing was found: nothing is there, unless something was not read.
fn known(found: bool, of: &[&Guardrails]) -> Option<bool> {
    if !found && of.iter().any(|guardrails| guardrails.gap().is_some()) { None } else { Some(found) }
}

/// The levels of guardrails that are known to be in force: what may not be in force proves nothing.
fn in_force(guardrails: &Guardrails) -> &[Vec<Guardrail>] {
    if guardrails.unknown().is_none() { guardrails.levels() } else { &[] }
}

/// What the policies of a level say that were read.
fn statements<'e>(estate: &'e Estate, level: &[Guardrail]) -> impl Iterator<Item = &'e Statement> {
    let read = level.iter().filter_map(|guardrail| guardrail.document.parsed());
    read.flat_map(|ix| &estate.policy(ix).statements)
}

fn is_read(level: &[Guardrail]) -> bool {
    level.iter().all(|guardrail| guardrail.document.parsed().is_some())
}

/// Whether the SCPs of a level let everything through that they do not deny; `None` if one that was not read may.
fn allows_everything(estate: &Estate, level: &[Guardrail]) -> Option<bool> {
    match statements(estate, level).any(gives_everything) {
        true => Some(true),
        false => is_read(level).then_some(false),
    }
}

fn gives_everything(statement: &Statement) -> bool {
    statement.effect == Effect::Allow && statement.conditions.is_empty() && grants::is_of_everything(statement)
}

/// A Deny that is not about service-linked roles alone.
fn denies_somebody(statement: &Statement) -> bool {
    statement.effect == Effect::Deny && !is_of_linked_roles(statement)
}

/// Whether a statement is about service-linked roles, by their path.
fn is_of_linked_roles(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        condition.key.kind() == KeyKind::PrincipalArn
            && matches!(condition.operator.base, Base::Compare { negated: false, .. })
            && !condition.operator.if_exists
            && !condition.values.is_empty()
            && condition.values.iter().all(|value| value.as_str().contains(":role/aws-service-role/"))
    })
}

/// Whether every Deny is about service-linked roles.
pub(crate) fn denies_linked_roles_alone(policy: &Policy) -> bool {
    let mut denies = policy.statements.iter().filter(|statement| statement.effect == Effect::Deny).peekable();
    denies.peek().is_some() && denies.all(is_of_linked_roles)
}

/// The SCPs that only list what is allowed, each beside one that allows everything, wherever it stands above an account.
pub(crate) fn idle_lists<'a>(estate: &Estate, accounts: impl Iterator<Item = &'a Account>) -> HashSet<PolicyIx> {
    // accounts share their levels
    let (mut seen, mut idle) = (HashSet::new(), BTreeMap::<PolicyIx, bool>::new());
    for scps in accounts.map(|account| &**account.scps()).filter(|scps| seen.insert(std::ptr::from_ref(*scps))) {
        for level in in_force(scps) {
            let is_open = allows_everything(estate, level) == Some(true);
            for ix in level.iter().filter_map(|guardrail| guardrail.document.parsed()) {
                *idle.entry(ix).or_insert(true) &= is_open;
            }
        }
    }
    let is_list = |ix: PolicyIx| {
        let statements = &estate.policy(ix).statements;
        !statements.is_empty() && statements.iter().all(|of| of.effect == Effect::Allow && !gives_everything(of))
    };
    idle.into_iter().filter(|(ix, is_idle)| *is_idle && is_list(*ix)).map(|(ix, _)| ix).collect()
}
