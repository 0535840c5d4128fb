//! Principals that somebody makes: which names, boundaries and tags they can have, and where they get in then.

use rolehop::answer::{EvidenceEffect, Layer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, role, root, trusts, trusts_if};

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{DEV}:{what}")
}

fn statement(actions: &[&str], resource: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition})
}

const ATTACHES: [&str; 2] = ["iam:CreateRole", "iam:AttachRolePolicy"];

fn makes_roles(pattern: &str) -> Value {
    allow(&ATTACHES, &arn(&format!("role/{pattern}")))
}

/// The role `dev` in DEV has these policies; `admin` there lets in its account, and `deploy` in PROD all of DEV, under this condition.
fn world(policies: &[Value], condition: Value) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "dev", trusts(json!({"Service": "ec2.amazonaws.com"})), policies);
    world.role(DEV, "admin", trusts(root(DEV)), &[everything()]);
    world.role(DEV, "reader", trusts(root(DEV)), &[allow(&["s3:GetObject"], "*")]);
    world.role(PROD, "deploy", trusts_if(root(DEV), condition), &[everything()]);
    world
}

/// The same without administrators that others become: they make principals of any name, with any tags.
fn without_admin(policies: &[Value], condition: Value) -> World {
    let mut world = world(policies, condition);
    let roles = world.account(DEV)["RoleDetailList"].as_array_mut().unwrap();
    roles.retain(|role| role["RoleName"] != "admin");
    world
}

fn verdict(world: &World, to: &str) -> Verdict {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), "dev/dev", to, &Targets::new()).unwrap().verdict
}

fn managed(name: &str, document: &Value) -> Value {
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    json!({"PolicyName": name, "Arn": arn(&format!("policy/{name}")), "DefaultVersionId": "v1", "PolicyVersionList": [version]})
}

#[test]
fn whoever_makes_a_role_of_some_name_enters_what_lets_in_its_account() {
    let world = world(&[makes_roles("app-*")], json!({}));
    assert_eq!([verdict(&world, "dev/admin"), verdict(&world, "prod/deploy")], [Verdict::Allowed; 2]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let found = query::path(&graph, "dev/dev", "prod/deploy", &Targets::new()).unwrap();
    let hop = found.hops[0].escalation.as_ref().unwrap();
    assert_eq!(
        (hop.catalogue.as_str(), hop.target.as_str()),
        ("rh-create-role-and-attach-policy", &*arn("role/app-*"))
    );
    assert_eq!(hop.through, None);
}

#[test]
fn a_new_role_is_called_what_the_policies_of_its_maker_admit() {
    let made = |allowed: &str, denied: &str| {
        let own = policy(json!([statement(&ATTACHES, allowed, json!({})),
            {"Effect": "Deny", "Action": "iam:CreateRole", "Resource": denied}]));
        verdict(&world(&[own], json!({})), "dev/admin")
    };
    let nothing = arn("role/none");
    for allowed in [
        arn("role/app-*"),
        arn("*app-*"),
        arn("role*app"),
        "arn:aws:iam::*app-*".to_owned(),
        "arn:*:role/team/app-*".to_owned(),
    ] {
        assert_eq!(made(&allowed, &nothing), Verdict::Allowed, "{allowed}");
    }
    assert_eq!(made(&arn("role/app-?"), &arn("role/app-x")), Verdict::Allowed);
    assert_eq!(made(&arn("role/app-*"), &arn("role/app-q*")), Verdict::Allowed);
    assert_eq!(made(&arn("role/app-*"), &arn("role/app-*")), Verdict::Denied);
    assert_eq!(made(&arn("user/app-*"), &nothing), Verdict::Denied);
}

#[test]
fn a_boundary_that_every_new_role_must_have_limits_where_it_gets() {
    let guarded = |boundary: &Value, more: &[Value]| {
        let must = json!({"StringEquals": {"iam:PermissionsBoundary": arn("policy/bound")}});
        let own = policy(json!([statement(&ATTACHES, &arn("role/app-*"), must)]));
        let mut world = world(&[&[own], more].concat(), json!({}));
        world.account(DEV)["Policies"] = json!([managed("bound", boundary), managed("wide", &everything())]);
        [verdict(&world, "dev/admin"), verdict(&world, "dev/reader")]
    };
    assert_eq!(guarded(&allow(&["s3:*", "logs:*"], "*"), &[]), [Verdict::Denied; 2]);
    let one = allow(&["s3:*", "sts:AssumeRole"], &role(DEV, "reader"));
    assert_eq!(guarded(&one, &[]), [Verdict::Denied, Verdict::Allowed]);
    assert_eq!(guarded(&everything(), &[]), [Verdict::Allowed; 2]);
    // the trust policy of another role is changed where the boundary lets it
    let trust = allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "admin"));
    assert_eq!(guarded(&trust, &[]), [Verdict::Allowed; 2]);
    // without the condition on what is attached it is the same role
    let unguarded = allow(&["iam:AttachRolePolicy"], &arn("role/*-x"));
    assert_eq!(guarded(&allow(&["s3:*"], "*"), &[unguarded]), [Verdict::Denied; 2]);
}

#[test]
fn of_several_boundaries_that_a_condition_admits_each_is_tried() {
    let with = |condition: Value| {
        let own = policy(json!([statement(&ATTACHES, &arn("role/app-*"), condition)]));
        let mut world = world(&[own], json!({}));
        let reads = allow(&["sts:AssumeRole"], &role(DEV, "reader"));
        world.account(DEV)["Policies"] =
            json!([managed("bound-s3", &allow(&["s3:*"], "*")), managed("bound-sts", &reads)]);
        [verdict(&world, "dev/admin"), verdict(&world, "dev/reader")]
    };
    let like = |pattern: &str| json!({"ArnLike": {"iam:PermissionsBoundary": arn(&format!("policy/{pattern}"))}});
    assert_eq!(with(like("bound-*")), [Verdict::Denied, Verdict::Allowed]);
    assert_eq!(with(like("bound-s*3")), [Verdict::Denied; 2]);
    assert_eq!(with(like("gone")), [Verdict::Denied; 2]);
    // any will do, so that AWS's own does
    assert_eq!(with(json!({"Null": {"iam:PermissionsBoundary": "false"}})), [Verdict::Allowed; 2]);
    assert_eq!(with(json!({"Null": {"iam:PermissionsBoundary": "true"}})), [Verdict::Allowed; 2]);
}

#[test]
fn a_boundary_that_nobody_read_leaves_it_unknown() {
    let of_aws = "arn:aws:iam::aws:policy/SomethingNarrow";
    let own = policy(json!([statement(
        &ATTACHES,
        &arn("role/app-*"),
        json!({"StringEquals": {"iam:PermissionsBoundary": of_aws}})
    )]));
    let mut world = world(&[own], json!({}));
    world.account(DEV)["Policies"] = json!([]);
    assert_eq!(verdict(&world, "dev/admin"), Verdict::Unknown);
}

#[test]
fn a_role_that_lets_in_names_is_entered_by_names_that_can_be_made() {
    let entered = |pattern: &str, asked: &str| {
        let condition = json!({"ArnLike": {"aws:PrincipalArn": arn(&format!("role/{asked}"))}});
        let mut world = without_admin(&[makes_roles(pattern)], condition);
        world.role(DEV, "Deploy-Old", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
        verdict(&world, "prod/deploy")
    };
    assert_eq!(entered("app-*", "deploy-*"), Verdict::Denied);
    assert_eq!(entered("dep*", "deploy-*"), Verdict::Allowed);
    assert_eq!(entered("deploy-eu-*", "deploy-*"), Verdict::Allowed);
    assert_eq!(entered("team-*", "*-deploy"), Verdict::Allowed);
    assert_eq!(entered("dep*", "deploy"), Verdict::Allowed);
    assert_eq!(entered("team/*", "team/x/*"), Verdict::Allowed);
    assert_eq!(entered("team/*", "other/*"), Verdict::Denied);
    // AWS makes no second role of a name, in any case of letters, whatever its path
    assert_eq!(entered("dep*", "deploy-old"), Verdict::Denied);
    assert_eq!(entered("*/deploy-*", "x/deploy-old"), Verdict::Denied);
}

#[test]
fn a_role_that_is_gone_is_not_made_again_for_a_trust_policy_that_names_it() {
    let mut world = world(&[makes_roles("dep*")], json!({}));
    world.role(PROD, "named", trusts(json!({"AWS": role(DEV, "deploy")})), &[everything()]);
    assert_eq!(verdict(&world, "prod/named"), Verdict::Denied);
}

#[test]
fn an_scp_that_exempts_names_exempts_new_ones() {
    let exempting = |pattern: &str| {
        let mut world = world(&[makes_roles(pattern)], json!({}));
        world.guardrail(
            "SERVICE_CONTROL_POLICY",
            DEV,
            policy(
                json!([{"Effect": "Deny", "Action": ["sts:AssumeRole", "iam:UpdateAssumeRolePolicy"], "Resource": "*",
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops-*"}}}]),
            ),
        );
        [verdict(&world, "dev/admin"), verdict(&world, "prod/deploy")]
    };
    assert_eq!(exempting("app-*"), [Verdict::Denied; 2]);
    assert_eq!(exempting("o*"), [Verdict::Allowed; 2]);
}

#[test]
fn limits_of_the_caller_are_none_of_who_it_makes() {
    let deny = policy(json!([{"Effect": "Deny", "Action": ["sts:*", "s3:*"], "Resource": "*"}]));
    assert_eq!(verdict(&world(&[makes_roles("app-*"), deny], json!({})), "dev/admin"), Verdict::Allowed);
}

/// Whoever makes a role must get sessions of it; a user has keys of its own.
#[test]
fn an_rcp_that_lets_nobody_in_closes_roles_and_not_users() {
    let of_users = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"];
    let with = |own: Value| {
        let mut world = world(&[own], json!({}));
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"});
        world.guardrail("RESOURCE_CONTROL_POLICY", DEV, policy(json!([deny])));
        verdict(&world, "prod/deploy")
    };
    assert_eq!(with(makes_roles("app-*")), Verdict::Denied);
    assert_eq!(with(allow(&of_users, &arn("user/app-*"))), Verdict::Allowed);
}

#[test]
fn tags_that_are_asked_for_are_given_by_whoever_may_tag() {
    let tags = allow(&["iam:TagRole"], &arn("role/app-*"));
    let team = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let entered = |own: &[Value], asked: Value| verdict(&without_admin(own, asked), "prod/deploy");
    // of the request that makes it
    let if_tagged = policy(json!([
        statement(&["iam:CreateRole"], &arn("role/app-*"), team("aws:RequestTag/team", "web")),
        statement(&["iam:AttachRolePolicy"], &arn("role/app-*"), json!({}))
    ]));
    assert_eq!(entered(std::slice::from_ref(&if_tagged), json!({})), Verdict::Denied);
    assert_eq!(entered(&[if_tagged.clone(), tags.clone()], json!({})), Verdict::Allowed);
    // of the new role, where it calls
    let ops = || team("aws:PrincipalTag/team", "ops");
    assert_eq!(entered(&[makes_roles("app-*")], ops()), Verdict::Denied);
    assert_eq!(entered(&[makes_roles("app-*"), tags.clone()], ops()), Verdict::Allowed);
    assert_eq!(entered(&[if_tagged, tags.clone()], ops()), Verdict::Denied);
    let of_web = policy(json!([statement(&["iam:TagRole"], &arn("role/app-*"), team("aws:RequestTag/team", "web"))]));
    assert_eq!(entered(&[makes_roles("app-*"), of_web], ops()), Verdict::Denied);
    // one name of those that may be made is enough
    let of_some = allow(&["iam:TagRole"], &arn("role/app-tagged-*"));
    assert_eq!(entered(&[makes_roles("app-*"), of_some], ops()), Verdict::Allowed);
    // of the new role, where something is attached to it
    let if_own = policy(json!([
        statement(&["iam:CreateRole"], &arn("role/app-*"), json!({})),
        statement(&["iam:AttachRolePolicy"], &arn("role/app-*"), team("aws:ResourceTag/team", "web"))
    ]));
    assert_eq!(entered(std::slice::from_ref(&if_own), json!({})), Verdict::Denied);
    assert_eq!(entered(&[if_own, tags], json!({})), Verdict::Allowed);
}

#[test]
fn a_new_user_has_no_mfa_and_the_policies_of_a_group_alone() {
    let own = policy(json!([
        statement(&["iam:CreateUser", "iam:CreateAccessKey"], &arn("user/app-*"), json!({})),
        statement(&["iam:AddUserToGroup"], &arn("group/*"), json!({}))
    ]));
    let with = |of_group: &Value, condition: Value| {
        let mut world = world(std::slice::from_ref(&own), condition);
        world.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "ops", "GroupId": "AGPAOPS",
            "Arn": arn("group/ops"), "AttachedManagedPolicies": [],
            "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": of_group}]}]);
        [verdict(&world, "dev/admin"), verdict(&world, "prod/deploy")]
    };
    let assumes = |to: &str| allow(&["sts:AssumeRole"], to);
    assert_eq!(with(&everything(), json!({})), [Verdict::Allowed; 2]);
    assert_eq!(with(&assumes(&role(PROD, "deploy")), json!({})), [Verdict::Denied, Verdict::Allowed]);
    assert_eq!(with(&allow(&["s3:*"], "*"), json!({})), [Verdict::Denied; 2]);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(with(&everything(), mfa), [Verdict::Allowed, Verdict::Denied]);
    let name = json!({"StringLike": {"aws:username": "app-*"}});
    assert_eq!(with(&everything(), name), [Verdict::Allowed; 2]);
    assert_eq!(
        with(&everything(), json!({"StringLike": {"aws:username": "ops-*"}})),
        [Verdict::Allowed, Verdict::Denied]
    );
}

#[test]
fn a_policy_that_gives_little_is_no_way_and_administrators_need_none() {
    let condition = json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    let own = policy(json!([
        statement(&["iam:CreateRole"], &arn("role/app-*"), json!({})),
        statement(&["iam:AttachRolePolicy"], &arn("role/app-*"), condition)
    ]));
    assert_eq!(verdict(&world(&[own], json!({})), "dev/admin"), Verdict::Denied);
    let world = world(&[allow(&ATTACHES, "*")], json!({}));
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    assert!(graph.all().iter().flatten().all(|edge| !edge.kind.as_str().starts_with("create-role")));
}

/// Nobody's policies tell who goes it apart: what a new role does is found once for all of a class.
#[test]
fn of_a_class_that_may_make_roles_one_stands_for_all() {
    let mut world = world(&[], json!({}));
    for at in 0..5 {
        world.user(DEV, &format!("dev-{at}"), &[makes_roles("app-*")]);
    }
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let admin = estate.principal_by_arn(&role(DEV, "admin")).unwrap();
    let edges: Vec<_> = graph.all()[admin.get()].iter().filter(|edge| edge.kind.is_escalation()).collect();
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].callers(&estate).count(), 5);
}

/// The proof says what the verdict rests on: what gives the tag, the tag, and the trust as it is met with it.
#[test]
fn a_tag_that_is_needed_is_told_with_what_gives_it() {
    let told = |own: &[Value], asked: Value| {
        let world = world(own, asked);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        let found = query::path(&graph, "dev/dev", "prod/deploy", &Targets::new()).unwrap();
        let hop = found.hops.into_iter().next().unwrap();
        assert_eq!(hop.verdict, Verdict::Allowed);
        let escalation = hop.escalation.unwrap();
        let has_proof =
            hop.evidence.iter().any(|e| e.effect == EvidenceEffect::Allow && e.text.contains("iam:TagRole"));
        assert_eq!(escalation.actions.iter().any(|action| action == "iam:TagRole"), has_proof, "{:?}", hop.evidence);
        let trust: Vec<_> = hop.evidence.iter().filter(|e| e.layer == Layer::Trust).map(|e| e.effect).collect();
        assert_eq!(trust, [EvidenceEffect::Allow], "{:?}", hop.evidence);
        (has_proof, escalation.needs.iter().filter(|need| need.contains("tag")).cloned().collect::<Vec<_>>())
    };
    let tags = allow(&["iam:TagRole"], "*");
    let is = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let with = |key: &str, value: &str| (true, vec![format!("it is made with the tag `{key}` = `{value}`")]);
    let makes = makes_roles("app-*");
    assert_eq!(told(&[makes.clone(), tags.clone()], json!({})), (false, vec![]));
    assert_eq!(told(&[makes.clone(), tags.clone()], is("aws:PrincipalTag/team", "ops")), with("team", "ops"));
    assert_eq!(
        told(&[makes, tags.clone()], json!({"StringNotEquals": {"aws:PrincipalTag/team": "ops"}})),
        (false, vec![])
    );
    let if_own = policy(json!([
        statement(&["iam:CreateRole"], &arn("role/app-*"), json!({})),
        statement(&["iam:AttachRolePolicy"], &arn("role/app-*"), is("aws:ResourceTag/owner", "me"))
    ]));
    assert_eq!(told(&[if_own, tags], json!({})), with("owner", "me"));
}
