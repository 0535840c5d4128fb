//! A good and a bad fixture for each row, built from the row itself: the caller holds exactly the actions that the way needs, on
//! exactly the target; then one thing is missing, or one layer is in the way.

use std::collections::BTreeSet;

use rolehop::answer::Verdict;
use rolehop::escalation::{Binding, Escalations, Given, On, Way, ways};
use rolehop::eval::Trace;
use rolehop::graph::Decision;
use serde_json::{Value, json};

use crate::support::{DEV, World, trusts};

/// Who is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Nothing,
    Boundary,
    Scp,
    Deny,
    Condition,
    OtherService,
    TrustOfOther,
    MissingAction(usize),
}

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{DEV}:{what}")
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What the ways are done to.
fn target(way: &Way) -> String {
    match way.binding {
        Binding::OwnRole => arn("role/who"),
        Binding::OwnUser => arn("user/who"),
        Binding::OwnGroup | Binding::LeftGroup => arn("group/own"),
        Binding::OtherGroup | Binding::JoinedGroup | Binding::UserGroup | Binding::UserOtherGroup => {
            arn("group/strong")
        }
        Binding::OwnPolicy | Binding::RolePolicy | Binding::UserPolicy => arn("policy/plain"),
        Binding::OwnBoundary | Binding::OwnDenies if is_user(way) => arn("user/who"),
        Binding::OwnBoundary | Binding::OwnDenies => arn("role/who"),
        Binding::OwnBoundaryPolicy => arn("policy/wide"),
        Binding::RoleBoundaryPolicy | Binding::UserBoundaryPolicy => arn("policy/narrow"),
        Binding::User => arn("user/strong"),
        Binding::Role | Binding::PassedRole | Binding::ChangedRole | Binding::Compute => arn("role/strong"),
        Binding::SamlProvider => arn("saml-provider/idp"),
        Binding::NewUser if way.joins_group() => arn("group/strong"),
        // by a name that stands for any
        Binding::NewRole => arn("role/made-*"),
        Binding::NewUser => arn("user/made-*"),
        Binding::Organization => "*".to_owned(),
    }
}

fn is_user(way: &Way) -> bool {
    let of_user = [Binding::OwnUser, Binding::OwnGroup, Binding::OtherGroup, Binding::JoinedGroup, Binding::LeftGroup];
    of_user.contains(&way.binding)
        || matches!(way.binding, Binding::OwnBoundary | Binding::OwnDenies)
            && way.steps.iter().all(|step| step.action.name().contains("User"))
}

/// The statements of the caller.
fn allows(way: &Way, block: Block) -> Value {
    let resource = |on: &On| match on {
        On::Target => target(way),
        On::Holder if way.binding.is_of_user() => arn("user/strong"),
        On::Holder => arn("role/strong"),
        // whoever changes any group changes its own
        On::Made(made) if made.contains(":group/") => arn("group/made-*"),
        // whoever makes any role or user is an administrator
        On::Made(made) if made.contains(":role/") => arn("role/made-*"),
        On::Made(made) if made.contains(":user/") => arn("user/made-*"),
        On::Nothing | On::Made(_) => "*".to_owned(),
    };
    let mut statements = Vec::new();
    for (at, step) in way.steps.iter().enumerate() {
        if block == Block::MissingAction(at) {
            continue;
        }
        let resources: BTreeSet<String> = step.on.iter().map(resource).collect();
        let mut statement = json!({"Effect": "Allow", "Action": step.action.name(), "Resource": resources});
        if block == Block::Condition && at == 0 {
            statement["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": "security"}});
        }
        if block == Block::OtherService && step.action.name() == "iam:PassRole" {
            statement["Condition"] = json!({"StringEquals": {"iam:PassedToService": "elsewhere.amazonaws.com"}});
        }
        statements.push(statement);
    }
    // a policy must say something
    statements.push(json!({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}));
    if block == Block::Deny {
        let last = way.steps.last().unwrap().action.name();
        statements.push(json!({"Effect": "Deny", "Action": last, "Resource": "*"}));
    }
    policy(json!(statements))
}

fn managed(name: &str, document: Value) -> Value {
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    let owner = if name == "AdministratorAccess" { "aws" } else { DEV };
    let arn = format!("arn:aws:iam::{owner}:policy/{name}");
    json!({"PolicyName": name, "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]})
}

fn attached(name: &str) -> Value {
    let owner = if name == "AdministratorAccess" { "aws" } else { DEV };
    json!([{"PolicyName": name, "PolicyArn": format!("arn:aws:iam::{owner}:policy/{name}")}])
}

fn world(way: &Way, block: Block) -> World {
    let mut world = World::of_organization();
    let first = way.steps[0].action.name();
    let everything = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let without = policy(json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": first, "Resource": "*"}]));
    world.account(DEV)["Policies"] = json!([
        managed("AdministratorAccess", everything.clone()),
        managed("plain", policy(json!([{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]))),
        managed("narrow", without),
        managed("wide", everything),
        managed("denies", policy(json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]))),
    ]);
    let group = |name: &str, policies: Value| {
        json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": arn(&format!("group/{name}")),
            "GroupPolicyList": [], "AttachedManagedPolicies": policies})
    };
    let own = if way.binding == Binding::LeftGroup { attached("denies") } else { json!([]) };
    world.account(DEV)["GroupDetailList"] =
        json!([group("own", own), group("strong", attached("AdministratorAccess"))]);
    // the stronger ones
    let service = match (block, way.service.as_deref()) {
        (Block::TrustOfOther, _) => "elsewhere.amazonaws.com",
        (_, service) => service.unwrap_or("ec2.amazonaws.com"),
    };
    let assumed_by = match block {
        Block::TrustOfOther => format!("arn:aws:iam::{DEV}:user/other"),
        _ => format!("arn:aws:iam::{DEV}:root"),
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": assumed_by}, "Action": "sts:AssumeRole"}]});
    let trust = if way.binding == Binding::SamlProvider { saml(&mut world, way, block) } else { trust };
    world.role(DEV, "strong", trust, &[]);
    let strong = if way.binding == Binding::RolePolicy { "plain" } else { "AdministratorAccess" };
    world.with(DEV, "RoleDetailList", "AttachedManagedPolicies", attached(strong));
    let is_raised = matches!(way.binding, Binding::UserPolicy | Binding::UserOtherGroup);
    let strong = if is_raised { "plain" } else { "AdministratorAccess" };
    world.user(DEV, "strong", &[]).with(DEV, "UserDetailList", "AttachedManagedPolicies", attached(strong));
    if way.binding == Binding::UserGroup {
        world.with(DEV, "UserDetailList", "GroupList", json!(["strong"]));
    }
    let of_boundary = matches!(way.binding, Binding::RoleBoundaryPolicy | Binding::UserBoundaryPolicy);
    if way.gives == Given::NoBoundary || of_boundary {
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/narrow")});
        let list = if way.binding.is_of_user() { "UserDetailList" } else { "RoleDetailList" };
        world.with(DEV, list, "PermissionsBoundary", boundary);
    }
    // the caller
    let mut inline = vec![allows(way, block)];
    if way.binding == Binding::OwnDenies {
        inline.push(policy(json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}])));
    }
    let list = if is_user(way) { "UserDetailList" } else { "RoleDetailList" };
    if is_user(way) {
        world.user(DEV, "who", &inline).with(DEV, list, "GroupList", json!(["own"]));
    } else {
        world.role(DEV, "who", trusts(json!({"Service": "ec2.amazonaws.com"})), &inline);
    }
    match way.binding {
        Binding::OwnPolicy => _ = world.with(DEV, list, "AttachedManagedPolicies", attached("plain")),
        Binding::OwnDenies => _ = world.with(DEV, list, "AttachedManagedPolicies", attached("denies")),
        _ => {}
    }
    let boundary = match (block, way.binding) {
        (Block::Boundary, _) => Some("narrow"),
        (_, Binding::OwnBoundary | Binding::OwnBoundaryPolicy) => Some("wide"),
        _ => None,
    };
    if let Some(name) = boundary {
        let arn = arn(&format!("policy/{name}"));
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
        world.with(DEV, list, "PermissionsBoundary", boundary);
    }
    if block == Block::Scp {
        let content = policy(json!([{"Effect": "Deny", "Action": first, "Resource": "*"}]));
        world.guardrail("SERVICE_CONTROL_POLICY", DEV, content);
    }
    world
}

/// A trust policy for a SAML provider, which is there but for ways that make it.
fn saml(world: &mut World, way: &Way, block: Block) -> Value {
    let is_made = way.first_action().operation().starts_with("create");
    let there = if is_made { json!([]) } else { json!([{"Arn": target(way)}]) };
    world.account(DEV)["SAMLProviders"] = there;
    let name = if block == Block::TrustOfOther { "saml-provider/other" } else { "saml-provider/idp" };
    policy(json!([{"Effect": "Allow", "Principal": {"Federated": arn(name)}, "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]))
}

/// The best verdict of the caller on this way, to the target that is meant; `None` where it is not even tried.
fn verdict(way: &Way, block: Block) -> Option<Verdict> {
    let estate = world(way, block).estate();
    let facts = Escalations::new(&estate);
    let who = estate.principals().iter().position(|principal| principal.name() == "who").unwrap();
    let who = rolehop::ids::PrincipalIx::new(who);
    let (ix, _) = facts.ways_of(estate.principal(who).class()).into_iter().find(|(_, own)| own.id == way.id)?;
    let attempts = facts.attempts(who, ix);
    let meant = attempts.iter().filter(|attempt| match way.makes() {
        Some(_) => attempt.target.arn() == target(way) || attempt.object() == target(way),
        None => way.binding == Binding::Organization || attempt.target.arn() == target(way),
    });
    let verdicts = meant.map(|attempt| {
        let truth =
            attempt.lets_in(&estate, &mut Trace::off()).and(attempt.truth(&estate, attempt.credentials(&estate)));
        let proof = attempt.proof(&estate);
        let verdict = Decision::new(truth).verdict();
        if verdict == Verdict::Allowed {
            // a statement for every action
            assert_eq!(proof.len(), way.steps.len(), "{}", way.id);
            assert!(proof.iter().all(|(_, evidence)| !evidence.is_empty()), "{}: {proof:?}", way.id);
        }
        verdict
    });
    verdicts.min()
}

fn rows() -> Vec<&'static Way> {
    let inventory = |way: &Way| way.binding == Binding::Compute;
    ways().map(|(_, way)| way).filter(|way| way.is_decided() || inventory(way)).collect()
}

#[test]
fn whoever_holds_exactly_the_actions_of_a_way_can_go_it() {
    for way in rows() {
        assert_eq!(verdict(way, Block::Nothing), Some(Verdict::Allowed), "{}", way.id);
    }
}

#[test]
fn a_way_is_closed_without_any_one_of_its_actions() {
    for way in rows() {
        for at in 0..way.steps.len() {
            let found = verdict(way, Block::MissingAction(at));
            assert!(
                matches!(found, None | Some(Verdict::Denied)),
                "{} without {}: {found:?}",
                way.id,
                way.steps[at].action.name()
            );
        }
    }
}

#[test]
fn each_layer_closes_a_way_by_itself() {
    for way in rows() {
        for block in [Block::Boundary, Block::Scp, Block::Deny, Block::Condition] {
            let found = verdict(way, block);
            assert!(matches!(found, None | Some(Verdict::Denied)), "{} with {block:?}: {found:?}", way.id);
        }
    }
}

#[test]
fn a_role_is_entered_by_the_caller_service_or_provider_that_it_trusts_and_by_no_other() {
    let is_trusted = |way: &&Way| {
        let of_service = [Binding::PassedRole, Binding::ChangedRole, Binding::Compute, Binding::SamlProvider];
        of_service.contains(&way.binding) || way.steps.iter().any(|step| step.action.name() == "sts:AssumeRole")
    };
    assert!(rows().into_iter().filter(is_trusted).count() > 60);
    for way in rows().into_iter().filter(is_trusted) {
        let blocks = [Block::TrustOfOther, Block::OtherService];
        for block in &blocks[..if matches!(way.binding, Binding::PassedRole | Binding::ChangedRole) { 2 } else { 1 }] {
            let found = verdict(way, *block);
            assert!(matches!(found, None | Some(Verdict::Denied)), "{} with {block:?}: {found:?}", way.id);
        }
    }
}
