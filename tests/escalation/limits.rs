//! Limits that their owner can rewrite, strengths that no sample shows, and what an administrator of one account is in another.

use rolehop::answer::Verdict;
use rolehop::graph::query::{self, Targets};
use rolehop::graph::{EdgeKind, TrustGraph};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy, verdict_of_edges};
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, trusts_if, user};

fn verdict(world: &World, from: &str, to: &str) -> Verdict {
    let estate = world.estate();
    verdict_of_edges(&estate, from, to)
}

fn prod() -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(root(DEV)), &[everything()]);
    world
}

fn managed(name: &str, document: &Value) -> Value {
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    let arn = format!("arn:aws:iam::{DEV}:policy/{name}");
    json!({"PolicyName": name, "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]})
}

fn attached(name: &str) -> Value {
    json!([{"PolicyName": name, "PolicyArn": format!("arn:aws:iam::{DEV}:policy/{name}")}])
}

fn boundary(name: &str) -> Value {
    json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": format!("arn:aws:iam::{DEV}:policy/{name}")})
}

fn deny(action: &str) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

#[test]
fn a_deny_goes_with_the_document_that_is_rewritten() {
    // AWS IAM API Reference, PutUserPolicy: adds or updates the inline policy of that name
    let mut world = prod();
    world.user(DEV, "who", &[allow(&["iam:PutUserPolicy"], &user(DEV, "who")), deny("sts:*")]);
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed);
    // attached policies come in addition
    let mut world = prod();
    world.user(DEV, "who", &[allow(&["iam:AttachUserPolicy"], &user(DEV, "who")), deny("sts:*")]);
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Denied);
    // a managed policy that denies is not inline
    let mut world = prod();
    world.account(DEV)["Policies"] = json!([managed("denies", &deny("sts:*"))]);
    world.user(DEV, "who", &[allow(&["iam:PutUserPolicy"], &user(DEV, "who"))]);
    world.with(DEV, "UserDetailList", "AttachedManagedPolicies", attached("denies"));
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Denied);
    // API Reference, CreatePolicyVersion: the new version takes the place of the default one
    let mut world = prod();
    let own = format!("arn:aws:iam::{DEV}:policy/own");
    let mixed = policy(json!([{"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": own},
        {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]));
    world.account(DEV)["Policies"] = json!([managed("own", &mixed)]);
    world.user(DEV, "who", &[]).with(DEV, "UserDetailList", "AttachedManagedPolicies", attached("own"));
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed);
}

#[test]
fn a_boundary_goes_with_the_policy_that_is_rewritten() {
    // AWS IAM User Guide, "Permissions boundaries for IAM entities", statement NoBoundaryPolicyEdit
    let world = |bound: &str| {
        let mut world = prod();
        let own = format!("arn:aws:iam::{DEV}:policy/{bound}");
        let document = allow(&["iam:CreatePolicyVersion", "s3:*"], "*");
        world.account(DEV)["Policies"] = json!([managed("bound", &document)]);
        let assume = policy(json!([{"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": own},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role(PROD, "deploy")}]));
        world.user(DEV, "who", &[assume]).with(DEV, "UserDetailList", "PermissionsBoundary", boundary("bound"));
        world
    };
    assert_eq!(verdict(&world("bound"), "dev/who", "prod/deploy"), Verdict::Allowed);
    assert_eq!(verdict(&world("another"), "dev/who", "prod/deploy"), Verdict::Denied);
}

/// A caller and a function's role with the same Allows.
fn alike(more: &[Value]) -> World {
    let mut world = World::of_organization();
    let lambda = trusts(json!({"Service": "lambda.amazonaws.com"}));
    let own = policy(json!([{"Effect": "Allow", "Action": ["s3:*", "lambda:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(DEV, "function")}]));
    world.role(DEV, "function", lambda, std::slice::from_ref(&own));
    let mut policies = vec![own];
    policies.extend_from_slice(more);
    world.user(DEV, "who", &policies);
    world
}

#[test]
fn whoever_is_held_back_where_another_is_not_is_weaker() {
    assert_eq!(verdict(&alike(&[]), "dev/who", "dev/function"), Verdict::Denied, "nothing is gained");
    // a Deny of its own, narrower than the Allow
    let secret = policy(json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*"}]));
    assert_eq!(verdict(&alike(&[secret]), "dev/who", "dev/function"), Verdict::Allowed);
    let elsewhere = policy(json!([{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]));
    assert_eq!(verdict(&alike(&[elsewhere]), "dev/who", "dev/function"), Verdict::Denied, "of what neither may do");
    // a Deny of its boundary
    let mut world = alike(&[]);
    let narrow = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]));
    world.account(DEV)["Policies"] = json!([managed("narrow", &narrow)]);
    world.with(DEV, "UserDetailList", "PermissionsBoundary", boundary("narrow"));
    assert_eq!(verdict(&world, "dev/who", "dev/function"), Verdict::Allowed);
    // an SCP that lets the other alone pass
    let mut world = alike(&[]);
    world.guardrail(
        "SERVICE_CONTROL_POLICY",
        DEV,
        policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*",
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": role(DEV, "function")}}}])),
    );
    assert_eq!(verdict(&world, "dev/who", "dev/function"), Verdict::Allowed);
}

#[test]
fn the_same_allow_under_a_condition_is_less() {
    let mut world = World::of_organization();
    let lambda = trusts(json!({"Service": "lambda.amazonaws.com"}));
    world.role(DEV, "function", lambda, &[allow(&["s3:*"], "*")]);
    let own = policy(json!([{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(DEV, "function")}]));
    world.user(DEV, "who", &[own]);
    assert_eq!(verdict(&world, "dev/who", "dev/function"), Verdict::Allowed);
}

#[test]
fn whom_another_account_knows_by_its_arn_or_tag_is_stronger() {
    let principals = [
        json!({"StringEquals": {"aws:PrincipalArn": role(DEV, "function")}}),
        json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{DEV}:role/func*")}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "deploy"}}),
    ];
    for condition in principals {
        let mut world = alike(&[may_assume(&["*"])]);
        let own = policy(json!([{"Effect": "Allow", "Action": ["s3:*", "lambda:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]));
        world.role(DEV, "function", trusts(json!({"Service": "lambda.amazonaws.com"})), &[own]);
        world.with(DEV, "RoleDetailList", "Tags", json!([{"Key": "team", "Value": "deploy"}]));
        world.role(PROD, "deploy", trusts_if(json!({"AWS": "*"}), condition.clone()), &[everything()]);
        assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed, "{condition}");
    }
}

#[test]
fn an_administrator_is_in_other_accounts_whoever_they_let_in() {
    // by name
    let mut world = World::of_organization();
    world.role(DEV, "ci", trusts(json!({"Service": "lambda.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(DEV, "plain", trusts(json!({"Service": "lambda.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts(json!({"AWS": role(DEV, "ci")})), &[everything()]);
    world.user(DEV, "admin", &[everything()]);
    assert_eq!(verdict(&world, "dev/admin", "prod/deploy"), Verdict::Allowed);
    // inside its account it gains nothing
    assert_eq!(verdict(&world, "dev/admin", "dev/plain"), Verdict::Denied);
    // as a user whose key it makes
    let mut world = World::of_organization();
    world.user(DEV, "joe", &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts(json!({"AWS": user(DEV, "joe")})), &[everything()]);
    world.user(DEV, "admin", &[everything()]);
    assert_eq!(verdict(&world, "dev/admin", "prod/deploy"), Verdict::Allowed);
    // whoever may do anything in IAM gives itself the rest: no action more closes a way
    let mut world = prod();
    world.user(DEV, "iam", &[allow(&["iam:*"], "*")]);
    assert_eq!(verdict(&world, "dev/iam", "prod/deploy"), Verdict::Allowed);
}

#[test]
fn an_administrator_who_may_ask_for_any_role_gives_itself_nothing() {
    let mut world = prod();
    world.user(DEV, "admin", &[everything()]);
    world.guardrail(
        "SERVICE_CONTROL_POLICY",
        DEV,
        policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}])),
    );
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let kinds: Vec<EdgeKind> = graph.all().iter().flatten().map(|edge| edge.kind).collect();
    assert_eq!(kinds, [EdgeKind::AssumeRole]);
}

#[test]
fn a_role_of_identity_center_cannot_be_given_more() {
    // AWS IAM User Guide, "AWS reserved roles": IAM refuses changes of them
    let mut world = World::of_organization();
    world.role(DEV, "AWSReservedSSO_Dev_0123456789abcdef", trusts(json!({"Service": "sso.amazonaws.com"})), &[policy(json!([
        {"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}]))]);
    world.with(DEV, "RoleDetailList", "Path", json!("/aws-reserved/sso.amazonaws.com/"));
    let arn = format!("arn:aws:iam::{DEV}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef");
    world.with(DEV, "RoleDetailList", "Arn", json!(arn));
    world.role(DEV, "function", trusts(json!({"Service": "lambda.amazonaws.com"})), &[allow(&["s3:*"], "*")]);
    assert_eq!(verdict(&world, &arn, "dev/function"), Verdict::Allowed);
}

#[test]
fn users_that_were_not_read_may_change_a_role_of_their_account() {
    let mut world = World::of_organization();
    world.role(DEV, "strong", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    let found = |world: &World| {
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        query::who_can(&graph, "dev/strong", &Targets::new()).unwrap().gaps.len()
    };
    assert_eq!(found(&world), 0);
    world.account(DEV).as_object_mut().unwrap().remove("UserDetailList");
    assert!(found(&world) > 0);
}
