//! Names that are made when a plan is applied, and patterns that pin more of them than is known.

use std::fs;

use serde_json::{Value, json};

use super::applied::{DEV, PROD, named, planned, world};
use super::demo::{json_of, run};

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}]}"#;

/// A plan of roles whose names start so; nothing stands for a role that sets neither name nor prefix.
fn roles(prefixes: &[Option<&str>]) -> Value {
    let address = |at: usize| format!("aws_iam_role.r{at}");
    let change = |(at, prefix): (usize, &Option<&str>)| {
        let mut unknown = json!({"name": true, "arn": true, "id": true});
        let mut after = json!({"path": "/", "assume_role_policy": TRUST,
            "managed_policy_arns": ["arn:aws:iam::101010101010:policy/boundary"]});
        match prefix {
            Some(prefix) => after["name_prefix"] = json!(prefix),
            None => unknown["name_prefix"] = json!(true),
        }
        json!({"address": address(at), "mode": "managed", "type": "aws_iam_role", "name": format!("r{at}"),
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown}})
    };
    let configured = |(at, prefix): (usize, &Option<&str>)| {
        let mut expressions = json!({"assume_role_policy": {"constant_value": TRUST}});
        prefix.iter().for_each(|prefix| expressions["name_prefix"] = json!({"constant_value": prefix}));
        json!({"address": address(at), "mode": "managed", "type": "aws_iam_role", "name": format!("r{at}"),
            "provider_config_key": "aws", "expressions": expressions})
    };
    let changes: Vec<Value> = prefixes.iter().enumerate().map(change).collect();
    let resources: Vec<Value> = prefixes.iter().enumerate().map(configured).collect();
    json!({"format_version": "1.2", "resource_changes": changes,
        "configuration": {"provider_config": {"aws": {"name": "aws"}}, "root_module": {"resources": resources}}})
}

/// What is said where the role `ci` may do this, and `deploy` lets these in.
fn asked(plan: &Value, may: &Value, lets_in: &Value, told: &[&str]) -> Value {
    let before = world(|account, file| match account {
        DEV => named(file, "RoleDetailList", "ci")["RolePolicyList"][0]["PolicyDocument"]["Statement"] = json!([may]),
        _ => named(file, "RoleDetailList", "deploy")["AssumeRolePolicyDocument"]["Statement"] = json!([lets_in]),
    });
    let file = before.path().join("plan.json");
    fs::write(&file, plan.to_string()).unwrap();
    let prod = format!("aws={PROD}");
    let ended = planned(before.path(), &[told, &["--provider", &prod, "--terraform"]].concat(), &file);
    assert!(ended.code.is_some_and(|code| [0, 4].contains(&code)), "{ended:?}");
    json_of(&ended.out)
}

/// May `ci` assume the role of this name?
fn ci_assumes(plan: &Value, pattern: &str) -> Value {
    ci_assumes_with(plan, pattern, &[])
}

fn ci_assumes_with(plan: &Value, pattern: &str, told: &[&str]) -> Value {
    let may = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": pattern});
    asked(plan, &may, &json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*"}), told)
}

/// The verdict on ways from one role into another; nothing where none is told.
fn verdict(found: &Value, from: &str, to: &str) -> Option<String> {
    let ways = found["paths"][0]["changes"].as_array().unwrap();
    let groups = ways.iter().flat_map(|way| way["groups"].as_array().unwrap());
    let of_it = groups.filter(|group| {
        let has = |key: &str, name: &str| group[key].to_string().contains(&format!("role/{name}\""));
        has("principals", from) && has("roles", to)
    });
    of_it.map(|group| group["new"]["verdict"].as_str().unwrap().to_owned()).next()
}

#[test]
fn a_pattern_that_pins_more_of_a_made_name_than_its_prefix_decides_nothing() {
    let plan = roles(&[Some("job-")]);
    for decided in ["*", "arn:aws:iam::*:role/job-*", "arn:aws:iam::101010101010:role/j*"] {
        let found = ci_assumes(&plan, decided);
        assert_eq!(verdict(&found, "ci", "job-(generated)").as_deref(), Some("allowed"), "{decided}: {found:#}");
        assert_eq!(found["comparable"], true, "{decided}");
    }
    for (never, other) in [
        ("arn:aws:iam::*:role/job", "arn:aws:iam::*:role/*-admin"),
        ("arn:aws:iam::*:role/job-x*", "arn:aws:iam::*:role/*admin*"),
        ("arn:aws:iam::*:role/job-${aws:username}", "arn:aws:s3:::*1"),
    ] {
        for pattern in [never, other] {
            let found = ci_assumes(&plan, pattern);
            assert_eq!(verdict(&found, "ci", "job-(generated)"), None, "{pattern}: {found:#}");
            assert_eq!(found["comparable"], true, "{pattern}");
        }
    }
    for open in ["arn:aws:iam::*:role/job-2*", "arn:aws:iam::*:role/*1", "arn:aws:iam::101010101010:role/job-*2026*"] {
        let found = ci_assumes(&plan, open);
        assert_ne!(verdict(&found, "ci", "job-(generated)").as_deref(), Some("allowed"), "{open}: {found:#}");
        let gaps = found["paths"][0]["gaps"]["new"].to_string();
        let why = format!("name of aws_iam_role.r0, which `{open}` may fit");
        assert!(found["comparable"] == false && gaps.contains(&why), "{open}: {gaps}");
    }
}

#[test]
fn a_condition_that_pins_more_of_a_made_name_than_its_prefix_decides_nothing_of_who_has_it() {
    let plan = roles(&[Some("job-")]);
    let asked = |pattern: &str| {
        let lets_in = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
            "Condition": {"ArnLike": {"aws:PrincipalArn": pattern}}});
        asked(&plan, &json!({"Effect": "Deny", "Action": "*", "Resource": "*"}), &lets_in, &[])
    };
    for (pattern, expected) in [
        ("arn:aws:iam::*:role/job-*", Some("allowed")),
        ("arn:aws:iam::*:role/app-*", None),
        ("arn:aws:iam::*:role/job-2*", Some("unknown")),
    ] {
        let found = asked(pattern);
        let found_verdict = verdict(&found, "job-(generated)", "deploy");
        if expected == Some("unknown") {
            assert_ne!(found_verdict.as_deref(), Some("allowed"), "{pattern}: {found:#}");
            assert_eq!(found["comparable"], false, "{pattern}");
        } else {
            assert_eq!(found_verdict.as_deref(), expected, "{pattern}: {found:#}");
            assert_eq!(found["comparable"], true, "{pattern}");
        }
    }
}

#[test]
fn names_of_one_prefix_are_told_apart_and_one_without_a_prefix_starts_as_the_provider_makes_it() {
    let found = ci_assumes(&roles(&[Some("job-"), Some("job-"), None]), "arn:aws:iam::*:role/job-*");
    let changes = found["principals"]["changes"].as_array().unwrap();
    let made: Vec<&str> = changes
        .iter()
        .filter(|change| change["kind"] == "principal-created")
        .flat_map(|change| change["subjects"].as_array().unwrap())
        .map(|arn| arn.as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    for wanted in ["job-(generated)", "job-(generated 2)", "terraform-(generated)"] {
        assert!(made.contains(&wanted), "{wanted}: {made:?}");
    }
    for (role, expected) in [("job-(generated)", true), ("job-(generated 2)", true), ("terraform-(generated)", false)] {
        assert_eq!(verdict(&found, "ci", role).as_deref() == Some("allowed"), expected, "{role}: {found:#}");
    }
    assert_eq!(found["comparable"], true);
}

#[test]
fn a_pattern_of_the_plan_itself_is_compared_with_its_names() {
    let mut plan = roles(&[Some("job-")]);
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Resource": "arn:aws:iam::*:role/job-2*"}]});
    plan["resource_changes"].as_array_mut().unwrap().push(
        json!({"address": "aws_iam_user_policy.x", "mode": "managed",
        "type": "aws_iam_user_policy", "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after_unknown": {},
            "after": {"name": "x", "user": "ann", "policy": policy.to_string()}}}),
    );
    plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
        "address": "aws_iam_user_policy.x", "mode": "managed", "type": "aws_iam_user_policy", "name": "x",
        "provider_config_key": "aws.dev", "expressions": {}}));
    let found = ci_assumes_with(&plan, "arn:aws:iam::*:role/nothing", &["--provider", &format!("aws.dev={DEV}")]);
    let gaps = found["paths"][0]["gaps"]["new"].to_string();
    assert!(gaps.contains("which `arn:aws:iam::*:role/job-2*` may fit"), "{found:#}");
}

#[test]
fn a_target_that_pins_more_of_a_name_than_is_known_says_so() {
    let plan = roles(&[Some("job-"), Some("app-")]);
    let not_understood = |roles: &[&str]| -> Vec<String> {
        let before = world(|_, _| {});
        let file = before.path().join("plan.json");
        fs::write(&file, plan.to_string()).unwrap();
        let config = before.path().join("targets.toml");
        fs::write(&config, format!("version = 1\n[targets.jobs]\nroles = {roles:?}\n")).unwrap();
        let prod = format!("aws={PROD}");
        let [before, config, file] = [before.path(), &config, &file].map(|path| path.to_str().unwrap());
        let asked = ["what-if", "--snapshot", before, "--config", config, "--provider", &prod, "--terraform", file];
        let ended = run(&[&asked[..], &["--target", "prod", "--only", "paths", "--json"]].concat());
        let told = json_of(&ended.out);
        let all = told["planned"][0]["not_understood"].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one["why"].as_str().unwrap().to_owned()).collect()
    };
    let why = "unknown until apply: name of aws_iam_role.r0, which `*/job-2*` of target `jobs` may fit";
    assert_eq!(not_understood(&["*/job-2*"]), [why]);
    let of_account = format!("{PROD}/job-2*");
    assert_eq!(not_understood(&[&of_account]), [why.replace("*/job-2*", &of_account)]);
    for decided in ["*/job-*", "*/x-2*", "elsewhere/job-2*", "*/job-x"] {
        assert_eq!(not_understood(&[decided]), Vec::<String>::new(), "{decided}");
    }
}
