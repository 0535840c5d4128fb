//! What a collection costs: compared with the bound that latency and concurrency set, under throttling, beside an account that is
//! throttled without end, compared with AWS's own rates, and in memory.
//!
//! The real collector reads a generated organization from the emulator on the same machine. Run with `cargo bench --bench
//! collect`; `ROLEHOP_BENCH_ORGANIZATION=100` reads ten thousand accounts of a hundred roles instead, which takes about five minutes.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rolehop::collect::{CollectOptions, Progress, StaticCredentials, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Fault, Rule, Schedule};
use rolehop::facet::Facets;
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;

const LATENCY: Duration = Duration::from_millis(80);
/// The generator's scan role.
const ROLE: &str = "audit-readonly";
/// Data sets of Organizations, whose low rates have a benchmark of their own.
const OF_ORGANIZATION: [&str; 1] = ["organization"];

/// When each account ended.
struct Ends {
    start: Instant,
    ends: Mutex<Vec<(AccountId, Duration)>>,
}

impl Progress for Ends {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, id: AccountId, _: &str, _: &AccountState) {
        self.ends.lock().unwrap().push((id, self.start.elapsed()));
    }
    fn note(&self, _: &str) {}
}

fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name)
}

fn fresh(name: &str) -> PathBuf {
    let dir = at(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap();
    }
    dir
}

struct Scan {
    wall: Duration,
    calls: u64,
    discovery: u64,
    /// Calls to IAM in the account with the most of them.
    largest: u64,
    manifest: Manifest,
    ends: Vec<(AccountId, Duration)>,
    concurrency: usize,
}

fn scan(made: &Path, emulate: EmulatorOptions, change: impl FnOnce(&mut CollectOptions)) -> Scan {
    // a new emulator each time: an old one would already have the credential reports
    let emulator = Emulator::start(EmulatorData::lazy(made).unwrap(), emulate).unwrap();
    let mut options = CollectOptions::new(ROLE, fresh("scan"), "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.region = Some("eu-west-1".to_owned());
    let (id, secret) = emulator.access_key();
    let (access_key_id, secret_access_key) = (id.to_owned(), secret.to_owned());
    options.credentials = Some(StaticCredentials { access_key_id, secret_access_key, session_token: None });
    options.facets = Facets::default().without(OF_ORGANIZATION).unwrap();
    change(&mut options);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let progress = Ends { start: Instant::now(), ends: Mutex::default() };
    let manifest = runtime.block_on(collect(&options, &progress)).unwrap();
    let (wall, calls) = (progress.start.elapsed(), emulator.calls());
    let of = |name: &str| calls.get(name).copied().unwrap_or_default();
    let mut by_account: BTreeMap<AccountId, u64> = BTreeMap::new();
    for request in emulator.requests().iter().filter(|request| request.action.starts_with("iam:")) {
        request.account.into_iter().for_each(|account| *by_account.entry(account).or_default() += 1);
    }
    Scan {
        wall,
        largest: by_account.into_values().max().unwrap_or_default(),
        discovery: of("organizations:ListAccounts"),
        calls: calls.values().sum(),
        manifest,
        ends: progress.ends.into_inner().unwrap(),
        concurrency: options.concurrency,
    }
}

impl Scan {
    /// The shortest possible time: the list, page by page at AWS's rate of 8 a second after a burst of 12, then all other calls, as
    /// many at once as may be in flight; or, if that takes longer, the calls of the largest account, of which two may be in flight.
    fn bound(&self) -> f64 {
        let latency = LATENCY.as_secs_f64();
        let list = (self.discovery as f64 * latency).max((self.discovery as f64 - 12.0).max(0.0) / 8.0);
        let all = (self.calls - self.discovery) as f64 * latency / self.concurrency as f64;
        list + all.max(self.largest as f64 * latency / 2.0)
    }

    fn lost(&self) -> usize {
        self.manifest.ledger.view().incomplete.len()
    }
}

fn a_thousand_accounts() {
    let latency = || EmulatorOptions { latency: LATENCY, ..EmulatorOptions::default() };
    let tell = |what: &str, scan: &Scan| {
        let (wall, bound) = (scan.wall.as_secs_f64(), scan.bound());
        println!(
            "1,000 accounts at 80 ms, {what}: {} calls, {} in flight, {} of one account: {wall:.1} s, bound {bound:.1} s, \
             ratio {:.2} (goal 1.15), {} lost",
            scan.calls,
            scan.concurrency,
            scan.largest,
            wall / bound,
            scan.lost()
        );
    };
    // one account needs a thousand calls, two at once: a run that does not know that it is the largest begins it late
    let made = fresh("hub");
    write(&Spec::new(1000, 10), &made).unwrap();
    tell("400 users in one of them", &scan(&made, latency(), |_| {}));
    let sizes = Snapshot::open(&at("scan")).unwrap().sizes();
    tell("the same the next time", &scan(&made, latency(), |options| options.sizes = sizes));
    let made = fresh("thousand");
    write(&Spec { hub_users: 40, ..Spec::new(1000, 10) }, &made).unwrap();
    let clean = scan(&made, latency(), |_| {});
    tell("40 users in one of them", &clean);
    throttled(&made, &clean);
}

fn throttled(made: &Path, clean: &Scan) {
    let latency = || EmulatorOptions { latency: LATENCY, ..EmulatorOptions::default() };
    for (share, goal, more) in [(0.05, 1.3, 10), (0.2, 1.8, 35), (0.5, 3.5, 120)] {
        let faults = Schedule::throttling(7, share);
        let run = scan(made, EmulatorOptions { faults, ..latency() }, |_| {});
        let differs = |(name, digest): &(&String, &String)| clean.manifest.files.get(*name) != Some(*digest);
        let differing = run.manifest.files.iter().filter(differs).count();
        println!(
            "  {:.0} % throttled: {:.1} s, {:.2} times (goal {goal}), {:.0} % more requests (goal {more}), {} lost, {differing} \
             files differ",
            share * 100.0,
            run.wall.as_secs_f64(),
            run.wall.as_secs_f64() / clean.wall.as_secs_f64(),
            100.0 * (run.calls as f64 / clean.calls as f64 - 1.0),
            run.lost()
        );
    }
}

fn one_throttled_for_ever() {
    let made = fresh("five-hundred");
    write(&Spec::new(500, 10), &made).unwrap();
    let latency = || EmulatorOptions { latency: LATENCY, ..EmulatorOptions::default() };
    let clean = scan(&made, latency(), |_| {});
    let (victim, _) = clean.ends.first().copied().unwrap();
    let faults =
        Schedule::of(["iam:", "cloudtrail:"].map(|s| Rule::always(s, Fault::Refuse(400, "Throttling")).of(victim)));
    let run = scan(&made, EmulatorOptions { faults, ..latency() }, |_| {});
    let last = |scan: &Scan| scan.ends.iter().filter(|(id, _)| *id != victim).map(|(_, end)| *end).max().unwrap();
    println!(
        "one of 500 throttled for ever: the others end after {:.1} s instead of {:.1} s, {:.3} times (goal 1.05), {} of them lost; \
         the run itself {:.1} s",
        last(&run).as_secs_f64(),
        last(&clean).as_secs_f64(),
        last(&run).as_secs_f64() / last(&clean).as_secs_f64(),
        run.lost() - 1,
        run.wall.as_secs_f64()
    );
}

/// Discovery of the organization under AWS's rates. They are ten times as high on both sides, so that minutes become seconds.
fn discovery() {
    const SCALE: f64 = 10.0;
    let made = fresh("discovery");
    write(&Spec::new(2000, 4), &made).unwrap();
    let emulator = Emulator::start(
        EmulatorData::lazy(&made).unwrap(),
        EmulatorOptions { quotas: Some(SCALE), ..EmulatorOptions::default() },
    )
    .unwrap();
    let mut options = CollectOptions::new(ROLE, fresh("discovery-scan"), "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.region = Some("eu-west-1".to_owned());
    let (id, secret) = emulator.access_key();
    let (access_key_id, secret_access_key) = (id.to_owned(), secret.to_owned());
    options.credentials = Some(StaticCredentials { access_key_id, secret_access_key, session_token: None });
    options.facets = Facets::named(["core", "guardrails"]).unwrap();
    options.tuning.quota_scale = SCALE;
    options.scope = rolehop::collect::Scope::ThisAccount;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let progress = Ends { start: Instant::now(), ends: Mutex::default() };
    runtime.block_on(collect(&options, &progress)).unwrap();
    let wall = progress.start.elapsed().as_secs_f64();
    let (calls, requests) = (emulator.calls(), emulator.requests());
    let of = |name: &str| calls.get(&format!("organizations:{name}")).copied().unwrap_or_default() as f64;
    let at = |name: &str, rate: f64, burst: f64| (of(name) - burst * SCALE).max(0.0) / (rate * SCALE);
    // the list first, then the slower of the operations with quotas of their own
    let beside = at("ListTargetsForPolicy", 5.0, 8.0).max(at("DescribePolicy", 2.0, 2.0));
    let bound = at("ListAccounts", 8.0, 12.0) + at("ListPolicies", 5.0, 8.0) + beside;
    let throttled = requests.iter().filter(|request| request.status == 400).count();
    println!(
        "2,000 accounts with SCPs and RCPs under AWS's rates x {SCALE}: {wall:.1} s, bound {bound:.1} s, ratio {:.2} (goal 1.2), \
         {throttled} of {} calls throttled; at AWS's own rates {:.0} s",
        wall / bound,
        requests.len(),
        wall * SCALE
    );
}

fn ten_thousand_accounts(roles: usize) {
    let made = fresh("organization");
    write(&Spec::new(10_000, roles), &made).unwrap();
    let latency = Duration::from_millis(20);
    let emulator =
        Emulator::start(EmulatorData::lazy(&made).unwrap(), EmulatorOptions { latency, ..EmulatorOptions::default() })
            .unwrap();
    let (id, secret) = emulator.access_key();
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolehop"))
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL", emulator.endpoint())
        .args(["collect", "--no-config", "--role-name", ROLE, "--skip-facets", "account-tags", "--snapshot"])
        .arg(fresh("organization-scan"))
        .spawn()
        .unwrap();
    let mut peak = String::new();
    let status = loop {
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            peak = line.trim().to_owned();
        }
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    };
    let calls: u64 = emulator.calls().values().sum();
    println!(
        "10,000 accounts of {roles} roles: exit {:?}, {:.0} s, {calls} calls, peak memory {peak} (goal 512 MiB)",
        status.code(),
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    // this benchmark ignores criterion's arguments, and `cargo test` must not run it
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Ok(roles) = std::env::var("ROLEHOP_BENCH_ORGANIZATION") {
        ten_thousand_accounts(roles.parse().unwrap());
        return;
    }
    a_thousand_accounts();
    one_throttled_for_ever();
    discovery();
}
