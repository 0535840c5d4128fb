//! Which targets each source reaches: with which verdict, on which conditions and in how many hops.
//!
//! Owns: which layers there are, and what a source reaches by all of those that count for it: each target once.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::backward::{Reach, View};
use super::best;
use super::known::Group;
use super::layer::Layer;
use super::path;
use super::walk::Start;
use crate::answer::{PrincipalKind, Verdict};
use crate::eval::Truth;
use crate::graph::edge::Edge;
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::session;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Targets that a source reaches alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) verdict: Verdict,
    pub(crate) hops: usize,
    pub(crate) conditions: Vec<String>,
    pub(crate) roles: RoaringBitmap,
}

/// Which targets each source reaches.
#[derive(Debug)]
pub(crate) struct Reaches {
    layers: Vec<Layer>,
    /// Whether MFA makes a difference, so that users have modes of their own.
    mfa_matters: bool,
}

impl Reach<'_, '_> {
    /// Which targets each source reaches in so many hops.
    pub(crate) fn reaches(&self, max_hops: usize) -> Reaches {
        let mfa_matters = self.edges().any(Edge::is_mfa_sensitive);
        let lenses: Vec<Lens> = lens::verdicts(self.edges()).flat_map(|v| lens::all_of(v, mfa_matters)).collect();
        let layers = lenses.into_par_iter().filter_map(|lens| self.layer(lens, max_hops)).collect();
        Reaches { layers, mfa_matters }
    }

    /// What a source reaches, itself left out, best verdict and fewest hops first.
    pub(crate) fn parts(&self, reaches: &Reaches, source: &Source) -> Vec<Part> {
        let user = source.kind(self.estate()) == PrincipalKind::User;
        let mut found = Vec::new();
        for lens in lens::of_source(self.estate(), source, self.graph().has_escalations()) {
            let Some((layer, view)) = reaches.layer(lens, user).and_then(|l| Some((l, self.view(l.lens)?))) else {
                continue;
            };
            let part = |conditions: BTreeSet<String>, hops, roles: &RoaringBitmap| Part {
                verdict: path::verdict_of(lens, source, conditions.is_empty()),
                hops,
                conditions: conditions.into_iter().collect(),
                roles: roles.clone(),
            };
            let with = |needed: &BTreeSet<String>, group: &Group| -> BTreeSet<String> {
                let of_group = group.conditions.into_iter().flat_map(|at| layer.conditions.get(at));
                needed.iter().chain(of_group).cloned().collect()
            };
            if !self.starts_apart(source) {
                let own = layer.of(self, view, source);
                found.extend(own.iter().map(|(needed, group)| part(with(needed, group), group.hops, &group.roles)));
                continue;
            }
            for start in self.walk(view).starts(source) {
                let needed = self.needed(source, &start, lens);
                let passed = start.hops.len();
                if let Some(role) = self.end_of(view, source, &start) {
                    found.push(part(needed.clone(), passed, &RoaringBitmap::from_iter([role])));
                }
                let groups = layer.of_state(start.state).filter(|_| start.goes_on);
                found.extend(groups.map(|group| part(with(&needed, group), passed + group.hops, &group.roles)));
            }
        }
        best_of(found, source)
    }

    /// What a source reaches, by the first role of its paths, whatever the verdict.
    pub(crate) fn by_first_role(&self, reaches: &Reaches, source: &Source) -> BTreeMap<PrincipalIx, RoaringBitmap> {
        let user = source.kind(self.estate()) == PrincipalKind::User;
        let mut found = BTreeMap::<PrincipalIx, RoaringBitmap>::new();
        for lens in lens::of_source(self.estate(), source, self.graph().has_escalations()) {
            let Some((layer, view)) = reaches.layer(lens, user).and_then(|l| Some((l, self.view(l.lens)?))) else {
                continue;
            };
            for start in self.walk(view).starts(source) {
                let Some(first) = start.hops.first() else { continue };
                let roles = found.entry(first.edge.to).or_default();
                roles.extend(self.end_of(view, source, &start));
                let groups = layer.of_state(start.state).filter(|_| start.goes_on);
                groups.for_each(|group| *roles |= &*group.roles);
            }
        }
        found
    }

    /// The target where a path ends with its first calls.
    fn end_of(&self, view: &View, source: &Source, start: &Start) -> Option<u32> {
        let last = start.hops.last().filter(|_| best::left(self, view, source, start) == Some(0))?;
        Some(last.edge.to.get() as u32)
    }

    /// What the first calls of a path ask for: of what AWS passes for a person nothing may be left.
    fn needed(&self, source: &Source, start: &Start, lens: Lens) -> BTreeSet<String> {
        let is_linked = source.is_of_people() && session::is_linked(&start.hops);
        if is_linked && session::joint(self.estate(), &start.hops, lens.mode) == Some(Truth::True) {
            return BTreeSet::new();
        }
        start.hops.iter().flat_map(|hop| hop.edge.in_mode(lens.mode).conditions()).collect()
    }
}

/// Each target once, by its best verdict, fewest hops and fewest conditions; a source does not reach itself.
fn best_of(mut parts: Vec<Part>, source: &Source) -> Vec<Part> {
    fn order(part: &Part) -> (Verdict, usize, usize, &[String]) {
        (part.verdict, part.hops, part.conditions.len(), &part.conditions)
    }
    parts.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut seen = RoaringBitmap::new();
    if let Source::Principal(own) = source {
        seen.insert(own.get() as u32);
    }
    for part in &mut parts {
        part.roles -= &seen;
        seen |= &part.roles;
    }
    parts.retain(|part| !part.roles.is_empty());
    parts
}

impl Reaches {
    /// The layer for a lens, or the one that stands for it: a verdict that no edge has adds nothing to a better
    /// one, and where MFA makes no difference there is one mode.
    fn layer(&self, lens: Lens, user: bool) -> Option<&Layer> {
        let alike = lens.verdict == Verdict::Allowed && lens.mode == Mode::Plain;
        let of_users = user && !alike && self.mfa_matters;
        let fits = |l: &&Layer| {
            let is_told = lens::modes_of_users(l.lens.verdict).contains(&l.lens.mode);
            let is_own = if of_users { is_told && l.lens.mode == lens.mode } else { l.lens.mode == Mode::Plain };
            is_own && l.lens.verdict <= lens.verdict
        };
        self.layers.iter().filter(fits).max_by_key(|l| l.lens.verdict)
    }
}
