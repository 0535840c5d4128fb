//! What runs with roles (`compute/`): each kind of thing in the shape of the AWS CLI makes edges of the ways that use it; what was not
//! read is never "nothing runs".

use std::fs;
use std::path::Path;

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::comparison::World as Compared;
use rolehop::difference::ChangeKind;
use rolehop::escalation::{Binding, Way, ways};
use rolehop::finding::Finding;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::rules::{self, RuleSelection};
use rolehop::snapshot::{Snapshot, SnapshotError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::paths::{everything, policy};
use crate::support::{PROD, World, role, trusts};

const RULE: &str = "stronger-compute-can-be-changed";

/// The ARN of a thing of each kind, and the files that tell its role, as the AWS CLI prints them.
fn thing(kind: &str) -> (String, Vec<(&'static str, Value)>) {
    let arn = |rest: &str| {
        let service = kind.split(':').next().unwrap();
        format!("arn:aws:{service}:eu-west-1:{PROD}:{rest}")
    };
    let with = role(PROD, "worker");
    match kind {
        "lambda:function" => {
            let arn = arn("function:app");
            (
                arn.clone(),
                vec![(
                    "functions.json",
                    json!({"Functions": [{"FunctionName": "app", "FunctionArn": arn, "Role": with}]}),
                )],
            )
        }
        "ec2:instance" => {
            let profile = format!("arn:aws:iam::{PROD}:instance-profile/other-name");
            let instance = json!({"InstanceId": "i-0aa", "IamInstanceProfile": {"Arn": profile, "Id": "AIPA"},
                "Placement": {"AvailabilityZone": "eu-west-1b"}, "State": {"Code": 16, "Name": "running"}});
            let profiles = json!({"InstanceProfiles": [{"InstanceProfileName": "other-name", "Arn": profile, "Roles": [{"RoleName": "worker", "Arn": with}]}]});
            (
                arn("instance/i-0aa"),
                vec![
                    ("instances.json", json!({"Reservations": [{"OwnerId": PROD, "Instances": [instance]}]})),
                    ("instance-profiles.json", profiles),
                ],
            )
        }
        "cloudformation:stack" => {
            let arn = arn("stack/app/0a1b2c3d-0000-1111-2222-333344445555");
            (
                arn.clone(),
                vec![(
                    "stacks.json",
                    json!({"Stacks": [{"StackId": arn, "StackName": "app", "RoleARN": with, "StackStatus": "CREATE_COMPLETE"}]}),
                )],
            )
        }
        "codebuild:project" => {
            let arn = arn("project/app");
            (
                arn.clone(),
                vec![(
                    "projects.json",
                    json!({"projects": [{"name": "app", "arn": arn, "serviceRole": with}], "projectsNotFound": []}),
                )],
            )
        }
        "ecs:task" => {
            let (arn, definition) = (arn("task/main/0123456789abcdef0123456789abcdef"), arn("task-definition/app:3"));
            let task = json!({"taskArn": arn, "taskDefinitionArn": definition, "enableExecuteCommand": true, "lastStatus": "RUNNING", "overrides": {"containerOverrides": []}});
            (
                arn,
                vec![
                    ("tasks.json", json!({"tasks": [task], "failures": []})),
                    (
                        "definition.json",
                        json!({"taskDefinition": {"taskDefinitionArn": definition, "taskRoleArn": with, "family": "app"}}),
                    ),
                ],
            )
        }
        "glue:devEndpoint" => (
            arn("devEndpoint/app"),
            vec![("endpoints.json", json!({"DevEndpoints": [{"EndpointName": "app", "RoleArn": with}]}))],
        ),
        "sagemaker:notebook-instance" => {
            let arn = arn("notebook-instance/app");
            (
                arn.clone(),
                vec![(
                    "notebook.json",
                    json!({"NotebookInstanceArn": arn, "NotebookInstanceName": "app", "RoleArn": with}),
                )],
            )
        }
        "states:stateMachine" => {
            let arn = arn("stateMachine:app");
            (
                arn.clone(),
                vec![(
                    "machine.json",
                    json!({"stateMachineArn": arn, "name": "app", "roleArn": with, "definition": "{}"}),
                )],
            )
        }
        other => panic!("no thing of kind {other}"),
    }
}

fn put(dir: &Path, path: &str, value: &Value) {
    let file = dir.join("compute").join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, value.to_string()).unwrap();
}

/// A role that a service runs something with and that may do anything, and `who` with these statements.
fn world(service: &str, statements: Value) -> TempDir {
    let mut world = World::of_organization();
    world.role(PROD, "worker", trusts(json!({"Service": service})), &[everything()]);
    world.user(PROD, "who", &[policy(statements)]);
    world.write()
}

fn estate(dir: &TempDir) -> Estate {
    Estate::build(&Snapshot::open(dir.path()).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap()
}

fn path(dir: &TempDir) -> PathAnswer {
    let estate = estate(dir);
    query::path(&TrustGraph::new(&estate).with_escalations(), "prod/who", "prod/worker", &Targets::new()).unwrap()
}

fn found(dir: &TempDir) -> Vec<Finding> {
    let estate = estate(dir);
    let selection = RuleSelection { only: vec![RULE.to_owned()], ..RuleSelection::default() };
    rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings
}

fn actions(way: &Way) -> Vec<&str> {
    way.steps.iter().map(|step| step.action.name()).collect()
}

fn told() -> impl Iterator<Item = &'static Way> {
    ways().map(|(_, way)| way).filter(|way| way.inventory.is_some())
}

#[test]
fn each_way_over_something_that_runs_is_open_to_whoever_may_do_all_of_it_to_that_thing() {
    let mut kinds = std::collections::BTreeSet::new();
    for way in told() {
        assert_eq!(way.binding, Binding::Compute, "{}", way.id);
        let kind = way.runs().unwrap();
        let (arn, files) = thing(&kind);
        kinds.insert(kind);
        let service = way.service.as_deref().unwrap();
        let with = |statements: Value| {
            let dir = world(service, statements);
            files.iter().for_each(|(name, value)| put(dir.path(), &format!("{PROD}/eu-west-1/{name}"), value));
            path(&dir).verdict
        };
        let all = actions(way);
        let statement = |resource: &str| json!([{"Effect": "Allow", "Action": all, "Resource": resource}]);
        assert_eq!(with(statement("*")), Verdict::Allowed, "{}", way.id);
        for without in &all {
            let left: Vec<&&str> = all.iter().filter(|action| *action != without).collect();
            let left = json!([{"Effect": "Allow", "Action": left, "Resource": "*"}]);
            // with the rest of its actions some other way may be open
            let narrower = told().any(|other| {
                other.runs() == way.runs()
                    && other.service == way.service
                    && actions(other)
                        .iter()
                        .all(|action| left[0]["Action"].as_array().unwrap().contains(&json!(action)))
            });
            assert_eq!(with(left) == Verdict::Allowed, narrower, "{} without {without}", way.id);
        }
        let other = json!([{"Effect": "Allow", "Action": all, "Resource": "*"}, {"Effect": "Deny", "Action": all, "Resource": arn}]);
        assert_eq!(with(other), Verdict::Denied, "{}: a Deny of the thing", way.id);
        let tagged = json!([{"Effect": "Allow", "Action": all, "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "x"}}}]);
        assert_ne!(with(tagged), Verdict::Allowed, "{}: nobody read the tags of the thing", way.id);
        let elsewhere = json!([{"Effect": "Allow", "Action": all, "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}]);
        assert_eq!(with(elsewhere), Verdict::Denied, "{}: the thing is in one Region", way.id);
    }
    assert_eq!(kinds.len(), 8);
}

#[test]
fn an_answer_names_what_runs_and_a_rule_does_so_too() {
    let (arn, files) = thing("lambda:function");
    let dir = world(
        "lambda.amazonaws.com",
        json!([{"Effect": "Allow", "Action": ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "Resource": arn}]),
    );
    put(dir.path(), "functions.json", &files[0].1);
    let answer = path(&dir);
    let told = answer.hops[0].escalation.as_ref().unwrap();
    assert_eq!((answer.hops[0].kind.as_str(), told.target.as_str()), ("change-function", arn.as_str()));
    let [finding] = found(&dir).try_into().unwrap();
    assert!(
        finding
            .message
            .starts_with("user/who can become administrator as role/worker through function:app (change-function"),
        "{}",
        finding.message
    );
}

#[test]
fn what_was_not_read_may_run_and_what_was_read_as_nothing_does_not() {
    let statements =
        json!([{"Effect": "Allow", "Action": ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "Resource": "*"}]);
    let dir = world("lambda.amazonaws.com", statements);
    let may = |dir: &TempDir| {
        found(dir).iter().map(|finding| finding.message.contains("if something runs with the role")).collect::<Vec<_>>()
    };
    assert_eq!((path(&dir).verdict, may(&dir)), (Verdict::Denied, vec![true]));
    // the list of one Region is not that of the account
    put(dir.path(), &format!("{PROD}/eu-west-1/functions.json"), &json!({"Functions": []}));
    assert_eq!(may(&dir), [true]);
    put(
        dir.path(),
        &format!("{PROD}/regions.json"),
        &json!({"Regions": [
        {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"}, {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"}]}),
    );
    assert_eq!((path(&dir).verdict, may(&dir).len()), (Verdict::Denied, 0));
    // a page is no list
    put(dir.path(), &format!("{PROD}/eu-west-1/functions.json"), &json!({"Functions": [], "NextToken": "more"}));
    assert_eq!(may(&dir), [true]);
}

#[test]
fn of_what_may_run_administrators_alone_are_told_and_of_what_runs_whoever_reads_any_data() {
    let mut world = World::of_organization();
    let reads =
        policy(json!([{"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "secretsmanager:*"], "Resource": "*"}]));
    world.role(PROD, "worker", trusts(json!({"Service": "lambda.amazonaws.com"})), &[reads]);
    let changes = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"];
    world.user(PROD, "who", &[policy(json!([{"Effect": "Allow", "Action": changes, "Resource": "*"}]))]);
    let dir = world.write();
    assert!(found(&dir).is_empty());
    put(dir.path(), "functions.json", &thing("lambda:function").1[0].1);
    let [finding] = found(&dir).try_into().unwrap();
    assert!(finding.message.contains("read any data of the account"), "{}", finding.message);
}

#[test]
fn an_instance_whose_role_is_not_told_keeps_the_list_open() {
    let dir = world("ec2.amazonaws.com", json!([{"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"}]));
    let (_, files) = thing("ec2:instance");
    put(dir.path(), &format!("{PROD}/regions.json"), &json!({"Regions": [{"RegionName": "eu-west-1"}]}));
    put(dir.path(), "instances.json", &files[0].1);
    assert_eq!((path(&dir).verdict, found(&dir).len()), (Verdict::Denied, 1));
    let none =
        json!({"InstanceProfiles": [{"Arn": format!("arn:aws:iam::{PROD}:instance-profile/other-name"), "Roles": []}]});
    put(dir.path(), "instance-profiles.json", &none);
    assert_eq!((path(&dir).verdict, found(&dir).len()), (Verdict::Denied, 0));
    put(dir.path(), "instance-profiles.json", &files[1].1);
    assert_eq!((path(&dir).verdict, found(&dir).len()), (Verdict::Allowed, 1));
}

#[test]
fn names_without_roles_make_a_list_whole_once_each_is_described() {
    let dir = world(
        "codebuild.amazonaws.com",
        json!([{"Effect": "Allow", "Action": "codebuild:StartBuild", "Resource": "*"}]),
    );
    put(dir.path(), &format!("{PROD}/regions.json"), &json!({"Regions": [{"RegionName": "eu-west-1"}]}));
    let put_list = |names: Value| put(dir.path(), &format!("{PROD}/eu-west-1/list.json"), &json!({"projects": names}));
    put_list(json!(["other"]));
    assert_eq!(found(&dir).len(), 1, "a project that nobody described");
    let other = json!({"name": "other", "arn": format!("arn:aws:codebuild:eu-west-1:{PROD}:project/other"), "serviceRole": role(PROD, "elsewhere")});
    put(dir.path(), &format!("{PROD}/eu-west-1/projects.json"), &json!({"projects": [other]}));
    assert_eq!(found(&dir).len(), 0);
    put_list(json!(["other", "third"]));
    assert_eq!(found(&dir).len(), 1);
}

#[test]
fn a_file_that_does_not_say_whose_it_is_or_holds_something_else_is_refused() {
    let refused = |path: &str, value: Value| {
        let dir = world("lambda.amazonaws.com", json!([]));
        put(dir.path(), path, &value);
        match Snapshot::open(dir.path()) {
            Err(SnapshotError::Refused(refusal)) => format!("{} {}", refusal.what, refusal.why),
            other => panic!("{path}: {other:?}"),
        }
    };
    assert!(refused("functions.json", json!({"Functions": []})).contains("does not say whose it is"));
    assert!(
        refused("jobs.json", json!({"Jobs": [{"Name": "a", "Role": "worker"}]})).contains("does not say whose it is")
    );
    assert!(
        refused("regions.json", json!({"Regions": [{"RegionName": "eu-west-1"}]})).contains("does not say whose it is")
    );
    let (_, files) = thing("lambda:function");
    assert!(refused(&format!("{PROD}/us-east-1/functions.json"), files[0].1.clone()).contains("named after others"));
    let two = json!({"Functions": [{"FunctionArn": format!("arn:aws:lambda:eu-west-1:{PROD}:function:a"), "Role": "r"},
        {"FunctionArn": format!("arn:aws:lambda:eu-west-2:{PROD}:function:a"), "Role": "r"}]});
    assert!(refused("functions.json", two).contains("mixes lists"));
    assert!(refused("users.json", json!({"Users": []})).contains("has none of the keys"));
    assert!(
        refused("functions.json", json!({"Functions": [{"FunctionArn": "app", "Role": "r"}]})).contains("is no ARN")
    );
}

#[test]
fn what_runs_on_one_side_alone_is_the_cause_of_a_difference() {
    let (arn, files) = thing("lambda:function");
    let actions = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"];
    let with = |functions: &Value| {
        let dir = world("lambda.amazonaws.com", json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
        put(dir.path(), &format!("{PROD}/eu-west-1/functions.json"), functions);
        estate(&dir)
    };
    let (old, new) = (with(&json!({"Functions": []})), with(&files[0].1));
    let (before, after) = (TrustGraph::new(&old).with_escalations(), TrustGraph::new(&new).with_escalations());
    let causes = |one, other| {
        let found = Compared::new(one, other).target("prod/worker", &Targets::new()).unwrap();
        let causes = found.changes.into_iter().flat_map(|change| change.causes);
        causes.map(|cause| (cause.what.kind, cause.what.new.unwrap().text, cause.subjects)).collect::<Vec<_>>()
    };
    let is = |now: &str| [(ChangeKind::RunningChanged, now.to_owned(), vec![arn.clone()])];
    assert_eq!(causes(&before, &after), is("there"));
    assert_eq!(causes(&after, &before), is("not there"));
}
