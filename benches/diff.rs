//! What a comparison costs: `diff` of two snapshots as a ratio to one `who-can`, from the start of the process to the answer in a file.
//!
//! Trust policies that asked for an external id ask for a session name instead. The best of three runs counts. Run with `cargo bench --no-default-features --bench diff`;
//! `ROLEHOP_BENCH_SIZE=ACCOUNTSxROLES` chooses another organization than 1000x100: 50x20 is quick.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rolehop::generate::{Spec, write};

/// The ways to a target may take so many times as long as one `who-can`: two snapshots are read.
const GOAL: f64 = 2.5;

const RUNS: usize = 3;

/// The quickest of some runs.
fn measured(arguments: &[&str]) -> Duration {
    let run = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
        command.args(arguments).args(["--no-config", "-q"]);
        let start = Instant::now();
        let ended = command.output().unwrap();
        assert!(matches!(ended.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&ended.stderr));
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap()
}

/// In every account file, conditions on external ids become conditions on names of sessions.
fn change(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("accounts")).unwrap();
    // without a manifest: its digests are those of the files before
    fs::copy(from.join("organization.json"), to.join("organization.json")).unwrap();
    for entry in fs::read_dir(from.join("accounts")).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap().replace("sts:ExternalId", "sts:RoleSessionName");
        fs::write(to.join("accounts").join(file.file_name().unwrap()), text).unwrap();
    }
}

fn main() {
    let size = std::env::var("ROLEHOP_BENCH_SIZE").unwrap_or_else(|_| "1000x100".to_owned());
    let (accounts, roles) = size.split_once('x').unwrap();
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff");
    let _ = fs::remove_dir_all(&work);
    let (old, new, out) = (work.join("old"), work.join("new"), work.join("out"));
    fs::create_dir_all(&work).unwrap();
    write(&Spec::new(accounts.parse().unwrap(), roles.parse().unwrap()), &old).unwrap();
    change(&old, &new);
    let [old, new, out] = [&old, &new, &out].map(|path| path.to_str().unwrap());
    let target = "ou:/Workloads/Prod";
    let one = measured(&["who-can", target, "--snapshot", new, "-o", out]);
    println!("{size}: who-can                {:>7.2} s", one.as_secs_f64());
    let cases: &[(&str, &[&str], Option<f64>)] = &[
        ("diff, ways, no change", &["diff", old, old, "--target", target, "--only", "paths"], Some(GOAL)),
        ("diff, ways", &["diff", old, new, "--target", target, "--only", "paths"], Some(GOAL)),
        (
            "diff, but findings",
            &["diff", old, new, "--target", target, "--only", "paths,principals,trusts,guardrails,accounts"],
            None,
        ),
        ("diff, everything", &["diff", old, new, "--target", target], None),
    ];
    for (name, arguments, goal) in cases {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["-o", out]).collect();
        let took = measured(&arguments);
        let ratio = took.as_secs_f64() / one.as_secs_f64();
        let judged = goal.map_or(String::new(), |goal| {
            format!("    goal {goal:.1} x{}", if ratio > goal { "     MISSED" } else { "" })
        });
        println!("{size}: {name:<22} {:>7.2} s {ratio:>6.2} x who-can{judged}", took.as_secs_f64());
    }
    let _ = fs::remove_dir_all(&work);
}
