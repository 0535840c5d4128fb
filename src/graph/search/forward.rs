//! What a source reaches: forwards over the edges of the whole graph.
//!
//! Owns: a shortest path to each role, for each lens. States are those behind every role that the source may reach, so that
//! a walk over them is a path (`states`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::{EdgeAt, Outgoing};
use super::path;
use super::states::{Region, StateIx, States};
use super::walk::{Start, Walk};
use crate::answer::Verdict;
use crate::eval::Truth;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::{self, Lens};
use crate::graph::session::{self, SetIx};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{PersonIx, PrincipalIx};

/// A role that is reached, by a shortest path.
pub(crate) struct Reached {
    pub(crate) role: PrincipalIx,
    pub(crate) lens: Lens,
    pub(crate) verdict: Verdict,
    pub(crate) source: Source,
    pub(crate) hops: Vec<Hop>,
}

impl Reached {
    /// Best verdict first, then fewest hops.
    pub(crate) fn rank(&self) -> (Verdict, usize) {
        (self.verdict, self.hops.len())
    }
}

/// Roles that the sources reach, each by a shortest path of the best verdict.
pub(crate) fn reached(graph: &TrustGraph<'_>, sources: &[Source]) -> Vec<Reached> {
    within(graph, sources, None, usize::MAX)
}

/// As [`reached`], by paths that are not too long and pass `via`.
pub(crate) fn within(
    graph: &TrustGraph<'_>,
    sources: &[Source],
    via: Option<PrincipalIx>,
    max_hops: usize,
) -> Vec<Reached> {
    let outgoing = Outgoing::new(graph.estate(), graph.by_role());
    let region = ahead(graph, &outgoing, sources);
    let mut best = BTreeMap::<PrincipalIx, Reached>::new();
    let mut views = BTreeMap::<Lens, States>::new();
    let outgoing = Outgoing::new(region.estate, region.by_role());
    for source in sources {
        for lens in lens::of_source(graph.estate(), source, graph.has_escalations()) {
            let states = views.entry(lens).or_insert_with(|| States::new(graph, &region, lens));
            let walk = Walk { region: &region, states, outgoing: &outgoing };
            for (role, hops) in paths(&walk, source, via) {
                let verdict = path_verdict(graph, source, lens, &hops);
                let found = Reached { role, lens, verdict, source: source.clone(), hops };
                let fits = found.hops.len() <= max_hops && Source::Principal(role) != *source;
                if fits && best.get(&role).is_none_or(|known| found.rank() < known.rank()) {
                    best.insert(role, found);
                }
            }
        }
    }
    best.into_values().collect()
}

/// The verdict of a path: what is left to decide of a person's path may be nothing, although its calls ask for something.
fn path_verdict(graph: &TrustGraph<'_>, source: &Source, lens: Lens, hops: &[Hop]) -> Verdict {
    let is_linked = source.is_of_people() && session::is_linked(hops);
    let joint = is_linked.then(|| session::joint(graph.estate(), hops, lens.mode)).flatten();
    path::verdict_of(lens, source, joint == Some(Truth::True))
}

/// The roles that the sources may reach, with the edges among them and from the sources.
fn ahead<'e>(graph: &TrustGraph<'e>, outgoing: &Outgoing, sources: &[Source]) -> Region<'e> {
    let estate = graph.estate();
    let mut met = BTreeSet::new();
    let mut frontier: Vec<Source> = sources.to_vec();
    while let Some(from) = frontier.pop() {
        let entered = outgoing.of(&from, estate).map(|(role, _)| role).filter(|role| met.insert(*role));
        frontier.extend(entered.map(Source::Principal).collect::<Vec<_>>());
    }
    let sources: BTreeSet<&Source> = sources.iter().collect();
    let calls = |edge: &&Edge| {
        let is_person = |person: &PersonIx| sources.contains(&Source::Person(*person));
        sources.contains(&edge.from)
            || edge.from.persons(estate).iter().any(is_person)
            || edge.callers(estate).any(|ix| met.contains(&ix) || sources.contains(&Source::Principal(ix)))
    };
    let edges = |role: &PrincipalIx| (*role, graph.incoming(*role).iter().filter(calls).cloned().collect());
    Region::new(estate, met.iter().map(edges).collect())
}

/// A state, and whether the path has passed the role that it must pass.
type Place = (StateIx, bool);

/// How a path came to a place.
#[derive(Clone, Copy)]
enum From {
    /// With one of the first calls.
    Start(usize),
    /// By a call from another place.
    Call(Place, EdgeAt),
}

/// The shortest paths of one source through one lens.
struct Paths<'w, 'r, 'e> {
    walk: &'w Walk<'r, 'e>,
    starts: Vec<Start>,
    via: Option<PrincipalIx>,
    tree: BTreeMap<Place, From>,
}

/// The shortest path to each role; with `via`, first to that role and on from there.
fn paths(walk: &Walk<'_, '_>, source: &Source, via: Option<PrincipalIx>) -> Vec<(PrincipalIx, Vec<Hop>)> {
    let mut starts = walk.starts(source);
    starts.sort_by_key(|start| start.hops.len());
    let mut paths = Paths { walk, starts, via, tree: BTreeMap::new() };
    let has_passed = via.is_none() || matches!(source, Source::Principal(ix) if via == Some(*ix));
    let mut found = BTreeMap::<PrincipalIx, Vec<Hop>>::new();
    let mut offer = |role, hops: Vec<Hop>| {
        if found.get(&role).is_none_or(|known| hops.len() < known.len()) {
            found.insert(role, hops);
        }
    };
    for (role, place) in paths.grow(has_passed) {
        offer(role, paths.back(place));
    }
    for start in paths.starts.iter().filter(|start| !start.goes_on) {
        let (role, set) = walk.states.state(walk.region, start.state);
        if set == SetIx::ANY && (has_passed || via == Some(role)) {
            offer(role, start.hops.clone());
        }
    }
    found.into_iter().collect()
}

impl Paths<'_, '_, '_> {
    /// Grows the tree level by level; the places that are ends, each role once.
    fn grow(&mut self, has_passed: bool) -> BTreeMap<PrincipalIx, Place> {
        let passes = |via: Option<PrincipalIx>, role| via == Some(role);
        let mut levels = BTreeMap::<usize, Vec<Place>>::new();
        for (at, start) in self.starts.iter().enumerate().filter(|(_, start)| start.goes_on) {
            let passed = has_passed || start.hops.iter().any(|hop| passes(self.via, hop.edge.to));
            levels.entry(start.hops.len()).or_default().push((start.state, passed));
            self.tree.entry((start.state, passed)).or_insert(From::Start(at));
        }
        let mut found = BTreeMap::new();
        let mut done = BTreeSet::new();
        while let Some((length, mut level)) = levels.pop_first() {
            level.sort_unstable();
            for place in level.into_iter().filter(|place| done.insert(*place)).collect::<Vec<_>>() {
                let (state, passed) = place;
                let (role, set) = self.walk.states.state(self.walk.region, state);
                if passed && set == SetIx::ANY {
                    found.entry(role).or_insert(place);
                }
                for (call, next) in self.walk.next(state) {
                    let then = (next, passed || passes(self.via, call.0));
                    if let Entry::Vacant(slot) = self.tree.entry(then) {
                        slot.insert(From::Call(place, call));
                        levels.entry(length + 1).or_default().push(then);
                    }
                }
            }
        }
        found
    }

    /// The hops that lead to a place.
    fn back(&self, mut place: Place) -> Vec<Hop> {
        let mut hops = Vec::new();
        while let Some(from) = self.tree.get(&place) {
            match from {
                From::Start(at) => {
                    hops.extend(self.starts.get(*at).into_iter().flat_map(|start| start.hops.iter().rev().cloned()));
                    break;
                }
                From::Call(before, call) => {
                    hops.extend(self.walk.hop(before.0, *call));
                    place = *before;
                }
            }
        }
        hops.reverse();
        hops
    }
}
