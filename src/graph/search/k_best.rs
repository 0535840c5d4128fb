//! Paths one after the other, best and shortest first.
//!
//! Owns: the best paths from a source to the targets of a `Reach`, found as shortest deviations from those that are known
//! (J. Y. Yen, "Finding the K Shortest Loopless Paths in a Network", 1971). A path passes a role again only where that
//! changes what the session brings. The distances of the sweeps lead the search, so that it never turns where no target
//! lies.

use std::collections::{BTreeMap, BTreeSet};

use super::backward::{Reach, View};
use super::best;
use super::outgoing::EdgeAt;
use super::path::Path;
use super::states::StateIx;
use super::walk::{Start, Walk};
use crate::graph::edge::Hop;
use crate::graph::lens::{self, Lens};
use crate::graph::session::SetIx;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// The best `limit` paths from a source to a target.
pub(crate) fn best(reach: &Reach<'_, '_>, source: &Source, limit: usize) -> Vec<Path> {
    searched(reach, source, limit, false)
}

/// The best paths of a role that is a target back into itself.
pub(crate) fn back(reach: &Reach<'_, '_>, role: PrincipalIx, limit: usize) -> Vec<Path> {
    searched(reach, &Source::Principal(role), limit, true)
}

fn searched(reach: &Reach<'_, '_>, source: &Source, limit: usize, back: bool) -> Vec<Path> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for verdict in lens::VERDICTS {
        let mut searches = Vec::new();
        for mode in lens::modes_of(reach.estate(), source, verdict) {
            let lens = Lens { verdict, mode: *mode };
            searches.extend(reach.view(lens).map(|view| Search::new(reach, view, source, back, lens)));
        }
        // of two modes the shorter path comes first
        while found.len() < limit {
            let length = |search: &Search<'_>| search.peek().unwrap_or(usize::MAX);
            let Some(search) = searches.iter_mut().min_by_key(|search| length(search)) else { break };
            let Some(hops) = search.next() else { break };
            let roles: Vec<PrincipalIx> = hops.iter().map(|hop| hop.edge.to).collect();
            if seen.insert(roles) {
                let lens = search.lens;
                found.push(best::of_hops(reach, hops, lens));
            }
        }
    }
    found
}

/// A path as steps: the first calls of the source, then one call a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Steps {
    /// Calls of the whole.
    length: usize,
    /// Which of the first calls.
    start: usize,
    then: Vec<Step>,
}

/// One call: its place among those from its state, by which equal paths are ordered, and the state it leads to.
type Step = (usize, EdgeAt, StateIx);

/// The paths of one view, shortest first.
struct Search<'r> {
    walk: Walk<'r, 'r>,
    view: &'r View,
    lens: Lens,
    source: Source,
    back: bool,
    starts: Vec<Start>,
    known: Vec<Steps>,
    candidates: BTreeSet<Steps>,
}

impl<'r> Search<'r> {
    fn new(reach: &'r Reach<'_, '_>, view: &'r View, source: &Source, back: bool, lens: Lens) -> Self {
        let walk = reach.walk(view);
        let starts = walk.starts(source);
        let mut search = Self {
            walk,
            view,
            lens,
            source: source.clone(),
            back,
            starts,
            known: Vec::new(),
            candidates: BTreeSet::new(),
        };
        let first = search.shortest(None, &BTreeSet::new());
        search.candidates.extend(first);
        search
    }

    fn peek(&self) -> Option<usize> {
        self.candidates.first().map(|steps| steps.length)
    }

    fn next(&mut self) -> Option<Vec<Hop>> {
        let best = self.candidates.pop_first()?;
        self.known.push(best.clone());
        self.deviate(&best);
        self.hops(&best)
    }

    /// The shortest paths that leave this one at each of its steps.
    fn deviate(&mut self, path: &Steps) {
        let others =
            |known: &&Steps, at: usize| known.start == path.start && known.then.get(..at) == path.then.get(..at);
        // another first call, then another call at each step
        let starts: BTreeSet<Taken> = self.known.iter().map(|known| Taken::Start(known.start)).collect();
        let mut found: Vec<Steps> = self.shortest(None, &starts).into_iter().collect();
        for at in 0..path.then.len() {
            let taken =
                self.known.iter().filter(|known| others(known, at)).filter_map(|known| known.then.get(at).copied());
            let taken: BTreeSet<Taken> = taken.map(Taken::Call).collect();
            let root = Steps { then: path.then.get(..at).unwrap_or_default().to_vec(), ..path.clone() };
            found.extend(self.shortest(Some(&root), &taken));
        }
        self.candidates.extend(found.into_iter().filter(|steps| !self.known.contains(steps)));
    }

    /// The shortest path that begins with `root` and goes on by none of the calls that were taken.
    fn shortest(&self, root: Option<&Steps>, taken: &BTreeSet<Taken>) -> Option<Steps> {
        let mut queue = BTreeMap::<usize, Vec<(StateIx, Steps)>>::new();
        let mut passed = BTreeSet::new();
        let add = |queue: &mut BTreeMap<usize, Vec<(StateIx, Steps)>>, state, steps: Steps| {
            if let Some(left) = self.left(state) {
                queue.entry(steps.length + left).or_default().push((state, steps));
            }
        };
        match root {
            None => {
                let untaken = self.starts.iter().enumerate().filter(|(at, _)| !taken.contains(&Taken::Start(*at)));
                for (start, first) in untaken.filter(|(_, first)| first.goes_on || self.ends(first.state)) {
                    add(&mut queue, first.state, Steps { length: first.hops.len(), start, then: Vec::new() });
                }
            }
            Some(root) => {
                let first = self.starts.get(root.start)?;
                let states = std::iter::once(first.state).chain(root.then.iter().map(|(.., state)| *state));
                passed.extend(states.clone());
                let last = states.last()?;
                let length = first.hops.len() + root.then.len();
                for (place, (call, state)) in self.walk.next(last).into_iter().enumerate() {
                    if taken.contains(&Taken::Call((place, call, state))) || self.is_pointless(&passed, state) {
                        continue;
                    }
                    let mut then = root.then.clone();
                    then.push((place, call, state));
                    add(&mut queue, state, Steps { length: length + 1, start: root.start, then });
                }
            }
        }
        let mut met = BTreeSet::new();
        while let Some((length, mut level)) = queue.pop_first() {
            // of equal paths the one whose first call comes first
            level.sort_by(|(_, a), (_, b)| b.cmp(a));
            while let Some((state, steps)) = level.pop() {
                if self.ends(state) {
                    return Some(steps);
                }
                if !met.insert(state) {
                    continue;
                }
                for (place, (call, next)) in self.walk.next(state).into_iter().enumerate() {
                    if met.contains(&next) || self.is_pointless(&passed, next) {
                        continue;
                    }
                    let Some(left) = self.left(next) else { continue };
                    let mut then = steps.then.clone();
                    then.push((place, call, next));
                    let further = Steps { length: steps.length + 1, start: steps.start, then };
                    let total = further.length + left;
                    if total <= length {
                        level.push((next, further))
                    } else {
                        queue.entry(total).or_default().push((next, further))
                    }
                }
            }
        }
        None
    }

    /// Calls that are left from a state, at least.
    fn left(&self, state: StateIx) -> Option<usize> {
        if self.ends(state) {
            return Some(0);
        }
        // the sweeps know of no way from a target into itself, and end where a target is passed
        let known = self.view.pass(&self.source).distance(state).filter(|left| *left > 0);
        known.map(|left| left as usize)
    }

    fn ends(&self, state: StateIx) -> bool {
        let (role, _) = self.walk.states.state(self.walk.region, state);
        let is_start = self.source == Source::Principal(role);
        self.view.pass(&self.source).ends(state) && is_start == self.back
    }

    /// True for a state that was passed, and for every session of a role of which one was there.
    fn is_pointless(&self, passed: &BTreeSet<StateIx>, next: StateIx) -> bool {
        let (role, set) = self.walk.states.state(self.walk.region, next);
        let of_role = |state: &StateIx| self.walk.states.state(self.walk.region, *state).0 == role;
        let comes_back = self.source == Source::Principal(role) && !self.back;
        passed.contains(&next) || set == SetIx::ANY && (comes_back || passed.iter().any(of_role))
    }

    fn hops(&self, steps: &Steps) -> Option<Vec<Hop>> {
        let start = self.starts.get(steps.start)?;
        let mut hops = start.hops.clone();
        let mut at = start.state;
        for (_, call, next) in &steps.then {
            hops.push(self.walk.hop(at, *call)?);
            at = *next;
        }
        Some(hops)
    }
}

/// What a path did at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    Start(usize),
    Call(Step),
}
