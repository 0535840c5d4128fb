//! The engine against the referee, on random policies: whether a way is open to a caller, for one Region, one name and one tag.

use std::collections::BTreeMap;

use rolehop::answer::Verdict;
use rolehop::escalation::{Escalations, ways};
use rolehop::eval::Trace;
use rolehop::graph::Decision;
use rolehop::ids::PrincipalIx;
use serde_json::{Value, json};

use crate::reference::arbitrary::Draw;
use crate::reference::bindings::Binding;
use crate::reference::statement::Caller;
use crate::support::{DEV, World, root, trusts};

const IDS: [&str; 13] = [
    "iam-012",
    "iam-009",
    "iam-023",
    "lambda-001",
    "glue-003",
    "iam-005",
    "iam-017",
    "codebuild-001",
    "iam-002",
    "glue-004",
    "ecs-002",
    NEW_ROLE,
    NEW_USER,
];

const NEW_ROLE: &str = "rh-create-role-and-attach-policy";
const NEW_USER: &str = "rh-create-user-put-policy-and-create-access-key";

/// True for ways that make a principal.
fn makes(id: &str) -> bool {
    matches!(id, NEW_ROLE | NEW_USER)
}

/// True for ways that are about the caller itself.
fn is_own(id: &str) -> bool {
    matches!(id, "iam-009" | "iam-005")
}

/// What it is done to: the caller, another role, or a user.
fn target(id: &str) -> String {
    arn(match id {
        "iam-002" => "user/strong",
        _ if is_own(id) => "role/who",
        _ => "role/strong",
    })
}

/// True for ways whose target has a boundary.
fn is_bounded(id: &str) -> bool {
    matches!(id, "iam-023" | "iam-012" | "iam-002") || makes(id)
}

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{DEV}:{what}")
}

fn actions(id: &str) -> &'static [&'static str] {
    match id {
        "iam-012" => &["iam:UpdateAssumeRolePolicy"],
        "iam-009" => &["iam:AttachRolePolicy"],
        "iam-023" => &["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"],
        NEW_ROLE => &["iam:CreateRole", "iam:AttachRolePolicy", "iam:TagRole"],
        NEW_USER => &["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey", "iam:TagUser"],
        "iam-005" => &["iam:PutRolePolicy"],
        "iam-002" => &["iam:CreateAccessKey"],
        "glue-004" => &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"],
        "ecs-002" => &["iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
        "iam-017" => &["iam:PutRolePolicy", "sts:AssumeRole"],
        "codebuild-001" => &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
        "lambda-001" => &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
        _ => &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
    }
}

fn resource(draw: &mut Draw, action: &str, id: &str) -> String {
    let all = if makes(id) {
        let kind = if id == NEW_ROLE { "role" } else { "user" };
        [format!("{kind}/new-*"), format!("{kind}/team/*"), format!("{kind}/*"), format!("{kind}/strong")]
            .map(|what| arn(&what))
            .to_vec()
    } else if action == "iam:CreateAccessKey" {
        vec!["*".to_owned(), arn("user/strong"), arn("user/str*"), arn("user/other")]
    } else if action.starts_with("iam:") || action.starts_with("sts:") {
        vec![
            "*".to_owned(),
            arn(if is_own(id) { "role/who" } else { "role/strong" }),
            arn("role/str*"),
            arn("role/other"),
        ]
    } else {
        let (service, rest) = match action.split_once(':') {
            Some(("lambda", _)) => ("lambda", "function:"),
            Some(("codebuild", _)) => ("codebuild", "project/"),
            Some(("ecs", "CreateCluster")) => ("ecs", "cluster/"),
            Some(("ecs", _)) => ("ecs", "task-definition/"),
            Some((_, "CreateTrigger")) => ("glue", "trigger/"),
            _ => ("glue", "job/"),
        };
        ["*:*:", "eu-west-1:*:", "*:*:"]
            .iter()
            .zip(["a-*", "a-*", "b-*"])
            .map(|(place, name)| format!("arn:aws:{service}:{place}{rest}{name}"))
            .chain(["*".to_owned()])
            .collect()
    };
    draw.pick(&all).clone()
}

/// Keys of IAM stand in statements about other services too: their requests have none of them.
fn condition(draw: &mut Draw) -> Option<Value> {
    let all = [
        json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
        json!({"StringEquals": {"iam:PassedToService": ["glue.amazonaws.com", "ecs-tasks.amazonaws.com"]}}),
        json!({"StringEquals": {"iam:AWSServiceName": "glue.amazonaws.com"}}),
        json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringEquals": {"aws:RequestTag/team": "a"}}),
        json!({"StringNotEquals": {"aws:RequestTag/team": "a"}}),
        json!({"StringEquals": {"iam:ResourceTag/team": "a"}}),
        json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}),
        json!({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}),
        json!({"Null": {"aws:RequestTag/team": "true"}}),
        json!({"ArnEquals": {"iam:PermissionsBoundary": arn("policy/of-strong")}}),
        json!({"ArnNotLike": {"iam:PermissionsBoundary": arn("policy/of-*")}}),
    ];
    draw.chance(35).then(|| draw.pick(&all).clone())
}

fn statement(draw: &mut Draw, effect: &str, action: &str, id: &str) -> Value {
    let mut one = json!({"Effect": effect, "Action": action, "Resource": resource(draw, action, id)});
    if let Some(condition) = condition(draw) {
        one["Condition"] = condition;
    }
    one
}

fn policy(draw: &mut Draw, id: &str, denies: u32) -> Value {
    let mut all = vec![json!({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})];
    for action in actions(id) {
        if draw.chance(90) {
            all.push(statement(draw, "Allow", action, id));
        }
        if draw.chance(denies) {
            all.push(statement(draw, "Deny", action, id));
        }
    }
    if (id == "iam-012" || id == NEW_ROLE) && draw.chance(denies) {
        all.push(json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}));
    }
    json!({"Version": "2012-10-17", "Statement": all})
}

/// What an RCP denies to whoever is let in.
fn rcp(draw: &mut Draw) -> Value {
    let actions = [json!("sts:AssumeRole"), json!("sts:*"), json!(["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"])];
    let conditions = [
        json!({}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}),
        json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-example", "o-partner"]}}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-partner"}}),
        json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ok"}}),
        json!({"ArnNotLike": {"aws:PrincipalArn": arn("role/*")}, "Bool": {"aws:PrincipalIsAWSService": "false"}}),
        json!({"StringNotEquals": {"sts:RoleSessionName": "ok"}}),
        json!({"StringNotEquals": {"aws:PrincipalAccount": "998877665544"}}),
        json!({"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}),
    ];
    let mut one = json!({"Effect": "Deny", "Principal": "*", "Resource": "*"});
    one["Action"] = draw.pick(&actions).clone();
    one["Condition"] = draw.pick(&conditions).clone();
    json!({"Version": "2012-10-17", "Statement": [one]})
}

/// A world with one caller, and its policies once more.
struct Case {
    id: &'static str,
    identity: Value,
    boundary: Option<Value>,
    scp: Value,
    rcp: Option<Value>,
    tags: BTreeMap<String, String>,
}

fn case(seed: u64) -> Case {
    let mut draw = Draw::new(seed);
    let id = *draw.pick(&IDS);
    let identity = policy(&mut draw, id, 15);
    let boundary = draw.chance(25).then(|| policy(&mut draw, id, 5));
    let mut guardrail = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    if draw.chance(40) {
        let action = *draw.pick(actions(id));
        guardrail.as_array_mut().unwrap().push(statement(&mut draw, "Deny", action, id));
    }
    let tags = if draw.chance(50) { BTreeMap::from([("team".to_owned(), "a".to_owned())]) } else { BTreeMap::new() };
    let rcp = ((id == "iam-012" || id == NEW_ROLE) && draw.chance(60)).then(|| rcp(&mut draw));
    Case { id, identity, boundary, scp: json!({"Version": "2012-10-17", "Statement": guardrail}), rcp, tags }
}

fn world(case: &Case) -> World {
    let mut world = World::of_organization();
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let trust = trusts(
        json!({"Service": ["lambda.amazonaws.com", "glue.amazonaws.com", "codebuild.amazonaws.com", "ecs-tasks.amazonaws.com"], "AWS": root(DEV)["AWS"]}),
    );
    let tags: Vec<Value> = case.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    world.user(DEV, "strong", std::slice::from_ref(&everything)).with(DEV, "UserDetailList", "Tags", json!(tags));
    world.role(DEV, "strong", trust, &[everything]).with(DEV, "RoleDetailList", "Tags", json!(tags));
    let managed = |name: &str, document: &Value| {
        let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
        let arn = arn(&format!("policy/{name}"));
        json!({"PolicyName": name, "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]})
    };
    let bounds = |name: &str| {
        let arn = arn(&format!("policy/{name}"));
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
    };
    let mut policies = Vec::new();
    if is_bounded(case.id) {
        policies.push(managed("of-strong", &everything_but_iam()));
        world.with(DEV, "RoleDetailList", "PermissionsBoundary", bounds("of-strong"));
        world.with(DEV, "UserDetailList", "PermissionsBoundary", bounds("of-strong"));
    }
    world.role(DEV, "who", trusts(json!({"Service": "ec2.amazonaws.com"})), std::slice::from_ref(&case.identity));
    if is_own(case.id) {
        world.with(DEV, "RoleDetailList", "Tags", json!(tags));
    }
    if let Some(boundary) = &case.boundary {
        policies.push(managed("boundary", boundary));
        world.with(DEV, "RoleDetailList", "PermissionsBoundary", bounds("boundary"));
    }
    world.account(DEV)["Policies"] = json!(policies);
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, case.scp.clone());
    if let Some(rcp) = &case.rcp {
        world.guardrail("RESOURCE_CONTROL_POLICY", DEV, rcp.clone());
    }
    world
}

fn everything_but_iam() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]})
}

/// What the engine says: open, closed, or neither for sure.
fn engine(case: &Case) -> Option<bool> {
    let estate = world(case).estate();
    let facts = Escalations::new(&estate);
    let who = estate.principals().iter().position(|principal| principal.name() == "who").unwrap();
    let who = PrincipalIx::new(who);
    // whoever may attach any policy to any role is an administrator, and above all ways
    if facts.is_administrator(estate.principal(who).class()) {
        return None;
    }
    let (ix, _) = ways().find(|(_, way)| *way.id == *case.id).unwrap();
    let target = target(case.id);
    let attempts = facts.attempts(who, ix);
    // what no Allow is about is no attempt
    if makes(case.id) {
        let verdicts = attempts.iter().map(|attempt| attempt.truth(&estate, attempt.credentials(&estate)));
        return match verdicts.map(|truth| Decision::new(truth).verdict()).min() {
            Some(Verdict::Allowed) => Some(true),
            Some(Verdict::Denied) | None => Some(false),
            Some(other) => panic!("left open: {other:?}"),
        };
    }
    let Some(attempt) = attempts.iter().find(|attempt| attempt.target.arn() == target) else { return Some(false) };
    let truth = attempt.lets_in(&estate, &mut Trace::off()).and(attempt.truth(&estate, attempt.credentials(&estate)));
    match Decision::new(truth.clone()).verdict() {
        Verdict::Allowed => Some(true),
        Verdict::Denied => Some(false),
        Verdict::Conditional | Verdict::Unknown => panic!("left open: {truth:?}"),
    }
}

fn referee(case: &Case) -> bool {
    let target = target(case.id);
    let caller = Caller::Role { account: DEV.to_owned(), name: "who".to_owned(), arn: arn("role/who") };
    let binding = Binding {
        identity: vec![&case.identity],
        boundary: case.boundary.as_ref(),
        scps: vec![&case.scp],
        rcp: case.rcp.as_ref(),
        caller,
    };
    if makes(case.id) {
        let exists = ["strong", "who"].map(str::to_owned);
        let policies = ["of-strong", "boundary"].map(|name| arn(&format!("policy/{name}")));
        let there = if case.boundary.is_some() { &policies[..] } else { &policies[..1] };
        return binding.makes_principal(case.id == NEW_ROLE, DEV, &exists, there);
    }
    binding.is_open(case.id, DEV, &target, &case.tags)
}

#[test]
fn the_engine_and_the_referee_agree_on_every_binding() {
    let seeds: u64 = std::env::var("ROLEHOP_ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(700);
    let (mut open, mut closed) = (0, 0);
    for seed in 0..seeds {
        let case = case(seed);
        let Some(found) = engine(&case) else { continue };
        let expected = referee(&case);
        let shown = || {
            format!(
                "{}: {:#}\nboundary {:#?}\nscp {:#}\nrcp {:#?}\ntags {:?}",
                case.id, case.identity, case.boundary, case.scp, case.rcp, case.tags
            )
        };
        assert_eq!(found, expected, "seed {seed}: {}", shown());
        if found { open += 1 } else { closed += 1 }
    }
    assert!(open * 10 > seeds && closed * 10 > seeds, "{open} open, {closed} closed: the policies say too little");
}

/// A Deny takes away and never gives.
#[test]
fn an_added_deny_never_opens_a_way() {
    for seed in 0..150 {
        let before = case(seed);
        if engine(&before) != Some(false) {
            continue;
        }
        let mut after = case(seed);
        let mut draw = Draw::new(seed + 1_000_000);
        let action = *draw.pick(actions(after.id));
        let deny = statement(&mut draw, "Deny", action, after.id);
        let to = if draw.chance(50) { &mut after.identity } else { &mut after.scp };
        to["Statement"].as_array_mut().unwrap().push(deny);
        assert_eq!(engine(&after), Some(false), "seed {seed}");
    }
}
