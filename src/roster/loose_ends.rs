//! What is left over in Identity Center: assignments to nobody, roles without assignment, and what cannot be told.
//!
//! Owns: which of it concerns a review: what is in the accounts of its targets.

use std::collections::BTreeSet;

use crate::ids::{AccountId, PersonIx};
use crate::model::people::{Assignee, Assignment, Grant, Landing};
use crate::model::{Estate, People};
use crate::posture::unknown;
use crate::review::{LooseEnd, LooseKind};

/// The loose ends in these accounts.
pub(super) fn of(estate: &Estate, accounts: &BTreeSet<AccountId>) -> Vec<LooseEnd> {
    let Some(people) = estate.people() else { return Vec::new() };
    let mut ends = Vec::new();
    for (_, assignment) in people.assignments().filter(|(_, assignment)| accounts.contains(&assignment.account())) {
        let what = format!("is assigned to {}", place(people, assignment));
        ends.extend(of_assignee(estate, people, assignment.assignee(), &what));
        ends.extend(of_landing(estate, people, assignment));
    }
    for (role, entrance) in people.entrances() {
        let account = estate.account(estate.principal(role).account()).id();
        if entrance.is_left_over() && accounts.contains(&account) {
            let (kind, note) = if people.misses_deleted() {
                let note = "nobody who is in the identity store is assigned to this role; assignments of deleted users and groups were not read";
                (LooseKind::Unmatched, note)
            } else {
                (LooseKind::LeftOver, "nobody is assigned to this role")
            };
            ends.push(end(kind, &estate.arn(role), note.to_owned()));
        }
    }
    for (_, entitlement) in people.entitlements() {
        match entitlement.grant() {
            Grant::Role { account, .. } if account.is_some_and(|account| !accounts.contains(&account)) => {}
            Grant::Role { assignee, arn, role, unread, .. } => {
                ends.extend(of_assignee(estate, people, assignee, &format!("is entitled to `{arn}`")));
                let who = shown(people, assignee);
                match (role, unread) {
                    (Some(_), _) => {}
                    (None, None) => {
                        let note = format!("is entitled to `{arn}`, and the account has no such role");
                        ends.push(end(LooseKind::NoRole, &who, note));
                    }
                    (None, Some(gap)) => {
                        let note = format!("is entitled to `{arn}`: {}", unknown::reason(estate, *gap));
                        ends.push(end(LooseKind::Unmatched, &who, note));
                    }
                }
            }
            Grant::Unknown(gap) => {
                let id = format!("{} {}", entitlement.application(), entitlement.id());
                ends.push(end(LooseKind::Unmatched, &id, unknown::reason(estate, *gap)));
            }
        }
    }
    ends
}

fn shown(people: &People, assignee: &Assignee) -> String {
    match assignee {
        Assignee::Person(ix) => people.name_of(*ix),
        Assignee::Group(ix) => format!("group {}", people.name_of_group(*ix)),
        Assignee::Unknown(who) => who.id.to_string(),
    }
}

/// Assigned or entitled, as `what` says, and unable to come. A member of a group comes back as well, once it is enabled.
fn of_assignee(estate: &Estate, people: &People, assignee: &Assignee, what: &str) -> Vec<LooseEnd> {
    let is_disabled = |person: &PersonIx| people.person(*person).is_disabled();
    let disabled = |person: PersonIx, by: &str| {
        end(LooseKind::DisabledUser, &people.name_of(person), format!("{what}{by}, and disabled"))
    };
    match assignee {
        Assignee::Person(ix) => Some(*ix).filter(is_disabled).map(|person| disabled(person, "")).into_iter().collect(),
        Assignee::Group(ix) => {
            let by = format!(" by group {}", people.name_of_group(*ix));
            let members = people.group(*ix).members().iter().copied();
            members.filter(is_disabled).map(|person| disabled(person, &by)).collect()
        }
        Assignee::Unknown(who) => vec![match who.gap {
            None => end(LooseKind::UnknownPrincipal, &who.id, format!("{what}, and not in the identity store")),
            Some(gap) => end(LooseKind::Unmatched, &who.id, format!("{what}: {}", unknown::reason(estate, gap))),
        }],
    }
}

/// Assigned, and nowhere to come in.
fn of_landing(estate: &Estate, people: &People, assignment: &Assignment) -> Option<LooseEnd> {
    let place = place(people, assignment);
    let who = || shown(people, assignment.assignee());
    match assignment.landing() {
        Landing::Role(_) => None,
        Landing::NotProvisioned => Some(end(
            LooseKind::NoRole,
            &who(),
            format!("is assigned to {place}, and the account has no role of this set"),
        )),
        Landing::Ambiguous(roles) => Some(end(
            LooseKind::Unmatched,
            &who(),
            format!("is assigned to {place}, and {} roles of the account are called so", roles.len()),
        )),
        Landing::Unread(gap) => Some(end(
            LooseKind::Unmatched,
            &who(),
            format!("is assigned to {place}: {}", unknown::reason(estate, *gap)),
        )),
    }
}

fn place(people: &People, assignment: &Assignment) -> String {
    format!("set {} in {}", people.permission_set(assignment.set()).name(), assignment.account())
}

fn end(kind: LooseKind, subject: &str, note: String) -> LooseEnd {
    LooseEnd { kind, subject: subject.to_owned(), note }
}
