//! Everybody who reaches a target, one by one, for those who judge it.
//!
//! Owns: what is told of each. Nothing is named here but what is asked for.

use std::collections::BTreeSet;

use super::WhoCan;
use super::alike::Alike;
use super::counts::needs_mfa;
use crate::answer::Verdict;
use crate::graph::edge::Hop;
use crate::graph::search::best::best_within;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::snapshot::ledger::Gap;

/// One who reaches a target.
#[derive(Clone, Copy)]
pub(crate) struct Reaching<'a> {
    pub(crate) source: &'a Source,
    /// Of the best path.
    pub(crate) verdict: Verdict,
    /// Deciding context keys of the best path.
    pub(crate) conditions: &'a [String],
    group: &'a Alike,
}

impl Reaching<'_> {
    /// Whether some role is surely reached without MFA; `None` where that is not known.
    pub(crate) fn without_mfa(&self) -> Option<bool> {
        let parts = &self.group.parts;
        if parts.iter().any(|part| !needs_mfa(part.verdict, &part.conditions)) {
            return Some(true);
        }
        let is_known = parts.iter().all(|part| part.verdict != Verdict::Unknown);
        is_known.then_some(false)
    }

    /// Whether the best path needs MFA.
    pub(crate) fn path_needs_mfa(&self) -> bool {
        needs_mfa(self.verdict, self.conditions)
    }

    /// The roles that are surely reached without MFA.
    pub(crate) fn roles_without_mfa(&self) -> BTreeSet<PrincipalIx> {
        let parts = self.group.parts.iter().filter(|part| !needs_mfa(part.verdict, &part.conditions));
        parts.flat_map(|part| &part.roles).map(|role| PrincipalIx::new(role as usize)).collect()
    }

    /// The roles that are surely reached, or those that may be if none is.
    pub(crate) fn roles(&self) -> BTreeSet<PrincipalIx> {
        let parts = &self.group.parts;
        let sure = parts.iter().any(|part| part.verdict != Verdict::Unknown);
        let counts = parts.iter().filter(|part| !sure || part.verdict != Verdict::Unknown);
        counts.flat_map(|part| &part.roles).map(|role| PrincipalIx::new(role as usize)).collect()
    }
}

impl WhoCan<'_, '_> {
    /// Everybody.
    pub(crate) fn reaching(&self) -> impl Iterator<Item = Reaching<'_>> {
        self.groups.iter().flat_map(|group| {
            group.who.iter().map(move |one| Reaching {
                source: &one.source,
                verdict: one.best.verdict,
                conditions: &one.best.conditions,
                group,
            })
        })
    }

    /// A shortest path of the best verdict.
    pub(crate) fn hops(&self, source: &Source) -> Vec<Hop> {
        best_within(&self.reach, source, self.max_hops).map(|path| path.hops).unwrap_or_default()
    }

    /// What the target itself rests on and was not read: its accounts, and what decides which these are.
    pub(crate) fn gaps_of_target(&self) -> &[Gap] {
        &self.of_target
    }
}
