//! What a user has today decides which credentials somebody may make for it: keys, a password, an MFA device.

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, World, may_assume, role, root, trusts, trusts_if, user};

/// `who` may do this to `joe`, whom a role lets in by name.
fn world(actions: &[&str]) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(json!({"AWS": user(DEV, "joe")})), &[everything()]);
    world.user(DEV, "joe", &[]);
    world.user(DEV, "who", &[allow(actions, &user(DEV, "joe"))]);
    world
}

/// The first way in, by its id.
fn way(world: &World) -> Option<String> {
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let found = query::path(&graph, "dev/who", "dev/target", &Targets::new()).unwrap();
    (found.verdict == Verdict::Allowed).then(|| found.hops[0].escalation.as_ref().unwrap().catalogue.clone())
}

/// The row of joe in the credential report.
fn row(password: &str, mfa: &str, keys: [&str; 2]) -> Value {
    let rotated = keys.map(|key| if key == "true" { "2026-01-01T00:00:00+00:00" } else { "N/A" });
    json!([{"user": "joe", "arn": user(DEV, "joe"), "password_enabled": password, "mfa_active": mfa,
        "access_key_1_active": keys[0], "access_key_1_last_rotated": rotated[0],
        "access_key_2_active": keys[1], "access_key_2_last_rotated": rotated[1]}])
}

fn with(actions: &[&str], row: Value) -> Option<String> {
    let mut world = world(actions);
    world.account(DEV)["CredentialReport"] = row;
    way(&world)
}

const NO_KEYS: [&str; 2] = ["false", "false"];

#[test]
fn a_password_is_changed_where_there_is_one_and_no_device_is_asked_for_beside_it() {
    let changes = ["iam:UpdateLoginProfile"];
    let both = ["iam:DeactivateMFADevice", "iam:UpdateLoginProfile"];
    let is = |id: &str| Some(id.to_owned());
    assert_eq!(with(&changes, row("true", "false", NO_KEYS)), is("iam-006"));
    assert_eq!(with(&changes, row("true", "true", NO_KEYS)), None);
    assert_eq!(with(&both, row("true", "true", NO_KEYS)), is("rh-deactivate-mfa"));
    assert_eq!(with(&both, row("true", "false", NO_KEYS)), is("iam-006"));
    assert_eq!(with(&both, row("false", "true", NO_KEYS)), None);
    assert_eq!(with(&both[..1], row("true", "true", NO_KEYS)), None);
    // nobody knows: both stay, each with what it needs
    assert_eq!(way(&world(&both)), is("iam-006"));
}

#[test]
fn a_password_is_made_where_there_is_none() {
    let makes = ["iam:CreateLoginProfile"];
    assert_eq!(with(&makes, row("false", "false", NO_KEYS)).as_deref(), Some("iam-004"));
    assert_eq!(with(&makes, row("true", "false", NO_KEYS)), None);
    assert_eq!(way(&world(&makes)).as_deref(), Some("iam-004"));
}

#[test]
fn a_third_access_key_is_made_by_nobody_who_may_not_delete_one() {
    let makes = ["iam:CreateAccessKey"];
    let replaces = ["iam:CreateAccessKey", "iam:DeleteAccessKey"];
    let two = ["true", "true"];
    assert_eq!(with(&makes, row("false", "false", ["true", "false"])).as_deref(), Some("iam-002"));
    assert_eq!(with(&makes, row("false", "false", two)), None);
    assert_eq!(with(&replaces, row("false", "false", two)).as_deref(), Some("iam-003"));
    // a key that is not active takes its place too
    let mut listed = world(&makes);
    let key = |id: &str| json!({"UserName": "joe", "AccessKeyId": id, "Status": "Inactive"});
    listed.account(DEV)["AccessKeys"] = json!([key("AKIA1"), key("AKIA2")]);
    assert_eq!(way(&listed), None);
}

/// Who signs in with a password has a session that says of MFA that there was none; a request with an access key says nothing of it.
#[test]
fn a_password_gives_a_session_and_a_key_none() {
    let with = |action: &str| {
        let mut world = World::of_organization();
        let unless_known = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
        world.role(DEV, "target", trusts_if(root(DEV), unless_known), &[everything()]);
        world.user(DEV, "joe", &[may_assume(&[&role(DEV, "target")])]);
        world.user(DEV, "who", &[allow(&[action], &user(DEV, "joe"))]);
        way(&world)
    };
    assert_eq!(with("iam:CreateAccessKey").as_deref(), Some("iam-002"));
    assert_eq!([with("iam:CreateLoginProfile"), with("iam:UpdateLoginProfile")], [None, None]);
}

/// The hop of a user that may change a trust policy, under this statement.
fn changing(effect: &str, condition: Value) -> (Verdict, Option<String>) {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    let change = json!({"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": "*"});
    let mut limit = json!({"Effect": effect, "Action": "iam:*", "Resource": "*", "Condition": condition});
    let statements = if effect == "Deny" {
        json!([change, limit])
    } else {
        limit["Action"] = json!("iam:UpdateAssumeRolePolicy");
        json!([limit])
    };
    world.user(DEV, "who", &[policy(statements)]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let found = query::path(&graph, "dev/who", "dev/target", &Targets::new()).unwrap();
    let signed =
        found.hops.first().and_then(|hop| serde_json::to_value(hop).unwrap()["credential"].as_str().map(str::to_owned));
    (found.verdict, signed)
}

#[test]
fn a_user_signs_with_what_it_has_that_gets_in() {
    let mfa = |operator: &str, value: &str| json!({operator: {"aws:MultiFactorAuthPresent": value}});
    assert_eq!(changing("Deny", mfa("Bool", "false")).0, Verdict::Allowed, "an access key says nothing of MFA");
    assert_eq!(changing("Allow", mfa("BoolIfExists", "true")).0, Verdict::Allowed);
    assert_eq!(changing("Allow", mfa("Null", "true")).0, Verdict::Allowed);
    assert_eq!(changing("Allow", mfa("Bool", "false")).0, Verdict::Allowed, "a session of the console");
    for (effect, operator, value) in [("Allow", "Bool", "true"), ("Deny", "BoolIfExists", "false")] {
        let (verdict, signed) = changing(effect, mfa(operator, value));
        assert_eq!(verdict, Verdict::Conditional, "{effect} {operator}");
        // a call to IAM takes no code
        assert_ne!(signed.as_deref(), Some("access-key-with-mfa-code"), "{effect} {operator}");
    }
}

/// A role by itself has no MFA; one that a user entered with MFA has it.
#[test]
fn what_a_role_does_with_mfa_alone_it_does_for_a_user_who_brings_some() {
    let mfa = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
    let ways = [
        (["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"].as_slice(), "*".to_owned()),
        (&["iam:UpdateAssumeRolePolicy"], role(DEV, "target")),
        (&["iam:PutRolePolicy"], role(DEV, "app")),
    ];
    let asks = [
        mfa("Bool", "aws:MultiFactorAuthPresent", "true"),
        mfa("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
        mfa("Null", "aws:MultiFactorAuthAge", "false"),
    ];
    for (actions, resource) in &ways {
        for condition in &asks {
            let may = json!([{"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition}]);
            let mut world = World::of_organization();
            world.role(DEV, "app", trusts(json!({"Service": "ec2.amazonaws.com"})), &[policy(may.clone())]);
            world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
            let of = |world: &World, from: &str| {
                let estate = world.estate();
                let graph = TrustGraph::new(&estate).with_escalations();
                query::path(&graph, from, "dev/target", &Targets::new()).unwrap().verdict
            };
            assert_eq!(of(&world, "dev/app"), Verdict::Denied, "{actions:?} {condition}");
            assert_eq!(of(&world, "ec2.amazonaws.com"), Verdict::Denied, "{actions:?} {condition}");
            let mut entered = World::of_organization();
            entered.role(DEV, "app", trusts(json!({"AWS": user(DEV, "ann")})), &[policy(may)]);
            entered.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
            entered.user(DEV, "ann", &[may_assume(&[&role(DEV, "app")])]);
            assert_eq!(of(&entered, "dev/app"), Verdict::Denied, "{actions:?} {condition}");
            assert_eq!(of(&entered, "dev/ann"), Verdict::Conditional, "{actions:?} {condition}");
        }
    }
}
