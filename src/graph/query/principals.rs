//! Who reaches a target, and what a principal reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::path::{best_walk, walk_conditions};
use super::{Targets, all_gaps, gaps_of, names, sorted, words};
use crate::answer::{CanAnswer, PrincipalKind, Reached, Reacher, Verdict, WhoCanAnswer};
use crate::graph::edge::{Edge, Source};
use crate::graph::reach::{self, Mode, Reach};
use crate::graph::reaches::Reaches;
use crate::graph::selector::{self, SelectError};
use crate::graph::walks::{self, Walk};
use crate::graph::{TrustGraph, chain, forward};
use crate::ids::PrincipalIx;
use crate::snapshot::ledger::Gap;

/// Which paths count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// No longer ones.
    pub max_hops: Option<usize>,
    /// Only those through this role: ARN or `account/role`.
    pub via: Option<String>,
}

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
    let reach = Reach::new(graph, resolved.roles.clone());
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let max_hops = limits.max_hops.unwrap_or(usize::MAX);
    let search = Search {
        first: via.map(|role| (role, Reach::new(graph, BTreeSet::from([role])))),
        entered: entered_from_outside(&reach),
        arns: resolved.roles.iter().map(|r| (r.get() as u32, estate.arn(*r).into())).collect(),
        sure: reach.reaches(Verdict::Conditional, max_hops),
        perhaps: OnceLock::new(),
        max_hops,
        reach: &reach,
    };
    let sources = search.first.as_ref().map_or_else(|| reach.sources(), |(_, first)| first.sources());
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

/// Sets of targets without and with MFA.
type Sets = (Reaches, Option<Reaches>);

struct Search<'r, 'g, 'e> {
    reach: &'r Reach<'g, 'e>,
    /// What leads to the role that every path must pass.
    first: Option<(PrincipalIx, Reach<'g, 'e>)>,
    entered: BTreeSet<PrincipalIx>,
    arns: BTreeMap<u32, Arc<str>>,
    sure: Sets,
    perhaps: OnceLock<Sets>,
    max_hops: usize,
}

impl Search<'_, '_, '_> {
    fn answer(&self, source: &Source) -> Option<Reacher> {
        let estate = self.reach.estate();
        let targets = self.reach.targets();
        let inside = matches!(source, Source::Principal(ix) if targets.contains(ix) && !self.entered.contains(ix));
        let walk = if inside { None } else { self.walk(source) }?;
        let mut reaches: Vec<Arc<str>> =
            self.reached(source, &walk).iter().filter_map(|at| self.arns.get(&at).cloned()).collect();
        reaches.sort_unstable();
        Some(Reacher {
            principal: source.name(estate),
            kind: source.kind(estate),
            account: source.account(estate),
            carries: if let Source::Service(name) = source { words::carried_by(name) } else { None },
            verdict: walk.verdict,
            conditions: walk_conditions(&walk, source, estate),
            hop_count: walk.steps.len(),
            reaches,
            path: names(&walk.steps, estate),
        })
    }

    fn walk(&self, source: &Source) -> Option<Walk> {
        let Some((role, first)) = &self.first else {
            let walk = best_walk(self.reach, source)?;
            return if walk.steps.len() <= self.max_hops { Some(walk) } else { self.short_walk(source) };
        };
        if self.reach.targets().contains(role) {
            return best_walk(first, source).filter(|walk| walk.steps.len() <= self.max_hops);
        }
        if Source::Principal(*role) == *source && self.reach.starts_apart(source) {
            return best_walk(self.reach, source).filter(|walk| walk.steps.len() <= self.max_hops);
        }
        if first.starts_apart(source) {
            return self.through(first, *role, source);
        }
        let (before, after) = self.reach.best_through(first, *role, source, self.max_hops)?;
        let mut steps = first.steps(source, before);
        steps.extend(self.reach.steps(&Source::Principal(*role), after));
        let linked = chain::is_linked(&steps);
        let joint = linked.then(|| chain::truth(self.reach.graph(), &steps, after.mode)).flatten();
        let verdict = before.verdict.max(after.verdict);
        (joint != Some(crate::eval::Truth::False)).then_some(Walk { verdict, steps, joint })
    }

    /// A walk through a role whose first call is its own (`starts`): what leads there is searched.
    fn through(&self, first: &Reach<'_, '_>, role: PrincipalIx, source: &Source) -> Option<Walk> {
        let before = best_walk(first, source)?;
        let start = Source::Principal(role);
        let after = self.reach.best(&start)?;
        let mut steps = before.steps;
        steps.extend(self.reach.steps(&start, after));
        let verdict = before.verdict.max(after.verdict);
        (steps.len() <= self.max_hops).then_some(Walk { verdict, steps, joint: None })
    }

    /// A walk of a lesser verdict can be shorter.
    fn short_walk(&self, source: &Source) -> Option<Walk> {
        if self.reach.starts_apart(source) {
            const TRIED: usize = 16;
            let walks = walks::best(self.reach, source, None, TRIED);
            return walks.found.into_iter().find(|walk| walk.steps.len() <= self.max_hops);
        }
        let best = self.reach.best_within(source, self.max_hops)?;
        Some(Walk { verdict: best.verdict, steps: self.reach.steps(source, best), joint: None })
    }

    /// The targets that a source reaches.
    fn reached(&self, source: &Source, walk: &Walk) -> RoaringBitmap {
        let estate = self.reach.estate();
        let sets = if walk.verdict == Verdict::Unknown {
            self.perhaps.get_or_init(|| self.reach.reaches(Verdict::Unknown, self.max_hops))
        } else {
            &self.sure
        };
        let start = self.first.as_ref().map_or_else(|| source.clone(), |(role, _)| Source::Principal(*role));
        let user = source.kind(estate) == PrincipalKind::User;
        let mut found = sets.0.of(&start, estate);
        if let Some(with_mfa) = sets.1.as_ref().filter(|_| user) {
            if reach::modes_of(estate, source, Verdict::Conditional) == [Mode::Mfa] {
                found.clear();
            }
            found |= with_mfa.of(&start, estate);
        }
        if let Some((role, _)) = self.first.as_ref().filter(|(role, _)| self.reach.targets().contains(role)) {
            found.insert(role.get() as u32);
        }
        let apart = self.reach.starts_apart(source);
        if self.first.is_some() || !(apart || self.reach.is_linked_from(source)) {
            return found;
        }
        if apart {
            found = self.reach.candidates(source).iter().map(|role| role.get() as u32).collect();
        }
        // the sets know nothing of sessions: each target is tried on its own
        let holds = |at: &u32| {
            let goal = PrincipalIx::new(*at as usize);
            let walks = walks::best(self.reach, source, Some(goal), 1);
            walks.cut || walks.found.iter().any(|w| w.steps.len() <= self.max_hops)
        };
        found.iter().filter(holds).collect()
    }
}

/// Targets that somebody outside the target enters directly.
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

/// Every role that a principal reaches.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub fn can(graph: &TrustGraph<'_>, principal: &str) -> Result<CanAnswer, SelectError> {
    can_within(graph, principal, &Limits::default())
}

/// As [`can`], by paths within limits.
///
/// # Errors
/// As there, and where the role to pass is not one role.
pub fn can_within(graph: &TrustGraph<'_>, principal: &str, limits: &Limits) -> Result<CanAnswer, SelectError> {
    let estate = graph.estate();
    let (sources, shown) = selector::sources(graph, principal)?;
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let mut gaps = BTreeSet::new();
    let mut answers = Vec::new();
    let issued = |source: &Source| {
        let from = |edge: &Edge| matches!(source, Source::Principal(ix) if edge.from.members(estate).contains(ix));
        graph.all().iter().flatten().any(|edge| edge.issued.is_some() && from(edge))
    };
    let apart: Vec<&Source> = sources.iter().filter(|source| issued(source)).collect();
    for reached in forward::reached(graph, &sources, via, limits.max_hops.unwrap_or(usize::MAX)) {
        let found = Walk { verdict: reached.verdict, steps: reached.steps, joint: None };
        let searched = via.is_none() && apart.contains(&&reached.source);
        let Some(walk) = checked(graph, &reached.source, reached.role, found, searched) else { continue };
        if walk.verdict == Verdict::Unknown {
            gaps.extend(gaps_of(estate, &walk.steps, &reached.source));
        }
        answers.push(Reached {
            role: estate.arn(reached.role),
            account: estate.account(estate.principal(reached.role).account()).id().to_string(),
            verdict: walk.verdict,
            conditions: walk_conditions(&walk, &reached.source, estate),
            hop_count: walk.steps.len(),
            path: names(&walk.steps, estate),
        });
    }
    answers.sort_by(|a, b| (a.verdict, a.hop_count, &a.role).cmp(&(b.verdict, b.hop_count, &b.role)));
    // roles of unread accounts may be reached without being known
    gaps.extend(estate.unread_accounts().map(|(_, gap)| estate.gap(gap).clone()));
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    let gaps: Vec<Gap> = gaps.into_iter().collect();
    Ok(CanAnswer { schema: CanAnswer::SCHEMA, principal: shown, proven: gaps.is_empty(), answers, gaps })
}

/// The walk itself, or where its calls share facts a walk that was checked as a whole.
fn checked(graph: &TrustGraph<'_>, source: &Source, role: PrincipalIx, walk: Walk, searched: bool) -> Option<Walk> {
    if !searched && !chain::is_linked(&walk.steps) {
        return Some(walk);
    }
    best_walk(&Reach::new(graph, BTreeSet::from([role])), source)
}
