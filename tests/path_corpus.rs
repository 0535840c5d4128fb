//! The corpus of small organizations: each is about one fact of who can assume what, with the AWS page that documents
//! it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a corpus that cannot be read has failed its test")]

mod corpus_world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use corpus_world::World;
use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    topic: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What AWS does, in one sentence.
    fact: String,
    /// The page that documents it.
    source: String,
    world: World,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    from: String,
    to: String,
    verdict: Verdict,
    #[serde(default)]
    conditions: Vec<String>,
    #[serde(default)]
    hops: Option<usize>,
}

fn files() -> Vec<File> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/paths");
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let file: File = serde_json::from_str(&fs::read_to_string(path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), file.topic);
        file
    };
    paths.iter().map(read).collect()
}

/// What is wrong with the answers to a case.
fn complaints(case: &Case) -> Vec<String> {
    let dir = case.world.write();
    let at = "2026-11-20T00:00:00Z".parse().unwrap();
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap();
    let graph = TrustGraph::new(&estate);
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for edge in query::edges(&graph, true) {
        let key = (edge.from.clone(), edge.to.clone(), edge.kind);
        if !listed.insert(key) {
            found.push(format!("{}: {} to {} is listed twice", case.name, edge.from, edge.to));
        }
    }
    for Question { from, to, verdict, conditions, hops } in &case.questions {
        match query::path(&graph, from, to, &Targets::new()) {
            Ok(answer) => {
                let fits = answer.verdict == *verdict
                    && answer.conditions == *conditions
                    && hops.is_none_or(|hops| answer.hop_count == Some(hops));
                if !fits {
                    found.push(format!(
                        "{}: {from} to {to}: expected {verdict:?} {conditions:?} {hops:?}, got {:?} {:?} {:?}",
                        case.name, answer.verdict, answer.conditions, answer.hop_count
                    ));
                }
            }
            Err(error) => found.push(format!("{}: {from} to {to}: {error}", case.name)),
        }
    }
    found
}

#[test]
fn every_organization_of_the_corpus_is_answered_as_aws_documents_it() {
    let files = files();
    let cases: Vec<&Case> = files.iter().flat_map(|f| &f.cases).collect();
    let mut names = BTreeSet::new();
    for case in &cases {
        assert!(names.insert(&case.name), "two cases are named {}", case.name);
        assert!(
            !case.fact.is_empty() && case.source.contains('"') || case.source.contains("API Reference"),
            "{}",
            case.name
        );
        assert!(!case.questions.is_empty(), "{} asks nothing", case.name);
    }
    let failures: Vec<String> = cases.iter().flat_map(|case| complaints(case)).collect();
    let questions: usize = cases.iter().map(|c| c.questions.len()).sum();
    println!("{} organizations, {questions} questions", cases.len());
    assert!(cases.len() >= 120, "{} organizations", cases.len());
    assert!(failures.is_empty(), "{} answers differ:\n{}", failures.len(), failures.join("\n"));
}
