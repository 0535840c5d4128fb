//! The proof of a hop, and what stands in the way of one.

use std::collections::BTreeSet;

use crate::answer::{Blocked, Evidence, EvidenceEffect, Layer, PrincipalKind};
use crate::eval::{Caller, Credential, Matched, Trace, Truth};
use crate::graph::edge::{EdgeKind, Escalation, Hop};
use crate::graph::edges::{EdgeCall, escalation_truth, kind_of};
use crate::graph::search::backward::Reach;
use crate::graph::search::forward;
use crate::graph::search::starts::makes_sessions;
use crate::graph::selector;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

/// Pairs of roles that are looked at for the nearest failing hop.
const MAX_PAIRS: usize = 4096;

/// The statements of all layers that one hop met, from the caller's side to the role's.
#[must_use]
pub fn evidence(estate: &Estate, hop: &Hop, start: &Source) -> Vec<Evidence> {
    let mut found = statements(estate, EdgeCall::of(hop), start);
    found.extend(assumed(&hop.from));
    found.extend(not_arranged(estate, EdgeCall::of(hop)));
    found.sort_by_key(|e| e.layer);
    found
}

/// What is assumed of a caller whose own policies no snapshot has.
pub(super) fn assumed(caller: &Source) -> Option<Evidence> {
    matches!(caller, Source::Account(_) | Source::Outsider(..) | Source::Everyone).then(|| Evidence {
        layer: Layer::Identity,
        effect: EvidenceEffect::None,
        policy: String::new(),
        statement: None,
        sid: String::new(),
        text: "the caller's own policies are outside the snapshot and assumed to allow it".to_owned(),
    })
}

/// The statements that decide whether somebody may assume a role directly, edge or not.
pub(crate) fn statements_between(estate: &Estate, from: &Source, to: PrincipalIx) -> Vec<Matched> {
    matched(estate, call_of(estate, from, to), from)
}

/// The same of a way to escalate, open or not.
pub(crate) fn statements_of_escalation(
    estate: &Estate,
    from: &Source,
    escalation: Escalation,
    to: PrincipalIx,
) -> Vec<Matched> {
    matched(estate, EdgeCall { from, kind: EdgeKind::Escalation(escalation), to }, from)
}

fn matched(estate: &Estate, call: EdgeCall<'_>, start: &Source) -> Vec<Matched> {
    recorded(estate, call, start, Trace::on()).1.into_matched()
}

fn statements(estate: &Estate, call: EdgeCall<'_>, start: &Source) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    for matched in matched(estate, call, start) {
        // one statement may allow several actions of a call
        if !found.contains(&matched.evidence) {
            found.push(matched.evidence);
        }
    }
    found
}

/// The call by which somebody would assume a role.
pub(super) fn call_of<'a>(estate: &Estate, from: &'a Source, to: PrincipalIx) -> EdgeCall<'a> {
    let is_reserved = || estate.people().is_some_and(|people| people.entrance(to).is_some());
    let kind = if from.is_of_people() && !is_reserved() { EdgeKind::Entitlement } else { kind_of(from) };
    EdgeCall { from, kind, to }
}

/// That AWS makes no call for a person, because nothing asks it to.
fn not_arranged(estate: &Estate, call: EdgeCall<'_>) -> Option<Evidence> {
    let is_missing = call.kind.is_for_people() && !call.is_arranged(estate);
    is_missing.then(|| Evidence {
        layer: Layer::Identity,
        effect: EvidenceEffect::None,
        policy: String::new(),
        statement: None,
        sid: String::new(),
        text: "no assignment of a permission set and no entitlement leads this person into the role".to_owned(),
    })
}

/// What the proof of a hop knows of where its path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Signer {
    is_user: bool,
    /// An earlier call made the caller's session, and the caller is not who made it.
    made: bool,
}

impl Signer {
    pub(crate) fn of(estate: &Estate, from: &Source, start: &Source) -> Self {
        // who made the session of a role that a service assumed is not known here
        let made = from != start && !makes_sessions(start);
        Self { is_user: start.kind(estate) == PrincipalKind::User, made }
    }
}

/// Decides one hop of a path and records what it met.
pub(super) fn recorded(estate: &Estate, call: EdgeCall<'_>, start: &Source, mut trace: Trace) -> (Truth, Trace) {
    let signer = Signer::of(estate, call.from, start);
    let credentials = match call.caller(estate) {
        Caller::Principal(ix) if estate.principal(ix).kind() == PrincipalType::User => Credential::OF_USER,
        _ if signer.is_user => Credential::OF_ROLE,
        _ => Credential::RoleSession.alone(),
    };
    if let Some(escalation) = call.escalation() {
        let truth = escalation_truth(estate, escalation, None, &mut trace);
        return (truth, trace);
    }
    let decided = call.truth(estate, &call.question(estate, credentials, signer.made), &mut trace);
    let is_made = !call.kind.is_for_people() || call.is_arranged(estate);
    (if is_made { decided } else { Truth::False }, trace)
}

/// What stands in the way from one to another, at the hop that lacks least: the ways that both ends already have are
/// followed first. Empty where the question has more than one start or end.
#[must_use]
pub fn why_not(graph: &TrustGraph<'_>, from: &str, to: &str) -> (Vec<Evidence>, Option<Blocked>) {
    let estate = graph.estate();
    let (Ok((sources, _)), Ok(resolved)) = (selector::sources(graph, from), selector::role_or_account(estate, to))
    else {
        return (Vec::new(), None);
    };
    let (Some(source), 1, Some(role)) = (sources.first(), resolved.roles.len(), resolved.roles.first()) else {
        return (Vec::new(), None);
    };
    let single = sources.len() == 1 || matches!(source, Source::Outsider(..) | Source::Account(_));
    if !single {
        return (Vec::new(), None);
    }
    let asking = graph.asking([source]);
    let (near, far) = nearest(asking.as_ref().unwrap_or(graph), source, *role);
    let call = call_of(estate, &near, far);
    let mut found: Vec<Evidence> = match not_arranged(estate, call) {
        Some(missing) => vec![missing],
        None => statements(estate, call, source),
    };
    found.retain(|e| e.effect != EvidenceEffect::Allow);
    (found, Some(Blocked { from: near.name(estate), to: estate.arn(far) }))
}

/// The hop that lacks least: from whom the start reaches, itself included, to what reaches the end, itself included.
fn nearest(graph: &TrustGraph<'_>, source: &Source, role: PrincipalIx) -> (Source, PrincipalIx) {
    let estate = graph.estate();
    let starts: Vec<(Source, usize)> = std::iter::once((source.clone(), 0))
        .chain(
            forward::reached(graph, std::slice::from_ref(source))
                .into_iter()
                .map(|r| (Source::Principal(r.role), r.hops.len())),
        )
        .collect();
    let reach = Reach::new(graph, BTreeSet::from([role]));
    let known: BTreeSet<&Source> = starts.iter().map(|(s, _)| s).collect();
    let ends = std::iter::once((role, 0)).chain(reach.roles().filter_map(|r| {
        let from = Source::Principal(r);
        let best = reach.best(&from).filter(|_| !known.contains(&from))?;
        Some((r, best.1))
    }));
    let ends: Vec<(PrincipalIx, usize)> = ends.collect();
    let pairs = starts.iter().flat_map(|start| ends.iter().map(move |end| (start, end)));
    let lacking = |(from, before): &(Source, usize), (to, after): &(PrincipalIx, usize)| {
        let evidence = statements(estate, call_of(estate, from, *to), source);
        let allows = |layer| evidence.iter().any(|e| e.layer == layer && e.effect == EvidenceEffect::Allow);
        let sides = usize::from(!allows(Layer::Trust)) + usize::from(!allows(Layer::Identity));
        (sides, before + after)
    };
    let best = pairs.take(MAX_PAIRS).min_by_key(|(start, end)| lacking(start, end));
    // where neither side of any hop is there, the direct one says most
    match best.filter(|(start, end)| lacking(start, end).0 < 2) {
        Some((start, end)) => (start.0.clone(), end.0),
        None => (source.clone(), role),
    }
}
