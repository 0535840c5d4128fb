//! A hop that is a way to escalate privileges, as answers tell it.

use crate::answer::Escalation;
use crate::escalation::{Attempt, Binding, Entry, Gain, TagsGiven, denying};
use crate::eval::Trace;
use crate::graph::edge::{Edge, EdgeKind, Hop};
use crate::graph::edges::{EdgeCall, escalation_attempt, escalation_entry, tags_changed};
use crate::model::Estate;
use crate::policy::action::Action;

/// Which way, and what it takes; nothing for other hops.
pub(super) fn told(estate: &Estate, hop: &Hop) -> Option<Escalation> {
    let EdgeKind::Escalation(escalation) = hop.edge.kind else { return None };
    let way = escalation.way.way();
    let call = EdgeCall::of(hop).escalation()?;
    let attempt = escalation_attempt(estate, call)?;
    let tags = tags(estate, hop);
    let tagging = tags.as_ref().map(|(action, _)| action.name());
    let actions = way.steps.iter().map(|step| step.action.name()).chain(tagging);
    let then = escalation_entry(estate, call).and_then(Entry::first_action);
    Some(Escalation {
        catalogue: way.id.to_string(),
        link: way.link(),
        actions: actions.map(str::to_owned).collect(),
        target: attempt.object().into_owned(),
        takes_away: taken_away(estate, &attempt),
        through: escalation.through.map(|ix| estate.arn(ix)),
        then: then.map(|action| action.name().to_owned()),
        needs: needs(estate, hop),
    })
}

/// The tags that a principal who is made must be given, and what gives them; nothing where none are needed.
fn tags(estate: &Estate, hop: &Hop) -> Option<(&'static Action, TagsGiven)> {
    let call = EdgeCall::of(hop).escalation()?;
    let attempt = escalation_attempt(estate, call)?;
    let signed = attempt.credentials(estate);
    let tags = attempt.tags_to_enter(estate, signed, hop.edge.to);
    let action = attempt.record_tagging(estate, signed, &mut Trace::off())?;
    (!tags.is_empty()).then_some((action, tags))
}

/// The tags that are changed, in words; nothing for other ways.
fn retagged(estate: &Estate, hop: &Hop) -> Vec<String> {
    let Some(call) = EdgeCall::of(hop).escalation() else { return Vec::new() };
    let whom = match call.escalation.way.way().binding {
        Binding::User => "the user",
        Binding::Role => "the role",
        _ => "itself",
    };
    let told = |(key, value): (String, Option<String>)| match value {
        Some(value) => format!("it gives {whom} the tag `{key}` = `{value}`"),
        None => format!("it takes the tag `{key}` from {whom}"),
    };
    tags_changed(estate, call).into_iter().map(told).collect()
}

/// The policy that limits somebody and is gone then; of a group that is left those that deny something, or may.
fn taken_away(estate: &Estate, attempt: &Attempt<'_>) -> Option<String> {
    let policy = match attempt.target.gain {
        Gain::Leaves(_, group) => {
            let names: Vec<&str> = denying(estate, group).map(|policy| &*policy.name).collect();
            return Some(names.join(", "));
        }
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
pub(super) fn needs(estate: &Estate, hop: &Hop) -> Vec<String> {
    let EdgeKind::Escalation(escalation) = hop.edge.kind else { return Vec::new() };
    let of_way = escalation.way.way().needs.iter().map(ToString::to_string);
    let tags = tags(estate, hop).into_iter().flat_map(|(_, tags)| tags);
    let entry = EdgeCall::of(hop).escalation().and_then(|call| escalation_entry(estate, call));
    let opened = if let Some(Entry::Opens(way)) = entry { way.way().needs.as_slice() } else { &[] };
    let of_way = of_way.chain(opened.iter().map(ToString::to_string));
    let tags = tags.map(|(key, value)| format!("it is made with the tag `{key}` = `{value}`"));
    of_way.chain(tags).chain(retagged(estate, hop)).collect()
}
