//! Who reaches a target.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Estate, PrincipalType, Ways};

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
        arns: Arns::new(estate, &resolved.roles),
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
    let groups: Vec<Vec<Source>> = search.alike_sources(sources).into_values().collect();
    let mut answers: Vec<Reacher> = groups.par_iter().flat_map_iter(|group| search.answers(group)).collect();
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
    arns: Arns,
    sets: Reaches,
    max_hops: usize,
}

/// The ARNs of targets in order, so that sets of them are sorted as numbers.
struct Arns {
    sorted: Vec<Arc<str>>,
    ranks: HashMap<u32, u32>,
}

impl Arns {
    fn new(estate: &Estate, roles: &BTreeSet<PrincipalIx>) -> Self {
        let mut named: Vec<(Arc<str>, u32)> = roles.iter().map(|r| (estate.arn(*r).into(), r.get() as u32)).collect();
        named.par_sort_unstable();
        let ranks = named.iter().zip(0..).map(|((_, role), rank)| (*role, rank)).collect();
        Self { sorted: named.into_iter().map(|(arn, _)| arn).collect(), ranks }
    }

    fn ranks(&self, roles: &RoaringBitmap) -> impl Iterator<Item = u32> {
        roles.iter().filter_map(|role| self.ranks.get(&role).copied())
    }

    fn of(&self, mut ranks: Vec<u32>) -> impl Iterator<Item = Arc<str>> {
        ranks.sort_unstable();
        ranks.into_iter().filter_map(|rank| self.sorted.get(rank as usize).cloned())
    }
}

/// What sources have in common that reach the same by the same paths.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Alike {
    /// Users of a class that sign in the same ways, none of them with edges of its own.
    Users(ClassIx, Ways),
    One(Source),
}

impl Search<'_, '_, '_> {
    fn alike_sources(&self, sources: Vec<Source>) -> BTreeMap<Alike, Vec<Source>> {
        let estate = self.reach.estate();
        let own = |edge: &Edge| if let Source::Principal(ix) = edge.from { Some(ix) } else { None };
        let has_own: HashSet<PrincipalIx> = self.reach.edges().filter_map(own).collect();
        let mut groups = BTreeMap::<Alike, Vec<Source>>::new();
        for source in sources {
            let alike = match source {
                Source::Principal(ix)
                    if estate.principal(ix).kind() == PrincipalType::User && !has_own.contains(&ix) =>
                {
                    Alike::Users(estate.principal(ix).class(), estate.principal(ix).sign_in().ways)
                }
                _ => Alike::One(source.clone()),
            };
            groups.entry(alike).or_default().push(source);
        }
        groups
    }

    /// The answers of sources that reach alike: one is found, and told of each.
    fn answers(&self, group: &[Source]) -> Vec<Reacher> {
        let estate = self.reach.estate();
        let Some(one) = group.first().and_then(|source| self.answer(source)) else { return Vec::new() };
        let of = |source: &Source| {
            let mut own = Reacher { principal: source.name(estate), ..one.clone() };
            if let Some(first) = own.path.first_mut() {
                own.principal.clone_into(first);
            }
            own
        };
        group.iter().map(of).collect()
    }

    fn answer(&self, source: &Source) -> Option<Reacher> {
        let estate = self.reach.estate();
        let targets = self.reach.targets();
        if matches!(source, Source::Principal(ix) if targets.contains(ix) && !self.entered.contains(ix)) {
            return None;
        }
        let path = best_within(self.reach, source, self.max_hops)?;
        let parts = self.reach.parts(&self.sets, source);
        let known = self.reached(source, &path, parts);
        let targets: Vec<(ReachedAlike, &RoaringBitmap)> = known.iter().map(|known| self.alike(known)).collect();
        let known = |t: &ReachedAlike| t.verdict != Verdict::Unknown || path.verdict == Verdict::Unknown;
        let of_known = targets.iter().filter(|(alike, _)| known(alike)).flat_map(|(_, roles)| self.arns.ranks(roles));
        let reaches = self.arns.of(of_known.collect()).collect();
        Some(Reacher {
            principal: source.name(estate),
            kind: source.kind(estate),
            account: source.account(estate),
            carries: if let Source::Service(name) = source { carriers::carried_by(name) } else { None },
            verdict: path.verdict,
            conditions: path_conditions(&path, source, estate),
            hop_count: path.hops.len(),
            reaches,
            targets: targets.into_iter().map(|(alike, _)| alike).collect(),
            path: names(&path.hops, estate),
        })
    }

    /// A set of roles as a list of their names.
    fn alike<'k>(
        &self,
        ((verdict, hops, conditions), set): (&(Verdict, usize, Vec<String>), &'k RoaringBitmap),
    ) -> (ReachedAlike, &'k RoaringBitmap) {
        let roles = self.arns.of(self.arns.ranks(set).collect()).collect();
        (ReachedAlike { roles, verdict: *verdict, conditions: conditions.clone(), hop_count: *hops }, set)
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
        Source::Class(_) | Source::Roles(_) | Source::Principal(_) => {
            edge.callers(estate).any(|caller| !reach.targets().contains(&caller))
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
