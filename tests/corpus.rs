//! The corpus of simulated requests: each case is one fact about how IAM decides, with the AWS page that documents it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a corpus that cannot be read has failed its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolehop::answer::simulation::{Answer, Decision, Request};
use rolehop::eval::simulate;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    topic: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Case {
    name: String,
    /// What AWS does, in one sentence.
    fact: String,
    /// The page that documents it.
    source: String,
    request: Box<RawValue>,
    decision: Decision,
    /// Layers that the answer must name, if the case is about them.
    #[serde(default)]
    blocked_by: Option<Vec<String>>,
}

fn files() -> Vec<File> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/simulate");
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

/// What is wrong with an answer; `None` if nothing is.
fn complaint(case: &Case, answer: &Answer) -> Option<String> {
    let got: Vec<&str> = answer.blocked_by.iter().map(|l| l.as_str()).collect();
    let wanted = case.blocked_by.as_ref();
    let named = wanted.is_none_or(|wanted| {
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        wanted == got.iter().copied().collect()
    });
    if answer.decision == case.decision && named {
        return None;
    }
    let wanted = wanted.map_or_else(String::new, |w| format!(" {w:?}"));
    Some(format!(
        "{}: expected {}{wanted}, got {} {got:?}",
        case.name,
        case.decision.as_str(),
        answer.decision.as_str()
    ))
}

#[test]
fn every_case_of_the_corpus_ends_as_aws_documents_it() {
    let files = files();
    let (mut names, mut failures, mut count) = (BTreeSet::new(), Vec::new(), 0);
    for case in files.iter().flat_map(|f| &f.cases) {
        count += 1;
        assert!(names.insert(&case.name), "two cases are named {}", case.name);
        assert!(
            !case.fact.is_empty() && case.source.contains('"') || case.source.contains("API Reference"),
            "{}",
            case.name
        );
        let request: Request =
            serde_json::from_str(case.request.get()).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        match simulate(&request) {
            Ok(answer) => failures.extend(complaint(case, &answer)),
            Err(error) => failures.push(format!("{}: {error}", case.name)),
        }
    }
    println!("{count} cases of {} topics", files.len());
    assert!(count >= 400, "{count} cases");
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
}
