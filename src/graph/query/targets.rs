//! Targets as a configuration defines them.

use std::collections::{BTreeMap, BTreeSet};

use super::gaps::gaps_of_target;
use crate::graph::misses;
use crate::graph::selector::{self, SelectError};
use crate::graph::target::Members;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::selection::TargetSpec;
use crate::snapshot::ledger::Gap;

/// Target definitions by name.
pub type Targets = BTreeMap<String, TargetSpec>;

/// A target as it was typed, but for the name of an account that is not to be shown.
#[must_use]
pub fn shown_target(estate: &Estate, target: &str, defined: &Targets) -> String {
    if defined.contains_key(target) { target.to_owned() } else { estate.as_shown(target).into_owned() }
}

/// The accounts that a target's definition means, and why there may be more.
///
/// # Errors
/// Where it means none, or none of their roles.
pub fn target_accounts(estate: &Estate, name: &str, spec: &TargetSpec) -> Result<Members, SelectError> {
    selector::accounts_of(estate, spec, name, true)
}

/// How many roles a question about a target ends at, as far as they were read.
#[must_use]
pub fn target_roles(estate: &Estate, name: &str, spec: &TargetSpec) -> usize {
    selector::roles_of(estate, spec, name)
}

/// The same for selectors that a command line has, as they are written there.
///
/// # Errors
/// Where one of them means none.
pub fn selected_accounts(estate: &Estate, written: &str, spec: &TargetSpec) -> Result<Members, SelectError> {
    selector::accounts_of(estate, spec, written, false)
}

/// Whether a text is a target that a question can end at.
///
/// # Errors
/// Where it is unknown, ambiguous or matches nothing.
pub fn check_target(graph: &TrustGraph<'_>, text: &str, targets: &Targets) -> Result<(), SelectError> {
    selector::resolve(graph, text, targets).map(|_| ())
}

/// Paths of all OUs that hold accounts.
#[must_use]
pub fn unit_paths(estate: &Estate) -> BTreeSet<String> {
    misses::unit_paths(estate)
}

/// A sentence about each selector of a definition that matches no account or no role, with what is near it.
#[must_use]
pub fn idle_selectors(estate: &Estate, spec: &TargetSpec) -> Vec<String> {
    misses::idle(estate, spec)
}

/// The roles that a question about a target ends at.
///
/// # Errors
/// As [`roles_of`].
pub(crate) fn roles_of_target(
    graph: &TrustGraph<'_>,
    text: &str,
    targets: &Targets,
) -> Result<BTreeSet<PrincipalIx>, SelectError> {
    Ok(selector::resolve(graph, text, targets)?.roles)
}

/// ARNs of the roles that a question about a target, account, unit, tag or role ends at, and why there may be more.
///
/// # Errors
/// Where it is unknown, ambiguous or matches nothing.
pub fn roles_of(
    graph: &TrustGraph<'_>,
    text: &str,
    targets: &Targets,
) -> Result<(BTreeSet<String>, Vec<Gap>), SelectError> {
    let resolved = selector::resolve(graph, text, targets)?;
    let estate = graph.estate();
    let roles = resolved.roles.iter().map(|role| estate.arn(*role)).collect();
    Ok((roles, gaps_of_target(estate, &resolved)))
}
