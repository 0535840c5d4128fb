//! `what-if --cloudformation`: templates with their parameters and change sets, on the demo.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a command that cannot be run has failed its test"
)]

#[path = "planned/applied.rs"]
mod applied;
#[path = "planned/change_sets.rs"]
mod change_sets;
#[path = "planned/demo.rs"]
mod demo;
#[path = "support/program.rs"]
mod program;
#[path = "planned/stack_names.rs"]
mod stack_names;

use std::fs;

use demo::{demo, here, json_of};
use program::Ended;
use serde_json::Value;

fn template() -> String {
    here("cloudformation/deploy.yaml")
}

/// The demo with a template that is written out here.
fn with(template: &str, arguments: &[&str]) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("template.yaml");
    fs::write(&file, template).unwrap();
    let start = ["--cloudformation", file.to_str().unwrap(), "--account", "prod-core"];
    demo(&[&start[..], arguments].concat())
}

/// A template with one role of this trust policy.
fn role(trust: &str) -> String {
    format!(
        "Parameters:\n  Who: {{Type: String}}\nConditions:\n  IsNew: !Equals [!Ref Who, x]\nResources:\n  New:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: new\n      \
         AssumeRolePolicyDocument: {trust}\n"
    )
}

#[test]
fn a_template_fails_its_gate_at_the_line_of_its_statement() {
    let template = template();
    let start = ["--cloudformation", &template, "--account", "prod-core", "--parameter", "Env=prod"];
    let ended = demo(&[&start[..], &["--fail-on", "new-path", "--only", "paths", "--json"]].concat());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let found = json_of(&ended.out);
    let cause = &found["paths"][0]["changes"][0]["causes"][0];
    assert_eq!(cause["sources"][0]["resource"], "DeployDirect");
    let text = fs::read_to_string(&template).unwrap();
    let lines = |start: &str| text.lines().position(|line| line.contains(start)).unwrap() + 1;
    let line = usize::try_from(cause["sources"][0]["line"].as_u64().unwrap()).unwrap();
    assert!((lines("AssumeRolePolicyDocument")..=lines("Sid: Ci")).contains(&line), "{cause}");
    let new = &found["paths"][0]["changes"][0]["groups"][0];
    assert_eq!(new["roles"][0], "arn:aws:iam::101010101010:role/deploy-prod");
    assert_eq!(new["new"]["verdict"], "allowed");
    // in another environment there is no such role
    let start = ["--cloudformation", &template, "--account", "prod-core", "--parameter", "Env=dev"];
    let ended = demo(&[&start[..], &["--only", "paths"]].concat());
    assert!(ended.out.contains("prod: no way changed"), "{ended:?}");
}

#[test]
fn a_statement_that_a_template_changes_is_named_with_its_line() {
    let template = "Resources:\n  Monitor:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: monitor\n      \
                    AssumeRolePolicyDocument:\n        Version: 2012-10-17\n        Statement:\n          - Effect: Allow\n            \
                    Principal: {AWS: 'arn:aws:iam::888877776666:root'}\n            Action: sts:AssumeRole\n";
    let ended = with(template, &["--only", "paths", "--json"]);
    let found = json_of(&ended.out);
    let changes = found["paths"][0]["changes"].as_array().unwrap();
    let causes: Vec<&Value> = changes.iter().flat_map(|change| change["causes"].as_array().unwrap()).collect();
    assert!(!causes.is_empty(), "{found}");
    assert!(causes.iter().all(|cause| cause["sources"][0]["line"] == 9), "{causes:?}");
}

#[test]
fn what_a_template_does_not_tell_never_yields_a_proven_answer() {
    let statement = |principal: &str| {
        format!(
            "{{Version: 2012-10-17, Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{AWS: {principal}}}}}]}}"
        )
    };
    for (principal, why) in [
        ("!Ref Who", "parameter Who has no value"),
        ("!ImportValue deployer", "Fn::ImportValue"),
        ("!Sub 'arn:aws:iam::444455556666:role/${Who}'", "parameter Who has no value"),
        ("!GetAtt Stack.Outputs.Role", "Stack.Outputs.Role is known once the stack is made"),
        ("!If [Nowhere, a, b]", "no condition is called Nowhere"),
        ("!If [IsNew, 'arn:aws:iam::444455556666:root', !Ref AWS::NoValue]", "parameter Who has no value"),
        ("!FindInMap [None, a, b]", "the mapping None has no a, b"),
        ("!Join ['', [a, !Ref AWS::StackName]]", "AWS::StackName is not told"),
        ("!Select [7, [a]]", "the list is shorter"),
        ("{'Fn::Transform': {Name: X}}", "Fn::Transform is not computed"),
    ] {
        let ended = with(&role(&statement(principal)), &["--json"]);
        assert!(ended.code.is_some_and(|code| [4, 5].contains(&code)), "{principal}: {ended:?}");
        assert!(ended.out.contains(why), "{principal}: lacks `{why}`: {}", ended.out);
        let found = json_of(&ended.out);
        for change in found["paths"][0]["changes"].as_array().unwrap() {
            for group in change["groups"].as_array().unwrap() {
                assert_ne!(group["new"]["verdict"], "allowed", "{principal}: {group}");
            }
        }
    }
    let known = with(&role(&statement("!Ref Who")), &["--only", "principals", "--parameter", "Who=444455556666"]);
    assert!(known.succeeded().out.contains("prod-core/role/new created"));
}

#[test]
fn a_change_set_says_what_comes_and_what_goes() {
    let set = here("cloudformation/change-set.json");
    let ended = demo(&["--cloudformation", &set, "--only", "paths,principals,trusts", "--json"]);
    let found = json_of(&ended.out);
    assert!(ended.code.is_some_and(|code| code == 4), "{ended:?}");
    let ways = &found["paths"][0]["ways"];
    assert!(ways["new"].as_u64().unwrap() > 0 && ways["lost"].as_u64().unwrap() > 0, "{ways}");
    for wanted in [
        "roles-Later-(generated)",
        "unknown: AssumeRolePolicyDocument of Later",
        "888877776666",
        "\"resource\":\"Operate\"",
    ] {
        let text = ended.out.replace(": \"", ":\"");
        assert!(text.contains(&wanted.replace(": \"", ":\"")), "lacks {wanted}: {}", ended.out);
    }
    // without property values it says nothing
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("set.json");
    let mut bare: Value = serde_json::from_str(&fs::read_to_string(&set).unwrap()).unwrap();
    for change in bare["Changes"].as_array_mut().unwrap() {
        let of = change["ResourceChange"].as_object_mut().unwrap();
        of.remove("BeforeContext");
        of.remove("AfterContext");
    }
    fs::write(&file, bare.to_string()).unwrap();
    let ended = demo(&["--cloudformation", file.to_str().unwrap(), "--only", "paths"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.out.contains("2 NOT UNDERSTOOD") && ended.out.contains("--include-property-values"), "{ended:?}");
}

#[test]
fn what_a_template_makes_elsewhere_is_listed() {
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Nested: {Type: 'AWS::CloudFormation::Stack'}\n  \
                    Mine: {Type: 'Custom::Role'}\n  Key: {Type: 'AWS::IAM::AccessKey'}\n  Queue: {Type: 'AWS::SQS::Queue'}\n";
    let ended = with(template, &["--only", "paths"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for wanted in ["4 NOT UNDERSTOOD", "AWS::Serverless-2016-10-31", "Nested", "Mine", "Key", "(AWS::SQS::Queue)"] {
        assert!(ended.out.contains(wanted), "lacks {wanted}: {}", ended.out);
    }
}

#[test]
fn what_is_no_template_is_an_error_that_says_what_it_is() {
    for (text, wanted) in [
        ("", "the file is empty"),
        ("a: [", "neither JSON nor YAML"),
        ("a: b", "it has no `Resources`"),
        ("---\na: b\n---\nc: d", "it has 2 documents"),
        (r#"{"resource_changes": []}"#, "--terraform"),
    ] {
        let err = with(text, &[]).failed(2, "E300");
        let flat = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "{text}: lacks `{wanted}`: {err}");
    }
    let err = with(&role("{}"), &["--parameter", "Whom=x"]).failed(2, "E300");
    assert!(err.contains("has no parameter `Whom`"), "{err}");
    demo(&["--cloudformation", &template()]).failed(2, "E300");
    demo(&["--parameter", "a=b"]).failed(2, "E300");
}

#[test]
fn parameters_are_read_from_each_form_of_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("parameters.json");
    for text in [
        r#"[{"ParameterKey": "Env", "ParameterValue": "prod"}]"#,
        r#"{"Parameters": {"Env": "prod"}}"#,
        r#"{"Env": "prod"}"#,
    ] {
        fs::write(&file, text).unwrap();
        let template = template();
        let of =
            ["--cloudformation", &template, "--account", "101010101010", "--parameters-file", file.to_str().unwrap()];
        let ended = demo(&[&of[..], &["--only", "paths", "--fail-on", "new-path"]].concat());
        assert_eq!(ended.code, Some(3), "{text}: {ended:?}");
    }
    // one that the stack keeps is not the default
    for (entry, expected) in [("\"UsePreviousValue\": true", 4), ("\"UsePreviousValue\": false", 3)] {
        fs::write(&file, format!("[{{\"ParameterKey\": \"Env\", {entry}}}]")).unwrap();
        let defaulted = fs::read_to_string(template())
            .unwrap()
            .replace("Env:\n    Type: String", "Env:\n    Type: String\n    Default: prod");
        let of = ["--parameters-file", file.to_str().unwrap(), "--only", "paths", "--fail-on", "new-path"];
        let ended = with(&defaulted, &of);
        assert_eq!(ended.code, Some(expected), "{entry}: {ended:?}");
    }
    fs::write(&file, "[1]").unwrap();
    let template = template();
    demo(&["--cloudformation", &template, "--parameters-file", file.to_str().unwrap()]).failed(2, "E300");
}
