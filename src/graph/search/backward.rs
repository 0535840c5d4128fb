//! Who reaches a set of roles: backwards over edges that are decided as they are met.
//!
//! Owns: the part of the graph behind a target, and which lens answers for which source. A path knows one bit beside its
//! states: whether the session carries MFA. It comes only from a user at the start and every hop keeps it, so it is a
//! property of the whole path, not of a state.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Instant;

use fixedbitset::FixedBitSet;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use super::outgoing::Outgoing;
use super::sources::is_role;
use super::starts;
use super::states::{Region, States};
use super::sweep::{Entry, Sweep};
use super::walk::Walk;
use crate::answer::Verdict;
use crate::graph::edge::{Edge, Hop};
use crate::graph::group::{Added, Group, Visited};
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Everything behind a set of target roles.
#[derive(Debug)]
pub struct Reach<'g, 'e> {
    graph: &'g TrustGraph<'e>,
    targets: BTreeSet<PrincipalIx>,
    /// The role that every path must pass.
    via: Option<PrincipalIx>,
    region: Region<'e>,
    views: Vec<View>,
    /// Sources whose first call differs from what paths pass (`starts`).
    apart: BTreeSet<Source>,
    outgoing: OnceLock<Outgoing>,
}

/// What one lens shows.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) lens: Lens,
    pub(crate) states: States,
    sweep: Sweep,
    /// The role that paths must pass, and the paths that do.
    through: Option<(PrincipalIx, Sweep)>,
}

/// A source's best answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Best {
    /// Best verdict of all its paths, and what a shortest one knows of MFA.
    pub(crate) lens: Lens,
    entry: Entry,
}

impl Best {
    /// Calls of a shortest path.
    pub(crate) fn hops(self) -> usize {
        self.entry.hops as usize
    }
}

impl<'g, 'e> Reach<'g, 'e> {
    /// Paths back from the targets until nothing new is met.
    #[must_use]
    pub fn new(graph: &'g TrustGraph<'e>, targets: BTreeSet<PrincipalIx>) -> Self {
        Self::through(graph, targets, None)
    }

    /// As [`Reach::new`], of the paths that pass a role.
    #[must_use]
    pub fn through(graph: &'g TrustGraph<'e>, targets: BTreeSet<PrincipalIx>, via: Option<PrincipalIx>) -> Self {
        Self::within(graph, targets, via, &BTreeSet::new())
    }

    /// As [`Reach::new`], of the paths on which no call assumes one of the roles to go around.
    #[must_use]
    pub fn around(graph: &'g TrustGraph<'e>, targets: BTreeSet<PrincipalIx>, around: &BTreeSet<PrincipalIx>) -> Self {
        Self::within(graph, targets, None, around)
    }

    fn within(
        graph: &'g TrustGraph<'e>,
        targets: BTreeSet<PrincipalIx>,
        via: Option<PrincipalIx>,
        around: &BTreeSet<PrincipalIx>,
    ) -> Self {
        let since = Instant::now();
        let incoming = |role| if around.contains(&role) { Vec::new() } else { graph.incoming(role) };
        let found = collect(graph.estate(), &targets, &incoming);
        let reach = Self::of(graph, targets, via, found);
        let (roles, edges) = (reach.targets.len(), reach.region.edges().count());
        tracing::info!(phase = "paths", targets = roles, edges, took_ms = since.elapsed().as_secs_f64() * 1e3, "ends");
        reach
    }

    /// The paths to one of the targets alone: no edge is decided again.
    #[must_use]
    pub(crate) fn to_one(&self, target: PrincipalIx) -> Self {
        let targets = BTreeSet::from([target]);
        let found = collect(self.estate(), &targets, &|role| self.region.edges_into(role).to_vec());
        Self::of(self.graph, targets, None, found)
    }

    fn of(
        graph: &'g TrustGraph<'e>,
        targets: BTreeSet<PrincipalIx>,
        via: Option<PrincipalIx>,
        found: Vec<(PrincipalIx, Vec<Edge>)>,
    ) -> Self {
        let estate = graph.estate();
        let region = Region::new(estate, found);
        let apart = starts::of(estate, region.edges());
        let mfa_matters = region.edges().any(Edge::is_mfa_sensitive);
        let lenses: Vec<Lens> = lens::verdicts(region.edges()).flat_map(|v| lens::all_of(v, mfa_matters)).collect();
        let is_target = |role| targets.contains(&role);
        let view = |lens: Lens| {
            let states = States::new(graph, &region, lens);
            let sweep = Sweep::new(&region, &states, &is_target, &|role| apart.contains(&Source::Principal(role)));
            let through = via.map(|role| (role, sweep.through(&region, &states, role, is_target(role))));
            View { lens, states, sweep, through }
        };
        let views = lenses.into_par_iter().map(view).collect();
        Self { graph, targets, via, region, views, apart, outgoing: OnceLock::new() }
    }

    /// The role that every path passes.
    pub(crate) fn via(&self) -> Option<PrincipalIx> {
        self.via
    }

    /// True for a source that the sweeps do not speak of.
    pub(crate) fn starts_apart(&self, source: &Source) -> bool {
        self.apart.contains(source)
    }

    /// Edges by where they start.
    pub(crate) fn outgoing(&self) -> &Outgoing {
        self.outgoing.get_or_init(|| Outgoing::new(self.estate(), self.region.by_role()))
    }

    /// What one of these lenses shows, or the view that stands for it: a verdict that no edge has adds nothing to a better
    /// one, and where MFA makes no difference there is one mode.
    pub(crate) fn view(&self, lens: Lens) -> Option<&View> {
        let one_mode = self.views.iter().all(|s| s.lens.mode == Mode::Plain);
        let fits = |s: &&View| s.lens.verdict <= lens.verdict && (s.lens.mode == lens.mode || one_mode);
        self.views.iter().filter(fits).max_by_key(|s| s.lens.verdict)
    }

    /// Steps forward through a view.
    pub(crate) fn walk<'r>(&'r self, view: &'r View) -> Walk<'r, 'e> {
        Walk { region: &self.region, states: &view.states, outgoing: self.outgoing() }
    }

    /// The best answer for a source, of paths that are not longer than that; `None` where every path is denied.
    pub(crate) fn best_within(&self, source: &Source, max_hops: usize) -> Option<Best> {
        let mfa_matters = self.views.iter().any(|s| s.lens.mode != Mode::Plain);
        let fits = |view: &&View| {
            if mfa_matters {
                lens::modes_of(self.estate(), source, view.lens.verdict, self.graph.has_escalations())
                    .contains(&view.lens.mode)
            } else {
                view.lens.mode == Mode::Plain
            }
        };
        let answers = self.views.iter().filter(fits).filter_map(|view| {
            let entry = view.entry(&self.region, source)?;
            (entry.hops as usize <= max_hops).then_some(Best { lens: view.lens, entry })
        });
        answers.min_by_key(|best| (best.lens.verdict, best.entry.hops, best.lens.mode))
    }

    /// The verdict and length of the best path of a source.
    #[must_use]
    pub fn best(&self, source: &Source) -> Option<(Verdict, usize)> {
        self.best_hops(source, usize::MAX)
    }

    /// As [`Reach::best`], of paths that are not longer than that.
    pub(crate) fn best_hops(&self, source: &Source, max_hops: usize) -> Option<(Verdict, usize)> {
        self.best_within(source, max_hops).map(|best| (best.lens.verdict, best.hops()))
    }

    /// The hops of the path behind an answer.
    pub(crate) fn hops(&self, source: &Source, best: Best) -> Vec<Hop> {
        let view = self.views.iter().find(|view| view.lens == best.lens);
        view.map_or_else(Vec::new, |view| view.hops(&self.region, source, source, best.entry))
    }

    /// Every source that some path starts at, in order: principals first.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        // of a cohort its people are the sources
        let apart = self.apart.iter().filter(|source| !matches!(source, Source::Cohort(_)));
        let mut all: Vec<Source> = apart.cloned().collect();
        for view in &self.views {
            all.extend(view.sources(&self.region));
        }
        all.par_sort_unstable();
        all.dedup();
        all
    }

    /// The roles that were met, and the edges into them.
    pub(crate) fn region(&self) -> &Region<'e> {
        &self.region
    }

    /// Roles that were met, in order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.region.roles.iter().copied()
    }

    /// All edges that were met, in order of role.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> + Clone {
        self.region.edges()
    }

    /// The edges into one role, where it was met.
    #[must_use]
    pub fn edges_into(&self, role: PrincipalIx) -> &[Edge] {
        self.region.edges_into(role)
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

impl View {
    /// The pass that answers for paths that start here; a path from the role that it must pass has passed it.
    pub(crate) fn pass(&self, from: &Source) -> &Sweep {
        match &self.through {
            Some((role, through)) if *from != Source::Principal(*role) => through,
            _ => &self.sweep,
        }
    }

    fn entry(&self, region: &Region<'_>, source: &Source) -> Option<Entry> {
        self.pass(source).entry(region, &self.states, source)
    }

    fn sources(&self, region: &Region<'_>) -> Vec<Source> {
        let Some((via, through)) = &self.through else { return self.sweep.sources(region, &self.states) };
        // its own paths pass it only where they come back to it
        let mut all = through.sources(region, &self.states);
        all.retain(|source| *source != Source::Principal(*via));
        all
    }

    /// The hops of the path behind an entry of the pass that answers for `passed`; `from` makes the first of them.
    pub(crate) fn hops(&self, region: &Region<'_>, passed: &Source, from: &Source, entry: Entry) -> Vec<Hop> {
        let before = self.through.as_ref().map(|_| &self.sweep);
        self.pass(passed).hops(region, &self.states, from, entry, before)
    }
}

/// The roles behind the targets, with the edges into each.
fn collect(
    estate: &Estate,
    targets: &BTreeSet<PrincipalIx>,
    incoming: &(dyn Fn(PrincipalIx) -> Vec<Edge> + Sync),
) -> Vec<(PrincipalIx, Vec<Edge>)> {
    let mut met = FixedBitSet::with_capacity(estate.principals().len());
    let mut classes = FixedBitSet::with_capacity(estate.classes().len());
    let mut of_account = HashSet::<Group>::new();
    let mut groups = HashMap::<Group, Visited>::new();
    let mut frontier: Vec<PrincipalIx> = targets.iter().copied().collect();
    frontier.iter().for_each(|role| met.insert(role.get()));
    let mut all = Vec::new();
    while !frontier.is_empty() {
        let found: Vec<Vec<Edge>> = frontier.par_iter().map(|role| incoming(*role)).collect();
        let mut next = Vec::new();
        for (role, edges) in frontier.iter().zip(found) {
            for edge in &edges {
                let is_known = match &edge.from {
                    Source::Class(class) => classes.put(class.get()),
                    Source::Classes(group) => !of_account.insert(group.clone()),
                    _ => false,
                };
                if is_known {
                    continue;
                }
                let mut meet = |caller: PrincipalIx| {
                    if is_role(estate, caller) && !met.put(caller.get()) {
                        next.push(caller);
                    }
                };
                let Source::Roles(group) = &edge.from else {
                    edge.callers(estate).for_each(meet);
                    continue;
                };
                let account = estate.principal(*role).account();
                match groups.entry(group.clone()).or_default().visit_but(account) {
                    Added::AllBut(_) => edge.callers(estate).for_each(meet),
                    Added::Only(left) => group.split(estate, left)[1].iter().for_each(|role| meet(*role)),
                    Added::Nothing => {}
                }
            }
            all.push((*role, edges));
        }
        next.sort_unstable();
        frontier = next;
    }
    all
}
