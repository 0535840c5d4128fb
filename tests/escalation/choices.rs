//! What is worth a try: policies that give more where they are attached, targets other than the caller, and no more than was read.

use rolehop::answer::Verdict;
use rolehop::escalation::{Escalations, ways};
use rolehop::eval::Trace;
use rolehop::graph::Decision;
use rolehop::ids::PrincipalIx;
use rolehop::model::Estate;
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, World, role, trusts, user};

fn who(estate: &Estate) -> PrincipalIx {
    let all = estate.principals();
    PrincipalIx::new(all.iter().position(|principal| principal.name() == "who").unwrap())
}

/// How many targets `who` has on a way, whether its class may go it or not, and the best verdict.
fn tried(world: &World, id: &str) -> (usize, Verdict) {
    let estate = world.estate();
    let facts = Escalations::new(&estate);
    let (way, _) = ways().find(|(_, way)| &*way.id == id).unwrap();
    let attempts = facts.attempts(who(&estate), way);
    let verdict = |attempt: &rolehop::escalation::Attempt<'_>| {
        let trust = attempt.lets_in(&estate, &mut Trace::off());
        Decision::new(trust.and(attempt.truth(&estate, attempt.credentials(&estate)))).verdict()
    };
    (attempts.len(), attempts.iter().map(verdict).min().unwrap_or(Verdict::Denied))
}

fn managed(name: &str, document: &Value) -> Value {
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    json!({"PolicyName": name, "Arn": format!("arn:aws:iam::{DEV}:policy/{name}"), "DefaultVersionId": "v1", "PolicyVersionList": [version]})
}

#[test]
fn a_policy_of_the_account_is_worth_an_attachment_if_it_lets_do_anything() {
    let with = |own: Value| {
        let mut world = World::of_organization();
        world.account(DEV)["Policies"] = json!([managed("own", &own)]);
        let statement = json!({"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": user(DEV, "who"),
            "Condition": {"ArnEquals": {"iam:PolicyARN": format!("arn:aws:iam::{DEV}:policy/own")}}});
        world.user(DEV, "who", &[policy(json!([statement]))]);
        tried(&world, "iam-008").1
    };
    assert_eq!(with(everything()), Verdict::Allowed);
    assert_eq!(with(allow(&["iam:*"], "*")), Verdict::Allowed);
    assert_eq!(with(allow(&["iam:AttachRolePolicy"], "*")), Verdict::Denied, "one part of it");
    assert_eq!(with(allow(&["*"], &role(DEV, "x"))), Verdict::Denied, "on one role");
    let sometimes = json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]);
    assert_eq!(with(policy(sometimes)), Verdict::Denied, "under a condition");
    let deny = json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
    assert_eq!(with(policy(deny)), Verdict::Denied);
    let but = json!([{"Effect": "Allow", "Action": "*", "NotResource": "*"}]);
    assert_eq!(with(policy(but)), Verdict::Denied);
}

#[test]
fn a_policy_under_a_pattern_is_made_in_the_callers_own_account() {
    let with = |pattern: &str, made: &str| {
        let mut world = World::of_organization();
        let attach = json!({"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": user(DEV, "who"),
            "Condition": {"ArnLike": {"iam:PolicyARN": pattern}}});
        let make = json!({"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": made});
        world.user(DEV, "who", &[policy(json!([attach, make]))]);
        tried(&world, "iam-008").1
    };
    assert_eq!(with("arn:aws:iam::*:policy/team-*", &format!("arn:aws:iam::{DEV}:policy/team-*")), Verdict::Allowed);
    assert_eq!(with("arn:aws:iam::*:policy/team-*", &format!("arn:aws:iam::{DEV}:policy/other-*")), Verdict::Denied);
    assert_eq!(with("arn:aws:iam::999988887777:policy/team-*", "*"), Verdict::Denied, "of another account");
}

#[test]
fn nobody_goes_a_way_to_itself_that_leads_to_others() {
    let mut world = World::of_organization();
    let passes = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction", "iam:UpdateAssumeRolePolicy"];
    let of_lambda = || trusts(json!({"Service": "lambda.amazonaws.com"}));
    world.role(DEV, "who", of_lambda(), &[allow(&passes, "*")]);
    assert_eq!([tried(&world, "lambda-001").0, tried(&world, "iam-012").0], [0, 0]);
    world.role(DEV, "other", of_lambda(), &[]);
    assert_eq!([tried(&world, "lambda-001").0, tried(&world, "iam-012").0], [1, 1]);
}

#[test]
fn service_linked_roles_go_no_way() {
    let with = |path: &str| {
        let mut world = World::of_organization();
        world.role(
            DEV,
            "who",
            trusts(json!({"Service": "ec2.amazonaws.com"})),
            &[allow(&["iam:PutRolePolicy"], "arn:aws:iam::*:role/*who")],
        );
        world.with(DEV, "RoleDetailList", "Path", json!(path));
        let arn = format!("arn:aws:iam::{DEV}:role{path}who");
        world.with(DEV, "RoleDetailList", "Arn", json!(arn));
        let estate = world.estate();
        let ways = Escalations::new(&estate).ways_of(estate.principal(who(&estate)).class());
        ways.into_iter().map(|(_, way)| way.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(with("/"), ["iam-005"]);
    assert_eq!(with("/aws-service-role/ec2.amazonaws.com/"), [""; 0]);
}

#[test]
fn a_policy_only_denies_if_it_says_something_and_allows_nothing() {
    let with = |own: Value| {
        let mut world = World::of_organization();
        world.user(DEV, "who", &[own]);
        tried(&world, "iam-026").0
    };
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    assert_eq!(with(policy(json!([deny]))), 1);
    assert_eq!(with(policy(json!([deny, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]))), 0);
    assert_eq!(with(policy(json!([]))), 0);
}

#[test]
fn nobody_joins_groups_whose_members_were_not_read() {
    let with = |read: bool| {
        let mut world = World::of_organization();
        world.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "strong", "GroupId": "AGPAS",
            "Arn": format!("arn:aws:iam::{DEV}:group/strong"), "GroupPolicyList": [], "AttachedManagedPolicies": []}]);
        world.user(DEV, "who", &[allow(&["iam:AddUserToGroup"], "*")]);
        if read {
            world.with(DEV, "UserDetailList", "GroupList", json!([]));
        } else {
            let last = world.account(DEV)["UserDetailList"].as_array_mut().unwrap().last_mut().unwrap();
            last.as_object_mut().unwrap().remove("GroupList");
        }
        tried(&world, "iam-013").0
    };
    assert_eq!([with(true), with(false)], [1, 0]);
}
