//! Which credential a user signs with: what an answer depends on, also along a path.

#![allow(clippy::unwrap_used, reason = "a question that cannot be asked has failed its test")]

mod support;

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};
use support::*;

const MFA: &str = "aws:MultiFactorAuthPresent";

fn mfa(operator: &str) -> Value {
    json!({operator: {MFA: "true"}})
}

/// A row of the credential report.
fn credentials(name: &str, password: bool, mfa: bool, key: bool) -> Value {
    json!({"user": name, "arn": user(HUB, name), "password_enabled": password.to_string(), "mfa_active": mfa.to_string(),
        "access_key_1_active": key.to_string(), "access_key_2_active": "false"})
}

/// IAM User Guide, "Configuring MFA-protected API access" and "AWS global condition context keys": requests with a long-term key
/// have no MFA key, and the console asks for the device that a user has.
#[test]
fn a_user_is_judged_by_the_ways_to_sign_that_there_are() {
    let mfa = "aws:MultiFactorAuthPresent";
    let cases = [
        (json!({"BoolIfExists": {mfa: "true"}}), ["allowed", "conditional", "conditional", "allowed"]),
        (
            json!({"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "60"}}),
            ["allowed", "allowed", "conditional", "allowed"],
        ),
        (json!({"Bool": {mfa: "true"}}), ["conditional", "conditional", "conditional", "conditional"]),
        (json!({"Null": {"aws:TokenIssueTime": "true"}}), ["allowed", "denied", "denied", "allowed"]),
        (json!({"Null": {"aws:TokenIssueTime": "false"}}), ["allowed", "allowed", "allowed", "allowed"]),
    ];
    for (condition, verdicts) in cases {
        let mut world = World::of_organization();
        world.role(PROD, "ops", trusts_if(root(HUB), condition.clone()), &[]);
        world.role(HUB, "app", trusts(root(HUB)), &[may_assume(&["*"])]);
        for name in ["key", "password", "device", "none"] {
            world.user(HUB, name, &[may_assume(&["*"])]);
        }
        world.account(HUB)["CredentialReport"] = json!([
            {"user": "<root_account>", "arn": format!("arn:aws:iam::{HUB}:root"), "mfa_active": "true"},
            credentials("key", false, false, true), credentials("password", true, false, false),
            credentials("device", true, true, false), credentials("none", false, false, false)]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate);
        for (name, verdict) in ["key", "password", "device", "none"].iter().zip(verdicts) {
            let answer = query::path(&graph, &user(HUB, name), &role(PROD, "ops"), &Targets::new()).unwrap();
            assert_eq!(answer.verdict.as_str(), verdict, "{name} under {condition}");
        }
    }
}

/// The hub's users `key`, `password`, `device` (and a password) and `none`; each may assume what trusts the hub.
fn world_of_credentials() -> World {
    let mut world = World::of_organization();
    for name in ["key", "password", "device", "none"] {
        world.user(HUB, name, &[may_assume(&["*"])]);
    }
    world.account(HUB)["CredentialReport"] = json!([
        credentials("key", false, false, true),
        credentials("password", true, false, false),
        credentials("device", true, true, false),
        credentials("none", false, false, false)
    ]);
    world
}

/// A user without MFA has no MFA age at any hop; a user who must sign in with a device carries it on.
#[test]
fn a_chain_is_signed_in_one_way() {
    const AGE: &str = "aws:MultiFactorAuthAge";
    let age = json!({"NumericLessThanIfExists": {AGE: "60"}});
    let cases = [
        // trust policy of the first role, of the second; results for users with a key and with a device
        (json!({}), age.clone(), (Verdict::Allowed, vec![]), (Verdict::Conditional, vec![AGE])),
        (mfa("BoolIfExists"), age, (Verdict::Allowed, vec![]), (Verdict::Conditional, vec![AGE, MFA])),
        (mfa("BoolIfExists"), mfa("Bool"), (Verdict::Conditional, vec![MFA]), (Verdict::Conditional, vec![MFA])),
        (
            json!({"Null": {"aws:TokenIssueTime": "true"}}),
            mfa("Bool"),
            (Verdict::Denied, vec![]),
            (Verdict::Denied, vec![]),
        ),
    ];
    for (first, second, key, device) in cases {
        let mut world = world_of_credentials();
        world.role(HUB, "app", trusts_if(root(HUB), first.clone()), &[may_assume(&["*"])]);
        world.role(PROD, "ops", trusts_if(json!({"AWS": role(HUB, "app")}), second.clone()), &[]);
        for (name, (verdict, conditions)) in [("key", &key), ("device", &device)] {
            let found = path(&world, &user(HUB, name), &role(PROD, "ops"));
            assert_eq!(
                (found.verdict, found.conditions),
                (*verdict, conditions.iter().map(|c| (*c).to_owned()).collect()),
                "{name}: {first} {second}"
            );
            let who = who_can(&world, &role(PROD, "ops"));
            let row = who.answers.iter().find(|r| r.principal == user(HUB, name));
            assert_eq!(row.map_or(Verdict::Denied, |r| r.verdict), *verdict, "{name}: {first} {second}");
            assert!(row.is_none_or(|r| r.conditions == *conditions && who.targets_of(r)[0].conditions == *conditions));
        }
    }
}

/// The way to sign that a hop names works for the whole path.
#[test]
fn the_credential_of_a_hop_is_that_of_the_path() {
    let mut world = world_of_credentials();
    let either = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": root(HUB), "Action": "sts:AssumeRole", "Condition": {"Null": {"aws:TokenIssueTime": "true"}}},
        {"Effect": "Allow", "Principal": root(HUB), "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]});
    world.role(HUB, "app", either, &[may_assume(&["*"])]);
    world.role(PROD, "ops", trusts_if(json!({"AWS": role(HUB, "app")}), mfa("Bool")), &[]);
    let near = path(&world, &user(HUB, "key"), &role(HUB, "app"));
    assert_eq!((near.verdict, near.hops[0].credential), (Verdict::Allowed, Some("access-key")));
    let far = path(&world, &user(HUB, "key"), &role(PROD, "ops"));
    assert_eq!(far.hops[0].credential, Some("session-with-mfa"));
    assert_eq!(
        (far.verdict, far.conditions),
        (Verdict::Conditional, vec![MFA.to_owned(), "sts:ExternalId".to_owned()])
    );
}

/// Session names tie calls together: the one that allows the next hop may be the one that needs MFA.
#[test]
fn a_session_name_that_needs_mfa_makes_mfa_a_condition() {
    let mut world = world_of_credentials();
    let named = |name: &str, mfa: &str| {
        json!({"Effect": "Allow", "Principal": root(HUB), "Action": "sts:AssumeRole",
            "Condition": {"Bool": {MFA: mfa}, "StringEquals": {"sts:RoleSessionName": name}}})
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [named("m", "true"), named("p", "false")]});
    world.role(PROD, "app", trust, &[may_assume(&["*"])]);
    let of = |name: &str| {
        trusts_if(json!({"AWS": role(PROD, "app")}), json!({"StringLike": {"aws:userid": format!("*:{name}")}}))
    };
    world.role(DEV, "plain", of("p"), &[]).role(DEV, "careful", of("m"), &[]);
    for name in ["key", "password"] {
        let needs = |to: &str| path(&world, &user(HUB, name), &role(DEV, to)).conditions.contains(&MFA.to_owned());
        assert!(!needs("plain") && needs("careful"), "{name}");
    }
    assert_eq!(path(&world, &user(HUB, "device"), &role(DEV, "plain")).verdict, Verdict::Denied);
}

/// Explain, path and edges use the same ways to sign.
#[test]
fn explain_judges_a_user_as_path_does() {
    let estate = |condition: &Value| {
        let mut world = world_of_credentials();
        world.role(PROD, "ops", trusts_if(root(HUB), condition.clone()), &[]);
        world.estate()
    };
    let cases = [
        json!({"Bool": {MFA: "false"}}),
        mfa("BoolIfExists"),
        mfa("Bool"),
        json!({"Null": {"aws:TokenIssueTime": "true"}}),
    ];
    for condition in &cases {
        let estate = estate(condition);
        let graph = TrustGraph::new(&estate);
        for name in ["key", "password", "device", "none"] {
            let (from, to) = (user(HUB, name), role(PROD, "ops"));
            let path = query::path(&graph, &from, &to, &Targets::new()).unwrap();
            let explained = query::explain(&graph, &from, &to).unwrap();
            assert_eq!(
                (path.verdict, path.conditions),
                (explained.verdict, explained.conditions),
                "{name} {condition}"
            );
        }
    }
}

/// Access keys and devices are known from their lists, too.
#[test]
fn lists_of_keys_and_devices_tell_ways_to_sign() {
    let mut world = world_of_credentials();
    world.role(PROD, "ops", trusts_if(root(HUB), mfa("BoolIfExists")), &[]);
    let account = world.account(HUB);
    account.as_object_mut().unwrap().remove("CredentialReport");
    account["AccessKeys"] = json!([
        {"UserName": "key", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active"},
        {"UserName": "device", "AccessKeyId": "AKIAI44QH8DHBEXAMPLE", "Status": "Inactive"}]);
    account["MFADevices"] = json!([{"UserName": "device", "SerialNumber": format!("arn:aws:iam::{HUB}:mfa/device")}]);
    assert_eq!(answer(&world, &user(HUB, "key"), &role(PROD, "ops")), (Verdict::Allowed, vec![]));
    assert_eq!(answer(&world, &user(HUB, "device"), &role(PROD, "ops")), (Verdict::Conditional, vec![MFA.to_owned()]));
}

/// A credential that does not exist today is mentioned, whatever the answer is.
#[test]
fn what_a_user_lacks_today_is_said() {
    let needs = |condition: Value, name: &str| {
        let mut world = world_of_credentials();
        world.role(PROD, "ops", trusts_if(root(HUB), condition), &[]);
        path(&world, &user(HUB, name), &role(PROD, "ops")).hops[0].needs.join("; ")
    };
    assert!(needs(mfa("Bool"), "key").contains("no MFA device today"));
    assert!(!needs(mfa("Bool"), "device").contains("no MFA device today"));
    assert!(needs(mfa("BoolIfExists"), "none").contains("no active access key and no password today"));
    assert!(
        needs(mfa("BoolIfExists"), "device").contains("needs MFA"),
        "the console asks for it: nothing else is there"
    );
}
