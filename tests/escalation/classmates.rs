//! Principals with the same policies fare alike: whoever stands for them in a question does not stand for them in the answer.

use rolehop::answer::Verdict;
use rolehop::escalation::Escalations;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, user};

const NAMES: [&str; 4] = ["a1", "m1", "m2", "z1"];

/// The verdict of each of [`NAMES`] on the way into a role.
fn verdicts(world: &World, to: &str) -> [Verdict; 4] {
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    NAMES.map(|name| query::path(&graph, &format!("dev/{name}"), to, &Targets::new()).unwrap().verdict)
}

fn users(world: &mut World, policies: &[Value], groups: &[&str]) {
    for name in NAMES {
        world.user(DEV, name, policies).with(DEV, "UserDetailList", "GroupList", json!(groups));
    }
}

fn group(name: &str, policies: &[Value]) -> Value {
    let named = |document: &Value| json!({"PolicyName": "p", "PolicyDocument": document});
    let inline: Vec<Value> = policies.iter().map(named).collect();
    json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": format!("arn:aws:iam::{DEV}:group/{name}"),
        "GroupPolicyList": inline, "AttachedManagedPolicies": []})
}

/// A role of prod that lets in all of dev.
fn prod() -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(root(DEV)), &[everything()]);
    world
}

const OPEN: [Verdict; 4] = [Verdict::Allowed; 4];

#[test]
fn all_of_a_class_make_the_key_of_somebody_else() {
    let mut world = prod();
    users(&mut world, &[allow(&["iam:CreateAccessKey"], &user(DEV, "joe"))], &[]);
    world.user(DEV, "joe", &[may_assume(&[&role(PROD, "deploy")])]);
    assert_eq!(verdicts(&world, "prod/deploy"), OPEN);
    let mut world = prod();
    for name in NAMES {
        let keys = allow(&["iam:CreateAccessKey"], &user(DEV, "joe"));
        world.role(DEV, name, trusts(json!({"Service": "ec2.amazonaws.com"})), &[keys]);
    }
    world.user(DEV, "joe", &[may_assume(&[&role(PROD, "deploy")])]);
    assert_eq!(verdicts(&world, "prod/deploy"), OPEN);
}

#[test]
fn all_of_a_class_make_the_key_of_one_of_them_whom_a_trust_policy_names() {
    for named in NAMES {
        let mut world = World::of_organization();
        users(&mut world, &[allow(&["iam:CreateAccessKey"], &user(DEV, "*"))], &[]);
        world.role(DEV, "strong", trusts(json!({"AWS": user(DEV, named)})), &[everything()]);
        assert_eq!(verdicts(&world, "dev/strong"), OPEN, "{named}");
        // with nobody to turn on, only the named one enters
        let mut world = World::of_organization();
        users(&mut world, &[allow(&["iam:CreateAccessKey"], &user(DEV, "nobody"))], &[]);
        world.role(DEV, "strong", trusts(json!({"AWS": user(DEV, named)})), &[everything()]);
        let alone = NAMES.map(|name| if name == named { Verdict::Allowed } else { Verdict::Denied });
        assert_eq!(verdicts(&world, "dev/strong"), alone, "{named}");
    }
}

#[test]
fn all_of_a_class_change_their_own_groups_and_policies() {
    let mut world = prod();
    users(&mut world, &[], &["weak"]);
    let join = allow(&["iam:AddUserToGroup"], &format!("arn:aws:iam::{DEV}:group/strong"));
    world.account(DEV)["GroupDetailList"] =
        json!([group("weak", &[join]), group("strong", &[may_assume(&[&role(PROD, "deploy")])])]);
    assert_eq!(verdicts(&world, "prod/deploy"), OPEN);

    let mut world = prod();
    users(&mut world, &[], &["own"]);
    let put = allow(&["iam:PutGroupPolicy"], &format!("arn:aws:iam::{DEV}:group/own"));
    world.account(DEV)["GroupDetailList"] = json!([group("own", &[put])]);
    assert_eq!(verdicts(&world, "prod/deploy"), OPEN);

    let mut world = prod();
    let arn = format!("arn:aws:iam::{DEV}:policy/own");
    let version =
        json!({"Document": allow(&["iam:CreatePolicyVersion"], &arn), "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "own", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    for name in NAMES {
        let attached = json!([{"PolicyName": "own", "PolicyArn": arn}]);
        world.user(DEV, name, &[]).with(DEV, "UserDetailList", "AttachedManagedPolicies", attached);
    }
    assert_eq!(verdicts(&world, "prod/deploy"), OPEN);
}

#[test]
fn one_of_a_class_that_needs_no_escalation_does_not_stand_for_the_others() {
    for named in NAMES {
        let mut world = World::of_organization();
        users(&mut world, &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "strong"))], &[]);
        world.role(DEV, "strong", trusts(json!({"AWS": user(DEV, named)})), &[everything()]);
        assert_eq!(verdicts(&world, "dev/strong"), OPEN, "{named}");
    }
}

#[test]
fn a_role_that_is_one_of_a_class_does_not_stand_for_the_others() {
    for target in NAMES {
        let mut world = World::of_organization();
        let lambda = trusts(json!({"Service": "lambda.amazonaws.com"}));
        let pass = policy(
            json!([{"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
            "Resource": "*"}]),
        );
        for name in NAMES {
            world.role(DEV, name, lambda.clone(), std::slice::from_ref(&pass));
        }
        // a role that lets the target in by its name: the others gain by being it
        world.role(PROD, "deploy", trusts(json!({"AWS": role(DEV, target)})), &[everything()]);
        let found = verdicts(&world, &format!("dev/{target}"));
        let others = NAMES.iter().zip(found).filter(|(name, _)| **name != target);
        for (name, verdict) in others {
            assert_eq!(verdict, Verdict::Allowed, "{name} to {target}");
        }
    }
}

/// The roles of dev that are administrators, whatever it depends on.
fn administrators(world: &World) -> Vec<String> {
    let estate = world.estate();
    let facts = Escalations::new(&estate);
    let roles = estate.principals().iter().filter(|principal| principal.role().is_some());
    roles.filter(|role| facts.is_administrator(role.class())).map(|role| role.name().to_owned()).collect()
}

/// Three roles that may do everything, under one guardrail.
fn under(guardrail: Value) -> World {
    let mut world = World::of_organization();
    for name in ["Alpha", "OrgAdmin", "Zeta"] {
        let team = if name == "OrgAdmin" { "platform" } else { "web" };
        let tags = json!([{"Key": "team", "Value": team}]);
        world.role(DEV, name, trusts(root(DEV)), &[everything()]).with(DEV, "RoleDetailList", "Tags", tags);
    }
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, policy(json!([guardrail])));
    world
}

#[test]
fn whom_a_guardrail_exempts_does_not_stand_for_the_others() {
    let deny =
        |condition: Value| under(json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition}));
    let exempt = [
        json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrgAdmin"}}),
        json!({"StringNotLike": {"aws:userid": "AROAORGADMIN:*"}}),
        json!({"StringNotEquals": {"aws:PrincipalTag/team": "platform"}}),
    ];
    for condition in exempt {
        assert_eq!(administrators(&deny(condition.clone())), ["OrgAdmin"], "{condition}");
    }
    let bound = json!({"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/Alpha", "arn:aws:iam::*:role/Z*"]}});
    assert_eq!(administrators(&deny(bound)), ["OrgAdmin"]);
    assert_eq!(administrators(&deny(json!({}))), [""; 0]);
}

#[test]
fn a_tag_that_sessions_can_replace_is_another_than_one_that_they_cannot() {
    let mut world = World::of_organization();
    let own = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "platform"}}}]));
    let tags = json!([{"Key": "team", "Value": "web"}]);
    let open =
        policy(json!([{"Effect": "Allow", "Principal": root(DEV), "Action": ["sts:AssumeRole", "sts:TagSession"]}]));
    for (name, trust) in [("closed", trusts(root(DEV))), ("open", open)] {
        world.role(DEV, name, trust, std::slice::from_ref(&own)).with(DEV, "RoleDetailList", "Tags", tags.clone());
    }
    assert_eq!(administrators(&world), ["open"]);
}
