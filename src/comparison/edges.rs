//! Direct edges that are on one side alone, or ask for less there.
//!
//! Owns: what an edge of one side is on the other. Edges of groups of principals are compared as sets; only for roles whose edges
//! differ are they taken apart. A role that one side met on the way to the target and the other did not is compared as well.
//! An edge that asks for the same keys on both sides and compares them with other values is told apart from one that is the same.
//! Ways to escalate are one kind of edge: by which of them somebody comes is no difference as long as one is as good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use roaring::RoaringBitmap;

use super::asked::Asked;
use super::blocks::{self, Compared};
use super::nodes::Nodes;
use super::pairing::Which;
use super::world::World;
use crate::graph::query::WhoCan;
use crate::graph::{Edge, EdgeKind, Source};
use crate::ids::PrincipalIx;

/// Who may assume a role directly on one side, and not on the other, or there only on more conditions.
#[derive(Clone, Debug)]
pub(super) struct ChangedEdge {
    pub(super) role: u32,
    pub(super) callers: RoaringBitmap,
    /// The edge itself, where it is a way to escalate.
    pub(super) escalation: Option<Edge>,
}

/// Edges that give more on a side than on the other.
#[derive(Debug, Default)]
pub(super) struct ChangedEdges {
    pub(super) old: Vec<ChangedEdge>,
    pub(super) new: Vec<ChangedEdge>,
    /// Edges that ask for the same keys and other values, by how the new ones are beside the old ones.
    pub(super) values: Vec<(Compared, ChangedEdge)>,
}

impl ChangedEdges {
    pub(super) fn on(&self, which: Which) -> &[ChangedEdge] {
        match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        }
    }
}

/// By which call; `None` for every way to escalate.
type Call = Option<EdgeKind>;

/// An edge in few words: who, whether the account of the role is left out, by which call, and what was decided.
type Brief = (u32, bool, Call, u32);

/// Who may call, by call and decision.
type Callers = BTreeMap<(Call, u32), RoaringBitmap>;

pub(super) struct Comparer<'w, 'g, 'e> {
    world: &'w World<'g, 'e>,
    /// Numbers of sets of callers, and of lists of decisions.
    sets: HashMap<Vec<u32>, u32>,
    of_source: HashMap<(Which, Source), u32>,
    decisions: Vec<Vec<Asked>>,
    numbers: HashMap<Vec<Asked>, u32>,
    of_address: HashMap<usize, u32>,
    /// By the numbers of two decisions.
    by_values: HashMap<(u32, u32), Compared>,
}

impl<'w, 'g, 'e> Comparer<'w, 'g, 'e> {
    pub(super) fn new(world: &'w World<'g, 'e>) -> Self {
        Self {
            world,
            sets: HashMap::new(),
            of_source: HashMap::new(),
            decisions: Vec::new(),
            numbers: HashMap::new(),
            of_address: HashMap::new(),
            by_values: HashMap::new(),
        }
    }

    /// The edges into roles that one side met on the way to a target.
    pub(super) fn changed(
        &mut self,
        old: Option<&WhoCan<'_, '_>>,
        new: Option<&WhoCan<'_, '_>>,
        nodes: &mut Nodes,
    ) -> ChangedEdges {
        let world = self.world;
        let met = |found: Option<&WhoCan<'_, '_>>, which| {
            let roles = found.into_iter().flat_map(|found| found.met().map(|(role, _)| role));
            roles.map(|role| world.pairing.number(which, role)).collect::<BTreeSet<u32>>()
        };
        let (of_old, of_new) = (met(old, Which::Old), met(new, Which::New));
        let mut changed = ChangedEdges::default();
        for role in of_old.union(&of_new).copied() {
            let pair = world.pairing.pair(role);
            let before = edges(world, Which::Old, pair.old, old.filter(|_| of_old.contains(&role)));
            let after = edges(world, Which::New, pair.new, new.filter(|_| of_new.contains(&role)));
            if self.briefs(Which::Old, &before, nodes) == self.briefs(Which::New, &after, nodes) {
                continue;
            }
            let (of_before, of_after) =
                (self.callers(Which::Old, &before, nodes), self.callers(Which::New, &after, nodes));
            for (call, callers) in self.more(&of_before, &of_after) {
                changed.old.extend(self.told_apart(role, call, callers, Which::Old, &before, nodes));
            }
            for (call, callers) in self.more(&of_after, &of_before) {
                changed.new.extend(self.told_apart(role, call, callers, Which::New, &after, nodes));
            }
            for (how, call, callers) in self.other_values(&of_before, &of_after) {
                let edges = self.told_apart(role, call, callers, Which::New, &after, nodes);
                changed.values.extend(edges.into_iter().map(|edge| (how, edge)));
            }
        }
        changed
    }

    /// One changed edge for all who call alike; each way to escalate has its own.
    fn told_apart(
        &self,
        role: u32,
        call: Call,
        callers: RoaringBitmap,
        which: Which,
        edges: &Edges<'_>,
        nodes: &mut Nodes,
    ) -> Vec<ChangedEdge> {
        if call.is_some() {
            return vec![ChangedEdge { role, callers, escalation: None }];
        }
        let ways = edges.list().iter().filter(|edge| edge.kind.is_escalation());
        let of = |edge: &Edge| {
            let callers = self.callers_of(edge, which, nodes) & &callers;
            (!callers.is_empty()).then(|| ChangedEdge { role, callers, escalation: Some(edge.clone()) })
        };
        ways.filter_map(of).collect()
    }

    fn briefs(&mut self, which: Which, edges: &Edges<'_>, nodes: &mut Nodes) -> Vec<Brief> {
        let mut briefs: Vec<Brief> = Vec::new();
        for edge in edges.list() {
            let set = self.set(which, &edge.from, nodes);
            let decision = self.decision(edge, edges.last());
            briefs.push((set, matches!(edge.from, Source::Roles(_)), call(edge), decision));
        }
        briefs.sort_unstable();
        briefs
    }

    /// The number of a set of callers.
    fn set(&mut self, which: Which, source: &Source, nodes: &mut Nodes) -> u32 {
        if !matches!(source, Source::Class(_) | Source::Classes(_) | Source::Roles(_) | Source::Cohort(_)) {
            return nodes.number(source, which, self.world);
        }
        let key = (which, source.clone());
        if let Some(number) = self.of_source.get(&key) {
            return *number;
        }
        let estate = self.world.estate(which);
        let principals = source.members(estate).iter().map(|ix| self.world.pairing.number(which, *ix));
        let mut members: Vec<u32> = principals.collect();
        let persons = source.persons(estate).iter().map(|ix| nodes.number(&Source::Person(*ix), which, self.world));
        members.extend(persons);
        // a set of one is that one, whatever it is stored as
        let next = u32::MAX.saturating_sub(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        let number = match members.as_slice() {
            [only] => *only,
            _ => *self.sets.entry(members).or_insert(next),
        };
        self.of_source.insert(key, number);
        number
    }

    /// The number of what was decided of an edge; edges that last share it by where it is stored.
    fn decision(&mut self, edge: &Edge, lasts: bool) -> u32 {
        let address = edge.address_of_decisions();
        if let Some(number) = self.of_address.get(&address).filter(|_| lasts) {
            return *number;
        }
        let decisions: Vec<Asked> = edge.decisions().map(Asked::of).collect();
        let next = u32::try_from(self.decisions.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(decisions.clone()).or_insert(next);
        if number == next {
            self.decisions.push(decisions);
        }
        if lasts {
            self.of_address.insert(address, number);
        }
        number
    }

    fn callers(&mut self, which: Which, edges: &Edges<'_>, nodes: &mut Nodes) -> Callers {
        let mut callers = Callers::new();
        for edge in edges.list() {
            let decision = self.decision(edge, edges.last());
            *callers.entry((call(edge), decision)).or_default() |= self.callers_of(edge, which, nodes);
        }
        callers
    }

    fn callers_of(&self, edge: &Edge, which: Which, nodes: &mut Nodes) -> RoaringBitmap {
        let world = self.world;
        let mut known = RoaringBitmap::new();
        let mut principals = edge.callers(world.estate(which)).peekable();
        let persons = edge.from.persons(world.estate(which));
        known.extend(persons.iter().map(|ix| nodes.number(&Source::Person(*ix), which, world)));
        if principals.peek().is_none() && persons.is_empty() {
            known.insert(nodes.number(&edge.from, which, world));
        }
        known.extend(principals.map(|ix| world.pairing.number(which, ix)));
        known
    }

    /// Who may call on one side, and on the other not or only on more conditions.
    fn more(&self, side: &Callers, base: &Callers) -> Vec<(Call, RoaringBitmap)> {
        // all calls but escalations are told together
        let (mut called, mut escalating) = (RoaringBitmap::new(), RoaringBitmap::new());
        for ((call, decision), callers) in side {
            let mut left = callers.clone();
            for ((same_call, other), there) in base {
                if same_call == call && !self.gives_more(*decision, *other) {
                    left -= there;
                }
            }
            if call.is_some() { called |= left } else { escalating |= left }
        }
        let found = [(Some(EdgeKind::AssumeRole), called), (None, escalating)].into_iter();
        found.filter(|(_, callers)| !callers.is_empty()).collect()
    }

    /// True unless the other decision is as good: equal, or on fewer conditions however the caller signs.
    fn gives_more(&self, decision: u32, other: u32) -> bool {
        let (one, two) = (self.decisions.get(decision as usize), self.decisions.get(other as usize));
        let (Some(one), Some(two)) = (one, two) else { return decision != other };
        let as_good = |(one, two): (&Asked, &Asked)| {
            matches!(blocks::compare(&one.state, &two.state), Compared::Equal | Compared::Easier)
        };
        one.len() != two.len() || !one.iter().zip(two).all(as_good)
    }

    /// Who may call on both sides, if the same keys have other values.
    fn other_values(&mut self, old: &Callers, new: &Callers) -> Vec<(Compared, Call, RoaringBitmap)> {
        let mut found = Vec::new();
        for ((call, before), callers) in old {
            for ((same_call, after), there) in new {
                if call != same_call || before == after {
                    continue;
                }
                let callers = callers & there;
                if callers.is_empty() {
                    continue;
                }
                let how = self.values(*before, *after);
                found.extend((how != Compared::Equal).then_some((how, *call, callers)));
            }
        }
        found
    }

    /// What a decision asks for beside another that asks for the same keys; equal where it asks for other keys.
    fn values(&mut self, old: u32, new: u32) -> Compared {
        if let Some(known) = self.by_values.get(&(old, new)) {
            return *known;
        }
        let of = |number: u32| self.decisions.get(number as usize).map_or(&[][..], Vec::as_slice);
        let (one, two) = (of(old), of(new));
        let same_keys = one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.state == two.state);
        let both = one.iter().zip(two).filter(|_| same_keys);
        let how = both.fold(Compared::Equal, |how, (one, two)| how.and(one.compared(two)));
        self.by_values.insert((old, new), how);
        how
    }
}

fn call(edge: &Edge) -> Call {
    (!edge.kind.is_escalation()).then_some(edge.kind)
}

/// The edges into a role: those that were met, or asked for.
enum Edges<'a> {
    Met(&'a [Edge]),
    Asked(Vec<Edge>),
}

impl Edges<'_> {
    fn list(&self) -> &[Edge] {
        match self {
            Self::Met(edges) => edges,
            Self::Asked(edges) => edges,
        }
    }

    fn last(&self) -> bool {
        matches!(self, Self::Met(_))
    }
}

fn edges<'a>(
    world: &World<'_, '_>,
    which: Which,
    role: Option<PrincipalIx>,
    met: Option<&'a WhoCan<'_, '_>>,
) -> Edges<'a> {
    match (role, met) {
        (Some(role), Some(found)) => Edges::Met(found.edges_into(role)),
        (Some(role), None) => Edges::Asked(world.graph(which).incoming(role)),
        (None, _) => Edges::Asked(Vec::new()),
    }
}
