//! Worst cases of the policy language, as ratios to well-maintained libraries in the same run: wildcards compared with an
//! equivalent regular expression, a policy of ten thousand statements compared with parsing its JSON.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where it cannot run"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use regex::Regex;
use rolehop::answer::simulation::{Decision, Request};
use rolehop::eval::simulate;
use rolehop::wildcard;
use serde_json::{Value, json};

/// The fastest of many runs, so that other load on the machine does not count.
fn quickest(runs: usize, mut work: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap()
}

/// Patterns of 500 stars that fail only at the end of 2,048 characters: with short pieces, and with a long last piece that
/// matches everywhere except for its last letter.
fn stars() -> [(&'static str, String); 3] {
    [
        ("short pieces", format!("{}b", "a*".repeat(500))),
        ("a long piece", format!("{}{}b*", "a*".repeat(499), "a".repeat(1000))),
        ("pieces with ?", format!("{}?{}b*", "a*".repeat(499), "a".repeat(500))),
    ]
}

fn translated(pattern: &str) -> Regex {
    Regex::new(&format!("(?s)^{}\\z", pattern.replace('?', ".").replace('*', ".*"))).unwrap()
}

fn request(conditional: bool) -> String {
    let statement = |at: usize| {
        let (sid, actions) = (format!("s{at}"), json!(["s3:Get*", "sts:AssumeRole"]));
        if conditional {
            let condition = json!({"StringLike": {"aws:PrincipalTag/team": format!("team-{at}-*")}});
            return json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition});
        }
        json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": format!("arn:aws:s3:::bucket-{at}/*")})
    };
    let statements: Vec<Value> = (0..10_000).map(statement).collect();
    json!({"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::bucket-9999/key", "context": {"aws:PrincipalTag/team": "team-9999-red"},
        "identityPolicies": [{"Version": "2012-10-17", "Statement": statements}]})
    .to_string()
}

fn wildcards(criterion: &mut Criterion) {
    let text = "a".repeat(2048);
    for (name, pattern) in stars() {
        let oracle = translated(&pattern);
        assert_eq!(wildcard::matches(&pattern, &text), oracle.is_match(&text));
        let own = quickest(50, || {
            black_box(wildcard::matches(black_box(&pattern), black_box(&text)));
        });
        let regex = quickest(5, || {
            black_box(oracle.is_match(black_box(&text)));
        });
        println!(
            "500 stars x 2,048 characters, {name}: {:.3} ms, {:.3} times the {:.3} ms of the regex crate; goal 1 ms",
            own.as_secs_f64() * 1e3,
            own.as_secs_f64() / regex.as_secs_f64(),
            regex.as_secs_f64() * 1e3,
        );
        criterion.bench_function(&format!("500 stars, {name}"), |b| b.iter(|| wildcard::matches(&pattern, &text)));
    }
}

fn statements(criterion: &mut Criterion) {
    for (name, conditional) in [("one resource each", false), ("one condition each", true)] {
        let text = request(conditional);
        let request: Request = serde_json::from_str(&text).unwrap();
        assert_eq!(simulate(&request).unwrap().decision, Decision::Allowed);
        let own = quickest(20, || {
            black_box(simulate(black_box(&request)).unwrap());
        });
        let document = request.identity_policies.first().unwrap().get();
        let json = quickest(20, || {
            black_box(serde_json::from_str::<Value>(black_box(document)).unwrap());
        });
        println!(
            "10,000 statements, {name}: {:.1} ms to read and decide, {:.2} times the {:.1} ms of serde_json; goal 20 ms",
            own.as_secs_f64() * 1e3,
            own.as_secs_f64() / json.as_secs_f64(),
            json.as_secs_f64() * 1e3,
        );
        criterion.bench_function(&format!("10000 statements, {name}"), |b| b.iter(|| simulate(&request).unwrap()));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(2));
    targets = wildcards, statements
}
criterion_main!(benches);
