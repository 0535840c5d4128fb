//! Who reaches a target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::conditions::{names, path_conditions};
use super::gaps::all_gaps;
use super::limits::Limits;
use super::targets::Targets;
use crate::answer::{PrincipalKind, ReachedAlike, Reacher, Verdict, WhoCanAnswer};
use crate::graph::carriers;
use crate::graph::edge::Edge;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::search::path::Path;
use crate::graph::search::targets::{Part, Reaches};
use crate::graph::selector::{self, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// Everybody who reaches a target.
///
/// # Errors
/// Where the target is unknown, ambiguous or matches nothing.
pub fn who_can(graph: &TrustGraph<'_>, target: &str, targets: &Targets) -> Result<WhoCanAnswer, SelectError> {
    who_can_within(graph, target, targets, &Limits::default())
}

/// As [`who_can`], by paths within limits.
///
/// # Errors
/// As there, and where the role to pass is not one role.
pub fn who_can_within(
    graph: &TrustGraph<'_>,
    target: &str,
    targets: &Targets,
    limits: &Limits,
) -> Result<WhoCanAnswer, SelectError> {
    let estate = graph.estate();
    let resolved = selector::resolve(graph, target, targets)?;
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let reach = Reach::through(graph, resolved.roles.clone(), via);
    let max_hops = limits.max_hops.unwrap_or(usize::MAX);
    let search = Search {
        entered: entered_from_outside(&reach),
        arns: resolved.roles.iter().map(|r| (r.get() as u32, estate.arn(*r).into())).collect(),
        sets: reach.reaches(max_hops),
        max_hops,
        reach: &reach,
    };
    let mut sources = reach.sources();
    if via.is_none() {
        sources.extend(search.entered.iter().map(|role| Source::Principal(*role)));
        sources.sort();
        sources.dedup();
    }
    let mut answers: Vec<Reacher> = sources.par_iter().filter_map(|source| search.answer(source)).collect();
    answers.par_sort_by(|a, b| (rank(a), a.verdict, &a.principal).cmp(&(rank(b), b.verdict, &b.principal)));
    let gaps = all_gaps(&reach, &resolved);
    Ok(WhoCanAnswer {
        schema: WhoCanAnswer::SCHEMA,
        target: target.to_owned(),
        resolved: sorted(resolved.roles.iter().map(|r| estate.arn(*r)).collect()),
        proven: gaps.is_empty(),
        answers,
        gaps,
    })
}

/// People first, then federated, then services and machines.
fn rank(answer: &Reacher) -> u8 {
    match answer.kind {
        PrincipalKind::User => 0,
        PrincipalKind::Public => 1,
        PrincipalKind::Account => 2,
        PrincipalKind::Federated => 3,
        // a service that carries people is theirs
        PrincipalKind::Service if answer.carries.is_some() => 4,
        PrincipalKind::Role => 5,
        PrincipalKind::Service => 6,
    }
}

/// Targets by what is known of them.
type Known = BTreeMap<(Verdict, usize, Vec<String>), RoaringBitmap>;

struct Search<'r, 'g, 'e> {
    reach: &'r Reach<'g, 'e>,
    entered: BTreeSet<PrincipalIx>,
    arns: BTreeMap<u32, Arc<str>>,
    sets: Reaches,
    max_hops: usize,
}

impl Search<'_, '_, '_> {
    fn answer(&self, source: &Source) -> Option<Reacher> {
        let estate = self.reach.estate();
        let targets = self.reach.targets();
        if matches!(source, Source::Principal(ix) if targets.contains(ix) && !self.entered.contains(ix)) {
            return None;
        }
        let path = best_within(self.reach, source, self.max_hops)?;
        let parts = self.reach.parts(&self.sets, source);
        let targets = self.alike(&self.reached(source, &path, parts));
        let known = |t: &&ReachedAlike| t.verdict != Verdict::Unknown || path.verdict == Verdict::Unknown;
        let mut reaches: Vec<Arc<str>> = targets.iter().filter(known).flat_map(|t| t.roles.iter().cloned()).collect();
        reaches.sort_unstable();
        Some(Reacher {
            principal: source.name(estate),
            kind: source.kind(estate),
            account: source.account(estate),
            carries: if let Source::Service(name) = source { carriers::carried_by(name) } else { None },
            verdict: path.verdict,
            conditions: path_conditions(&path, source, estate),
            hop_count: path.hops.len(),
            reaches,
            targets,
            path: names(&path.hops, estate),
        })
    }

    /// Sets of roles as lists of their names.
    fn alike(&self, known: &Known) -> Vec<ReachedAlike> {
        let of = |((verdict, hops, conditions), set): (&(Verdict, usize, Vec<String>), &RoaringBitmap)| {
            let mut roles: Vec<Arc<str>> = set.iter().filter_map(|at| self.arns.get(&at).cloned()).collect();
            roles.sort_unstable();
            ReachedAlike { roles, verdict: *verdict, conditions: conditions.clone(), hop_count: *hops }
        };
        known.iter().map(of).collect()
    }

    /// The targets of these parts, by what is known of each.
    fn reached(&self, source: &Source, path: &Path, mut parts: Vec<Part>) -> Known {
        // the path that is shown is the one of its target
        if let Some(end) = path.hops.last().map(|s| s.edge.to.get() as u32) {
            for part in &mut parts {
                part.roles.remove(end);
            }
            parts.push(Part {
                verdict: path.verdict,
                hops: path.hops.len(),
                conditions: path_conditions(path, source, self.reach.estate()),
                roles: RoaringBitmap::from_iter([end]),
            });
        }
        let mut known = Known::new();
        for part in parts.into_iter().filter(|p| !p.roles.is_empty() && p.hops <= self.max_hops) {
            *known.entry((part.verdict, part.hops, part.conditions)).or_default() |= part.roles;
        }
        known
    }
}

/// Targets that a principal outside the target assumes directly.
fn entered_from_outside(reach: &Reach<'_, '_>) -> BTreeSet<PrincipalIx> {
    let estate = reach.estate();
    let outside = |edge: &Edge| match &edge.from {
        Source::Class(_) | Source::Principal(_) => {
            edge.from.members(estate).iter().any(|m| !reach.targets().contains(m))
        }
        _ => true,
    };
    let entered = reach.targets().iter().filter(|t| reach.edges_into(**t).iter().any(outside));
    entered.copied().collect()
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}
