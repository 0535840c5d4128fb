//! Laws of effective power, on random policies: a restriction never adds power, a grant never takes one away.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::{Power, Powers};
use crate::model::Estate;
use crate::posture::entry::Can;
use crate::snapshot::Snapshot;

const PLAIN: &str = "111111111111";
const LIMITED: &str = "222222222222";

const ACTIONS: &[&str] = &[
    "*",
    "iam:*",
    "iam:*Role*",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:Create*",
    "iam:UpdateAssumeRolePolicy",
    "iam:Get*",
    "s3:*",
    "s3:Get*",
    "s3:PutObject",
    "*:Put*",
    "*:Get*",
    "secretsmanager:GetSecretValue",
    "ec2:Describe*",
    "cloudtrail:*",
    "cloudtrail:StopLogging",
    "sts:AssumeRole",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::*:role/team/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:cloudtrail:*:*:trail/*",
    "arn:aws:iam::*:role/${aws:PrincipalTag/team}",
];

fn condition() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({}),
        json!({}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/b"}}),
        json!({"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/b"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app*"}}),
        json!({"StringEquals": {"aws:ResourceTag/team": "x"}}),
        json!({"Null": {"aws:ResourceTag/team": "true"}}),
    ])
}

/// Whether an action can be done to a resource: nobody allows `iam:CreateRole` on a bucket.
fn fits(action: &str, resource: &str) -> bool {
    let service = action.split(':').next().unwrap();
    resource == "*" || service == "*" || resource.contains(&format!(":{service}:"))
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let actions = subsequence(ACTIONS, 1..4);
    let resources = subsequence(RESOURCES, 1..3);
    let parts = (actions, resources, condition(), 0..4, 0..6);
    parts.prop_map(move |(actions, mut resources, condition, by_action, by_resource)| {
        let action = if by_action == 0 { "NotAction" } else { "Action" };
        let resource = if by_resource == 0 { "NotResource" } else { "Resource" };
        resources.retain(|resource| by_action == 0 || actions.iter().all(|action| fits(action, resource)));
        let resources = if by_resource > 2 || resources.is_empty() { json!("*") } else { json!(resources) };
        json!({"Effect": effect, action: actions, resource: resources, "Condition": condition})
    })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    let any = prop_oneof![3 => statement("Allow"), 1 => statement("Deny")];
    prop::collection::vec(any, 1..4)
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn role(account: &str, name: &str, statements: &[Value], boundary: Option<&str>) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let mut role = json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"),
        "Arn": format!("arn:aws:iam::{account}:role/{name}"), "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(statements)}],
        "AttachedManagedPolicies": []});
    if let Some(arn) = boundary {
        role["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    }
    role
}

/// Two accounts with the same roles, one of them limited by an SCP.
fn estate(roles: impl Fn(&str) -> Vec<Value>, boundary: &[Value], scp: &[Value]) -> Estate {
    let dir = tempfile::tempdir().unwrap();
    let full = document(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
    let accounts: Vec<Value> = [PLAIN, LIMITED]
        .iter()
        .map(|id| json!({"Id": id, "Name": id, "ParentId": "r-root", "State": "ACTIVE"}))
        .collect();
    let organization = json!({
        "Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": "999999999999"},
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [], "Accounts": accounts,
        "Policies": [
            {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY", "Content": full,
                "TargetIds": ["r-root", PLAIN]},
            {"Id": "p-limit", "Name": "limit", "Type": "SERVICE_CONTROL_POLICY", "Content": document(scp),
                "TargetIds": [LIMITED]}]});
    std::fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    for account in [PLAIN, LIMITED] {
        let version = json!({"Document": document(boundary), "VersionId": "v1", "IsDefaultVersion": true});
        let policy = json!({"PolicyName": "b", "Arn": format!("arn:aws:iam::{account}:policy/b"), "DefaultVersionId": "v1",
            "PolicyVersionList": [version]});
        let file = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles(account), "Policies": [policy]});
        std::fs::write(dir.path().join(format!("accounts/{account}.json")), file.to_string()).unwrap();
    }
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap()
}

fn facts(power: &Power) -> [Can; 4] {
    [&power.administrator, &power.writes, &power.broad_read, &power.stops_logging].map(|fact| fact.can())
}

/// No fact of one holds more surely than that of the other.
fn at_most(one: [Can; 4], other: [Can; 4]) -> bool {
    one.iter().zip(other).all(|(one, other)| *one <= other)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn restrictions_take_power_away_and_grants_add_it(
        own in statements(), deny in statement("Deny"), allow in statement("Allow"), boundary in statements(), scp in statements(),
    ) {
        let with = |more: &Value| own.iter().chain([more]).cloned().collect::<Vec<Value>>();
        let (denied, allowed) = (with(&deny), with(&allow));
        let roles = |account: &str| {
            let arn = format!("arn:aws:iam::{account}:policy/b");
            vec![
                role(account, "app", &own, None),
                role(account, "app-denied", &denied, None),
                role(account, "app-allowed", &allowed, None),
                role(account, "app-bounded", &own, Some(&arn)),
            ]
        };
        let estate = estate(roles, &boundary, &scp);
        let powers = Powers::new(&estate);
        let of = |account: &str, name: &str| {
            let ix = estate.principal_by_arn(&format!("arn:aws:iam::{account}:role/{name}")).unwrap();
            let class = estate.principal(ix).class();
            // classes that are alike share their facts: each would have found the same by itself
            let found = facts(powers.of(class));
            assert_eq!(found, facts(&powers.computed(class)), "{own:?}");
            found
        };
        for account in [PLAIN, LIMITED] {
            let plain = of(account, "app");
            prop_assert!(at_most(of(account, "app-denied"), plain), "a Deny adds power: {own:?} {deny}");
            prop_assert!(at_most(plain, of(account, "app-allowed")), "an Allow takes power: {own:?} {allow}");
            prop_assert!(at_most(of(account, "app-bounded"), plain), "a boundary adds power: {own:?} {boundary:?}");
        }
        for name in ["app", "app-denied", "app-allowed", "app-bounded"] {
            prop_assert!(at_most(of(LIMITED, name), of(PLAIN, name)), "an SCP adds power: {own:?} {scp:?}");
        }
    }
}
