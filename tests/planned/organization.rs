//! SCPs and RCPs that are planned.

use std::fs;

use serde_json::{Value, json};

use super::demo::{json_of, root, run, with_demo};
use super::program::Ended;

/// The files of the demo, but for the manifest, which knows their digests, with another organization.
fn demo_with(change: impl FnOnce(&mut Vec<Value>)) -> tempfile::TempDir {
    let (dir, demo) = (tempfile::tempdir().unwrap(), root().join("examples/demo"));
    fs::create_dir(dir.path().join("accounts")).unwrap();
    for file in fs::read_dir(demo.join("accounts")).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, dir.path().join("accounts").join(file.file_name().unwrap())).unwrap();
    }
    for people in ["identity-center.json", "account-access.json"] {
        fs::copy(demo.join(people), dir.path().join(people)).unwrap();
    }
    let mut organization = json_of(&fs::read_to_string(demo.join("organization.json")).unwrap());
    change(organization["Policies"].as_array_mut().unwrap());
    fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
    dir
}

/// One resource of a plan about policies of the organization.
fn organizational(address: &str, change: Value) -> Value {
    let kind = address.split('.').next().unwrap();
    json!({"address": address, "mode": "managed", "type": kind, "name": "x",
        "provider_name": "registry.terraform.io/hashicorp/aws", "change": change})
}

#[test]
fn policies_of_the_organization_that_are_planned_decide_as_those_that_are_there() {
    let document = |effect: &str, principal: Option<&str>, resource: &str| {
        let mut statement = json!({"Effect": effect, "Action": "sts:AssumeRole", "Resource": resource});
        principal.iter().for_each(|who| statement["Principal"] = json!(who));
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let (data, deploy) = ("arn:aws:iam::101010101011:role/*", "arn:aws:iam::*:role/deploy-*");
    let (of_sandbox, sandbox) = ("p-j3rrgkhiv2", "ou-demo-sandbox0");
    let narrow = document("Deny", None, "arn:aws:iam::101010101011:role/nobody");
    let (scp, rcp) = (document("Deny", None, deploy), document("Deny", Some("*"), "*"));
    let text = |document: &Value| document.to_string();
    let policy = |document: &Value, kind: &str| json!({"name": "new", "type": kind, "content": text(document)});
    let made = |document: &Value, kind: &str, target: &str| {
        let create = |after: Value, unknown: &str| json!({"actions": ["create"], "before": null, "after": after, "after_unknown": {unknown: true}});
        let policy = create(policy(document, kind), "id");
        let attachment = create(json!({"target_id": target}), "policy_id");
        let of = |expressions: Value| json!({"address": "aws_organizations_policy_attachment.x", "mode": "managed", "type": "aws_organizations_policy_attachment", "name": "x", "expressions": expressions});
        let refers =
            json!({"policy_id": {"references": ["aws_organizations_policy.x.id", "aws_organizations_policy.x"]}});
        json!({"format_version": "1.2",
            "resource_changes": [organizational("aws_organizations_policy.x", policy), organizational("aws_organizations_policy_attachment.x", attachment)],
            "configuration": {"root_module": {"resources": [of(refers)]}}})
    };
    let changed = |address: &str, change: Value| json!({"format_version": "1.2", "resource_changes": [organizational(address, change)]});
    let was = json!({"id": of_sandbox, "name": "deny-sandbox-to-data", "type": "SERVICE_CONTROL_POLICY", "content": text(&document("Deny", None, data))});
    let mut is = was.clone();
    is["content"] = json!(text(&narrow));
    let attached = json!({"policy_id": of_sandbox, "target_id": sandbox});
    let listed = |kind: &str, document: &Value, target: &str| json!({"Id": "p-new", "Name": "new", "Type": kind, "Content": document, "TargetIds": [target]});
    let (service, resource) = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY");
    type Change = Box<dyn FnOnce(&mut Vec<Value>)>;
    let place = move |all: &mut Vec<Value>| all.iter().position(|one| one["Id"] == of_sandbox).unwrap();
    let (listed_scp, listed_rcp) = (listed(service, &scp, sandbox), listed(resource, &rcp, "101010101010"));
    let cases: Vec<(&str, Value, Change)> = vec![
        (
            "an SCP is detached",
            changed(
                "aws_organizations_policy_attachment.x",
                json!({"actions": ["delete"], "before": attached, "after": null, "after_unknown": {}}),
            ),
            Box::new(move |all| {
                let at = place(all);
                all[at]["TargetIds"] = json!([])
            }),
        ),
        (
            "an SCP says something else",
            changed(
                "aws_organizations_policy.x",
                json!({"actions": ["update"], "before": was, "after": is, "after_unknown": {}}),
            ),
            Box::new(move |all| {
                let at = place(all);
                all[at]["Content"] = narrow
            }),
        ),
        ("an SCP is made", made(&scp, service, sandbox), Box::new(move |all| all.push(listed_scp))),
        ("an RCP is made", made(&rcp, resource, "101010101010"), Box::new(move |all| all.push(listed_rcp))),
    ];
    let before = demo_with(|_| ());
    let (plan, config) = (before.path().join("plan.json"), root().join("examples/demo/rolehop.toml"));
    let common = ["--config", config.to_str().unwrap(), "--at", "2026-11-20T00:00:00Z", "--only", "paths", "--json"];
    let mut differ = 0;
    for (name, planned, change) in cases {
        fs::write(&plan, planned.to_string()).unwrap();
        let after = demo_with(change);
        let [before, plan, after] = [before.path(), &plan, after.path()].map(|path| path.to_str().unwrap());
        let planned = run(&[&["what-if", "--snapshot", before, "--terraform", plan], &common[..]].concat());
        let applied = run(&[&["diff", before, after], &common[..]].concat());
        assert_eq!(planned.code, applied.code, "{name}: {planned:?} {applied:?}");
        let ways = |ended: &Ended| json_of(&ended.out)["paths"][0]["ways"].clone();
        assert_eq!(ways(&planned), ways(&applied), "{name}");
        // each cause says what plans it
        let changes = json_of(&planned.out)["paths"][0]["changes"].clone();
        for cause in changes.as_array().unwrap().iter().flat_map(|change| change["causes"].as_array().unwrap()) {
            let source = cause["sources"][0]["resource"].as_str().unwrap_or_else(|| panic!("{name}: {cause:#}"));
            assert!(source.starts_with("aws_organizations_policy"), "{name}: {cause:#}");
        }
        differ += usize::from(ways(&planned)["new"] != 0 || ways(&planned)["lost"] != 0);
    }
    assert_eq!(differ, 4, "each of these changes who reaches prod");
}

#[test]
fn a_policy_that_is_attached_nobody_knows_where_is_proven_above_no_account() {
    let unknown = |policy: Value| json!({"actions": ["create"], "before": null, "after": policy, "after_unknown": {"target_id": true}});
    let attachment = "aws_organizations_policy_attachment.x";
    let change = organizational(attachment, unknown(json!({"policy_id": "p-j3rrgkhiv2"})));
    let ended = with_demo("--terraform", &json!({"format_version": "1.2", "resource_changes": [change]}));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let found = json_of(&ended.out);
    let ways = &found["paths"][0];
    assert_eq!((&ways["ways"]["new"], &ways["ways"]["lost"]), (&json!(0), &json!(0)), "{ways:#}");
    assert!(ways["ways"]["unknown"].as_u64().unwrap() > 0, "{ways:#}");
    let gaps = ways["gaps"]["new"].to_string();
    assert!(gaps.contains(&format!("unknown until apply: target_id of {attachment}")), "{gaps}");
    // what type of policy it is says neither the plan nor its id
    let policies = |found: &Value| -> Vec<(String, String)> {
        let changes = found["guardrails"]["changes"].as_array().unwrap();
        let policy =
            |change: &Value| [&change["layer"], &change["policy"]].map(|text| text.as_str().unwrap().to_owned()).into();
        changes.iter().map(policy).collect()
    };
    let id = |kind: &str| format!("p-j3rrgkhiv2, {kind}, attached by {attachment}");
    let [scp, rcp] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"].map(id);
    let both = [("scp", scp), ("rcp", rcp)].map(|(layer, id)| (layer.to_owned(), format!("p-j3rrgkhiv2 ({id})")));
    assert_eq!(policies(&found), both);
    // a policy of the plan does
    let content = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let policy = json!({"actions": ["create"], "before": null, "after_unknown": {"id": true},
        "after": {"name": "new", "type": "RESOURCE_CONTROL_POLICY", "content": content}});
    let attached = json!({"actions": ["create"], "before": null, "after": {}, "after_unknown": {"policy_id": true, "target_id": true}});
    let expressions =
        json!({"policy_id": {"references": ["aws_organizations_policy.x.id", "aws_organizations_policy.x"]}});
    let plan = json!({"format_version": "1.2",
        "resource_changes": [organizational("aws_organizations_policy.x", policy), organizational(attachment, attached)],
        "configuration": {"root_module": {"resources": [{"address": attachment, "mode": "managed", "name": "x",
            "type": "aws_organizations_policy_attachment", "expressions": expressions}]}}});
    let found = json_of(&with_demo("--terraform", &plan).out);
    let shown = format!("new (aws_organizations_policy.x, RESOURCE_CONTROL_POLICY, attached by {attachment})");
    assert_eq!(policies(&found), [("rcp".to_owned(), shown)]);
    assert_eq!(found["guardrails"]["changes"][0]["sources"][0]["resource"], attachment, "{found:#}");
}
