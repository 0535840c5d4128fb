//! Calls of the trust graph by who makes them, for searches that go on from role to role.
//!
//! Owns: which calls a principal makes by itself, with its class and in groups, and which of them others have made before it. Does not
//! know what a search looks for, nor which calls it follows. Who calls is numbered once for all searches of a graph (`Callers`): to compare
//! groups of callers costs more than anything else here.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use crate::graph::{Added, Edge, Source, TrustGraph, Visited};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::Estate;

/// The number of a source among those of a graph, in their order.
pub(super) type CallerNumber = u32;

/// Where the edges of a graph start, each source once.
pub(crate) struct Callers<'g> {
    graph: &'g TrustGraph<'g>,
    /// In order.
    sources: Vec<&'g Source>,
    /// Of each edge, in the order of edges.
    of_edges: Vec<CallerNumber>,
    by_principal: HashMap<PrincipalIx, CallerNumber>,
    by_class: HashMap<ClassIx, CallerNumber>,
    /// By class, the groups that it stands in, in order.
    groups: HashMap<ClassIx, Vec<CallerNumber>>,
}

impl<'g> Callers<'g> {
    /// Decides every edge of the graph.
    pub(crate) fn of(graph: &'g TrustGraph<'g>) -> Self {
        let with = |mut set: HashSet<&'g Source>, edges: &'g Vec<Edge>| {
            set.extend(edges.iter().map(|edge| &edge.from));
            set
        };
        let join = |one: HashSet<&'g Source>, other: HashSet<&'g Source>| {
            let (mut most, least) = if one.len() < other.len() { (other, one) } else { (one, other) };
            most.extend(least);
            most
        };
        let distinct = graph.all().par_iter().fold(HashSet::new, with).reduce(HashSet::new, join);
        let mut sources: Vec<&Source> = distinct.into_iter().collect();
        sources.par_sort_unstable();
        let numbers: HashMap<&Source, CallerNumber> = sources.iter().copied().zip(0..).collect();
        let number = |edge: &Edge| numbers.get(&edge.from).copied();
        let of_edges = graph.all().par_iter().flat_map_iter(|edges| edges.iter().filter_map(number)).collect();
        let (mut by_principal, mut by_class) = (HashMap::new(), HashMap::new());
        let mut groups = HashMap::<ClassIx, Vec<CallerNumber>>::new();
        for (source, number) in sources.iter().zip(0..) {
            match source {
                Source::Principal(ix) => _ = by_principal.insert(*ix, number),
                Source::Class(ix) => _ = by_class.insert(*ix, number),
                Source::Classes(group) | Source::Roles(group) => {
                    group.classes().iter().for_each(|class| groups.entry(*class).or_default().push(number));
                }
                _ => {}
            }
        }
        Self { graph, sources, of_edges, by_principal, by_class, groups }
    }

    /// The graph whose edges these are.
    pub(crate) fn graph(&self) -> &'g TrustGraph<'g> {
        self.graph
    }

    /// Every edge with the number of its source.
    pub(super) fn edges(&self) -> impl Iterator<Item = (CallerNumber, &'g Edge)> {
        self.of_edges.iter().copied().zip(self.graph.all().iter().flatten())
    }
}

/// Calls by where they start; `C` is what a search keeps of a call.
pub(super) struct Outgoing<'g, C> {
    callers: Arc<Callers<'g>>,
    /// Of each source, where its calls begin; after the last, where they end.
    starts: Vec<usize>,
    calls: Vec<C>,
}

/// Classes and groups whose calls were made: of roles of several accounts, by a member of one all but those into that account.
pub(super) type Made = HashMap<CallerNumber, Visited>;

impl<'g, C: Copy> Outgoing<'g, C> {
    /// In the order of the calls.
    pub(super) fn new(callers: &Arc<Callers<'g>>, calls: impl Iterator<Item = (CallerNumber, C)>) -> Self {
        let mut numbered: Vec<(CallerNumber, C)> = calls.collect();
        numbered.sort_by_key(|(number, _)| *number);
        Self::of_sorted(callers, numbered)
    }

    /// Without calls of one source that are equal and stand beside each other.
    pub(super) fn distinct(callers: &Arc<Callers<'g>>, calls: impl Iterator<Item = (CallerNumber, C)>) -> Self
    where
        C: PartialEq,
    {
        let mut numbered: Vec<(CallerNumber, C)> = calls.collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.dedup();
        Self::of_sorted(callers, numbered)
    }

    fn of_sorted(callers: &Arc<Callers<'g>>, numbered: Vec<(CallerNumber, C)>) -> Self {
        let mut starts = Vec::with_capacity(callers.sources.len() + 1);
        let mut at = 0;
        for number in (0..).take(callers.sources.len()) {
            starts.push(at);
            at += numbered.get(at..).unwrap_or_default().iter().take_while(|(of, _)| *of == number).count();
        }
        starts.push(at);
        Self { callers: Arc::clone(callers), starts, calls: numbered.into_iter().map(|(_, call)| call).collect() }
    }

    /// Every source that makes calls with these, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'g Source, &[C])> {
        let sources = self.callers.sources.iter().zip(0..);
        sources.map(|(source, number)| (*source, self.by(number))).filter(|(_, calls)| !calls.is_empty())
    }

    fn by(&self, number: CallerNumber) -> &[C] {
        let bound = |at: usize| self.starts.get(at).copied().unwrap_or(self.calls.len());
        let at = number as usize;
        self.calls.get(bound(at)..bound(at + 1)).unwrap_or_default()
    }

    fn is_of_roles(&self, number: CallerNumber) -> bool {
        self.callers.sources.get(number as usize).is_some_and(|source| matches!(source, Source::Roles(_)))
    }

    /// The calls of a principal by itself, of its class, and of each group that this stands in.
    fn of(&self, estate: &Estate, caller: PrincipalIx) -> impl Iterator<Item = (CallerNumber, &[C])> {
        let class = estate.principal(caller).class();
        let own = self.callers.by_principal.get(&caller).into_iter().chain(self.callers.by_class.get(&class));
        let all = own.chain(self.callers.groups.get(&class).into_iter().flatten());
        all.map(|number| (*number, self.by(*number))).filter(|(_, calls)| !calls.is_empty())
    }

    /// All calls of a principal, list by list.
    pub(super) fn lists(&self, estate: &Estate, caller: PrincipalIx) -> impl Iterator<Item = &[C]> {
        self.of(estate, caller).map(|(_, calls)| calls)
    }

    /// The same, without what others have made before; `to` is the role that a call leads to.
    pub(super) fn left(
        &self,
        estate: &Estate,
        caller: PrincipalIx,
        made: &mut Made,
        to: impl Fn(C) -> PrincipalIx,
    ) -> Vec<C> {
        let mut left = Vec::new();
        for (number, calls) in self.of(estate, caller) {
            let added = made.entry(number).or_default().visit_but(estate.principal(caller).account());
            if added == Added::Nothing {
                continue;
            }
            let of_roles = self.is_of_roles(number);
            let is_new = |into: AccountIx| match added {
                // only of roles of several accounts, those of the account of the role that is assumed fare otherwise
                Added::AllBut(own) => !of_roles || into != own,
                Added::Only(own) => of_roles && into == own,
                Added::Nothing => false,
            };
            left.extend(calls.iter().copied().filter(|call| is_new(estate.principal(to(*call)).account())));
        }
        left
    }
}
