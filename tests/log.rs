//! The log: what is in it, and what never is.
#![cfg(all(feature = "aws", feature = "emulator", unix))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

#[path = "support/demo.rs"]
mod demo;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use demo::Demo;
use rolehop::emulator::EmulatorOptions;
use serde_json::Value;

const EXTERNAL_ID: &str = "external-id-9d1f7c";
const SECRET: &str = "KnownSecretAccessKeyKnownSecretAccessKey";
const TOKEN: &str = "KnownSessionTokenKnownSessionToken";
const DEVICE: &str = "arn:aws:iam::111111111111:mfa/ann";
const CODE: &str = "918273";

fn demo() -> Demo {
    let mfa = Some((DEVICE.to_owned(), CODE.to_owned()));
    Demo::new(EmulatorOptions { external_id: Some(EXTERNAL_ID.to_owned()), mfa, ..EmulatorOptions::default() })
}

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Fields of all lines that have them.
fn all(lines: &[Value], key: &str) -> BTreeSet<String> {
    lines.iter().filter_map(|line| line[key].as_str().map(str::to_owned)).collect()
}

#[test]
fn each_operation_and_account_is_logged_and_no_secret_at_any_level() {
    let demo = demo();
    let (id, _) = demo.emulator.access_key();
    let run = |more: &[&str]| {
        let scan = ["scan", "--external-id", EXTERNAL_ID, "-vvv", "--log-file", "log.jsonl", "--snapshot", "taken"];
        let mut command = demo.command(&[&scan, more].concat());
        command.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", TOKEN);
        command.env("AWS_CONFIG_FILE", demo.dir.path().join("config"));
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{told}");
        let log = std::fs::read_to_string(demo.dir.path().join("log.jsonl")).unwrap();
        let calls = lines(&log);
        assert!(calls.len() > 100 && told.lines().count() > 100);
        assert!(!String::from_utf8(output.stdout).unwrap().contains("operation="));
        // those of the emulator's own sessions begin with the last two
        for secret in [SECRET, TOKEN, EXTERNAL_ID, CODE, id, "rolehop/emulator", "emulator/0", "ASIA0"] {
            assert!(!log.contains(secret) && !told.contains(secret), "{secret} is in the log");
        }
        for word in ["uthorization:", "X-Amz-", "Signature=", "\\\"Statement", "%22Statement"] {
            assert!(!log.contains(word) && !told.contains(word), "{word} is in the log");
        }
        calls
    };
    let calls = run(&[]);
    let requests = demo.emulator.requests();
    let operations: BTreeSet<String> =
        requests.iter().map(|request| request.action.split(':').nth(1).unwrap().to_owned()).collect();
    assert!(operations.len() > 20 && all(&calls, "operation").is_superset(&operations), "{operations:?}");
    let accounts: BTreeSet<String> = requests.iter().filter_map(|r| Some(r.account?.to_string())).collect();
    assert!(accounts.len() == 9 && all(&calls, "account") == accounts, "{accounts:?}");
    let call = calls.iter().find(|line| line["operation"] == "GetAccountSummary" && line["message"] == "call").unwrap();
    for (key, value) in [("service", "iam"), ("region", "eu-west-1"), ("outcome", "ok"), ("level", "debug")] {
        assert_eq!(call[key], value, "{call}");
    }
    for key in ["attempt", "took_ms", "status", "request", "time", "account"] {
        assert!(!call[key].is_null(), "{key}: {call}");
    }
    let phases =
        ["credentials", "list of accounts", "accounts", "organization", "read snapshot", "build estate", "rules"];
    assert!(all(&calls, "phase").is_superset(&phases.map(str::to_owned).into()), "{:?}", all(&calls, "phase"));
    let mode = demo.dir.path().join("log.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // a profile that needs a code, which is sent once
    let config = format!(
        "[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {SECRET}\n\n[profile audit]\n\
         role_arn = arn:aws:iam::111111111111:role/audit-readonly\nsource_profile = base\nmfa_serial = {DEVICE}\n\
         external_id = {EXTERNAL_ID}\n"
    );
    std::fs::write(demo.dir.path().join("config"), config).unwrap();
    std::fs::set_permissions(demo.dir.path().join("log.jsonl"), std::fs::Permissions::from_mode(0o644)).unwrap();
    run(&["--profile", "audit", "--mfa-code", CODE]);
    let mode = demo.dir.path().join("log.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it is a new file");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_before_anything_is_read() {
    let demo = demo();
    for file in ["nowhere/log.jsonl", "."] {
        let output = demo.command(&["scan", "--snapshot", "taken", "--log-file", file]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(7), "{told}");
        assert!(told.contains("error[E602]: cannot write the log file") && told.contains("  next  "), "{told}");
    }
    assert!(demo.emulator.requests().is_empty() && !demo.dir.path().join("taken").exists());
}

#[test]
fn the_levels_are_those_that_are_asked_for() {
    let told = |variables: &[(&str, &str)], more: &[&str]| {
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo");
        program::run(variables, &[&["who-can", "ou:/Workloads/Prod", "--snapshot", snapshot], more].concat())
    };
    assert!(!told(&[], &[]).succeeded().err.contains("phase="));
    let plain = told(&[], &[]).out;
    let info = told(&[], &["-v"]).succeeded();
    assert!(info.err.contains("ends phase=\"build estate\"") && info.err.contains("ends phase=paths"), "{}", info.err);
    assert_eq!(info.out, plain, "standard output is for results");
    assert!(told(&[("ROLEHOP_VERBOSE", "1")], &[]).err.contains("phase="));
    assert!(!told(&[("ROLEHOP_VERBOSE", "0")], &[]).err.contains("phase="));
    told(&[("ROLEHOP_VERBOSE", "loud")], &[]).failed(2, "E300");
    told(&[], &["-v", "-q"]).failed(2, "E300");
    assert!(
        !told(&[("ROLEHOP_VERBOSE", "2")], &["-q"]).succeeded().err.contains("phase="),
        "an option beats a variable"
    );
}

#[test]
fn an_account_that_is_throttled_is_seen_at_the_first_level() {
    use rolehop::emulator::{Fault, Rule, Schedule, When};
    let faults = Schedule {
        rules: vec![Rule::always("ListAccountAliases", Fault::Refuse(400, "Throttling")).when(When::First(1))],
        ..Schedule::default()
    };
    let demo = Demo::new(EmulatorOptions { faults, ..EmulatorOptions::default() });
    let output = demo.command(&["collect", "--accounts", "101010101010", "-v"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let line = told.lines().find(|line| line.contains("outcome=Throttling")).unwrap_or_default();
    assert!(line.contains("account=101010101010") && line.contains("operation=ListAccountAliases"), "{told}");
    assert!(told.contains("account done account=101010101010 state=complete"), "{told}");
}
