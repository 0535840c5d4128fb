//! What a plan of groups costs: `plan groups` as a ratio to `export edges` of the same snapshot, which reads it and decides every edge once.
//!
//! Two organizations of accounts with five jobs each. In the one, users are in teams that work in some accounts, and a few have needs of
//! their own; in the other, needs are random, so that nothing is alike. Run with `cargo bench --no-default-features --bench plan_groups`;
//! `ROLEHOP_BENCH_SIZE=USERSxACCOUNTS` chooses another size than 5000x1000: 300x60 is quick.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::unwrap_used, reason = "a bench without its data has nothing to say")]
#![expect(clippy::indexing_slicing, reason = "a bench without its data has nothing to say")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const JOBS: [&str; 5] = ["admin", "audit", "billing", "deploy", "network"];
const HUB: &str = "250000000000";
/// Seconds that a plan may take.
const GOAL: f64 = 10.0;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}

fn id(account: usize) -> String {
    format!("{}", 250_000_000_001_u64 + account as u64)
}

fn snapshot(dir: &Path, users: usize, accounts: usize) {
    fs::create_dir_all(dir.join("accounts")).unwrap();
    let ids = std::iter::once(HUB.to_owned()).chain((0..accounts).map(id));
    let listed: Vec<Value> = ids
        .map(|id| json!({"Id": id, "Name": format!("account-{id}"), "State": "ACTIVE", "ParentId": "r-1"}))
        .collect();
    let organization = json!({"Organization": {"Id": "o-1", "MasterAccountId": HUB, "FeatureSet": "CONSOLIDATED_BILLING"},
        "Roots": [{"Id": "r-1", "Name": "Root"}], "OrganizationalUnits": [], "Accounts": listed, "Policies": []});
    fs::write(dir.join("organization.json"), organization.to_string()).unwrap();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": format!("arn:aws:iam::{HUB}:root")}, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    for account in 0..accounts {
        let id = id(account);
        let role = |job: &&str| {
            json!({"RoleName": job, "Path": "/", "RoleId": format!("AROA{id}{job}"), "Arn": format!("arn:aws:iam::{id}:role/{job}"),
                "AssumeRolePolicyDocument": trust, "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": []})
        };
        let roles: Vec<Value> = JOBS.iter().map(role).collect();
        let file = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
        fs::write(dir.join(format!("accounts/{id}.json")), file.to_string()).unwrap();
    }
    let user = |at: usize| {
        json!({"UserName": format!("user-{at}"), "Path": "/", "Arn": format!("arn:aws:iam::{HUB}:user/user-{at}"),
            "UserId": format!("AIDA{at}"), "GroupList": [], "UserPolicyList": [], "AttachedManagedPolicies": []})
    };
    let all: Vec<Value> = (0..users).map(user).collect();
    let file = json!({"UserDetailList": all, "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
        "AccountSummary": {"GroupsQuota": 100_000, "PoliciesQuota": 100_000, "GroupsPerUserQuota": 10}});
    fs::write(dir.join(format!("accounts/{HUB}.json")), file.to_string()).unwrap();
}

/// A hundred teams, each with a job in some accounts; users are in up to three of them, and one in fifty needs something else besides.
fn of_teams(users: usize, accounts: usize) -> String {
    let mut random = Random(1);
    let teams: Vec<(usize, BTreeSet<usize>)> = (0..100)
        .map(|at| (at % JOBS.len(), (0..3 + random.below(accounts / 10 + 1)).map(|_| random.below(accounts)).collect()))
        .collect();
    let mut csv = "user,role\n".to_owned();
    for user in 0..users {
        for _ in 0..=random.below(3) {
            let (job, of_team) = &teams[random.below(teams.len())];
            of_team.iter().for_each(|account| line(&mut csv, user, *account, *job));
        }
        if random.below(50) == 0 {
            line(&mut csv, user, random.below(accounts), random.below(JOBS.len()));
        }
    }
    csv
}

fn scattered(users: usize, accounts: usize) -> String {
    let mut random = Random(2);
    let mut csv = "user,role\n".to_owned();
    for user in 0..users {
        (0..=random.below(60)).for_each(|_| line(&mut csv, user, random.below(accounts), random.below(JOBS.len())));
    }
    csv
}

fn line(csv: &mut String, user: usize, account: usize, job: usize) {
    writeln!(csv, "user-{user},arn:aws:iam::{}:role/{}", id(account), JOBS[job]).unwrap();
}

fn measured(arguments: &[&str]) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
    command.args(arguments).args(["--no-config", "-q"]);
    let start = Instant::now();
    let ended = command.output().unwrap();
    assert!(matches!(ended.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&ended.stderr));
    start.elapsed()
}

fn main() {
    let size = std::env::var("ROLEHOP_BENCH_SIZE").unwrap_or_else(|_| "5000x1000".to_owned());
    let (users, accounts) = size.split_once('x').unwrap();
    let (users, accounts) = (users.parse().unwrap(), accounts.parse().unwrap());
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan-groups");
    let _ = fs::remove_dir_all(&work);
    let (dir, file, out) = (work.join("snapshot"), work.join("needs.csv"), work.join("out"));
    snapshot(&dir, users, accounts);
    let [dir, file_name, out_name] = [&dir, &file, &out].map(|path| path.to_str().unwrap());
    let once = measured(&["export", "edges", "--snapshot", dir, "-o", out_name]);
    println!("{size}: export edges        {:>7.2} s", once.as_secs_f64());
    for (name, csv) in [("teams", of_teams(users, accounts)), ("scattered", scattered(users, accounts))] {
        fs::write(&file, csv).unwrap();
        let took = measured(&["plan", "groups", file_name, "--snapshot", dir, "--json", "-o", out_name]);
        let answer: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        let account = &answer["accounts"][0];
        let groups = account["groups"].as_array().unwrap().len();
        let missed = if took.as_secs_f64() > GOAL { "     MISSED" } else { "" };
        println!(
            "{size}: plan, {name:<12}  {:>7.2} s {:>6.2} x export    goal {GOAL:.0} s{missed}; {} pairs, {} needs, {groups} groups, at least {}, exact {}",
            took.as_secs_f64(),
            took.as_secs_f64() / once.as_secs_f64(),
            answer["pairs"],
            account["needs"],
            account["at_least"],
            answer["exact"],
        );
    }
    let _ = fs::remove_dir_all(&work);
}
