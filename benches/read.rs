//! How long a snapshot takes to become an estate, and how much memory, as ratios to parsing the same bytes.
//!
//! The baseline is serde_json reading each account file into `AccountFile`, file by file, on the same threads. Each figure is the
//! best of three runs, each in a process of its own, so that its peak memory is its own. Run with
//! `cargo bench --no-default-features --bench read`; `ROLEHOP_BENCH_MILLION=1` adds a million roles (1.4 GB under `target/tmp`,
//! removed afterwards).
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data or command has nothing to say")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rayon::prelude::*;
use rolehop::generate::{Spec, write};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::account::AccountFile;

/// The command's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Accounts, roles in each, and whether only a long run reads them.
const SIZES: [(usize, usize, bool); 3] = [(100, 100, false), (1_000, 100, false), (10_000, 100, true)];

const RUNS: usize = 3;

/// Names the work of a process that measures: `parse` or `estate`.
const WORK: &str = "ROLEHOP_BENCH_READ";
const DIRECTORY: &str = "ROLEHOP_BENCH_READ_DIRECTORY";

const GOAL_TIME: f64 = 1.0;
const GOAL_MEMORY: u64 = 600 << 20;

/// What a run took.
#[derive(Clone, Copy)]
struct Figures {
    time: Duration,
    /// Time on all cores together, which other work on the machine disturbs less; zero if the system does not report it.
    cores: Duration,
    /// Peak memory in bytes; zero if the system does not report it.
    peak: u64,
}

fn parse(dir: &Path) -> usize {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir.join("accounts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let roles = |path: &PathBuf| {
        let text = fs::read(path).unwrap();
        let file: AccountFile<'_> = serde_json::from_slice(&text).unwrap();
        black_box(&file).role_detail_list.as_ref().map_or(0, Vec::len)
    };
    paths.par_iter().map(roles).sum()
}

fn estate(dir: &Path) -> usize {
    let snapshot = Snapshot::open(dir).unwrap();
    let estate = Estate::build(&snapshot, Timestamp::UNIX_EPOCH).unwrap();
    let roles = estate.roles().count();
    // a command ends without returning its memory piece by piece
    std::mem::forget(estate);
    roles
}

/// Measures one kind of work in this process and prints nanoseconds, milliseconds of all cores, peak and roles.
fn measure(work: &str) {
    let dir = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    rayon::broadcast(|_| ());
    let start = Instant::now();
    let roles = if work == "parse" { parse(&dir) } else { estate(&dir) };
    let time = start.elapsed().as_nanos();
    println!("{time} {} {} {roles}", core_time().unwrap_or_default(), peak_memory().unwrap_or_default());
}

/// Milliseconds that this process took of all cores: Linux counts hundredths of a second.
fn core_time() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = status.rsplit_once(')')?;
    Some(fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// The high-water mark of this process.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn run(work: &str, dir: &Path, threads: usize, roles: usize) -> Figures {
    let one = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(WORK, work).env(DIRECTORY, dir).env("RAYON_NUM_THREADS", threads.to_string());
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let figures: Vec<u64> = output.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
        let [nanoseconds, cores, peak, found] = figures.try_into().unwrap();
        assert_eq!(found, roles as u64, "{work} of {}", dir.display());
        Figures { time: Duration::from_nanos(nanoseconds), cores: Duration::from_millis(cores), peak }
    };
    (0..RUNS).map(|_| one()).min_by_key(|figures| figures.time).unwrap()
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn report(accounts: usize, roles: usize, dir: &Path) {
    let size = format!("{accounts}x{roles}");
    let all = accounts * roles;
    let mut of_one_thread = None;
    for threads in [1, 2] {
        let base = run("parse", dir, threads, all);
        let own = run("estate", dir, threads, all);
        let ratio = own.time.as_secs_f64() / base.time.as_secs_f64();
        println!(
            "{size}, {threads} thread(s): estate in {:.1} ms, {ratio:.2} times the {:.1} ms of parsing; goal {GOAL_TIME} {}",
            own.time.as_secs_f64() * 1e3,
            base.time.as_secs_f64() * 1e3,
            verdict(ratio <= GOAL_TIME),
        );
        println!(
            "{size}, {threads} thread(s): {:.2} s of all cores, {:.2} times the {:.2} s of parsing",
            own.cores.as_secs_f64(),
            own.cores.as_secs_f64() / base.cores.as_secs_f64(),
            base.cores.as_secs_f64(),
        );
        println!(
            "{size}, {threads} thread(s): peak memory {} MiB, {} bytes a role; goal {} MiB {}",
            own.peak >> 20,
            own.peak / all as u64,
            GOAL_MEMORY >> 20,
            verdict(own.peak <= GOAL_MEMORY),
        );
        let one = *of_one_thread.get_or_insert(own.time);
        if threads > 1 {
            let gain = one.as_secs_f64() / own.time.as_secs_f64();
            println!("{size}: {threads} threads are {gain:.2} times one; goal 1.7 {}", verdict(gain >= 1.7));
        }
    }
}

fn main() {
    if let Ok(work) = std::env::var(WORK) {
        measure(&work);
        return;
    }
    let long = std::env::var_os("ROLEHOP_BENCH_MILLION").is_some_and(|value| value == "1");
    for (accounts, roles, is_long) in SIZES {
        if is_long && !long {
            println!("{accounts}x{roles}: left out; ROLEHOP_BENCH_MILLION=1 includes it");
            continue;
        }
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("read").join(format!("{accounts}x{roles}"));
        if dir.exists() {
            fs::remove_dir_all(&dir).unwrap();
        }
        write(&Spec::new(accounts, roles), &dir).unwrap();
        report(accounts, roles, &dir);
        fs::remove_dir_all(&dir).unwrap();
    }
}
