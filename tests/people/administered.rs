//! Whoever administers Identity Center or the account access manager lets itself into roles of member accounts.

use std::collections::BTreeMap;

use rolehop::answer::Verdict;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::world::{DEV, HOME, INSTANCE, PROD, SUFFIX, World, application, member, reserved, role};

const ADMIN: &str = "arn:aws:sso:::permissionSet/ssoins-1/ps-admin";
const OTHER: &str = "arn:aws:sso:::permissionSet/ssoins-1/ps-other";

fn allow(actions: &[&str], resources: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]})
}

fn ec2() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

/// A role of Identity Center in prod; in the account, who may do this.
fn world(account: &'static str, policy: &Value) -> World {
    let prod = vec![reserved(PROD, "Admin", SUFFIX), reserved(PROD, "Gone", SUFFIX)];
    let sets = [("Admin", ADMIN), ("Other", OTHER)].map(|(name, arn)| json!({"PermissionSetArn": arn, "Name": name}));
    let assigned =
        json!({"AccountId": PROD, "PermissionSetArn": ADMIN, "PrincipalType": "GROUP", "PrincipalId": "g-team"});
    let mut world = World::new(prod, &[], vec![assigned])
        .with("PermissionSets", json!(sets))
        .with("GroupMemberships", json!([member("g-team", "u-eve")]));
    world.roles.get_mut(account).unwrap().push(role(account, "/", "who", &ec2(), Some(policy)));
    world
}

/// The ways of `who` into roles of prod, with their verdicts.
fn ways(world: &World, account: &str) -> BTreeMap<(String, String), Verdict> {
    let name = if account == HOME { "home/who" } else { "dev/who" };
    world.ask_with_escalations(|graph| {
        let answer = query::can(graph, name).unwrap();
        let of = |target: &str| query::path(graph, name, target, &Targets::new()).unwrap();
        let reached = answer.answers.iter().map(|reached| of(&reached.role));
        reached.map(|path| ((path.to.clone(), path.hops[0].kind.clone()), path.verdict)).collect()
    })
}

fn role_of(set: &str) -> String {
    format!("arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{set}_{SUFFIX}")
}

fn found(set: &str, kind: &str, verdict: Verdict) -> BTreeMap<(String, String), Verdict> {
    BTreeMap::from([((role_of(set), kind.to_owned()), verdict)])
}

#[test]
fn whoever_assigns_permission_sets_enters_the_role_of_a_set_that_is_there() {
    let assigns = allow(&["sso:CreateAccountAssignment"], &["*"]);
    // the set `Gone` was deleted, and what it left behind cannot be assigned
    assert_eq!(ways(&world(HOME, &assigns), HOME), found("Admin", "assign-permission-set", Verdict::Allowed));
    // nobody administers it in dev
    assert_eq!(ways(&world(DEV, &assigns), DEV), BTreeMap::new());
    // an administrator of the management account is one of those
    let administrator = allow(&["*"], &["*"]);
    assert_eq!(ways(&world(HOME, &administrator), HOME), found("Admin", "assign-permission-set", Verdict::Allowed));
}

/// An administrator of the account that administers it is above all in its own account already.
#[test]
fn a_delegated_administrator_enters_other_members_and_never_the_management_account() {
    let policies = [allow(&["sso:CreateAccountAssignment"], &["*"]), allow(&["*"], &["*"])];
    for (policy, own) in policies.iter().zip([1, 0]) {
        let mut world = world(DEV, policy);
        world.delegated = json!([{"Id": DEV, "Services": [{"ServicePrincipal": "sso.amazonaws.com"}]}]);
        for account in [HOME, DEV] {
            world.roles.get_mut(account).unwrap().push(reserved(account, "Admin", SUFFIX));
        }
        let found = ways(&world, DEV);
        let of = |account: &str| found.keys().filter(|(role, _)| role.contains(account)).count();
        assert_eq!((of(PROD), of(HOME), of(DEV)), (1, 0, own), "{found:?}");
        // another service is no reason
        world.delegated = json!([{"Id": DEV, "Services": [{"ServicePrincipal": "account-access.amazonaws.com"}]}]);
        assert_eq!(ways(&world, DEV).keys().filter(|(role, _)| role.contains(PROD)).count(), 0);
    }
}

/// A guardrail of the account that is entered may keep the sign-in out.
#[test]
fn what_the_role_lets_in_has_a_say() {
    let mut world = world(HOME, &allow(&["sso:CreateAccountAssignment"], &["*"]));
    let role = &mut world.roles.get_mut(PROD).unwrap()[0];
    role["AssumeRolePolicyDocument"] = ec2();
    assert_eq!(ways(&world, HOME), BTreeMap::new());
}

#[test]
fn resources_of_an_assignment_are_those_of_the_role() {
    let account = format!("arn:aws:sso:::account/{PROD}");
    let of = |set: &str, account: &str| {
        let policy = allow(&["sso:CreateAccountAssignment"], &[INSTANCE, set, account]);
        ways(&world(HOME, &policy), HOME)
    };
    assert_eq!(of(ADMIN, &account), found("Admin", "assign-permission-set", Verdict::Allowed));
    assert_eq!(of(OTHER, &account), BTreeMap::new());
    assert_eq!(of(ADMIN, &format!("arn:aws:sso:::account/{DEV}")), BTreeMap::new());
}

#[test]
fn a_denied_or_limited_assignment_is_none() {
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sso:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sso:CreateAccountAssignment", "Resource": "*"}]});
    assert_eq!(ways(&world(HOME, &denied), HOME), BTreeMap::new());
    let with_mfa = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sso:CreateAccountAssignment",
        "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]});
    assert_eq!(ways(&world(HOME, &with_mfa), HOME), found("Admin", "assign-permission-set", Verdict::Conditional));
}

#[test]
fn whoever_fills_groups_enters_what_a_group_is_assigned() {
    let of = |group: &str| {
        let policy = allow(
            &["identitystore:CreateGroupMembership"],
            &[
                &format!("arn:aws:identitystore:::group/{group}"),
                &format!("arn:aws:identitystore::{HOME}:identitystore/d-1"),
                "arn:aws:identitystore:::user/*",
            ],
        );
        ways(&world(HOME, &policy), HOME)
    };
    assert_eq!(of("g-team"), found("Admin", "join-identity-group", Verdict::Allowed));
    assert_eq!(of("g-cut"), BTreeMap::new());
}

#[test]
fn where_identity_center_was_not_read_an_assignment_is_unknown() {
    let mut world = world(HOME, &allow(&["sso:CreateAccountAssignment"], &["*"]));
    world.without_people = true;
    let found = ways(&world, HOME);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.values().all(|verdict| *verdict == Verdict::Unknown), "{found:?}");
}

#[test]
fn whoever_entitles_enters_a_role_that_trusts_the_service_for_its_application() {
    let trust = |application: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "account-access.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"],
            "Condition": {"StringEquals": {"aws:SourceAccount": HOME}, "ArnLike": {"aws:SourceArn": application}}}]})
    };
    let of = |source: &str, resource: &str| {
        let mut world = world(HOME, &allow(&["account-access:CreateEntitlement"], &[resource]));
        world.roles.get_mut(PROD).unwrap().push(role(PROD, "/", "entitled", &trust(source), None));
        let entitled = format!("arn:aws:iam::{PROD}:role/elsewhere");
        world.entitlements = Some(
            json!([{"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": entitled, "Account": PROD, "GroupId": "g-team"}}]),
        );
        ways(&world, HOME)
    };
    let role = format!("arn:aws:iam::{PROD}:role/entitled");
    let expected = BTreeMap::from([((role, "create-entitlement".to_owned()), Verdict::Allowed)]);
    assert_eq!(of(&application(), "*"), expected);
    assert_eq!(of(&application(), &application()), expected);
    let other = application().replace("a-1", "a-2");
    assert_eq!(of(&other, "*"), BTreeMap::new());
    assert_eq!(of(&application(), &other), BTreeMap::new());
}

/// The instance is the management account's, whoever administers it.
#[test]
fn an_identity_store_belongs_to_the_management_account() {
    let of = |owner: &str| {
        let store = format!("arn:aws:identitystore::{owner}:identitystore/d-1");
        let groups = ["arn:aws:identitystore:::group/*", "arn:aws:identitystore:::user/*", &store];
        let mut world = world(DEV, &allow(&["identitystore:CreateGroupMembership"], &groups));
        world.delegated = json!([{"Id": DEV, "Services": [{"ServicePrincipal": "sso.amazonaws.com"}]}]);
        ways(&world, DEV)
    };
    assert_eq!(of(HOME), found("Admin", "join-identity-group", Verdict::Allowed));
    assert_eq!(of(DEV), BTreeMap::new());
}

/// Nobody reads tags of permission sets; an account has none.
#[test]
fn a_tag_of_a_permission_set_is_a_condition() {
    let of = |statements: Value| ways(&world(HOME, &json!({"Version": "2012-10-17", "Statement": statements})), HOME);
    let statement = |effect: &str, resources: &[&str], condition: Value| {
        json!({"Effect": effect,
        "Action": "sso:CreateAccountAssignment", "Resource": resources, "Condition": condition})
    };
    let sets = "arn:aws:sso:::permissionSet/*";
    let low = json!({"StringEquals": {"aws:ResourceTag/level": "low"}});
    let high = json!({"StringEquals": {"aws:ResourceTag/level": "high"}});
    let conditional = found("Admin", "assign-permission-set", Verdict::Conditional);
    let others = statement("Allow", &[INSTANCE, "arn:aws:sso:::account/*"], json!({}));
    assert_eq!(of(json!([others, statement("Allow", &[sets], low.clone())])), conditional);
    assert_eq!(of(json!([statement("Allow", &["*"], json!({})), statement("Deny", &[sets], high)])), conditional);
    assert_eq!(of(json!([statement("Allow", &["*"], low)])), BTreeMap::new());
}

#[test]
fn an_application_without_entitlements_is_one_and_a_list_without_applications_has_none() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "account-access.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:SetContext"]}]});
    let of = |applications: Option<Value>| {
        let mut world = world(HOME, &allow(&["account-access:CreateEntitlement"], &[&application()]));
        world.roles.get_mut(PROD).unwrap().push(role(PROD, "/", "entitled", &trust, None));
        world.applications = applications;
        ways(&world, HOME).into_values().collect::<Vec<_>>()
    };
    let listed = |arn: String| json!({"ApplicationArn": arn, "InstanceArn": INSTANCE, "Entitlements": []});
    let other = application().replace("a-1", "a-2");
    assert_eq!(of(Some(json!([listed(application())]))), [Verdict::Allowed]);
    assert_eq!(of(Some(json!([listed(other.clone()), listed(application())]))), [Verdict::Allowed]);
    assert_eq!(of(Some(json!([listed(other)]))), []);
    assert_eq!(of(Some(json!([]))), []);
    assert_eq!(of(None), [Verdict::Unknown]);
}

#[test]
fn an_answer_without_delegated_administrators_is_not_proven_where_somebody_elsewhere_could_be_one() {
    let asked = |action: &str, delegated: Value| {
        let mut world = world(DEV, &allow(&[action], &["*"]));
        world.delegated = delegated;
        world.ask_with_escalations(|graph| {
            let target = role_of("Admin");
            let who = query::who_can(graph, &target, &Targets::new()).unwrap();
            let path = query::path(graph, "dev/who", &target, &Targets::new()).unwrap();
            assert_eq!(query::can(graph, "dev/who").unwrap().proven, path.verdict != Verdict::Unknown);
            let says = |gap: &rolehop::snapshot::ledger::Gap| gap.reason == "delegated administrators were not read";
            assert_eq!(who.gaps.iter().any(says), path.gaps.iter().any(says));
            (who.gaps.iter().any(says), path.verdict)
        })
    };
    assert_eq!(asked("sso:CreateAccountAssignment", Value::Null), (true, Verdict::Unknown));
    assert_eq!(asked("sso:ListInstances", Value::Null), (false, Verdict::Denied));
    assert_eq!(asked("sso:CreateAccountAssignment", json!([])), (false, Verdict::Denied));
    assert_eq!(asked("sso:CreateAccountAssignment", json!([{"Id": DEV}])), (true, Verdict::Unknown));
}

#[test]
fn a_group_may_be_assigned_where_assignments_were_not_read() {
    let fills = allow(&["identitystore:CreateGroupMembership"], &["*"]);
    let unread = json!([{"AccountId": PROD, "Reason": "AccessDeniedException"}]);
    let world = world(HOME, &fills).with("AccountAssignments", json!([])).with("UnreadAssignments", unread);
    assert_eq!(ways(&world, HOME)[&(role_of("Admin"), "join-identity-group".to_owned())], Verdict::Unknown);
}

/// Who gives itself any policy has what it takes, unless a guardrail keeps it from that.
#[test]
fn whoever_changes_itself_assigns_then() {
    let own = format!("arn:aws:iam::{HOME}:role/who");
    let puts = allow(&["iam:PutRolePolicy"], &[&own]);
    let expected = found("Admin", "put-policy", Verdict::Allowed);
    assert_eq!(ways(&world(HOME, &puts), HOME), expected);
    let then = world(HOME, &puts).ask_with_escalations(|graph| {
        let path = query::path(graph, "home/who", &role_of("Admin"), &Targets::new()).unwrap();
        let hop = path.hops.into_iter().next().unwrap();
        assert!(hop.evidence.iter().all(|evidence| !evidence.text.contains("does not")), "{:?}", hop.evidence);
        let escalation = hop.escalation.unwrap();
        (escalation.then, escalation.needs)
    });
    let needs = vec!["a user of Identity Center acts for the caller".to_owned()];
    assert_eq!(then, (Some("sso:CreateAccountAssignment".to_owned()), needs));
    let iam = allow(&["iam:*"], &["*"]);
    assert_eq!(ways(&world(HOME, &iam), HOME).len(), 1);
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": own},
        {"Effect": "Deny", "Action": ["sso:*", "identitystore:*"], "Resource": "*"}]});
    assert_eq!(ways(&world(HOME, &denied), HOME), BTreeMap::new());
    assert_eq!(ways(&world(DEV, &allow(&["iam:PutRolePolicy"], &[&own.replace(HOME, DEV)])), DEV), BTreeMap::new());
}
