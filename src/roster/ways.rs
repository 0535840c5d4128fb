//! By which assignments and entitlements people come to a role.
//!
//! Owns: which first roles lead on to which roles of a target. All of them are told, not the shortest way alone: to take access away, each
//! has to go.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::graph::Source;
use crate::graph::query::{FirstRoles, WhoCan};
use crate::ids::PrincipalIx;
use crate::model::people::{Assignee, Grant};
use crate::model::{Estate, People};

/// What leads to each role of a target: the first role, and in words.
type ByRole = BTreeMap<PrincipalIx, BTreeSet<(PrincipalIx, String)>>;

/// What leads people to the roles of a target.
pub(super) struct Ways<'a> {
    /// By whom it is for: once for all members of a group.
    by_assignee: BTreeMap<Assignee, ByRole>,
    /// Where some way is open to some sessions alone.
    of_sessions: Option<FirstRoles<'a>>,
}

/// What leads one signer to roles.
pub(super) enum Via {
    /// The same to all of them.
    Anywhere(Vec<String>),
    ByRole(ByRole),
}

impl Via {
    pub(super) fn to(&self, role: PrincipalIx) -> Vec<String> {
        match self {
            Self::Anywhere(words) => words.clone(),
            Self::ByRole(by_role) => {
                let words = by_role.get(&role).into_iter().flatten().map(|(_, words)| words.clone());
                words.collect::<BTreeSet<String>>().into_iter().collect()
            }
        }
    }
}

impl<'a> Ways<'a> {
    pub(super) fn of_target(estate: &Estate, found: &'a WhoCan<'_, '_>) -> Self {
        let mut ways = Self { by_assignee: BTreeMap::new(), of_sessions: None };
        let Some(people) = estate.people() else { return ways };
        ways.of_sessions = found.first_roles();
        for (first, reached) in onward(found) {
            for (assignee, what) in entries(people, first) {
                let by_role = ways.by_assignee.entry(assignee.clone()).or_default();
                for role in reached.iter().map(|role| PrincipalIx::new(role as usize)) {
                    let words = words(estate, people, assignee, &what, (first, role));
                    by_role.entry(role).or_default().insert((first, words));
                }
            }
        }
        ways
    }

    /// What leads somebody for whom all of these are: as far as the session, which the first role begins, comes through.
    pub(super) fn of(&self, source: &Source, assignees: impl Iterator<Item = Assignee>) -> ByRole {
        let own = self.of_sessions.as_ref().map(|sessions| sessions.of(source));
        let leads = |first: PrincipalIx, role: PrincipalIx| {
            let reached = |own: &BTreeMap<PrincipalIx, RoaringBitmap>| {
                own.get(&first).is_some_and(|roles| roles.contains(role.get() as u32))
            };
            own.as_ref().is_none_or(reached)
        };
        let mut all = ByRole::new();
        for by_role in assignees.filter_map(|assignee| self.by_assignee.get(&assignee)) {
            for (role, ways) in by_role {
                let own = ways.iter().filter(|(first, _)| leads(*first, *role));
                all.entry(*role).or_default().extend(own.cloned());
            }
        }
        all
    }
}

/// The roles that lead to a target, each with what is reached from it, itself included where it is of the target.
fn onward(found: &WhoCan<'_, '_>) -> BTreeMap<PrincipalIx, RoaringBitmap> {
    let mut onward = BTreeMap::<PrincipalIx, RoaringBitmap>::new();
    for alike in found.found() {
        let reached = alike.parts.iter().fold(RoaringBitmap::new(), |all, part| all | &part.roles);
        for source in &alike.sources {
            if let Source::Principal(role) = source {
                *onward.entry(*role).or_default() |= &reached;
            }
        }
    }
    for role in found.roles() {
        onward.entry(role).or_default().extend(u32::try_from(role.get()));
    }
    onward
}

/// What leads into a role, each with whom it is for.
fn entries(people: &People, role: PrincipalIx) -> impl Iterator<Item = (&Assignee, String)> {
    let assigned = people.assigned(role).map(|assignment| {
        (assignment.assignee(), format!("permission set {}", people.permission_set(assignment.set()).name()))
    });
    let entitled = people.entitled(role).iter().filter_map(|ix| {
        let entitlement = people.entitlement(*ix);
        let Grant::Role { assignee, .. } = entitlement.grant() else { return None };
        Some((assignee, format!("entitlement {}", entitlement.id())))
    });
    assigned.chain(entitled)
}

/// `group ops, permission set Admin in hub`; the account only where it is another than that of the role in the end.
fn words(
    estate: &Estate,
    people: &People,
    assignee: &Assignee,
    what: &str,
    (first, end): (PrincipalIx, PrincipalIx),
) -> String {
    let whose = match assignee {
        Assignee::Group(group) => format!("group {}", people.name_of_group(*group)),
        Assignee::Person(_) | Assignee::Unknown(_) => "assigned directly".to_owned(),
    };
    let account = |role| estate.principal(role).account();
    let place = match account(first) {
        same if same == account(end) => String::new(),
        other => format!(" in {}", estate.account(other).shown()),
    };
    format!("{whose}, {what}{place}")
}
