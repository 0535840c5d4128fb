//! People: users and groups of IAM Identity Center, and the roles that they may enter.
//!
//! Owns: who is a member of what, which permission set became which role of which account, and what of that is not known.
//! Does not know whether a role lets its people in (`graph`).
//! INVARIANT: a permission set is matched with a role by its exact name, never by a prefix. What was not read, or cannot be
//! understood, stays in the tables with its reason.
//! Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies, Amazon EKS Cluster config maps,
//! and AWS KMS key policies".

pub(super) mod assignment;
pub(super) mod attributes;
pub(super) mod cohort;
pub(super) mod entitlement;
pub(super) mod entrance;
pub(super) mod instance;
pub(super) mod person;
pub(super) mod told;

use std::collections::BTreeMap;

pub use crate::reserved::{Reserved, reserved};
use assignment::UnreadAssignments;
pub use assignment::{Assignee, Assignment, Landing, UnknownAssignee};
pub use cohort::Cohort;
pub use entitlement::{Entitlement, Grant};
pub use entrance::Entrance;
pub use instance::{Instance, PermissionSet};
pub use person::{PeopleGroup, Person, SessionName, TagValue, Tagging};

use crate::id_vec::IdVec;
use crate::ids::{
    AccountId, AssignmentIx, CohortIx, EntitlementIx, GapIx, InstanceIx, PeopleGroupIx, PermissionSetIx, PersonIx,
    PrincipalIx,
};

/// The tables of people.
#[derive(Debug, Default)]
pub struct People {
    pub(super) instances: IdVec<InstanceIx, Instance>,
    pub(super) persons: IdVec<PersonIx, Person>,
    pub(super) groups: IdVec<PeopleGroupIx, PeopleGroup>,
    pub(super) cohorts: IdVec<CohortIx, Cohort>,
    pub(super) sets: IdVec<PermissionSetIx, PermissionSet>,
    pub(super) assignments: IdVec<AssignmentIx, Assignment>,
    pub(super) entitlements: IdVec<EntitlementIx, Entitlement>,
    /// ARNs of the applications of the account access manager, in order; `None` where they were not read.
    pub(super) applications: Option<Vec<Box<str>>>,
    pub(super) assignments_unread: Vec<UnreadAssignments>,
    /// Why there may be more entitlements, or more people who have one, than these tables hold.
    pub(super) entitlements_unread: Vec<GapIx>,
    /// By reserved role.
    pub(super) entrances: BTreeMap<PrincipalIx, Entrance>,
    /// By role, the entitlements to it.
    pub(super) entitled: BTreeMap<PrincipalIx, Vec<EntitlementIx>>,
    /// What any answer about people may lack.
    pub(super) gaps: Vec<GapIx>,
}

impl People {
    /// Every instance that was found.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceIx, &Instance)> {
        self.instances.iter_indexed()
    }

    /// Every user, by instance and name.
    pub fn persons(&self) -> impl Iterator<Item = (PersonIx, &Person)> {
        self.persons.iter_indexed()
    }

    /// Every group, by instance and name.
    pub fn groups(&self) -> impl Iterator<Item = (PeopleGroupIx, &PeopleGroup)> {
        self.groups.iter_indexed()
    }

    /// Every permission set, by instance and name.
    pub fn permission_sets(&self) -> impl Iterator<Item = (PermissionSetIx, &PermissionSet)> {
        self.sets.iter_indexed()
    }

    /// Every assignment, by account.
    pub fn assignments(&self) -> impl Iterator<Item = (AssignmentIx, &Assignment)> {
        self.assignments.iter_indexed()
    }

    /// Why a permission set may be assigned in an account although no assignment says so. `set` is its name.
    #[must_use]
    pub fn assignments_unread(&self, account: AccountId, set: &str) -> Option<GapIx> {
        let concerns = |unread: &&UnreadAssignments| {
            unread.account.is_none_or(|of| of == account) && unread.set.as_deref().is_none_or(|of| of == set)
        };
        self.assignments_unread.iter().find(concerns).map(|unread| unread.gap)
    }

    /// Whether assignments of users and groups that were deleted are missing: asked for by user and group, they are not found.
    #[must_use]
    pub fn misses_deleted(&self) -> bool {
        self.instances().any(|(_, of)| of.has_permission_sets() && of.is_asked_by_principal())
    }

    /// ARNs of the applications of the account access manager, with entitlements or without; `None` where they were not read.
    #[must_use]
    pub fn applications(&self) -> Option<&[Box<str>]> {
        self.applications.as_deref()
    }

    /// Every entitlement of the account access manager.
    pub fn entitlements(&self) -> impl Iterator<Item = (EntitlementIx, &Entitlement)> {
        self.entitlements.iter_indexed()
    }

    /// Why there may be more entitlements, or more people who have one, than these.
    #[must_use]
    pub fn entitlements_unread(&self) -> &[GapIx] {
        &self.entitlements_unread
    }

    /// Every role that is reserved for Identity Center, with what is known of who enters it.
    pub fn entrances(&self) -> impl Iterator<Item = (PrincipalIx, &Entrance)> {
        self.entrances.iter().map(|(role, entrance)| (*role, entrance))
    }

    /// What is known of who enters a role; `None` for roles that are not reserved for Identity Center.
    #[must_use]
    pub fn entrance(&self, role: PrincipalIx) -> Option<&Entrance> {
        self.entrances.get(&role)
    }

    /// The assignments that lead into a role.
    pub fn assigned(&self, role: PrincipalIx) -> impl Iterator<Item = &Assignment> {
        let entries = self.entrance(role).map_or(&[][..], |entrance| entrance.entries());
        entries.iter().map(|ix| self.assignment(*ix))
    }

    /// The entitlements to a role.
    #[must_use]
    pub fn entitled(&self, role: PrincipalIx) -> &[EntitlementIx] {
        self.entitled.get(&role).map_or(&[], Vec::as_slice)
    }

    /// What answers about people may lack: lists that were not read, or only in part.
    #[must_use]
    pub fn gaps(&self) -> &[GapIx] {
        &self.gaps
    }

    /// The instance of an index.
    #[must_use]
    pub fn instance(&self, ix: InstanceIx) -> &Instance {
        &self.instances[ix]
    }

    /// The user of an index.
    #[must_use]
    pub fn person(&self, ix: PersonIx) -> &Person {
        &self.persons[ix]
    }

    /// The group of an index.
    #[must_use]
    pub fn group(&self, ix: PeopleGroupIx) -> &PeopleGroup {
        &self.groups[ix]
    }

    /// The cohort of an index.
    #[must_use]
    pub fn cohort(&self, ix: CohortIx) -> &Cohort {
        &self.cohorts[ix]
    }

    /// The permission set of an index.
    #[must_use]
    pub fn permission_set(&self, ix: PermissionSetIx) -> &PermissionSet {
        &self.sets[ix]
    }

    /// The assignment of an index.
    #[must_use]
    pub fn assignment(&self, ix: AssignmentIx) -> &Assignment {
        &self.assignments[ix]
    }

    /// The entitlement of an index.
    #[must_use]
    pub fn entitlement(&self, ix: EntitlementIx) -> &Entitlement {
        &self.entitlements[ix]
    }

    /// The name by which a person is printed, and found: the user name, with the identity store where two stores have it.
    #[must_use]
    pub fn name_of(&self, ix: PersonIx) -> String {
        let person = self.person(ix);
        if person.is_namesake { self.qualified(person.name(), person.instance) } else { person.name().to_owned() }
    }

    /// The name by which a group is printed, and found.
    #[must_use]
    pub fn name_of_group(&self, ix: PeopleGroupIx) -> String {
        let group = self.group(ix);
        if group.is_namesake { self.qualified(group.name(), group.instance) } else { group.name().to_owned() }
    }

    fn qualified(&self, name: &str, instance: InstanceIx) -> String {
        format!("{name} ({})", self.instance(instance).identity_store())
    }
}
