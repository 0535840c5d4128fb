//! Whole organizations in small: how somebody of one account gets to another one, alone and through others, and what stands in the way.

use std::collections::BTreeSet;

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, HUB, PROD, World, may_assume, role, root, trusts, trusts_if, user};

const GITHUB: &str = "token.actions.githubusercontent.com";

/// The role of prod that everybody is after; it trusts these.
fn with_crown(trust: Value) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "crown", trust, &[everything()]);
    world
}

fn path(world: &World, from: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, "prod/crown", &Targets::new()).unwrap()
}

fn told(world: &World, from: &str) -> (Verdict, Vec<String>) {
    let found = path(world, from);
    (found.verdict, found.hops.into_iter().map(|hop| hop.kind).collect())
}

fn kinds(kinds: &[&str]) -> (Verdict, Vec<String>) {
    (Verdict::Allowed, kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

fn of_lambda() -> Value {
    trusts(json!({"Service": "lambda.amazonaws.com"}))
}

#[test]
fn from_dev_to_prod_by_a_key_of_somebody_whom_prod_names() {
    let mut world = with_crown(trusts(json!({"AWS": user(DEV, "deployer")})));
    world.user(DEV, "deployer", &[may_assume(&[&role(PROD, "crown")])]);
    world.user(DEV, "helpdesk", &[allow(&["iam:CreateAccessKey"], &user(DEV, "*"))]);
    assert_eq!(told(&world, "dev/helpdesk"), kinds(&["create-access-key"]));
    assert_eq!(told(&world, "dev/deployer"), kinds(&["assume-role"]));
}

#[test]
fn from_dev_to_prod_where_prod_trusts_the_whole_account() {
    let mut world = with_crown(trusts(root(DEV)));
    world.user(DEV, "intern", &[allow(&["iam:PutUserPolicy"], &user(DEV, "intern"))]);
    world.user(DEV, "other", &[allow(&["iam:PutUserPolicy"], &user(DEV, "else"))]);
    assert_eq!(told(&world, "dev/intern"), kinds(&["put-policy"]));
    assert_eq!(told(&world, "dev/other").0, Verdict::Denied);
}

#[test]
fn from_operations_to_prod_by_what_operations_can_start() {
    let mut world = with_crown(trusts(json!({"AWS": role(HUB, "pipeline")})));
    world.role(
        HUB,
        "pipeline",
        trusts(json!({"Service": "codebuild.amazonaws.com"})),
        &[may_assume(&[&role(PROD, "crown")])],
    );
    let starts = ["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"];
    world.role(HUB, "operator", trusts(json!({"AWS": user(DEV, "ann")})), &[allow(&starts, "*")]);
    world.user(DEV, "ann", &[may_assume(&[&role(HUB, "operator")])]);
    assert_eq!(told(&world, "dev/ann"), kinds(&["assume-role", "pass-role-codebuild", "assume-role"]));
}

#[test]
fn from_dev_to_prod_by_two_escalations_in_dev() {
    let mut world = with_crown(trusts(json!({"AWS": role(DEV, "function")})));
    world.role(DEV, "function", of_lambda(), &[may_assume(&[&role(PROD, "crown")])]);
    world.role(
        DEV,
        "builder",
        trusts(root(DEV)),
        &[allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
    );
    world.user(DEV, "who", &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "builder"))]);
    assert_eq!(told(&world, "dev/who"), kinds(&["update-trust", "pass-role-lambda", "assume-role"]));
}

#[test]
fn from_dev_to_prod_by_an_escalation_on_either_side() {
    let mut world = with_crown(of_lambda());
    world.role(
        PROD,
        "deploy",
        trusts(json!({"AWS": role(DEV, "ci")})),
        &[allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "crown"))],
    );
    world.role(DEV, "ci", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&[&role(PROD, "deploy")])]);
    world.user(DEV, "who", &[allow(&["iam:PassRole", "ec2:RunInstances"], "*")]);
    assert_eq!(told(&world, "dev/who"), kinds(&["pass-role-ec2", "assume-role", "update-trust"]));
}

#[test]
fn from_dev_to_prod_by_a_policy_of_a_role_in_between() {
    let with = |resource: &str| {
        let mut world = with_crown(trusts(root(DEV)));
        let arn = format!("arn:aws:iam::{DEV}:policy/of-ops");
        let version = json!({"Document": allow(&["s3:ListBucket"], "*"), "VersionId": "v1", "IsDefaultVersion": true});
        world.account(DEV)["Policies"] =
            json!([{"PolicyName": "of-ops", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
        world.role(DEV, "ops", trusts(root(DEV)), &[]);
        world.with(
            DEV,
            "RoleDetailList",
            "AttachedManagedPolicies",
            json!([{"PolicyName": "of-ops", "PolicyArn": arn}]),
        );
        world.user(DEV, "who", &[may_assume(&[&role(DEV, "ops")]), allow(&["iam:CreatePolicyVersion"], resource)]);
        told(&world, "dev/who")
    };
    assert_eq!(with("arn:aws:iam::*:policy/of-ops"), kinds(&["new-policy-version-and-assume"]));
    assert_eq!(with("arn:aws:iam::*:policy/other").0, Verdict::Denied);
}

#[test]
fn from_github_through_operations_to_prod() {
    let mut world = with_crown(of_lambda());
    let provider = format!("arn:aws:iam::{HUB}:oidc-provider/{GITHUB}");
    let trust = policy(
        json!([{"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {format!("{GITHUB}:aud"): "sts.amazonaws.com"},
            "StringLike": {format!("{GITHUB}:sub"): "repo:acme/infra:*"}}}]),
    );
    world.role(HUB, "operations", trust, &[may_assume(&[&role(PROD, "deploy")])]);
    world.role(
        PROD,
        "deploy",
        trusts(json!({"AWS": role(HUB, "operations")})),
        &[allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
    );
    let found = path(&world, &provider);
    let kinds: Vec<&str> = found.hops.iter().map(|hop| hop.kind.as_str()).collect();
    // which repository asks is what is left to be true
    assert_eq!((found.verdict, kinds), (Verdict::Conditional, vec!["federation", "assume-role", "pass-role-lambda"]));
    assert!(found.conditions.iter().any(|key| key.ends_with(":sub")), "{:?}", found.conditions);
    assert_eq!(told(&world, "hub/operations").0, Verdict::Allowed);
}

#[test]
fn permissions_are_what_denies_and_boundaries_leave() {
    let passes = || allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*");
    let deny = |action: &str| policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]));
    let with = |policies: &[Value], boundary: Option<Value>| {
        let mut world = with_crown(of_lambda());
        world.user(PROD, "who", policies);
        if let Some(document) = boundary {
            let arn = format!("arn:aws:iam::{PROD}:policy/limits");
            let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
            world.account(PROD)["Policies"] =
                json!([{"PolicyName": "limits", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
            world.with(PROD, "UserDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": arn}));
        }
        told(&world, "prod/who").0
    };
    assert_eq!(with(&[passes()], None), Verdict::Allowed);
    assert_eq!(with(&[passes(), deny("lambda:CreateFunction")], None), Verdict::Denied);
    assert_eq!(with(&[passes(), deny("lambda:DeleteFunction")], None), Verdict::Allowed);
    assert_eq!(with(&[passes()], Some(allow(&["lambda:*"], "*"))), Verdict::Denied);
    assert_eq!(with(&[passes()], Some(allow(&["lambda:*", "iam:PassRole"], "*"))), Verdict::Allowed);
}

#[test]
fn a_trust_policy_that_names_somebody_lets_it_in_past_its_own_policies_and_one_that_shuts_everybody_out_is_changed() {
    // resource-based policies by themselves: nobody needs an Allow of its own in the same account
    let mut named = with_crown(trusts(json!({"AWS": user(PROD, "joe")})));
    named.user(PROD, "joe", &[]);
    assert_eq!(told(&named, "prod/joe"), kinds(&["assume-role"]));
    // all but one are shut out: a policy of its own does not help, a change of the trust policy does
    let shut = || {
        with_crown(policy(
            json!([{"Effect": "Allow", "Principal": {"AWS": root(PROD)["AWS"]}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": user(PROD, "joe")}}}]),
        ))
    };
    let mut put = shut();
    put.user(PROD, "who", &[allow(&["iam:PutUserPolicy"], &user(PROD, "nobody")), may_assume(&[&role(PROD, "crown")])]);
    assert_eq!(told(&put, "prod/who").0, Verdict::Denied);
    let mut update = shut();
    update.user(PROD, "who", &[allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "crown"))]);
    assert_eq!(told(&update, "prod/who"), kinds(&["update-trust"]));
}

#[test]
fn asked_from_the_other_end_everybody_who_comes_in_is_named_with_what_it_does() {
    let mut world = with_crown(trusts_if(root(PROD), json!({"StringEquals": {"aws:PrincipalTag/team": "security"}})));
    world.user(PROD, "tagged", &[may_assume(&[&role(PROD, "crown")])]);
    world.with(PROD, "UserDetailList", "Tags", json!([{"Key": "team", "Value": "security"}]));
    world.user(PROD, "keys", &[allow(&["iam:CreateAccessKey"], &user(PROD, "tagged"))]);
    world.role(
        PROD,
        "trust",
        trusts(json!({"Service": "ec2.amazonaws.com"})),
        &[allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "crown"))],
    );
    world.user(PROD, "reader", &[allow(&["iam:Get*", "iam:List*", "s3:GetObject"], "*")]);
    let estate = world.estate();
    let (plain, more) = (TrustGraph::new(&estate), TrustGraph::new(&estate).with_escalations());
    let ask = |graph| query::WhoCan::new(graph, "prod/crown", &Targets::new(), &query::Limits::default()).unwrap();
    let (without, mut found) = (ask(&plain), ask(&more));
    found.tell_escalations(&without, &query::ReachFilter::default());
    let counts: Vec<(&str, usize)> = found.escalations().iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counts, [("create-access-key", 1), ("update-trust", 2)]);
    let answer = query::who_can(&more, "prod/crown", &Targets::new()).unwrap();
    let names: BTreeSet<&str> = answer.answers.iter().filter_map(|one| one.principal.rsplit('/').next()).collect();
    assert_eq!(names, BTreeSet::from(["ec2.amazonaws.com", "keys", "tagged", "trust"]));
}

#[test]
fn a_key_of_a_user_who_may_change_trust_policies_leads_to_the_roles_of_its_account() {
    let with = |of_joe: &[Value]| {
        let mut world = with_crown(of_lambda());
        world.user(PROD, "joe", of_joe);
        world.user(PROD, "who", &[allow(&["iam:CreateAccessKey"], &user(PROD, "*"))]);
        world
    };
    // an administrator, and one who may do so alone
    for of_joe in [everything(), allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "crown"))] {
        let world = with(&[of_joe]);
        let found = path(&world, "prod/who");
        let told = found.hops[0].escalation.as_ref().unwrap();
        assert_eq!((found.verdict, found.hops[0].kind.as_str()), (Verdict::Allowed, "create-access-key"));
        assert_eq!(
            (&told.through, told.then.as_deref()),
            (&Some(user(PROD, "joe")), Some("iam:UpdateAssumeRolePolicy"))
        );
        // the proof has the statement of either
        let policies: BTreeSet<&str> = found.hops[0].evidence.iter().map(|evidence| evidence.text.as_str()).collect();
        assert!(policies.iter().any(|text| text.contains("iam:CreateAccessKey")), "{policies:?}");
        assert!(!policies.iter().any(|text| text.contains("no statement of the trust policy")), "{policies:?}");
    }
    let deny = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(PROD, "crown")}]));
    for of_joe in [deny, allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "other")), allow(&["iam:Get*"], "*")] {
        assert_eq!(told(&with(&[of_joe]), "prod/who").0, Verdict::Denied);
    }
    // nobody changes roles of another account
    let mut elsewhere = with_crown(of_lambda());
    elsewhere.user(DEV, "joe", &[everything()]);
    elsewhere.user(DEV, "who", &[allow(&["iam:CreateAccessKey"], &user(DEV, "*"))]);
    assert_eq!(told(&elsewhere, "dev/who").0, Verdict::Denied);
}

/// In one account the trust policy is enough for whom it names. Source: AWS STS API Reference, AssumeRole.
#[test]
fn whom_a_role_of_its_account_names_needs_no_allow_to_assume_it() {
    let of_organization = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
    for trust in [
        trusts(json!({"AWS": user(DEV, "who")})),
        trusts_if(json!("*"), of_organization),
        // the account alone leaves it to the policies of the caller
        trusts(root(DEV)),
    ] {
        let is_enough = trust != trusts(root(DEV));
        for action in ["iam:AttachRolePolicy", "iam:PutRolePolicy"] {
            let mut world = World::of_organization();
            world.role(PROD, "target", trusts(json!({"AWS": role(DEV, "worker")})), &[everything()]);
            world.role(DEV, "worker", trust.clone(), &[allow(&["s3:GetObject"], "*")]);
            world.user(DEV, "who", &[allow(&[action], &role(DEV, "worker"))]);
            let estate = world.estate();
            let graph = TrustGraph::new(&estate).with_escalations();
            let found = query::path(&graph, "dev/who", "prod/target", &Targets::new()).unwrap();
            assert_eq!(found.verdict == Verdict::Allowed, is_enough, "{action} {trust}");
        }
    }
}
