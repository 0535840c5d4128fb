//! Who reaches a set of roles: backwards over edges that are decided as they are met.
//!
//! Owns: the part of the graph behind a target, shortest distances in it, and which targets each source reaches.
//! A walk knows one bit of state beside the role: whether the session carries MFA. It comes only from a user at the start
//! and every hop keeps it, so it is a property of the whole walk, not of a node.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::TrustGraph;
use super::decision::Decision;
use super::edge::{Edge, Source};
use crate::answer::Verdict;
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

/// What a walk knows of MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// None: the start is no user, or a user without.
    Plain,
    /// The start is a user with MFA.
    Mfa,
    /// Either way: only edges that hold in both are followed.
    Free,
}

/// One hop of a found path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who enters, never a class.
    pub from: Source,
    /// By which edge.
    pub edge: Edge,
}

/// Everything behind a set of target roles.
#[derive(Debug)]
pub struct Reach<'g, 'e> {
    graph: &'g TrustGraph<'e>,
    targets: BTreeSet<PrincipalIx>,
    /// Incoming edges by role, where the role was met.
    edges: BTreeMap<PrincipalIx, Vec<Edge>>,
    sweeps: Vec<Sweep>,
}

/// Shortest distances under one verdict and mode.
#[derive(Debug)]
struct Sweep {
    verdict: Verdict,
    mode: Mode,
    principals: BTreeMap<PrincipalIx, Entry>,
    others: BTreeMap<Source, Entry>,
    /// Target that a role's shortest walk ends in.
    goals: BTreeMap<PrincipalIx, PrincipalIx>,
}

/// The first hop of a shortest walk.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hops: usize,
    role: PrincipalIx,
    edge: usize,
}

/// A source's best answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Best {
    /// Best verdict of all its walks.
    pub verdict: Verdict,
    /// Length of a shortest one.
    pub hops: usize,
    /// What it knows of MFA.
    pub mode: Mode,
}

/// Which targets each source reaches.
#[derive(Debug, Default)]
pub struct Reaches {
    classes: BTreeMap<crate::ids::ClassIx, RoaringBitmap>,
    principals: BTreeMap<PrincipalIx, RoaringBitmap>,
    others: BTreeMap<Source, RoaringBitmap>,
}

impl<'g, 'e> Reach<'g, 'e> {
    /// Walks back from the targets until nothing new is met.
    #[must_use]
    pub fn new(graph: &'g TrustGraph<'e>, targets: BTreeSet<PrincipalIx>) -> Self {
        let mut reach = Self { graph, targets, edges: BTreeMap::new(), sweeps: Vec::new() };
        reach.collect();
        let mfa_matters = reach.edges.values().flatten().any(Edge::is_mfa_sensitive);
        let modes = |verdict| match (mfa_matters, verdict) {
            (false, _) => vec![Mode::Plain],
            (true, Verdict::Allowed) => vec![Mode::Plain, Mode::Free],
            (true, _) => vec![Mode::Plain, Mode::Mfa],
        };
        for verdict in [Verdict::Allowed, Verdict::Conditional, Verdict::Unknown] {
            for mode in modes(verdict) {
                let sweep = reach.sweep(verdict, mode);
                reach.sweeps.push(sweep);
            }
        }
        reach
    }

    fn collect(&mut self) {
        let estate = self.graph.estate();
        let mut seen = FixedBitSet::with_capacity(estate.principals().len());
        let mut classes = FixedBitSet::with_capacity(estate.classes().len());
        let mut frontier: Vec<PrincipalIx> = self.targets.iter().copied().collect();
        frontier.iter().for_each(|role| seen.insert(role.get()));
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
                    next.extend(roles.filter(|m| is_role(estate, **m) && !seen.put(m.get())));
                }
                self.edges.insert(*role, edges);
            }
            next.sort_unstable();
            frontier = next;
        }
    }

    fn sweep(&self, verdict: Verdict, mode: Mode) -> Sweep {
        let estate = self.graph.estate();
        let mut sweep =
            Sweep { verdict, mode, principals: BTreeMap::new(), others: BTreeMap::new(), goals: BTreeMap::new() };
        let mut classes = FixedBitSet::with_capacity(estate.classes().len());
        let mut frontier: Vec<PrincipalIx> = self.targets.iter().copied().collect();
        sweep.goals.extend(frontier.iter().map(|t| (*t, *t)));
        let mut hops = 0;
        while !frontier.is_empty() {
            hops += 1;
            let mut next = Vec::new();
            for role in &frontier {
                let Some(goal) = sweep.goals.get(role).copied() else { continue };
                for (at, edge) in self.edges.get(role).into_iter().flatten().enumerate() {
                    if in_mode(edge, mode).verdict() > verdict {
                        continue;
                    }
                    let entry = Entry { hops, role: *role, edge: at };
                    match &edge.from {
                        // a target that is a member can be passed over the first time because it is its own goal
                        Source::Class(class) if classes.contains(class.get()) && !self.has_target(edge) => continue,
                        Source::Class(class) => classes.insert(class.get()),
                        Source::Principal(_) => {}
                        other => {
                            sweep.others.entry(other.clone()).or_insert(entry);
                            continue;
                        }
                    }
                    for member in edge.from.members(estate) {
                        let own_goal = *member == goal;
                        if own_goal || sweep.principals.contains_key(member) {
                            continue;
                        }
                        sweep.principals.insert(*member, entry);
                        if is_role(estate, *member) && !self.targets.contains(member) {
                            sweep.goals.insert(*member, goal);
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

    /// The best answer for a source; `None` where every walk is denied.
    #[must_use]
    pub fn best(&self, source: &Source) -> Option<Best> {
        let user = matches!(source, Source::Principal(ix) if !is_role(self.graph.estate(), *ix));
        let mfa_matters = self.sweeps.iter().any(|s| s.mode != Mode::Plain);
        let fits = |sweep: &&Sweep| match (user && mfa_matters, sweep.verdict) {
            (false, _) => sweep.mode == Mode::Plain,
            (true, Verdict::Allowed) => sweep.mode == Mode::Free,
            (true, _) => true,
        };
        let answers = self.sweeps.iter().filter(fits).filter_map(|sweep| {
            let entry = sweep.entry(source)?;
            Some(Best { verdict: sweep.verdict, hops: entry.hops, mode: sweep.mode })
        });
        answers.min()
    }

    /// The hops of the walk behind [`Reach::best`].
    #[must_use]
    pub fn steps(&self, source: &Source, best: Best) -> Vec<Step> {
        let mut steps = Vec::new();
        let Some(sweep) = self.sweeps.iter().find(|s| (s.verdict, s.mode) == (best.verdict, best.mode)) else {
            return steps;
        };
        let mut from = source.clone();
        let mut first = true;
        while let Some(entry) = sweep.entry(&from) {
            if !first && matches!(&from, Source::Principal(ix) if self.targets.contains(ix)) {
                break;
            }
            first = false;
            let Some(edge) = self.edges.get(&entry.role).and_then(|list| list.get(entry.edge)) else { break };
            steps.push(Step { from, edge: edge.clone() });
            from = Source::Principal(entry.role);
        }
        steps
    }

    /// Every source that some walk starts at, in order: principals first.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let Some(widest) = self.sweeps.iter().rfind(|s| s.mode == Mode::Plain) else { return Vec::new() };
        let mut principals: BTreeSet<PrincipalIx> = widest.principals.keys().copied().collect();
        for sweep in &self.sweeps {
            principals.extend(sweep.principals.keys());
        }
        let others = widest.others.keys().cloned();
        principals.into_iter().map(Source::Principal).chain(others).collect()
    }

    /// All edges that were met, by role.
    #[must_use]
    pub fn edges(&self) -> &BTreeMap<PrincipalIx, Vec<Edge>> {
        &self.edges
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

    /// Which targets each source reaches by edges of this verdict or better, whatever it knows of MFA.
    #[must_use]
    pub fn reaches(&self, verdict: Verdict) -> (Reaches, Option<Reaches>) {
        let mfa_matters = self.sweeps.iter().any(|s| s.mode == Mode::Mfa);
        (self.gather(verdict, Mode::Plain), mfa_matters.then(|| self.gather(verdict, Mode::Mfa)))
    }

    /// Sets grow from the targets outwards; only what is new to a role is carried on.
    fn gather(&self, verdict: Verdict, mode: Mode) -> Reaches {
        let estate = self.graph.estate();
        let mut found = Reaches::default();
        let own = |t: &PrincipalIx| (*t, RoaringBitmap::from_iter([t.get() as u32]));
        let mut round: BTreeMap<PrincipalIx, RoaringBitmap> = self.targets.iter().map(own).collect();
        while !round.is_empty() {
            let mut next = BTreeMap::<PrincipalIx, RoaringBitmap>::new();
            for (role, fresh) in &round {
                for edge in self.edges.get(role).into_iter().flatten() {
                    if in_mode(edge, mode).verdict() > verdict {
                        continue;
                    }
                    let known = match &edge.from {
                        Source::Class(class) => found.classes.entry(*class).or_default(),
                        Source::Principal(ix) => found.principals.entry(*ix).or_default(),
                        other => found.others.entry(other.clone()).or_default(),
                    };
                    let new = fresh - &*known;
                    if new.is_empty() {
                        continue;
                    }
                    *known |= &new;
                    for member in edge.from.members(estate).iter().filter(|m| self.edges.contains_key(m)) {
                        *next.entry(*member).or_default() |= &new;
                    }
                }
            }
            round = next;
        }
        found
    }
}

impl Reaches {
    /// Target roles that a source reaches, itself left out.
    #[must_use]
    pub fn of(&self, source: &Source, estate: &Estate) -> RoaringBitmap {
        match source {
            Source::Principal(ix) => {
                let own = self.principals.get(ix).cloned().unwrap_or_default();
                let mut all = match self.classes.get(&estate.principal(*ix).class()) {
                    Some(shared) => own | shared,
                    None => own,
                };
                all.remove(ix.get() as u32);
                all
            }
            other => self.others.get(other).cloned().unwrap_or_default(),
        }
    }
}

impl Sweep {
    fn entry(&self, source: &Source) -> Option<Entry> {
        match source {
            Source::Principal(ix) => self.principals.get(ix).copied(),
            other => self.others.get(other).copied(),
        }
    }
}

/// The decision that counts for a walk.
pub(super) fn in_mode(edge: &Edge, mode: Mode) -> &Decision {
    match mode {
        Mode::Plain => edge.plain(),
        Mode::Mfa => edge.with_mfa(),
        Mode::Free => edge.free(),
    }
}

fn is_role(estate: &Estate, ix: PrincipalIx) -> bool {
    estate.principal(ix).kind() == PrincipalType::Role
}
