//! People as the calls of the AWS CLI print them, one file for each, mean what `identity-center.json` means.

use super::*;
use rolehop::snapshot::identity_center::IdentityCenterFile;

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
const STORE: &str = "d-1111222233";

fn set(n: usize) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{n:016x}")
}

fn uuid(n: usize) -> String {
    format!("94482488-3041-7026-18f3-{n:012}")
}

/// What each call prints, by the name of its file. The account `DEV` has the first set, which a user has, and the second, which nobody
/// has; groups are 11 (with a member) and 12 (without).
fn answers() -> Vec<(String, Value)> {
    let described = |n: usize, name: &str| {
        json!({"PermissionSet": {"Name": name, "PermissionSetArn": set(n), "SessionDuration": "PT1H",
        "CreatedDate": "2024-01-01T00:00:00.123000+00:00"}})
    };
    let of_store =
        |n: usize| json!({"IdentityStoreId": STORE, "GroupId": uuid(n), "DisplayName": format!("group {n}")});
    let id = |n: usize| format!("ps-{n:016x}");
    let list = [
        (
            "instances",
            json!({"Instances": [{"InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": HUB, "Status": "ACTIVE"}]}),
        ),
        (
            "describe-instance",
            json!({"InstanceArn": INSTANCE, "IdentityStoreId": STORE, "PermissionSetsEnabled": true}),
        ),
        ("sets", json!({"PermissionSets": [set(1), set(2)]})),
        (&format!("set-{}", id(1)), described(1, "Admin")),
        (&format!("set-{}", id(2)), described(2, "AdminReadOnly")),
        (&format!("accounts-of-{}", id(1)), json!({"AccountIds": [DEV]})),
        (&format!("accounts-of-{}", id(2)), json!({"AccountIds": [DEV]})),
        (
            &format!("assignments-{DEV}-{}", id(1)),
            json!({"AccountAssignments": [{"AccountId": DEV, "PermissionSetArn": set(1),
            "PrincipalType": "USER", "PrincipalId": uuid(1)}]}),
        ),
        (&format!("assignments-{DEV}-{}", id(2)), json!({"AccountAssignments": []})),
        (
            "users",
            json!({"Users": [{"UserId": uuid(1), "UserName": "ada", "IdentityStoreId": STORE, "UserStatus": "ENABLED"},
            {"UserId": uuid(2), "UserName": "grace", "IdentityStoreId": STORE}]}),
        ),
        ("groups", json!({"Groups": [of_store(11), of_store(12)]})),
        (
            &format!("members-{}", uuid(11)),
            json!({"GroupMemberships": [{"IdentityStoreId": STORE, "MembershipId": uuid(99),
            "GroupId": uuid(11), "MemberId": {"UserId": uuid(2)}}]}),
        ),
        (&format!("members-{}", uuid(12)), json!({"GroupMemberships": []})),
        (
            "attributes",
            json!({"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [
            {"Key": "team", "Value": {"Source": ["${path:enterprise.department}"]}}]}}),
        ),
    ];
    list.into_iter().map(|(name, value)| (format!("identity-center/{name}.json"), value)).collect()
}

fn world(answers: &[(String, Value)]) -> Dir {
    let dir = Dir::new();
    dir.json(
        &format!("accounts/{HUB}.json"),
        &json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}),
    );
    for (name, value) in answers {
        dir.json(name, value);
    }
    dir
}

fn read(dir: &Dir) -> IdentityCenterFile {
    Snapshot::open(dir.path()).map_err(|error| error.diagnostic()).unwrap().identity_center().cloned().unwrap()
}

fn refused(dir: &Dir) -> String {
    let diagnostic = Snapshot::open(dir.path()).unwrap_err().diagnostic();
    format!("{} | {} | {}", diagnostic.what, diagnostic.why, diagnostic.next)
}

#[test]
fn one_file_for_each_call_is_one_instance_and_what_it_says_is_read_again_as_one_file() {
    let file = read(&world(&answers()));
    let [instance] = file.instances.as_slice() else { panic!("{file:?}") };
    assert_eq!((instance.instance_arn.as_str(), instance.identity_store_id.as_str()), (INSTANCE, STORE));
    assert_eq!(instance.permission_sets_enabled, Some(true));
    let names: Vec<_> = instance.permission_sets.iter().flatten().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["Admin", "AdminReadOnly"]);
    assert_eq!(instance.account_assignments.as_ref().unwrap().len(), 1);
    assert_eq!(instance.provisioned.as_ref().unwrap()[0].permission_sets, [set(1), set(2)]);
    assert_eq!((instance.users.as_ref().unwrap().len(), instance.groups.as_ref().unwrap().len()), (2, 2));
    assert_eq!(instance.group_memberships.as_ref().unwrap().len(), 1);
    assert_eq!(instance.access_control_attributes.as_ref().unwrap()[0].key, "team");
    assert_eq!(instance.access_control_enabled, Some(true));
    assert!(instance.unread_assignments.is_empty() && instance.unread_groups.is_empty(), "{instance:?}");

    let dir = Dir::new();
    dir.json(
        &format!("accounts/{HUB}.json"),
        &json!({"RoleDetailList": [], "UserDetailList": [], "GroupDetailList": [], "Policies": []}),
    );
    dir.json("identity-center.json", &serde_json::to_value(&file).unwrap());
    assert_eq!(read(&dir), file);
    // the same files beside `accounts/`, where IAM's lists have keys of the same names
    let beside: Vec<_> =
        answers().into_iter().map(|(name, value)| (name.replace("identity-center/", ""), value)).collect();
    assert_eq!(read(&world(&beside)), file);
}

#[test]
fn what_was_not_saved_is_unread_and_named() {
    let without = |part: &str| {
        let left: Vec<_> = answers().into_iter().filter(|(name, _)| !name.contains(part)).collect();
        read(&world(&left)).instances.remove(0)
    };
    let instance = without(&format!("assignments-{DEV}-ps-0000000000000002"));
    let [unread] = instance.unread_assignments.as_slice() else { panic!("{instance:?}") };
    assert_eq!(
        (unread.account_id.map(|id| id.to_string()), &unread.permission_set_arn),
        (Some(DEV.to_owned()), &Some(set(2)))
    );
    assert!(without("accounts-of").unread_assignments[0].reason.contains("not saved"), "any assignment may be missing");
    let instance = without(&format!("members-{}", uuid(12)));
    assert_eq!(instance.unread_groups.iter().map(|group| group.group_id.clone()).collect::<Vec<_>>(), [uuid(12)]);
    assert_eq!(without("users").users, None);
    assert_eq!(without("assignments-").account_assignments, None);
    assert_eq!(without("attributes").access_control_attributes, None);
    let unlisted = without("/sets");
    assert_eq!(unlisted.provisioned, None, "sets that are described need not be all");
    assert!(unlisted.unread_assignments[0].reason.contains("not saved"), "{unlisted:?}");
    assert_eq!(without("instances").instance_arn, INSTANCE, "the ARNs of permission sets name it");
}

#[test]
fn assignments_by_user_and_group_are_whole_with_a_file_for_each() {
    let mut by_principal: Vec<_> = answers().into_iter().filter(|(name, _)| !name.contains("assignments-")).collect();
    for n in [1, 2, 11, 12] {
        let found = if n == 1 {
            json!([{"AccountId": DEV, "PermissionSetArn": set(1), "PrincipalType": "USER", "PrincipalId": uuid(1)}])
        } else {
            json!([])
        };
        by_principal.push((format!("identity-center/of-{}.json", uuid(n)), json!({"AccountAssignments": found})));
    }
    let whole = read(&world(&by_principal));
    assert!(whole.instances[0].unread_assignments.is_empty(), "{whole:?}");
    by_principal.pop();
    let unread = read(&world(&by_principal)).instances.remove(0).unread_assignments;
    assert_eq!(unread.iter().map(|unread| unread.principal_id.clone()).collect::<Vec<_>>(), [Some(uuid(12))]);
}

/// The same world, with the sets of each account in place of the accounts of each set.
fn by_account(accounts: &[&str]) -> Vec<(String, Value)> {
    let mut answers: Vec<_> = answers().into_iter().filter(|(name, _)| !name.contains("accounts-of")).collect();
    for account in accounts {
        let sets = if *account == DEV { json!([set(1), set(2)]) } else { json!([]) };
        answers.push((format!("identity-center/sets-{account}.json"), json!({"PermissionSets": sets})));
    }
    answers
}

fn listed(accounts: &[&str]) -> (String, Value) {
    let accounts: Vec<Value> = accounts
        .iter()
        .map(|id| json!({"Id": id, "Name": id, "Status": if *id == "999988887777" { "SUSPENDED" } else { "ACTIVE" }}))
        .collect();
    ("organization/accounts.json".to_owned(), json!({"Accounts": accounts}))
}

#[test]
fn an_account_whose_permission_sets_were_not_saved_is_unread_and_without_a_list_any_may_be() {
    let unread = |saved: &[&str], listing: Option<(String, Value)>| {
        let mut answers = by_account(saved);
        answers.extend(listing);
        read(&world(&answers)).instances.remove(0).unread_assignments
    };
    let all = || Some(listed(&[HUB, DEV, "999988887777"]));
    assert_eq!(unread(&[HUB, DEV], all()), [], "nobody enters an account that is suspended");
    let [missing] = unread(&[DEV], all()).try_into().unwrap();
    assert_eq!(
        (missing.account_id.map(|id| id.to_string()), missing.permission_set_arn.clone()),
        (Some(HUB.to_owned()), None)
    );
    assert!(missing.reason.contains("no file has its permission sets"), "{missing:?}");
    let [anywhere] = unread(&[HUB, DEV], None).try_into().unwrap();
    assert_eq!((anywhere.account_id, anywhere.principal_id), (None, None));
    let (name, mut part) = listed(&[HUB, DEV]);
    part["NextToken"] = json!("x");
    let [anywhere] = unread(&[HUB, DEV], Some((name, part))).try_into().unwrap();
    assert_eq!(anywhere.account_id, None, "the list of accounts is cut");
}

#[test]
fn an_instance_that_only_some_files_name_has_the_sets_of_all() {
    // an empty answer does not name the instance, the next one does
    let mut answers: Vec<_> = by_account(&[]);
    for (n, sets) in [("a", json!([set(1)])), ("b", json!([set(2)]))] {
        answers.push((format!("identity-center/sets-{DEV}-{n}.json"), json!({"PermissionSets": sets})));
    }
    answers.push((format!("identity-center/sets-{DEV}-c.json"), json!({"PermissionSets": []})));
    let file = read(&world(&answers));
    assert_eq!(file.instances[0].provisioned.as_ref().unwrap()[0].permission_sets, [set(1), set(2)]);
}

#[test]
fn the_groups_of_a_member_are_no_whole_groups() {
    let membership = |group: usize, user: usize| json!({"IdentityStoreId": STORE, "MembershipId": uuid(99), "GroupId": uuid(group), "MemberId": {"UserId": uuid(user)}});
    let unread = |name: &str, found: Value| {
        let mut answers: Vec<_> = answers().into_iter().filter(|(name, _)| !name.contains("members-")).collect();
        answers.push((format!("identity-center/{name}.json"), json!({"GroupMemberships": found})));
        let instance = read(&world(&answers)).instances.remove(0);
        assert!(!instance.group_memberships.unwrap().is_empty());
        instance.unread_groups.len()
    };
    assert_eq!(unread("of-grace", json!([membership(11, 2), membership(12, 2)])), 2);
    assert_eq!(unread(&format!("of-{}", uuid(2)), json!([membership(11, 2)])), 2);
    assert_eq!(unread("of-grace", json!([membership(11, 2)])), 2, "it may be either call");
    assert_eq!(unread(&format!("of-{}", uuid(11)), json!([membership(11, 2)])), 1);
    assert_eq!(unread("admins", json!([membership(11, 1), membership(11, 2)])), 1);
}

#[test]
fn pages_are_joined_in_one_file_or_several_and_a_page_without_the_last_is_refused() {
    let membership = |user: usize| json!({"IdentityStoreId": STORE, "MembershipId": uuid(90 + user), "GroupId": uuid(11), "MemberId": {"UserId": uuid(user)}});
    let first = json!({"GroupMemberships": [membership(1)], "NextToken": "x"});
    let last = json!({"GroupMemberships": [membership(2)]});
    let name = format!("identity-center/members-{}", uuid(11));
    let others: Vec<_> = answers().into_iter().filter(|(known, _)| !known.starts_with(&name)).collect();
    let members = |dir: &Dir| read(dir).instances.remove(0).group_memberships.unwrap().len();
    let one = world(&others);
    one.bytes(&format!("{name}.json"), format!("{first}{last}"));
    assert_eq!(members(&one), 2);
    let two = world(&others);
    two.json(&format!("{name}.json"), &first);
    assert!(refused(&two).contains("a part of a list"));
    two.json(&format!("{name}-2.json"), &last);
    assert_eq!(members(&two), 2);
    // the last page of another group is not theirs
    let other = world(&others);
    other
        .json(&format!("{name}.json"), &first)
        .json(&format!("identity-center/members-{}.json", uuid(12)), &json!({"GroupMemberships": []}));
    assert!(refused(&other).contains("a part of a list"));
}

#[test]
fn a_file_of_our_own_loses_nothing_to_a_list_of_instances_before_or_after_it() {
    let whole = read(&world(&answers()));
    let listed = json!({"Instances": [{"InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": HUB, "Status": "ACTIVE"}]});
    let mut own = serde_json::to_value(&whole).unwrap();
    own["Instances"][0]["Region"] = json!("eu-west-1");
    own["Instances"][0]["UnreadGroups"] = json!([{"GroupId": uuid(12), "Reason": "x"}]);
    let of = |first: &Value, second: &Value| {
        let of = |name: &str, value: &Value| (format!("identity-center/{name}.json"), value.clone());
        read(&world(&[of("a", first), of("b", second)]))
    };
    let expected: IdentityCenterFile = serde_json::from_value(own.clone()).unwrap();
    assert_eq!(of(&listed, &own), expected);
    assert_eq!(of(&own, &listed), expected);
}

#[test]
fn what_cannot_be_told_is_refused_by_name() {
    let with = |name: &str, value: Value| {
        let mut answers: Vec<_> = answers().into_iter().filter(|(known, _)| !known.contains(name)).collect();
        answers.push((format!("identity-center/{name}.json"), value));
        refused(&world(&answers))
    };
    assert!(with("assignments", json!({"AccountAssignments": []})).contains("does not say whose assignments"));
    assert!(with("members", json!({"GroupMemberships": []})).contains("does not say whose members"));
    assert!(with("accounts", json!({"AccountIds": [DEV]})).contains("the permission set"));
    assert!(with("users", json!({"Users": [], "NextToken": "x"})).contains("a part of a list"));
    assert!(
        with("set-ps-0000000000000002", json!({"PermissionSet": {"Name": "x", "PermissionSetArn": set(3)}}))
            .contains("lacks a permission set")
    );
    assert!(with("notes", json!({"remark": 1})).contains("none of the keys"));
}

#[test]
fn applications_and_entitlements_are_joined() {
    let arn = "arn:aws:account-access:eu-west-1:111111111111:application/app-1";
    let dir = world(&[]);
    dir.json("account-access/applications.json", &json!({"applications": [{"applicationArn": arn, "tenantId": "t"}]}));
    dir.json(
        "account-access/get-app-1.json",
        &json!({"status": "ACTIVE", "identitySource": {"identityCenter": {"instanceArn": INSTANCE}}}),
    );
    dir.json("account-access/entitlements-app-1.json", &json!({"entitlements": [{"entitlementId": "e-1", "entitlement": {"principalRole": {
        "principal": {"identityCenter": {"userId": uuid(1)}}, "roleArn": format!("arn:aws:iam::{DEV}:role/x"), "account": DEV}}}]}));
    let snapshot = Snapshot::open(dir.path()).map_err(|error| error.diagnostic()).unwrap();
    let application = &snapshot.account_access().unwrap().applications[0];
    assert_eq!(application.instance_arn.as_deref(), Some(INSTANCE));
    let entitlement = &application.entitlements.as_ref().unwrap()[0];
    assert_eq!(entitlement.principal_role.as_ref().unwrap().user_id, Some(uuid(1)));
}

#[test]
fn applications_are_joined_in_any_order_of_files_and_none_is_dropped() {
    let arn = |n: &str| format!("arn:aws:account-access:eu-west-1:111111111111:application/app-{n}");
    let entitlement = |n: &str| {
        json!({"entitlementId": format!("e-{n}"), "entitlement": {"principalRole": {
            "principal": {"identityCenter": {"userId": uuid(1)}}, "roleArn": format!("arn:aws:iam::{DEV}:role/x"), "account": DEV}}})
    };
    let dir = world(&[]);
    // before the list in the order of names, and one id is the beginning of the other
    dir.json("account-access/a-entitlements-app-12.json", &json!({"entitlements": [entitlement("12")]}));
    dir.json("account-access/a-entitlements-app-1.json", &json!({"entitlements": [entitlement("1")]}));
    dir.json(
        "account-access/a-get-app-1.json",
        &json!({"status": "ACTIVE", "identitySource": {"identityCenter": {"instanceArn": INSTANCE}}}),
    );
    dir.json(
        "account-access/list-1.json",
        &json!({"applications": [{"applicationArn": arn("1"), "status": "ACTIVE"}]}),
    );
    dir.json("account-access/list-2.json", &json!({"applications": [{"applicationArn": arn("12")}]}));
    dir.json("account-access/list-3.json", &json!({"applications": [{"applicationArn": arn("1")}]}));
    let snapshot = Snapshot::open(dir.path()).map_err(|error| error.diagnostic()).unwrap();
    let [first, second] = snapshot.account_access().unwrap().applications.as_slice() else { panic!() };
    assert_eq!((first.status.as_deref(), first.instance_arn.as_deref()), (Some("ACTIVE"), Some(INSTANCE)));
    assert_eq!(first.entitlements.as_ref().unwrap()[0].entitlement_id, "e-1");
    assert_eq!((second.instance_arn.as_deref(), second.entitlements.as_ref().unwrap().len()), (None, 1));

    let dir = world(&[]);
    dir.json(
        "account-access/applications.json",
        &json!({"applications": [{"applicationArn": arn("1")}, {"arn": arn("2")}]}),
    );
    let text = refused(&dir);
    assert!(text.contains("applications.json") && text.contains("`applications`"), "{text}");
}
