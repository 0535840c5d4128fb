//! What becomes of assignments, on a small organization.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::model::Estate;
use crate::model::people::{Assignee, Assignment, Entrance, Landing, PeopleGroup};
use crate::snapshot::Snapshot;
use crate::snapshot::identity_center::IdentityCenterFile;

const PROD: &str = "101010101010";
const DEV: &str = "202020202020";

fn role(account: &str, name: &str, region: &str) -> Value {
    let path = format!("/aws-reserved/sso.amazonaws.com/{region}/");
    json!({"RoleName": name, "Path": path, "RoleId": format!("AROA{name}"),
        "Arn": format!("arn:aws:iam::{account}:role{path}{name}"), "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []})
}

fn account(dir: &std::path::Path, id: &str, roles: &[Value], users: &Value) {
    let file = json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
    std::fs::create_dir_all(dir.join("accounts")).unwrap();
    std::fs::write(dir.join(format!("accounts/{id}.json")), file.to_string()).unwrap();
}

/// The estate of two accounts with these roles, and of this instance.
fn estate<'n>(prod: &[&'n str], dev: &[&'n str], users: &Value, instances: &Value) -> Estate {
    let of_region = |names: &[&'n str]| -> Vec<(&'n str, &'static str)> {
        names.iter().map(|name| (*name, "eu-central-1")).collect()
    };
    estate_of(&of_region(prod), &of_region(dev), users, instances)
}

/// As [`estate`], each role with the region in its path.
fn estate_of(prod: &[(&str, &str)], dev: &[(&str, &str)], users: &Value, instances: &Value) -> Estate {
    let dir = tempfile::tempdir().unwrap();
    let roles =
        |id, names: &[(&str, &str)]| names.iter().map(|(name, region)| role(id, name, region)).collect::<Vec<_>>();
    account(dir.path(), PROD, &roles(PROD, prod), users);
    account(dir.path(), DEV, &roles(DEV, dev), &json!([]));
    let at: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let file = json!({"Instances": instances});
    std::fs::write(dir.path().join("identity-center.json"), file.to_string()).unwrap();
    Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap()
}

fn set(name: &str) -> Value {
    json!({"PermissionSetArn": format!("ps-{name}"), "Name": name})
}

fn assigned(account: &str, set: &str, kind: &str, id: &str) -> Value {
    json!({"AccountId": account, "PermissionSetArn": format!("ps-{set}"), "PrincipalType": kind, "PrincipalId": id})
}

fn instance(sets: &[&str], assignments: &[Value]) -> Value {
    json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1", "Region": "eu-central-1",
        "PermissionSetsEnabled": true, "PermissionSets": sets.iter().map(|name| set(name)).collect::<Vec<_>>(),
        "AccountAssignments": assignments, "AccessControlAttributes": [],
        "Users": [
            {"UserId": "u-ada", "UserName": "ada", "DisplayName": "Ada Lovelace", "Emails": [{"Value": "ada@example.com", "Primary": true}]},
            {"UserId": "u-bob", "UserName": "bob", "UserStatus": "DISABLED"},
            {"UserId": "u-eve", "UserName": "eve", "Title": "ops"}],
        "Groups": [{"GroupId": "g-ops", "DisplayName": "ops"}, {"GroupId": "g-cut", "DisplayName": "cut"}],
        "GroupMemberships": [
            {"GroupId": "g-ops", "MemberId": {"UserId": "u-eve"}},
            {"GroupId": "g-ops", "MemberId": {"UserId": "u-bob"}},
            {"GroupId": "g-ops", "MemberId": {"UserId": "u-ada"}}],
        "UnreadGroups": [{"GroupId": "g-cut", "Reason": "throttled"}]})
}

fn with(mut instance: Value, key: &str, value: Value) -> Value {
    instance.as_object_mut().unwrap().insert(key.to_owned(), value);
    instance
}

const ADMIN: &str = "AWSReservedSSO_Admin_0123456789abcdef";
const READ_ONLY: &str = "AWSReservedSSO_AdminReadOnly_0123456789abcdef";

fn landings(estate: &Estate) -> Vec<String> {
    let people = estate.people().unwrap();
    let shown = |assignment: &Assignment| match assignment.landing() {
        Landing::Role(role) => estate.principal(*role).name().to_owned(),
        Landing::Ambiguous(roles) => format!("one of {}", roles.len()),
        Landing::NotProvisioned => "not provisioned".to_owned(),
        Landing::Unread(gap) => estate.gap(*gap).reason.clone(),
    };
    people.assignments().map(|(_, assignment)| shown(assignment)).collect()
}

fn left_over(estate: &Estate) -> Vec<&str> {
    let entrances = estate.people().unwrap().entrances();
    entrances.filter(|(_, e)| e.is_left_over()).map(|(role, _)| estate.principal(role).name()).collect()
}

fn unread(estate: &Estate) -> Vec<(&str, Vec<&str>)> {
    let reasons = |e: &Entrance| e.unread().iter().map(|gap| estate.gap(*gap).reason.as_str()).collect();
    estate.people().unwrap().entrances().map(|(role, e)| (estate.principal(role).name(), reasons(e))).collect()
}

#[test]
fn without_identity_center_nobody_can_be_entitled() {
    let mut estate = estate(&[], &[], &json!([]), &json!([instance(&["Admin"], &[])]));
    assert_eq!(estate.people().unwrap().entitlements_unread().len(), 1);
    // a collection that found no instance says so; an import without one says nothing
    estate.add_people(&IdentityCenterFile::default(), None);
    assert!(estate.people().unwrap().entitlements_unread().is_empty());
}

#[test]
fn a_set_is_matched_with_the_role_of_its_exact_name() {
    let names = ["Admin", "AdminReadOnly", "Data_Read"];
    let data = "AWSReservedSSO_Data_Read_0123456789abcdef";
    let assignments = names.map(|name| assigned(PROD, name, "USER", "u-ada"));
    let estate = estate(&[ADMIN, READ_ONLY, data], &[READ_ONLY], &json!([]), &json!([instance(&names, &assignments)]));
    assert_eq!(landings(&estate), [ADMIN, READ_ONLY, data]);
    // the same set in the other account is assigned to nobody
    assert_eq!(left_over(&estate), [READ_ONLY]);
}

#[test]
fn a_set_without_role_is_not_provisioned_where_roles_were_read_and_open_where_not() {
    let other = "303030303030";
    let assignments = [
        assigned(PROD, "Admin", "USER", "u-ada"),
        assigned(other, "Admin", "USER", "u-ada"),
        assigned(PROD, "gone", "USER", "u-ada"),
    ];
    let estate = estate(&[READ_ONLY], &[READ_ONLY], &json!([]), &json!([instance(&["Admin"], &assignments)]));
    let shown = landings(&estate);
    assert_eq!(
        shown,
        ["not provisioned", "permission set `ps-gone` was not read", "account 303030303030 is not in the snapshot"]
    );
    // a set whose name is not known may be that of any role of the account
    assert_eq!(left_over(&estate).len(), 1);
    let [(_, prod), (_, dev)] = unread(&estate).try_into().unwrap();
    assert_eq!((prod, dev), (vec!["permission set `ps-gone` was not read"], vec![]));
}

#[test]
fn two_roles_of_one_set_are_ambiguous() {
    let second = "AWSReservedSSO_Admin_fedcba9876543210";
    let assignments = [assigned(PROD, "Admin", "GROUP", "g-ops")];
    let estate = estate(&[ADMIN, second], &[], &json!([]), &json!([instance(&["Admin"], &assignments)]));
    assert_eq!(landings(&estate), ["one of 2"]);
    let people = estate.people().unwrap();
    assert!(people.entrances().all(|(role, _)| people.assigned(role).count() == 1));
    // the path tells which of them an instance of another region has left
    let dir = |region: &str| json!([with(instance(&["Admin"], &assignments), "Region", json!(region))]);
    let of = |roles: &[(&str, &str)], region: &str| landings(&estate_of(roles, &[], &json!([]), &dir(region)));
    let left = [(ADMIN, "us-west-2"), (second, "eu-central-1")];
    assert_eq!(of(&left, "eu-central-1"), [second]);
    assert_eq!(of(&left, "ap-south-1"), ["one of 2"]);
}

#[test]
fn a_role_is_left_over_only_where_its_assignments_were_read() {
    let unread_pair = json!([{"AccountId": PROD, "PermissionSetArn": "ps-Admin", "Reason": "denied"}]);
    let cut = with(instance(&["Admin", "AdminReadOnly"], &[]), "UnreadAssignments", unread_pair);
    let of_pair = estate(&[ADMIN, READ_ONLY], &[ADMIN], &json!([]), &json!([cut]));
    assert_eq!(left_over(&of_pair), [READ_ONLY, ADMIN]);
    let of_principal = json!([{"PrincipalId": "g-ops", "Reason": "denied"}]);
    let cut = with(instance(&["Admin"], &[]), "UnreadAssignments", of_principal);
    assert!(left_over(&estate(&[ADMIN], &[ADMIN], &json!([]), &json!([cut]))).is_empty());
    let mut none = instance(&["Admin"], &[]);
    none.as_object_mut().unwrap().remove("AccountAssignments");
    let none = estate(&[ADMIN], &[], &json!([]), &json!([none]));
    assert_eq!(unread(&none), [(ADMIN, vec!["assignments of `d-1` were not read"])]);
}

#[test]
fn cohorts_leave_out_disabled_users_and_part_those_whom_a_policy_tells_apart() {
    let reads_title = json!([{"UserName": "x", "Path": "/", "UserId": "AIDAX", "Arn": format!("arn:aws:iam::{PROD}:user/x"),
        "CreateDate": "2026-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Action": "sts:AssumeRole", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/Job": "ops"}}}}}]}]);
    // every session has a tag: a call that passes none is another
    let attributes = json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}, {"Key": "name", "Value": {"Source": ["${path:userName}"]}}]);
    let of = |users: &Value| {
        let estate =
            estate(&[], &[], users, &json!([with(instance(&[], &[]), "AccessControlAttributes", attributes.clone())]));
        let people = estate.people().unwrap();
        let names = |group: &PeopleGroup| {
            let cohorts = group.cohorts().iter().map(|ix| people.cohort(*ix).members().to_vec());
            cohorts.map(|of| of.into_iter().map(|p| people.name_of(p)).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        people
            .groups()
            .map(|(_, group)| (group.name().to_owned(), names(group), group.unread().is_some()))
            .collect::<Vec<_>>()
    };
    let ops = |cohorts: &[&[&str]]| {
        let cohorts =
            cohorts.iter().map(|names| names.iter().map(|n| (*n).to_owned()).collect()).collect::<Vec<Vec<_>>>();
        vec![("cut".to_owned(), vec![], true), ("ops".to_owned(), cohorts, false)]
    };
    assert_eq!(of(&json!([])), ops(&[&["ada", "eve"]]));
    assert_eq!(of(&reads_title), ops(&[&["ada"], &["eve"]]));
}

#[test]
fn whom_an_id_means_that_is_not_listed_depends_on_what_was_read() {
    let assignments = [assigned(PROD, "Admin", "USER", "u-gone"), assigned(PROD, "Admin", "ROBOT", "r-1")];
    let estate = estate(&[ADMIN], &[], &json!([]), &json!([instance(&["Admin"], &assignments)]));
    let people = estate.people().unwrap();
    let gap = |assignment: &Assignment| match assignment.assignee() {
        Assignee::Unknown(unknown) => unknown.gap.map(|gap| estate.gap(gap).reason.clone()),
        _ => panic!("known"),
    };
    let gaps: Vec<_> = people.assignments().map(|(_, assignment)| gap(assignment)).collect();
    assert!(gaps.contains(&None));
    assert!(gaps.iter().flatten().any(|reason| reason.contains("`ROBOT`")));
    assert_eq!(unread(&estate).len(), 1);
    assert_eq!(unread(&estate)[0].1.len(), 1);
}

#[test]
fn users_of_two_stores_who_share_a_name_are_told_apart_by_it() {
    let second = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-2", "IdentityStoreId": "d-2",
        "PermissionSetsEnabled": false, "Users": [{"UserId": "u-ada", "UserName": "Ada"}], "Groups": [], "GroupMemberships": []});
    let estate = estate(&[], &[], &json!([]), &json!([instance(&[], &[]), second]));
    let people = estate.people().unwrap();
    let names: Vec<String> = people.persons().map(|(ix, _)| people.name_of(ix)).collect();
    assert_eq!(names, ["ada (d-1)", "bob", "eve", "Ada (d-2)"]);
}

#[test]
fn a_member_who_is_not_among_the_users_is_not_known() {
    let is_open = |member: &str| {
        let mut instance = instance(&["Admin"], &[assigned(PROD, "Admin", "GROUP", "g-ops")]);
        let memberships = instance["GroupMemberships"].as_array_mut().unwrap();
        memberships.push(json!({"GroupId": "g-ops", "MemberId": {"UserId": member}}));
        let estate = estate(&[ADMIN], &[], &json!([]), &json!([instance]));
        let people = estate.people().unwrap();
        let (_, assignment) = people.assignments().next().unwrap();
        let Assignee::Group(group) = assignment.assignee() else { panic!("a group is assigned") };
        people.group(*group).unread().is_some()
    };
    assert!(is_open("u-new") && !is_open("u-ada"));
}
