//! What removals take away, beside the organization as it is.
//!
//! Owns: the counts of ways that are closed and of others that go with them, to the target, to other targets, and to any role. Only ways
//! into roles to which paths lead over what is removed are compared: the others are what they were.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::choice::{Asked, Seen, Ways, add, count, without};
use crate::answer::{CutAlso, CutExample, Verdict};
use crate::change::Felt;
use crate::graph::query::{Limits, Onward, WhoCan, ways_into};
use crate::graph::{Source, TrustGraph};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::snapshot::edit::Removal;

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

/// The organization as it is, to be compared with.
pub(super) struct Before<'s, 'g, 'e> {
    graph: &'g TrustGraph<'e>,
    onward: Onward<'g, 'e>,
    seen: &'s Seen,
    /// The target that was asked for, then the other configured ones, each with its roles.
    targets: Vec<(String, RoaringBitmap)>,
}

/// The organization without something.
pub(super) struct After<'s, 'g, 'e> {
    pub(super) graph: &'g TrustGraph<'e>,
    pub(super) seen: &'s Seen,
}

impl<'s, 'g, 'e> Before<'s, 'g, 'e> {
    pub(super) fn new(graph: &'g TrustGraph<'e>, asked: &Asked<'_>, seen: &'s Seen) -> Self {
        let others = asked.targets.keys().map(String::as_str).filter(|target| *target != asked.target);
        let roles = |target: &str| {
            // a target that matches nothing loses nothing
            let found = WhoCan::new(graph, target, asked.targets, &Limits::default()).ok()?;
            Some((target.to_owned(), found.roles().map(|role| role.get() as u32).collect()))
        };
        let targets = std::iter::once(asked.target).chain(others).filter_map(roles).collect();
        Self { graph, onward: Onward::new(graph), seen, targets }
    }

    /// The roles into which ways may be others without these.
    pub(super) fn felt<'r>(&self, removals: impl IntoIterator<Item = &'r Removal>) -> BTreeSet<PrincipalIx> {
        let mut felt = Felt::default();
        removals.into_iter().for_each(|removal| felt.add(self.graph.estate(), removal));
        let called = felt.callers.iter().flat_map(|caller| self.onward.entered(caller));
        self.onward.beyond(called.chain(felt.roles.iter().copied()).collect())
    }

    /// Whether ways to the target that was asked for may be others.
    pub(super) fn meets_target(&self, felt: &BTreeSet<PrincipalIx>) -> bool {
        let target = self.targets.first();
        target.is_some_and(|(_, roles)| felt.iter().any(|role| roles.contains(role.get() as u32)))
    }

    /// What is lost; `felt` are the roles into which ways may be others.
    pub(super) fn effect(&self, felt: &BTreeSet<PrincipalIx>, after: &After<'_, '_, '_>) -> Effect {
        let (seen, left) = (self.seen, after.seen);
        // a way that was to be closed and needs MFA now is closed, and not taken away
        let mut effect = Effect { closes: count(&without(&seen.chosen, &left.chosen)), ..Effect::default() };
        let mut rest = seen.kept.clone();
        seen.others.values().for_each(|ways| add(&mut rest, ways));
        let mut still = left.chosen.clone();
        left.others.values().chain([&left.kept, &left.unknown]).for_each(|ways| add(&mut still, ways));
        let lost = without(&rest, &still);
        effect.others = count(&lost);
        let asked = self.targets.first();
        effect.also.extend(asked.and_then(|(name, _)| also(self.graph.estate(), Some(name), &lost)));

        let is_asked = |role: &PrincipalIx| asked.is_some_and(|(_, roles)| roles.contains(role.get() as u32));
        let others: BTreeSet<PrincipalIx> = felt.iter().copied().filter(|role| !is_asked(role)).collect();
        if others.is_empty() {
            return effect;
        }
        let (known, open) =
            rayon::join(|| known_ways(self.graph, &others, false), || known_ways(after.graph, &others, true));
        let mut lost = without(&known, &open);
        effect.others += count(&lost);
        for (name, roles) in self.targets.iter().skip(1) {
            effect.also.extend(also(self.graph.estate(), Some(name), &within(&lost, roles)));
        }
        for (_, roles) in &self.targets {
            lost.values_mut().for_each(|own| *own -= roles);
        }
        effect.also.extend(also(self.graph.estate(), None, &lost));
        effect
    }
}

/// Ways into roles: those that are open, and where it is asked for those of which that is unknown.
fn known_ways(graph: &TrustGraph<'_>, roles: &BTreeSet<PrincipalIx>, with_unknown: bool) -> Ways {
    let mut ways = Ways::new();
    for (sources, parts) in ways_into(graph, roles.clone()) {
        let counts = parts.iter().filter(|part| with_unknown || part.verdict != Verdict::Unknown);
        let all = counts.fold(RoaringBitmap::new(), |all, part| all | &part.roles);
        if !all.is_empty() {
            ways.extend(sources.into_iter().map(|source| (source, all.clone())));
        }
    }
    ways
}

fn within(ways: &Ways, roles: &RoaringBitmap) -> Ways {
    ways.iter().map(|(source, own)| (source.clone(), own & roles)).collect()
}

/// Lost ways to a target, or to roles of none.
fn also(estate: &Estate, target: Option<&String>, lost: &Ways) -> Option<CutAlso> {
    let example = |(source, roles): (&Source, &RoaringBitmap)| {
        let role = estate.arn(PrincipalIx::new(roles.min()? as usize));
        Some(CutExample { principal: source.name(estate), role })
    };
    let ways = count(lost);
    let examples = lost.iter().filter_map(example).take(NAMED).collect();
    (ways > 0).then(|| CutAlso { target: target.cloned(), ways, examples })
}
