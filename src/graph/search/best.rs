//! The best walk of a source, by the sweeps where they know it, else searched.

use super::backward::Reach;
use super::k_best;
use super::walk::Walk;
use crate::answer::Verdict;
use crate::graph::chaining;
use crate::graph::source::Source;

/// A shortest walk of the best verdict, checked as a whole where its calls share facts.
pub(crate) fn best_walk(reach: &Reach<'_, '_>, source: &Source) -> Option<Walk> {
    if reach.starts_apart(source) {
        return searched(reach, source);
    }
    let best = reach.best(source)?;
    let steps = reach.steps(source, best);
    if !reach.is_linked_from(source) || !chaining::is_linked(&steps) {
        return Some(Walk { verdict: best.verdict, steps, joint: None });
    }
    let mut walks = k_best::best(reach, source, None, 1);
    // a search that was given up proves nothing: what it started from may hold
    let given_up = || walks.cut.then_some(Walk { verdict: Verdict::Unknown, steps, joint: None });
    walks.found.pop().or_else(given_up)
}

/// A best walk of no more hops. One of a lesser verdict can be shorter.
pub(crate) fn best_within(reach: &Reach<'_, '_>, source: &Source, max_hops: usize) -> Option<Walk> {
    let walk = best_walk(reach, source)?;
    if walk.steps.len() <= max_hops {
        return Some(walk);
    }
    if reach.starts_apart(source) || reach.is_linked_from(source) {
        return k_best::within(reach, source, None, max_hops).found.pop();
    }
    let best = reach.best_within(source, max_hops)?;
    Some(Walk { verdict: best.verdict, steps: reach.steps(source, best), joint: None })
}

/// The best walk of a source whose first calls are its own (`starts`).
fn searched(reach: &Reach<'_, '_>, source: &Source) -> Option<Walk> {
    let mut walks = k_best::best(reach, source, None, 1);
    let passed = || {
        // a search that was given up proves nothing: a way that others pass may hold
        let best = reach.best(source)?;
        Some(Walk { verdict: Verdict::Unknown, steps: reach.steps(source, best), joint: None })
    };
    walks.found.pop().or_else(|| walks.cut.then(passed).flatten())
}
