//! What a boundary, an SCP or a Deny leaves of a wide Allow is what a target may be stronger by.
//! Sources: AWS IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities"; AWS Organizations User Guide, "SCP
//! evaluation" (allow list).

use rolehop::answer::Verdict;
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy, verdict_of_edges};
use crate::support::{DEV, World, role, trusts};

/// Gives the newest role of dev a boundary.
pub(crate) fn bound(world: &mut World, list: &str, document: Value) {
    let arn = format!("arn:aws:iam::{DEV}:policy/narrow");
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "narrow", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    world.with(DEV, list, "PermissionsBoundary", boundary);
}

/// An SCP in place of the one that allows everything in dev.
pub(crate) fn in_place_of_full_access(world: &mut World, document: Value) {
    let of_full = &mut world.organization()["Policies"][0]["TargetIds"];
    of_full.as_array_mut().unwrap().retain(|target| target != DEV);
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, document);
}

fn but(effect: &str, key: &str, value: Value) -> Value {
    let mut statement = json!({"Effect": effect, "Action": "*", "Resource": "*"});
    statement.as_object_mut().unwrap().remove(key.trim_start_matches("Not"));
    statement[key] = value;
    statement
}

/// Whether `who`, who may change the trust policy of `target` and do this besides, gets into it.
fn verdict(own: &[Value], besides: &Value, boundary: Option<&Value>, narrow: impl Fn(&mut World)) -> Verdict {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(json!({"Service": "ec2.amazonaws.com"})), own);
    if let Some(boundary) = boundary {
        bound(&mut world, "RoleDetailList", boundary.clone());
    }
    let climbs = allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "target"));
    world.user(DEV, "who", &[climbs, besides.clone()]);
    narrow(&mut world);
    let estate = world.estate();
    verdict_of_edges(&estate, "dev/who", "dev/target")
}

fn power_user() -> Value {
    policy(json!([but("Allow", "NotAction", json!(["iam:*", "organizations:*", "account:*"]))]))
}

fn nothing() -> Value {
    allow(&["sqs:ListQueues"], "*")
}

const SERVICES: [&str; 5] = ["s3:*", "ec2:*", "iam:*", "sts:*", "lambda:*"];

#[test]
fn an_scp_that_leaves_a_role_its_actions_takes_no_edge_away() {
    let only = |world: &mut World| in_place_of_full_access(world, allow(&SERVICES, "*"));
    let no_other = |world: &mut World| {
        let deny = policy(json!([but("Deny", "NotAction", json!(SERVICES))]));
        _ = world.guardrail("SERVICE_CONTROL_POLICY", DEV, deny);
    };
    let wide = || policy(json!([but("Allow", "NotAction", json!(["iam:*"]))]));
    for own in [power_user(), wide(), allow(&["s3:*"], "*"), allow(&["s3:Get*", "sqs:*"], "*")] {
        let own = std::slice::from_ref(&own);
        for verdict in [
            verdict(own, &nothing(), None, |_| {}),
            verdict(own, &nothing(), None, only),
            verdict(own, &nothing(), None, no_other),
        ] {
            assert_eq!(verdict, Verdict::Allowed, "{own:?}");
        }
        // who has all that is left has no use for the role
        let all = allow(&["s3:*", "ec2:*", "sts:*", "lambda:*"], "*");
        assert_eq!(verdict(own, &all, None, only), Verdict::Denied, "{own:?}");
        assert_eq!(verdict(own, &all, None, no_other), Verdict::Denied, "{own:?}");
    }
    // of one service it leaves nothing that the caller has not
    assert_eq!(verdict(&[allow(&["sqs:*"], "*")], &nothing(), None, only), Verdict::Denied);
}

#[test]
fn a_boundary_or_a_deny_that_leaves_something_leaves_that() {
    let of_one = "arn:aws:s3:::secret11/*";
    let buckets = allow(&["s3:*"], "*");
    for (own, boundary) in [
        (everything(), allow(&["s3:GetObject"], of_one)),
        (everything(), allow(&["s3:*", "ec2:*", "lambda:*", "dynamodb:*"], "*")),
        (buckets.clone(), allow(&["s3:GetObject"], of_one)),
        (allow(&["s3:Get*"], "*"), allow(&["s3:GetObject"], "*")),
        (allow(&["s3:Get*"], "*"), allow(&["s3:*Object"], of_one)),
        (allow(&["s3:GetObject"], "arn:aws:s3:::secret*"), allow(&["s3:GetObject"], "arn:aws:s3:::*11/*")),
        (power_user(), allow(&["s3:*", "iam:*"], "*")),
        (buckets.clone(), policy(json!([{"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}]))),
        (power_user(), policy(json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}]))),
    ] {
        let own = std::slice::from_ref(&own);
        assert_eq!(verdict(own, &nothing(), Some(&boundary), |_| {}), Verdict::Allowed, "{own:?} {boundary}");
    }
    for (own, deny) in [
        (everything(), but("Deny", "NotAction", json!("s3:*"))),
        (buckets.clone(), but("Deny", "NotResource", json!(of_one))),
    ] {
        let own = [own, policy(json!([deny]))];
        assert_eq!(verdict(&own, &nothing(), None, |_| {}), Verdict::Allowed, "{own:?}");
        assert_eq!(verdict(&own, &buckets, None, |_| {}), Verdict::Denied, "{own:?}");
    }
    // what no layer leaves is no strength
    assert_eq!(verdict(&[buckets], &nothing(), Some(&allow(&["ec2:*"], "*")), |_| {}), Verdict::Denied);
    assert_eq!(verdict(&[power_user()], &nothing(), Some(&allow(&["iam:*"], "*")), |_| {}), Verdict::Denied);
}

#[test]
fn who_has_all_but_something_has_less_than_who_has_that() {
    let all_but = |patterns: Value| policy(json!([but("Allow", "NotAction", patterns)]));
    let of = |own: Value, besides: Value| verdict(&[own], &besides, None, |_| {});
    assert_eq!(of(allow(&["s3:*"], "*"), all_but(json!(["s3:Get*", "iam:*"]))), Verdict::Allowed);
    assert_eq!(of(allow(&["s3:*"], "*"), all_but(json!(["ec2:*", "iam:*"]))), Verdict::Denied);
    let but_one = policy(json!([but("Allow", "NotResource", json!(["arn:aws:s3:::one/*", "arn:aws:iam::*"]))]));
    assert_eq!(of(allow(&["s3:GetObject"], "*"), but_one.clone()), Verdict::Allowed);
    assert_eq!(of(allow(&["s3:GetObject"], "arn:aws:s3:::two/*"), but_one), Verdict::Denied);
}

#[test]
fn no_letter_of_a_pattern_counts() {
    let secret = |name: &str| {
        let of = |pattern: &str| format!("arn:aws:secretsmanager:eu-west-1:{DEV}:secret:{pattern}");
        allow(&["secretsmanager:GetSecretValue"], &of(name))
    };
    for (wide, narrow) in [("*", "x*"), ("*", "web-*"), ("prod-*", "prod-x*"), ("*", "*x*"), ("?", "x")] {
        assert_eq!(verdict(&[secret(wide)], &secret(narrow), None, |_| {}), Verdict::Allowed, "{wide} {narrow}");
        assert_eq!(verdict(&[secret(narrow)], &secret(wide), None, |_| {}), Verdict::Denied, "{wide} {narrow}");
    }
}
