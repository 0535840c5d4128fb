//! How long a scan takes where every call costs 80 ms, against the least that the calls themselves allow.
//!
//! The real collector reads 50 accounts from the emulator. The bound is the critical path if nothing but the latency cost
//! anything: discovery's calls one after the other, then the accounts in waves of the scan's concurrency, each wave as long as
//! the calls of an account that wait for each other. Run with `cargo bench --bench live`.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rolehop::collect::{CollectOptions, Progress, StaticCredentials, collect};
use rolehop::emulator::{Emulator, EmulatorOptions, World};
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::ledger::AccountState;

const ACCOUNTS: usize = 50;
const ROLES: usize = 40;
const LATENCY: Duration = Duration::from_millis(80);

/// The generator's scan role.
const ROLE: &str = "audit-readonly";

struct Silent;

impl Progress for Silent {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, _: &str) {}
}

fn fresh(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap();
    }
    dir
}

/// One scan: its time, and its calls by name.
struct Scan {
    wall: Duration,
    calls: BTreeMap<String, u64>,
    concurrency: usize,
}

fn scan(made: &Path) -> Scan {
    // a new emulator each time: in an old one the credential reports would be there already
    let options = EmulatorOptions { latency: LATENCY, ..EmulatorOptions::default() };
    let emulator = Emulator::start(World::from_directory(made).unwrap(), options).unwrap();
    let started = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut options = CollectOptions::new(ROLE, fresh("live-scan"), started);
    options.endpoint = Some(emulator.endpoint());
    let (id, secret) = emulator.access_key();
    let (access_key_id, secret_access_key) = (id.to_owned(), secret.to_owned());
    options.credentials = Some(StaticCredentials { access_key_id, secret_access_key, session_token: None });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let start = Instant::now();
    let manifest = runtime.block_on(collect(&options, &Silent)).unwrap();
    let wall = start.elapsed();
    assert_eq!(manifest.read_at.len(), ACCOUNTS, "an account that was not read costs no time");
    Scan { wall, calls: emulator.calls(), concurrency: options.concurrency }
}

impl Scan {
    fn count(&self, operations: &[&str]) -> u64 {
        operations.iter().filter_map(|operation| self.calls.get(*operation)).sum()
    }

    /// Calls that wait for each other before the first account is entered.
    fn discovery(&self) -> u64 {
        1 + self.count(&["organizations:DescribeOrganization", "organizations:ListAccounts"])
    }

    /// Calls of one account that wait for each other: into the account, then the longer of the two that run side by side.
    fn of_an_account(&self) -> u64 {
        let details = [
            "iam:GetAccountAuthorizationDetails",
            "iam:ListOpenIDConnectProviders",
            "iam:GetOpenIDConnectProvider",
            "iam:ListSAMLProviders",
            "iam:GetSAMLProvider",
        ];
        let facets = [
            "iam:GenerateCredentialReport",
            "iam:GetAccountSummary",
            "iam:ListVirtualMFADevices",
            "iam:GetAccountPasswordPolicy",
            "iam:ListAccountAliases",
            "iam:GetCredentialReport",
        ];
        // rounded down: the hub has more pages than the others, and a bound must not be too high
        2 + self.count(&details).max(self.count(&facets)) / ACCOUNTS as u64
    }

    /// Calls for the structure of the organisation that wait for each other; they run beside the accounts.
    fn structure(&self) -> u64 {
        let policies = self.count(&["organizations:ListPolicies"])
            + self.count(&["organizations:DescribePolicy"]).max(self.count(&["organizations:ListTargetsForPolicy"]));
        1 + policies.max(self.count(&["organizations:ListOrganizationalUnitsForParent"]))
    }

    fn bound(&self) -> Duration {
        let waves = ACCOUNTS.div_ceil(self.concurrency) as u64;
        LATENCY * u32::try_from(self.discovery() + waves * self.of_an_account()).unwrap()
    }
}

fn scan_fifty_accounts(criterion: &mut Criterion) {
    let made = fresh("live-made");
    write(&Spec::new(ACCOUNTS, ROLES), &made).unwrap();
    let mut scans = Vec::new();
    let mut group = criterion.benchmark_group("live");
    group.sample_size(10);
    group.bench_function(format!("{ACCOUNTS} accounts at {} ms a call", LATENCY.as_millis()), |bencher| {
        bencher.iter_custom(|times| {
            let run = |_| {
                let scan = scan(&made);
                let wall = scan.wall;
                scans.push(scan);
                wall
            };
            (0..times).map(run).sum()
        });
    });
    group.finish();
    scans.sort_by_key(|scan| scan.wall);
    let Some(scan) = scans.get(scans.len() / 2) else { return };
    let bound = scan.bound();
    println!(
        "live: {} calls, bound {:.2} s = {} discovery + {} waves x {} calls at {} ms (structure beside them: {} calls)",
        scan.calls.values().sum::<u64>(),
        bound.as_secs_f64(),
        scan.discovery(),
        ACCOUNTS.div_ceil(scan.concurrency),
        scan.of_an_account(),
        LATENCY.as_millis(),
        scan.structure(),
    );
    let ratio = scan.wall.as_secs_f64() / bound.as_secs_f64();
    println!(
        "live: measured {:.2} s (median of {}), measured / bound = {ratio:.2}",
        scan.wall.as_secs_f64(),
        scans.len()
    );
}

criterion_group!(benches, scan_fifty_accounts);
criterion_main!(benches);
