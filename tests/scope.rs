//! `--include` and `--exclude`: which accounts are read, what the ledger says about the others, what it costs to find
//! out, and what answers say about the accounts that were left out.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/demo.rs"]
mod demo;

use std::collections::BTreeSet;
use std::process::Output;

use demo::Demo;
use rolehop::emulator::EmulatorOptions;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::ledger::AccountState;
use serde_json::Value;

struct Bench(Demo);

impl Bench {
    fn new() -> Self {
        Self::with(EmulatorOptions::default())
    }

    fn with(options: EmulatorOptions) -> Self {
        Self(Demo::new(options))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.0.command(arguments).output().unwrap()
    }

    /// Names of the accounts that were read, and the reasons for those that were not.
    fn collected(&self, arguments: &[&str]) -> (Vec<String>, BTreeSet<String>) {
        let output = self.run(&[&["collect", "--snapshot", "out"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let snapshot = Snapshot::open(&self.0.dir.path().join("out")).unwrap();
        let listed = snapshot.organization().unwrap().accounts.as_ref().unwrap();
        let (mut read, mut reasons) = (Vec::new(), BTreeSet::new());
        for account in listed {
            match snapshot.ledger().get(account.id) {
                Some(AccountState::Complete) => read.push(account.name.clone()),
                Some(AccountState::Skipped { reason }) => {
                    reasons.insert(reason.clone());
                }
                state => unreachable!("{}: {state:?}", account.name),
            }
        }
        read.sort();
        (read, reasons)
    }

    fn calls(&self, name: &str) -> u64 {
        self.0.emulator.calls().get(&format!("organizations:{name}")).copied().unwrap_or_default()
    }
}

fn reasons(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn accounts_are_chosen_by_unit_name_and_id() {
    let outside = "outside the scope of this scan";
    let bench = Bench::new();
    let (read, why) = bench.collected(&["--include", "ou:/Workloads"]);
    assert_eq!(read, ["prod-core", "prod-data", "staging"]);
    assert_eq!(why, reasons(&[outside, "suspended"]));
    let (read, why) = bench.collected(&["--include", "ou:/Workloads,management", "--exclude", "*-data,303030303030"]);
    assert_eq!(read, ["management", "prod-core"]);
    assert_eq!(why, reasons(&[outside, "suspended", "left out by `*-data`", "left out by `303030303030`"]));
    let (read, _) = bench.collected(&["--exclude", "ou:/Sandbox", "--exclude", "ou:ou-demo-security"]);
    assert_eq!(read, ["management", "prod-core", "prod-data", "shared-tools", "staging"]);
    // only the roles of selected accounts are assumed
    assert_eq!(bench.0.entered(), 3 + 2 + 5);
}

#[test]
fn the_configuration_chooses_where_the_command_line_does_not() {
    let bench = Bench::new();
    let config = "[scan]\ninclude = [\"ou:/Workloads/Prod\", \"staging\"]\nexclude = [\"prod-core\"]\n";
    std::fs::write(bench.0.dir.path().join("rolehop.toml"), config).unwrap();
    assert_eq!(bench.collected(&[]).0, ["prod-data", "staging"]);
    assert_eq!(bench.collected(&["--exclude", "staging"]).0, ["prod-core", "prod-data"]);
    // accounts that are named explicitly override the configured selection
    assert_eq!(bench.collected(&["--accounts", "101010101010"]).0, ["prod-core"]);
    let listed = bench.run(&["accounts", "--list", "-f", "csv"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["101010101011,prod-data", "303030303030,staging"]);

    std::fs::write(bench.0.dir.path().join("rolehop.toml"), "[scan]\nexclude = [\"ou:Workloads\"]\n").unwrap();
    let output = bench.run(&["collect"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("ou:Workloads") && text.contains("line 2"), "{text}");
}

#[test]
fn the_tree_is_read_once_and_only_where_it_is_needed_first() {
    let calls = |selection: &[&str]| {
        let bench = Bench::new();
        bench.collected(selection);
        (bench.calls("ListRoots"), bench.calls("ListOrganizationalUnitsForParent"))
    };
    let plain = calls(&[]);
    assert_eq!(calls(&["--include", "ou:/Workloads"]), plain);
    assert_eq!(calls(&["--include", "ou:ou-demo-workload"]), plain);
}

#[test]
fn a_selector_that_fits_nobody_is_told_and_a_selection_of_nobody_is_an_error() {
    let bench = Bench::new();
    let output = bench.run(&["collect", "--snapshot", "out", "--exclude", "ou:/Sanbox"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("`ou:/Sanbox` fits no account of the organization"), "{text}");
    let listed = bench.run(&["accounts", "--list", "--exclude", "ou:/Sanbox"]);
    let text = String::from_utf8_lossy(&listed.stderr).into_owned();
    assert!(text.contains("`ou:/Sanbox` fits no account of the organization"), "{text}");
    let before = bench.0.entered();
    let output = bench.run(&["collect", "--snapshot", "none", "--include", "nobody-*", "--exclude", "ou:/"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("E216") && text.contains("--include nobody-* --exclude ou:/"), "{text}");
    assert!(bench.0.entered() == before && !bench.0.dir.path().join("none/manifest.json").exists());
}

#[test]
fn units_that_cannot_be_told_leave_nobody_out_by_guessing() {
    let denied_operations = ["organizations:ListOrganizationalUnitsForParent".to_owned()].into();
    let bench = Bench::with(EmulatorOptions { denied_operations, ..EmulatorOptions::default() });
    let output = bench.run(&["collect", "--snapshot", "out", "--exclude", "ou:/Sandbox"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("E201") && text.contains("ListOrganizationalUnitsForParent"), "{text}");
    // the account list itself has its id
    let output = bench.run(&["collect", "--snapshot", "out", "--exclude", "ou:ou-demo-sandbox0"]);
    assert_eq!(output.status.code(), Some(4), "the tree is a gap of the organization");
}

#[test]
fn doctor_looks_at_those_that_would_be_read() {
    let bench = Bench::new();
    let output = bench.run(&["doctor", "--sample", "1000", "--exclude", "ou:/Sandbox,ou:/Security"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("left out by `ou:/Sandbox`"), "{text}");
    assert_eq!(bench.0.entered(), 5);
}

#[test]
fn what_was_left_out_is_not_taken_for_nothing() {
    let config = std::fs::read_to_string("examples/demo/rolehop.toml").unwrap();
    let ask = |exclude: &[&str]| -> (Option<i32>, Value) {
        let bench = Bench::new();
        bench.collected(exclude);
        std::fs::write(bench.0.dir.path().join("rolehop.toml"), &config).unwrap();
        let output = bench.run(&["who-can", "prod", "--snapshot", "out", "--json"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let (exit, whole) = ask(&[]);
    assert_eq!((exit, &whole["gaps"]), (Some(0), &serde_json::json!([])), "a suspended account adds nothing");
    // a hop on the path to prod, and a part of prod itself
    let (exit, less) = ask(&["--exclude", "shared-tools,prod-data"]);
    assert_eq!(exit, Some(4));
    let gaps = less["gaps"].as_array().unwrap();
    let of: BTreeSet<&str> = gaps.iter().map(|gap| gap["account"].as_str().unwrap()).collect();
    assert_eq!(of, BTreeSet::from(["777788889999", "101010101011"]));
    assert!(gaps.iter().any(|gap| gap["reason"] == "left out by `shared-tools`"));
    // no role of prod trusts it
    let (exit, same) = ask(&["--exclude", "log-archive"]);
    assert!(exit == Some(0) && same["answers"] == whole["answers"], "{exit:?} {same}");
}

#[test]
fn a_selection_that_changes_takes_nothing_stale_along() {
    let bench = Bench::new();
    let all = bench.collected(&[]).0;
    for arguments in [&["--resume", "--exclude", "prod-data"][..], &["--exclude", "prod-core"]] {
        let (read, _) = bench.collected(arguments);
        let left_out = arguments.last().unwrap();
        let expected: Vec<_> = all.iter().filter(|name| *name != left_out).cloned().collect();
        assert_eq!(read, expected, "{arguments:?}");
        let output = bench.run(&["check", "--snapshot", "out"]);
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
