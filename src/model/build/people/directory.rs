//! Users, groups and memberships of an identity store.

use std::collections::BTreeMap;

use super::PeopleBuilder;
use crate::facet::Facet;
use crate::ids::{GapIx, InstanceIx, PeopleGroupIx, PersonIx};
use crate::model::people::attributes::{email, lists_enterprise, tags_of};
use crate::model::people::cohort::Cohort;
use crate::model::people::person::{PeopleGroup, Person, TagValue};
use crate::model::people::told::{Profile, Told};
use crate::snapshot::identity_center::{ExternalId, Group, Instance as InstanceFile, User};

impl PeopleBuilder<'_> {
    pub(super) fn add_directory(&mut self, instance: InstanceIx, file: &InstanceFile) {
        if file.users.is_none() {
            let gap = self.unread(instance, file, "users");
            self.people.instances[instance].users_unread = Some(gap);
        }
        if file.groups.is_none() {
            let gap = self.unread(instance, file, "groups");
            self.people.instances[instance].groups_unread = Some(gap);
        }
        let enterprise = lists_enterprise(file.users.as_deref().unwrap_or_default());
        let store = self.store(instance);
        let mut users: Vec<&User> = file.users.iter().flatten().collect();
        users.sort_by(|a, b| (&a.user_name, &a.user_id).cmp(&(&b.user_name, &b.user_id)));
        for user in users {
            // stores are replicated with their instances
            let key = (store.clone(), user.user_id.as_str().into());
            if !self.persons.contains_key(&key) {
                let ix = self.people.persons.push(person(instance, file, user, enterprise));
                self.persons.insert(key, ix);
            }
        }
        let mut groups: Vec<&Group> = file.groups.iter().flatten().collect();
        groups.sort_by(|a, b| (&a.display_name, &a.group_id).cmp(&(&b.display_name, &b.group_id)));
        let mut own = Vec::new();
        for group in groups {
            let key = (store.clone(), group.group_id.as_str().into());
            if self.groups.contains_key(&key) {
                continue;
            }
            let ix = self.people.groups.push(PeopleGroup {
                instance,
                id: group.group_id.as_str().into(),
                display_name: group.display_name.as_deref().map(Into::into),
                is_namesake: false,
                members: Vec::new(),
                unread: None,
                cohorts: Vec::new(),
            });
            self.groups.insert(key, ix);
            own.push(ix);
        }
        self.add_members(instance, file, &own);
    }

    /// What the directory of an instance lacks: every answer about people may lack it, unless nobody gets into an account by that instance.
    fn unread(&mut self, instance: InstanceIx, file: &InstanceFile, what: &str) -> GapIx {
        let reason = format!("{what} of `{}` were not read", self.shown(instance));
        if self.lets_in_nobody(file) { self.gap(Facet::IdentityCenter, reason) } else { self.people_gap(reason) }
    }

    /// Whether it is surely the instance of an account, which has no permission sets: its users come into no account by assignments. An
    /// entitlement of one who is not listed says so itself.
    fn lets_in_nobody(&self, file: &InstanceFile) -> bool {
        let management = self.estate.organization().and_then(|organization| organization.management);
        let has_sets = file.permission_sets.is_some() || file.account_assignments.is_some();
        file.permission_sets_enabled == Some(false) || !has_sets && !file.may_be_of(management)
    }

    fn shown(&self, instance: InstanceIx) -> &str {
        self.people.instance(instance).identity_store()
    }

    fn add_members(&mut self, instance: InstanceIx, file: &InstanceFile, own: &[PeopleGroupIx]) {
        let store = self.store(instance);
        for membership in file.group_memberships.iter().flatten() {
            let Some(group) = self.groups.get(&(store.clone(), membership.group_id.as_str().into())).copied() else {
                continue;
            };
            let id = membership.member_id.user_id.as_deref();
            let person = id.and_then(|id| self.persons.get(&(store.clone(), id.into())).copied());
            match person {
                Some(person) => self.people.groups[group].members.push(person),
                None if id.is_none() => self.leave_open(group, "has a member that is no user"),
                None if file.users.is_none() => self.leave_open(group, "has members, and users were not read"),
                // who is deleted leaves the groups: this one came after the users were listed
                None => self.leave_open(group, "has a member that is not among the users"),
            }
        }
        for unread in &file.unread_groups {
            if let Some(group) = self.groups.get(&(store.clone(), unread.group_id.as_str().into())).copied() {
                self.leave_open(group, &format!("has members that were not read: {}", unread.reason));
            }
        }
        if file.group_memberships.is_none() {
            let gap = self.unread(instance, file, "members of groups");
            own.iter().for_each(|group| _ = self.people.groups[*group].unread.get_or_insert(gap));
        }
        for group in own {
            let group_of = &mut self.people.groups[*group];
            group_of.members.sort_unstable();
            group_of.members.dedup();
            let members = group_of.members.clone();
            members.iter().for_each(|person| self.people.persons[*person].groups.push(*group));
        }
    }

    /// Notes why a group may have more members.
    fn leave_open(&mut self, group: PeopleGroupIx, why: &str) {
        if self.people.groups[group].unread.is_none() {
            let name = self.people.group(group).name().to_owned();
            let gap = self.gap(Facet::IdentityCenter, format!("group `{name}` {why}"));
            self.people.groups[group].unread = Some(gap);
        }
    }

    /// Members who can sign in, those together whom no policy tells apart.
    pub(super) fn add_cohorts(&mut self) {
        let told = Told::of(self.estate.policies.as_slice());
        let profiles: Vec<Profile> = self.people.persons.iter().map(|person| told.profile(person)).collect();
        let groups: Vec<PeopleGroupIx> = self.people.groups.indexes().collect();
        for group in groups {
            let mut parts = BTreeMap::<&Profile, Vec<PersonIx>>::new();
            for person in self.people.group(group).members() {
                if let Some(profile) = profiles.get(person.get()).filter(|_| !self.people.person(*person).is_disabled) {
                    parts.entry(profile).or_default().push(*person);
                }
            }
            let mut parts: Vec<Vec<PersonIx>> = parts.into_values().collect();
            parts.sort();
            for members in parts {
                let cohort = self.people.cohorts.next_index();
                members.iter().for_each(|person| self.people.persons[*person].cohorts.push(cohort));
                self.people.cohorts.push(Cohort { group, members: members.into() });
                self.people.groups[group].cohorts.push(cohort);
            }
        }
    }
}

fn person(instance: InstanceIx, file: &InstanceFile, user: &User, enterprise: bool) -> Person {
    let text = |value: &Option<String>| value.as_deref().filter(|text| !text.is_empty()).map(Into::into);
    let issuers = user.external_ids.iter().flatten();
    let issuers: Box<[Box<str>]> = issuers.map(|ExternalId { issuer, .. }| issuer.as_str().into()).collect();
    let configured = file.access_control_attributes.as_deref();
    let formatted = user.name.as_ref().and_then(|name| text(&name.formatted));
    // an identity provider may assert tags of its own once the instance takes any, also where it maps none itself
    let other_tags = match (configured, file.access_control_enabled) {
        (None, _) => TagValue::Unknown,
        (Some([]), Some(false)) => TagValue::Absent,
        (Some(_), _) if issuers.is_empty() => TagValue::Absent,
        (Some(_), _) => TagValue::Unknown,
    };
    Person {
        instance,
        id: user.user_id.as_str().into(),
        user_name: text(&user.user_name),
        display_name: text(&user.display_name).or(formatted),
        email: email(user).map(Into::into),
        is_disabled: user.user_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("DISABLED")),
        issuers,
        is_namesake: false,
        groups: Vec::new(),
        cohorts: Vec::new(),
        tags: tags_of(configured.unwrap_or_default(), user, enterprise),
        other_tags,
    }
}
