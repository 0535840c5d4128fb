//! Where a change can be felt: the roles to which paths lead over what changed.
//!
//! Owns: that a way into any other role is what it was, whatever becomes of the edges that changed.

use std::collections::BTreeSet;

use crate::graph::search::Outgoing;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// Every edge of a graph, by where it starts.
pub(crate) struct Onward<'g, 'e> {
    graph: &'g TrustGraph<'e>,
    outgoing: Outgoing,
}

impl<'g, 'e> Onward<'g, 'e> {
    /// Decides every edge.
    pub(crate) fn new(graph: &'g TrustGraph<'e>) -> Self {
        Self { graph, outgoing: Outgoing::new(graph.estate(), graph.by_role()) }
    }

    /// The roles that a source assumes directly.
    pub(crate) fn entered(&self, source: &Source) -> impl Iterator<Item = PrincipalIx> {
        self.outgoing.of(source, self.graph.estate()).map(|(role, _)| role)
    }

    /// These roles, and all to which they lead.
    pub(crate) fn beyond(&self, roles: BTreeSet<PrincipalIx>) -> BTreeSet<PrincipalIx> {
        let mut frontier: Vec<PrincipalIx> = roles.iter().copied().collect();
        let mut met = roles;
        while let Some(role) = frontier.pop() {
            frontier.extend(self.entered(&Source::Principal(role)).filter(|next| met.insert(*next)));
        }
        met
    }
}
