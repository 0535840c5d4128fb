//! The best path between two, as hops without proofs.

use std::collections::BTreeSet;

use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_path;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// Caller and role of each hop of a shortest path of the best verdict, first to last; none where there is no path.
pub(crate) fn hops(graph: &TrustGraph<'_>, from: &Source, to: PrincipalIx) -> Vec<(Source, PrincipalIx)> {
    let reach = Reach::new(graph, BTreeSet::from([to]));
    let path = best_path(&reach, from);
    path.iter().flat_map(|path| &path.hops).map(|hop| (hop.from.clone(), hop.edge.to)).collect()
}
