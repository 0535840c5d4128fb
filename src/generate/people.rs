//! `identity-center.json`: the people, their groups, and which permission sets these have in which accounts.
//!
//! Owns: who is in which group and what is assigned. Its permission sets are those whose roles the accounts have. Does not know what
//! the roles may do (`baseline`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::baseline::set_name;
use super::layout::{Baseline, Layout};
use super::random::Random;
use crate::ids::AccountId;
use crate::snapshot::identity_center::{
    AccessControlAttribute, AccessControlAttributeValue, AccountAssignment, Email, Group, GroupMembership,
    IdentityCenterFile, Instance, MemberId, Name, PermissionSet, Provisioned, User,
};

const INSTANCE: &str = "ssoins-0123456789abcdef";
const STORE: &str = "d-0123456789";
/// The region in the paths of the roles.
const REGION: &str = "eu-west-1";

const GIVEN: [&str; 12] =
    ["Ada", "Bela", "Chidi", "Dilek", "Émile", "Fatou", "Grace", "Hana", "Ines", "Jomo", "Kaya", "Liv"];
const FAMILY: [&str; 11] =
    ["Archer", "Baker", "Cooper", "Draper", "Farmer", "Glover", "Hunter", "Marsh", "Potter", "Sawyer", "Weaver"];

/// Percent of people who are disabled, and of those who have an assignment of their own beside those of groups.
const DISABLED: usize = 3;
const DIRECT: usize = 2;

/// The whole file; `None` if the organization has no people.
pub(super) fn file(layout: &Layout) -> Option<IdentityCenterFile> {
    if layout.spec.people == 0 {
        return None;
    }
    // not the sequence of any account's file
    let mut random = Random::new(!layout.spec.seed, usize::MAX - 1);
    let sets: Vec<usize> = (0..layout.spec.sso_sets).collect();
    let present: Vec<usize> = layout
        .baseline()
        .iter()
        .take(layout.spec.roles_per_account)
        .filter_map(|part| if let Baseline::PermissionSet(n) = part { Some(*n) } else { None })
        .collect();
    // one group for each permission set of each team, and of the shared accounts
    let group_of = |team: Option<usize>, set: usize| team.map_or(0, |team| team + 1) * sets.len().max(1) + set;
    let groups: Vec<Group> = std::iter::once(None)
        .chain((0..layout.teams()).map(Some))
        .flat_map(|team| sets.iter().map(move |set| (team, *set)))
        .map(|(team, set)| Group {
            group_id: id("b", group_of(team, set)),
            display_name: Some(format!(
                "{}-{}",
                team.map_or_else(|| "platform".to_owned(), |team| layout.team_name(team)),
                set_name(set).to_lowercase()
            )),
            ..Group::default()
        })
        .collect();
    let mut assignments = Vec::new();
    let mut provisioned = Vec::new();
    for account in (0..layout.spec.accounts).filter(|_| !present.is_empty()) {
        let Some(account_id) = AccountId::parse(layout.id(account)) else { continue };
        for set in &present {
            assignments.push(AccountAssignment {
                account_id,
                permission_set_arn: arn(*set),
                principal_type: "GROUP".to_owned(),
                principal_id: id("b", group_of(layout.team_of(account), *set)),
            });
        }
        provisioned.push(Provisioned { account_id, permission_sets: present.iter().map(|set| arn(*set)).collect() });
    }
    let mut memberships = Vec::new();
    let mut users = Vec::with_capacity(layout.spec.people);
    for n in 0..layout.spec.people {
        users.push(user(n, &mut random));
        if groups.is_empty() {
            continue;
        }
        // most are in one team, some in two; the first is their department
        for of in 0..1 + usize::from(random.percent(20)) {
            let group = random.below(groups.len());
            if let (0, Some(user), Some(of_team)) = (of, users.last_mut(), groups.get(group)) {
                user.extensions = department(of_team);
            }
            memberships
                .push(GroupMembership { group_id: id("b", group), member_id: MemberId { user_id: Some(id("a", n)) } });
        }
        let account = random.below(layout.spec.accounts);
        let set = present.get(random.below(present.len())).copied();
        if let (true, Some(set), Some(account_id)) = (random.percent(DIRECT), set, AccountId::parse(layout.id(account)))
        {
            assignments.push(AccountAssignment {
                account_id,
                permission_set_arn: arn(set),
                principal_type: "USER".to_owned(),
                principal_id: id("a", n),
            });
        }
    }
    memberships.sort();
    memberships.dedup();
    let instance = Instance {
        instance_arn: format!("arn:aws:sso:::instance/{INSTANCE}"),
        identity_store_id: STORE.to_owned(),
        owner_account_id: AccountId::parse(layout.id(layout.management())),
        status: Some("ACTIVE".to_owned()),
        region: Some(REGION.to_owned()),
        permission_sets_enabled: Some(true),
        permission_sets: Some(sets.iter().map(|set| permission_set(*set)).collect()),
        account_assignments: Some(assignments),
        provisioned: Some(provisioned),
        users: Some(users),
        groups: Some(groups),
        group_memberships: Some(memberships),
        access_control_attributes: Some(attributes(layout)),
        access_control_enabled: Some(layout.spec.abac > 0),
        ..Instance::default()
    };
    Some(IdentityCenterFile { instances: vec![instance], ..IdentityCenterFile::default() })
}

fn arn(set: usize) -> String {
    format!("arn:aws:sso:::permissionSet/{INSTANCE}/ps-{set:016x}")
}

/// The id of a user or group, as the identity store makes them.
fn id(kind: &str, n: usize) -> String {
    format!("{kind}0000000-0000-4000-8000-{n:012x}")
}

fn permission_set(set: usize) -> PermissionSet {
    PermissionSet {
        permission_set_arn: arn(set),
        name: set_name(set),
        session_duration: Some("PT8H".to_owned()),
        ..PermissionSet::default()
    }
}

fn user(n: usize, random: &mut Random) -> User {
    let (given, family) = (random.pick(&GIVEN), random.pick(&FAMILY));
    // names repeat, and user names do not
    let name = format!("{}.{}{n}@example.com", given.to_lowercase().replace('é', "e"), family.to_lowercase());
    User {
        user_id: id("a", n),
        user_name: Some(name.clone()),
        display_name: Some(format!("{given} {family}")),
        name: Some(Name { given_name: Some(given.to_owned()), family_name: Some(family.to_owned()), formatted: None }),
        emails: Some(vec![Email { value: name, primary: Some(true) }]),
        user_status: Some(if random.percent(DISABLED) { "DISABLED" } else { "ENABLED" }.to_owned()),
        ..User::default()
    }
}

/// The team of a group, as an attribute of a user.
fn department(group: &Group) -> Option<BTreeMap<String, Value>> {
    let (team, _) = group.display_name.as_deref()?.rsplit_once('-')?;
    Some(BTreeMap::from([("aws:identitystore:enterprise".to_owned(), json!({ "department": team }))]))
}

/// The tag `team`, where roles read it.
fn attributes(layout: &Layout) -> Vec<AccessControlAttribute> {
    if layout.spec.abac == 0 {
        return Vec::new();
    }
    let source = vec!["${path:enterprise.department}".to_owned()];
    vec![AccessControlAttribute { key: "team".to_owned(), value: AccessControlAttributeValue { source } }]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::generate::Spec;

    fn people(spec: Spec) -> Option<Instance> {
        file(&Layout::new(spec)).map(|mut file| file.instances.remove(0))
    }

    #[test]
    fn every_assignment_is_of_a_set_that_is_provisioned_and_of_somebody_who_is_there() {
        let instance = people(Spec { people: 300, ..Spec::new(40, 60) }).unwrap();
        let users: BTreeSet<&str> = instance.users.iter().flatten().map(|user| user.user_id.as_str()).collect();
        let groups: BTreeSet<&str> = instance.groups.iter().flatten().map(|group| group.group_id.as_str()).collect();
        assert_eq!(users.len(), 300);
        for entry in instance.account_assignments.iter().flatten() {
            let known = if entry.principal_type == "USER" { &users } else { &groups };
            assert!(known.contains(entry.principal_id.as_str()), "{entry:?}");
            let of = instance.provisioned.iter().flatten().find(|one| one.account_id == entry.account_id).unwrap();
            assert!(of.permission_sets.contains(&entry.permission_set_arn));
        }
        for entry in instance.group_memberships.iter().flatten() {
            assert!(
                groups.contains(entry.group_id.as_str()) && users.contains(entry.member_id.user_id.as_deref().unwrap())
            );
        }
        let direct =
            instance.account_assignments.iter().flatten().filter(|entry| entry.principal_type == "USER").count();
        let disabled =
            instance.users.iter().flatten().filter(|user| user.user_status.as_deref() == Some("DISABLED")).count();
        assert!(direct > 0 && disabled > 0);
    }

    #[test]
    fn the_sets_are_those_whose_roles_the_accounts_have() {
        let instance = people(Spec { people: 5, ..Spec::new(3, 60) }).unwrap();
        let names: Vec<String> = instance.permission_sets.unwrap().into_iter().map(|set| set.name).collect();
        assert_eq!(names, ["PowerUser", "ReadOnly", "DataEngineer", "Operator"]);
        // so few roles that no permission set is among them
        let few = people(Spec { people: 5, ..Spec::new(3, 4) }).unwrap();
        assert_eq!((few.account_assignments, few.provisioned), (Some(vec![]), Some(vec![])));
        assert!(people(Spec::new(3, 60)).is_none());
    }
}
