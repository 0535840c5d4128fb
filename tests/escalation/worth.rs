//! Which ways are edges, and for whom: who is told apart, what a new session brings, and what makes a target worth going for.

use rolehop::answer::Verdict;
use rolehop::escalation::{Escalations, ways};
use rolehop::eval::Truth;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy, verdict_of_edges};
use crate::support::{DEV, PROD, World, role, root, trusts, trusts_if, user};

fn verdict(world: &World, from: &str, to: &str) -> Verdict {
    let estate = world.estate();
    verdict_of_edges(&estate, from, to)
}

fn of_lambda() -> Value {
    trusts(json!({"Service": "lambda.amazonaws.com"}))
}

const PASSES: [&str; 3] = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"];

#[test]
fn users_with_one_policy_are_told_apart_by_what_it_says_of_each() {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(json!({"AWS": user(DEV, "ann-admin")})), &[everything()]);
    let own = allow(&["iam:CreateAccessKey"], &format!("arn:aws:iam::{DEV}:user/${{aws:username}}-admin"));
    for name in ["ann", "ben"] {
        world.user(DEV, name, std::slice::from_ref(&own));
    }
    world.user(DEV, "ann-admin", &[]);
    assert_eq!(verdict(&world, "dev/ann", "dev/target"), Verdict::Allowed);
    assert_eq!(verdict(&world, "dev/ben", "dev/target"), Verdict::Denied);
}

#[test]
fn whoever_may_change_itself_is_asked_about_itself() {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(root(DEV)), &[everything()]);
    let arn = format!("arn:aws:iam::{DEV}:policy/wide");
    let version = json!({"Document": everything(), "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "wide", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    for name in ["ann", "ben"] {
        world.user(DEV, name, &[allow(&["iam:PutUserPolicy"], &format!("arn:aws:iam::{DEV}:user/*"))]);
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
        world.with(DEV, "UserDetailList", "PermissionsBoundary", boundary);
    }
    assert_eq!(
        [verdict(&world, "dev/ann", "dev/target"), verdict(&world, "dev/ben", "dev/target")],
        [Verdict::Allowed; 2]
    );
}

#[test]
fn a_key_that_somebody_makes_brings_no_mfa_and_the_tags_of_its_user() {
    let with = |condition: Value, tags: Value| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trusts_if(json!({"AWS": user(DEV, "joe")}), condition), &[everything()]);
        world.user(DEV, "who", &[allow(&["iam:CreateAccessKey"], &user(DEV, "joe"))]);
        world.user(DEV, "joe", &[]).with(DEV, "UserDetailList", "Tags", tags);
        verdict(&world, "dev/who", "dev/target")
    };
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let team = json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}});
    assert_eq!(with(json!({}), json!([])), Verdict::Allowed);
    assert_eq!(with(mfa, json!([])), Verdict::Denied);
    assert_eq!(with(team.clone(), json!([{"Key": "team", "Value": "ops"}])), Verdict::Allowed);
    assert_eq!(with(team, json!([{"Key": "team", "Value": "web"}])), Verdict::Denied);
}

#[test]
fn a_role_that_may_do_nothing_is_worth_it_where_another_lets_it_in_by_name() {
    let mut world = World::of_organization();
    world.role(DEV, "empty", of_lambda(), &[]);
    world.role(DEV, "target", trusts(json!({"AWS": role(DEV, "empty")})), &[everything()]);
    world.user(DEV, "who", &[allow(&PASSES, &role(DEV, "empty")), allow(&PASSES[1..], "*")]);
    assert_eq!(verdict(&world, "dev/who", "dev/target"), Verdict::Allowed);
}

#[test]
fn a_role_with_the_same_policy_is_stronger_than_who_has_a_boundary() {
    let same = policy(
        json!([{"Effect": "Allow", "Action": [PASSES[0], PASSES[1], PASSES[2], "s3:GetObject"], "Resource": "*"}]),
    );
    let world = |bounded: bool| {
        let mut world = World::of_organization();
        world.role(DEV, "worker", of_lambda(), std::slice::from_ref(&same));
        world.user(DEV, "who", std::slice::from_ref(&same));
        if bounded {
            let arn = format!("arn:aws:iam::{DEV}:policy/narrow");
            let version = json!({"Document": allow(&PASSES, "*"), "VersionId": "v1", "IsDefaultVersion": true});
            world.account(DEV)["Policies"] =
                json!([{"PolicyName": "narrow", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
            let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
            world.with(DEV, "UserDetailList", "PermissionsBoundary", boundary);
        }
        verdict(&world, "dev/who", "dev/worker")
    };
    assert_eq!([world(true), world(false)], [Verdict::Allowed, Verdict::Denied]);
}

#[test]
fn nobody_escalates_into_a_role_that_it_may_assume_anyway() {
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(json!({"AWS": user(DEV, "who")})), &[everything()]);
    world.user(DEV, "who", &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "target"))]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let edges: Vec<&str> = graph.all().iter().flatten().map(|edge| edge.kind.as_str()).collect();
    assert_eq!(edges, ["assume-role"]);
}

#[test]
fn users_who_may_do_something_to_themselves_alone_are_asked_about_nobody_else() {
    let attempts = |resources: Value| {
        let mut world = World::of_organization();
        let keys = json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": resources});
        for at in 0..20 {
            world.user(DEV, &format!("u-{at}"), &[json!({"Version": "2012-10-17", "Statement": [keys]})]);
        }
        let estate = world.estate();
        let facts = Escalations::new(&estate);
        let (way, _) = ways().find(|(_, way)| &*way.id == "iam-002").unwrap();
        estate.users().map(|by| facts.attempts(by, way).len()).sum::<usize>()
    };
    assert_eq!(attempts(json!("arn:aws:iam::*:user/${aws:username}")), 0);
    assert_eq!(attempts(json!(["arn:aws:iam::*:mfa/${aws:username}", user(DEV, "team/u-1"), user(DEV, "gone")])), 19);
    for any in ["*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:user/${aws:PrincipalTag/who}", "arn:aws:iam::*:user/u-?"]
    {
        assert_eq!(attempts(json!(any)), 20 * 19, "{any}");
    }
}

#[test]
fn a_pipeline_that_passes_a_role_of_its_own_is_asked_about_that_role_alone() {
    let going = |passes: fn(usize) -> String| {
        let mut world = World::of_organization();
        for at in 0..10 {
            world.role(DEV, &format!("exec-{at}"), of_lambda(), &[allow(&["s3:*"], &format!("arn:aws:s3:::{at}/*"))]);
            let pass = allow(&["iam:PassRole"], &passes(at));
            let make = allow(
                &["lambda:CreateFunction", "lambda:InvokeFunction"],
                &format!("arn:aws:lambda:*:*:function:{at}-*"),
            );
            world.role(
                DEV,
                &format!("deploy-{at}"),
                trusts(json!({"Service": "codebuild.amazonaws.com"})),
                &[pass, make],
            );
        }
        let estate = world.estate();
        let facts = Escalations::new(&estate);
        let (way, _) = ways().find(|(_, way)| &*way.id == "lambda-001").unwrap();
        let count = |role| facts.direct(role).into_iter().filter(|(_, of)| *of == way).count();
        estate.roles().filter(|role| estate.principal(*role).name().starts_with("exec-")).map(count).sum::<usize>()
    };
    assert_eq!(going(|at| format!("arn:aws:iam::{DEV}:role/exec-{at}")), 10);
    assert_eq!(going(|_| format!("arn:aws:iam::{DEV}:role/exec-*")), 100);
}

#[test]
fn a_key_leads_into_roles_that_the_user_enters_by_its_own_policies_and_into_no_others() {
    let enters = |own: &[Value], trust: Value| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trust, &[everything()]);
        world.user(DEV, "joe", own);
        world.user(DEV, "who", &[allow(&["iam:CreateAccessKey"], &user(DEV, "joe"))]);
        verdict(&world, "dev/who", "dev/target")
    };
    let target = role(DEV, "target");
    let by_name = format!("arn:aws:iam::{DEV}:role/targe?");
    let told_apart = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": target,
        "Condition": {"StringEquals": {"aws:username": "joe"}}}]));
    let others = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": target,
        "Condition": {"StringEquals": {"aws:username": "ann"}}}]));
    let assumes = |resource: &str| allow(&["sts:AssumeRole"], resource);
    for (own, trust, expected) in [
        (assumes(&target), trusts(root(DEV)), Verdict::Allowed),
        (assumes(&by_name), trusts(root(DEV)), Verdict::Allowed),
        (assumes("*"), trusts(root(DEV)), Verdict::Allowed),
        (told_apart, trusts(root(DEV)), Verdict::Allowed),
        (others, trusts(root(DEV)), Verdict::Denied),
        (assumes(&role(DEV, "other")), trusts(root(DEV)), Verdict::Denied),
        (assumes(&role(DEV, "other")), trusts(json!("*")), Verdict::Allowed),
        (assumes(&target), trusts(json!({"AWS": user(DEV, "ann")})), Verdict::Denied),
    ] {
        assert_eq!(enters(std::slice::from_ref(&own), trust.clone()), expected, "{own} {trust}");
    }
}

#[test]
fn a_key_leads_into_roles_of_other_accounts() {
    let mut world = World::of_organization();
    for (name, trust) in [("target", trusts(root(DEV))), ("open", trusts(json!("*"))), ("shut", trusts(root(PROD)))] {
        world.role(PROD, name, trust, &[allow(&["s3:*"], "*")]);
    }
    // a policy that names its user makes it unlike all others
    let own = format!("arn:aws:iam::{PROD}:role/${{aws:username}}*");
    for (name, may) in [("joe", allow(&["sts:AssumeRole"], "*")), ("o", allow(&["sts:AssumeRole"], &own))] {
        world.user(DEV, name, &[may]);
        world.user(DEV, &format!("for-{name}"), &[allow(&["iam:CreateAccessKey"], &user(DEV, name))]);
    }
    let entered = |from: &str| {
        ["target", "open", "shut"].map(|to| verdict(&world, from, &format!("prod/{to}")) == Verdict::Allowed)
    };
    assert_eq!(entered("dev/for-joe"), [true, true, false]);
    assert_eq!(entered("dev/for-o"), [false, true, false]);
}

#[test]
fn roles_that_policies_tell_apart_are_told_apart_whichever_was_asked_about_first() {
    let mut world = World::of_organization();
    let narrow = format!("arn:aws:iam::{DEV}:policy/narrow");
    let version = json!({"Document": everything(), "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "narrow", "Arn": narrow, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    let tags = |value: &str| json!([{"Key": "team", "Value": value}]);
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": narrow});
    for (name, key, value) in [
        ("plain-1", "Tags", json!([])),
        ("red-1", "Tags", tags("red")),
        ("blue-1", "Tags", tags("blue")),
        ("plain-2", "Tags", json!([])),
        ("red-2", "Tags", tags("red")),
        ("bound-1", "PermissionsBoundary", boundary),
    ] {
        world.role(DEV, name, of_lambda(), &[everything()]);
        world.with(DEV, "RoleDetailList", key, value);
    }
    let may = |condition: Value, resource: &str| {
        policy(json!([{"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": resource,
            "Condition": condition}]))
    };
    let any = format!("arn:aws:iam::{DEV}:role/*");
    for (name, own) in [
        ("by-tag", may(json!({"StringEquals": {"iam:ResourceTag/team": "red"}}), &any)),
        ("by-own-tag", may(json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), &any)),
        ("by-boundary", may(json!({"StringLike": {"iam:PermissionsBoundary": "*"}}), &any)),
        ("by-name", may(json!({}), &format!("arn:aws:iam::{DEV}:role/*-2"))),
    ] {
        world.role(DEV, name, trusts(json!({"Service": "ec2.amazonaws.com"})), &[own]);
        world.with(DEV, "RoleDetailList", "Tags", tags("blue"));
    }
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let facts = Escalations::new(&estate);
    let (way, _) = ways().find(|(_, way)| &*way.id == "iam-012").unwrap();
    let mut open = Vec::new();
    for by in estate.roles().filter(|ix| estate.principal(*ix).name().starts_with("by-")) {
        for attempt in facts.attempts(by, way) {
            let target = attempt.target.gain.principal().unwrap();
            let is_edge = graph.all()[target.get()].iter().any(|edge| edge.callers(&estate).any(|caller| caller == by));
            let truth = attempt.truth(&estate, attempt.credentials(&estate));
            let names = [by, target].map(|ix| estate.principal(ix).name().to_owned());
            // of one another they hold what the other has not
            if names[1].starts_with("by-") {
                continue;
            }
            assert_eq!(is_edge, truth != Truth::False, "{names:?}");
            if is_edge {
                open.push(names.join(" "));
            }
        }
    }
    open.sort();
    let expected = [
        "by-boundary bound-1",
        "by-name plain-2",
        "by-name red-2",
        "by-own-tag blue-1",
        "by-tag red-1",
        "by-tag red-2",
    ];
    assert_eq!(open, expected);
}

#[test]
fn roles_that_are_passed_are_told_apart_whichever_was_asked_about_first() {
    let mut world = World::of_organization();
    let trust = |service: &str, condition: Value| {
        policy(json!([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
            "Condition": condition}]))
    };
    let tags = |value: &str| json!([{"Key": "team", "Value": value}]);
    let elsewhere = json!({"StringEquals": {"aws:SourceAccount": "999999999999"}});
    let here = json!({"StringEquals": {"aws:SourceAccount": DEV}});
    for service in ["lambda", "cloudformation"] {
        let name = |name: &str| format!("{service}-{name}");
        let of = |condition: &Value| trust(&format!("{service}.amazonaws.com"), condition.clone());
        for (role, team, condition) in [
            ("plain-1", None, &json!({})),
            ("red-1", Some("red"), &json!({})),
            ("blue-1", Some("blue"), &here),
            ("plain-2", None, &here),
            ("red-2", Some("red"), &elsewhere),
            ("red-3", Some("red"), &here),
        ] {
            world.role(DEV, &name(role), of(condition), &[everything()]);
            world.with(DEV, "RoleDetailList", "Tags", team.map_or(json!([]), tags));
        }
    }
    let allow = |actions: Value, resource: &str, condition: Value| json!({"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition});
    let any = format!("arn:aws:iam::{DEV}:role/*");
    let starts = ["lambda:CreateFunction", "lambda:InvokeFunction", "cloudformation:CreateStack"];
    let passes = |resource: &str, condition: Value| {
        policy(json!([allow(json!("iam:PassRole"), resource, condition), allow(json!(starts), "*", json!({}))]))
    };
    let named =
        json!({"ArnEquals": {"cloudformation:RoleArn": format!("arn:aws:iam::{DEV}:role/cloudformation-plain-2")}});
    let by_request = policy(json!([
        allow(json!("iam:PassRole"), &any, json!({})),
        allow(json!("cloudformation:CreateStack"), "*", named),
    ]));
    for (name, own) in [
        ("by-tag", passes(&any, json!({"StringEquals": {"iam:ResourceTag/team": "red"}}))),
        ("by-own-tag", passes(&any, json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}))),
        ("by-name", passes(&format!("arn:aws:iam::{DEV}:role/*-2"), json!({}))),
        ("by-request", by_request),
    ] {
        world.role(DEV, name, trusts(json!({"Service": "ec2.amazonaws.com"})), &[own]);
        world.with(DEV, "RoleDetailList", "Tags", tags("blue"));
    }
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let roles = estate.roles().filter(|ix| estate.principal(*ix).name().starts_with(['l', 'c']));
    let edges = roles.flat_map(|role| graph.all()[role.get()].iter().map(move |edge| (role, edge)));
    let name = |ix| estate.principal(ix).name();
    let mut open: Vec<String> = edges
        .flat_map(|(role, edge)| edge.callers(&estate).map(move |by| format!("{} {}", name(by), name(role))))
        .filter(|edge| edge.starts_with("by-"))
        .collect();
    open.sort();
    let expected = [
        "by-name cloudformation-plain-2",
        "by-name lambda-plain-2",
        "by-own-tag cloudformation-blue-1",
        "by-own-tag lambda-blue-1",
        "by-request cloudformation-plain-2",
        "by-tag cloudformation-red-1",
        "by-tag cloudformation-red-3",
        "by-tag lambda-red-1",
        "by-tag lambda-red-3",
    ];
    assert_eq!(open, expected);
}

/// A role that a service alone may use is given a policy, and started then.
#[test]
fn whoever_gives_a_role_a_policy_and_passes_it_has_what_the_policy_says() {
    let with = |actions: &[&str], service: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "weak", trusts(json!({"Service": format!("{service}.amazonaws.com")})), &[]);
        world.role(DEV, "admin", trusts(root(DEV)), &[everything()]);
        let runs = ["lambda:CreateFunction", "lambda:InvokeFunction"];
        world.user(DEV, "who", &[allow(actions, &role(DEV, "weak")), allow(&runs, "*")]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        let found = query::path(&graph, "dev/who", "dev/admin", &Targets::new()).unwrap();
        (found.verdict, found.hops.first().and_then(|hop| Some(hop.escalation.as_ref()?.catalogue.clone())))
    };
    let by = |name: &str| (Verdict::Allowed, Some(name.to_owned()));
    assert_eq!(with(&["iam:PutRolePolicy", "iam:PassRole"], "lambda"), by("rh-put-policy-and-pass-role-lambda"));
    assert_eq!(with(&["iam:AttachRolePolicy", "iam:PassRole"], "lambda"), by("rh-attach-policy-and-pass-role-lambda"));
    for (actions, service) in [
        (&["iam:PutRolePolicy", "iam:PassRole"][..], "ec2"),
        (&["iam:PutRolePolicy"], "lambda"),
        (&["iam:PassRole"], "lambda"),
        (&["iam:TagRole", "iam:PassRole"], "lambda"),
    ] {
        assert_eq!(with(actions, service).0, Verdict::Denied, "{actions:?} {service}");
    }
}
