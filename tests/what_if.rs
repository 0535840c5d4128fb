//! `what-if`: the organization as it would be, without a copy on disk, compared as `diff` compares.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{Ended, run_in};
use serde_json::Value;

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo")
}

fn what_if(snapshot: &Path, arguments: &[&str]) -> Ended {
    let config = demo().join("rolehop.toml");
    let mut all = vec!["what-if", "--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()];
    all.extend_from_slice(arguments);
    run_in(tempfile::tempdir().unwrap().path(), &[], &all)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Ways to prod that are lost, and the kinds of what made them go.
fn lost(arguments: &[&str]) -> (u64, Vec<String>) {
    let ended = what_if(&demo(), &[arguments, &["--json", "--only", "paths"]].concat()).succeeded();
    let found = json(&ended.out);
    let target = &found["paths"][0];
    let causes = target["changes"].as_array().unwrap().iter().flat_map(|change| change["causes"].as_array().unwrap());
    let mut kinds: Vec<String> = causes.map(|cause| cause["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds.dedup();
    (target["ways"]["lost"].as_u64().unwrap(), kinds)
}

#[test]
fn each_removal_takes_its_ways_away_and_is_their_cause() {
    let removed = |kinds: &[&str], ways: u64| (ways, kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>());
    for selector in ["prod-core/role/monitor:trust#0", "prod-core/role/monitor:trust policy, statement 0"] {
        assert_eq!(lost(&["--remove-statement", selector]), removed(&["statement-removed"], 1));
    }
    for selector in [
        "dev-sandbox/role/ci-runner:ci-base#AssumeDeployRoles",
        "arn:aws:iam::444455556666:role/ci-runner:ci-base#1",
        "ci-runner: ci-base (inline), statement 1 (AssumeDeployRoles)",
    ] {
        assert_eq!(lost(&["--remove-statement", selector]), removed(&["statement-removed"], 2), "{selector}");
    }
    assert_eq!(lost(&["--detach", "dev-sandbox/role/ci-runner:ci-base"]).0, 2);
    assert_eq!(lost(&["--detach", "security/group/operators:assume-operate"]).0, 6);
    assert_eq!(lost(&["--leave-group", "security/user/backup-agent:operators"]).0, 2);
    assert_eq!(lost(&["--leave-group", "ada@acme.example:Platform Engineering"]).0, 2);
    assert_eq!(lost(&["--unassign", "group Developers:Developer:dev-sandbox"]).0, 6);
    assert_eq!(lost(&["--unassign", "tim@acme.example:AdministratorAccess:prod-data"]).0, 1);
}

#[test]
fn several_changes_are_made_together() {
    let both = ["--leave-group", "carla.ops:operators", "--leave-group", "dmitri.ops:operators"];
    assert_eq!(lost(&both).0, 4);
}

#[test]
fn an_unchanged_organization_is_said_to_be_unchanged() {
    let ended = what_if(&demo(), &[]).succeeded();
    assert!(ended.err.contains("no change is named"), "{ended:?}");
    assert!(ended.out.contains("prod: no way changed") && ended.out.contains("findings: none changed"), "{ended:?}");
}

#[test]
fn a_document_that_lets_more_in_fails_on_new_ways() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trust.json");
    let document = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "999988887777"]}, "Action": "sts:AssumeRole"}]}"#;
    fs::write(&file, document).unwrap();
    let policy = format!("prod-core/role/deploy-admin:trust={}", file.display());
    let ended = what_if(&demo(), &["--policy", &policy, "--fail-on", "new-path", "--only", "paths", "--json"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let found = json(&ended.out);
    assert_eq!(found["schema"], "rolehop/diff/v1");
    assert!(found["paths"][0]["ways"]["new"].as_u64().unwrap() > 0, "{found}");
}

#[test]
fn a_document_that_could_not_be_saved_there_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("new.json");
    let statement =
        |elements: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", {elements}}}}}"#);
    for (policy, content, why) in [
        ("deny-leaving", statement(r#""Action": "*""#), "statement 0: neither `Resource` nor `NotResource`"),
        ("deny-leaving", statement(r#""Action": "*", "Resource": "*", "Principal": "*""#), "a `Principal`, which"),
        ("deny-leaving", statement(r#""Action": 5, "Resource": "*""#), "expected a string"),
        (
            "deny-leaving",
            statement(r#""Action": "*", "Resource": "*", "Conditions": {}"#),
            "unknown field `Conditions`",
        ),
        ("deny-leaving", r#"{"Statement": [{"Action": "*", "Resource": "*"}]}"#.to_owned(), "missing field `Effect`"),
        ("prod-core/role/deploy-admin:trust", statement(r#""Action": "sts:AssumeRole""#), "neither `Principal` nor"),
        ("security/group/operators:assume-operate", statement(r#""Action": "*""#), "neither `Resource` nor"),
        // what can be read, and AWS does not save
        (
            "prod-core/role/deploy-admin:trust",
            statement(r#""Action": "s3:GetObject", "Principal": "*""#),
            "the actions of a trust policy are those of STS",
        ),
        (
            "security/group/operators:assume-operate",
            statement(&format!(r#""Action": "s3:*", "Resource": "{}""#, "a".repeat(5_200))),
            "of 5120 at most",
        ),
        (
            "deny-leaving",
            statement(&format!(r#""Action": "s3:*", "Resource": "{}""#, "a".repeat(10_300))),
            "of 10240 at most",
        ),
    ] {
        fs::write(&file, content).unwrap();
        let err = what_if(&demo(), &["--policy", &format!("{policy}={}", file.display())]).failed(2, "E300");
        assert!(err.contains(why) && err.contains("new.json"), "lacks `{why}`: {err}");
    }
}

#[test]
fn what_is_not_there_is_an_error_with_the_nearest_names() {
    let failed = |arguments: &[&str], near: &str| {
        let err = what_if(&demo(), arguments).failed(2, "E401");
        assert!(err.contains(near), "lacks `{near}`: {err}");
    };
    failed(&["--remove-statement", "prod-core/role/monitr:trust#0"], "did you mean `prod-core/monitor`?");
    failed(&["--remove-statement", "prod-core/role/monitor:trst#0"], "did you mean `trust`?");
    failed(&["--remove-statement", "prod-core/role/monitor:trust#7"], "there is only 0");
    failed(&["--detach", "security/group/operators:assume-operat"], "did you mean `assume-operate`?");
    failed(&["--leave-group", "security/user/carla.ops:operator"], "did you mean `operators`?");
    failed(&["--unassign", "group Developers:Developr:dev-sandbox"], "did you mean `Developer`?");
    failed(&["--unassign", "group Develpers:Developer:dev-sandbox"], "did you mean `Developers`?");
    failed(&["--policy", "deny-leavin=/dev/null"], "did you mean `deny-leaving`?");
    what_if(&demo(), &["--remove-statement", "prod-core/role/monitor"]).failed(2, "E300");
    what_if(&demo(), &["--policy", "deny-leaving=/nowhere"]).failed(2, "E300");
    let of_aws = what_if(&demo(), &["--remove-statement", "management/user/ismail:AdministratorAccess#0"]);
    assert!(of_aws.failed(2, "E300").contains("customers cannot change it"));
}

/// The demo with another file of Identity Center.
fn with_people(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("accounts")).unwrap();
    for from in [demo(), demo().join("accounts")] {
        for file in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
            let name = file.path().strip_prefix(demo()).unwrap().to_owned();
            fs::copy(file.path(), dir.path().join(name)).unwrap();
        }
    }
    let place = dir.path().join("identity-center.json");
    let mut people = json(&fs::read_to_string(&place).unwrap());
    change(&mut people["Instances"][0]);
    fs::write(place, people.to_string()).unwrap();
    // a changed file does not fit its manifest
    let _ = fs::remove_file(dir.path().join("manifest.json"));
    dir
}

#[test]
fn where_people_were_not_read_nothing_is_said_not_to_be_there() {
    for (key, arguments, what) in [
        ("Groups", ["--leave-group", "ada@acme.example:Nobodies"], "whether ada@acme.example is in a group `Nobodies`"),
        (
            "GroupMemberships",
            ["--leave-group", "ada@acme.example:Developers"],
            "whether ada@acme.example is in a group",
        ),
        (
            "AccountAssignments",
            ["--unassign", "tim@acme.example:AdministratorAccess:prod-data"],
            "whether `tim@acme.example` is assigned",
        ),
    ] {
        let dir = with_people(|people| {
            people.as_object_mut().unwrap().remove(key);
        });
        let err = what_if(dir.path(), &arguments).failed(2, "E401");
        assert!(err.contains(what) && err.contains("not all of Identity Center was read"), "{key}: {err}");
        assert!(!err.contains("there is none"), "{err}");
    }
    // of one group alone
    let dir = with_people(|people| {
        let groups = people["Groups"].as_array().unwrap();
        let group =
            groups.iter().find(|group| group["DisplayName"] == "Platform Engineering").unwrap()["GroupId"].clone();
        people["GroupMemberships"].as_array_mut().unwrap().retain(|one| one["GroupId"] != group);
        people["UnreadGroups"] = serde_json::json!([{"GroupId": group, "Reason": "denied"}]);
    });
    let arguments = ["--leave-group", "ada@acme.example:Platform Engineering"];
    let err = what_if(dir.path(), &arguments).failed(2, "E401");
    assert!(err.contains("is not known") && err.contains("members that were not read: denied"), "{err}");
}

#[test]
fn a_group_with_a_colon_in_its_name_is_left_by_the_command_that_cut_prints() {
    let dir = with_people(|people| {
        let groups = people["Groups"].as_array_mut().unwrap();
        let group = groups.iter_mut().find(|group| group["DisplayName"] == "Platform Engineering").unwrap();
        group["DisplayName"] = "AWS: Platform".into();
    });
    let place = dir.path().to_str().unwrap();
    let of_ada = ["--principal", "ada@acme.example", "--keep", "grace@acme.example"];
    let asked = [&["cut", "prod-core"], &of_ada[..], &["--json", "--snapshot", place, "--no-config"]].concat();
    let cut = json(&run_in(dir.path(), &[], &asked).out);
    let removals = cut["removals"].as_array().unwrap().iter();
    let left: Vec<&str> =
        removals.filter(|one| one["option"] == "--leave-group").map(|one| one["value"].as_str().unwrap()).collect();
    assert!(!left.is_empty(), "{cut}");
    for value in left {
        what_if(dir.path(), &["--leave-group", value]).succeeded();
    }
}

/// The same change made by hand in a copy, compared by `diff`.
#[test]
fn what_if_says_what_diff_says_of_a_copy_that_was_edited() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    for copy in [&old, &new] {
        fs::create_dir_all(copy.join("accounts")).unwrap();
        for file in ["organization.json", "identity-center.json", "account-access.json"] {
            fs::copy(demo().join(file), copy.join(file)).unwrap();
        }
        for entry in fs::read_dir(demo().join("accounts")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.join("accounts").join(path.file_name().unwrap())).unwrap();
        }
    }
    let file = new.join("accounts/222222222201.json");
    let mut account = json(&fs::read_to_string(&file).unwrap());
    for user in account["UserDetailList"].as_array_mut().unwrap() {
        if user["UserName"] == "carla.ops" {
            user["GroupList"].as_array_mut().unwrap().clear();
        }
    }
    fs::write(&file, account.to_string()).unwrap();
    let file = new.join("accounts/101010101010.json");
    let mut account = json(&fs::read_to_string(&file).unwrap());
    for role in account["RoleDetailList"].as_array_mut().unwrap() {
        if role["RoleName"] == "monitor" {
            role["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().clear();
        }
    }
    fs::write(&file, account.to_string()).unwrap();
    let at = ["--at", "2026-11-20T00:00:00Z", "--json"];
    let changes = ["--leave-group", "carla.ops:operators", "--remove-statement", "prod-core/role/monitor:trust#0"];
    let expected = {
        let config = demo().join("rolehop.toml");
        let sides = ["diff", old.to_str().unwrap(), new.to_str().unwrap(), "--config", config.to_str().unwrap()];
        run_in(dir.path(), &[], &[&sides[..], &at].concat())
    };
    let found = what_if(&old, &[&changes[..], &at].concat());
    assert_eq!(found.code, expected.code, "{found:?}");
    let (mut found, mut expected) = (json(&found.out), json(&expected.out));
    assert_eq!(expected["paths"][0]["ways"]["lost"], 3);
    for side in [&mut found, &mut expected] {
        side["new"]["snapshot"] = Value::Null;
    }
    assert_eq!(found, expected);
}
