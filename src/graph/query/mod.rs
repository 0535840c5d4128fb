//! The questions: `path`, `who-can`, `can`, and every edge.
//!
//! Owns: from names to answers in the shapes of `answer`. Does not know how they are printed.

mod beyond;
mod can;
mod evidence;
mod explain;
mod path;
mod shown;
mod who_can;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::TrustGraph;
use super::edge::{Edge, Source};
use super::reach::{Reach, Step};
use super::selector::{self, Resolved, SelectError};
use super::target::Members;
use crate::answer::{EdgeRow, Verdict};
use crate::eval::Unclear;
use crate::ids::AccountIx;
use crate::model::Estate;
use crate::selection::TargetSpec;
use crate::snapshot::ledger::Gap;
pub use can::{can, can_within};
pub use evidence::{evidence, why_not};
pub use explain::explain;
pub use path::{path, paths};
use shown::Shown;
pub use who_can::{Limits, who_can, who_can_within};

/// Target definitions by name.
pub type Targets = BTreeMap<String, TargetSpec>;

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
        Source::Class(_) | Source::Principal(_) => edge.from.members(estate),
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
        action: edge.kind.action().to_owned(),
        verdict: decision.verdict(),
        conditions: conditions.clone(),
    };
    match edge.from {
        Source::Class(_) | Source::Principal(_) => {
            found.rows.extend(stands_for.iter().map(|m| row(estate.arn(*m))));
        }
        _ => found.rows.push(row(edge.from.name(estate))),
    }
}

/// The accounts that a target's definition means, and why there may be more.
///
/// # Errors
/// Where it means none.
pub fn target_accounts(estate: &Estate, name: &str, spec: &TargetSpec) -> Result<Members, SelectError> {
    selector::accounts_of(estate, spec, name)
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}

/// Union of the conditions of all hops, sorted.
fn conditions(steps: &[Step], start: &Source, estate: &Estate) -> Vec<String> {
    conditions_as(Shown::of(steps, start, estate), steps, start).into_iter().collect()
}

fn conditions_as(shown: Shown, steps: &[Step], start: &Source) -> BTreeSet<String> {
    steps.iter().flat_map(|s| shown.decision(&s.edge, s.from == *start).conditions()).collect()
}

/// First to last.
fn names(steps: &[Step], estate: &Estate) -> Vec<String> {
    let first = steps.first().map(|s| s.from.name(estate));
    first.into_iter().chain(steps.iter().map(|s| estate.arn(s.edge.to))).collect()
}

fn gaps_of(estate: &Estate, steps: &[Step], start: &Source) -> Vec<Gap> {
    let shown = Shown::of(steps, start, estate);
    let unclear =
        steps.iter().flat_map(|s| shown.decision(&s.edge, s.from == *start).unclear().into_iter().map(move |u| (s, u)));
    unclear.map(|(step, why)| as_gap(estate, &step.edge, &why)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn as_gap(estate: &Estate, edge: &Edge, why: &Unclear) -> Gap {
    match why {
        Unclear::Gap(ix) => estate.gap(*ix).clone(),
        Unclear::Undocumented(text) => Gap {
            scope: estate.account(estate.principal(edge.to).account()).id().into(),
            facet: crate::facet::Facet::PolicyDocument,
            reason: format!("{text} (on the way into `{}`)", estate.arn(edge.to)),
        },
    }
}

/// Everything unread that could add to who reaches a target.
fn all_gaps(reach: &Reach<'_, '_>, resolved: &Resolved) -> Vec<Gap> {
    let estate = reach.estate();
    let mut gaps = BTreeSet::new();
    for edge in reach.edges() {
        for decision in edge.decisions() {
            gaps.extend(decision.unclear().iter().map(|why| as_gap(estate, edge, why)));
        }
    }
    gaps.extend(resolved.unread.iter().filter_map(|ix| unread(estate, *ix)));
    gaps.extend(resolved.gaps.iter().cloned());
    // somebody of an account that is not listed may be among those who reach it
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    gaps.into_iter().collect()
}

fn unread(estate: &Estate, ix: AccountIx) -> Option<Gap> {
    estate.account(ix).presence().gap().map(|gap| estate.gap(gap).clone())
}
