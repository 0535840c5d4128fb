//! What a principal reaches.

use std::collections::BTreeSet;

use super::conditions::{names, path_conditions};
use super::gaps::{delegations_unread, of_path};
use super::limits::Limits;
use super::needs::needs_of;
use super::{beyond, people, via, words};
use crate::answer::{self, CanAnswer};
use crate::graph::search::forward::{self, Reached};
use crate::graph::search::path::Path;
use crate::graph::selector::{self, SelectError};
use crate::graph::session;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::snapshot::ledger::Gap;

/// Every role that a principal reaches.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub fn can(graph: &TrustGraph<'_>, principal: &str) -> Result<CanAnswer, SelectError> {
    can_within(graph, principal, &Limits::default())
}

/// As [`can`], by paths within limits.
///
/// # Errors
/// As there, and where the role to pass is not one role.
pub fn can_within(graph: &TrustGraph<'_>, principal: &str, limits: &Limits) -> Result<CanAnswer, SelectError> {
    let estate = graph.estate();
    let (mut sources, shown) = selector::sources(graph, principal)?;
    let asking = graph.asking(&sources);
    let graph = asking.as_ref().unwrap_or(graph);
    // those whom roles name of an outside account belong to it
    if let [Source::Account(account)] = sources.as_slice() {
        let froms = graph.by_role().flat_map(|(_, edges)| edges).map(|edge| &edge.from);
        let named = froms.filter(|from| matches!(from, Source::Outsider(_, id) if id == account));
        let named: BTreeSet<Source> = named.cloned().collect();
        sources.extend(named);
    }
    let via = limits.via.as_deref().map(|name| selector::one_role(estate, name)).transpose()?;
    let max_hops = limits.max_hops.unwrap_or(usize::MAX);
    let found = forward::within(graph, &sources, via, max_hops);
    let mut gaps = BTreeSet::new();
    let mut answers = Vec::new();
    for Reached { role, lens, verdict, source, hops } in found {
        let linked = session::is_linked(&hops);
        let joint = linked.then(|| session::joint(estate, &hops, lens.mode)).flatten();
        let path = Path { verdict, hops, joint };
        gaps.extend(of_path(estate, &path, &source));
        answers.push(answer::Reached {
            role: estate.arn(role),
            account: estate.account(estate.principal(role).account()).id().to_string(),
            verdict: path.verdict,
            conditions: path_conditions(&path, &source, estate),
            needs: needs_of(&path, &source, estate),
            hop_count: path.hops.len(),
            via: path.hops.first().and_then(|hop| via::via(estate, hop)),
            path: names(&path.hops, estate),
            administrator: None,
        });
    }
    answers.sort_by(|a, b| (a.verdict, a.hop_count, &a.role).cmp(&(b.verdict, b.hop_count, &b.role)));
    // roles of unread accounts may be reached without being known
    gaps.extend(beyond::gaps(graph, &sources));
    gaps.extend(beyond::unread_trusts(estate, &sources, estate.roles()));
    gaps.extend(people::gaps(estate, &sources));
    if let Some(facts) = graph.escalations() {
        let own = beyond::classes(graph, &sources);
        gaps.extend((!facts.unread_openers().is_disjoint(&own)).then(delegations_unread));
    }
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    let gaps: Vec<Gap> = gaps.into_iter().collect();
    let note = words::of_dormant(estate, &sources)
        .or_else(|| words::of_account(&shown))
        .or_else(|| people::note(estate, &sources));
    let mfa_of_people = people::mfa(&sources);
    Ok(CanAnswer {
        schema: CanAnswer::SCHEMA,
        principal: shown,
        asked: Vec::new(),
        administrator: None,
        proven: gaps.is_empty(),
        answers,
        mfa_of_people,
        note,
        gaps,
    })
}
