//! The best path of a source, by the sweeps where they know it, else searched.

use super::backward::Reach;
use super::k_best;
use super::path::Path;
use crate::answer::Verdict;
use crate::graph::chaining;
use crate::graph::source::Source;

/// A shortest path of the best verdict, checked as a whole where its calls share facts.
pub(crate) fn best_path(reach: &Reach<'_, '_>, source: &Source) -> Option<Path> {
    if reach.starts_apart(source) {
        return searched(reach, source);
    }
    let best = reach.best(source)?;
    let hops = reach.hops(source, best);
    if !reach.is_linked_from(source) || !chaining::is_linked(&hops) {
        return Some(Path { verdict: best.verdict, hops, joint: None });
    }
    let mut paths = k_best::best(reach, source, None, 1);
    // a search that was given up proves nothing: what it started from may hold
    let given_up = || paths.cut.then_some(Path { verdict: Verdict::Unknown, hops, joint: None });
    paths.found.pop().or_else(given_up)
}

/// A best path of no more hops. One of a lesser verdict can be shorter.
pub(crate) fn best_within(reach: &Reach<'_, '_>, source: &Source, max_hops: usize) -> Option<Path> {
    let path = best_path(reach, source)?;
    if path.hops.len() <= max_hops {
        return Some(path);
    }
    if reach.starts_apart(source) || reach.is_linked_from(source) {
        return k_best::within(reach, source, None, max_hops).found.pop();
    }
    let best = reach.best_within(source, max_hops)?;
    Some(Path { verdict: best.verdict, hops: reach.hops(source, best), joint: None })
}

/// The best path of a source whose first calls are its own (`starts`).
fn searched(reach: &Reach<'_, '_>, source: &Source) -> Option<Path> {
    let mut paths = k_best::best(reach, source, None, 1);
    let passed = || {
        // a search that was given up proves nothing: a way that others pass may hold
        let best = reach.best(source)?;
        Some(Path { verdict: Verdict::Unknown, hops: reach.hops(source, best), joint: None })
    };
    paths.found.pop().or_else(|| paths.cut.then(passed).flatten())
}
