//! A hundred thousand and a million roles: time and memory of each question, how both grow, and what a second thread is worth.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rolehop::graph::saved::FILE;
use serde_json::Value;

use crate::command::{Ask, Cost};
use crate::goal::{Bound, Goals, mebibytes, ratio, seconds};
use crate::limit;
use crate::parse::Parse;
use crate::sessions::{CHECK, Size, WHO_CAN, asked, linear, organization, same_bytes};

const SMALL: Size = (100, 100, 200);
const MIDDLE: Size = (1_000, 100, 2_000);
const LARGE: Size = (10_000, 100, 5_000);

/// What people read; the same search as for JSON.
const TABLE: [&str; 4] = ["who-can", "ou:/Workloads/Prod", "--format", "table"];

const GIBIBYTE: u64 = 1 << 30;

/// What is asked of a size, each with its bound.
struct Bounds {
    who_can: f64,
    check: f64,
    path: f64,
    /// Peak memory of `who-can` and of `check`.
    memory: Option<(u64, u64)>,
}

struct Measured {
    parse: Parse,
    who_can: Cost,
    check: Cost,
}

/// All sizes. The files are removed afterwards: the largest has 1.4 GB.
pub(crate) fn run(goals: &mut Goals) {
    println!("\nlarge: S 100x100 with 200 users, M 1,000x100 with 2,000, L 10,000x100 with 5,000");
    let usual = || Bounds { who_can: 3.0, check: 4.0, path: 2.0, memory: None };
    let small = one("S", SMALL, &usual(), goals);
    let middle = one("M", MIDDLE, &usual(), goals);
    let most = Bounds { who_can: 2.0, check: 3.0, path: 1.2, memory: Some((GIBIBYTE, GIBIBYTE * 3 / 2)) };
    let large = one("L", LARGE, &most, goals);
    for (what, small, large) in [("S to M", &small, &middle), ("M to L", &middle, &large)] {
        let name = |question: &str| format!("{what}: {question}");
        for (question, small_run, large_run) in
            [("who-can", &small.who_can, &large.who_can), ("check", &small.check, &large.check)]
        {
            let most = linear(&small.parse, small_run, &large.parse, large_run);
            goals.growth(&name(question), small_run, large_run, most);
            goals.memory_growth(&name(&format!("memory of {question}")), small_run, large_run, most);
        }
    }
}

fn one(name: &str, size: Size, bounds: &Bounds, goals: &mut Goals) -> Measured {
    let start = Instant::now();
    let dir = organization(size);
    println!("{name}: written in {}", seconds(start.elapsed()));
    let parse = Parse::of(&dir, None);
    assert_eq!(parse.roles, size.0 * size.1);
    let of = |what: &str| format!("{name}: {what}");
    let who_can = asked(&of("who-can, table"), &dir, &TABLE, &parse, Bound::Parse(bounds.who_can), goals);
    goals.memory(&of("memory of who-can"), &who_can, bounds.memory.map(|(most, _)| most));
    // it names every principal with every role, two gigabytes of names in L: its time says how fast they are written
    if let Ok(run) = asked(&of("who-can, JSON"), &dir, &WHO_CAN, &parse, Bound::None, goals) {
        println!("{name}: that answer has {}", mebibytes(run.written));
        fs::remove_file(run.output).unwrap();
    }
    let check = asked(&of("check"), &dir, &CHECK, &parse, Bound::Parse(bounds.check), goals);
    goals.memory(&of("memory of check"), &check, bounds.memory.map(|(_, most)| most));
    without_index(&dir);
    let (from, to) = ends(&dir);
    let path = ["path", &from, &to, "--format", "json"];
    let _ = asked(&of("path"), &dir, &path, &parse, Bound::Parse(bounds.path), goals);
    let _ = asked(&of("index"), &dir, &["index"], &parse, Bound::None, goals);
    let role = ["who-can", &to, "--format", "table"];
    for (what, question, most) in [("path", &path[..], 100), ("who-can of a role", &role, 300)] {
        at_once(&of(&format!("{what}, with the index")), &dir, question, Duration::from_millis(most), goals);
    }
    without_index(&dir);
    if size == MIDDLE {
        second_thread(&dir, goals);
        same_bytes(&dir, goals);
    }
    fs::remove_dir_all(dir).unwrap();
    Measured { parse, who_can, check }
}

/// A reader of the hub, and what readers may assume in the first production account.
fn ends(snapshot: &Path) -> (String, String) {
    let text = fs::read(snapshot.join("organization.json")).unwrap();
    let organization: Value = serde_json::from_slice(&text).unwrap();
    let accounts = organization["Accounts"].as_array().unwrap();
    let id = |name: &str| accounts.iter().find(|a| a["Name"] == name).unwrap()["Id"].as_str().unwrap();
    let user = format!("arn:aws:iam::{}:user/person-0000", id("identity"));
    (user, format!("arn:aws:iam::{}:role/HubReadOnly", id("payments-prod")))
}

/// Removes the index that `check` leaves behind, or this bench made: other lines show what a first question costs.
fn without_index(snapshot: &Path) {
    let index = snapshot.join(FILE);
    if index.exists() {
        fs::remove_file(index).unwrap();
    }
}

/// A question that an index answers, by the clock: it no longer depends on the size of what is parsed.
fn at_once(name: &str, snapshot: &Path, question: &[&str], most: Duration, goals: &mut Goals) {
    let ask = Ask { arguments: question, snapshot, threads: None, limit: limit() };
    let wall = ask.run("answer").map_or(ask.limit, |run| run.wall);
    goals.judged(name, &seconds(wall), &format!("goal {}", seconds(most)), wall <= most);
}

fn second_thread(snapshot: &Path, goals: &mut Goals) {
    const LEAST: f64 = 1.7;
    for (what, arguments) in [("who-can", WHO_CAN), ("check", CHECK)] {
        let wall = |threads| -> Result<Duration, String> {
            let ask = Ask { arguments: &arguments, snapshot, threads: Some(threads), limit: limit() };
            ask.run("answer").map(|run| run.wall)
        };
        let times = wall(1).and_then(|one| Ok(ratio(one, wall(2)?)));
        let figure = times.as_ref().map_or_else(Clone::clone, |times| format!("{times:.2} times as fast"));
        let met = times.is_ok_and(|times| times >= LEAST);
        goals.judged(&format!("M: {what} on two threads"), &figure, &format!("goal {LEAST:.1} x"), met);
    }
}
