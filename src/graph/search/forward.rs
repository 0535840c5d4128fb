//! What a source reaches: forwards over the edges of the whole graph.
//!
//! Owns: a shortest path to each role, for each lens. States are those behind every role that the source may reach, so that
//! a walk over them is a path (`states`).

use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::{EdgeAt, Outgoing};
use super::states::{Region, StateIx, States};
use super::walk::Walk;
use crate::answer::Verdict;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::{self, Lens};
use crate::graph::session::SetIx;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// A role that is reached, by a shortest path.
pub(crate) struct Reached {
    pub(crate) role: PrincipalIx,
    pub(crate) lens: Lens,
    pub(crate) source: Source,
    pub(crate) hops: Vec<Hop>,
}

impl Reached {
    /// Best verdict first, then fewest hops.
    pub(crate) fn rank(&self) -> (Verdict, usize) {
        (self.lens.verdict, self.hops.len())
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
    let outgoing = Outgoing::new(graph.by_role());
    let region = ahead(graph, &outgoing, sources);
    let mut best = BTreeMap::<PrincipalIx, Reached>::new();
    let mut views = BTreeMap::<Lens, States>::new();
    let outgoing = Outgoing::new(region.by_role());
    for source in sources {
        for lens in lens::of_source(graph.estate(), source) {
            let states = views.entry(lens).or_insert_with(|| States::new(&region, lens));
            let walk = Walk { region: &region, states, outgoing: &outgoing };
            for (role, hops) in paths(&walk, source, via) {
                let found = Reached { role, lens, source: source.clone(), hops };
                let fits = found.hops.len() <= max_hops && Source::Principal(role) != *source;
                if fits && best.get(&role).is_none_or(|known| found.rank() < known.rank()) {
                    best.insert(role, found);
                }
            }
        }
    }
    best.into_values().collect()
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
    let calls = |edge: &&Edge| match &edge.from {
        Source::Class(_) | Source::Principal(_) => {
            edge.from.members(estate).iter().any(|ix| met.contains(ix) || sources.contains(&Source::Principal(*ix)))
        }
        other => sources.contains(other),
    };
    let edges = |role: &PrincipalIx| (*role, graph.incoming(*role).iter().filter(calls).cloned().collect());
    Region::new(estate, met.iter().map(edges).collect())
}

/// How a path came to a state: from which, or with which of the first calls.
#[derive(Clone, Copy)]
enum From {
    Start(usize),
    State(StateIx, EdgeAt),
}

/// The shortest path to each role; with `via`, first to that role and on from there.
fn paths(walk: &Walk<'_, '_>, source: &Source, via: Option<PrincipalIx>) -> Vec<(PrincipalIx, Vec<Hop>)> {
    let role_of = |state: StateIx| walk.states.state(walk.region, state);
    let starts = walk.starts(source);
    let passes = |role: PrincipalIx| via.is_none_or(|via| via == role);
    let mut tree = BTreeMap::<(StateIx, bool), (From, Option<bool>)>::new();
    let mut levels = BTreeMap::<usize, Vec<(StateIx, bool)>>::new();
    let at_start = matches!(source, Source::Principal(ix) if passes(*ix)) || via.is_none();
    let mut ends = Vec::new();
    let mut order: Vec<usize> = (0..starts.len()).collect();
    order.sort_by_key(|at| starts.get(*at).map(|start| (start.hops.len(), start.state)));
    for at in order {
        let Some(start) = starts.get(at) else { continue };
        let passed = at_start || start.hops.iter().any(|hop| passes(hop.edge.to));
        let state = (start.state, passed);
        if !start.goes_on {
            ends.push(at);
            continue;
        }
        levels.entry(start.hops.len()).or_default().push(state);
        tree.entry(state).or_insert((From::Start(at), None));
    }
    let mut found = BTreeMap::new();
    let mut direct = BTreeMap::new();
    for at in ends {
        let Some(start) = starts.get(at) else { continue };
        let (role, set) = role_of(start.state);
        let passed = at_start || passes(role);
        if passed && set == SetIx::ANY {
            direct.entry(role).or_insert_with(|| start.hops.clone());
        }
    }
    let mut done = BTreeSet::new();
    while let Some((length, mut level)) = levels.pop_first() {
        level.sort_unstable();
        for (state, passed) in level {
            if !done.insert((state, passed)) {
                continue;
            }
            let (role, set) = role_of(state);
            if passed && set == SetIx::ANY {
                found.entry(role).or_insert((state, passed));
            }
            for (call, next) in walk.next(state) {
                let then = (next, passed || passes(call.0));
                if let std::collections::btree_map::Entry::Vacant(slot) = tree.entry(then) {
                    slot.insert((From::State(state, call), Some(passed)));
                    levels.entry(length + 1).or_default().push(then);
                }
            }
        }
    }
    let back = |mut at: (StateIx, bool)| {
        let mut hops = Vec::new();
        while let Some((from, passed)) = tree.get(&at) {
            match from {
                From::Start(start) => {
                    hops.extend(starts.get(*start).into_iter().flat_map(|start| start.hops.iter().rev().cloned()));
                    break;
                }
                From::State(state, call) => {
                    hops.extend(walk.hop(*state, *call));
                    at = (*state, passed.unwrap_or(false));
                }
            }
        }
        hops.reverse();
        hops
    };
    direct.extend(
        found
            .into_iter()
            .map(|(role, state)| (role, back(state)))
            .filter(|(role, hops)| direct.get(role).is_none_or(|known| hops.len() < known.len()))
            .collect::<Vec<_>>(),
    );
    direct.into_iter().collect()
}
