//! Each of the worst cases at half its size and at its size: time that grows with the square is seen at once.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::cases::{CASES, Case};
use crate::command::Cost;
use crate::full;
use crate::goal::{Bound, Goals};
use crate::parse::Parse;
use crate::sessions::asked;
use crate::snapshot::Snapshot;

/// Linear is 2.0; what a process costs that does nothing lowers it, noise raises it.
const MOST: f64 = 2.5;

/// All of them; `ROLEHOP_BENCH_SCALE` times as large.
pub(crate) fn run(goals: &mut Goals) {
    println!("\nworst cases, each at half its size and at its size");
    let scale: f64 = std::env::var("ROLEHOP_BENCH_SCALE").ok().and_then(|value| value.parse().ok()).unwrap_or(1.0);
    for case in &CASES {
        let size = if full() { case.sizes.1 } else { case.sizes.0 };
        let size = ((size as f64 * scale) as usize).max(2);
        let small = one(case, size / 2, goals);
        // twice of what was hopeless is hopeless
        let large = if small.is_ok() { one(case, size, goals) } else { small.clone() };
        goals.growth(&format!("{}: twice", case.name), &small, &large, MOST);
        if let (Some(right), Ok(run)) = (case.verdict, &large) {
            let answer: Value = serde_json::from_slice(&fs::read(&run.output).unwrap()).unwrap();
            let given = answer["verdict"].as_str().unwrap_or_default();
            goals.judged(&format!("{}: verdict", case.name), given, &format!("goal {right}"), given == right);
        }
    }
}

fn one(case: &Case, size: usize, goals: &mut Goals) -> Cost {
    let dir = snapshot(case, size);
    let parse = Parse::of(&dir, None);
    let question = (case.question)(size);
    let words: Vec<&str> = question.iter().map(String::as_str).collect();
    asked(&format!("{}: {size}", case.name), &dir, &words, &parse, Bound::None, goals)
}

fn snapshot(case: &Case, size: usize) -> PathBuf {
    let letter: String = case.name.chars().filter(char::is_ascii_alphabetic).take(1).collect();
    let mut snapshot = Snapshot::new(&letter);
    (case.make)(&mut snapshot, size);
    snapshot.finish()
}
