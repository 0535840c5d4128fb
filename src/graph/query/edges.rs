//! Every direct edge.

use rayon::prelude::*;

use crate::answer::{EdgeRow, Verdict};
use crate::graph::edge::Edge;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Every direct edge, classes expanded, sorted by source, role and kind.
#[must_use]
pub fn edges(graph: &TrustGraph<'_>, include_unknown: bool) -> Vec<EdgeRow> {
    all_edges(graph, include_unknown).rows
}

/// Edges, and what is not known of them.
#[derive(Debug, Default)]
pub struct Edges {
    /// Sorted by source, role and kind.
    pub rows: Vec<EdgeRow>,
    /// How many rest on missing data, whether they are among the rows or left out.
    pub unknown: usize,
    /// Accounts of which it is not known what edges they have, each with its gap.
    pub unread: Vec<Gap>,
}

/// As [`edges`], with what is not known.
#[must_use]
pub fn all_edges(graph: &TrustGraph<'_>, include_unknown: bool) -> Edges {
    let estate = graph.estate();
    let found = graph.all().par_iter().map(|edges| {
        let mut of_role = Edges::default();
        edges.iter().for_each(|edge| add_rows(&mut of_role, edge, estate, include_unknown));
        of_role
    });
    let mut all = found.reduce(Edges::default, |mut all, more| {
        all.rows.extend(more.rows);
        all.unknown += more.unknown;
        all
    });
    all.rows.par_sort();
    all.unread = estate.unread_accounts().map(|(_, gap)| estate.gap(gap).clone()).collect();
    all
}

fn add_rows(found: &mut Edges, edge: &Edge, estate: &Estate, include_unknown: bool) {
    let decision = edge.own(edge.from.kind(estate));
    let stands_for = match edge.from {
        Source::Class(_) | Source::Users(_) | Source::Principal(_) => edge.from.members(estate),
        _ => &[],
    };
    match decision.verdict() {
        Verdict::Allowed | Verdict::Conditional => {}
        Verdict::Denied => return,
        Verdict::Unknown => {
            found.unknown += stands_for.len().max(1);
            if !include_unknown {
                return;
            }
        }
    }
    let to = estate.arn(edge.to);
    let conditions: Vec<String> = decision.conditions().into_iter().collect();
    let row = |from| EdgeRow {
        from,
        to: to.clone(),
        kind: edge.kind.as_str().to_owned(),
        action: edge.kind.action().name().to_owned(),
        verdict: decision.verdict(),
        conditions: conditions.clone(),
    };
    match edge.from {
        Source::Class(_) | Source::Users(_) | Source::Principal(_) => {
            found.rows.extend(stands_for.iter().map(|m| row(estate.arn(*m))));
        }
        _ => found.rows.push(row(edge.from.name(estate))),
    }
}
