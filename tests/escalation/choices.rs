//! What is worth a try: policies that give more where they are attached, targets other than the caller, and no more than was read.

use rolehop::answer::Verdict;
use rolehop::escalation::{Escalations, ways};
use rolehop::eval::Trace;
use rolehop::graph::query::{self, Targets};
use rolehop::graph::{Decision, TrustGraph};
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
fn what_is_made_is_called_what_policies_admit() {
    let with = |pattern: &str, denied: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "strong", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        let runs = ["lambda:CreateFunction", "lambda:InvokeFunction"];
        let deny = json!([{"Effect": "Deny", "Action": "lambda:*", "Resource": denied}]);
        world.user(DEV, "who", &[allow(&["iam:PassRole"], "*"), allow(&runs, pattern), policy(deny)]);
        tried(&world, "lambda-001").1
    };
    let function = |name: &str| format!("arn:aws:lambda:*:{DEV}:function:{name}");
    let nothing = function("none");
    for pattern in [
        function("app-*"),
        format!("arn:aws:lambda:*:{DEV}:*app-*"),
        "arn:aws:lambda:*app-*".to_owned(),
        "*:app-*".to_owned(),
    ] {
        assert_eq!(with(&pattern, &nothing), Verdict::Allowed, "{pattern}");
    }
    assert_eq!(with(&function("app-?"), &function("app-x")), Verdict::Allowed);
    assert_eq!(with(&function("app-*"), &function("app-*")), Verdict::Denied);
    assert_eq!(with(&format!("arn:aws:lambda:*:{DEV}:layer:*"), &nothing), Verdict::Denied);
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
    assert_eq!(with("/"), ["iam-017", "iam-005"]);
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

/// The best verdict of a user on a way to change itself, with these statements and groups.
fn of_user(statements: Value, groups: &[Value], is_in: &[&str], id: &str) -> Verdict {
    let mut world = World::of_organization();
    world.account(DEV)["GroupDetailList"] = json!(groups);
    world.user(DEV, "who", &[policy(statements)]).with(DEV, "UserDetailList", "GroupList", json!(is_in));
    tried(&world, id).1
}

fn group(name: &str, document: &Value) -> Value {
    json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": format!("arn:aws:iam::{DEV}:group/{name}"),
        "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": document}], "AttachedManagedPolicies": []})
}

#[test]
fn a_group_is_made_below_a_path_and_not_under_a_name_that_is_taken() {
    let on = |resource: &str| {
        json!([{"Effect": "Allow", "Action": ["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"],
            "Resource": format!("arn:aws:iam::{DEV}:group/{resource}")}])
    };
    let denies = policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
    let made =
        |resource: &str| of_user(on(resource), &[group("Ops", &denies)], &[], "rh-create-group-put-policy-and-join");
    assert_eq!([made("*"), made("team/*"), made("team-*")], [Verdict::Allowed; 3]);
    assert_eq!([made("ops"), made("team/OPS")], [Verdict::Denied; 2], "there is one");
}

#[test]
fn whoever_is_in_ten_groups_joins_no_other() {
    let join = json!([{"Effect": "Allow", "Action": "iam:AddUserToGroup", "Resource": "*"}]);
    let names: Vec<String> = (0..10).map(|at| format!("g{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let groups: Vec<Value> = names.iter().copied().chain(["strong"]).map(|name| group(name, &everything())).collect();
    assert_eq!(of_user(join.clone(), &groups, &names, "iam-013"), Verdict::Denied);
    assert_eq!(of_user(join, &groups, &names[1..], "iam-013"), Verdict::Allowed);
}

/// The best verdict of a user who may attach policies to itself under a condition, and make some.
fn attaches(deny: Value, allow: Value, makes: &str) -> Verdict {
    let makes = format!("arn:aws:iam::{DEV}:policy/{makes}");
    let mut statements = json!([{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": allow},
        {"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": makes}]);
    if deny != json!({}) {
        let deny = json!({"Effect": "Deny", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": deny});
        statements.as_array_mut().unwrap().push(deny);
    }
    of_user(statements, &[], &[], "iam-008")
}

#[test]
fn a_policy_is_made_where_no_other_gets_through() {
    let arns = |patterns: &[&str]| json!({"ArnLike": {"iam:PolicyARN": patterns}});
    let of_aws = arns(&["arn:aws:iam::aws:policy/*"]);
    assert_eq!(attaches(of_aws.clone(), json!({}), "*"), Verdict::Allowed);
    assert_eq!(attaches(of_aws.clone(), json!({}), "app-*"), Verdict::Allowed);
    assert_eq!(attaches(of_aws, arns(&["arn:aws:iam::${aws:PrincipalAccount}:policy/app-*"]), "*"), Verdict::Allowed);
    assert_eq!(attaches(json!({}), arns(&["arn:aws:iam::*:policy/a*"]), "*-app"), Verdict::Allowed);
    assert_eq!(attaches(arns(&["arn:aws:iam::*:policy/*"]), json!({}), "*"), Verdict::Denied);
    assert_eq!(attaches(json!({}), arns(&["arn:aws:iam::*:policy/b*"]), "a*"), Verdict::Denied);
}

#[test]
fn a_boundary_is_replaced_by_any_policy_that_lets_do_anything() {
    let with = |condition: Value, more: &[Value]| {
        let mut world = World::of_organization();
        let narrow = allow(&["iam:*", "s3:*"], "*");
        world.account(DEV)["Policies"] = json!([managed("narrow", &narrow), managed("wide", &everything())]);
        let put = json!({"Effect": "Allow", "Action": "iam:PutUserPermissionsBoundary", "Resource": "*", "Condition": condition});
        world.user(DEV, "who", &[policy(json!([&[put], more].concat()))]);
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": format!("arn:aws:iam::{DEV}:policy/narrow")});
        world.with(DEV, "UserDetailList", "PermissionsBoundary", boundary);
        tried(&world, "iam-024").1
    };
    let own = |name: &str| json!({"ArnLike": {"iam:PermissionsBoundary": format!("arn:aws:iam::{DEV}:policy/{name}")}});
    assert_eq!(with(own("w*"), &[]), Verdict::Allowed);
    assert_eq!(with(own("narrow"), &[]), Verdict::Denied, "what it has");
    assert_eq!(with(own("x*"), &[]), Verdict::Denied);
    let makes = json!({"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": "*"});
    assert_eq!(with(own("x*"), &[makes]), Verdict::Allowed);
}

#[test]
fn a_policy_with_five_versions_has_no_room_but_for_whoever_deletes_one() {
    let with = |versions: usize, more: &[&str]| {
        let mut world = World::of_organization();
        let arn = format!("arn:aws:iam::{DEV}:policy/own");
        let actions = [&["iam:CreatePolicyVersion"], more].concat();
        let mut own = managed("own", &allow(&actions, &arn));
        let all: Vec<Value> = (0..versions)
            .map(|at| json!({"VersionId": format!("v{at}"), "IsDefaultVersion": at == 1, "Document": allow(&actions, &arn)}))
            .collect();
        own["PolicyVersionList"] = json!(all);
        own["AttachmentCount"] = json!(1);
        world.account(DEV)["Policies"] = json!([own]);
        world.user(DEV, "who", &[]).with(
            DEV,
            "UserDetailList",
            "AttachedManagedPolicies",
            json!([{"PolicyName": "own", "PolicyArn": arn}]),
        );
        tried(&world, "iam-001").1
    };
    assert_eq!(
        [with(4, &[]), with(5, &[]), with(5, &["iam:DeletePolicyVersion"])],
        [Verdict::Allowed, Verdict::Denied, Verdict::Allowed]
    );
}

#[test]
fn a_service_has_another_name_in_china_and_in_a_region() {
    let with = |name: &str, passed: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "strong", trusts(json!({"Service": name})), &[everything()]);
        let statements = json!([
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": passed}}},
            {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}]);
        world.user(DEV, "who", &[policy(statements)]);
        tried(&world, "ec2-001").1
    };
    for name in ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"] {
        assert_eq!(with(name, name), Verdict::Allowed, "{name}");
    }
    assert_eq!(with("ec2.us-east-1.amazonaws.com", "ec2.amazonaws.com"), Verdict::Allowed);
    assert_eq!(with("ec2.amazonaws.com", "ec2.amazonaws.com.cn"), Verdict::Denied);
    assert_eq!(with("ecs-tasks.amazonaws.com", "ec2.amazonaws.com"), Verdict::Denied);
}

#[test]
fn whoever_changes_a_group_and_joins_it_has_its_denies_too() {
    let with = |denied: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "strong", trusts(json!({"AWS": format!("arn:aws:iam::{DEV}:root")})), &[everything()]);
        let inline = policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
        let mut ops = group("ops", &inline);
        ops["AttachedManagedPolicies"] =
            json!([{"PolicyName": "fixed", "PolicyArn": format!("arn:aws:iam::{DEV}:policy/fixed")}]);
        let fixed = policy(json!([{"Effect": "Deny", "Action": denied, "Resource": "*"}]));
        world.account(DEV)["Policies"] = json!([managed("fixed", &fixed)]);
        world.account(DEV)["GroupDetailList"] = json!([ops]);
        let arn = format!("arn:aws:iam::{DEV}:group/ops");
        world.user(DEV, "who", &[allow(&["iam:PutGroupPolicy", "iam:AddUserToGroup"], &arn)]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        query::path(&graph, "dev/who", "dev/strong", &Targets::new()).unwrap().verdict
    };
    // the inline policy is written anew, the managed one stays
    assert_eq!([with("s3:*"), with("*")], [Verdict::Allowed, Verdict::Denied]);
}

/// Names take from the caller whatever the evaluator knows of it.
#[test]
fn variables_of_the_caller_stand_for_what_is_known_of_it() {
    let with = |name: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        let functions = json!({"Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
            "Resource": format!("arn:aws:lambda:*:*:function:{name}")});
        world.user(DEV, "who", &[allow(&["iam:PassRole"], "*"), policy(json!([functions]))]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        query::path(&graph, "dev/who", "dev/target", &Targets::new()).unwrap().verdict
    };
    let known = [
        "${aws:username}",
        "${aws:userid}-*",
        "${aws:PrincipalAccount}",
        "${aws:PrincipalOrgID}-*",
        "${aws:PrincipalType}",
    ];
    for name in known {
        assert_eq!(with(name), Verdict::Allowed, "{name}");
    }
    // a user without the tag
    assert_eq!(with("${aws:PrincipalTag/team}"), Verdict::Denied);
}

/// Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation": who launches with tags needs `ec2:CreateTags` too.
#[test]
fn an_instance_that_must_have_a_tag_is_started_by_those_who_may_tag_it() {
    let with = |tagging: Value| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trusts(json!({"Service": "ec2.amazonaws.com"})), &[everything()]);
        let must = json!({"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": {"StringNotEquals": {"aws:RequestTag/env": "dev"}}});
        let starts = json!({"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"});
        world.user(DEV, "who", &[policy(json!([starts, must])), policy(json!([tagging]))]);
        let estate = world.estate();
        let graph = TrustGraph::new(&estate).with_escalations();
        query::path(&graph, "dev/who", "dev/target", &Targets::new()).unwrap().verdict
    };
    let tags = json!({"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*:*:instance/*"});
    let mut at_launch = tags.clone();
    at_launch["Condition"] = json!({"StringEquals": {"ec2:CreateAction": "RunInstances"}});
    assert_eq!([with(tags), with(at_launch)], [Verdict::Allowed; 2]);
    assert_eq!(with(json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"})), Verdict::Denied);
}
