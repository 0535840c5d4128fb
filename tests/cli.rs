//! The command line from the user's side: wrong input, exit codes, streams, four-part errors.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

mod support;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};
use support::*;

/// Runs the binary in a scrubbed environment and an empty directory.
fn rolehop(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// An error has an id, four parts and nothing on standard output.
fn fails(arguments: &[&str], code: i32, id: &str) -> String {
    let output = rolehop(arguments);
    let text = err(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(&format!("error[{id}]")), "{arguments:?}: {text}");
    for part in ["  where  ", "  why    ", "  next   "] {
        assert!(text.contains(part), "{arguments:?} lacks `{part}`: {text}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?}");
    text
}

fn simple() -> World {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]).user(HUB, "bob", &[]);
    world
}

fn at(dir: &Path) -> String {
    dir.to_str().unwrap().to_owned()
}

#[test]
fn wrong_arguments_are_usage_errors_in_four_parts() {
    fails(&["--wibble"], 2, "E300");
    fails(&["check", "--fail-on", "terrible"], 2, "E300");
    fails(&["check", "-f", "xml"], 2, "E300");
    fails(&["wibble"], 2, "E300");
    fails(&["check", "-f", "table,json", "--snapshot", "x"], 2, "E300");
    let text = fails(&["rules", "explain", "role-unusd"], 2, "E300");
    assert!(text.contains("role-unused"), "{text}");
}

#[test]
fn a_missing_or_broken_snapshot_is_code_8() {
    fails(&["who-can", "prod", "--snapshot", "nowhere"], 8, "E501");
    fails(&["check"], 8, "E501");
    let dir = tempfile::tempdir().unwrap();
    fails(&["check", "--snapshot", &at(dir.path())], 8, "E502");
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    std::fs::write(dir.path().join("accounts/111111111111.json"), "{\"UserDetailList\": [").unwrap();
    let text = fails(&["check", "--snapshot", &at(dir.path())], 8, "E505");
    assert!(text.contains("111111111111.json"), "{text}");
    std::fs::rename(dir.path().join("accounts/111111111111.json"), dir.path().join("accounts/prod.json")).unwrap();
    fails(&["check", "--snapshot", &at(dir.path())], 8, "E507");
}

#[test]
fn a_changed_or_newer_snapshot_is_refused() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/role-switch");
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    for name in [
        "organization.json",
        "manifest.json",
        "accounts/240000000000.json",
        "accounts/240000000001.json",
        "accounts/240000000002.json",
    ] {
        std::fs::copy(example.join(name), dir.path().join(name)).unwrap();
    }
    let file = dir.path().join("accounts/240000000001.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("administrator", "administrators", 1)).unwrap();
    fails(&["check", "--snapshot", &at(dir.path())], 8, "E506");
    std::fs::remove_file(&file).unwrap();
    fails(&["check", "--snapshot", &at(dir.path())], 8, "E506");
    let manifest = dir.path().join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 99")).unwrap();
    fails(&["check", "--snapshot", &at(dir.path())], 8, "E503");
}

#[test]
fn names_that_mean_nothing_or_too_much_are_usage_errors() {
    let dir = simple().write();
    let snapshot = at(dir.path());
    fails(&["path", "arn:aws:iam::111111111111:user/nobody", "prod/ops", "--snapshot", &snapshot], 2, "E401");
    fails(&["path", "not:an:arn", "prod/ops", "--snapshot", &snapshot], 2, "E401");
    fails(&["who-can", "staging", "--snapshot", &snapshot], 2, "E401");
    fails(&["who-can", "ou:/Nowhere", "--snapshot", &snapshot], 2, "E403");
    fails(&["who-can", &user(HUB, "ann"), "--snapshot", &snapshot], 2, "E404");
    fails(&["can", "o", "--snapshot", &snapshot], 2, "E401");
    fails(&["targets", "show", "prod", "--snapshot", &snapshot], 2, "E300");
}

#[test]
fn two_accounts_of_one_name_are_told_apart_by_id() {
    let mut world = simple();
    world.organization()["Accounts"][2]["Name"] = json!("prod");
    let dir = world.write();
    let snapshot = at(dir.path());
    let text = fails(&["who-can", "prod", "--snapshot", &snapshot], 2, "E402");
    assert!(text.contains(PROD) && text.contains(DEV), "{text}");
    assert_eq!(rolehop(&["who-can", PROD, "--snapshot", &snapshot]).status.code(), Some(0));
}

#[test]
fn a_wrong_configuration_is_code_2_and_says_where() {
    let dir = simple().write();
    let config = dir.path().join("rolehop.toml");
    std::fs::write(&config, "version = 1\n[targets.prod]\ntag = {}\n").unwrap();
    let text = fails(&["check", "--snapshot", &at(dir.path()), "--config", &at(&config)], 2, "E302");
    assert!(text.contains("line 3") && text.contains("did you mean `tags`"), "{text}");
    std::fs::write(&config, "[rules.role-unused]\nday = 3\n").unwrap();
    fails(&["check", "--snapshot", &at(dir.path()), "--config", &at(&config)], 2, "E311");
    fails(&["check", "--snapshot", &at(dir.path()), "--config", "nowhere.toml"], 2, "E301");
}

#[cfg(feature = "aws")]
#[test]
fn a_scan_without_credentials_is_code_6() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(home.path())
        .args(["scan", "--role-name", "audit-readonly"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", err(&output));
    assert!(err(&output).contains("error[E101]"), "{}", err(&output));
    assert!(!home.path().join("snapshots").exists());
}

#[cfg(feature = "aws")]
#[test]
fn a_scan_without_role_name_is_code_2() {
    fails(&["scan"], 2, "E300");
}

#[test]
fn results_go_to_standard_output_and_everything_else_does_not() {
    let dir = simple().write();
    let snapshot = at(dir.path());
    let output = rolehop(&["who-can", "prod", "--json", "--snapshot", &snapshot]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["schema"], "rolehop/who-can/v3");
    assert_eq!(answer["answers"][0]["principal"], user(HUB, "ann"));
    assert!(err(&output).contains("note:"), "imported data does not say when it was taken");
    let quiet = rolehop(&["who-can", "prod", "--json", "--quiet", "--snapshot", &snapshot]);
    assert!(quiet.stderr.is_empty());
    assert_eq!(quiet.stdout, output.stdout);
    let edges = rolehop(&["export", "edges", "--snapshot", &snapshot]);
    let expected = format!(
        "from,to,kind,action,verdict,conditions\n{},{},assume-role,sts:AssumeRole,allowed,\n",
        user(HUB, "ann"),
        role(PROD, "ops")
    );
    assert_eq!(out(&edges), expected);
}

#[test]
fn answers_exit_with_0_whatever_they_are_unless_something_was_expected() {
    let dir = simple().write();
    let snapshot = at(dir.path());
    let code = |arguments: &[&str]| rolehop(&[arguments, &["--snapshot", &snapshot]].concat()).status.code();
    assert_eq!(code(&["path", "hub/ann", "prod/ops"]), Some(0));
    assert_eq!(code(&["path", "hub/bob", "prod/ops"]), Some(0));
    assert_eq!(code(&["path", "hub/ann", "prod/ops", "--expect", "denied"]), Some(3));
    assert_eq!(code(&["path", "hub/bob", "prod/ops", "--expect-none"]), Some(0));
    assert_eq!(code(&["who-can", "prod", "--expect-none"]), Some(3));
    assert_eq!(code(&["can", "hub/bob", "--expect-none"]), Some(0));
}

#[test]
fn what_rests_on_missing_data_exits_with_4() {
    let mut world = simple();
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    world
        .role(PROD, "dev", trusts(root(DEV)), &[])
        .role(PROD, "admin", trusts(root(HUB)), &[everything])
        .without_file(DEV);
    let dir = world.write();
    let output = rolehop(&["who-can", "prod", "--snapshot", &at(dir.path())]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        out(&output).contains("at least 1 principal reaches prod (3 roles in 1 account); 1 more may")
            && out(&output).contains("not read"),
        "{}",
        out(&output)
    );
    let edges = rolehop(&["export", "edges", "--snapshot", &at(dir.path())]);
    assert_eq!(edges.status.code(), Some(4));
    assert!(err(&edges).contains("1 of 3 accounts were not read completely"), "{}", err(&edges));
    let check = rolehop(&["check", "--no-fail", "--json", "--snapshot", &at(dir.path())]);
    assert_eq!(check.status.code(), Some(4));
    let set: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(set["ledger"]["listed"], 3);
    assert_eq!(set["ledger"]["complete"], 2);
    assert_eq!(
        set["ledger"]["incomplete"][0],
        json!({"account": DEV, "facets": ["authorization-details"], "reason": "not collected"})
    );
    assert!(set["summary"]["unknown"].as_u64().unwrap() > 0);
    let both = rolehop(&["check", "--fail-on", "low", "--snapshot", &at(dir.path())]);
    assert_eq!(both.status.code(), Some(5), "{}", err(&both));
}

#[test]
fn an_output_that_cannot_be_written_is_code_7() {
    let dir = simple().write();
    fails(&["check", "-f", "json=/nowhere/at/all.json", "--snapshot", &at(dir.path())], 7, "E602");
    fails(&["export", "edges", "-o", "/nowhere/at/all.csv", "--snapshot", &at(dir.path())], 7, "E602");
}

/// Standard output that nobody reads.
fn unread(dir: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
    command.env_clear().env("HOME", dir).current_dir(dir).args(arguments).stdout(writer).output().unwrap()
}

#[test]
fn a_reader_that_goes_away_changes_neither_the_exit_code_nor_a_file() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo");
    let dir = tempfile::tempdir().unwrap();
    for (arguments, code) in [
        (&["check"][..], 3),
        (&["check", "-f", "table", "-f", "sarif=late.sarif"], 3),
        (&["check", "-f", "csv=early.csv", "-f", "json"], 3),
        (&["who-can", "name:prod-*", "--expect-none"], 3),
        (&["who-can", "name:prod-*"], 0),
        (&["can", "security/carla.ops", "--expect-none"], 3),
        (&["path", "security/carla.ops", "prod-core/operate", "--expect", "denied"], 3),
        (&["help"], 0),
        (&["accounts"], 0),
    ] {
        let output = unread(dir.path(), &[arguments, &["--snapshot", demo, "--no-config"]].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("error"), "{arguments:?}: {}", err(&output));
    }
    let sarif = std::fs::read(dir.path().join("late.sarif")).unwrap();
    assert!(serde_json::from_slice::<Value>(&sarif).unwrap()["runs"].is_array());
    assert!(dir.path().join("early.csv").exists());
}

#[test]
fn hostile_names_reach_no_terminal_and_no_formula() {
    let mut world = World::of_organization();
    let evil = "x\u{1b}[2J\u{202e}y";
    world.user(HUB, evil, &[may_assume(&["*"])]).role(PROD, "ops", trusts(root(HUB)), &[]);
    let dir = world.write();
    let output = rolehop(&["who-can", "prod", "--snapshot", &at(dir.path())]);
    assert!(!out(&output).contains('\u{1b}') && !out(&output).contains('\u{202e}'));
    assert!(out(&output).contains("\\u{1b}[2J"), "{}", out(&output));
}

#[test]
fn help_is_short_and_version_is_there() {
    let help = out(&rolehop(&["--help"]));
    assert!(help.lines().count() <= 60, "{} lines", help.lines().count());
    assert!(help.contains("rolehop who-can prod"));
    assert!(out(&rolehop(&["--version"])).starts_with("rolehop "));
    for command in ["check", "who-can", "can", "path", "export", "accounts", "rules", "targets"] {
        let help = out(&rolehop(&[command, "--help"]));
        assert!(help.contains("Examples:"), "{command}");
    }
}

#[test]
fn an_expired_waiver_waives_nothing_and_is_said() {
    let mut world = simple();
    world.role(PROD, "monitor", trusts(root(VENDOR)), &[]);
    let dir = world.write();
    let config = dir.path().join("rolehop.toml");
    let waiver = |expires: &str| {
        let text = format!(
            "[[waivers]]\nrule = \"external-account-not-allowed\"\nwhere = \"prod/role/monitor\"\nreason = \"r\"\nowner = \"o\"\nexpires = {expires}\n"
        );
        std::fs::write(&config, text).unwrap();
        let output = rolehop(&[
            "check",
            "--json",
            "--at",
            "2026-11-20T00:00:00Z",
            "--rule",
            "external-account-not-allowed",
            "--snapshot",
            &at(dir.path()),
            "--config",
            &at(&config),
        ]);
        let set: Value = serde_json::from_slice(&output.stdout).unwrap();
        (set["findings"][0]["status"].as_str().unwrap().to_owned(), err(&output))
    };
    assert_eq!(waiver("2026-11-20").0, "waived");
    let (status, text) = waiver("2026-11-19");
    assert_eq!(status, "open");
    assert!(text.contains("warning[E305]"), "{text}");
}

/// A file with these requests.
fn bench(requests: &Value) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), requests.to_string()).unwrap();
    file
}

fn reads(expect: &str) -> Value {
    json!({"name": "reads", "principal": user(HUB, "ann"), "action": "s3:GetObject", "resource": "arn:aws:s3:::data/key",
        "identityPolicies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}],
        "serviceControlPolicies": [[]], "expect": expect})
}

#[test]
fn a_bench_of_policies_fails_where_a_request_ends_otherwise() {
    let run = |requests: &Value, more: &[&str]| {
        let file = bench(requests);
        let path = at(file.path());
        let mut arguments = vec!["simulate", path.as_str()];
        arguments.extend(more);
        rolehop(&arguments)
    };
    let one = run(&reads("implicitDeny"), &["--json"]);
    let answer: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!((one.status.code(), answer["decision"].as_str()), (Some(0), Some("implicitDeny")));
    assert_eq!(answer["blockedBy"], json!(["scp"]));
    let list = run(&json!([reads("denied"), reads("allowed")]), &["--json"]);
    assert_eq!(list.status.code(), Some(3));
    assert_eq!(serde_json::from_slice::<Value>(&list.stdout).unwrap().as_array().unwrap().len(), 2);
    assert!(err(&list).contains("request 2 reads: implicitDeny, expected allowed"), "{}", err(&list));
    let mut plain = reads("denied");
    plain.as_object_mut().unwrap().remove("expect");
    assert_eq!(run(&plain, &["--expect", "allowed"]).status.code(), Some(3));
    assert_eq!(run(&plain, &["--expect", "denied"]).status.code(), Some(0));
    let table = out(&run(&plain, &[]));
    assert!(table.contains("implicitDeny  reads") && table.contains("no SCP of this level allows it"), "{table}");
}

#[test]
fn requests_that_cannot_be_read_are_refused_by_name() {
    let refused = |requests: &Value, id: &str| {
        let file = bench(requests);
        fails(&["simulate", &at(file.path())], 2, id)
    };
    fails(&["simulate", "/nowhere.json"], 2, "E310");
    let mut misspelled = reads("denied");
    misspelled["identityPolicy"] = json!([]);
    assert!(refused(&misspelled, "E311").contains("identityPolicy"));
    let mut broken = reads("denied");
    broken["identityPolicies"][0]["Statement"]["Effect"] = json!("Maybe");
    assert!(refused(&json!([reads("denied"), broken]), "E312").contains("request 2 (reads)"));
    // what IAM would not save, in a layer without a part in the request too
    let statement = |more: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": statement})
    };
    let (anybody, anything) = (json!({"Principal": "*", "Resource": "*"}), json!({"Resource": "*"}));
    for (key, place, document) in [
        ("identityPolicies", "identityPolicies[0]", json!([statement(json!({}))])),
        ("identityPolicies", "identityPolicies[0]", json!([statement(anybody.clone())])),
        ("permissionsBoundaries", "permissionsBoundaries[0]", json!([statement(anybody.clone())])),
        ("sessionPolicies", "sessionPolicies[0]", json!([statement(json!({}))])),
        ("serviceControlPolicies", "serviceControlPolicies[0][0]", json!([[statement(anybody)]])),
        ("resourceControlPolicies", "resourceControlPolicies[1][0]", json!([[], [statement(json!({}))]])),
        ("resourcePolicy", "resourcePolicy", statement(anything)),
    ] {
        for principal in ["arn:aws:iam::111122223333:user/ann", "ec2.amazonaws.com"] {
            let mut damaged = reads("denied");
            damaged["principal"] = json!(principal);
            damaged[key] = document.clone();
            assert!(refused(&damaged, "E312").contains(&format!("`{place}` is no document")), "{key}");
        }
    }
    let mut nobody = reads("denied");
    nobody["principal"] = json!("somebody");
    refused(&nobody, "E312");
}

#[test]
fn one_hop_is_explained_layer_by_layer() {
    let dir = simple().write();
    let ask = |from: &str| {
        let run = rolehop(&["explain", from, &role(PROD, "ops"), "--snapshot", &at(dir.path()), "--json"]);
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    let outcomes = |answer: &Value| -> Vec<String> {
        let layers = answer["layers"].as_array().unwrap();
        layers.iter().map(|l| format!("{} {}", l["layer"].as_str().unwrap(), l["outcome"].as_str().unwrap())).collect()
    };
    let yes = ask(&user(HUB, "ann"));
    assert_eq!(yes["verdict"], "allowed");
    assert_eq!(outcomes(&yes), ["identity allows", "boundary none", "scp none", "rcp none", "trust allows"]);
    let no = ask(&user(HUB, "bob"));
    assert_eq!((no["verdict"].as_str(), outcomes(&no)[0].as_str()), (Some("denied"), "identity does-not-allow"));
    fails(&["explain", HUB, &role(PROD, "ops"), "--snapshot", &at(dir.path())], 2, "E405");
}

#[test]
fn several_paths_are_a_list_beside_the_best() {
    let dir = simple().write();
    let run =
        rolehop(&["path", &user(HUB, "ann"), &role(PROD, "ops"), "-k", "3", "--snapshot", &at(dir.path()), "--json"]);
    let answer: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((answer["verdict"].as_str(), answer["paths"].as_array().unwrap().len()), (Some("allowed"), 1));
    assert_eq!(answer["paths"][0]["hops"], answer["hops"]);
    fails(&["path", "a", "b", "-k", "0"], 2, "E300");
    fails(&["who-can", &role(PROD, "ops"), "--via", "hub/ann", "--snapshot", &at(dir.path())], 2, "E404");
}

/// What was not read is seen on the first line, and where rows have no room for it.
#[test]
fn missing_data_is_said_first_and_beside_rows() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    std::fs::copy(demo.join("organization.json"), dir.path().join("organization.json")).unwrap();
    for account in std::fs::read_dir(demo.join("accounts")).unwrap().map(|entry| entry.unwrap()) {
        if account.file_name() != "777788889999.json" {
            std::fs::copy(account.path(), dir.path().join("accounts").join(account.file_name())).unwrap();
        }
    }
    let snapshot = at(dir.path());
    let checked = rolehop(&["check", "--snapshot", &snapshot]);
    let first = out(&checked).lines().next().unwrap_or_default().to_owned();
    assert_eq!(checked.status.code(), Some(5), "{first}");
    assert!(first.contains(" open findings: ") && first.ends_with(" unknown: data is missing"), "{first}");
    for question in [&["who-can", "prod-core"][..], &["can", "shared-tools"], &["path", "shared-tools", "prod-core"]] {
        let rows = rolehop(&[question, &["-f", "csv", "--snapshot", &snapshot]].concat());
        assert_eq!(rows.status.code(), Some(4), "{question:?}: {}", err(&rows));
        assert!(err(&rows).contains("incomplete: data is missing"), "{question:?}: {}", err(&rows));
    }
    let text = fails(&["who-can", "prod-core/nobody", "--snapshot", &snapshot], 2, "E401");
    assert!(text.contains("`rolehop who-can prod-core --expand`"), "{text}");
}
