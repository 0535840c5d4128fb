//! A hop that is a way to escalate privileges, as answers tell it.

use crate::answer::Escalation;
use crate::escalation::{Attempt, Entry, Gain};
use crate::graph::edge::{Edge, EdgeKind, Hop};
use crate::graph::edges::{EdgeCall, escalation_attempt, escalation_entry};
use crate::model::Estate;

/// Which way, and what it takes; nothing for other hops.
pub(super) fn told(estate: &Estate, hop: &Hop) -> Option<Escalation> {
    let EdgeKind::Escalation(escalation) = hop.edge.kind else { return None };
    let way = escalation.way.way();
    let call = EdgeCall::of(hop).escalation()?;
    let attempt = escalation_attempt(estate, call)?;
    let then = escalation_entry(estate, call).and_then(Entry::first_action);
    Some(Escalation {
        catalogue: way.id.to_string(),
        link: way.link(),
        actions: way.steps.iter().map(|step| step.action.name().to_owned()).collect(),
        target: attempt.object().into_owned(),
        takes_away: taken_away(estate, &attempt),
        through: escalation.through.map(|ix| estate.arn(ix)),
        then: then.map(|action| action.name().to_owned()),
        needs: way.needs.iter().map(ToString::to_string).collect(),
    })
}

/// The policy that limits somebody and is gone then.
fn taken_away(estate: &Estate, attempt: &Attempt<'_>) -> Option<String> {
    let policy = match attempt.target.gain {
        Gain::Freed(_, policy) => Some(policy),
        Gain::Unbounded(of) => estate.class(estate.principal(of).class()).boundary(),
        _ => None,
    };
    policy.map(|policy| policy.name.to_string())
}

/// ARN of what is changed, passed or entered on a way that an edge stands for.
pub(crate) fn object_of_escalation(estate: &Estate, edge: &Edge) -> Option<String> {
    let call = EdgeCall { from: &edge.from, kind: edge.kind, to: edge.to }.escalation()?;
    Some(escalation_attempt(estate, call)?.object().into_owned())
}

/// What must be true when it happens, in words.
pub(super) fn needs(hop: &Hop) -> Vec<String> {
    match hop.edge.kind {
        EdgeKind::Escalation(escalation) => escalation.way.way().needs.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
