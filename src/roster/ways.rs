//! By which assignments and entitlements people come to a role.
//!
//! Owns: which first roles lead on to which roles of a target. All of them are told, not the shortest way alone: to take access away, each
//! has to go.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::graph::Source;
use crate::graph::query::WhoCan;
use crate::ids::{AssignmentIx, EntitlementIx, PrincipalIx};
use crate::model::people::{Assignee, Grant};
use crate::model::{Estate, People};

/// The first roles of people from which a role of a target is reached.
pub(super) struct Ways<'e> {
    estate: &'e Estate,
    /// By first role, what is reached from it, itself included where it is of the target.
    onward: BTreeMap<PrincipalIx, RoaringBitmap>,
    /// By whom it is for, what leads into one of these roles.
    entries: BTreeMap<Assignee, Vec<Entry>>,
}

#[derive(Clone, Copy)]
enum Entry {
    Assigned(AssignmentIx, PrincipalIx),
    Entitled(EntitlementIx, PrincipalIx),
}

impl Entry {
    fn role(self) -> PrincipalIx {
        match self {
            Self::Assigned(_, role) | Self::Entitled(_, role) => role,
        }
    }
}

impl<'e> Ways<'e> {
    pub(super) fn of_target(estate: &'e Estate, found: &WhoCan<'_, '_>) -> Self {
        let mut onward = BTreeMap::<PrincipalIx, RoaringBitmap>::new();
        let mut add = |from: PrincipalIx, roles: &RoaringBitmap| *onward.entry(from).or_default() |= roles;
        for alike in found.found() {
            let reached = alike.parts.iter().fold(RoaringBitmap::new(), |all, part| all | &part.roles);
            let roles = alike
                .sources
                .iter()
                .filter_map(|source| if let Source::Principal(ix) = source { Some(*ix) } else { None });
            roles.for_each(|role| add(role, &reached));
        }
        for role in found.roles() {
            let own = u32::try_from(role.get()).ok();
            add(role, &own.into_iter().collect());
        }
        let entries = estate.people().map(|people| entries(people, &onward)).unwrap_or_default();
        Self { estate, onward, entries }
    }

    /// What leads a person, or the members of a group, to a role, in words.
    pub(super) fn of(&self, who: &Source, role: PrincipalIx) -> Vec<String> {
        let Some(people) = self.estate.people() else { return Vec::new() };
        let mut found = BTreeSet::new();
        for assignee in assignees(people, who) {
            for entry in self.entries.get(&assignee).into_iter().flatten() {
                let reached = self.onward.get(&entry.role());
                let is_reached =
                    |roles: &RoaringBitmap| u32::try_from(role.get()).is_ok_and(|role| roles.contains(role));
                if reached.is_some_and(is_reached) {
                    found.insert(self.words(people, &assignee, *entry, role));
                }
            }
        }
        found.into_iter().collect()
    }

    /// `group ops, permission set Admin in hub`; the account only where it is another than the role's.
    fn words(&self, people: &People, assignee: &Assignee, entry: Entry, role: PrincipalIx) -> String {
        let whose = match assignee {
            Assignee::Group(group) => format!("group {}", people.name_of_group(*group)),
            Assignee::Person(_) | Assignee::Unknown(_) => "assigned directly".to_owned(),
        };
        let what = match entry {
            Entry::Assigned(ix, _) => {
                format!("permission set {}", people.permission_set(people.assignment(ix).set()).name())
            }
            Entry::Entitled(ix, _) => format!("entitlement {}", people.entitlement(ix).id()),
        };
        let account = |role: PrincipalIx| self.estate.principal(role).account();
        let place = if account(entry.role()) == account(role) {
            String::new()
        } else {
            format!(" in {}", self.estate.account(account(entry.role())).shown())
        };
        format!("{whose}, {what}{place}")
    }
}

/// What leads into one of these roles.
fn entries(people: &People, onward: &BTreeMap<PrincipalIx, RoaringBitmap>) -> BTreeMap<Assignee, Vec<Entry>> {
    let mut found = BTreeMap::<Assignee, Vec<Entry>>::new();
    for role in onward.keys() {
        for entry in people.entrance(*role).map_or(&[][..], |entrance| entrance.entries()) {
            let assignee = people.assignment(entry.assignment).assignee().clone();
            found.entry(assignee).or_default().push(Entry::Assigned(entry.assignment, *role));
        }
        for ix in people.entitled(*role) {
            if let Grant::Role { assignee, .. } = people.entitlement(*ix).grant() {
                found.entry(assignee.clone()).or_default().push(Entry::Entitled(*ix, *role));
            }
        }
    }
    found
}

/// Whom an assignment can be for so that it is for these people.
fn assignees(people: &People, who: &Source) -> Vec<Assignee> {
    match who {
        Source::Person(ix) => {
            let groups = people.person(*ix).groups().iter().map(|group| Assignee::Group(*group));
            groups.chain([Assignee::Person(*ix)]).collect()
        }
        Source::PeopleGroup(ix) => vec![Assignee::Group(*ix)],
        _ => Vec::new(),
    }
}
