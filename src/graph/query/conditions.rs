//! What a path asks for, and the names on it.

use std::collections::BTreeSet;

use super::shown::Shown;
use crate::graph::decision::Decision;
use crate::graph::edge::Hop;
use crate::graph::search::path::Path;
use crate::graph::source::Source;
use crate::model::Estate;
use crate::policy::key::ContextKey;

/// Union of the conditions of all hops, sorted.
fn conditions(hops: &[Hop], start: &Source, estate: &Estate) -> Vec<String> {
    of_hops(Shown::of(hops, start, estate), hops, start).into_iter().collect()
}

pub(super) fn of_hops(shown: Shown, hops: &[Hop], start: &Source) -> BTreeSet<String> {
    hops.iter().flat_map(|s| shown.decision(&s.edge, s.from == *start).conditions()).collect()
}

/// First to last.
pub(super) fn names(hops: &[Hop], estate: &Estate) -> Vec<String> {
    let first = hops.first().map(|s| s.from.name(estate));
    first.into_iter().chain(hops.iter().map(|s| estate.arn(s.edge.to))).collect()
}

/// The conditions of a path: of its one formula where it has one, and MFA, which is a matter of who starts.
pub(super) fn path_conditions(path: &Path, source: &Source, estate: &Estate) -> Vec<String> {
    let of_hops = conditions(&path.hops, source, estate);
    let Some(joint) = &path.joint else { return of_hops };
    let of_credential = |key: &String| ContextKey::new(key).kind().depends_on_credential();
    let mut all = Decision::new(joint.clone()).conditions();
    all.extend(of_hops.into_iter().filter(of_credential));
    all.into_iter().collect()
}
