//! Who reaches a target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::conditions::{self, names, path_conditions};
use super::gaps::all_gaps;
use super::limits::Limits;
use super::shown::Shown;
use super::targets::Targets;
use crate::answer::{PrincipalKind, ReachedAlike, Reacher, Verdict, WhoCanAnswer};
use crate::eval::Truth;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::Lens;
use crate::graph::mode::Mode;
use crate::graph::search::backward::{Best, Reach};
use crate::graph::search::best::{best_path, best_within};
use crate::graph::search::k_best;
use crate::graph::search::path::Path;
use crate::graph::search::targets::{Before, Part, Reaches};
use crate::graph::selector::{self, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::graph::{carriers, chaining};
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
    let reach = Reach::new(graph, resolved.roles.clone());
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let max_hops = limits.max_hops.unwrap_or(usize::MAX);
    let search = Search {
        first: via.map(|role| (role, Reach::new(graph, BTreeSet::from([role])))),
        entered: entered_from_outside(&reach),
        arns: resolved.roles.iter().map(|r| (r.get() as u32, estate.arn(*r).into())).collect(),
        sets: reach.reaches(max_hops),
        max_hops,
        reach: &reach,
    };
    let mut sources = search.first.as_ref().map_or_else(|| reach.sources(), |(_, first)| first.sources());
    if search.first.is_none() {
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
    /// What leads to the role that every path must pass.
    first: Option<(PrincipalIx, Reach<'g, 'e>)>,
    entered: BTreeSet<PrincipalIx>,
    arns: BTreeMap<u32, Arc<str>>,
    sets: Reaches,
    max_hops: usize,
}

impl Search<'_, '_, '_> {
    fn answer(&self, source: &Source) -> Option<Reacher> {
        let estate = self.reach.estate();
        let targets = self.reach.targets();
        let inside = matches!(source, Source::Principal(ix) if targets.contains(ix) && !self.entered.contains(ix));
        let path = self.path(source);
        if inside || (path.is_none() && !self.is_target(source)) {
            return None;
        }
        let parts = self.known(source);
        let path = self.better(source, path, &parts)?;
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

    /// The paths of a role that is a target itself may lead past roles whose own shortest path ends in it: the sweeps
    /// keep one end a role, the sets know all.
    fn better(&self, source: &Source, path: Option<Path>, parts: &[Part]) -> Option<Path> {
        if !self.is_target(source) || self.first.is_some() {
            return path;
        }
        let Some(best) = parts.iter().filter(|p| p.hops <= self.max_hops).min_by_key(|p| (p.verdict, p.hops)) else {
            return path;
        };
        if path.as_ref().is_some_and(|w| (w.verdict, w.hops.len()) <= (best.verdict, best.hops)) {
            return path;
        }
        self.alone(source, best.roles.min()?).or(path)
    }

    fn is_target(&self, source: &Source) -> bool {
        matches!(source, Source::Principal(ix) if self.entered.contains(ix))
    }

    /// The best path to one role of the target, as if it were all of it.
    fn alone(&self, source: &Source, goal: u32) -> Option<Path> {
        let goal = BTreeSet::from([PrincipalIx::new(goal as usize)]);
        best_within(&Reach::new(self.reach.graph(), goal), source, self.max_hops)
    }

    fn path(&self, source: &Source) -> Option<Path> {
        let Some((role, first)) = &self.first else {
            return best_within(self.reach, source, self.max_hops);
        };
        if self.reach.targets().contains(role) {
            return best_within(first, source, self.max_hops);
        }
        if Source::Principal(*role) == *source && self.reach.starts_apart(source) {
            return best_within(self.reach, source, self.max_hops);
        }
        if first.starts_apart(source) {
            return self.through(first, *role, source);
        }
        let (before, after) = self.reach.best_through(first, *role, source, self.max_hops)?;
        let mut hops = first.hops(source, before);
        hops.extend(self.reach.hops(&Source::Principal(*role), after));
        let linked = chaining::is_linked(&hops);
        let joint = linked.then(|| chaining::joint(self.reach.estate(), &hops, after.mode)).flatten();
        let verdict = before.verdict.max(after.verdict);
        (joint != Some(Truth::False)).then_some(Path { verdict, hops, joint })
    }

    /// A path through a role whose first call is its own (`starts`): what leads there is searched.
    fn through(&self, first: &Reach<'_, '_>, role: PrincipalIx, source: &Source) -> Option<Path> {
        let before = best_path(first, source)?;
        let start = Source::Principal(role);
        let after = self.reach.best(&start)?;
        let mut hops = before.hops;
        hops.extend(self.reach.hops(&start, after));
        let verdict = before.verdict.max(after.verdict);
        (hops.len() <= self.max_hops).then_some(Path { verdict, hops, joint: None })
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

    /// The targets that a source reaches: by the sets, after calls of its own where it has such, or each tried where
    /// calls share facts.
    fn known(&self, source: &Source) -> Vec<Part> {
        let parts = self.parts(source);
        match (self.reach.starts_apart(source), self.reach.is_linked_from(source)) {
            _ if self.first.is_some() => parts,
            (_, true) => self.tried(source, &parts),
            (true, false) => {
                let mut found = Vec::new();
                self.go_on(source, &[], &mut found);
                best_of(found, source)
            }
            (false, false) => parts,
        }
    }

    /// After the calls that are a source's own (`starts`), paths are what others pass: the sets know them.
    fn go_on(&self, source: &Source, hops: &[Hop], found: &mut Vec<Part>) {
        let estate = self.reach.estate();
        let entered = hops.last().map(|hop| hop.edge.to);
        let at = entered.map_or_else(|| source.clone(), Source::Principal);
        let decisions = || hops.iter().map(|hop| hop.edge.in_mode(Mode::Plain));
        let verdict = decisions().map(|decision| decision.verdict()).max().unwrap_or(Verdict::Allowed);
        let conditions: BTreeSet<String> = decisions().flat_map(|decision| decision.conditions()).collect();
        if let Some(role) = entered.filter(|role| self.reach.targets().contains(role)) {
            let roles = RoaringBitmap::from_iter([role.get() as u32]);
            found.push(Part { verdict, hops: hops.len(), conditions: conditions.iter().cloned().collect(), roles });
        }
        if hops.is_empty() || self.reach.counts_maker(hops) {
            for call in self.reach.calls(&at, hops) {
                self.go_on(source, &[hops, &[call]].concat(), found);
            }
            return;
        }
        let before = |lens: Lens| (verdict <= lens.verdict).then(|| (hops.len(), conditions.clone()));
        found.extend(self.sets.of(source, &at, estate, &before));
    }

    /// As the sets have it: they know nothing of sessions.
    fn parts(&self, source: &Source) -> Vec<Part> {
        let estate = self.reach.estate();
        let Some((role, first)) = &self.first else {
            return self.sets.of(source, source, estate, &|_| Some(Before::default()));
        };
        let start = Source::Principal(*role);
        let before = |lens: Lens| -> Option<Before> {
            if *source == start {
                return Some(Before::default());
            }
            let length = first.distance(source, lens)?;
            let hops = first.hops(source, Best::new(lens, length));
            Some((length, conditions::of_hops(Shown::in_mode(source, estate, lens.mode), &hops, source)))
        };
        self.sets.of(source, &start, estate, &before)
    }

    /// Each target on its own, where a call reads what an earlier one decides.
    fn tried(&self, source: &Source, parts: &[Part]) -> Vec<Part> {
        let estate = self.reach.estate();
        let candidates: RoaringBitmap = if self.reach.starts_apart(source) {
            self.reach.candidates(source).iter().map(|role| role.get() as u32).collect()
        } else {
            parts.iter().fold(RoaringBitmap::new(), |all, part| all | &part.roles)
        };
        // as far as the sets know, which is never worse
        let may_be = |at: u32| {
            let parts = parts.iter().filter(|p| p.hops <= self.max_hops && p.roles.contains(at));
            parts.map(|p| (p.verdict, p.hops)).min()
        };
        let of = |at: u32| {
            let roles = RoaringBitmap::from_iter([at]);
            let goal = Some(PrincipalIx::new(at as usize));
            let among_all = || k_best::within(self.reach, source, goal, self.max_hops).found.pop();
            // the sweeps say nothing of what leads past other targets: where they show no path, or a worse one than
            // there may be, the target is asked for alone
            let found = if self.is_target(source) { None } else { among_all() };
            let worse = |path: &Path| may_be(at).is_some_and(|best| best < (path.verdict, path.hops.len()));
            let alone = if found.as_ref().is_none_or(worse) { self.alone(source, at) } else { None };
            let found = found.into_iter().chain(alone).min_by_key(|path| (path.verdict, path.hops.len()))?;
            let conditions = path_conditions(&found, source, estate);
            let hops = found.hops.len();
            Some(Part { verdict: found.verdict, hops, conditions, roles })
        };
        candidates.iter().filter_map(of).collect()
    }
}

/// Each target once, by its best verdict and fewest hops; a source does not reach itself.
fn best_of(mut parts: Vec<Part>, source: &Source) -> Vec<Part> {
    parts.sort_by(|a, b| (a.verdict, a.hops, &a.conditions).cmp(&(b.verdict, b.hops, &b.conditions)));
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
