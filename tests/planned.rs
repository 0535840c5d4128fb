//! `what-if --terraform`: plans of a real Terraform, held against what the accounts were once the plan was applied; what is unknown
//! until then is never proven; what is no plan is an error.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a command that cannot be run has failed its test"
)]

#[path = "planned/applied.rs"]
mod applied;
#[path = "planned/demo.rs"]
mod demo;
#[path = "planned/lists.rs"]
mod lists;
#[path = "planned/names.rs"]
mod names;
#[path = "planned/organization.rs"]
mod organization;
#[path = "support/program.rs"]
mod program;
#[path = "planned/replaced.rs"]
mod replaced;

use std::fs;
use std::path::Path;

use applied::{applied, planned, stripped};
use demo::{demo, here, json_of, root, run};
use program::Ended;
use serde_json::{Value, json};

fn demo_plan() -> String {
    root().join("examples/demo/terraform/plan.json").to_str().unwrap().to_owned()
}

/// Writes a plan, and asks the demo with it.
fn with_plan(plan: &Value, arguments: &[&str]) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("plan.json");
    fs::write(&file, plan.to_string()).unwrap();
    demo(&[&["--terraform", file.to_str().unwrap()], arguments].concat())
}

/// What `what-if` says of a plan of a real Terraform, and what `diff` says once it was applied.
fn both(before: &str, plan: &str, after: &str) -> [Value; 2] {
    let [before, plan, after] = [before, plan, after].map(here);
    let planned = planned(Path::new(&before), &["--terraform"], Path::new(&plan));
    let applied = applied(Path::new(&before), Path::new(&after));
    assert!(planned.code.is_some_and(|code| [0, 4].contains(&code)), "{planned:?}");
    let planned = planned.out.replace("job-(generated)", "job-20261129144511180600000001");
    [planned, applied.out].map(|text| stripped(json_of(&text)))
}

#[test]
fn a_plan_says_before_it_is_applied_what_a_scan_says_after() {
    let [planned, applied] = both("terraform/created", "terraform/change.json", "terraform/changed");
    assert_eq!(planned, applied);
    let ways = &planned["paths"][0]["ways"];
    assert!(ways["new"].as_u64().unwrap() > 0 && ways["lost"].as_u64().unwrap() > 0, "{ways}");
}

#[test]
fn a_plan_that_creates_everything_differs_from_what_it_made_by_what_was_unknown_alone() {
    let [mut planned, applied] = both("terraform/empty", "terraform/create.json", "terraform/created");
    let gaps = planned["principals"]["gaps"]["new"].take();
    let reasons: Vec<&str> = gaps.as_array().unwrap().iter().map(|gap| gap["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["unknown until apply: managed_policy_arns of aws_iam_role.web"]);
    planned["principals"]["gaps"]["new"] = json!([]);
    planned["comparable"] = applied["comparable"].clone();
    assert_eq!(planned, applied);
    assert!(planned["paths"][0]["ways"]["new"].as_u64().unwrap() > 0);
}

#[test]
fn the_plan_of_the_demo_fails_its_gate_and_says_which_line() {
    let gate = ["--terraform", &demo_plan(), "--fail-on", "new-path", "--only", "paths"];
    let ended = demo(&gate);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let plan = fs::read_to_string(demo_plan()).unwrap();
    let is_it = |line: &str| line.contains("\"assume_role_policy\": \"");
    let changes = plan.lines().position(|line| line.contains("\"resource_changes\"")).unwrap();
    let line = changes + plan.lines().skip(changes).position(is_it).unwrap() + 1;
    let markdown = demo(&[&gate[..], &["-f", "markdown"]].concat()).out;
    for (format, text) in [("table", &ended.out), ("markdown", &markdown)] {
        // tables wrap, and Markdown escapes
        let text: String = text.replace(['\\', '`'], "").split_whitespace().collect();
        assert!(
            text.contains(&format!("plannedbyaws_iam_role.deploy_directat{}:{line}", demo_plan())),
            "{format}: {text}"
        );
    }
    let found = json_of(&demo(&[&gate[..], &["--json"]].concat()).out);
    let cause = &found["paths"][0]["changes"][0]["causes"][0];
    assert_eq!(cause["kind"], "principal-created");
    assert_eq!(cause["sources"][0]["resource"], "aws_iam_role.deploy_direct");
    assert_eq!(cause["sources"][0]["line"], line);
    assert_eq!(found["planned"][0]["others"], json!([{"type": "aws_sqs_queue", "count": 1}]));
}

/// Marks one attribute of one resource as unknown until apply.
fn unknown(address: &str, key: &str) -> Value {
    let mut plan = json_of(&fs::read_to_string(demo_plan()).unwrap());
    let mut changes = plan["resource_changes"].as_array_mut().unwrap().iter_mut();
    let change = &mut changes.find(|change| change["address"] == address).unwrap()["change"];
    change["after"].as_object_mut().unwrap().remove(key);
    change["after_unknown"][key] = json!(true);
    drop(changes);
    if key == "name" {
        // who is attached to it refers to it
        let mut changes = plan["resource_changes"].as_array_mut().unwrap().iter_mut();
        let other = changes.find(|change| change["type"] == "aws_iam_role_policy_attachment").unwrap();
        other["change"]["after"].as_object_mut().unwrap().remove("role");
        other["change"]["after_unknown"]["role"] = json!(true);
    }
    // nor is there a reference to follow
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    let found = resources.iter_mut().find(|resource| resource["address"] == address).unwrap();
    found["expressions"][key] = json!({"references": ["var.name", "local.other"]});
    plan
}

#[test]
fn what_is_unknown_until_apply_never_yields_a_proven_answer() {
    for (address, key) in [
        ("aws_iam_role.deploy_direct", "assume_role_policy"),
        ("aws_iam_role.deploy_direct", "name"),
        ("aws_iam_role.deploy_direct", "permissions_boundary"),
        ("aws_iam_role_policy_attachment.deploy_direct", "policy_arn"),
        ("aws_iam_role_policy_attachment.deploy_direct", "role"),
        ("aws_iam_role_policy.ci_deploy", "policy"),
        ("aws_iam_role_policy.ci_deploy", "role"),
    ] {
        let ended = with_plan(&unknown(address, key), &["--json"]);
        let found = json_of(&ended.out);
        assert_eq!(found["comparable"], false, "{address} {key}");
        assert!(ended.code.is_some_and(|code| [4, 5].contains(&code)), "{address} {key}: {ended:?}");
        let reason = format!("unknown until apply: {key} of {address}");
        assert!(ended.out.contains(&reason), "{address} {key}: {}", ended.out);
        // what rests on it is not said to be allowed
        let ways = found["paths"][0]["changes"].as_array().unwrap();
        let proven = ways.iter().flat_map(|way| way["groups"].as_array().unwrap()).filter(|group| {
            let rests = match (address, key) {
                ("aws_iam_role.deploy_direct", "assume_role_policy" | "name") => true,
                ("aws_iam_role_policy.ci_deploy", "policy" | "role") => {
                    group["principals"].to_string().contains("role/ci-runner")
                }
                _ => false,
            };
            rests && group["new"]["verdict"] == "allowed"
        });
        assert_eq!(proven.count(), 0, "{address} {key}: {}", ended.out);
    }
}

#[test]
fn a_reference_to_one_resource_is_followed_through_modules() {
    // `role = module.team.reader`, an output that is the id of a role with an index
    let before = here("terraform/empty");
    let plan = here("terraform/create.json");
    let ended =
        run(&["what-if", "--snapshot", &before, "--terraform", &plan, "--only", "principals", "--json", "--no-config"]);
    let found = json_of(&ended.out);
    let made = found["principals"]["changes"].as_array().unwrap().iter().find(|one| one["kind"] == "principal-created");
    let sources: Vec<&str> =
        made.unwrap()["sources"].as_array().unwrap().iter().map(|one| one["resource"].as_str().unwrap()).collect();
    for wanted in ["aws_iam_role_policy.of_reader", r#"module.team.aws_iam_role.this["reader"]"#] {
        assert!(sources.contains(&wanted), "{sources:?}");
    }
}

/// A plan with one change of a role of the demo.
fn plan_of(kind: &str, change: Value) -> Value {
    json!({"format_version": "1.2", "resource_changes": [{"address": format!("{kind}.x"), "mode": "managed", "type": kind,
        "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws", "change": change}]})
}

#[test]
fn what_is_not_understood_is_listed_and_the_answer_is_not_whole() {
    let key = json!({"actions": ["create"], "before": null, "after": {"user": "carla.ops"}, "after_unknown": {}});
    let mut plan = plan_of("aws_iam_access_key", key.clone());
    let odd = json!({"address": "aws_iam_role.odd", "mode": "managed", "type": "aws_iam_role",
        "change": {"actions": ["transmogrify"], "before": null, "after": null, "after_unknown": {}}});
    plan["resource_changes"].as_array_mut().unwrap().push(odd);
    let ended = with_plan(&plan, &["--only", "paths"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for wanted in ["2 NOT UNDERSTOOD", "aws_iam_access_key.x", "aws_iam_role.odd", "transmogrify"] {
        assert!(ended.out.contains(wanted), "lacks {wanted}: {}", ended.out);
    }
    // what may make roles is not counted as if it made none
    for kind in [
        "awscc_iam_role",
        "aws_cloudformation_stack_set_instance",
        "aws_cloudcontrolapi_resource",
        "aws_controltower_control",
    ] {
        let ended = with_plan(&plan_of(kind, key.clone()), &["--only", "paths"]);
        assert!(ended.code == Some(4) && ended.out.contains(&format!("{kind} is not understood")), "{ended:?}");
    }
    let bucket = with_plan(&plan_of("aws_s3_bucket", key), &["--only", "paths"]).succeeded();
    assert!(bucket.out.contains("1 of types without access to roles (aws_s3_bucket)"), "{bucket:?}");
}

#[test]
fn the_account_is_told_where_the_plan_does_not_show_it() {
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let role = json!({"actions": ["create"], "before": null, "after_unknown": {"arn": true},
        "after": {"name": "new", "path": "/", "assume_role_policy": trust}});
    let plan = plan_of("aws_iam_role", role);
    let only = ["--only", "principals"];
    let err = with_plan(&plan, &only).failed(2, "E300");
    assert!(err.contains("the account of aws_iam_role.x is not known") && err.contains("--account"), "{err}");
    let told = with_plan(&plan, &[&only[..], &["--account", "prod-data"]].concat());
    assert!(told.out.contains("prod-data/role/new created"), "{told:?}");
    let err = with_plan(&plan, &[&only[..], &["--account", "prod-dato"]].concat()).failed(2, "E300");
    assert!(err.contains("prod-dato"), "{err}");
    demo(&["--account", "prod-data"]).failed(2, "E300");
    demo(&["--terraform", &demo_plan(), "--provider", "aws"]).failed(2, "E300");
    // an account that the snapshot does not have
    let far = with_plan(&plan, &["--account", "999999999999"]);
    assert_eq!(far.code, Some(2), "{far:?}");
}

#[test]
fn a_plan_of_what_is_not_there_is_an_error() {
    let gone = json!({"actions": ["delete"], "after": null, "after_unknown": {},
        "before": {"name": "nobody", "arn": "arn:aws:iam::101010101010:role/nobody"}});
    let err = with_plan(&plan_of("aws_iam_role", gone), &[]).failed(2, "E401");
    assert!(err.contains("101010101010 has no role/nobody") && err.contains("aws_iam_role.x at "), "{err}");
}

#[test]
fn what_is_no_plan_is_an_error_that_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("plan.json");
    let path = file.to_str().unwrap();
    let cases: &[(&[u8], &str)] = &[
        (b"", "the file is empty"),
        (b"PK\x03\x04tfplan", "terraform show -json"),
        (b"{\"@level\":\"info\"}\n{}", "the log that `terraform plan -json` prints"),
        (b"{\n  \"format_version\": \"1.2\",\n  oops\n}", "line 3 column 3"),
        (b"[1]", "not JSON of the documented shape"),
        (b"{}", "no `format_version`"),
        (br#"{"format_version": "2.0", "resource_changes": []}"#, "its format_version is 2.0"),
        (br#"{"format_version": "1.0", "values": {"root_module": {}}}"#, "it is a state"),
        (br#"{"format_version": "1.2", "resource_changes": [], "errored": true}"#, "planning ended with an error"),
        (br#"{"format_version": "1.2", "resource_changes": [{"type": "aws_iam_role"}]}"#, "missing field"),
        (b"\xff\xfe\x00", "it is not text"),
    ];
    for (bytes, wanted) in cases {
        fs::write(&file, bytes).unwrap();
        let err = demo(&["--terraform", path]).failed(2, "E300");
        let flat = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "lacks `{wanted}`: {err}");
    }
    demo(&["--terraform", "/nowhere/plan.json"]).failed(2, "E300");
    // PowerShell writes UTF-16
    let text = fs::read_to_string(demo_plan()).unwrap();
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(&file, wide).unwrap();
    let ended = demo(&["--terraform", path, "--only", "paths", "--fail-on", "new-path"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(Path::new(path).exists());
}

#[test]
fn a_plan_that_is_named_twice_is_an_error() {
    let plan = demo_plan();
    for tool in ["--terraform", "--cloudformation"] {
        let err = demo(&["--terraform", &plan, tool, &plan]).failed(2, "E300");
        assert!(err.contains("is named twice"), "{err}");
    }
    let other = root().join("examples/../examples/demo/terraform/plan.json");
    let err = demo(&["--terraform", &plan, "--terraform", other.to_str().unwrap()]).failed(2, "E300");
    assert!(err.contains("is named twice"), "{err}");
}
