//! What is left over in Identity Center: assignments to nobody, roles without assignment, and what cannot be told.
//!
//! Owns: which of it concerns a review: what is in the accounts of its targets.

use std::collections::BTreeSet;

use crate::ids::AccountId;
use crate::model::people::{Assignee, Assignment, Grant, Landing};
use crate::model::{Estate, People};
use crate::posture::unknown;
use crate::review::{LooseEnd, LooseKind};

/// The loose ends in these accounts.
pub(super) fn of(estate: &Estate, accounts: &BTreeSet<AccountId>) -> Vec<LooseEnd> {
    let Some(people) = estate.people() else { return Vec::new() };
    let mut ends = Vec::new();
    for (_, assignment) in people.assignments().filter(|(_, assignment)| accounts.contains(&assignment.account())) {
        ends.extend(of_assignee(estate, people, assignment));
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
                ends.extend(of_entitled(estate, people, assignee, arn));
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

/// Entitled, and unable to come.
fn of_entitled(estate: &Estate, people: &People, assignee: &Assignee, arn: &str) -> Option<LooseEnd> {
    let who = shown(people, assignee);
    match assignee {
        Assignee::Person(ix) if people.person(*ix).is_disabled() => {
            Some(end(LooseKind::DisabledUser, &who, format!("is entitled to `{arn}`, and disabled")))
        }
        Assignee::Unknown(unknown) => Some(match unknown.gap {
            None => end(LooseKind::UnknownPrincipal, &who, format!("is entitled to `{arn}`")),
            Some(gap) => {
                end(LooseKind::Unmatched, &who, format!("is entitled to `{arn}`: {}", unknown::reason(estate, gap)))
            }
        }),
        Assignee::Person(_) | Assignee::Group(_) => None,
    }
}

fn shown(people: &People, assignee: &Assignee) -> String {
    match assignee {
        Assignee::Person(ix) => people.name_of(*ix),
        Assignee::Group(ix) => format!("group {}", people.name_of_group(*ix)),
        Assignee::Unknown(who) => who.id.to_string(),
    }
}

/// Assigned, and unable to come.
fn of_assignee(estate: &Estate, people: &People, assignment: &Assignment) -> Option<LooseEnd> {
    let place = place(people, assignment);
    match assignment.assignee() {
        Assignee::Person(ix) if people.person(*ix).is_disabled() => {
            Some(end(LooseKind::DisabledUser, &people.name_of(*ix), format!("is assigned to {place}, and disabled")))
        }
        Assignee::Unknown(who) => Some(match who.gap {
            None => end(
                LooseKind::UnknownPrincipal,
                &who.id,
                format!("is assigned to {place}, and not in the identity store"),
            ),
            Some(gap) => {
                end(LooseKind::Unmatched, &who.id, format!("is assigned to {place}: {}", unknown::reason(estate, gap)))
            }
        }),
        Assignee::Person(_) | Assignee::Group(_) => None,
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
