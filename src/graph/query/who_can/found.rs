//! What was found, before anything is named: for a comparison with another answer.

use super::WhoCan;
use crate::graph::edge::Edge;
use crate::graph::search::targets::Part;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::snapshot::ledger::Gap;

/// Sources that reach the same targets alike.
#[derive(Debug)]
pub(crate) struct FoundAlike<'a> {
    pub(crate) sources: Vec<&'a Source>,
    /// Best first; each target once.
    pub(crate) parts: &'a [Part],
}

impl WhoCan<'_, '_> {
    /// Everybody who was found, those together that reach the same alike.
    pub(crate) fn found(&self) -> impl Iterator<Item = FoundAlike<'_>> {
        self.groups
            .iter()
            .map(|group| FoundAlike { sources: group.who.iter().map(|one| &one.source).collect(), parts: &group.parts })
    }

    /// The roles of the target, in order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.reach.targets().iter().copied()
    }

    /// The roles that were met on the way to the target, and the edges into each.
    pub(crate) fn met(&self) -> impl Iterator<Item = (PrincipalIx, &[Edge])> {
        self.reach.roles().map(|role| (role, self.reach.edges_into(role)))
    }

    /// The edges into a role, where it was met.
    pub(crate) fn edges_into(&self, role: PrincipalIx) -> &[Edge] {
        self.reach.edges_into(role)
    }

    /// Missing data that matters.
    pub(crate) fn missing(&self) -> &[Gap] {
        &self.gaps
    }
}
