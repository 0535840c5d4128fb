//! Paths one after the other, best and shortest first.
//!
//! Owns: the best paths from a source to the targets of a `Reach`, found as shortest deviations from those that are known
//! (J. Y. Yen, "Finding the K Shortest Loopless Paths in a Network", 1971). A path passes a role again only where that
//! changes what the session brings. The distances of the sweeps lead the search, so that it never turns where no target
//! lies.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
        for mode in lens::modes_of(reach.estate(), source, verdict, reach.graph().has_escalations()) {
            let lens = Lens { verdict, mode: *mode };
            searches.extend(reach.view(lens).map(|view| Search::new(reach, view, source, back, lens)));
        }
        // of two modes the shorter path comes first
        while found.len() < limit {
            searches.iter_mut().for_each(Search::refill);
            let length = |search: &Search<'_>| search.candidates.first().map_or(usize::MAX, |steps| steps.length);
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
    /// The newest of them, where the paths that leave it were not looked for yet.
    newest: Option<Steps>,
    candidates: BTreeSet<Steps>,
}

/// How a search came to a state: with one of the first calls, after the root, or from another state.
#[derive(Clone, Copy)]
enum Origin {
    Start(usize),
    Root(Step),
    Step(StateIx, Step),
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
            newest: None,
            candidates: BTreeSet::new(),
        };
        let first = search.shortest(None, &BTreeSet::new());
        search.candidates.extend(first);
        search
    }

    /// Looks for the paths that leave the newest one: not before another is asked for.
    fn refill(&mut self) {
        if let Some(newest) = self.newest.take() {
            self.deviate(&newest);
        }
    }

    fn next(&mut self) -> Option<Vec<Hop>> {
        let best = self.candidates.pop_first()?;
        let hops = self.hops(&best);
        self.known.push(best.clone());
        self.newest = Some(best);
        hops
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

    /// The shortest path that begins with `root` and goes on by none of the calls that were taken; of equal ones, the one
    /// whose first calls come first.
    fn shortest(&self, root: Option<&Steps>, taken: &BTreeSet<Taken>) -> Option<Steps> {
        let mut queue = BTreeMap::<usize, VecDeque<(usize, StateIx, Origin)>>::new();
        let mut passed = BTreeSet::new();
        let add = |queue: &mut BTreeMap<usize, VecDeque<_>>, length: usize, state, origin| {
            if let Some(left) = self.left(state) {
                queue.entry(length + left).or_default().push_back((length, state, origin));
            }
        };
        match root {
            None => {
                let untaken = self.starts.iter().enumerate().filter(|(at, _)| !taken.contains(&Taken::Start(*at)));
                for (at, first) in untaken.filter(|(_, first)| first.goes_on || self.ends(first.state)) {
                    add(&mut queue, first.hops.len(), first.state, Origin::Start(at));
                }
            }
            Some(root) => {
                let first = self.starts.get(root.start)?;
                let states = std::iter::once(first.state).chain(root.then.iter().map(|(.., state)| *state));
                passed.extend(states.clone());
                let length = first.hops.len() + root.then.len() + 1;
                for step in self.steps(states.last()?).filter(|step| !taken.contains(&Taken::Call(*step))) {
                    if !self.is_pointless(&passed, step.2) {
                        add(&mut queue, length, step.2, Origin::Root(step));
                    }
                }
            }
        }
        let mut met = BTreeMap::<StateIx, Origin>::new();
        while let Some(mut level) = queue.first_entry() {
            let Some((length, state, origin)) = level.get_mut().pop_front() else {
                level.remove();
                continue;
            };
            match met.entry(state) {
                Entry::Occupied(_) => continue,
                Entry::Vacant(slot) => slot.insert(origin),
            };
            if self.ends(state) {
                return Some(self.back_from(state, &met, root, length));
            }
            for step in self.steps(state) {
                if !met.contains_key(&step.2) && !self.is_pointless(&passed, step.2) {
                    add(&mut queue, length + 1, step.2, Origin::Step(state, step));
                }
            }
        }
        None
    }

    fn steps(&self, from: StateIx) -> impl Iterator<Item = Step> {
        self.walk.next(from).into_iter().enumerate().map(|(place, (call, state))| (place, call, state))
    }

    /// The steps that led to a state.
    fn back_from(
        &self,
        mut at: StateIx,
        met: &BTreeMap<StateIx, Origin>,
        root: Option<&Steps>,
        length: usize,
    ) -> Steps {
        let mut then = Vec::new();
        let mut start = 0;
        while let Some(origin) = met.get(&at) {
            match *origin {
                Origin::Step(from, step) => {
                    then.push(step);
                    at = from;
                    continue;
                }
                Origin::Root(step) => then.push(step),
                Origin::Start(first) => start = first,
            }
            break;
        }
        then.reverse();
        match root {
            Some(root) => Steps { length, start: root.start, then: [root.then.as_slice(), &then].concat() },
            None => Steps { length, start, then },
        }
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
