//! Rules about MFA on the way into roles.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{CheckContext, Found, trust_evidence};
use super::formula;
use crate::answer::Verdict;
use crate::facet::Facet;
use crate::graph::{Edge, Source, Step, query};
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::action::{Action, ActionPattern};
use crate::policy::condition::Condition;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::{Base, Comparison};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Statement};

/// Beginnings of operations that change nothing.
const READS: &[&str] =
    &["get", "list", "describe", "head", "batchget", "lookup", "search", "view", "check", "simulate"];

/// How a walk without MFA came to a role.
struct Entry<'g> {
    from: PrincipalIx,
    edge: &'g Edge,
}

/// A role with write access that some IAM user enters although no hop asks for MFA.
pub(super) fn human_path_without_mfa(cx: &mut CheckContext<'_, '_>) {
    cx.accounts_with(Facet::AuthorizationDetails);
    let any_access = cx.text("access") == "any";
    let entries = without_mfa(cx);
    let mut writes = BTreeMap::<ClassIx, bool>::new();
    for (role, entry) in &entries {
        let class = cx.estate.principal(*role).class();
        if !any_access && !*writes.entry(class).or_insert_with(|| can_write(cx.estate, class)) {
            continue;
        }
        let steps = steps(&entries, *role, entry, cx.estate);
        let Some(first) = steps.first() else { continue };
        let start = first.from.clone();
        let Source::Principal(user) = start else { continue };
        let direct = direct_users(cx, *role);
        let message = match (direct, steps.len()) {
            (0, hops) => format!("{} enters without MFA in {hops} hops", cx.shown(user)),
            (1, _) => format!("1 user enters without MFA: {}", cx.shown(user)),
            (count, _) => format!("{count} users enter without MFA, {} among them", cx.shown(user)),
        };
        let names = std::iter::once(cx.estate.arn(user)).chain(steps.iter().map(|s| cx.estate.arn(s.edge.to)));
        let path = names.collect();
        let evidence = steps.iter().flat_map(|s| query::evidence(cx.estate, s, &start)).collect();
        cx.principal(*role, Found { message, evidence, path, ..Found::default() });
    }
}

/// Every role that some user reaches over edges that do not ask for MFA, by a shortest such walk.
fn without_mfa<'g>(cx: &CheckContext<'g, '_>) -> BTreeMap<PrincipalIx, Entry<'g>> {
    let estate = cx.estate;
    let mut outgoing = BTreeMap::<&Source, Vec<&'g Edge>>::new();
    for edge in cx.graph.all().iter().flatten().filter(|e| is_open(e)) {
        outgoing.entry(&edge.from).or_default().push(edge);
    }
    let mut entries = BTreeMap::<PrincipalIx, Entry<'g>>::new();
    let mut frontier: Vec<PrincipalIx> = estate.users().collect();
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in frontier {
            let sources = [Source::Principal(from), Source::Class(estate.principal(from).class())];
            for edge in sources.iter().filter_map(|s| outgoing.get(s)).flatten() {
                if let std::collections::btree_map::Entry::Vacant(slot) = entries.entry(edge.to) {
                    slot.insert(Entry { from, edge });
                    next.push(edge.to);
                }
            }
        }
        next.sort_unstable();
        frontier = next;
    }
    entries
}

/// Passable in a way that does not even ask for MFA.
fn is_open(edge: &Edge) -> bool {
    let decision = edge.free();
    let is_passable = matches!(decision.verdict(), Verdict::Allowed | Verdict::Conditional);
    let asks = |key: &ContextKey| matches!(key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
    is_passable && formula::can_hold(&decision.truth(), &|test, _| !test.undecided.iter().any(asks))
}

fn steps(
    entries: &BTreeMap<PrincipalIx, Entry<'_>>,
    role: PrincipalIx,
    entry: &Entry<'_>,
    estate: &Estate,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = BTreeSet::from([role]);
    let mut at = Some(entry);
    while let Some(entry) = at {
        steps.push(Step { from: Source::Principal(entry.from), edge: entry.edge.clone() });
        let is_role = estate.principal(entry.from).kind() == PrincipalType::Role;
        at = (is_role && seen.insert(entry.from)).then(|| entries.get(&entry.from)).flatten();
    }
    steps.reverse();
    steps
}

fn direct_users(cx: &CheckContext<'_, '_>, role: PrincipalIx) -> usize {
    let edges = cx.graph.incoming(role);
    let open = edges.iter().filter(|e| is_open(e)).flat_map(|e| e.from.members(cx.estate));
    open.filter(|m| cx.estate.principal(**m).kind() == PrincipalType::User).collect::<BTreeSet<_>>().len()
}

/// Whether a class may do more than read and step into other roles; what cannot be read may.
fn can_write(estate: &Estate, class: ClassIx) -> bool {
    estate.class(class).policies().iter().any(|attached| match attached.document {
        Document::Missing(_) => true,
        Document::Parsed(ix) => {
            estate.policy(ix).statements.iter().any(|s| s.effect == Effect::Allow && allows_writing(s))
        }
    })
}

fn allows_writing(statement: &Statement) -> bool {
    statement.actions.negated
        || statement.actions.patterns.iter().any(|pattern| match pattern {
            ActionPattern::All => true,
            ActionPattern::Nothing(_) => false,
            ActionPattern::Named { service, operation, .. } => {
                let steps_on = &**service == "sts" && operation.starts_with("assumerole");
                !steps_on && !READS.iter().any(|read| operation.starts_with(read))
            }
        })
}

/// An Allow for people whose only MFA tests pass when the key is absent.
pub(super) fn mfa_condition_ineffective(cx: &mut CheckContext<'_, '_>) {
    let Some(assume) = Action::parse("sts:AssumeRole") else { return };
    for (role, trust) in cx.trusts() {
        let relevant: Vec<&Statement> = trust.statements.iter().filter(|s| s.actions.matches(&assume)).collect();
        let denies = |test: fn(&Condition) -> bool| {
            relevant.iter().copied().filter(move |s| s.effect == Effect::Deny && s.conditions.iter().any(test))
        };
        // a Deny for few, or under further conditions, leaves the others in
        if denies(denies_without_mfa).any(|s| s.conditions.len() == 1 && names_everyone(s)) {
            continue;
        }
        let open: Vec<&Statement> = relevant
            .iter()
            .copied()
            .filter(|s| s.effect == Effect::Allow && lets_people_in(s) && !s.conditions.iter().any(requires_mfa))
            .collect();
        let weak = open.iter().find(|s| s.conditions.iter().any(looks_like_mfa)).copied();
        let guilty = weak.or_else(|| denies(denies_sessions_only).next().filter(|_| !open.is_empty()));
        let Some(statement) = guilty else { continue };
        let test = statement.conditions.iter().find(|c| is_about_mfa(c));
        let shown = test.map_or_else(String::new, |c| {
            let values = c.values.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", ");
            format!("{} {} {values}", c.operator, c.key.as_str())
        });
        let is_null = test.is_some_and(|c| c.operator.base == Base::Null);
        let flaw = if is_null { "asks for a session, not for MFA" } else { "lets access keys in without MFA" };
        let message = format!("`{shown}` {flaw}");
        cx.principal(role, Found { message, evidence: vec![trust_evidence(statement)], ..Found::default() });
    }
}

/// Whoever calls is meant.
fn names_everyone(statement: &Statement) -> bool {
    statement.principal.iter().any(|c| !c.negated && c.entries.contains(&PrincipalEntry::Everyone))
}

/// Users come in by name, through their account, or with everybody.
fn lets_people_in(statement: &Statement) -> bool {
    statement.principal.iter().flat_map(|c| &c.entries).any(|entry| match entry {
        PrincipalEntry::Everyone | PrincipalEntry::Account { .. } => true,
        PrincipalEntry::Identity(arn) => arn.contains(":user/"),
        _ => false,
    })
}

fn is_about_mfa(condition: &Condition) -> bool {
    matches!(condition.key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge)
}

fn has_value(condition: &Condition, wanted: &str) -> bool {
    condition.values.iter().any(|v| v.as_str().eq_ignore_ascii_case(wanted))
}

fn is_bool(condition: &Condition) -> bool {
    matches!(condition.operator.base, Base::Compare { how: Comparison::Bool, .. })
}

/// In an Allow: satisfied with MFA only.
fn requires_mfa(condition: &Condition) -> bool {
    let strict = !condition.operator.if_exists && condition.operator.quantifier.is_none();
    match condition.key.kind() {
        KeyKind::MfaPresent => {
            let positive = matches!(condition.operator.base, Base::Compare { negated: false, .. });
            strict && positive && has_value(condition, "true") && !has_value(condition, "false")
        }
        // without MFA there is no age
        KeyKind::MfaAge => match condition.operator.base {
            Base::Null => has_value(condition, "false") && !has_value(condition, "true"),
            Base::Compare { negated, .. } => strict && !negated,
            Base::Unknown(_) => false,
        },
        _ => false,
    }
}

/// In an Allow: meant as an MFA test.
fn looks_like_mfa(condition: &Condition) -> bool {
    match condition.operator.base {
        Base::Null => is_about_mfa(condition) && has_value(condition, "false"),
        _ => is_about_mfa(condition) && (!is_bool(condition) || has_value(condition, "true")),
    }
}

/// In a Deny: hits access keys as well as sessions without MFA.
fn denies_without_mfa(condition: &Condition) -> bool {
    condition.key.kind() == KeyKind::MfaPresent
        && is_bool(condition)
        && condition.operator.if_exists
        && has_value(condition, "false")
}

/// In a Deny: an absent key, so an access key, is not hit.
fn denies_sessions_only(condition: &Condition) -> bool {
    condition.key.kind() == KeyKind::MfaPresent
        && is_bool(condition)
        && !condition.operator.if_exists
        && has_value(condition, "false")
}
