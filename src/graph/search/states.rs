//! What a path can be at: a role, and the sessions of it from which the rest of the path is possible.
//!
//! Owns: the states behind a set of targets, seen through one lens. Where no policy reads what an earlier call decides,
//! every session will do and a role is one state. INVARIANT: a call leads from one state to another only if every session
//! of the first can make one of the second, so that a walk over states is a path.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::outgoing::EdgeAt;
use super::sources::{SourceIx, Sources, is_role, small};
use crate::graph::edge::Edge;
use crate::graph::group::Group;
use crate::graph::lens::Lens;
use crate::graph::session::{self, SessionSets, SetIx};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;

/// A state, by its number. Those of every session come first, in order of role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StateIx(u32);

impl StateIx {
    /// The state at that place.
    pub(crate) fn new(place: usize) -> Self {
        Self(small(place))
    }

    /// Its place in a table of all states.
    pub(crate) fn get(self) -> usize {
        self.0 as usize
    }
}

/// One call into a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallInto<'r> {
    /// Its place among the edges into the role.
    pub(crate) at: u32,
    pub(crate) edge: &'r Edge,
    pub(crate) from: SourceIx,
    /// The sessions that can make it.
    pub(crate) before: SetIx,
}

impl<'r> CallInto<'r> {
    /// Where roles of other accounts call: their group, and the account whose roles are not meant.
    pub(crate) fn across(&self, region: &Region<'_>) -> Option<(&'r Group, AccountIx)> {
        let Source::Roles(group) = &self.edge.from else { return None };
        Some((group, region.estate.principal(self.edge.to).account()))
    }
}

/// The roles behind a target, and the edges into them.
#[derive(Debug)]
pub(crate) struct Region<'e> {
    pub(crate) estate: &'e Estate,
    /// Roles that were met, in order.
    pub(crate) roles: Vec<PrincipalIx>,
    /// By principal, its place among the roles.
    places: Vec<u32>,
    /// By place the edges into the role.
    edges: Vec<Vec<Edge>>,
    /// By place the sources of these edges.
    froms: Vec<Box<[SourceIx]>>,
    pub(crate) sources: Sources,
    /// By place, whether an edge into the role reads what the calling session brings.
    reads: Vec<bool>,
    linked: bool,
}

const NONE: u32 = u32::MAX;

impl<'e> Region<'e> {
    /// Of roles with the edges into each.
    pub(crate) fn new(estate: &'e Estate, mut found: Vec<(PrincipalIx, Vec<Edge>)>) -> Self {
        found.sort_by_key(|(role, _)| *role);
        found.par_iter_mut().for_each(|(_, edges)| least_first(estate, edges));
        let mut places = vec![NONE; estate.principals().len()];
        for (place, (role, _)) in found.iter().enumerate() {
            if let Some(slot) = places.get_mut(role.get()) {
                *slot = small(place);
            }
        }
        let reads: Vec<bool> =
            found.par_iter().map(|(_, edges)| edges.iter().any(session::edge_depends_on_session)).collect();
        let linked = reads.contains(&true);
        let (sources, froms) =
            Sources::of(estate, &found.iter().map(|(_, edges)| edges.as_slice()).collect::<Vec<_>>());
        let (roles, edges) = found.into_iter().unzip();
        Self { estate, roles, places, edges, froms, sources, reads, linked }
    }

    /// The numbers of what stands for a source: itself, for a user its class, alone or in groups, for a person its cohorts.
    pub(crate) fn numbers_of(&self, source: &Source) -> impl Iterator<Item = SourceIx> {
        let class = match source {
            Source::Principal(ix) if !is_role(self.estate, *ix) => Some(self.estate.principal(*ix).class()),
            _ => None,
        };
        let shared = class.into_iter().flat_map(|class| self.sources.of_class(class));
        let cohorts = self.sources.of_person(self.estate, source);
        self.sources.number(source).into_iter().chain(shared).chain(cohorts)
    }

    /// The place of a role; `None` where it was not met.
    pub(crate) fn place(&self, role: PrincipalIx) -> Option<usize> {
        self.places.get(role.get()).filter(|place| **place != NONE).map(|place| *place as usize)
    }

    /// The edges into one role, where it was met.
    pub(crate) fn edges_into(&self, role: PrincipalIx) -> &[Edge] {
        self.place(role).and_then(|place| self.edges.get(place)).map_or(&[], Vec::as_slice)
    }

    /// All edges, in order of role.
    pub(crate) fn edges(&self) -> impl Iterator<Item = &Edge> + Clone {
        self.edges.iter().flatten()
    }

    /// The edges into each role, by place.
    pub(crate) fn by_role(&self) -> impl Iterator<Item = (PrincipalIx, &[Edge])> + Clone {
        self.roles.iter().copied().zip(self.edges.iter().map(Vec::as_slice))
    }
}

/// The states of a region.
#[derive(Debug)]
pub(crate) struct States {
    pub(crate) lens: Lens,
    roles: usize,
    /// States of some sessions alone, after those of all.
    more: Vec<(PrincipalIx, SetIx)>,
    /// Calls into each of them, in order of edge.
    calls: Vec<Vec<(u32, SetIx)>>,
    known: HashMap<(PrincipalIx, SetIx), StateIx>,
    /// Calls into states of every session that not every session can make; `None` where none can.
    narrow: HashMap<(PrincipalIx, u32), Option<SetIx>>,
    /// By role, the states of some sessions.
    of_role: HashMap<PrincipalIx, Vec<StateIx>>,
    sets: Arc<Mutex<SessionSets>>,
}

impl States {
    /// The states from which paths lead to these roles.
    pub(crate) fn new(graph: &TrustGraph<'_>, region: &Region<'_>, lens: Lens) -> Self {
        let mut states = Self {
            lens,
            roles: region.roles.len(),
            more: Vec::new(),
            calls: Vec::new(),
            known: HashMap::new(),
            narrow: HashMap::new(),
            of_role: HashMap::new(),
            sets: graph.sessions().seen_through(lens),
        };
        if region.linked {
            states.find(region);
        }
        states
    }

    fn find(&mut self, region: &Region<'_>) {
        let shared = Arc::clone(&self.sets);
        let mut sets = locked(&shared);
        // what any session can do follows from the decision, and edges share decisions
        let mut of_any = HashMap::new();
        for (place, (role, edges)) in region.by_role().enumerate() {
            if region.reads.get(place) != Some(&true) {
                continue;
            }
            for (at, edge) in edges.iter().enumerate() {
                let by_roles = edge.from.is_of_roles(region.estate);
                let alike = (edge.address_of_decisions(), edge.kind.is_escalation(), by_roles);
                let before = *of_any.entry(alike).or_insert_with(|| sets.before(region.estate, edge, SetIx::ANY));
                if before != Some(SetIx::ANY) && self.lens.shows(edge) {
                    self.narrow.insert((role, small(at)), before);
                }
                self.add_callers(region, edge, before);
            }
        }
        let mut next = 0;
        while let Some((role, set)) = self.more.get(next).copied() {
            next += 1;
            let mut calls = Vec::new();
            for (at, edge) in region.edges_into(role).iter().enumerate() {
                let before = sets.before(region.estate, edge, set);
                calls.extend(before.map(|before| (small(at), before)));
                self.add_callers(region, edge, before);
            }
            self.calls.push(calls);
        }
    }

    /// Adds the states of those who make a call by some of their sessions alone.
    fn add_callers(&mut self, region: &Region<'_>, edge: &Edge, before: Option<SetIx>) {
        let Some(set) = before.filter(|set| *set != SetIx::ANY) else { return };
        for role in members(region.estate, edge) {
            let next = StateIx(small(self.roles + self.more.len()));
            if *self.known.entry((role, set)).or_insert(next) == next {
                self.more.push((role, set));
                self.of_role.entry(role).or_default().push(next);
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.roles + self.more.len()
    }

    /// The state of a role with these sessions, where there is one.
    pub(crate) fn at(&self, region: &Region<'_>, role: PrincipalIx, set: SetIx) -> Option<StateIx> {
        if set == SetIx::ANY {
            region.place(role).map(|place| StateIx(small(place)))
        } else {
            self.known.get(&(role, set)).copied()
        }
    }

    /// The role of a state, and the sessions of it.
    pub(crate) fn state(&self, region: &Region<'_>, ix: StateIx) -> (PrincipalIx, SetIx) {
        match ix.get().checked_sub(self.roles) {
            Some(more) => self.more.get(more).copied(),
            None => region.roles.get(ix.get()).map(|role| (*role, SetIx::ANY)),
        }
        .unwrap_or_else(|| unreachable!("a state of another search"))
    }

    /// Every state of a role.
    pub(crate) fn of_role(&self, region: &Region<'_>, role: PrincipalIx) -> impl Iterator<Item = StateIx> {
        let some = self.of_role.get(&role).into_iter().flatten().copied();
        self.at(region, role, SetIx::ANY).into_iter().chain(some)
    }

    /// The calls into a state, in order of edge.
    pub(crate) fn calls<'r>(&'r self, region: &'r Region<'_>, ix: StateIx) -> impl Iterator<Item = CallInto<'r>> {
        let (role, _) = self.state(region, ix);
        let place = region.place(role);
        let edges = place.and_then(|place| region.edges.get(place)).map_or(&[][..], Vec::as_slice);
        let froms = place.and_then(|place| region.froms.get(place)).map_or(&[][..], |froms| froms);
        let some = ix.get().checked_sub(self.roles).and_then(|more| self.calls.get(more));
        let listed = some.into_iter().flatten().filter_map(move |(at, before)| {
            let (edge, from) = edges.get(*at as usize).zip(froms.get(*at as usize))?;
            Some(CallInto { at: *at, edge, from: *from, before: *before })
        });
        let all = if some.is_some() { &[] } else { edges };
        let shown = all.iter().zip(froms).enumerate().filter_map(move |(at, (edge, from))| {
            let at = small(at);
            let before = if self.lens.shows(edge) { self.before_any(role, at) } else { None };
            Some(CallInto { at, edge, from: *from, before: before? })
        });
        listed.chain(shown)
    }

    fn before_any(&self, role: PrincipalIx, at: u32) -> Option<SetIx> {
        if self.narrow.is_empty() {
            Some(SetIx::ANY)
        } else {
            self.narrow.get(&(role, at)).copied().unwrap_or(Some(SetIx::ANY))
        }
    }

    /// The sessions that can make a call into a state, by one of the edges into its role that the lens shows.
    pub(crate) fn leads(&self, region: &Region<'_>, (role, at): EdgeAt, into: StateIx) -> Option<SetIx> {
        let (_, set) = self.state(region, into);
        let at = small(at);
        match into.get().checked_sub(self.roles).and_then(|more| self.calls.get(more)) {
            Some(calls) => {
                let found = calls.binary_search_by_key(&at, |(edge, _)| *edge);
                found.ok().and_then(|found| calls.get(found)).map(|(_, before)| *before)
            }
            None if set == SetIx::ANY => self.before_any(role, at),
            None => None,
        }
    }

    /// The sessions of a caller that can make a session of a set by an edge of the caller's own (`starts`).
    pub(crate) fn before(&self, region: &Region<'_>, edge: &Edge, set: SetIx) -> Option<SetIx> {
        self.lock().before(region.estate, edge, set)
    }

    /// Whether a path may start at a role with one of these sessions.
    pub(crate) fn may_start(&self, region: &Region<'_>, source: &Source, set: SetIx) -> bool {
        match source {
            Source::Principal(role) if set != SetIx::ANY => self.lock().may_start(region.estate, *role, set),
            _ => true,
        }
    }

    /// The conditions of a call into a set of sessions, without those that its caller's session answers for.
    pub(crate) fn conditions(&self, region: &Region<'_>, edge: &Edge, set: SetIx) -> Arc<BTreeSet<String>> {
        self.lock().conditions(region.estate, edge, set)
    }

    /// What a path asks for that starts at a role with one of these sessions; `None` where it cannot.
    pub(crate) fn start_conditions(
        &self,
        region: &Region<'_>,
        role: PrincipalIx,
        set: SetIx,
    ) -> Option<BTreeSet<String>> {
        if set == SetIx::ANY { Some(BTreeSet::new()) } else { self.lock().start_conditions(region.estate, role, set) }
    }

    fn lock(&self) -> MutexGuard<'_, SessionSets> {
        locked(&self.sets)
    }
}

/// Of several calls between the same two, every search takes the first: the one that asks for least, and of those alike one that
/// changes nothing. Only a way to escalate stands beside another call.
fn least_first(estate: &Estate, edges: &mut [Edge]) {
    if edges.iter().any(|edge| edge.kind.is_escalation()) {
        edges.sort_by_cached_key(|edge| {
            let conditions = edge.own(edge.from.kind(estate)).conditions();
            (conditions.len(), conditions, edge.kind.is_escalation())
        });
    }
}

fn locked(sets: &Mutex<SessionSets>) -> MutexGuard<'_, SessionSets> {
    // nothing that holds it can fail half way
    sets.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The roles that an edge starts at.
pub(crate) fn members<'a>(estate: &'a Estate, edge: &'a Edge) -> impl Iterator<Item = PrincipalIx> + use<'a> {
    edge.callers(estate).filter(|ix| is_role(estate, *ix))
}
