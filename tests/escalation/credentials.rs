//! What a user has today decides which credentials somebody may make for it: keys, a password, an MFA device.

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything};
use crate::support::{DEV, World, trusts, user};

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
