//! A snapshot is one estate, however many threads read it and whichever way its files take.

#![allow(clippy::unwrap_used, reason = "a snapshot that cannot be read has failed its test")]

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use rolehop::generate::{Spec, write};
use rolehop::ids::PolicyIx;
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;

/// Everything in an estate, in order.
fn shown(dir: &Path, threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let build = || Estate::build(&Snapshot::open(dir).unwrap(), Timestamp::UNIX_EPOCH);
    match pool.install(build) {
        Err(error) => error.to_string(),
        Ok(estate) => {
            let policies: Vec<_> = (0..estate.policy_count()).map(|at| estate.policy(PolicyIx::new(at))).collect();
            format!(
                "{:#?}{:#?}{:#?}{policies:#?}{:#?}{:?}",
                estate.accounts(),
                estate.principals(),
                estate.classes(),
                estate.gaps(),
                estate.sets_source_identity(),
            )
        }
    }
}

fn each_account(dir: &Path, change: impl Fn(String) -> String) {
    for entry in fs::read_dir(dir.join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(text)).unwrap();
    }
}

#[test]
fn the_number_of_threads_is_not_seen() {
    let dir = tempfile::tempdir().unwrap();
    write(&Spec::new(40, 20), dir.path()).unwrap();
    // some documents cannot be parsed, and some policies are nowhere
    each_account(dir.path(), |text| {
        text.replace("\"Sid\":\"Queue\"", "\"Side\":\"Queue\"").replace("policy/SecurityAudit\"}", "policy/Gone\"}")
    });
    let one = shown(dir.path(), 1);
    assert!(one.contains("does not parse") && one.contains("Gone") && one.len() > 100_000);
    for threads in [2, 5, 5] {
        assert!(shown(dir.path(), threads) == one, "{threads} threads");
    }
}

#[test]
fn a_file_that_serde_json_has_to_read_is_the_same_account() {
    let dir = tempfile::tempdir().unwrap();
    write(&Spec::new(20, 20), dir.path()).unwrap();
    let quick = shown(dir.path(), 2);
    each_account(dir.path(), |text| text.replacen('{', "{\"New\":[1],", 1));
    assert!(shown(dir.path(), 2) == quick);
}

#[test]
fn of_several_damaged_files_the_first_is_the_error() {
    let dir = tempfile::tempdir().unwrap();
    write(&Spec::new(30, 5), dir.path()).unwrap();
    each_account(dir.path(), |text| text.replacen("\"RoleName\"", "\"Roll\"", 1));
    let one = shown(dir.path(), 1);
    assert!(one.contains(".json"), "{one}");
    for _ in 0..5 {
        assert_eq!(shown(dir.path(), 4), one);
    }
}
