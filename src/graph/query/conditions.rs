//! What a path asks for, and the names on it.

use std::collections::BTreeSet;

use super::shown::Shown;
use crate::graph::decision::Decision;
use crate::graph::edge::Step;
use crate::graph::search::walk::Walk;
use crate::graph::source::Source;
use crate::model::Estate;
use crate::policy::key::ContextKey;

/// Union of the conditions of all hops, sorted.
fn conditions(steps: &[Step], start: &Source, estate: &Estate) -> Vec<String> {
    of_hops(Shown::of(steps, start, estate), steps, start).into_iter().collect()
}

pub(super) fn of_hops(shown: Shown, steps: &[Step], start: &Source) -> BTreeSet<String> {
    steps.iter().flat_map(|s| shown.decision(&s.edge, s.from == *start).conditions()).collect()
}

/// First to last.
pub(super) fn names(steps: &[Step], estate: &Estate) -> Vec<String> {
    let first = steps.first().map(|s| s.from.name(estate));
    first.into_iter().chain(steps.iter().map(|s| estate.arn(s.edge.to))).collect()
}

/// The conditions of a walk: of its one formula where it has one, and MFA, which is a matter of who starts.
pub(super) fn walk_conditions(walk: &Walk, source: &Source, estate: &Estate) -> Vec<String> {
    let of_hops = conditions(&walk.steps, source, estate);
    let Some(joint) = &walk.joint else { return of_hops };
    let of_credential = |key: &String| ContextKey::new(key).kind().depends_on_credential();
    let mut all = Decision::new(joint.clone()).conditions();
    all.extend(of_hops.into_iter().filter(of_credential));
    all.into_iter().collect()
}
