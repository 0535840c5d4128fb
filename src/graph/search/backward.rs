//! Who reaches a set of roles: backwards over edges that are decided as they are met.
//!
//! Owns: the part of the graph behind a target, shortest distances in it, and which targets each source reaches.
//! A path knows one bit of state beside the role: whether the session carries MFA. It comes only from a user at the
//! start and every hop keeps it, so it is a property of the whole path, not of a node.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::outgoing::Outgoing;
use super::starts;
use crate::answer::Verdict;
use crate::graph::chaining;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

/// Everything behind a set of target roles.
#[derive(Debug)]
pub struct Reach<'g, 'e> {
    graph: &'g TrustGraph<'e>,
    targets: BTreeSet<PrincipalIx>,
    /// Incoming edges by principal; empty where it is no role or was not met.
    edges: Vec<Vec<Edge>>,
    /// Roles that were met.
    met: FixedBitSet,
    sweeps: Vec<Sweep>,
    /// Sources with a path on which one call reads what an earlier one decides.
    linked: BTreeSet<Source>,
    /// Sources whose first call differs from what paths pass (`starts`).
    apart: BTreeSet<Source>,
    outgoing: OnceLock<Outgoing>,
}

/// Shortest distances through one lens.
#[derive(Debug)]
struct Sweep {
    lens: Lens,
    /// By principal; no hops where no path starts there.
    principals: Vec<Entry>,
    others: BTreeMap<Source, Entry>,
}

/// The first hop of a shortest path: small, because there is one for every principal.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hops: u32,
    role: u32,
    edge: u32,
}

/// A source's best answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Best {
    /// Best verdict of all its paths.
    pub verdict: Verdict,
    /// Length of a shortest one.
    pub hops: usize,
    /// What it knows of MFA.
    pub mode: Mode,
}

impl<'g, 'e> Reach<'g, 'e> {
    /// Paths back from the targets until nothing new is met.
    #[must_use]
    pub fn new(graph: &'g TrustGraph<'e>, targets: BTreeSet<PrincipalIx>) -> Self {
        let count = graph.estate().principals().len();
        let met = FixedBitSet::with_capacity(count);
        let linked = BTreeSet::new();
        let apart = BTreeSet::new();
        let outgoing = OnceLock::new();
        let mut reach = Self { graph, targets, edges: Vec::new(), met, sweeps: Vec::new(), linked, apart, outgoing };
        reach.edges.resize_with(count, Vec::new);
        reach.collect();
        reach.linked = chaining::linked_sources(graph.estate(), &reach.edges);
        reach.apart = starts::of(graph.estate(), reach.edges());
        let mfa_matters = reach.edges().any(Edge::is_mfa_sensitive);
        let lenses: Vec<Lens> = lens::verdicts(reach.edges()).flat_map(|v| sweep_lenses(v, mfa_matters)).collect();
        let sweeps = lenses.into_par_iter().map(|lens| reach.sweep(lens)).collect();
        reach.sweeps = sweeps;
        reach
    }

    fn collect(&mut self) {
        let estate = self.graph.estate();
        let mut classes = FixedBitSet::with_capacity(estate.classes().len());
        let mut frontier: Vec<PrincipalIx> = self.targets.iter().copied().collect();
        frontier.iter().for_each(|role| self.met.insert(role.get()));
        while !frontier.is_empty() {
            let found: Vec<Vec<Edge>> = frontier.par_iter().map(|role| self.graph.incoming(*role)).collect();
            let mut next = Vec::new();
            for (role, edges) in frontier.iter().zip(found) {
                for edge in &edges {
                    if let Source::Class(class) = edge.from
                        && classes.put(class.get())
                    {
                        continue;
                    }
                    let roles = edge.from.members(estate).iter();
                    next.extend(roles.filter(|m| is_role(estate, **m) && !self.met.put(m.get())));
                }
                if let Some(slot) = self.edges.get_mut(role.get()) {
                    *slot = edges;
                }
            }
            next.sort_unstable();
            frontier = next;
        }
    }

    /// True where some call of some path reads what an earlier one decides.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        !self.linked.is_empty()
    }

    /// As [`Reach::is_linked`], for paths from this source.
    #[must_use]
    pub fn is_linked_from(&self, source: &Source) -> bool {
        self.linked.contains(source)
    }

    /// True for a source that the sweeps do not speak of.
    pub(crate) fn starts_apart(&self, source: &Source) -> bool {
        self.apart.contains(source)
    }

    /// Edges by where they start.
    pub(crate) fn outgoing(&self) -> &Outgoing {
        self.outgoing.get_or_init(|| Outgoing::new(&self.edges))
    }

    /// True for roles that were met.
    pub(crate) fn has_met(&self, role: PrincipalIx) -> bool {
        self.met.contains(role.get())
    }

    /// Roles that were met, in order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.met.ones().map(PrincipalIx::new)
    }

    /// The sweep for a lens, or the one that stands for it: a verdict that no edge has adds nothing to a better
    /// one, and where MFA makes no difference there is one mode.
    fn sweep_for(&self, lens: Lens) -> Option<&Sweep> {
        let one_mode = self.sweeps.iter().all(|s| s.lens.mode == Mode::Plain);
        let fits = |s: &&Sweep| s.lens.verdict <= lens.verdict && (s.lens.mode == lens.mode || one_mode);
        self.sweeps.iter().filter(fits).max_by_key(|s| s.lens.verdict)
    }

    /// Hops of a shortest path from a source through one lens.
    pub(crate) fn distance(&self, source: &Source, lens: Lens) -> Option<usize> {
        self.sweep_for(lens)?.entry(source).map(|entry| entry.hops as usize)
    }

    /// The best path that leads through a role to the targets, as its two parts; `first` ends at that role.
    pub(crate) fn best_through(
        &self,
        first: &Self,
        role: PrincipalIx,
        source: &Source,
        max_hops: usize,
    ) -> Option<(Best, Best)> {
        let start = Source::Principal(role);
        let found = lens::of_source(self.estate(), source).filter_map(|lens| {
            let before = if *source == start { 0 } else { first.distance(source, lens)? };
            let after = self.distance(&start, lens)?;
            let best = |hops| Best::new(lens, hops);
            (before + after <= max_hops).then_some((before + after, best(before), best(after)))
        });
        found.min_by_key(|(hops, before, _)| (before.verdict, *hops)).map(|(_, before, after)| (before, after))
    }

    fn sweep(&self, lens: Lens) -> Sweep {
        let estate = self.graph.estate();
        let count = estate.principals().len();
        let mut sweep = Sweep { lens, principals: vec![Entry::default(); count], others: BTreeMap::new() };
        let mut classes = FixedBitSet::with_capacity(estate.classes().len());
        // the target that a role's shortest path ends in: a target does not reach itself
        let mut goals: Vec<u32> = (0..small(count)).collect();
        let mut frontier: Vec<PrincipalIx> = self.targets.iter().copied().collect();
        let mut hops = 0;
        while !frontier.is_empty() {
            hops += 1;
            let mut next = Vec::new();
            for role in &frontier {
                let Some(goal) = goals.get(role.get()).copied() else { unreachable!("a goal for every principal") };
                for (at, edge) in self.edges_into(*role).iter().enumerate() {
                    if !lens.shows(edge) {
                        continue;
                    }
                    let entry = Entry { hops, role: small(role.get()), edge: small(at) };
                    match &edge.from {
                        // a target that is a member can be passed over the first time because it is its own goal
                        Source::Class(class) if classes.put(class.get()) && !self.has_target(edge) => continue,
                        Source::Class(_) | Source::Principal(_) => {}
                        other => {
                            if !sweep.others.contains_key(other) {
                                sweep.others.insert(other.clone(), entry);
                            }
                            continue;
                        }
                    }
                    for member in edge.from.members(estate) {
                        let Some(known) = sweep.principals.get_mut(member.get()) else { continue };
                        if known.hops > 0 || member.get() == goal as usize {
                            continue;
                        }
                        *known = entry;
                        if is_role(estate, *member) && !self.targets.contains(member) {
                            if let Some(slot) = goals.get_mut(member.get()) {
                                *slot = goal;
                            }
                            next.push(*member);
                        }
                    }
                }
            }
            next.sort_unstable();
            frontier = next;
        }
        sweep
    }

    fn has_target(&self, edge: &Edge) -> bool {
        edge.from.members(self.graph.estate()).iter().any(|m| self.targets.contains(m))
    }

    /// The best answer for a source; `None` where every path is denied.
    #[must_use]
    pub fn best(&self, source: &Source) -> Option<Best> {
        self.best_within(source, usize::MAX)
    }

    /// As [`Reach::best`], of paths that are not longer than that.
    #[must_use]
    pub fn best_within(&self, source: &Source, max_hops: usize) -> Option<Best> {
        let mfa_matters = self.sweeps.iter().any(|s| s.lens.mode != Mode::Plain);
        let fits = |sweep: &&Sweep| {
            if mfa_matters {
                lens::modes_of(self.estate(), source, sweep.lens.verdict).contains(&sweep.lens.mode)
            } else {
                sweep.lens.mode == Mode::Plain
            }
        };
        let answers = self.sweeps.iter().filter(fits).filter_map(|sweep| {
            let entry = sweep.entry(source)?;
            let best = Best::new(sweep.lens, entry.hops as usize);
            (best.hops <= max_hops).then_some(best)
        });
        answers.min()
    }

    /// The hops of the path behind [`Reach::best`].
    #[must_use]
    pub fn hops(&self, source: &Source, best: Best) -> Vec<Hop> {
        let mut hops = Vec::new();
        let Some(sweep) = self.sweep_for(best.lens()) else { return hops };
        let mut from = source.clone();
        let mut first = true;
        while let Some(entry) = sweep.entry(&from) {
            if !first && matches!(&from, Source::Principal(ix) if self.targets.contains(ix)) {
                break;
            }
            first = false;
            let role = PrincipalIx::new(entry.role as usize);
            let Some(edge) = self.edges_into(role).get(entry.edge as usize) else { break };
            hops.push(Hop { from, edge: edge.clone() });
            from = Source::Principal(role);
        }
        hops
    }

    /// Every source that some path starts at, in order: principals first.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let count = self.graph.estate().principals().len();
        let starts = |at: &usize| self.sweeps.iter().any(|s| s.principals.get(*at).is_some_and(|e| e.hops > 0));
        let principals = (0..count).filter(starts).map(|at| Source::Principal(PrincipalIx::new(at)));
        let others: BTreeSet<&Source> = self.sweeps.iter().flat_map(|s| s.others.keys()).collect();
        let mut all: Vec<Source> = principals.chain(others.into_iter().cloned()).collect();
        if !self.apart.is_empty() {
            all.extend(self.apart.iter().cloned());
            all.sort();
            all.dedup();
        }
        all
    }

    /// All edges that were met, in order of role.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> + Clone {
        self.edges.iter().flatten()
    }

    /// The edges into one role, where it was met.
    #[must_use]
    pub fn edges_into(&self, role: PrincipalIx) -> &[Edge] {
        self.edges.get(role.get()).map_or(&[], Vec::as_slice)
    }

    /// The estate behind it.
    #[must_use]
    pub fn estate(&self) -> &'e Estate {
        self.graph.estate()
    }

    /// The graph behind it.
    #[must_use]
    pub fn graph(&self) -> &'g TrustGraph<'e> {
        self.graph
    }

    /// The targets.
    #[must_use]
    pub fn targets(&self) -> &BTreeSet<PrincipalIx> {
        &self.targets
    }
}

impl Best {
    pub(crate) fn new(lens: Lens, hops: usize) -> Self {
        Self { verdict: lens.verdict, hops, mode: lens.mode }
    }

    pub(crate) fn lens(self) -> Lens {
        Lens { verdict: self.verdict, mode: self.mode }
    }
}

impl Sweep {
    fn entry(&self, source: &Source) -> Option<Entry> {
        match source {
            Source::Principal(ix) => self.principals.get(ix.get()).copied().filter(|e| e.hops > 0),
            other => self.others.get(other).copied(),
        }
    }
}

fn is_role(estate: &Estate, ix: PrincipalIx) -> bool {
    estate.principal(ix).kind() == PrincipalType::Role
}

/// The lenses that sweeps of a verdict need: one for those who bring no MFA, and those that users need beside it.
fn sweep_lenses(verdict: Verdict, mfa_matters: bool) -> impl Iterator<Item = Lens> {
    let of_users = if mfa_matters { lens::modes_of_users(verdict) } else { &[] };
    let others = of_users.iter().copied().filter(|mode| *mode != Mode::Plain);
    std::iter::once(Mode::Plain).chain(others).map(move |mode| Lens { verdict, mode })
}

/// A number that an entry keeps: an estate has fewer than 2^32 principals, and a role fewer edges.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or_else(|_| unreachable!("more than 2^32 principals or edges"))
}
