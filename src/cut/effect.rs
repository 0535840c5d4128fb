//! What a removal takes away, compared with the organization as it is.
//!
//! Owns: the counts of ways that are closed and of others that go with them, to the target, to other targets, and to any role.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::choice::{Asked, Seen, count, without};
use crate::answer::{CutAlso, CutExample};
use crate::comparison::World;
use crate::difference::{TargetDifference, WayChange};
use crate::graph::{Source, TrustGraph};
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Every role there is.
const EVERY_ROLE: &str = "name:*";
/// Ways of one kind that are named.
const NAMED: usize = 3;

/// What one removal, or several, take away.
#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    /// Ways that were to be closed.
    pub(super) closes: u64,
    /// Other ways: to the target, to other targets, to roles of none.
    pub(super) also: Vec<CutAlso>,
    /// All other ways together.
    pub(super) others: u64,
}

impl Effect {
    /// Of what was seen before and after, on the graphs of both; `of_targets` are the roles of all targets.
    pub(super) fn of(
        (before, seen): (&TrustGraph<'_>, &Seen),
        (after, left): (&TrustGraph<'_>, &Seen),
        asked: &Asked<'_>,
        of_targets: &BTreeSet<String>,
    ) -> Self {
        let world = World::new(before, after);
        let closes = count(&without(&seen.chosen, &left.chosen));
        let mut effect = Self { closes, ..Self::default() };
        // a way that was to be closed and needs MFA now is closed, and not taken away
        let mut all_after = left.chosen.clone();
        left.others
            .values()
            .chain([&left.kept, &left.unknown])
            .for_each(|ways| super::choice::add(&mut all_after, ways));
        let mut rest = seen.kept.clone();
        seen.others.values().for_each(|ways| super::choice::add(&mut rest, ways));
        let beside = count(&without(&rest, &all_after));
        let mut others = beside;
        if beside > 0 {
            let lost = without(&rest, &all_after);
            effect.also.push(CutAlso {
                target: Some(asked.target.to_owned()),
                ways: beside,
                examples: lost
                    .iter()
                    .take(NAMED)
                    .map(|(source, roles)| example(before.estate(), source, roles))
                    .collect(),
            });
        }
        for target in asked.targets.keys().filter(|target| *target != asked.target) {
            // a target that matches nothing loses nothing
            let Ok(found) = world.target(target, asked.targets) else { continue };
            effect.also.extend(lost_of(&found, Some(target.clone()), &BTreeSet::new()));
        }
        if let Ok(found) = world.target(EVERY_ROLE, asked.targets) {
            effect.also.extend(lost_of(&found, None, of_targets));
        }
        others += effect
            .also
            .iter()
            .filter(|also| also.target.as_deref() != Some(asked.target))
            .map(|also| also.ways)
            .sum::<u64>();
        Self { others, ..effect }
    }
}

fn example(estate: &Estate, source: &Source, roles: &RoaringBitmap) -> CutExample {
    let role = roles.min().map_or_else(String::new, |role| estate.arn(PrincipalIx::new(role as usize)));
    CutExample { principal: source.name(estate), role }
}

/// Ways that are lost, but those to these roles.
fn lost_of(found: &TargetDifference, target: Option<String>, but: &BTreeSet<String>) -> Option<CutAlso> {
    let lost = found.changes.iter().filter(|change| change.change == WayChange::Lost);
    let (mut ways, mut examples) = (0, Vec::new());
    for group in lost.flat_map(|change| &change.groups) {
        let mut roles = group.roles.iter().filter(|role| !but.contains(*role)).peekable();
        let first = roles.peek().map(|role| (*role).clone());
        ways += group.principals.len() as u64 * roles.count() as u64;
        let named = first.into_iter().flat_map(|role| {
            group.principals.iter().map(move |who| CutExample { principal: who.clone(), role: role.clone() })
        });
        examples.extend(named.take(NAMED.saturating_sub(examples.len())));
    }
    (ways > 0).then_some(CutAlso { target, ways, examples })
}
