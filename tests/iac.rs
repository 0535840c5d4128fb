//! `--iac`: results point at the file and line that defines what they are about.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a report that cannot be read has failed its test")]

use std::collections::BTreeMap;
use std::path::Path;

use rolehop::iac;
use serde_json::Value;

const MODULE: &str = r#"locals {
  env = "prod"
}

# deploys everything
resource "aws_iam_role" "deploy_admin" {
  name               = "deploy-admin"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  tags = merge(var.tags, { team = "platform" })
}

resource "aws_iam_role" "operate" {
  for_each = toset(["a", "b"])
  name     = "operate"
  path     = "/"
}

resource "aws_iam_role" "computed" {
  name = "${local.env}-etl-deploy"
}

resource "aws_iam_role" "prefixed" {
  name_prefix = "etl-deploy"
}

module "monitor" {
  source = "./role"
  name   = "monitor"
}

resource "aws_iam_user" "ismail" {
  count = var.people ? 1 : 0
  name  = "ismail"
}
"#;

const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Env: {Type: String}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Monitor:
    Type: AWS::IAM::Role
    Condition: IsProd
    Properties:
      RoleName: monitor
      AssumeRolePolicyDocument: !Sub '{}'
  Etl:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub '${Env}-etl-deploy'
";

fn write(dir: &Path, files: &[(&str, &[u8])]) {
    for (name, content) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

/// The report, what was said, and the code; run in `dir`.
fn check(dir: &Path, arguments: &[&str]) -> (Value, String, Option<i32>) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(dir).args(["check", "-f", "sarif"]).args(arguments).arg("--snapshot").arg(&demo);
    let output = command.arg("--config").arg(demo.join("rolehop.toml")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (serde_json::from_slice(&output.stdout).unwrap_or_default(), said, output.status.code())
}

/// File and line of the results, by the ARN that they are about.
fn places(report: &Value) -> BTreeMap<String, (String, u64)> {
    let results = report["runs"][0]["results"].as_array().unwrap();
    let place = |result: &Value| {
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        let arn = location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap().to_owned();
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap().to_owned();
        (arn, (uri, physical["region"]["startLine"].as_u64().unwrap()))
    };
    results.iter().map(place).collect()
}

#[test]
fn a_result_points_at_the_line_that_defines_its_subject() {
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        &[
            ("infra/modules/roles/main.tf", MODULE.as_bytes()),
            ("infra/stacks/monitor.yaml", TEMPLATE.as_bytes()),
            ("infra/.terraform/copy/main.tf", MODULE.as_bytes()),
            ("infra/values.yaml", b"{{ helm }}"),
        ],
    );
    let (report, said, code) = check(home.path(), &["--iac", "infra"]);
    assert_eq!(code, Some(3), "{said}");
    let places = places(&report);
    let at = |arn: &str| places[arn].clone();
    let file = "infra/modules/roles/main.tf".to_owned();
    assert_eq!(at("arn:aws:iam::101010101011:role/operate"), (file.clone(), 13), "with for_each");
    assert_eq!(at("arn:aws:iam::111111111111:user/ismail"), (file, 32), "with count");
    assert_eq!(at("arn:aws:iam::101010101010:role/monitor"), ("infra/stacks/monitor.yaml".to_owned(), 7));
    let (uri, line) = at("arn:aws:iam::101010101011:role/etl-deploy");
    assert!(uri.starts_with("aws/") && line == 1, "a computed name is not guessed: {uri}");
    assert!(said.contains("4 definitions") && said.contains("3 others without a written-out name"), "{said}");
    // the steps of a path are anchored too
    let text = report.to_string();
    assert!(text.matches("infra/modules/roles/main.tf").count() > 2, "{text}");
}

#[test]
fn of_several_definitions_none_is_chosen_and_all_are_listed() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &[("dev/main.tf", MODULE.as_bytes()), ("prod/main.tf", MODULE.as_bytes())]);
    let (report, said, _) = check(home.path(), &["--iac", "."]);
    let arn = "arn:aws:iam::111111111111:user/ismail";
    assert!(places(&report)[arn].0.starts_with("aws/"), "{said}");
    let results = report["runs"][0]["results"].as_array().unwrap();
    let of = results.iter().find(|r| r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == arn).unwrap();
    let uri = |at: usize| of["relatedLocations"][at]["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!((uri(0), uri(1)), ("dev/main.tf".into(), "prod/main.tf".into()), "{of}");
    let notes = report["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("Defined several times") && notes.contains(arn), "{notes}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_warning_and_loses_no_result() {
    let home = tempfile::tempdir().unwrap();
    let broken = "resource \"aws_iam_role\" \"x\" {\n  name = \n";
    write(
        home.path(),
        &[
            ("a/broken.tf", broken.as_bytes()),
            ("a/latin.tf", b"# aws_iam_role \xe9\n"),
            ("a/bad.yaml", b"Resources: [AWS::IAM::Role"),
            ("a/good.tf", MODULE.as_bytes()),
        ],
    );
    let (report, said, code) = check(home.path(), &["--iac", "a"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("warning[E330]") && said.contains("3 files") && said.contains("a/broken.tf"), "{said}");
    let (plain, ..) = check(home.path(), &[]);
    let count = |report: &Value| report["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(count(&report), count(&plain));
    assert_eq!(places(&report)["arn:aws:iam::111111111111:user/ismail"].0, "a/good.tf");
}

#[test]
fn an_option_without_use_or_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let (_, said, code) = check(home.path(), &["--iac", "nowhere"]);
    assert!(code == Some(2) && said.contains("nowhere") && said.contains("no such directory"), "{said}");
    std::fs::write(home.path().join("main.tf"), "").unwrap();
    let (_, said, code) = check(home.path(), &["--iac", "main.tf"]);
    assert!(code == Some(2) && said.contains("it is a file") && !said.contains("no such"), "{said}");
    let output =
        assert_cmd::Command::cargo_bin("rolehop").unwrap().env_clear().args(["check", "--iac", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn json_of_terraform_and_of_cloudformation_is_read_with_its_lines() {
    let home = tempfile::tempdir().unwrap();
    let terraform = r#"{
  "resource": {
    "aws_iam_role": {
      "app": {"name": "app", "path": "/team/"},
      "var": {"name": "${var.name}"}
    },
    "aws_iam_policy": [{"p": {"name": "p"}}]
  }
}"#;
    let template = r#"{"Resources": {
  "U": {"Type": "AWS::IAM::User", "Properties": {"UserName": "u"}},
  "G": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": {"Ref": "Name"}}},
  "M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "m", "Path": "/x/"}}}}"#;
    write(home.path(), &[("a.tf.json", terraform.as_bytes()), ("b.json", template.as_bytes())]);
    let sources = iac::read(home.path(), "").unwrap();
    assert!(sources.unread.is_empty(), "{:?}", sources.unread);
    let at = |resource: &str| {
        let found = sources.definitions.find(&format!("arn:aws:iam::111122223333:{resource}"));
        found.iter().map(|place| (place.file.clone(), place.line)).collect::<Vec<_>>()
    };
    assert_eq!(at("role/team/app"), [("a.tf.json".to_owned(), 4)]);
    assert_eq!(at("policy/p"), [("a.tf.json".to_owned(), 7)]);
    assert_eq!(at("user/u"), [("b.json".to_owned(), 2)]);
    assert_eq!(at("policy/x/m"), [("b.json".to_owned(), 4)]);
    assert!(at("role/app").is_empty() && at("group/Name").is_empty());
    assert_eq!(sources.definitions.unnamed(), 2);
}
