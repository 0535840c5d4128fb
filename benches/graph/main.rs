//! How long questions take, as ratios to parsing the same bytes in the same run, beside the bound that each must keep.
//!
//! `cargo bench --bench graph` is quick; `ROLEHOP_BENCH=full` adds organizations of a hundred thousand and a million roles.
//! `README.md` beside this folder explains every line.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench without its data or command has nothing to say"
)]

mod cases;
mod command;
mod goal;
mod large;
mod parse;
mod sessions;
mod snapshot;
mod worst;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use command::Ask;
use goal::{Goals, seconds};

/// A place for what this bench writes.
fn work(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name)
}

/// The same, without what an earlier run left.
fn fresh(name: &str) -> PathBuf {
    let dir = work(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap();
    }
    dir
}

/// True for the long run: `ROLEHOP_BENCH=full`.
fn full() -> bool {
    std::env::var("ROLEHOP_BENCH").is_ok_and(|value| value == "full")
}

/// After which a run is stopped: `ROLEHOP_BENCH_LIMIT` seconds.
fn limit() -> Duration {
    let given = std::env::var("ROLEHOP_BENCH_LIMIT").ok().and_then(|value| value.parse().ok());
    Duration::from_secs(given.unwrap_or(if full() { 300 } else { 4 }))
}

/// What every command pays before it does anything.
fn help(goals: &mut Goals) {
    const MOST: Duration = Duration::from_millis(20);
    let ask = Ask { arguments: &["--help"], snapshot: Path::new("."), threads: None, limit: limit() };
    let wall = ask.run("help").map_or(ask.limit, |run| run.wall);
    goals.judged("--help", &seconds(wall), &format!("goal {}", seconds(MOST)), wall <= MOST);
}

fn main() {
    // `cargo test` builds benches and runs them without this
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let parts: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| *name == part);
    fs::create_dir_all(work("")).unwrap();
    let mut goals = Goals::default();
    if wanted("help") {
        help(&mut goals);
    }
    if wanted("sessions") {
        sessions::run(&mut goals);
    }
    if wanted("worst") {
        worst::run(&mut goals);
    }
    if full() && wanted("large") {
        large::run(&mut goals);
    }
    goals.sum();
}
