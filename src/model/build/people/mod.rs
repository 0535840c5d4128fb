//! From `identity-center.json` and `account-access.json` to the tables of people, one file per step: users and groups
//! (`directory`), assignments and the roles that they became (`assignments`), entitlements (`entitlements`).
//!
//! INVARIANT: the result does not depend on the order of the lists in the files.

mod assignments;
mod directory;
mod entitlements;

use std::collections::{BTreeMap, HashMap};

use crate::facet::Facet;
use crate::id_vec::IdVec;
use crate::ids::{AccountId, GapIx, InstanceIx, PeopleGroupIx, PersonIx, Scope};
use crate::model::Estate;
use crate::model::people::instance::{Instance, PermissionSet};
use crate::model::people::person::{PeopleGroup, Person};
use crate::model::people::{Assignee, People, UnknownAssignee};
use crate::policy::principal::PrincipalEntry;
use crate::policy::session_keys::Way;
use crate::snapshot::account_access::AccountAccessFile;
use crate::snapshot::identity_center::{AskedBy, IdentityCenterFile, Instance as InstanceFile};
use crate::snapshot::ledger::Gap;

/// What the people of an estate are made from.
struct PeopleBuilder<'e> {
    estate: &'e mut Estate,
    people: People,
    /// By identity store and id.
    persons: HashMap<(Box<str>, Box<str>), PersonIx>,
    groups: HashMap<(Box<str>, Box<str>), PeopleGroupIx>,
    known_gaps: HashMap<Gap, GapIx>,
}

impl Estate {
    /// Adds users and groups of Identity Center, and the roles that they may enter.
    pub(super) fn add_people(&mut self, file: &IdentityCenterFile, access: Option<&AccountAccessFile>) {
        let mut builder = PeopleBuilder {
            estate: self,
            people: People::default(),
            persons: HashMap::new(),
            groups: HashMap::new(),
            known_gaps: HashMap::new(),
        };
        // one instance may have been found in several regions
        let mut instances = BTreeMap::<&str, &InstanceFile>::new();
        for instance in &file.instances {
            let known = instances.entry(&instance.instance_arn).or_insert(instance);
            if known.account_assignments.is_none() && instance.account_assignments.is_some() {
                *known = instance;
            }
        }
        let instances: Vec<(InstanceIx, &InstanceFile)> =
            instances.into_values().map(|instance| (builder.add_instance(instance), instance)).collect();
        instances.iter().for_each(|(ix, instance)| builder.add_directory(*ix, instance));
        builder.note_namesakes();
        builder.add_cohorts();
        builder.add_assignments(&instances);
        builder.add_entitlements(access);
        let people = builder.people;
        self.people = Some(people);
    }

    /// Notes that users and groups are not known, where some policy is about the service that lets them in; without an entitlement it lets
    /// in nobody, whoever they are.
    pub(super) fn leave_people_open(&mut self, access: Option<&AccountAccessFile>) {
        let is_empty = |file: &AccountAccessFile| {
            file.applications.iter().all(|of| of.entitlements.as_ref().is_some_and(Vec::is_empty))
        };
        let service = Way::IdentityCenter.service();
        let is_service = |entry: &PrincipalEntry| matches!(entry, PrincipalEntry::Service(name) if **name == *service);
        let statements = self.policies().flat_map(|policy| &policy.statements);
        let entries = statements.filter_map(|one| one.principal.as_ref()).flat_map(|clause| &clause.entries);
        let is_named = { entries }.any(is_service);
        if is_named && !access.is_some_and(is_empty) {
            let reason =
                "people unknown: Identity Center, whose users the account access manager lets in, was not read";
            let gap = Gap { scope: Scope::Organization, facet: Facet::AccountAccess, reason: reason.to_owned() };
            self.entitled_unread = Some(self.gaps.push(gap));
        }
    }
}

impl PeopleBuilder<'_> {
    fn add_instance(&mut self, file: &InstanceFile) -> InstanceIx {
        let has_permission_sets = file
            .permission_sets_enabled
            .unwrap_or(file.permission_sets.is_some() || file.account_assignments.is_some());
        self.people.instances.push(Instance {
            arn: file.instance_arn.as_str().into(),
            identity_store: file.identity_store_id.as_str().into(),
            owner: file.owner_account_id,
            region: file.region.as_deref().map(Into::into),
            has_permission_sets,
            is_asked_by_principal: file.assignments_by == Some(AskedBy::Principal),
            users_unread: None,
            groups_unread: None,
            knows_status: file.users.iter().flatten().any(|user| user.user_status.is_some()),
            knows_tags: file.access_control_attributes.is_some(),
        })
    }

    /// The store of an instance, by which its users and groups are known.
    fn store(&self, instance: InstanceIx) -> Box<str> {
        self.people.instance(instance).identity_store().into()
    }

    /// The index of missing data of the organization.
    fn gap(&mut self, facet: Facet, reason: String) -> GapIx {
        let gap = Gap { scope: Scope::Organization, facet, reason };
        if let Some(known) = self.known_gaps.get(&gap) {
            return *known;
        }
        let ix = self.estate.gaps.push(gap.clone());
        self.known_gaps.insert(gap, ix);
        ix
    }

    /// As [`PeopleBuilder::gap`], of what every answer about people may lack.
    fn people_gap(&mut self, reason: String) -> GapIx {
        let gap = self.gap(Facet::IdentityCenter, reason);
        if !self.people.gaps.contains(&gap) {
            self.people.gaps.push(gap);
        }
        gap
    }

    /// Whom an id of an instance's identity store means.
    fn assignee(&mut self, instance: InstanceIx, kind: &str, id: &str) -> Assignee {
        let key = (self.store(instance), Box::from(id));
        let lists = &self.people.instances[instance];
        let known = match kind {
            "USER" => self.persons.get(&key).map(|ix| Assignee::Person(*ix)),
            "GROUP" => self.groups.get(&key).map(|ix| Assignee::Group(*ix)),
            _ => None,
        };
        if let Some(known) = known {
            return known;
        }
        let arn = lists.arn.to_string();
        let unread = self.directory_unread(instance, kind);
        let gap = match kind {
            "USER" | "GROUP" => unread,
            _ => Some(self.people_gap(format!("`{arn}` assigns `{id}`, a principal of an unknown type `{kind}`"))),
        };
        Assignee::Unknown(UnknownAssignee { kind: kind.into(), id: id.into(), gap })
    }

    /// Why an id may be that of a user or group although it is not listed.
    fn directory_unread(&self, instance: InstanceIx, kind: &str) -> Option<GapIx> {
        let lists = &self.people.instances[instance];
        if kind == "USER" { lists.users_unread } else { lists.groups_unread }
    }
}

/// Marks entries that share a name with one of another identity store.
fn mark_namesakes<Ix: crate::id_vec::TableIndex, T>(
    table: &mut IdVec<Ix, T>,
    name: impl Fn(&T) -> String,
    mark: impl Fn(&mut T),
) {
    let mut counts = HashMap::<String, usize>::new();
    table.iter().for_each(|entry| *counts.entry(name(entry)).or_default() += 1);
    table.iter_mut().filter(|entry| counts.get(&name(entry)).is_some_and(|count| *count > 1)).for_each(mark);
}

impl PeopleBuilder<'_> {
    fn note_namesakes(&mut self) {
        mark_namesakes(&mut self.people.persons, |p: &Person| p.name().to_lowercase(), |p| p.is_namesake = true);
        mark_namesakes(&mut self.people.groups, |g: &PeopleGroup| g.name().to_lowercase(), |g| g.is_namesake = true);
        // who is called like an account is printed as more than twelve digits
        let is_id = |name: &str| AccountId::parse(name).is_some();
        self.people.persons.iter_mut().filter(|p| is_id(p.name())).for_each(|p| p.is_namesake = true);
        self.people.groups.iter_mut().filter(|g| is_id(g.name())).for_each(|g| g.is_namesake = true);
    }
}

/// The permission set of an ARN, created where only an assignment names it.
fn set_of(
    people: &mut People,
    known: &mut HashMap<Box<str>, crate::ids::PermissionSetIx>,
    instance: InstanceIx,
    arn: &str,
) -> crate::ids::PermissionSetIx {
    if let Some(known) = known.get(arn) {
        return *known;
    }
    let set = PermissionSet { instance, arn: arn.into(), name: None, session_duration: None, assignments_unread: None };
    let ix = people.sets.push(set);
    known.insert(arn.into(), ix);
    ix
}

#[cfg(test)]
mod tests;
