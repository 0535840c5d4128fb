//! Names that CloudFormation makes of a stack and a logical id: found in the snapshot, cut where they are long, or not known.

use std::fs;

use serde_json::{Value, json};

use super::applied::{DEV, named, planned, world};
use super::demo::json_of;
use super::program::Ended;

/// What is said of a template with one role, where there is a role of this name, and `bob` may assume what fits a pattern.
fn asked(there: &str, logical: &str, stack: Option<&str>, pattern: &str) -> Ended {
    let before = world(|account, file| {
        if account == DEV {
            let role = named(file, "RoleDetailList", "ci");
            role["RoleName"] = json!(there);
            role["Arn"] = json!(format!("arn:aws:iam::{DEV}:role/{there}"));
            named(file, "GroupDetailList", "ops")["GroupPolicyList"][0]["PolicyDocument"]["Statement"][0]["Resource"] =
                json!(pattern);
        }
    });
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")}}]});
    let template = json!({"Resources": {logical: {"Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust}}}});
    let file = before.path().join("template.json");
    fs::write(&file, template.to_string()).unwrap();
    let stack = stack.map(|stack| format!("AWS::StackName={stack}"));
    let stack: Vec<&str> = stack.iter().flat_map(|stack| ["--parameter", stack]).collect();
    planned(before.path(), &[&["--account", DEV], &stack[..], &["--cloudformation"]].concat(), &file)
}

/// What is said of a template.
fn asked_template(template: &Value, parameters: &[&str]) -> Ended {
    let before = world(|_, _| ());
    let file = before.path().join("template.json");
    fs::write(&file, template.to_string()).unwrap();
    planned(before.path(), &[&["--account", DEV], parameters, &["--cloudformation"]].concat(), &file)
}

/// Kinds of changes, each with whom it is of.
fn changes(found: &Value, layer: &str) -> Vec<(String, String)> {
    let all = found[layer]["changes"].as_array().unwrap();
    all.iter().map(|one| (one["kind"].as_str().unwrap().to_owned(), one["subjects"].to_string())).collect()
}

const NESTED: &str = "MyStackDev-MyNestedApplicationStack";
const FUNCTION: &str = "MyLambdaFunctionName";

#[test]
fn a_role_that_a_stack_has_made_is_the_role_of_its_template_even_if_its_name_is_cut() {
    for (there, logical, stack) in [
        ("app-X-ABCDEFGHIJKL", "X", "app"),
        ("my-app-X-abcDEF123456", "X", "my-app"),
        ("MyStackDev-MyNestedApplicatio-MyLambdaFunctionName-1U44TLUZ7OR55", FUNCTION, NESTED),
    ] {
        let found = json_of(&asked(there, logical, Some(stack), "*").out);
        assert_eq!(changes(&found, "principals"), [], "{there}: {found:#}");
        let trusts = changes(&found, "trusts");
        assert!(!trusts.is_empty() && trusts.iter().all(|(_, whom)| whom.contains(there)), "{there}: {found:#}");
    }
    for (there, logical, stack) in [
        ("app-X-short", "X", "app"),
        ("app-Y-ABCDEFGHIJKL", "X", "app"),
        ("app-X-ABCDEFGHIJKL", "X", "ap"),
        ("MyStackDev-MyNestedApplicatio-OtherFunctionName-1U44TLUZ7OR55", FUNCTION, NESTED),
    ] {
        let found = json_of(&asked(there, logical, Some(stack), "*").out);
        let created = changes(&found, "principals");
        assert!(created.iter().any(|(kind, _)| kind == "principal-created"), "{there}: {found:#}");
    }
}

#[test]
fn without_the_name_of_the_stack_a_role_that_may_be_its_own_is_not_taken_for_another() {
    let ended = asked("app-X-ABCDEFGHIJKL", "X", None, "*");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let found = json_of(&ended.out);
    let why = found["planned"][0]["not_understood"].to_string();
    assert!(why.contains("it may be `app-X-ABCDEFGHIJKL`") && why.contains("AWS::StackName=NAME"), "{found:#}");
    assert_eq!(changes(&found, "principals"), []);
    // where there is none, it is new
    let found = json_of(&asked("ci", "X", None, "*").out);
    let created = changes(&found, "principals");
    assert!(created.iter().any(|(_, whom)| whom.contains("(stack)-X-(generated)")), "{found:#}");
    // and any name that fits a pattern may be its own
    let found = json_of(&asked("ci", "X", None, "arn:aws:iam::*:role/app-*").out);
    assert!(found["paths"][1]["comparable"] == false && found["paths"][1]["ways"]["new"] == 0, "{found:#}");
}

#[test]
fn of_a_name_that_is_cut_only_its_start_is_known() {
    let ways = |pattern: &str| {
        let found = json_of(&asked("ci", FUNCTION, Some(NESTED), &format!("arn:aws:iam::*:role/{pattern}")).out);
        let created = changes(&found, "principals");
        let name = "MyStackDev-MyNestedAppli\u{2026}-MyLambdaFunctionName-(generated)";
        assert!(created.iter().any(|(_, whom)| whom.contains(name)), "{found:#}");
        let of_dev = &found["paths"][1];
        (of_dev["ways"]["new"].as_u64().unwrap(), of_dev["comparable"] == true)
    };
    let (new, is_decided) = ways("MyStackDev-MyNested*");
    assert!(new > 0 && is_decided);
    for open in ["*-MyLambdaFunctionName-*", "MyStackDev-MyNestedApplicationStack-*"] {
        assert_eq!(ways(open), (0, false), "{open}");
    }
    assert_eq!(ways("OtherStack-*"), (0, true));
}

#[test]
fn a_user_whose_name_is_made_is_compared_by_name_and_as_a_resource() {
    let said = |statement: Value| {
        let template = json!({"Resources": {"X": {"Type": "AWS::IAM::User", "Properties": {"Policies": [{"PolicyName": "p",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]}}}});
        json_of(&asked_template(&template, &["--parameter", "AWS::StackName=app"]).out)
    };
    let assume = |condition: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"});
        statement["Condition"] = condition;
        said(statement)["paths"][0]["gaps"]["new"].to_string()
    };
    let of_name = |pattern: &str| assume(json!({"StringLike": {"aws:username": pattern}}));
    assert_eq!(of_name("app-X-*"), "[]");
    assert_eq!(of_name("other-*"), "[]");
    assert!(of_name("app-X-A*").contains("name of X, which `app-X-A*` may fit"));
    let resource = |pattern: &str| said(json!({"Effect": "Allow", "Action": "iam:*", "Resource": pattern}));
    let open = resource("arn:aws:iam::*:user/app-X-A*");
    assert!(open["planned"][0]["not_understood"].to_string().contains("may fit"), "{open:#}");
    for decided in ["arn:aws:iam::*:user/app-*", "arn:aws:iam::*:user/${aws:username}"] {
        assert_eq!(resource(decided)["planned"][0]["not_understood"], json!([]), "{decided}");
    }
}
