//! From what was found to the answer with every principal and role.
//!
//! Owns: the names. They are made once: of principals when they are answers, of roles when they are written (`RoleSet`).

use std::sync::Arc;

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::WhoCan;
use super::alike::{Alike, Reached};
use crate::answer::{PrincipalKind, ReachGroup, ReachedAlike, Reacher, RoleSet, Verdict, WhoCanAnswer};
use crate::graph::carriers;
use crate::graph::query::via;
use crate::graph::search::best::best_within;
use crate::graph::search::targets::Part;
use crate::graph::source::Source;

/// The roles of a target in order of their ARNs.
struct TargetNames {
    sorted: Arc<[String]>,
    /// By principal, its place among them.
    places: Vec<u32>,
}

impl WhoCan<'_, '_> {
    /// Every principal, with every role that it reaches.
    #[must_use]
    pub fn answer(&self) -> WhoCanAnswer {
        let names = self.names();
        let sets: Vec<(RoleSet, Vec<ReachedAlike>)> = self.groups.par_iter().map(|group| names.of(group)).collect();
        let found = self.groups.par_iter().zip(&sets).enumerate().flat_map(|(place, (group, (all, _)))| {
            let reacher = move |one| Reacher { group: place, ..self.reacher(one, group, all) };
            group.who.par_iter().map(reacher)
        });
        let mut answers: Vec<Reacher> = found.collect();
        answers.par_sort_by(|a, b| (rank(a), a.verdict, &a.principal).cmp(&(rank(b), b.verdict, &b.principal)));
        WhoCanAnswer {
            schema: WhoCanAnswer::SCHEMA,
            target: self.target.clone(),
            resolved: Arc::clone(&names.sorted),
            proven: self.is_proven(),
            groups: self.groups_of(&mut answers, sets),
            mfa_of_people: self.mfa_of_people(),
            escalations: self.escalations.clone(),
            administrators: self.administrators,
            answers,
            gaps: self.gaps.clone(),
        }
    }

    /// The groups in order of their first answer; the answers are given their places.
    fn groups_of(&self, answers: &mut [Reacher], sets: Vec<(RoleSet, Vec<ReachedAlike>)>) -> Vec<ReachGroup> {
        let mut sets: Vec<Option<Vec<ReachedAlike>>> = sets.into_iter().map(|(_, targets)| Some(targets)).collect();
        let mut places = vec![0; sets.len()];
        let mut groups = Vec::<ReachGroup>::with_capacity(sets.len());
        for answer in answers {
            if let Some(targets) = sets.get_mut(answer.group).and_then(Option::take) {
                if let Some(place) = places.get_mut(answer.group) {
                    *place = groups.len();
                }
                groups.push(ReachGroup { kind: answer.kind, principals: Vec::new(), targets });
            }
            answer.group = places.get(answer.group).copied().unwrap_or_default();
            if let Some(group) = groups.get_mut(answer.group) {
                group.principals.push(answer.principal.clone());
            }
        }
        groups
    }

    fn reacher(&self, one: &Reached, group: &Alike, all: &RoleSet) -> Reacher {
        let estate = self.estate();
        let Reached { source, best } = one;
        let principal = source.name(estate);
        let reacher = Reacher {
            kind: group.kind,
            account: source.account(estate),
            person: via::person(estate, source),
            via: best.via.clone(),
            carries: if let Source::Service(name) = source { carriers::carried_by(name) } else { None },
            verdict: best.verdict,
            conditions: best.conditions.clone(),
            hop_count: best.hops,
            reaches: all.clone(),
            group: 0,
            path: Vec::new(),
            principal,
        };
        match group.parts.first() {
            // a filter left the best out, and its path
            Some(part) if part.verdict != best.verdict => {
                Reacher { verdict: part.verdict, conditions: part.conditions.clone(), hop_count: part.hops, ..reacher }
            }
            _ => Reacher { path: self.path(one), ..reacher },
        }
    }

    /// A shortest path of the best verdict, first to last: found once for those for whom one search answers.
    fn path(&self, Reached { source, best }: &Reached) -> Vec<String> {
        let through = best.through.get_or_init(|| {
            let path = best_within(&self.reach, source, self.max_hops);
            path.iter().flat_map(|path| &path.hops).map(|hop| hop.edge.to).collect()
        });
        let roles = through.iter().map(|role| self.estate().arn(*role));
        std::iter::once(source.name(self.estate())).chain(roles).collect()
    }

    fn names(&self) -> TargetNames {
        let estate = self.estate();
        let mut named: Vec<(String, usize)> =
            self.reach.targets().iter().map(|role| (estate.arn(*role), role.get())).collect();
        named.par_sort_unstable();
        let mut places = vec![0; self.reach.targets().last().map_or(0, |last| last.get() + 1)];
        for (place, (_, role)) in (0..).zip(&named) {
            if let Some(known) = places.get_mut(*role) {
                *known = place;
            }
        }
        TargetNames { sorted: named.into_iter().map(|(arn, _)| arn).collect(), places }
    }
}

impl TargetNames {
    /// What each of a group reaches, and by which verdict, conditions and hops.
    fn of(&self, group: &Alike) -> (RoleSet, Vec<ReachedAlike>) {
        let best = group.parts.first().map(|part| part.verdict);
        let known = |part: &&Part| part.verdict != Verdict::Unknown || best == Some(Verdict::Unknown);
        let all = group.parts.iter().filter(known).fold(RoaringBitmap::new(), |all, part| all | &part.roles);
        let alike = |part: &Part| ReachedAlike {
            roles: self.set(&part.roles),
            verdict: part.verdict,
            conditions: part.conditions.clone(),
            hop_count: part.hops,
        };
        (self.set(&all), group.parts.iter().map(alike).collect())
    }

    fn set(&self, roles: &RoaringBitmap) -> RoleSet {
        let places = roles.iter().filter_map(|role| self.places.get(role as usize)).copied();
        RoleSet::new(Arc::clone(&self.sorted), places.collect())
    }
}

/// People first, then federated, then services and machines.
fn rank(answer: &Reacher) -> u8 {
    match answer.kind {
        PrincipalKind::Person | PrincipalKind::Group => 0,
        PrincipalKind::User => 1,
        PrincipalKind::Public => 2,
        PrincipalKind::Account => 3,
        PrincipalKind::Federated => 4,
        // a service that carries people is theirs
        PrincipalKind::Service if answer.carries.is_some() => 5,
        PrincipalKind::Role => 6,
        PrincipalKind::Service => 7,
    }
}
