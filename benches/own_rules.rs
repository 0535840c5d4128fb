//! What rules of a user cost: `check` with twenty of them beside the built-in ones, as a ratio to `check` without, and each alone.
//!
//! The best of three runs counts. Run with `cargo bench --no-default-features --bench own_rules`; `ROLEHOP_BENCH_SIZE=ACCOUNTSxROLES`
//! chooses another organization than 1000x100.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::Targets;
use rolehop::model::Estate;
use rolehop::rules::{OwnRules, RuleSelection, check};
use rolehop::selection::TargetSpec;
use rolehop::snapshot::Snapshot;

/// The command's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `check` may take so many times as long.
const GOAL: f64 = 1.5;

const RUNS: usize = 3;

/// Kind of subject, and expression.
const RULES: [(&str, &str); 20] = [
    ("role", "!role.aws_made && !has(role.tags.owner)"),
    ("role", "role.name.startsWith('deploy') && role.age_days > 400"),
    ("role", "role.policies.exists(p, p == 'AdministratorAccess')"),
    ("role", "role.external && role.administrator"),
    ("role", "role.unused_days > 200 && !role.service_linked"),
    ("role", "account.ou.startsWith('/Workloads/Prod') && role.boundary == ''"),
    ("role", "role.trusted_services.exists(s, s == 'ec2.amazonaws.com') && role.writes"),
    ("role", "role.inline_policies.size() > 2"),
    ("role", "role.trusted_principals.exists(p, p == '*')"),
    ("role", "role.caller_ous.exists(ou, ou.startsWith('/Sandbox'))"),
    ("role", "account.tags.env == 'prod' && role.tags.team == ''"),
    ("role", "role.path == '/' && role.name.like('*-admin')"),
    ("role", "size(role.policies) > 8"),
    ("role", "role.trusted_accounts.size() > 3"),
    ("role", "role.reaches_targets.exists(t, t == 'prod') && !role.aws_made"),
    ("user", "user.active_keys > 0 && user.password"),
    ("user", "!user.mfa && user.password"),
    ("user", "user.groups.size() > 8"),
    ("user", "user.age_days > 1000 && user.active_keys > 1"),
    ("account", "!account.management && account.tags.owner == ''"),
];

fn rules(dir: &Path, chosen: &[(&str, &str)]) -> Arc<OwnRules> {
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).unwrap();
    for (at, (subject, when)) in chosen.iter().enumerate() {
        let text = format!(
            "view = 1\nid = \"own-{at:02}\"\ntitle = \"T\"\nseverity = \"low\"\nsubject = \"{subject}\"\nwhen = \"\"\"{when}\"\"\"\n"
        );
        fs::write(dir.join(format!("{at:02}.toml")), text).unwrap();
    }
    Arc::new(OwnRules::read(dir, |_| false).unwrap())
}

/// The quickest of some runs, and how many subjects the rules judged.
fn measured(estate: &Estate, selection: &RuleSelection) -> (Duration, usize) {
    let run = |_| {
        let graph = TrustGraph::new(estate);
        let start = Instant::now();
        let assessment = check(&graph, selection).unwrap();
        (start.elapsed(), assessment.rules.iter().map(|rule| rule.counts.judged).sum())
    };
    (0..RUNS).map(run).min().unwrap()
}

fn main() {
    let size = std::env::var("ROLEHOP_BENCH_SIZE").unwrap_or_else(|_| "1000x100".to_owned());
    let (accounts, roles) = size.split_once('x').unwrap();
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-rules");
    let _ = fs::remove_dir_all(&work);
    let spec = Spec::new(accounts.parse().unwrap(), roles.parse().unwrap());
    write(&spec, &work.join("snapshot")).unwrap();
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let estate = Estate::build(&Snapshot::open(&work.join("snapshot")).unwrap(), at).unwrap();

    let names = vec!["*prod*".to_owned()];
    let targets = Targets::from([("prod".to_owned(), TargetSpec { names, ..TargetSpec::default() })]);
    let (without, _) = measured(&estate, &RuleSelection::default());
    let own = rules(&work.join("rules"), &RULES);
    let (with, _) = measured(&estate, &RuleSelection { own, targets: targets.clone(), ..RuleSelection::default() });
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    let missed = if ratio > GOAL { "MISSED" } else { "" };
    println!("{size}: check {without:>10.1?}, with 20 rules {with:>10.1?}  {ratio:.2} x  goal {GOAL} x  {missed}");
    for one in &RULES {
        let own = rules(&work.join("rules"), std::slice::from_ref(one));
        let only = vec!["own-00".to_owned()];
        let (alone, judged) =
            measured(&estate, &RuleSelection { only, own, targets: targets.clone(), ..RuleSelection::default() });
        let each = alone.as_secs_f64() * 1e6 / judged.max(1) as f64;
        println!("  {each:>8.2} µs a subject  {:<8} {}", one.0, one.1);
    }
    fs::remove_dir_all(&work).unwrap();
}
