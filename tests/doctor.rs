//! `doctor` and `scan` with something missing: whatever it is, both say what to do next. `tests/credentials.rs` covers
//! missing or expired credentials.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/demo.rs"]
mod demo;

use std::process::Output;

use demo::Demo;
use rolehop::emulator::EmulatorOptions;

const SUSPENDED: &str = "909090909090";
const MANAGEMENT: &str = "111111111111";
const MEMBER: &str = "101010101011";
/// Accounts of the demo that can be read.
const ACTIVE: usize = 9;

struct Bench(Demo);

impl Bench {
    fn new(options: EmulatorOptions) -> Self {
        Self(Demo::new(options))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.0.command(arguments).arg("--no-config").output().unwrap()
    }

    /// Exit code and all output.
    fn doctor(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(&[&["doctor"], arguments].concat());
        (output.status.code(), said(&output))
    }

    /// The demo has findings: 3 if everything was read, 5 if something was not.
    fn scan(&self) -> (Option<i32>, String) {
        let output = self.run(&["scan", "--snapshot", "out"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
}

#[test]
fn all_is_well() {
    let bench = Bench::new(EmulatorOptions::default());
    let (code, text) = bench.doctor(&["--sample", "1000"]);
    assert_eq!(code, Some(0), "{text}");
    says(&text, &["ok credentials", "ok discovery", "assumed in", "all", "can be read", "estimate"]);
    // every readable account was tried, and the closed one was not
    says(&text, &["1 suspended: a scan skips them"]);
    assert_eq!(bench.0.entered(), ACTIVE);
    assert_eq!(bench.scan().0, Some(3));
}

#[test]
fn a_role_that_is_missing_in_some_accounts_and_in_the_management_account() {
    let denied = [MEMBER, MANAGEMENT].map(|id| id.parse().unwrap()).into();
    let bench = Bench::new(EmulatorOptions { denied_accounts: denied, ..EmulatorOptions::default() });
    let (code, text) = bench.doctor(&["--sample", "1000"]);
    assert_eq!(code, Some(4), "{text}");
    says(
        &text,
        &[
            "cannot be assumed in the management account",
            "StackSets do not deploy there",
            "not in",
            MEMBER,
            "--template cfn",
        ],
    );
    let (code, text) = bench.scan();
    assert_eq!(code, Some(5), "{text}");
    says(&text, &["E210", "cannot assume role `audit-readonly`", MEMBER, "next `rolehop doctor"]);
}

#[test]
fn a_suspended_account_is_no_fault_and_is_named() {
    let bench = Bench::new(EmulatorOptions::default());
    let (code, text) = bench.doctor(&["--account", SUSPENDED]);
    assert_eq!(code, Some(0), "{text}");
    says(&text, &["account 909090909090 is suspended: a scan skips it, and says so"]);
    assert_eq!(bench.scan().0, Some(3));
}

#[test]
fn facets_that_are_denied_name_the_permission_and_the_way_around() {
    let denied = ["iam:GetAccountPasswordPolicy", "cloudtrail:DescribeTrails", "organizations:ListPolicies"];
    let denied = denied.map(str::to_owned).into();
    let bench = Bench::new(EmulatorOptions { denied_operations: denied, ..EmulatorOptions::default() });
    let (code, text) = bench.doctor(&[]);
    assert_eq!(code, Some(4), "{text}");
    for (action, facet) in [
        ("iam:GetAccountPasswordPolicy", "password-policy"),
        ("cloudtrail:DescribeTrails", "trails"),
        ("organizations:ListPolicies", "guardrails"),
    ] {
        says(&text, &[&format!("allow `{action}`"), &format!("--skip-facets {facet}")]);
    }
    let (code, text) = bench.scan();
    assert_eq!(code, Some(5), "{text}");
    says(&text, &["E212", "E220", "allow `iam:GetAccountPasswordPolicy` to role `audit-readonly`", "next"]);
    // without them nothing is missing
    let (code, text) = bench.doctor(&["--skip-facets", "password-policy,trails,guardrails"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_clock_that_is_off_is_told_in_minutes() {
    let bench = Bench::new(EmulatorOptions { clock_ahead: 1200, ..EmulatorOptions::default() });
    let (code, text) = bench.doctor(&[]);
    assert!(matches!(code, Some(4 | 6)), "{text}");
    says(&text, &["the clock of this machine is 20 min behind AWS's"]);
    let (_, text) = Bench::new(EmulatorOptions::default()).doctor(&[]);
    says(&text, &["ok clock within"]);
}

#[test]
fn a_caller_who_may_not_list_the_organization_is_told_what_to_do() {
    let denied = ["organizations:ListAccounts".to_owned()].into();
    let bench = Bench::new(EmulatorOptions { denied_operations: denied, ..EmulatorOptions::default() });
    let (code, text) = bench.doctor(&[]);
    assert_eq!(code, Some(4), "{text}");
    says(&text, &["warn discovery", "--permissions caller", "--accounts"]);
    let (code, text) = bench.scan();
    assert_eq!(code, Some(6), "{text}");
    says(&text, &["E201", "delegated administrator", "--accounts"]);
}

#[test]
fn a_role_that_nobody_has_stops_a_scan_early() {
    let bench = Bench::new(EmulatorOptions::default());
    let output = bench.run(&["doctor", "--format", "json"]);
    let checks: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(checks.iter().all(|check| check["health"] == "ok" || check["health"] == "info"), "{checks:?}");

    let output = bench.run(&["doctor", "--role-name", "nobody-has-this"]);
    assert_eq!(output.status.code(), Some(4));
    says(&said(&output), &["assumed in 0 of", "deploy `rolehop doctor --template cfn` there"]);
}
