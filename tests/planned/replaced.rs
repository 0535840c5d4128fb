//! What is made anew, given up, or changed by others than Terraform.

use serde_json::{Value, json};

use super::applied::{DEV, PROD, does, named, said};
use super::demo::json_of;

const CI: &str = "arn:aws:iam::444455556666:role/ci";
const TO_DEPLOY: &str = "arn:aws:iam::101010101010:role/deploy";
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"AWS": "arn:aws:iam::444455556666:user/bob"}}]}"#;

fn plan(changes: &[Value]) -> Value {
    json!({"format_version": "1.2", "resource_changes": changes})
}

fn change(address: &str, change: Value) -> Value {
    let kind = address.split('.').next().unwrap();
    json!({"address": address, "mode": "managed", "type": kind, "name": "x", "change": change,
        "provider_name": "registry.terraform.io/hashicorp/aws"})
}

/// A role named `name`, as Terraform shows it.
fn role(name: &str) -> Value {
    json!({"name": name, "path": "/", "arn": format!("arn:aws:iam::{DEV}:role/{name}"), "assume_role_policy": TRUST})
}

fn nothing_changes(plan: &Value) {
    let same = does("--terraform", plan, |_, _| ());
    assert_eq!(same["principals"]["changes"], json!([]), "{plan:#}");
}

#[test]
fn what_terraform_forgets_imports_or_moves_stays_as_it_is() {
    let ci = role("ci");
    nothing_changes(&plan(&[change(
        "aws_iam_role.x",
        json!({"actions": ["forget"], "before": ci, "after": null, "after_unknown": {}}),
    )]));
    let same = json!({"actions": ["no-op"], "before": ci, "after": ci, "after_unknown": {}});
    let mut imported = same.clone();
    imported["importing"] = json!({"id": "ci"});
    let mut moved = change("aws_iam_role.x", same);
    moved["previous_address"] = json!("aws_iam_role.old");
    nothing_changes(&plan(&[change("aws_iam_role.y", imported), moved]));
}

#[test]
fn a_role_that_is_replaced_while_the_old_one_is_forgotten_leaves_the_old_one() {
    for actions in [json!(["create", "forget"]), json!(["forget", "create"])] {
        let after = json!({"name": "ci-2", "path": "/", "assume_role_policy": TRUST});
        let replaced =
            json!({"actions": actions, "before": role("ci"), "after": after, "after_unknown": {"arn": true}});
        let found = json_of(&said("--terraform", &plan(&[change("aws_iam_role.x", replaced)])).out);
        let kinds: Vec<&str> = found["principals"]["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["principal-created"], "{actions}: {found:#}");
    }
}

#[test]
fn an_old_object_that_is_only_deleted_is_not_what_others_refer_to() {
    let mut old = change(
        "aws_iam_role.x",
        json!({"actions": ["delete"], "before": role("ci"), "after": null, "after_unknown": {}}),
    );
    old["deposed"] = json!("0a1b2c3d");
    let new = json!({"actions": ["create"], "before": null, "after_unknown": {"arn": true},
        "after": {"name": "ci-2", "path": "/", "assume_role_policy": TRUST}});
    let attachment = json!({"actions": ["create"], "before": null, "after_unknown": {"role": true},
        "after": {"policy_arn": "arn:aws:iam::444455556666:policy/shared"}});
    let refers = json!({"address": "aws_iam_role_policy_attachment.x", "mode": "managed", "name": "x",
        "type": "aws_iam_role_policy_attachment",
        "expressions": {"role": {"references": ["aws_iam_role.x.name", "aws_iam_role.x"]}}});
    // in whatever order they stand
    for changes in
        [[change("aws_iam_role.x", new.clone()), old.clone()], [old.clone(), change("aws_iam_role.x", new.clone())]]
    {
        let mut plan =
            plan(&[&changes[..], &[change("aws_iam_role_policy_attachment.x", attachment.clone())]].concat());
        plan["configuration"] = json!({"root_module": {"resources": [refers]}});
        let found = json_of(&said("--terraform", &plan).out);
        let changes = found["principals"]["changes"].as_array().unwrap();
        let sources = |kind: &str| {
            let of_kind = changes.iter().filter(|one| one["kind"] == kind);
            of_kind.map(|one| one["sources"].to_string()).collect::<String>()
        };
        assert!(sources("principal-deleted").contains("deposed 0a1b2c3d"), "{found:#}");
        assert!(sources("principal-created").contains("aws_iam_role_policy_attachment.x"), "{found:#}");
    }
}

#[test]
fn what_others_changed_since_terraform_looked_is_said() {
    let mut plan = plan(&[]);
    let drifted = |address: &str| change(address, json!({"actions": ["update"], "before": {}, "after": {}}));
    plan["resource_drift"] = json!([drifted("aws_s3_bucket.x"), drifted("aws_iam_role.x")]);
    let ended = said("--terraform", &plan);
    let notes = json_of(&ended.out)["planned"][0]["notes"].to_string();
    assert!(notes.contains("changed outside of Terraform: aws_iam_role.x;") && !notes.contains("bucket"), "{ended:?}");
    plan["resource_drift"] = (0..7).map(|at| drifted(&format!("aws_iam_role.r{at}"))).collect();
    let notes = json_of(&said("--terraform", &plan).out)["planned"][0]["notes"].to_string();
    assert!(notes.contains("aws_iam_role.r4 and 2 more;") && !notes.contains("aws_iam_role.r5"), "{notes}");
}

#[test]
fn an_object_of_which_nothing_is_known_until_apply_proves_nothing() {
    let made = json!({"actions": ["create"], "before": null, "after": null, "after_unknown": true});
    let ended = said("--terraform", &plan(&[change("aws_iam_role.x", made)]));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let found = json_of(&ended.out);
    let gaps = found["paths"][0]["gaps"]["new"].to_string() + &found["paths"][1]["gaps"]["new"].to_string();
    assert!(gaps.contains("unknown until apply: name of aws_iam_role.x"), "{found:#}");
    // not even that it has no boundary
    assert!(ended.out.contains("unknown until apply: permissions_boundary of aws_iam_role.x"), "{found:#}");
}

#[test]
fn a_role_that_is_deleted_and_made_again_is_trusted_by_those_alone_that_name_it_anew() {
    let made = |name: &str, trust: &str| json!({"name": name, "path": "/", "assume_role_policy": trust});
    let replaced = |before: Value, after: Value| json!({"actions": ["delete", "create"], "before": before, "after": after, "after_unknown": {"arn": true}});
    let inline = json!({"role": "ci", "name": "to-deploy", "policy": json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": TO_DEPLOY}]}).to_string()});
    let again = [
        change("aws_iam_role.x", replaced(role("ci"), made("ci", TRUST))),
        change(
            "aws_iam_role_policy.x",
            json!({"actions": ["create"], "before": null, "after": inline, "after_unknown": {}}),
        ),
    ];
    let ci_again = |account: &str, file: &mut Value| {
        if account == DEV {
            let ci = named(file, "RoleDetailList", "ci");
            ci["RoleId"] = json!("");
            ci["AttachedManagedPolicies"] = json!([]);
            ci["AssumeRolePolicyDocument"] = json_of(TRUST);
            ci["RolePolicyList"] =
                json!([{"PolicyName": "to-deploy", "PolicyDocument": json_of(inline["policy"].as_str().unwrap())}]);
        }
    };
    // AWS keeps the unique id of the old one, whether there is a new one or not
    let gone = json!({"actions": ["delete"], "before": role("ci"), "after": null, "after_unknown": {}});
    does("--terraform", &plan(&[change("aws_iam_role.x", gone)]), |account, file| {
        if account == DEV {
            file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["RoleName"] != "ci");
        } else {
            let trust = &mut named(file, "RoleDetailList", "deploy")["AssumeRolePolicyDocument"];
            trust["Statement"][0]["Principal"]["AWS"] = json!("AROAWO645SY5PBC4XWO7P");
        }
    });
    let lost = does("--terraform", &plan(&again), |account, file| {
        ci_again(account, file);
        if account == PROD {
            let trust = &mut named(file, "RoleDetailList", "deploy")["AssumeRolePolicyDocument"];
            trust["Statement"][0]["Principal"]["AWS"] = json!("AROAWO645SY5PBC4XWO7P");
        }
    });
    assert!(lost["paths"][0]["ways"]["lost"].as_u64().unwrap() > 0, "{lost:#}");
    let said = json_of(&said("--terraform", &plan(&again)).out);
    assert!(said["planned"][0]["notes"].to_string().contains("aws_iam_role.x is deleted and made again"), "{said:#}");
    let trust = &said["trusts"]["changes"][0];
    assert_eq!(trust["sources"][0]["resource"], "aws_iam_role.x", "{trust:#}");
    // a trust policy that is written again means the new one
    let named_anew = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Anew", "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": [CI]}}]});
    let mut deploy = made("deploy", "{}");
    deploy["arn"] = json!(TO_DEPLOY);
    let mut written = deploy.clone();
    written["assume_role_policy"] = json!(named_anew.to_string());
    let written = json!({"actions": ["update"], "before": deploy, "after": written, "after_unknown": {}});
    let both = [&again[..], &[change("aws_iam_role.deploy", written)]].concat();
    does("--terraform", &plan(&both), |account, file| {
        ci_again(account, file);
        if account == PROD {
            named(file, "RoleDetailList", "deploy")["AssumeRolePolicyDocument"] = named_anew.clone();
        }
    });
}
