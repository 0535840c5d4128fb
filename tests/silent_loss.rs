//! The promise, tried at random: whatever goes wrong, an account reported as complete equals, byte for byte, what a run
//! without faults reads, every listed account has one entry in the ledger, and nobody of Identity Center is lost in silence.
//!
//! `ROLEHOP_SCHEDULES=100000 cargo test --release --test silent_loss -- --nocapture` is the long run; `ROLEHOP_SEED` chooses
//! the schedules.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "silent_loss/people.rs"]
mod people;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use people::{Excuses, lost, lost_of_access};
use rolehop::collect::{AssignmentsBy, CollectError, CollectOptions, Progress, StaticCredentials, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Fault, Rule, Schedule};
use rolehop::facet::{Facet, Owner};
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::account_access::AccountAccessFile;
use rolehop::snapshot::identity_center::IdentityCenterFile;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;
use serde_json::json;

/// Number of organizations that schedules are tried on.
const WORLDS: usize = 12;

struct Silent;

impl Progress for Silent {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, _: &str) {}
}

/// What runs came to.
#[derive(Default)]
struct Tally {
    /// Accounts that are complete, and those that were listed.
    complete: u64,
    listed: u64,
    /// Runs that ended, and those of them that have all people.
    ended: u64,
    with_all_people: u64,
}

impl Tally {
    fn and(&self, other: &Self) -> Self {
        Self {
            complete: self.complete + other.complete,
            listed: self.listed + other.listed,
            ended: self.ended + other.ended,
            with_all_people: self.with_all_people + other.with_all_people,
        }
    }
}

struct World {
    dir: PathBuf,
    accounts: Vec<AccountId>,
    clean: Manifest,
    people: IdentityCenterFile,
    access: AccountAccessFile,
}

struct Bench {
    made: Vec<World>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new(root: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut bench = Self { made: Vec::new(), runtime };
        for n in 0..WORLDS {
            let dir = root.join(format!("world-{n}"));
            // few users: each costs three calls, and the fifth meets no fault that the first does not
            let spec =
                Spec { seed: n as u64 + 1, hub_users: 3 + n % 5, people: 2 + n % 7, ..Spec::new(4 + n % 3, 4 + n) };
            write(&spec, &dir).unwrap();
            add_entitlements(&dir, 3 + n);
            let emulator = bench.emulator(&dir, Schedule::default(), 100);
            let to = root.join(format!("clean-{n}"));
            let clean = bench.scan(&emulator, &to, AssignmentsBy::Account).unwrap();
            let snapshot = Snapshot::open(&to).unwrap();
            let people = snapshot.identity_center().cloned().unwrap();
            let access = snapshot.account_access().cloned().unwrap();
            assert!(clean.ledger.is_complete() && clean.gaps.is_empty(), "{:?}", clean.ledger.gaps());
            let accounts = clean.ledger.iter().map(|(id, _)| id).collect();
            bench.made.push(World { dir, accounts, clean, people, access });
        }
        bench
    }

    fn emulator(&self, dir: &Path, faults: Schedule, page_size: usize) -> Emulator {
        let options = EmulatorOptions { faults, page_size, ..EmulatorOptions::default() };
        Emulator::start(EmulatorData::from_directory(dir).unwrap(), options).unwrap()
    }

    fn scan(&self, emulator: &Emulator, to: &Path, by: AssignmentsBy) -> Result<Manifest, CollectError> {
        let (id, secret) = emulator.access_key();
        let mut options = CollectOptions::new("audit-readonly", to, "2026-11-20T12:00:00Z".parse().unwrap());
        options.endpoint = Some(emulator.endpoint());
        options.region = Some("eu-west-1".to_owned());
        options.concurrency = 4;
        // these are only read on request
        options.facets.add(Facet::AccountTags);
        options.facets.add(Facet::AccountAccess);
        options.people.assignments = by;
        options.credentials = Some(StaticCredentials {
            access_key_id: id.to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        });
        let tuning = &mut options.tuning;
        tuning.max_attempts = 10;
        tuning.initial_backoff = Duration::from_micros(100);
        tuning.max_backoff = Duration::from_millis(2);
        tuning.attempt_timeout = Duration::from_millis(700);
        tuning.report_wait = Duration::from_millis(40);
        tuning.report_poll = Duration::from_millis(1);
        tuning.grace = Duration::from_millis(200);
        tuning.quota_scale = 10_000.0;
        // the largest list has about forty pages; some faults send endless pages
        tuning.page_limit = 200;
        tuning.list_limit = 1 << 20;
        self.runtime.block_on(collect(&options, &Silent))
    }

    /// One schedule on one organization.
    fn run(&self, seed: u64, root: &Path) -> Tally {
        let draw = usize::try_from(seed).unwrap();
        let world = &self.made[draw % WORLDS];
        let World { dir, accounts, clean, .. } = world;
        let faults = Schedule::random(seed, accounts);
        let emulator = self.emulator(dir, faults.clone(), [3, 7, 100][draw / WORLDS % 3]);
        let to = root.join(format!("run-{seed}"));
        let ways = [AssignmentsBy::FewerCalls, AssignmentsBy::Account, AssignmentsBy::Principal];
        let result = self.scan(&emulator, &to, ways[draw / WORLDS % ways.len()]);
        drop(emulator);
        let (ledger, files, finished) = match (&result, Snapshot::open(&to)) {
            (Ok(manifest), Ok(snapshot)) => {
                // the returned manifest is the one on disk, and everything that it names can be read
                assert_eq!(snapshot.manifest(), Some(manifest), "seed {seed}");
                for id in snapshot.accounts() {
                    snapshot.with_account(id, |_| ()).unwrap_or_else(|error| unreachable!("seed {seed}: {error}"));
                }
                (manifest.ledger.clone(), manifest.files.clone(), true)
            }
            (Ok(_), Err(error)) => unreachable!("seed {seed}: {error}"),
            (Err(_), Ok(snapshot)) => {
                let manifest = snapshot.manifest().unwrap();
                assert!(manifest.finished.is_none(), "seed {seed}: failed and finished");
                (snapshot.ledger().clone(), manifest.files.clone(), false)
            }
            // nothing was read, and that was reported
            (Err(error), Err(_)) => {
                assert!(
                    matches!(error.diagnostic().code.exit().code(), 2 | 6),
                    "seed {seed}: {:?}",
                    error.diagnostic()
                );
                std::fs::remove_dir_all(&to).ok();
                return Tally { listed: accounts.len() as u64, ..Tally::default() };
            }
        };
        let view = ledger.view();
        assert_eq!(view.listed, view.complete + view.incomplete.len() + view.skipped.len(), "seed {seed}");
        if finished && result.is_ok() {
            for id in accounts {
                assert!(ledger.get(*id).is_some(), "seed {seed}: account {id} was lost in silence");
            }
        }
        for (id, state) in ledger.iter() {
            let name = format!("accounts/{id}.json");
            if *state == AccountState::Complete && files.get(&name) != clean.files.get(&name) {
                excused(seed, &to, id, &faults);
            }
        }
        let gaps = result.as_ref().map_or(&[][..], |manifest| &manifest.gaps);
        if result.is_ok() && gaps.iter().all(|gap| !matches!(gap.facet.owner(), Owner::Organization(_))) {
            let name = "organization.json";
            assert_eq!(files.get(name), clean.files.get(name), "seed {seed}: {:?}", faults.rules);
        }
        if let Ok(snapshot) = Snapshot::open(&to) {
            let gone = faults.rules.iter().any(|rule| says_people_are_gone(rule, world.management()));
            let excuses = |facet| Excuses { gap: result.is_err() || gaps.iter().any(|gap| gap.facet == facet), gone };
            let mut lost = lost(&world.people, snapshot.identity_center(), excuses(Facet::IdentityCenter));
            let access = snapshot.account_access();
            lost.extend(lost_of_access(&world.access, access, excuses(Facet::AccountAccess)));
            assert!(lost.is_empty(), "seed {seed}: {lost:#?}; rules {:#?}", faults.rules);
        }
        std::fs::remove_dir_all(&to).ok();
        let people = [Facet::IdentityCenter, Facet::AccountAccess];
        let all_people = gaps.iter().all(|gap| !people.contains(&gap.facet));
        Tally {
            complete: view.complete as u64,
            listed: view.listed as u64,
            ended: u64::from(result.is_ok()),
            with_all_people: u64::from(result.is_ok() && all_people),
        }
    }
}

impl World {
    fn management(&self) -> AccountId {
        self.people.instances[0].owner_account_id.unwrap()
    }
}

/// One application through which users enter roles.
fn add_entitlements(dir: &Path, count: usize) {
    let people: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("identity-center.json")).unwrap()).unwrap();
    let instance = &people["Instances"][0];
    let entitlement = |n: usize| {
        let users = instance["Users"].as_array().unwrap();
        json!({"EntitlementId": format!("e-{n:03}"), "PrincipalRole": {"RoleArn": "arn:aws:iam::111122223333:role/x",
            "Account": "111122223333", "UserId": users[n % users.len()]["UserId"]}})
    };
    let file = json!({"Applications": [{
        "ApplicationArn": "arn:aws:account-access:eu-west-1:111122223333:application/a/b", "Status": "ACTIVE",
        "InstanceArn": instance["InstanceArn"], "Region": "eu-west-1",
        "Entitlements": (0..count).map(entitlement).collect::<Vec<_>>(),
    }]});
    std::fs::write(dir.join("account-access.json"), file.to_string()).unwrap();
}

/// Answers that mean that something was deleted.
fn says_gone(rule: &Rule) -> bool {
    matches!(rule.fault, Fault::Refuse(404, "NoSuchEntity") | Fault::Refuse(400, "ResourceNotFoundException"))
}

/// Whether what is gone may be of people, whom the management account asks for.
fn says_people_are_gone(rule: &Rule, management: AccountId) -> bool {
    let of_people = |name: &&str| {
        rolehop::facet::operations().any(|(_, operation)| {
            operation.service.is_of_people() && (operation.name == *name || operation.action().starts_with(*name))
        })
    };
    let is_asked = rule.accounts.is_empty() || rule.accounts.contains(&management);
    says_gone(rule) && is_asked && rule.operations.iter().any(of_people)
}

/// A complete account may differ only if AWS itself said that something does not exist.
fn excused(seed: u64, to: &Path, id: AccountId, faults: &Schedule) {
    let rules = &faults.rules;
    assert!(
        rules.iter().any(says_gone),
        "seed {seed}: account {id} in {} is complete and differs; rules {rules:#?}",
        to.display()
    );
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn what_is_said_to_be_complete_is_complete() {
    let (schedules, seed) = (number("ROLEHOP_SCHEDULES", 500), number("ROLEHOP_SEED", 1));
    let root = tempfile::tempdir().unwrap();
    let bench = Bench::new(root.path());
    let next = AtomicU64::new(number("ROLEHOP_FIRST", 0));
    let totals: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut total = Tally::default();
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= schedules {
                            return total;
                        }
                        total = total.and(&bench.run(seed * 1_000_000_000 + n, root.path()));
                        if n % 1000 == 999 {
                            eprintln!("silent loss: {} schedules, none lost anything", n + 1);
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sum = totals.iter().fold(Tally::default(), |sum, part| sum.and(part));
    let Tally { complete, listed, ended, with_all_people } = sum;
    eprintln!(
        "silent loss: {schedules} schedules, {ended} ended with a ledger, {complete} of {listed} accounts complete, \
         {with_all_people} with all people, 0 lost"
    );
    // schedules that break everything, or nothing, would prove nothing
    let schedules = schedules - number("ROLEHOP_FIRST", 0);
    assert!(ended * 10 > schedules * 4, "only {ended} of {schedules} runs had a ledger to judge");
    assert!(with_all_people * 10 > ended * 3 && with_all_people * 20 < ended * 19, "{with_all_people} of {ended}");
    assert!(complete * 10 > listed * 3 && complete * 20 < listed * 19, "{complete} of {listed}");
}
