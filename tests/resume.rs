//! Collections that end early: killed, interrupted, out of time; what resuming them costs; and what the next one knows.
//!
//! `ROLEHOP_KILLS=1000 cargo test --test resume -- --nocapture` is the long run.
#![cfg(all(feature = "aws", feature = "emulator", unix))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use rolehop::facet::Facet;
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::{Snapshot, SnapshotError};
use serde_json::Value;

struct Bench {
    root: tempfile::TempDir,
    emulator: Emulator,
}

impl Bench {
    fn new(accounts: usize, latency: Duration) -> Self {
        let root = tempfile::tempdir().unwrap();
        // few users: an account that takes longer than the time between two kills would never be read
        write(&Spec { hub_users: 5, ..Spec::new(accounts, 4) }, &root.path().join("made")).unwrap();
        let world = EmulatorData::from_directory(&root.path().join("made")).unwrap();
        let emulator = Emulator::start(world, EmulatorOptions { latency, ..EmulatorOptions::default() }).unwrap();
        Self { root, emulator }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn command(&self, dir: &str, more: &[&str]) -> Command {
        let (id, secret) = self.emulator.access_key();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("HOME", self.root.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret).env("AWS_REGION", "eu-west-1");
        command.env("AWS_ENDPOINT_URL", self.emulator.endpoint());
        command
            .env("ROLEHOP_ROLE_NAME", "audit-readonly")
            .env("ROLEHOP_CONCURRENCY", "4")
            .args(["collect", "--no-config"]);
        // without the slow calls to Organizations: most of these tests are about the accounts
        let skipped = if more.contains(&"--facets") { "" } else { "organization" };
        command.env("ROLEHOP_SKIP_FACETS", skipped).arg("--snapshot").arg(self.at(dir)).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, dir: &str, more: &[&str]) -> Output {
        self.command(dir, more).output().unwrap()
    }

    /// Accounts whose role was assumed since a point of the log.
    fn entered(&self, since: usize) -> BTreeSet<AccountId> {
        let requests = self.emulator.requests();
        let roles = requests.iter().skip(since).filter_map(|request| request.role.as_deref());
        roles.filter_map(|arn| AccountId::parse(arn.split(':').nth(4)?)).collect()
    }

    fn seen(&self) -> usize {
        self.emulator.requests().len()
    }
}

/// The accounts that a snapshot says are complete, each of them read and compared with the file of an uninterrupted
/// run.
fn complete(dir: &Path, clean: &Snapshot) -> Option<(BTreeSet<AccountId>, bool)> {
    let snapshot = match Snapshot::open(dir) {
        Ok(snapshot) => snapshot,
        Err(SnapshotError::Missing(_) | SnapshotError::Empty(_)) => return None,
        Err(error) => unreachable!("damaged: {error}"),
    };
    let manifest = snapshot.manifest().unwrap();
    let whole = clean.manifest().unwrap();
    let ids: BTreeSet<AccountId> =
        snapshot.ledger().iter().filter(|(_, state)| **state == AccountState::Complete).map(|(id, _)| id).collect();
    for id in &ids {
        let name = format!("accounts/{id}.json");
        assert_eq!(manifest.files.get(&name), whole.files.get(&name), "{id}");
        snapshot.with_account(*id, |_| ()).unwrap();
    }
    Some((ids, manifest.finished.is_some()))
}

#[test]
fn a_killed_run_leaves_nothing_damaged_and_going_on_reads_nothing_twice() {
    let kills: u32 = std::env::var("ROLEHOP_KILLS").map_or(40, |text| text.parse().unwrap());
    let bench = Bench::new(24, Duration::from_millis(4));
    let start = Instant::now();
    assert_eq!(bench.run("clean", &[]).status.code(), Some(0));
    // a busy machine gets more time between its kills
    let whole = start.elapsed();
    let clean = Snapshot::open(&bench.at("clean")).unwrap();
    let (mut done, mut finished, mut kept) = (BTreeSet::new(), 0, 0);
    let mut seed = 0x9e37_79b9_u64;
    for kill in 0..kills {
        let since = bench.seen();
        let mut child = bench.command("killed", &["--resume"]).spawn().unwrap();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(whole.mul_f64(0.05 + 0.6 * ((seed >> 33) % 1000) as f64 / 1000.0));
        child.kill().unwrap();
        child.wait().unwrap();
        // the role must not have been assumed again in accounts that were complete
        let again: Vec<_> = bench.entered(since).intersection(&done).copied().collect();
        assert!(again.is_empty(), "kill {kill}: read twice: {again:?}");
        if let Some((ids, is_finished)) = complete(&bench.at("killed"), &clean) {
            assert!(ids.is_superset(&done), "kill {kill}: lost {:?}", done.difference(&ids));
            kept += ids.len() - done.len();
            done = ids;
            if is_finished {
                finished += 1;
                assert_eq!(done.len(), 24);
                std::fs::remove_dir_all(bench.at("killed")).unwrap();
                done.clear();
            }
        } else {
            assert!(done.is_empty(), "kill {kill}: everything is gone");
        }
    }
    eprintln!(
        "a whole run takes {whole:?}; kills: {kills}, damaged snapshots: 0, accounts read twice: 0, accounts kept: {kept}, runs ended: {finished}"
    );
    assert!(kept > kills as usize / 8, "the kills came too early to prove anything");
    let output = bench.run("killed", &["--resume"]);
    assert_eq!(output.status.code(), Some(0));
    let (ids, is_finished) = complete(&bench.at("killed"), &clean).unwrap();
    assert_eq!((ids.len(), is_finished), (24, true));
    assert!(!bench.at("killed/journal.jsonl").exists() && !bench.at("killed/.lock").exists());
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

fn wait(mut child: Child, limit: Duration) -> (Output, Duration) {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < limit, "it does not stop");
        std::thread::sleep(Duration::from_millis(10));
    }
    (child.wait_with_output().unwrap(), start.elapsed())
}

#[test]
fn an_interrupt_stops_within_its_grace_and_says_how_to_go_on() {
    let bench = Bench::new(24, Duration::from_millis(15));
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let dir = format!("stopped-{name}");
        let child = bench.command(&dir, &["--external-id", "canary"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1200));
        signal(&child, name);
        let (output, _) = wait(child, Duration::from_secs(20));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains("error[E290]") && text.contains("--resume"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        let snapshot = Snapshot::open(&bench.at(&dir)).unwrap();
        assert!(snapshot.manifest().unwrap().finished.is_none());
        let saved = snapshot.ledger().view().complete;
        assert!(saved > 0 && text.contains(&format!("{saved} of 24 accounts are saved")), "{saved} {text}");
        let since = bench.seen();
        let resumed = bench.run(&dir, &["--resume"]);
        assert_eq!(resumed.status.code(), Some(0), "{}", String::from_utf8_lossy(&resumed.stderr));
        assert_eq!(bench.entered(since).len(), 24 - saved);
        assert_eq!(Snapshot::open(&bench.at(&dir)).unwrap().ledger().view().complete, 24);
    }
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let bench = Bench::new(8, Duration::from_secs(4));
    let child = bench.command("twice", &[]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1000));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    let (output, _) = wait(child, Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_run_over_its_deadline_is_incomplete_and_can_be_gone_on_with() {
    let bench = Bench::new(24, Duration::from_millis(25));
    let output = bench.run("late", &["--deadline", "2s"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("warning[E235]") && text.contains("--deadline"), "{text}");
    let snapshot = Snapshot::open(&bench.at("late")).unwrap();
    let view = snapshot.ledger().view();
    assert!(snapshot.manifest().unwrap().finished.is_some());
    assert_eq!(view.listed, view.complete + view.incomplete.len());
    let since = bench.seen();
    bench.run("late", &["--resume"]);
    assert_eq!(bench.entered(since).len(), 24 - view.complete);
    assert_eq!(Snapshot::open(&bench.at("late")).unwrap().ledger().view().complete, 24);
}

#[test]
fn two_runs_on_one_directory_and_resuming_what_does_not_fit() {
    let bench = Bench::new(8, Duration::from_millis(40));
    let first = bench.command("shared", &[]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let second = bench.run("shared", &[]);
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(7), "{text}");
    assert!(text.contains("error[E612]") && text.contains("process"), "{text}");
    assert_eq!(wait(first, Duration::from_secs(60)).0.status.code(), Some(0));
    // more data sets than were read: the complete accounts are not complete any more
    let more = bench.run("shared", &["--resume", "--facets", "all", "--events-of", "app"]);
    let text = String::from_utf8_lossy(&more.stderr).into_owned();
    assert_eq!(more.status.code(), Some(2), "{text}");
    assert!(text.contains("error[E251]"), "{text}");
    // data that is too old is read again
    let since = bench.seen();
    assert_eq!(bench.run("shared", &["--resume", "--max-age", "1ms"]).status.code(), Some(0));
    assert_eq!(bench.entered(since).len(), 8);
    let nothing = bench.run("none", &["--resume"]);
    assert_eq!(nothing.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no snapshot to go on with"));
}

/// A snapshot keeps the data sets that it was read with: tags of accounts are read only on request, and the second run
/// does not request them.
#[test]
fn going_on_reads_again_what_the_first_run_was_asked_for() {
    let bench = Bench::new(3, Duration::ZERO);
    let first = bench.run("snapshot", &["--facets", "default,account-tags"]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(bench.run("snapshot", &["--resume"]).status.code(), Some(0));
    let snapshot = Snapshot::open(&bench.at("snapshot")).unwrap();
    let accounts = snapshot.organization().unwrap().accounts.as_deref().unwrap();
    assert!(accounts.iter().all(|account| account.tags.is_some()), "tags are lost");
    assert!(snapshot.manifest().unwrap().settings.as_ref().unwrap().facets.has(Facet::AccountTags));
}

#[test]
fn the_next_run_begins_with_what_was_largest() {
    let bench = Bench::new(8, Duration::ZERO);
    assert_eq!(bench.run("snapshot", &[]).status.code(), Some(0));
    let sizes = Snapshot::open(&bench.at("snapshot")).unwrap().sizes();
    let (largest, _) = sizes.iter().max_by_key(|(_, size)| **size).unwrap();
    let first = |since: usize| {
        let requests = bench.emulator.requests();
        let role = requests.iter().skip(since).find_map(|request| request.role.clone()).unwrap();
        AccountId::parse(role.split(':').nth(4).unwrap()).unwrap()
    };
    // otherwise the test would prove nothing
    assert_ne!(first(0), *largest, "without knowledge the order is that of the ids");
    let since = bench.seen();
    // the same directory again, as in a nightly job
    assert_eq!(bench.run("snapshot", &["--concurrency", "1"]).status.code(), Some(0));
    assert_eq!(first(since), *largest);
}

#[test]
fn the_figures_of_a_run_are_written_however_it_ends() {
    let bench = Bench::new(6, Duration::ZERO);
    let file = bench.at("figures.json");
    let figures = |dir: &str, more: &[&str]| -> (Option<i32>, Value) {
        let output = bench.run(dir, &[&["--metrics", file.to_str().unwrap()], more].concat());
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true), "one line");
        std::fs::remove_file(&file).unwrap();
        (output.status.code(), serde_json::from_str(&text).unwrap())
    };
    let since = bench.seen();
    let (exit, whole) = figures("whole", &[]);
    // the data sets that this bench skips were not selected, and so are not missing
    assert_eq!((exit, &whole["failed"], &whole["incomplete"]), (Some(0), &0.into(), &0.into()));
    assert_eq!((&whole["listed"], &whole["complete"]), (&6.into(), &6.into()));
    assert!(whole["organization"].as_str().unwrap().starts_with("o-"));
    // the account list and the identity are requested outside the pace of accounts, and counted as well
    assert_eq!(whole["calls"], bench.seen() - since);
    // every announced metric is present, as a number
    let announced = whole["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert!(announced.iter().all(|metric| whole[metric["Name"].as_str().unwrap()].is_number()));
    assert!(whole["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000);

    // nothing can be read, and what an earlier run has read does not count for this one
    let (exit, failed) = figures("whole", &["--profile", "nobody-has-it"]);
    assert_eq!((exit, &failed["failed"], &failed["complete"]), (Some(6), &1.into(), &0.into()));
    let entered = bench.entered(since);
    let some = format!("{},999999999999", entered.first().unwrap());
    let (exit, some) = figures("some", &["--accounts", &some]);
    let count = |name: &str| some[name].as_u64().unwrap();
    assert_eq!((exit, count("failed")), (Some(4), 0));
    assert_eq!(["listed", "complete", "incomplete", "skipped"].map(count), [7, 1, 1, 5]);
    // a snapshot that cannot be written is reported before anything is read
    let since = bench.seen();
    for option in ["--metrics", "--output"] {
        let output = bench.run("never", &[option, "/there/is/no/such/place"]);
        assert_eq!((output.status.code(), bench.seen()), (Some(7), since), "{option}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("/there/is/no/such/place"));
    }
}
