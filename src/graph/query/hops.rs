//! The best path between two, as hops without proofs.

use std::collections::BTreeSet;

use crate::graph::edge::Hop;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_path;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// The hops of a shortest path of the best verdict, first to last; none where there is no path.
pub(crate) fn hops(graph: &TrustGraph<'_>, from: &Source, to: PrincipalIx) -> Vec<Hop> {
    let reach = Reach::new(graph, BTreeSet::from([to]));
    let path = best_path(&reach, from);
    path.map(|path| path.hops).unwrap_or_default()
}
