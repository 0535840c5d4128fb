//! What was found, before anything is named: for a comparison with another answer.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::WhoCan;
use super::alike::Search;
use crate::graph::edge::{Edge, Hop};
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_path;
use crate::graph::search::targets::{Part, Reaches};
use crate::graph::session::edge_depends_on_session;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountIx, PrincipalIx};
use crate::snapshot::ledger::Gap;

/// Sources that reach the same targets alike.
#[derive(Debug)]
pub(crate) struct FoundAlike<'a> {
    pub(crate) sources: Vec<&'a Source>,
    /// Best first; each target once.
    pub(crate) parts: &'a [Part],
}

/// By which first role somebody reaches what.
pub(crate) struct FirstRoles<'a> {
    reach: &'a Reach<'a, 'a>,
    sets: Reaches,
}

impl FirstRoles<'_> {
    /// The roles that a source reaches, by the first role of the paths.
    pub(crate) fn of(&self, source: &Source) -> BTreeMap<PrincipalIx, RoaringBitmap> {
        self.reach.by_first_role(&self.sets, source)
    }
}

/// Who reaches any of these roles, those together for whom one search answers. The roles themselves are among them where they reach
/// another one, whoever enters them.
pub(crate) fn ways_into(graph: &TrustGraph<'_>, roles: BTreeSet<PrincipalIx>) -> Vec<(Vec<Source>, Vec<Part>)> {
    let reach = Reach::new(graph, roles);
    let search = Search::new(&reach, reach.targets().clone(), usize::MAX);
    let found = search.alike_sources(reach.sources()).into_par_iter().filter_map(|sources| search.found(sources));
    found.map(|alike| (alike.who.into_iter().map(|one| one.source).collect(), alike.parts)).collect()
}

impl WhoCan<'_, '_> {
    /// Everybody who was found, those together that reach the same alike.
    pub(crate) fn found(&self) -> impl Iterator<Item = FoundAlike<'_>> {
        self.groups
            .iter()
            .map(|group| FoundAlike { sources: group.who.iter().map(|one| &one.source).collect(), parts: &group.parts })
    }

    /// A shortest path of the best verdict into one role of the target, for each of these sources that has one.
    pub(crate) fn paths_into(&self, role: PrincipalIx, sources: &[&Source]) -> Vec<(Source, Vec<Hop>)> {
        let reach = self.reach.to_one(role);
        let path = |source: &&Source| best_path(&reach, source).map(|path| ((*source).clone(), path.hops));
        sources.iter().filter_map(path).collect()
    }

    /// A call from outside the target that enters one of its roles; `None` for every other principal. What such a role reaches by
    /// itself is found as long as there is one.
    pub(crate) fn entrance(&self, role: PrincipalIx) -> Option<Hop> {
        let (estate, targets) = (self.estate(), self.reach.targets());
        let outside = |edge: &Edge| match &edge.from {
            Source::Class(_) | Source::Classes(_) | Source::Roles(_) | Source::Principal(_) => {
                edge.callers(estate).find(|caller| !targets.contains(caller)).map(Source::Principal)
            }
            Source::Cohort(_) => edge.from.persons(estate).first().copied().map(Source::Person),
            other => Some(other.clone()),
        };
        let edges = if targets.contains(&role) { self.reach.edges_into(role) } else { &[] };
        edges.iter().find_map(|edge| outside(edge).map(|from| Hop { from, edge: edge.clone() }))
    }

    /// The roles of the target, in order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.reach.targets().iter().copied()
    }

    /// The accounts of the target, with or without roles of it that were read.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountIx> + '_ {
        let of_roles = self.roles().map(|role| self.estate().principal(role).account());
        of_roles.chain(self.accounts.iter().copied())
    }

    /// What people reach by which first role, where what they reach depends on their sessions; `None` where they reach what the role does.
    pub(crate) fn first_roles(&self) -> Option<FirstRoles<'_>> {
        let by_session = |edge: &Edge| edge.issued().is_some() || edge_depends_on_session(edge);
        let is_session = self.reach.edges().any(by_session);
        is_session.then(|| FirstRoles { reach: &self.reach, sets: self.reach.reaches(self.max_hops) })
    }

    /// The roles that were met on the way to the target, and the edges into each.
    pub(crate) fn met(&self) -> impl Iterator<Item = (PrincipalIx, &[Edge])> {
        self.reach.roles().map(|role| (role, self.reach.edges_into(role)))
    }

    /// The edges into a role, where it was met.
    pub(crate) fn edges_into(&self, role: PrincipalIx) -> &[Edge] {
        self.reach.edges_into(role)
    }

    /// True if it is not known whether an account belongs to the target.
    pub(crate) fn may_have(&self, account: AccountIx) -> bool {
        self.open.contains(&account)
    }

    /// Missing data that matters.
    pub(crate) fn missing(&self) -> &[Gap] {
        &self.gaps
    }
}
