//! Organizations in which policies read what a session was given, as `rolehop generate` makes them: from a few accounts to many,
//! from a few people to many.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rolehop::generate::{Spec, write};

use crate::command::{Ask, Cost};
use crate::goal::{Bound, Goals};
use crate::parse::Parse;
use crate::{fresh, limit};

/// Production: what people ask for.
pub(crate) const WHO_CAN: [&str; 4] = ["who-can", "ou:/Workloads/Prod", "--format", "json"];
pub(crate) const CHECK: [&str; 4] = ["check", "--no-fail", "--format", "json"];
pub(crate) const EDGES: [&str; 4] = ["export", "edges", "--format", "csv"];

/// Accounts, roles in each, users of the hub.
pub(crate) type Size = (usize, usize, usize);

const SIZES: [Size; 8] = [
    (25, 50, 200),
    (50, 50, 200),
    (100, 50, 200),
    (200, 50, 200),
    (50, 50, 100),
    (50, 50, 500),
    (100, 100, 60),
    (100, 100, 2000),
];

/// Pairs between which only one number grows.
const GROWTH: [(Size, Size); 3] =
    [((25, 50, 200), (200, 50, 200)), ((50, 50, 100), (50, 50, 500)), ((100, 100, 60), (100, 100, 2000))];

/// What still counts as linear.
const LINEAR: f64 = 1.15;

struct Measured {
    size: Size,
    parse: Parse,
    who_can: Cost,
}

/// A new organization of that size, with the generator's shapes.
pub(crate) fn organization((accounts, roles, hub_users): Size) -> PathBuf {
    let dir = fresh(&format!("sessions-{accounts}x{roles}-{hub_users}"));
    write(&Spec { hub_users, ..Spec::new(accounts, roles) }, &dir).unwrap();
    dir
}

/// The whole table.
pub(crate) fn run(goals: &mut Goals) {
    println!("\nsessions: accounts x roles, users of the hub; each run is stopped after {} s", limit().as_secs());
    let measured: Vec<Measured> = SIZES.iter().map(|size| one(*size, goals)).collect();
    for (small, large) in GROWTH {
        let find = |size: Size| measured.iter().find(|m| m.size == size).unwrap();
        let (small, large) = (find(small), find(large));
        let most = linear(&small.parse, &small.who_can, &large.parse, &large.who_can);
        let (accounts, roles, users) = large.size;
        let name = format!("{} to {accounts}x{roles}, {users}: who-can", name(small.size));
        goals.growth(&name, &small.who_can, &large.who_can, most);
    }
    let dir = organization((20, 50, 60));
    let parse = Parse::of(&dir, None);
    let _ = asked("20x50, 60 users: every edge", &dir, &EDGES, &parse, Bound::Time(Duration::from_millis(50)), goals);
    same_bytes(&dir, goals);
}

fn one(size: Size, goals: &mut Goals) -> Measured {
    let dir = organization(size);
    let parse = Parse::of(&dir, None);
    assert_eq!(parse.roles, size.0 * size.1);
    let of = |what: &str| format!("{}: {what}", name(size));
    let (quick, edges) = match size {
        (100, 100, 60) => (Bound::Parse(3.0), Bound::Time(Duration::from_millis(150))),
        (100, 100, 2000) => (Bound::Time(Duration::from_millis(300)), Bound::None),
        _ => (Bound::Parse(3.0), Bound::None),
    };
    let who_can = asked(&of("who-can"), &dir, &WHO_CAN, &parse, quick, goals);
    let _ = asked(&of("check"), &dir, &CHECK, &parse, Bound::Parse(4.0), goals);
    let _ = asked(&of("every edge"), &dir, &EDGES, &parse, edges, goals);
    Measured { size, parse, who_can }
}

/// How much more there is to read or, if that is more, to write: what linear time may grow by.
pub(crate) fn linear(small: &Parse, small_run: &Cost, large: &Parse, large_run: &Cost) -> f64 {
    let read = large.bytes as f64 / small.bytes as f64;
    let written = small_run.as_ref().ok().zip(large_run.as_ref().ok());
    let written = written.map_or(0.0, |(small, large)| large.written as f64 / small.written as f64);
    read.max(written) * LINEAR
}

fn name((accounts, roles, users): Size) -> String {
    format!("{accounts}x{roles}, {users} users")
}

/// Asks, and prints the cost.
pub(crate) fn asked(
    what: &str,
    snapshot: &Path,
    arguments: &[&str],
    parse: &Parse,
    bound: Bound,
    goals: &mut Goals,
) -> Cost {
    let cost = Ask { arguments, snapshot, threads: None, limit: limit() }.run("answer");
    goals.run(what, &cost, parse, bound);
    cost
}

/// The number of threads changes the time, never the answer.
pub(crate) fn same_bytes(snapshot: &Path, goals: &mut Goals) {
    for (what, arguments) in [("who-can", WHO_CAN), ("check", CHECK)] {
        let bytes = |threads| {
            let ask = Ask { arguments: &arguments, snapshot, threads: Some(threads), limit: limit() };
            ask.once("answer").map(|run| std::fs::read(run.output).unwrap())
        };
        let one = bytes(1);
        let met = one.is_ok() && [2, 8].into_iter().all(|threads| bytes(threads) == one);
        let figure = if met { "the same" } else { "not the same, or stopped" };
        goals.judged(&format!("bytes of {what} at 1, 2 and 8 threads"), figure, "goal the same", met);
    }
}
