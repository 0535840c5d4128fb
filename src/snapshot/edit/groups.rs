//! Groups of an account as they would be: some taken away, some made, each with its members.
//!
//! Owns: that a group which is made has the members that are named and no others, whatever was there under its name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::kinds::{EditError, Regrouping, listed};
use crate::snapshot::account::{AccountFile, GroupDetail, InlinePolicy};

/// Takes away and makes groups.
pub(super) fn regroup<'f>(file: &mut AccountFile<'f>, change: &'f Regrouping) -> Result<(), EditError> {
    let account = change.account;
    let lacks = |what: &str| EditError::new(format!("groups of {account} cannot be changed"), what);
    let groups = file.group_detail_list.as_mut().ok_or_else(|| lacks("its groups are not in the snapshot"))?;
    if let Some(absent) = change.removed.iter().find(|name| !groups.iter().any(|group| *group.group_name == ***name)) {
        let there = listed(groups.iter().map(|group| &*group.group_name));
        return Err(EditError::new(format!("{account} has no group {absent}"), there));
    }
    let is_other = |name: &str| change.made.get(name).is_some_and(|group| group.policies.is_some());
    groups.retain(|group| !change.removed.contains(&*group.group_name) && !is_other(&group.group_name));
    for (name, group) in &change.made {
        groups.extend(group.policies.as_deref().map(|policies| detail(change, name, policies)));
    }
    let is_gone = |name: &str| change.removed.contains(name) || change.made.contains_key(name);
    let users = file.user_detail_list.as_mut().ok_or_else(|| lacks("its users are not in the snapshot"))?;
    let mut joined = BTreeMap::<&str, Vec<&str>>::new();
    for (name, group) in &change.made {
        group.members.iter().for_each(|member| joined.entry(member).or_default().push(name));
    }
    for user in users {
        let Some(own) = user.group_list.as_mut() else { continue };
        own.retain(|name| !is_gone(name));
        own.extend(joined.remove(&*user.user_name).unwrap_or_default().into_iter().map(str::to_owned));
    }
    match joined.into_keys().next() {
        Some(user) => {
            Err(EditError::new(format!("{account}/user/{user} cannot join a group"), "its groups are not known"))
        }
        None => Ok(()),
    }
}

fn detail<'f>(change: &Regrouping, name: &'f str, policies: &'f [(Box<str>, Box<RawValue>)]) -> GroupDetail<'f> {
    let inline = |(name, document): &'f (Box<str>, Box<RawValue>)| InlinePolicy {
        policy_name: Cow::Borrowed(name),
        policy_document: document,
        unknown: None,
    };
    GroupDetail {
        path: Cow::Borrowed("/"),
        group_name: Cow::Borrowed(name),
        group_id: Cow::Borrowed(""),
        arn: Cow::Owned(format!("arn:{}:iam::{}:group/{name}", change.partition, change.account)),
        create_date: None,
        group_policy_list: Some(policies.iter().map(inline).collect()),
        attached_managed_policies: Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::snapshot::edit::GroupMade;

    const FILE: &str = r#"{"UserDetailList": [
        {"UserName": "ann", "Arn": "arn:aws:iam::111122223333:user/ann", "GroupList": ["old", "staff"]},
        {"UserName": "bob", "Arn": "arn:aws:iam::111122223333:user/bob", "GroupList": ["old"]}],
        "GroupDetailList": [
        {"GroupName": "old", "Arn": "arn:aws:iam::111122223333:group/old"},
        {"GroupName": "staff", "Arn": "arn:aws:iam::111122223333:group/staff"}], "RoleDetailList": [], "Policies": []}"#;

    fn change(removed: &[&str], members: &[&str]) -> Regrouping {
        let group = GroupMade {
            policies: Some(vec![("p".into(), RawValue::from_string("{}".to_owned()).unwrap())]),
            members: members.iter().map(|name| (*name).into()).collect(),
        };
        Regrouping {
            account: AccountId::parse("111122223333").unwrap(),
            partition: "aws".into(),
            removed: removed.iter().map(|name| (*name).into()).collect(),
            made: [("new".into(), group)].into(),
        }
    }

    #[test]
    fn groups_that_go_lose_their_members_and_groups_that_come_have_those_named() {
        let change = change(&["old"], &["bob"]);
        let mut file: AccountFile<'_> = serde_json::from_str(FILE).unwrap();
        regroup(&mut file, &change).unwrap();
        let of_users: Vec<_> =
            file.user_detail_list.iter().flatten().map(|user| user.group_list.clone().unwrap_or_default()).collect();
        assert_eq!(of_users, [vec!["staff".to_owned()], vec!["new".to_owned()]]);
        let groups: Vec<_> = file.group_detail_list.iter().flatten().map(|group| &*group.group_name).collect();
        assert_eq!(groups, ["staff", "new"]);
    }

    #[test]
    fn a_group_or_user_that_is_not_there_is_an_error() {
        for (removed, members) in [(&["gone"][..], &["bob"][..]), (&[], &["eve"])] {
            let change = change(removed, members);
            let mut file: AccountFile<'_> = serde_json::from_str(FILE).unwrap();
            assert!(regroup(&mut file, &change).is_err());
        }
    }
}
