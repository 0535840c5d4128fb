//! A hop that is a way to escalate privileges, as answers tell it.

use crate::answer::Escalation;
use crate::escalation::{Attempt, Binding, Entry, Gain, TagsGiven, denying};
use crate::eval::Trace;
use crate::graph::edge::{Edge, Hop};
use crate::graph::edges::{EdgeCall, EscalationCall, escalation_attempt, escalation_entry, tags_changed};
use crate::graph::source::Source;
use crate::model::Estate;
use crate::policy::action::Action;

/// Which way, and what it takes; nothing for other hops.
pub(super) fn told(estate: &Estate, hop: &Hop) -> Option<Escalation> {
    told_of(estate, EdgeCall::of(hop).escalation()?)
}

fn told_of(estate: &Estate, call: EscalationCall<'_>) -> Option<Escalation> {
    let escalation = call.escalation;
    let way = escalation.way.way();
    let attempt = escalation_attempt(estate, call)?;
    let tags = tags(estate, call);
    let tagging = tags.as_ref().map(|(action, _)| action.name());
    let actions = way.steps.iter().map(|step| step.action.name()).chain(tagging);
    let then = escalation_entry(estate, call).and_then(Entry::first_action);
    let next = escalation.then().and_then(|(user, then)| {
        let from = Source::Principal(user);
        told_of(estate, EscalationCall { from: &from, escalation: then, to: call.to })
    });
    Some(Escalation {
        catalogue: way.id.to_string(),
        kind: way.kind.to_string(),
        link: way.link(),
        actions: actions.map(str::to_owned).collect(),
        target: attempt.object().into_owned(),
        takes_away: taken_away(estate, &attempt),
        through: escalation.through.map(|ix| estate.arn(ix)),
        then: then.map(|action| action.name().to_owned()),
        next: next.map(Box::new),
        needs: needs_of(estate, call),
    })
}

/// The tags that a principal who is made must be given, and what gives them; nothing where none are needed.
fn tags(estate: &Estate, call: EscalationCall<'_>) -> Option<(&'static Action, TagsGiven)> {
    let attempt = escalation_attempt(estate, call)?;
    let signed = attempt.credentials(estate);
    let tags = attempt.tags_to_enter(estate, signed, call.to);
    let action = attempt.record_tagging(estate, signed, &mut Trace::off())?;
    (!tags.is_empty()).then_some((action, tags))
}

/// The tags that are changed, in words; nothing for other ways.
fn retagged(estate: &Estate, call: EscalationCall<'_>) -> Vec<String> {
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
    EdgeCall::of(hop).escalation().map(|call| needs_of(estate, call)).unwrap_or_default()
}

fn needs_of(estate: &Estate, call: EscalationCall<'_>) -> Vec<String> {
    let of_way = call.escalation.way.way().needs.iter().map(ToString::to_string);
    let tags = tags(estate, call).into_iter().flat_map(|(_, tags)| tags);
    let entry = escalation_entry(estate, call);
    let opened = if let Some(Entry::Opens(way)) = entry { way.way().needs.as_slice() } else { &[] };
    let of_way = of_way.chain(opened.iter().map(ToString::to_string));
    let tags = tags.map(|(key, value)| format!("it is made with the tag `{key}` = `{value}`"));
    let mut all: Vec<String> = of_way.chain(tags).chain(retagged(estate, call)).collect();
    if let Some((user, then)) = call.escalation.then() {
        let from = Source::Principal(user);
        let of_next = needs_of(estate, EscalationCall { from: &from, escalation: then, to: call.to });
        let more: Vec<String> = of_next.into_iter().filter(|need| !all.contains(need)).collect();
        all.extend(more);
    }
    all
}
