//! Administrators of one account and roles of others: whoever makes, changes or takes over principals enters whatever one of them enters.
//! Sources: AWS IAM User Guide, "Cross-account policy evaluation logic", "AWS JSON policy elements: Principal", "Update a role trust policy".

use rolehop::answer::Verdict;
use rolehop::graph::query::{self, Targets};
use rolehop::graph::{EdgeKind, TrustGraph};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, trusts_if, user};

fn verdict(world: &World, from: &str, to: &str) -> Verdict {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, to, &Targets::new()).unwrap().verdict
}

/// `prod/deploy` trusts the whole of dev, under a condition.
fn prod(condition: Value) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts_if(root(DEV), condition), &[everything()]);
    world
}

fn deny(action: &str, condition: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition})
}

fn of_ec2() -> Value {
    trusts(json!({"Service": "ec2.amazonaws.com"}))
}

const MAKES: [&str; 4] = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole", "lambda:*"];

#[test]
fn an_administrator_who_cannot_change_itself_makes_a_principal() {
    let may_make = |resource: &str| policy(json!([{"Effect": "Allow", "Action": MAKES, "Resource": resource}]));
    // more permission is no less reach
    for resource in [format!("arn:aws:iam::{DEV}:role/app-*"), "*".to_owned()] {
        let mut world = prod(json!({}));
        world.user(DEV, "dev", &[may_make(&resource)]);
        assert_eq!(verdict(&world, "dev/dev", "prod/deploy"), Verdict::Allowed, "{resource}");
    }
    let mut world = prod(json!({}));
    let not_itself = json!({"Effect": "Deny", "Action": "iam:*", "Resource": role(DEV, "dev")});
    world.role(DEV, "dev", of_ec2(), &[may_make("*"), policy(json!([not_itself]))]);
    assert_eq!(verdict(&world, "dev/dev", "prod/deploy"), Verdict::Allowed);
    // another one that is there
    let rewrites = allow(&["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"], "*");
    for is_there in [true, false] {
        let mut world = prod(json!({}));
        world.user(DEV, "dev", std::slice::from_ref(&rewrites));
        if is_there {
            world.role(DEV, "other", of_ec2(), &[allow(&["s3:*"], "*")]);
        }
        assert_eq!(verdict(&world, "dev/dev", "prod/deploy") == Verdict::Allowed, is_there);
    }
}

#[test]
fn an_administrator_is_whoever_others_tell_apart() {
    let tagged =
        |world: &mut World| _ = world.with(DEV, "RoleDetailList", "Tags", json!([{"Key": "deploy", "Value": "1"}]));
    let is_deployer = json!({"ArnNotLike": {"aws:PrincipalArn": role(DEV, "deployer")}});
    let cases = [
        json!({"StringEquals": {"aws:PrincipalTag/deploy": "1"}}),
        json!({"StringLike": {"aws:userid": "AROADEPLOYER:*"}}),
        json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy*"}}),
    ];
    let world_of = |condition: &Value, who: &Value| {
        let mut world = prod(condition.clone());
        world.role(DEV, "deployer", of_ec2(), &[may_assume(&["*"])]);
        world.with(DEV, "RoleDetailList", "RoleId", json!("AROADEPLOYER"));
        tagged(&mut world);
        world.user(DEV, "who", std::slice::from_ref(who));
        world
    };
    let climbs = allow(&["iam:UpdateAssumeRolePolicy"], "*");
    for condition in &cases {
        for who in [&climbs, &everything()] {
            assert_eq!(
                verdict(&world_of(condition, who), "dev/who", "prod/deploy"),
                Verdict::Allowed,
                "{condition} {who}"
            );
        }
    }
    for (kind, account) in [("SERVICE_CONTROL_POLICY", DEV), ("RESOURCE_CONTROL_POLICY", PROD)] {
        for who in [&climbs, &everything()] {
            let mut world = world_of(&json!({}), who);
            let mut kept = deny("sts:AssumeRole", is_deployer.clone());
            if account == PROD {
                kept["Principal"] = json!("*");
            }
            let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            let statements = if account == DEV { json!([all, kept]) } else { json!([kept]) };
            world.guardrail(kind, account, policy(statements));
            assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed, "{kind} {who}");
        }
    }
}

#[test]
fn an_administrator_whose_own_policies_keep_it_from_a_role_changes_them() {
    let iam = || json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"});
    let all = || json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let assume = |key: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole"});
        statement[key] = value;
        statement
    };
    let mut by_tag = assume("Resource", json!("*"));
    by_tag["Condition"] = json!({"StringEquals": {"aws:ResourceTag/env": "dev"}});
    let elsewhere = json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": PROD}}});
    for own in [
        json!([all(), deny("sts:AssumeRole", json!({}))]),
        json!([iam(), deny("sts:AssumeRole", json!({}))]),
        json!([iam(), by_tag]),
        json!([iam(), assume("NotResource", json!(format!("arn:aws:iam::{PROD}:role/*")))]),
        json!([all(), elsewhere]),
    ] {
        for is_user in [true, false] {
            let mut world = prod(json!({}));
            if is_user {
                world.user(DEV, "who", &[policy(own.clone())]);
            } else {
                world.role(DEV, "who", of_ec2(), &[policy(own.clone())]);
            }
            assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed, "{own}");
        }
    }
}

#[test]
fn an_administrator_who_is_let_in_needs_no_escalation() {
    let by_name = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/admin*"}});
    for condition in [json!({}), by_name] {
        let mut world = prod(condition.clone());
        world.user(DEV, "admin", &[everything()]);
        world.role(DEV, "plain", of_ec2(), &[allow(&["s3:*"], "*")]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        let deploy = estate.principal_by_arn(&role(PROD, "deploy")).unwrap();
        let kinds: Vec<EdgeKind> = graph.all()[deploy.get()].iter().map(|edge| edge.kind).collect();
        assert_eq!(kinds, [EdgeKind::AssumeRole], "{condition}");
        // and nothing inside its account
        let plain = estate.principal_by_arn(&role(DEV, "plain")).unwrap();
        assert!(graph.all()[plain.get()].iter().all(|edge| !edge.kind.is_escalation()), "{condition}");
    }
}

/// Each of fifty roles asks for a name of its own.
#[test]
fn names_that_many_roles_ask_for_are_all_tried() {
    let mut world = World::of_organization();
    for at in 0..50 {
        let asks = json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{DEV}:role/app-{at:02}-*")}});
        world.role(PROD, &format!("target-{at:02}"), trusts_if(root(DEV), asks), &[everything()]);
    }
    let makes = allow(&["iam:CreateRole", "iam:PutRolePolicy"], &format!("arn:aws:iam::{DEV}:role/app-*"));
    world.user(DEV, "who", &[makes]);
    let functions = |operation: &str, names: Vec<String>| json!({"Effect": "Allow", "Action": format!("lambda:{operation}"), "Resource": names});
    let named = |at: usize| format!("arn:aws:lambda:*:{DEV}:function:a{at:02}-*");
    world.role(DEV, "function", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    world.user(
        DEV,
        "builder",
        &[policy(json!([
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
            functions("CreateFunction", (0..40).map(named).collect()),
            functions("InvokeFunction", vec![named(39)]),
        ]))],
    );
    for at in [0, 31, 32, 49] {
        assert_eq!(verdict(&world, "dev/who", &format!("prod/target-{at:02}")), Verdict::Allowed, "{at}");
    }
    assert_eq!(verdict(&world, "dev/builder", "dev/function"), Verdict::Allowed);
}

/// What is an administrator, and whether whoever changes it and signs in as it gains by that.
#[test]
fn whoever_is_changed_and_taken_over_may_be_an_administrator_already() {
    let makes = allow(&["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"], "*");
    let all_but =
        policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, deny("sts:AssumeRole", json!({}))]));
    for own in [allow(&["s3:List*"], "*"), allow(&["iam:*"], "*"), makes, all_but, everything()] {
        let mut world = prod(json!({}));
        world.user(DEV, "who", &[allow(&["iam:PutUserPolicy", "iam:CreateAccessKey"], &user(DEV, "joe"))]);
        world.user(DEV, "joe", std::slice::from_ref(&own));
        world.role(DEV, "target", of_ec2(), &[allow(&["s3:*"], "*")]);
        for to in ["prod/deploy", "dev/target"] {
            assert_eq!(verdict(&world, "dev/who", to), Verdict::Allowed, "{to} {own}");
        }
    }
}

#[test]
fn an_administrator_changes_whom_others_let_in_by_name() {
    let lets_in = |arn: &str| trusts(json!({"AWS": arn}));
    let reads = allow(&["s3:ListAllMyBuckets"], "*");
    let bounded = allow(&["sts:AssumeRole"], "*");
    for who in [everything(), allow(&["iam:*"], "*")] {
        for (own, is_bounded) in [(&reads, false), (&bounded, true)] {
            for is_user in [true, false] {
                let mut world = World::of_organization();
                let arn = if is_user { user(DEV, "named") } else { role(DEV, "named") };
                world.role(PROD, "deploy", lets_in(&arn), &[everything()]);
                let list = if is_user {
                    world.user(DEV, "named", std::slice::from_ref(own));
                    "UserDetailList"
                } else {
                    world.role(DEV, "named", of_ec2(), std::slice::from_ref(own));
                    "RoleDetailList"
                };
                if is_bounded {
                    crate::narrowed::bound(&mut world, list, reads.clone());
                }
                world.role(DEV, "who", of_ec2(), std::slice::from_ref(&who));
                let found = verdict(&world, "dev/who", "prod/deploy");
                assert_eq!(found, Verdict::Allowed, "{who} {own} {is_bounded} {is_user}");
            }
        }
    }
    // an SCP that exempts one role from a Deny of AssumeRole
    let mut world = prod(json!({}));
    let not_one = deny("sts:AssumeRole", json!({"ArnNotLike": {"aws:PrincipalArn": role(DEV, "named")}}));
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, policy(json!([not_one])));
    world.role(DEV, "named", of_ec2(), std::slice::from_ref(&reads)).role(DEV, "who", of_ec2(), &[everything()]);
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Allowed);
    // but no role that AWS alone changes
    let mut world = World::of_organization();
    let path = "/aws-reserved/sso.amazonaws.com/";
    let arn = format!("arn:aws:iam::{DEV}:role{path}AWSReservedSSO_Read_0123456789abcdef");
    world.role(DEV, "AWSReservedSSO_Read_0123456789abcdef", of_ec2(), std::slice::from_ref(&reads));
    world.with(DEV, "RoleDetailList", "Path", json!(path)).with(DEV, "RoleDetailList", "Arn", json!(arn));
    world.role(PROD, "deploy", lets_in(&arn), &[everything()]).role(DEV, "who", of_ec2(), &[everything()]);
    assert_eq!(verdict(&world, "dev/who", "prod/deploy"), Verdict::Denied);
}

/// More permission is no less reach: who may make anybody is an administrator, and still needs who may change it to get to other accounts.
#[test]
fn an_administrator_becomes_who_may_change_whom_others_let_in() {
    let makes = allow(&["iam:CreateRole", "iam:PutRolePolicy"], "*");
    let takes_over = [
        allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "helper")),
        allow(&["iam:CreateAccessKey"], &user(DEV, "helper")),
    ];
    for (first, may_do) in
        takes_over.iter().zip([allow(&["iam:*"], "*"), allow(&["iam:PutUserPolicy", "iam:CreateAccessKey"], "*")])
    {
        let is_user = *first == takes_over[1];
        for more in [None, Some(makes.clone())] {
            let mut world = World::of_organization();
            world.role(PROD, "deploy", trusts(json!({"AWS": user(DEV, "dev")})), &[everything()]);
            let own: Vec<Value> = [first.clone()].into_iter().chain(more.clone()).collect();
            world.user(DEV, "dev", &own);
            if is_user {
                world.user(DEV, "helper", std::slice::from_ref(&may_do));
            } else {
                world.role(DEV, "helper", of_ec2(), std::slice::from_ref(&may_do));
            }
            let is_more = more.is_some();
            assert_eq!(verdict(&world, "dev/dev", "prod/deploy"), Verdict::Allowed, "user {is_user}, more {is_more}");
        }
    }
}

#[test]
fn an_administrator_who_makes_anybody_becomes_whom_others_let_in() {
    let takes_over = allow(&["iam:PutUserPolicy", "iam:CreateAccessKey"], &user(DEV, "other"));
    let makes = allow(&["iam:CreateRole", "iam:PutRolePolicy"], "*");
    for own in [vec![takes_over.clone()], vec![takes_over, makes.clone()], vec![makes]] {
        let mut world = World::of_organization();
        world.role(PROD, "deploy", trusts(json!({"AWS": role(DEV, "helper")})), &[everything()]);
        world.role(DEV, "helper", of_ec2(), &[allow(&["sts:AssumeRole"], "*")]);
        world.user(DEV, "other", &[]).user(DEV, "dev", &own);
        assert_eq!(verdict(&world, "dev/dev", "prod/deploy"), Verdict::Allowed, "{own:?}");
    }
}
