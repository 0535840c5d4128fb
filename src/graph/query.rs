//! The questions: `path`, `who-can`, `can`, and every edge.
//!
//! Owns: from names to answers in the shapes of `answer`. Does not know how they are printed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::edge::{Edge, EdgeKind, Source};
use super::forward;
use super::reach::{Reach, Step};
use super::selector::{self, Resolved, SelectError, TargetSpec};
use super::{Decision, TrustGraph};
use crate::answer::{
    CanAnswer, EdgeRow, Evidence, EvidenceEffect, Hop, Layer, PathAnswer, PrincipalKind, Reached, Reacher, Verdict,
    WhoCanAnswer,
};
use crate::eval::{self, Caller, Credential, Credentials, Request, Trace, Unclear, decide};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, Presence, PrincipalType};
use crate::policy::action::Action;
use crate::snapshot::ledger::Gap;

/// Target definitions by name.
pub type Targets = BTreeMap<String, TargetSpec>;

/// A shortest path of the best verdict.
///
/// # Errors
/// Where a name is unknown or ambiguous.
pub fn path(graph: &TrustGraph<'_>, from: &str, to: &str, targets: &Targets) -> Result<PathAnswer, SelectError> {
    let estate = graph.estate();
    let (mut sources, shown) = selector::sources(graph, from)?;
    let resolved = selector::target(graph, to, targets)?;
    let reach = Reach::new(graph, resolved.roles.clone());
    // whoever is named of an outside account belongs to it
    let account = sources.iter().find_map(|s| if let Source::Account(id) = s { Some(*id) } else { None });
    if !sources.iter().any(|s| matches!(s, Source::Outsider(..))) {
        sources.extend(
            reach.sources().into_iter().filter(|s| matches!(s, Source::Outsider(_, id) if Some(*id) == account)),
        );
    }
    let answer = |verdict, conditions, hops: Vec<Hop>, gaps| PathAnswer {
        schema: PathAnswer::SCHEMA,
        from: shown.clone(),
        to: resolved.shown.clone(),
        verdict,
        conditions,
        hop_count: (!hops.is_empty()).then_some(hops.len()),
        hops,
        blocked_by: None,
        gaps,
    };
    let found = sources.iter().filter_map(|s| reach.best(s).map(|b| (b, s))).min_by(|a, b| a.0.cmp(&b.0));
    let Some((best, source)) = found else {
        let gaps = blind_spots(&reach, &resolved, &sources);
        let verdict = if gaps.is_empty() { Verdict::Denied } else { Verdict::Unknown };
        return Ok(answer(verdict, Vec::new(), Vec::new(), gaps));
    };
    let steps = reach.steps(source, best);
    let hops: Vec<Hop> = steps.iter().map(|step| hop(graph, step, source)).collect();
    let gaps = if best.verdict == Verdict::Unknown { gaps_of(estate, &steps, source) } else { Vec::new() };
    Ok(answer(best.verdict, conditions(&steps, source, estate), hops, gaps))
}

/// Everybody who reaches a target.
///
/// # Errors
/// Where the target is unknown, ambiguous or matches nothing.
pub fn who_can(graph: &TrustGraph<'_>, target: &str, targets: &Targets) -> Result<WhoCanAnswer, SelectError> {
    let estate = graph.estate();
    let resolved = selector::target(graph, target, targets)?;
    let reach = Reach::new(graph, resolved.roles.clone());
    let sure = reach.reaches(Verdict::Conditional);
    let perhaps = OnceLock::new();
    let entered = entered_from_outside(&reach);
    let arns: BTreeMap<u32, Arc<str>> =
        resolved.roles.iter().map(|r| (r.get() as u32, estate.arn(*r).into())).collect();
    let answer = |source: &Source| {
        let inside = matches!(source, Source::Principal(ix) if reach.targets().contains(ix) && !entered.contains(ix));
        let best = reach.best(source).filter(|_| !inside)?;
        let sets = if best.verdict == Verdict::Unknown {
            perhaps.get_or_init(|| reach.reaches(Verdict::Unknown))
        } else {
            &sure
        };
        let mut reached = sets.0.of(source, estate);
        if let Some(with_mfa) = sets.1.as_ref().filter(|_| source.kind(estate) == PrincipalKind::User) {
            reached |= with_mfa.of(source, estate);
        }
        let steps = reach.steps(source, best);
        let mut reaches: Vec<Arc<str>> = reached.iter().filter_map(|at| arns.get(&at).cloned()).collect();
        reaches.sort_unstable();
        Some(Reacher {
            principal: source.name(estate),
            kind: source.kind(estate),
            account: source.account(estate),
            verdict: best.verdict,
            conditions: conditions(&steps, source, estate),
            hop_count: best.hops,
            reaches,
            path: names(&steps, estate),
        })
    };
    let mut answers: Vec<Reacher> = reach.sources().par_iter().filter_map(answer).collect();
    answers.par_sort_by(|a, b| (rank(a.kind), a.verdict, &a.principal).cmp(&(rank(b.kind), b.verdict, &b.principal)));
    let gaps = all_gaps(&reach, &resolved);
    Ok(WhoCanAnswer {
        schema: WhoCanAnswer::SCHEMA,
        target: target.to_owned(),
        resolved: sorted(resolved.roles.iter().map(|r| estate.arn(*r)).collect()),
        proven: gaps.is_empty(),
        answers,
        gaps,
    })
}

/// Every role that a principal reaches.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub fn can(graph: &TrustGraph<'_>, principal: &str) -> Result<CanAnswer, SelectError> {
    let estate = graph.estate();
    let (sources, shown) = selector::sources(graph, principal)?;
    let found = forward::reached(graph, &sources);
    let mut gaps = BTreeSet::new();
    let mut answers: Vec<Reached> = found
        .into_iter()
        .map(|reached| {
            if reached.verdict == Verdict::Unknown {
                gaps.extend(gaps_of(estate, &reached.steps, &reached.source));
            }
            Reached {
                role: estate.arn(reached.role),
                account: estate.account(estate.principal(reached.role).account()).id().to_string(),
                verdict: reached.verdict,
                conditions: conditions(&reached.steps, &reached.source, estate),
                hop_count: reached.steps.len(),
                path: names(&reached.steps, estate),
            }
        })
        .collect();
    answers.sort_by(|a, b| (a.verdict, a.hop_count, &a.role).cmp(&(b.verdict, b.hop_count, &b.role)));
    // roles of unread accounts may be reached without being known
    let unread = estate.accounts().iter().filter_map(|a| match a.presence() {
        Presence::Missing(gap) => Some(estate.gap(*gap).clone()),
        Presence::Collected | Presence::Skipped(_) => None,
    });
    gaps.extend(unread);
    let gaps: Vec<Gap> = gaps.into_iter().collect();
    Ok(CanAnswer { schema: CanAnswer::SCHEMA, principal: shown, proven: gaps.is_empty(), answers, gaps })
}

/// Every direct edge, classes expanded, sorted by source, role and kind.
#[must_use]
pub fn edges(graph: &TrustGraph<'_>, include_unknown: bool) -> Vec<EdgeRow> {
    let estate = graph.estate();
    let wanted = |d: &Decision| match d.verdict() {
        Verdict::Allowed | Verdict::Conditional => true,
        Verdict::Unknown => include_unknown,
        Verdict::Denied => false,
    };
    let rows_of = |edges: &Vec<Edge>| -> Vec<EdgeRow> {
        let mut rows = Vec::new();
        for edge in edges {
            let decision = edge.own(edge.from.kind(estate));
            if !wanted(decision) {
                continue;
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
                    rows.extend(edge.from.members(estate).iter().map(|m| row(estate.arn(*m))));
                }
                _ => rows.push(row(edge.from.name(estate))),
            }
        }
        rows
    };
    let mut rows: Vec<EdgeRow> = graph.all().par_iter().flat_map_iter(rows_of).collect();
    rows.par_sort();
    rows
}

/// The accounts that a target's definition matches, in order of id.
///
/// # Errors
/// Where it matches none.
pub fn target_accounts(estate: &Estate, name: &str, spec: &TargetSpec) -> Result<Vec<AccountIx>, SelectError> {
    selector::accounts_of(estate, spec, name)
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}

/// People first, then federated, then services and machines.
fn rank(kind: PrincipalKind) -> u8 {
    match kind {
        PrincipalKind::User => 0,
        PrincipalKind::Public => 1,
        PrincipalKind::Account => 2,
        PrincipalKind::Federated => 3,
        PrincipalKind::Role => 4,
        PrincipalKind::Service => 5,
    }
}

/// Targets that somebody outside the target enters directly.
fn entered_from_outside(reach: &Reach<'_, '_>) -> BTreeSet<PrincipalIx> {
    let estate = reach.estate();
    let outside = |edge: &Edge| match &edge.from {
        Source::Class(_) | Source::Principal(_) => {
            edge.from.members(estate).iter().any(|m| !reach.targets().contains(m))
        }
        _ => true,
    };
    let entered = reach.targets().iter().filter(|t| reach.edges_into(**t).iter().any(outside));
    entered.copied().collect()
}

/// The decision that a hop is shown with: a walk that starts at a user may carry MFA, another cannot.
fn shown_decision<'a>(edge: &'a Edge, start: &Source, estate: &Estate) -> &'a Decision {
    if start.kind(estate) == PrincipalKind::User { edge.free() } else { edge.plain() }
}

/// Union of the conditions of all hops, sorted.
pub(super) fn conditions(steps: &[Step], start: &Source, estate: &Estate) -> Vec<String> {
    let all = steps.iter().flat_map(|s| shown_decision(&s.edge, start, estate).conditions());
    all.collect::<BTreeSet<String>>().into_iter().collect()
}

/// First to last.
pub(super) fn names(steps: &[Step], estate: &Estate) -> Vec<String> {
    let first = steps.first().map(|s| s.from.name(estate));
    first.into_iter().chain(steps.iter().map(|s| estate.arn(s.edge.to))).collect()
}

fn hop(graph: &TrustGraph<'_>, step: &Step, start: &Source) -> Hop {
    let estate = graph.estate();
    let decision = shown_decision(&step.edge, start, estate);
    Hop {
        from: step.from.name(estate),
        to: estate.arn(step.edge.to),
        kind: step.edge.kind.as_str().to_owned(),
        action: step.edge.kind.action().to_owned(),
        verdict: decision.verdict(),
        conditions: decision.conditions().into_iter().collect(),
        needs: eval::needs(&decision.truth(), estate),
        evidence: evidence(estate, step, start),
    }
}

/// The statements of all layers that one hop met, from the caller's side to the role's.
#[must_use]
pub fn evidence(estate: &Estate, step: &Step, start: &Source) -> Vec<Evidence> {
    let mut found = statements(estate, &step.from, step.edge.kind, step.edge.to, start);
    if matches!(step.from, Source::Account(_) | Source::Outsider(..) | Source::Everyone) {
        found.push(Evidence {
            layer: Layer::Identity,
            effect: EvidenceEffect::None,
            policy: String::new(),
            statement: None,
            sid: String::new(),
            text: "the caller's own policies are outside the snapshot and assumed to allow it".to_owned(),
        });
    }
    found.sort_by_key(|e| e.layer);
    found
}

fn statements(estate: &Estate, from: &Source, kind: EdgeKind, to: PrincipalIx, start: &Source) -> Vec<Evidence> {
    const USER: Credentials = &[Credential::AccessKey, Credential::UserSession, Credential::UserSessionWithMfa];
    const INHERITED: Credentials = &[Credential::RoleSession, Credential::RoleSessionWithMfa];
    const ROLE: Credentials = &[Credential::RoleSession];
    let Some(action) = Action::parse(kind.action()) else { return Vec::new() };
    let caller = from.caller(estate);
    let credentials = match caller {
        Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::User => USER,
        _ if start.kind(estate) == PrincipalKind::User => INHERITED,
        _ => ROLE,
    };
    let mut trace = Trace::on();
    let _ = decide(&Request::new(estate, &action, caller, credentials, to), &mut trace);
    trace.into_matched().into_iter().map(|m| m.evidence).collect()
}

/// What stands in the way of a direct hop: denying statements, and layers that do not allow it. Empty where the question
/// has more than one start or end.
#[must_use]
pub fn why_not(graph: &TrustGraph<'_>, from: &str, to: &str) -> Vec<Evidence> {
    let estate = graph.estate();
    let (Ok((sources, _)), Ok(resolved)) = (selector::sources(graph, from), selector::role_or_account(estate, to))
    else {
        return Vec::new();
    };
    let (Some(source), 1, Some(role)) = (sources.first(), resolved.roles.len(), resolved.roles.first()) else {
        return Vec::new();
    };
    let kind = match source {
        Source::Service(_) => EdgeKind::Service,
        Source::Provider(name) if name.contains(":saml-provider/") => EdgeKind::Saml,
        Source::Provider(_) => EdgeKind::WebIdentity,
        _ => EdgeKind::AssumeRole,
    };
    let single = sources.len() == 1 || matches!(source, Source::Outsider(..) | Source::Account(_));
    if !single {
        return Vec::new();
    }
    let mut found = statements(estate, source, kind, *role, source);
    found.retain(|e| e.effect != EvidenceEffect::Allow);
    found
}

fn gaps_of(estate: &Estate, steps: &[Step], start: &Source) -> Vec<Gap> {
    let unclear =
        steps.iter().flat_map(|s| shown_decision(&s.edge, start, estate).unclear().into_iter().map(move |u| (s, u)));
    unclear.map(|(step, why)| as_gap(estate, &step.edge, &why)).collect::<BTreeSet<_>>().into_iter().collect()
}

fn as_gap(estate: &Estate, edge: &Edge, why: &Unclear) -> Gap {
    match why {
        Unclear::Gap(ix) => estate.gap(*ix).clone(),
        Unclear::Undocumented(text) => Gap {
            account: estate.account(estate.principal(edge.to).account()).id().to_string(),
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
        for decision in [edge.free(), edge.plain()] {
            gaps.extend(decision.unclear().iter().map(|why| as_gap(estate, edge, why)));
        }
    }
    gaps.extend(resolved.unread.iter().filter_map(|ix| unread(estate, *ix)));
    gaps.into_iter().collect()
}

/// Why a "no" is not proven: the target was not read, or the way may lead through an account that was not.
fn blind_spots(reach: &Reach<'_, '_>, resolved: &Resolved, sources: &[Source]) -> Vec<Gap> {
    let estate = reach.estate();
    let mut gaps: BTreeSet<Gap> = resolved.unread.iter().filter_map(|ix| unread(estate, *ix)).collect();
    let asks = |s: &Source| match s {
        Source::Principal(ix) => reach.graph().may_assume_something(estate.principal(*ix).class()),
        Source::Class(class) => reach.graph().may_assume_something(*class),
        _ => false,
    };
    if sources.iter().any(asks) {
        for edge in reach.edges() {
            if let Source::Account(id) = &edge.from {
                gaps.extend(estate.account_by_id(*id).and_then(|ix| unread(estate, ix)));
            }
        }
    }
    gaps.into_iter().collect()
}

fn unread(estate: &Estate, ix: AccountIx) -> Option<Gap> {
    match estate.account(ix).presence() {
        Presence::Missing(gap) => Some(estate.gap(*gap).clone()),
        Presence::Collected | Presence::Skipped(_) => None,
    }
}
