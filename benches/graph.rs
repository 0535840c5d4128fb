//! How long questions take, as ratios to parsing the same bytes.
//!
//! The command is run as people run it: start of the process, snapshot from disk, answer written. The baseline is
//! serde_json reading the same account files from memory into `AccountFile`, on all cores: with that parser, no answer can be
//! faster. Run with `cargo bench --bench graph`, or with `--no-default-features` to avoid building the AWS SDK;
//! `ROLEHOP_BENCH_MILLION=1` adds a million roles (1.4 GB under `target/tmp`, removed afterwards).
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench without its data or command has nothing to say"
)]

use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rayon::prelude::*;
use rolehop::generate::{Spec, write};
use rolehop::snapshot::account::AccountFile;
use serde_json::{Value, json};

/// Accounts, roles in each, and the time limit for exporting every edge.
const SIZES: [(usize, usize, Duration); 2] =
    [(20, 50, Duration::from_millis(200)), (100, 100, Duration::from_millis(1000))];

const MILLION: (usize, usize) = (10_000, 100);
const MILLION_TIME: Duration = Duration::from_secs(15);
const MILLION_MEMORY: u64 = 3 << 30;

const CONFIG: &str = "[targets.prod]\nou = [\"/Workloads/Prod\"]\n";

fn work(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name)
}

/// A new organization; what an earlier run left is removed.
fn organization(accounts: usize, roles: usize) -> (PathBuf, u64) {
    let dir = work(&format!("{accounts}x{roles}"));
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap();
    }
    let written = write(&Spec::new(accounts, roles), &dir).unwrap();
    (dir, written.bytes)
}

fn account_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("accounts")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn parse_all(texts: &[Vec<u8>]) -> usize {
    let roles = |text: &Vec<u8>| {
        let file: AccountFile<'_> = serde_json::from_slice(text).unwrap();
        black_box(&file).role_detail_list.as_ref().map_or(0, Vec::len)
    };
    texts.par_iter().map(roles).sum()
}

/// The cost of one run of the command.
struct Run {
    wall: Duration,
    /// Peak memory in bytes, if the system reports it (Linux).
    peak: Option<u64>,
    output: PathBuf,
}

fn rolehop(arguments: &[&str], snapshot: &Path, output: &str) -> Run {
    let output = work(output);
    let errors = output.with_extension("err");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
    command.args(arguments).arg("--snapshot").arg(snapshot).current_dir(work("."));
    command.stdin(Stdio::null()).stdout(File::create(&output).unwrap()).stderr(File::create(&errors).unwrap());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut peak, mut pause) = (None, Duration::from_micros(200));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak_memory(child.id()).or(peak);
        // a short pause times short runs precisely; a longer one does not disturb long runs
        sleep(pause);
        pause = (pause + pause / 16).min(Duration::from_millis(10));
    };
    let wall = start.elapsed();
    assert!(status.success(), "{arguments:?} ended with {status}: {}", fs::read_to_string(&errors).unwrap_or_default());
    Run { wall, peak, output }
}

/// The high-water mark of a running process. It only grows, so the last value is the peak except for the final moments.
fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

fn export_every_edge(criterion: &mut Criterion) {
    for (accounts, roles, goal) in SIZES {
        let (dir, bytes) = organization(accounts, roles);
        let texts: Vec<Vec<u8>> = account_files(&dir).iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(parse_all(&texts), accounts * roles);
        let name = format!("{accounts}x{roles}");
        let (mut parses, mut exports) = (Vec::new(), Vec::new());

        let mut group = criterion.benchmark_group("edges");
        group.sample_size(10).throughput(criterion::Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("parse", &name), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| timed(&mut parses, || parse_all(&texts))).sum());
        });
        let mut edges = 0;
        group.bench_function(BenchmarkId::new("export", &name), |bencher| {
            bencher.iter_custom(|times| {
                let run = |_| {
                    let run = rolehop(&["export", "edges", "--format", "csv"], &dir, "edges.csv");
                    edges = fs::read_to_string(&run.output).unwrap().lines().count().saturating_sub(1);
                    exports.push(run.wall);
                    run.wall
                };
                (0..times).map(run).sum()
            });
        });
        group.finish();

        assert!(edges > accounts * roles, "{name}: only {edges} edges, the command cannot have worked");
        let (parse, export) = (median(&mut parses), median(&mut exports));
        println!(
            "{name}: {edges} edges exported in {:.1} ms, {:.1} times the {:.2} ms of parsing {bytes} bytes; goal {} ms {}",
            export.as_secs_f64() * 1e3,
            export.as_secs_f64() / parse.as_secs_f64(),
            parse.as_secs_f64() * 1e3,
            goal.as_millis(),
            verdict(export <= goal),
        );
    }
}

fn timed(times: &mut Vec<Duration>, work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    let time = start.elapsed();
    times.push(time);
    time
}

/// One run per figure: statistics over runs of minutes say no more than three runs by hand.
fn who_can_in_a_million_roles(_: &mut Criterion) {
    if std::env::var_os("ROLEHOP_BENCH_MILLION").is_none_or(|value| value != "1") {
        println!("10000x100: left out; ROLEHOP_BENCH_MILLION=1 includes it");
        return;
    }
    let (accounts, roles) = MILLION;
    let start = Instant::now();
    let (dir, bytes) = organization(accounts, roles);
    println!("{accounts}x{roles}: {bytes} bytes written in {:.1} s", start.elapsed().as_secs_f64());
    let config = work("rolehop.toml");
    fs::write(&config, CONFIG).unwrap();

    let start = Instant::now();
    // file by file, because no program would hold all of it in memory; reading is part of this baseline
    let parsed: usize = account_files(&dir).par_iter().map(|path| parse_all(&[fs::read(path).unwrap()])).sum();
    let parse = start.elapsed();
    assert_eq!(parsed, accounts * roles);

    let config = config.display().to_string();
    let run = rolehop(&["who-can", "prod", "--config", &config, "--format", "json"], &dir, "who-can.json");
    println!(
        "{accounts}x{roles}: who-can prod in {:.2} s, {:.1} times the {:.2} s of reading and parsing; goal {} s {}",
        run.wall.as_secs_f64(),
        run.wall.as_secs_f64() / parse.as_secs_f64(),
        parse.as_secs_f64(),
        MILLION_TIME.as_secs(),
        verdict(run.wall <= MILLION_TIME),
    );
    match run.peak {
        Some(peak) => println!(
            "{accounts}x{roles}: peak memory {} MiB; goal {} MiB {}",
            mebibytes(peak),
            mebibytes(MILLION_MEMORY),
            verdict(peak <= MILLION_MEMORY),
        ),
        None => println!("{accounts}x{roles}: peak memory unknown on this system"),
    }
    println!("{accounts}x{roles}: the answer has {} MiB", mebibytes(fs::metadata(&run.output).unwrap().len()));
    fs::remove_dir_all(dir).unwrap();
}

/// Policies that read keys of a session that a service created: such a role has other sessions at the start of a path than within one,
/// and `who-can` must not search it target by target. As a ratio to the same organization without these policies.
fn who_can_where_sessions_of_services_count(_: &mut Criterion) {
    let (accounts, roles, _) = SIZES[1];
    let (dir, _) = organization(accounts, roles);
    let ask = || {
        let run = |_| rolehop(&["who-can", "ou:/Workloads/Prod", "--format", "json"], &dir, "who-can.json").wall;
        median(&mut (0..5).map(run).collect::<Vec<_>>())
    };
    let plain = ask();
    let mut changed = 0;
    for path in account_files(&dir) {
        let mut account: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for role in account["RoleDetailList"].as_array_mut().unwrap() {
            if changed < 20 && role["AssumeRolePolicyDocument"].to_string().contains("ec2.amazonaws.com") {
                let allow = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
                    "Condition": {"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/*"}}});
                let document = json!({"Version": "2012-10-17", "Statement": [allow]});
                let policies = role["RolePolicyList"].as_array_mut().unwrap();
                policies.push(json!({"PolicyName": "from-instances", "PolicyDocument": document}));
                changed += 1;
            }
        }
        fs::write(&path, account.to_string()).unwrap();
    }
    assert_eq!(changed, 20, "too few roles of instances");
    let ratio = ask().as_secs_f64() / plain.as_secs_f64();
    println!(
        "{accounts}x{roles}: who-can with 20 roles that read their instance takes {ratio:.1} times as long; goal 3 {}",
        verdict(ratio <= 3.0)
    );
}

criterion_group!(benches, export_every_edge, who_can_where_sessions_of_services_count, who_can_in_a_million_roles);
criterion_main!(benches);
