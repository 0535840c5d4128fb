//! What ways to escalate cost: every edge of an organization with them, as a ratio to every edge without. In each account three climb:
//! one may change the trust of every role, one pass every role to functions, one make keys for every user.
//!
//! The best of three runs counts. Run with `cargo bench --no-default-features --bench escalation`; `ROLEHOP_BENCH_SIZE=ACCOUNTSxROLES`
//! chooses another organization than 300x100.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

/// The command's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Edges with ways to escalate may take so many times as long.
const GOAL: f64 = 2.0;

const RUNS: usize = 3;

/// What the climbers of an account may do.
const CLIMBERS: [(&str, &[&str]); 3] = [
    ("climber-trust", &["iam:UpdateAssumeRolePolicy"]),
    ("climber-function", &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
    ("climber-key", &["iam:CreateAccessKey"]),
];

/// Adds the climbers to the file of an account.
fn add_climbers(file: &Path) {
    let mut account: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let id = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let roles = account.get_mut("RoleDetailList").and_then(Value::as_array_mut).unwrap();
    for (name, actions) in CLIMBERS {
        let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
        let own = document(json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
        roles.push(json!({
            "Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": format!("arn:aws:iam::{id}:role/{name}"),
            "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": document(json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})),
            "InstanceProfileList": [], "RolePolicyList": [{"PolicyName": "climb", "PolicyDocument": own}],
            "AttachedManagedPolicies": [], "Tags": []
        }));
    }
    fs::write(file, account.to_string()).unwrap();
}

/// The quickest of some runs, and how many edges there are.
fn measured(estate: &Estate, escalates: bool) -> (Duration, usize) {
    let run = |_| {
        let graph = TrustGraph::new(estate);
        let graph = if escalates { graph.with_escalations() } else { graph };
        let start = Instant::now();
        let edges = graph.all().iter().map(Vec::len).sum();
        (start.elapsed(), edges)
    };
    (0..RUNS).map(run).min().unwrap()
}

fn main() {
    let size = std::env::var("ROLEHOP_BENCH_SIZE").unwrap_or_else(|_| "300x100".to_owned());
    let (accounts, roles) = size.split_once('x').unwrap();
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("escalation");
    let _ = fs::remove_dir_all(&work);
    write(&Spec::new(accounts.parse().unwrap(), roles.parse().unwrap()), &work).unwrap();
    fs::read_dir(work.join("accounts")).unwrap().for_each(|file| add_climbers(&file.unwrap().path()));
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let estate = Estate::build(&Snapshot::open(&work).unwrap(), at).unwrap();
    let (without, assumed) = measured(&estate, false);
    let (with, all) = measured(&estate, true);
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    let missed = if ratio > GOAL { "MISSED" } else { "" };
    println!(
        "{size}: {assumed} edges {without:>10.1?}, {all} with ways to escalate {with:>10.1?}  {ratio:.2} x  goal {GOAL} x  {missed}"
    );
    fs::remove_dir_all(&work).unwrap();
}
