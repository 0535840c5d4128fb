//! Shares of a collection: scanned concurrently from the emulator, merged, and compared with what one process reads.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::SignedDuration;
use proptest::prelude::*;
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::merge::merge;

const ACCOUNTS: usize = 12;

struct Organization {
    root: tempfile::TempDir,
    emulator: Emulator,
    accounts: Vec<AccountId>,
}

impl Organization {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        write(&Spec::new(ACCOUNTS, 5), &root.path().join("made")).unwrap();
        let world = EmulatorData::from_directory(&root.path().join("made")).unwrap();
        let emulator = Emulator::start(world, EmulatorOptions::default()).unwrap();
        let organization = Self { root, emulator, accounts: Vec::new() };
        let listed = organization.rolehop(&["accounts", "--list", "--json"]);
        assert_eq!(listed.status.code(), Some(0), "{}", String::from_utf8_lossy(&listed.stderr));
        let list = organization.rolehop(&["accounts", "--list", "-f", "csv", "--output", "accounts.csv"]);
        assert_eq!(list.status.code(), Some(0), "{}", String::from_utf8_lossy(&list.stderr));
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
        let accounts = rows.iter().map(|row| row["account"].as_str().unwrap().parse().unwrap()).collect();
        Self { accounts, ..organization }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn rolehop(&self, arguments: &[&str]) -> Output {
        let (id, secret) = self.emulator.access_key();
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().current_dir(self.root.path());
        command.env("HOME", self.root.path()).env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_ENDPOINT_URL", self.emulator.endpoint());
        command.args(arguments).arg("--no-config").output().unwrap()
    }

    fn collect(&self, dir: &str, more: &[&str]) -> Output {
        let fixed = ["collect", "--role-name", "audit-readonly", "--accounts-file", "accounts.csv", "--snapshot", dir];
        self.rolehop(&[&fixed[..], more].concat())
    }

    /// Parts 1 to `total`.
    fn parts(&self, total: u32) -> Vec<PathBuf> {
        (1..=total)
            .map(|index| {
                let dir = format!("part-{index}-of-{total}");
                let output = self.collect(&dir, &["--shard", &format!("{index}/{total}")]);
                assert_eq!(
                    output.status.code(),
                    Some(0),
                    "{} {}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
                self.at(&dir)
            })
            .collect()
    }
}

fn files(dir: &Path) -> std::collections::BTreeMap<String, String> {
    Snapshot::open(dir).unwrap().manifest().unwrap().files.clone()
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[test]
fn parts_merged_are_what_one_process_reads() {
    let organization = Organization::new();
    assert_eq!(organization.accounts.len(), ACCOUNTS);
    let one = organization.collect("one", &[]);
    assert_eq!(one.status.code(), Some(0), "{}", String::from_utf8_lossy(&one.stderr));
    let before = organization.emulator.calls()["organizations:ListAccounts"];
    let parts: Vec<String> = organization.parts(4).iter().map(|dir| dir.display().to_string()).collect();
    let asked = organization.emulator.calls()["organizations:ListAccounts"] - before;
    assert_eq!(asked, 1, "one part reads the organization, the others leave its quotas alone");
    let mut arguments = vec!["merge"];
    arguments.extend(parts.iter().map(String::as_str));
    arguments.extend(["--into", "whole"]);
    let merged = organization.rolehop(&arguments);
    assert_eq!(merged.status.code(), Some(0), "{}", String::from_utf8_lossy(&merged.stderr));
    assert_eq!(files(&organization.at("whole")), files(&organization.at("one")));
    // a single part does not know the organization, and says so
    let alone = organization.rolehop(&["check", "--snapshot", &parts[1]]);
    assert!(matches!(alone.status.code(), Some(4 | 5)), "{alone:?}");
    // repeating it changes nothing
    let again = organization.rolehop(&arguments);
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(files(&organization.at("whole")), files(&organization.at("one")));
}

#[test]
fn a_missing_part_is_named_and_never_clean() {
    let organization = Organization::new();
    let parts: Vec<String> = organization.parts(3).iter().map(|dir| dir.display().to_string()).collect();
    let merged = organization.rolehop(&["merge", &parts[0], &parts[2], "--into", "whole"]);
    let text = String::from_utf8_lossy(&merged.stderr).into_owned();
    assert_eq!(merged.status.code(), Some(4), "{text}");
    assert!(text.contains("warning[E524]") && text.contains("shards 2/3"), "{text}");
    let list = ["merge", &parts[0], &parts[2], "--into", "named", "--accounts-file", "accounts.csv"];
    assert_eq!(organization.rolehop(&list).status.code(), Some(4));
    let snapshot = Snapshot::open(&organization.at("named")).unwrap();
    assert_eq!(snapshot.ledger().iter().count(), ACCOUNTS, "every account of the list has an entry");
    let lost = snapshot.ledger().gaps();
    assert!(!lost.is_empty() && lost.iter().all(|gap| gap.reason == "not in any part"));
    // what takes the place of a whole one says so
    let all = ["merge", &parts[0], &parts[1], &parts[2], "--into", "kept"];
    assert_eq!(organization.rolehop(&all).status.code(), Some(0));
    let fewer = organization.rolehop(&["merge", &parts[0], &parts[2], "--into", "kept"]);
    let text = String::from_utf8_lossy(&fewer.stderr).into_owned();
    assert!(text.contains("warning[E525]: "), "{text}");
    // without the part that read it, the organization is unknown and not absent
    let merged = organization.rolehop(&["merge", &parts[1], &parts[2], "--into", "headless"]);
    assert_eq!(merged.status.code(), Some(4));
}

#[test]
fn a_shard_that_owns_no_account_is_an_empty_part() {
    let organization = Organization::new();
    std::fs::write(organization.at("one.csv"), format!("{}\n", organization.accounts[0])).unwrap();
    let collect = ["collect", "--role-name", "audit-readonly", "--accounts-file", "one.csv"];
    for shard in ["1/2", "2/2"] {
        let output = organization.rolehop(&[&collect[..], &["--shard", shard, "--snapshot-under", "parts"]].concat());
        assert_eq!(output.status.code(), Some(0), "{shard}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let merge = ["merge", "--parts-under", "parts", "--into", "whole", "--accounts-file", "one.csv"];
    let merged = organization.rolehop(&merge);
    assert!(!String::from_utf8_lossy(&merged.stderr).contains("E524"), "{merged:?}");
    organization.rolehop(&[&collect[..], &["--snapshot", "one"]].concat());
    assert_eq!(files(&organization.at("whole")), files(&organization.at("one")));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let organization = Organization::new();
    let parts: Vec<String> = organization.parts(2).iter().map(|dir| dir.display().to_string()).collect();
    let other: Vec<String> = organization.parts(3).iter().map(|dir| dir.display().to_string()).collect();
    let refused = |arguments: &[&str], id: &str| {
        let output = organization.rolehop(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&format!("error[{id}]")), "{text}");
    };
    refused(&["merge", &parts[0], &other[1], "--into", "x"], "E522");
    refused(&["merge", &parts[0], &parts[1], "--into", "x", "--max-skew", "1ns"], "E523");
    let made = organization.at("made").display().to_string();
    refused(&["merge", &made, "--into", "x"], "E521");
    let fewer = organization.collect("fewer", &["--shard", "2/2", "--facets", "core"]);
    assert_eq!(fewer.status.code(), Some(0));
    refused(&["merge", &parts[0], "fewer", "--into", "x"], "E522");
    refused(&["collect", "--role-name", "r", "--accounts-file", "accounts.csv", "--shard", "3/2"], "E300");
    std::fs::write(organization.at("bad.csv"), "000000000001\n12345\n").unwrap();
    refused(&["collect", "--role-name", "r", "--accounts-file", "bad.csv"], "E306");
    // a file that was changed after it was written
    let account = std::fs::read_dir(organization.at("part-1-of-2/accounts")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&account, "{}").unwrap();
    let output = organization.rolehop(&["merge", &parts[0], &parts[1], "--into", "x"]);
    assert!(matches!(output.status.code(), Some(4 | 8)), "{output:?}");
}

#[test]
fn the_shard_of_an_array_job_is_read_from_its_variables() {
    let organization = Organization::new();
    let (id, secret) = organization.emulator.access_key();
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(organization.root.path()).env("HOME", organization.root.path());
    command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret).env("AWS_REGION", "eu-west-1");
    command.env("AWS_ENDPOINT_URL", organization.emulator.endpoint());
    command.env("AWS_BATCH_JOB_ARRAY_INDEX", "1").env("AWS_BATCH_JOB_ARRAY_SIZE", "4");
    let fixed = ["collect", "--no-config", "--role-name", "audit-readonly", "--accounts-file", "accounts.csv"];
    let output = command.args(fixed).args(["--snapshot", "batch"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest = Snapshot::open(&organization.at("batch")).unwrap().manifest().cloned().unwrap();
    assert_eq!(manifest.share.unwrap().shard.unwrap().to_string(), "2/4");
}

/// Parts created once for all cases.
fn made() -> &'static (Organization, Vec<PathBuf>) {
    static MADE: std::sync::OnceLock<(Organization, Vec<PathBuf>)> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let organization = Organization::new();
        let parts = organization.parts(5);
        (organization, parts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whichever parts are named, in whatever order and however often: every account is counted once, and a complete
    /// account has the data of its part.
    #[test]
    fn nothing_is_lost_whatever_parts_are_merged(chosen in prop::collection::vec(0_usize..5, 1..9)) {
        let (organization, parts) = made();
        let dirs: Vec<PathBuf> = chosen.iter().map(|at| parts[*at].clone()).collect();
        let into = tempfile::tempdir().unwrap();
        let merged = merge(&dirs, Some(&organization.accounts), into.path(), DAY).unwrap();
        let view = merged.manifest.ledger.view();
        prop_assert_eq!(view.listed, ACCOUNTS);
        prop_assert_eq!(view.listed, view.complete + view.incomplete.len() + view.skipped.len());
        let there: BTreeSet<usize> = chosen.iter().copied().collect();
        prop_assert_eq!(merged.missing.len(), 5 - there.len());
        for (id, state) in merged.manifest.ledger.iter() {
            let owner = (1..=5).find(|index| rolehop::snapshot::share::Shard { index: *index, total: 5 }.owns(id)).unwrap();
            prop_assert_eq!(*state == AccountState::Complete, there.contains(&(owner as usize - 1)));
        }
        prop_assert_eq!(merged.manifest.gaps.is_empty(), there.contains(&0));
        let snapshot = Snapshot::open(into.path()).unwrap();
        for id in snapshot.accounts() {
            prop_assert!(snapshot.with_account(id, |_| ()).is_ok());
        }
    }
}
