//! A difference in words that every format for people prints.
//!
//! Owns: the words. They are not escaped: each format does that in its own way.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::answer::Layer;
use crate::difference::{
    Change, ChangeKind, Clause, Difference, FindingDifference, PathChange, Planned, Source, TargetDifference,
    WayChange, WayGroup, WayState,
};
use crate::finding::Finding;
use crate::report::terminal::names::{Names, number, plural, short};
use crate::report::time::seconds_of;

/// Letters of a statement that are shown.
const LONG: usize = 240;

/// Names that a list has before it is counted.
const NAMED: usize = 3;

/// What was compared with what.
pub(super) fn title(difference: &Difference) -> String {
    let side = |side: &crate::difference::SideView| format!("{} ({})", side.snapshot, seconds_of(&side.at));
    let two = match difference.organizations_differ() {
        Some((old, new)) => format!("; NOT ONE ORGANIZATION: {old}, then {new}"),
        None => String::new(),
    };
    format!("from {} to {}{two}", side(&difference.old), side(&difference.new))
}

/// A plan in one sentence.
pub(super) fn planned(plan: &Planned) -> String {
    let made = format!("plan {}: {} changed", plan.file, plural(plan.resources, "resource"));
    let not = match plan.not_understood.len() {
        0 => String::new(),
        count => format!(", {} NOT UNDERSTOOD", number(count)),
    };
    let kinds: Vec<&str> = plan.others.iter().map(|other| other.kind.as_str()).take(NAMED).collect();
    let others = match plan.others.iter().map(|other| other.count).sum::<usize>() {
        0 => String::new(),
        count => format!(
            ", {} of types without access to roles ({}{})",
            number(count),
            kinds.join(", "),
            if plan.others.len() > NAMED { ", …" } else { "" }
        ),
    };
    format!("{made}{not}{others}")
}

/// The ways to a target in one sentence.
pub(super) fn target(target: &TargetDifference) -> String {
    let ways = target.ways;
    let counts = [
        (ways.new, "new"),
        (ways.easier, "easier"),
        (ways.changed, "changed"),
        (ways.harder, "harder"),
        (ways.lost, "lost"),
    ];
    let told = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, word)| format!("{} {word}", ways_of(*count))).collect();
    let told = if told.is_empty() { "no way changed".to_owned() } else { told.join(", ") };
    let unchanged = format!("{} unchanged", number(usize::try_from(ways.unchanged).unwrap_or(usize::MAX)));
    let unknown = match ways.unknown {
        0 => String::new(),
        unknown => format!(", {} unknown on a side", ways_of(unknown)),
    };
    let there = match (target.old_roles, target.new_roles) {
        (None, Some(_)) => "; the old snapshot has no such target",
        (Some(_), None) => "; the new snapshot has no such target",
        _ => "",
    };
    let comparable = if target.comparable { "" } else { "NOT COMPARABLE, at least: " };
    format!("{}: {comparable}{told}, {unchanged}{unknown}{there}", target.target)
}

fn ways_of(count: u64) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), "way")
}

/// Who can reach what.
pub(super) fn ways(change: &PathChange, names: &Names) -> String {
    let principals =
        list(change.groups.iter().flat_map(|group| &group.principals), change.principals, "principal", names);
    let roles = list(change.groups.iter().flat_map(|group| &group.roles), change.roles, "role", names);
    let verb = if change.change == WayChange::Lost { "no longer reached by" } else { "reached by" };
    format!("{roles} {verb} {principals}")
}

/// What a way needed, and what it needs, where that changed.
pub(super) fn states(change: &PathChange) -> Option<String> {
    let text = |group: &WayGroup| match (&group.old, &group.new) {
        (Some(old), Some(new)) if old == new => format!("{}, tested otherwise than before", state(new)),
        (Some(old), Some(new)) => format!("{}, was {}", state(new), state(old)),
        (None, Some(new)) => state(new),
        (Some(old), None) => format!("was {}", state(old)),
        (None, None) => String::new(),
    };
    let texts: BTreeSet<String> = change.groups.iter().map(text).collect();
    let first: Vec<&str> = texts.iter().take(NAMED).map(String::as_str).collect();
    let more = if texts.len() > first.len() { ", or else" } else { "" };
    (!texts.is_empty()).then(|| format!("{}{more}", first.join(", or ")))
}

/// A verdict and what it needs.
pub(super) fn state(state: &WayState) -> String {
    if state.conditions.is_empty() {
        return state.verdict.as_str().to_owned();
    }
    format!("{} on {}", state.verdict.as_str(), state.conditions.join(", "))
}

/// The example as `a > b > c`; what happens at its hops where one of them is a way to escalate: `a > b (update-trust) > c`.
pub(super) fn example(change: &PathChange, arrow: &str, names: &Names) -> Option<String> {
    let example = change.example.as_ref().filter(|example| example.path.len() > 1)?;
    let is_plain = |kind: &&String| *kind == "assume-role";
    let by = |at: usize| at.checked_sub(1).and_then(|hop| example.kinds.get(hop)).filter(|kind| !is_plain(kind));
    let step = |(at, name): (usize, &String)| {
        let name = short(name, names);
        by(at).map_or_else(|| name.to_string(), |kind| format!("{name} ({kind})"))
    };
    Some(example.path.iter().enumerate().map(step).collect::<Vec<_>>().join(&format!(" {arrow} ")))
}

/// Some names, or how many there are and the first of them.
pub(super) fn list<'a>(of: impl Iterator<Item = &'a String>, count: usize, noun: &str, names: &Names) -> String {
    let mut first: Vec<&String> = Vec::new();
    for name in of {
        if first.len() < NAMED && !first.contains(&name) {
            first.push(name);
        }
    }
    let named = first.iter().map(|name| short(name, names)).collect::<Vec<_>>().join(", ");
    if count <= first.len() { named } else { format!("{} ({named}, …)", plural(count, noun)) }
}

/// A change in one sentence, and what plans it.
pub(super) fn change(change: &Change, names: &Names) -> String {
    let told = sentence(change, names);
    let shown = |source: &Source| match source.trust.as_str() {
        "" => source.shown(),
        trust => format!("{} ({})", source.shown(), shortened(trust)),
    };
    let first: Vec<String> = change.sources.iter().take(NAMED).map(shown).collect();
    match change.sources.len() {
        0 => told,
        count if count > NAMED => format!("{told}; planned by {} and {} more", first.join(", "), count - NAMED),
        _ => format!("{told}; planned by {}", first.join(", ")),
    }
}

fn sentence(change: &Change, names: &Names) -> String {
    let what = &change.what;
    let subjects = |noun: &str| list(change.subjects.iter(), change.subjects.len(), noun, names);
    let text = |clause: &Option<Clause>| clause.as_ref().map_or_else(String::new, |clause| clause.text.clone());
    let (old, new) = (text(&what.old), text(&what.new));
    let said = |text: &str| shortened(text).into_owned();
    let was = |thing: &str| format!("{thing}: {}, was {}", or_none(&new), or_none(&old));
    match what.kind {
        ChangeKind::AccountJoined => format!("{} joined", subjects("account")),
        ChangeKind::AccountLeft => format!("{} left", subjects("account")),
        ChangeKind::AccountMoved => format!("{} moved from {old} to {new}", subjects("account")),
        ChangeKind::AccountRenamed => format!("{} renamed from {old} to {new}", subjects("account")),
        ChangeKind::OuRenamed => format!("OU {} renamed from {old} to {new}", subjects("OU")),
        ChangeKind::AccountTagged => was(&format!("tags of {}", subjects("account"))),
        ChangeKind::AccountState => was(&format!("state of {}", subjects("account"))),
        ChangeKind::TargetGrew => format!("{} belongs to the target now", subjects("role")),
        ChangeKind::TargetShrank => format!("{} no longer belongs to the target", subjects("role")),
        ChangeKind::PrincipalCreated => format!("{} created", subjects("principal")),
        ChangeKind::PrincipalDeleted => format!("{} deleted", subjects("principal")),
        ChangeKind::PrincipalRecreated => {
            format!("{} deleted and created again: id {new}, was {old}", subjects("principal"))
        }
        ChangeKind::PrincipalRenamed => format!("{} renamed, was {}", subjects("principal"), short(&old, names)),
        ChangeKind::GroupJoined => format!("{} joined group {}", subjects("user"), what.policy),
        ChangeKind::GroupLeft => format!("{} left group {}", subjects("user"), what.policy),
        ChangeKind::TagsChanged => was(&format!("tags of {}", subjects("principal"))),
        ChangeKind::SignInChanged => format!("{} can sign in with {new}, was {old}", subjects("user")),
        ChangeKind::Time => {
            let [new, old] = [&new, &old].map(|time| seconds_of(time));
            format!("nothing but the time at which conditions are judged: {new}, was {old}")
        }
        ChangeKind::PersonAdded => format!("{} added to the identity store", subjects("person")),
        ChangeKind::PersonRemoved => format!("{} removed from the identity store", subjects("person")),
        ChangeKind::PersonState => format!("{} {new}, was {old}", subjects("person")),
        ChangeKind::PersonRenamed => format!("{} renamed, was {old}", subjects("person")),
        ChangeKind::PeopleGroupAdded => format!("group {} added to the identity store", subjects("group")),
        ChangeKind::PeopleGroupRemoved => format!("group {} removed from the identity store", subjects("group")),
        ChangeKind::PeopleGroupRenamed => format!("group {} renamed, was {old}", subjects("group")),
        ChangeKind::PermissionSetAdded => format!("permission set {} created", subjects("permission set")),
        ChangeKind::PermissionSetRemoved => format!("permission set {} deleted", subjects("permission set")),
        ChangeKind::SessionDuration => was(&format!("sessions of permission set {}", subjects("permission set"))),
        ChangeKind::AssignmentAdded => {
            format!("{new} assigned to permission set {} in {}", what.policy, subjects("account"))
        }
        ChangeKind::AssignmentRemoved => {
            format!("{old} no longer assigned to permission set {} in {}", what.policy, subjects("account"))
        }
        ChangeKind::EntitlementAdded => format!("{new} entitled to {}", subjects("role")),
        ChangeKind::EntitlementRemoved => format!("{old} no longer entitled to {}", subjects("role")),
        ChangeKind::AdministratorChanged if what.new == Some(Clause::text("administrator")) => {
            format!("{} became an administrator, from whom no way to escalate starts", subjects("principal"))
        }
        ChangeKind::AdministratorChanged => format!("{} is an administrator no more", subjects("principal")),
        ChangeKind::CredentialsChanged => format!("{} has {new}, had {old}", subjects("user")),
        ChangeKind::ProviderChanged | ChangeKind::RunningChanged => {
            format!("{} {new}, was {old}", subjects("resource"))
        }
        ChangeKind::NotRead => format!("{} was not read on one side", subjects("account")),
        ChangeKind::Untold => "the cause cannot be told".to_owned(),
        ChangeKind::PolicyAttached => match what.layer {
            Some(Layer::Boundary) => format!("boundary {} set on {}", what.policy, subjects("principal")),
            Some(Layer::Scp | Layer::Rcp) => {
                let before = what.old.as_ref().map_or_else(String::new, |_| format!(", was attached to {old}"));
                format!("{} attached to {}{before}", policy(change), subjects("target"))
            }
            _ => format!("policy {} attached to {}", what.policy, subjects("principal")),
        },
        ChangeKind::PolicyDetached => match what.layer {
            Some(Layer::Boundary) => format!("boundary {} removed from {}", what.policy, subjects("principal")),
            Some(Layer::Scp | Layer::Rcp) => {
                let still = what.new.as_ref().map_or_else(String::new, |_| format!(", is attached to {new}"));
                format!("{} detached from {}{still}", policy(change), subjects("target"))
            }
            _ => format!("policy {} detached from {}", what.policy, subjects("principal")),
        },
        ChangeKind::PolicyRenamed => format!("{} renamed, was {old}", policy(change)),
        ChangeKind::StatementAdded => {
            format!("{}, {} added: {}", document(change, names), statement(&what.new), said(&new))
        }
        ChangeKind::StatementRemoved => {
            format!("{}, {} removed: {}", document(change, names), statement(&what.old), said(&old))
        }
        ChangeKind::StatementChanged if what.detail.is_empty() => {
            let where_to = format!("{}, {}", document(change, names), statement(&what.new));
            format!("{where_to} changed: {}, was {}", said(&new), said(&old))
        }
        ChangeKind::StatementChanged => {
            format!("{}, {} changed: {}", document(change, names), statement(&what.new), said(&what.detail))
        }
        ChangeKind::VersionChanged => was(&format!("{}, version", document(change, names))),
    }
}

/// The start of a long text: JSON has all of it.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// A policy by its kind and name.
fn policy(change: &Change) -> String {
    let kind = match change.what.layer {
        Some(Layer::Scp) => "SCP",
        Some(Layer::Rcp) => "RCP",
        Some(Layer::Boundary) => "boundary",
        Some(Layer::Trust) => "trust policy",
        _ => "policy",
    };
    format!("{kind} {}", change.what.policy).trim_end().to_owned()
}

/// A document, and where it is.
fn document(change: &Change, names: &Names) -> String {
    let (preposition, noun) = match change.what.layer {
        Some(Layer::Scp | Layer::Rcp) => ("at", "target"),
        Some(Layer::Trust) => ("of", "role"),
        _ => ("of", "principal"),
    };
    let subjects = list(change.subjects.iter(), change.subjects.len(), noun, names);
    format!("{} {preposition} {subjects}", policy(change))
}

fn statement(clause: &Option<Clause>) -> String {
    let Some(clause) = clause else { return "a statement".to_owned() };
    let place = clause.statement.map_or_else(String::new, |place| format!(" {place}"));
    let sid = if clause.sid.is_empty() { String::new() } else { format!(" ({})", clause.sid) };
    format!("statement{place}{sid}")
}

/// The findings in one sentence.
pub(super) fn findings(found: &FindingDifference) -> String {
    let mut parts = Vec::new();
    for (count, word) in
        [(found.new.len(), "new"), (found.resolved.len(), "resolved"), (found.changed.len(), "changed")]
    {
        if count > 0 {
            parts.push(format!("{} {word}", number(count)));
        }
    }
    if parts.is_empty() {
        parts.push("none changed".to_owned());
    }
    parts.push(format!("{} unchanged", number(found.unchanged)));
    if !found.not_comparable.is_empty() {
        parts.push(format!("{} not comparable", number(found.not_comparable.len())));
    }
    if found.unknown_old + found.unknown_new > 0 {
        parts.push(format!("unknown results: {}, were {}", number(found.unknown_new), number(found.unknown_old)));
    }
    parts.join(", ")
}

/// A finding in one line.
pub(super) fn finding(finding: &Finding) -> String {
    format!("{} {} {}: {}", finding.severity.as_str(), finding.rule, finding.place(), finding.message)
}

/// What changed of a finding.
pub(super) fn finding_change(change: &crate::difference::FindingChange) -> String {
    let now = &change.finding;
    let status = match (change.old_status, now.status) {
        (old, new) if old == new => String::new(),
        (old, new) => format!(" {}, was {};", new.as_str(), old.as_str()),
    };
    let severity = match (change.old_severity, now.severity) {
        (old, new) if old == new => String::new(),
        (old, new) => format!(" {}, was {};", new.as_str(), old.as_str()),
    };
    format!("{}{status}{severity}", finding(now)).trim_end_matches(';').to_owned()
}
