//! Ways to escalate as edges of paths: situations that false alarms are made of, and what a session that was got so carries on.

use rolehop::answer::{Hop, PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use serde_json::{Value, json};

use crate::support::{DEV, HUB, PROD, World, may_assume, role, root, trusts, trusts_if, user};

pub(crate) fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(crate) fn allow(actions: &[&str], resource: &str) -> Value {
    policy(json!([{"Effect": "Allow", "Action": actions, "Resource": resource}]))
}

pub(crate) fn everything() -> Value {
    allow(&["*"], "*")
}

/// The verdict of the ways that are edges: one that gives nothing more is told by `path` alone.
pub(crate) fn verdict_of_edges(estate: &Estate, from: &str, to: &str) -> Verdict {
    let graph = TrustGraph::new(estate).with_escalations();
    let found = query::path(&graph, from, to, &Targets::new()).unwrap();
    let is_edge = |hop: &Hop| {
        let mut edges = graph.all().iter().flatten().filter(|edge| estate.arn(edge.to) == hop.to);
        edges.any(|edge| {
            edge.from.name(estate) == hop.from || edge.callers(estate).any(|caller| estate.arn(caller) == hop.from)
        })
    };
    if found.hops.iter().all(is_edge) { found.verdict } else { Verdict::Denied }
}

fn path(world: &World, from: &str, to: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, to, &Targets::new()).unwrap()
}

fn kinds(answer: &PathAnswer) -> Vec<&str> {
    answer.hops.iter().map(|hop| hop.kind.as_str()).collect()
}

/// A role of prod that lets in all of dev, and who in dev may do this.
fn dev_and_prod(policies: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy-of-dev", trusts(root(DEV)), &[everything()]);
    world.role(DEV, "who", trusts(json!({"Service": "ec2.amazonaws.com"})), policies);
    world
}

#[test]
fn a_key_then_a_function_then_a_trust_is_one_story() {
    let mut world = World::of_organization();
    world.user(DEV, "helpdesk", &[allow(&["iam:CreateAccessKey"], &user(DEV, "joe"))]);
    world.user(DEV, "joe", &[may_assume(&[&role(DEV, "ci")])]);
    let ci = policy(json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(DEV, "function")},
        {"Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "arn:aws:lambda:eu-west-1:*:function:ci-*"}]));
    world.role(DEV, "ci", trusts(json!({"AWS": user(DEV, "joe")})), &[ci]);
    world.role(
        DEV,
        "function",
        trusts(json!({"Service": "lambda.amazonaws.com"})),
        &[may_assume(&[&role(PROD, "deploy")])],
    );
    world.role(PROD, "deploy", trusts(json!({"AWS": role(DEV, "function")})), &[everything()]);
    let found = path(&world, "dev/helpdesk", "prod/deploy");
    assert_eq!(
        (found.verdict, kinds(&found)),
        (Verdict::Allowed, vec!["create-access-key", "pass-role-lambda", "assume-role"])
    );
    let first = found.hops[0].escalation.as_ref().unwrap();
    assert_eq!((first.catalogue.as_str(), first.through.clone()), ("iam-002", Some(user(DEV, "joe"))));
    assert_eq!(first.link.as_deref(), Some("https://pathfinding.cloud/paths/iam-002"));
    assert_eq!(found.hops[1].escalation.as_ref().unwrap().actions.len(), 3);
    assert!(found.hops[1].evidence.iter().any(|evidence| evidence.text.contains("lambda.amazonaws.com")));
    // by roles alone there is no way
    let estate = world.estate();
    let plain = query::path(&TrustGraph::new(&estate), "dev/helpdesk", "prod/deploy", &Targets::new()).unwrap();
    assert_eq!(plain.verdict, Verdict::Denied);
}

#[test]
fn whoever_changes_its_own_policy_reaches_what_lets_its_account_in() {
    let put = allow(&["iam:PutRolePolicy"], &role(DEV, "who"));
    let found = path(&dev_and_prod(&[put]), "dev/who", "prod/deploy-of-dev");
    assert_eq!((found.verdict, kinds(&found)), (Verdict::Allowed, vec!["put-policy"]));
}

#[test]
fn a_boundary_holds_what_is_attached_later() {
    let mut world = dev_and_prod(&[allow(&["iam:PutRolePolicy"], &role(DEV, "who"))]);
    let arn = format!("arn:aws:iam::{DEV}:policy/limits");
    let version =
        json!({"Document": allow(&["iam:PutRolePolicy", "s3:*"], "*"), "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "limits", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    world.with(DEV, "RoleDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": arn}));
    assert_eq!(path(&world, "dev/who", "prod/deploy-of-dev").verdict, Verdict::Denied);
}

#[test]
fn an_scp_of_the_callers_account_closes_it() {
    let mut world = dev_and_prod(&[allow(&["iam:PutRolePolicy"], &role(DEV, "who"))]);
    let deny = policy(json!([{"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}]));
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, deny);
    assert_eq!(path(&world, "dev/who", "prod/deploy-of-dev").verdict, Verdict::Denied);
}

#[test]
fn a_guard_on_what_may_be_attached_closes_it() {
    let guarded = policy(json!([{"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": role(DEV, "who"),
        "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]));
    assert_eq!(path(&dev_and_prod(&[guarded]), "dev/who", "prod/deploy-of-dev").verdict, Verdict::Denied);
    let open = allow(&["iam:AttachRolePolicy"], &role(DEV, "who"));
    assert_eq!(path(&dev_and_prod(&[open]), "dev/who", "prod/deploy-of-dev").verdict, Verdict::Allowed);
}

/// A user with MFA changes the trust of a role; the new session has none.
#[test]
fn no_session_carries_mfa_on() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let mut world = World::of_organization();
    world.user(DEV, "ann", &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "relay"))]);
    world.role(DEV, "relay", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(PROD, "strict", trusts_if(json!({"AWS": role(DEV, "relay")}), mfa.clone()), &[everything()]);
    world.role(PROD, "plain", trusts(json!({"AWS": role(DEV, "relay")})), &[everything()]);
    assert_eq!(path(&world, "dev/ann", "prod/strict").verdict, Verdict::Denied);
    assert_eq!(path(&world, "dev/ann", "prod/plain").verdict, Verdict::Allowed);
    // an action that itself asks for MFA is a condition, and the rest of the path needs none
    let asks = policy(
        json!([{"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(DEV, "relay"), "Condition": mfa}]),
    );
    world.user(DEV, "bob", &[asks]);
    let found = path(&world, "dev/bob", "prod/plain");
    assert_eq!(
        (found.verdict, found.conditions),
        (Verdict::Conditional, vec!["aws:MultiFactorAuthPresent".to_owned()])
    );
    assert_eq!(path(&world, "dev/bob", "prod/strict").verdict, Verdict::Denied);
}

#[test]
fn no_session_carries_tags_on_but_the_roles_own() {
    let tagged = json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}});
    let mut world = World::of_organization();
    world.role(
        DEV,
        "who",
        trusts(json!({"Service": "ec2.amazonaws.com"})),
        &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "relay"))],
    );
    let open = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": user(DEV, "ann")}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]),
    );
    world.user(DEV, "ann", &[]);
    world.role(DEV, "relay", open, &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts_if(json!({"AWS": role(DEV, "relay")}), tagged), &[everything()]);
    assert_eq!(path(&world, "dev/who", "prod/deploy").verdict, Verdict::Denied);
    let relay = world.account(DEV)["RoleDetailList"].as_array_mut().unwrap().last_mut().unwrap();
    relay["Tags"] = json!([{"Key": "team", "Value": "ops"}]);
    assert_eq!(path(&world, "dev/who", "prod/deploy").verdict, Verdict::Conditional);
}

#[test]
fn administrators_and_those_who_gain_nothing_make_no_edges() {
    let mut world = World::of_organization();
    let service = || trusts(json!({"Service": "ec2.amazonaws.com"}));
    world.role(DEV, "admin", service(), &[everything()]);
    world.role(DEV, "weak", service(), &[allow(&["s3:GetObject"], "*")]);
    world.role(DEV, "strong", service(), &[allow(&["kms:*"], "*")]);
    world.role(DEV, "who", service(), &[allow(&["iam:UpdateAssumeRolePolicy"], "*"), allow(&["s3:*"], "*")]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let weak = graph.all().iter().flatten().filter(|edge| estate.arn(edge.to) == role(DEV, "weak"));
    assert_eq!(weak.filter(|edge| edge.kind.is_escalation()).count(), 0);
    // who asks about the two is told all the same
    assert_eq!(kinds(&path(&world, "dev/admin", "dev/weak")), ["update-trust"]);
    assert_eq!(kinds(&path(&world, "dev/who", "dev/weak")), ["update-trust"]);
    assert_eq!(kinds(&path(&world, "dev/who", "dev/strong")), ["update-trust"]);
}

#[test]
fn roles_that_aws_alone_changes_are_not_taken_over() {
    let mut world = World::of_organization();
    let service = || trusts(json!({"Service": "ec2.amazonaws.com"}));
    for (path, name) in [
        ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_admin_1"),
        ("/aws-service-role/ec2.amazonaws.com/", "linked"),
    ] {
        world.role(DEV, name, service(), &[everything()]);
        let arn = format!("arn:aws:iam::{DEV}:role{path}{name}");
        world.with(DEV, "RoleDetailList", "Path", json!(path)).with(DEV, "RoleDetailList", "Arn", json!(arn));
    }
    let may = allow(&["iam:UpdateAssumeRolePolicy", "iam:PassRole", "ec2:RunInstances"], "*");
    world.role(DEV, "who", service(), &[may]);
    assert_eq!(path(&world, "dev/who", "dev/AWSReservedSSO_admin_1").verdict, Verdict::Denied);
    assert_eq!(path(&world, "dev/who", "dev/linked").verdict, Verdict::Denied);
}

#[test]
fn a_graph_without_escalations_answers_as_before() {
    let world = dev_and_prod(&[allow(&["iam:PutRolePolicy"], &role(DEV, "who"))]);
    let estate = world.estate();
    let (plain, more) = (TrustGraph::new(&estate), TrustGraph::new(&estate).with_escalations());
    let edges = |graph: &TrustGraph<'_>| graph.all().iter().flatten().filter(|edge| !edge.kind.is_escalation()).count();
    assert_eq!(edges(&plain), edges(&more));
    assert!(more.all().iter().flatten().any(|edge| edge.kind.is_escalation()));
}

#[test]
fn how_many_come_in_addition_is_counted_by_kind() {
    let world = dev_and_prod(&[allow(&["iam:PutRolePolicy"], &role(DEV, "who"))]);
    let estate = world.estate();
    let (plain, more) = (TrustGraph::new(&estate), TrustGraph::new(&estate).with_escalations());
    let ask =
        |graph| query::WhoCan::new(graph, "prod/deploy-of-dev", &Targets::new(), &query::Limits::default()).unwrap();
    let (without, mut found) = (ask(&plain), ask(&more));
    found.tell_escalations(&without, &query::ReachFilter::default());
    // the role, and the service that makes sessions of it
    let counts: Vec<(&str, usize)> = found.escalations().iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counts, [("put-policy", 2)]);
}

#[test]
fn where_somebody_was_not_read_who_could_be_taken_over_there_is_no_proof() {
    let with = |reads_users: bool| {
        let mut world = World::of_organization();
        world.role(DEV, "admin", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        let makes = policy(json!([{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"},
            {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]));
        world.role(DEV, "who", trusts(root(HUB)), &[makes]);
        world.user(HUB, "ann", &[may_assume(&[&role(DEV, "who")])]).user(HUB, "bob", &[]);
        if !reads_users {
            world.account(DEV).as_object_mut().unwrap().remove("UserDetailList");
        }
        ["dev/who", "hub/ann", "hub/bob"].map(|from| {
            let found = path(&world, from, "dev/admin");
            (found.verdict, found.gaps.is_empty())
        })
    };
    assert_eq!(with(true), [(Verdict::Denied, true); 3]);
    // bob gets nowhere, whoever is there
    assert_eq!(with(false), [(Verdict::Unknown, false), (Verdict::Unknown, false), (Verdict::Denied, true)]);
}

#[test]
fn the_best_way_is_the_same_in_every_question() {
    // a way to escalate beside the plain call, which asks for less
    let mut world = World::of_organization();
    let x = policy(json!([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [role(PROD, "t"), role(DEV, "ops")]},
        {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(DEV, "ops")}]));
    world.role(DEV, "x", trusts(json!({"Service": "ec2.amazonaws.com"})), &[x]);
    let ops = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role(PROD, "t"),
        "Condition": {"StringEquals": {"sts:ExternalId": "abcdefgh123"}}}]));
    world.role(DEV, "ops", trusts(json!({"Service": "ec2.amazonaws.com"})), &[ops]);
    let mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    world.role(PROD, "t", trusts_if(root(DEV), mfa), &[everything()]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let asks = vec!["aws:MultiFactorAuthPresent".to_owned()];
    let best = query::path(&graph, "dev/x", "prod/t", &Targets::new()).unwrap();
    assert_eq!((kinds(&best), &best.conditions), (vec!["assume-role"], &asks));
    let all = query::paths(&graph, "dev/x", "prod/t", &Targets::new(), 5).unwrap();
    assert_eq!((kinds(&all[0]), &all[0].conditions), (vec!["assume-role"], &asks));
    let who = query::who_can(&graph, "prod/t", &Targets::new()).unwrap();
    assert_eq!(who.answers.iter().find(|one| one.principal == role(DEV, "x")).unwrap().conditions, asks);
    let can = query::can(&graph, "dev/x").unwrap();
    assert_eq!(can.answers.iter().find(|one| one.role == role(PROD, "t")).unwrap().conditions, asks);
}
