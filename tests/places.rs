//! Where a snapshot is looked for if none is named, and that the one that is used is said.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use program::{Ended, run_in};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::*;

/// A snapshot with this many users that reach prod, under this name.
fn snapshot(home: &Path, place: &str, users: usize) {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    for at in 0..users {
        world.user(HUB, &format!("user-{at}"), &[may_assume(&["*"])]);
    }
    let target = home.join(place);
    std::fs::create_dir_all(target.join("accounts")).unwrap();
    let written = world.write();
    let mut files = BTreeMap::new();
    for name in
        ["organization.json".to_owned()].into_iter().chain([HUB, PROD, DEV].map(|id| format!("accounts/{id}.json")))
    {
        let bytes = std::fs::read(written.path().join(&name)).unwrap();
        std::fs::write(target.join(&name), &bytes).unwrap();
        files.insert(name, hex::encode(Sha256::digest(&bytes)));
    }
    let ledger: BTreeMap<&str, Value> = [HUB, PROD, DEV].map(|id| (id, json!({"state": "complete"}))).into();
    let manifest =
        json!({"format": 1, "tool": "rolehop", "started": "2026-11-20T00:00:00Z", "ledger": ledger, "files": files});
    std::fs::write(target.join("manifest.json"), manifest.to_string()).unwrap();
}

fn who_can(home: &Path, more: &[&str]) -> Ended {
    run_in(home, &[], &[&["who-can", "prod", "--json"], more].concat())
}

fn answers(ended: Ended) -> usize {
    let answer: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    answer["answers"].as_array().unwrap().len()
}

#[test]
fn the_newest_is_the_one_that_was_taken_last() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    // its manifest says 2026-11-20
    snapshot(home, "snapshots/zebra", 1);
    snapshot(home, "snapshots/2026-11-21T000000Z", 2);
    assert_eq!(answers(who_can(home, &[])), 2);
    snapshot(home, "snapshots/2026-11-19T000000Z", 3);
    std::fs::remove_dir_all(home.join("snapshots/2026-11-21T000000Z")).unwrap();
    assert_eq!(answers(who_can(home, &[])), 1, "by what it says, not by its name");
    // what cannot be read does not let an older one answer
    std::fs::create_dir(home.join("snapshots/broken")).unwrap();
    std::fs::write(home.join("snapshots/broken/manifest.json"), "{").unwrap();
    assert!(who_can(home, &[]).failed(8, "E505").contains("broken"));
}

#[test]
fn the_first_place_with_a_snapshot_is_used_and_said() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let text = who_can(home, &[]).failed(8, "E501");
    for place in ["snapshots/", "rolehop-snapshot/", "rolehop-demo/snapshot/"] {
        assert!(text.contains(place), "{text}");
    }
    let later = [
        ("snapshot", 1),
        ("rolehop-demo/snapshot", 2),
        ("rolehop-snapshot", 3),
        ("snapshots/2026-11-20T000000Z", 4),
        ("snapshots/2026-11-21T000000Z", 5),
    ];
    for (place, users) in later {
        snapshot(home, place, users);
        let ended = who_can(home, &[]);
        assert!(ended.err.contains(&format!("note: answered from {place}; ")), "{ended:?}");
        assert_eq!(answers(ended), users, "{place}");
        assert_eq!(who_can(home, &["-q"]).succeeded().err, "");
    }
    let named = who_can(home, &["--snapshot", "rolehop-snapshot"]);
    assert!(!named.err.contains("answered from"), "{named:?}");
    assert_eq!(answers(named), 3);
    let variable = run_in(home, &[("ROLEHOP_SNAPSHOT", "rolehop-snapshot")], &["who-can", "prod", "--json"]);
    assert!(!variable.err.contains("answered from"), "{variable:?}");
    assert_eq!(answers(variable), 3);
}

#[test]
fn a_file_in_place_of_a_snapshot_is_called_one() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("prod.json"), "{}").unwrap();
    let text = who_can(home.path(), &["--snapshot", "prod.json"]).failed(8, "E501");
    assert!(text.contains("it is a file, and a snapshot is a directory"), "{text}");
    let text = who_can(home.path(), &["--snapshot", "nowhere"]).failed(8, "E501");
    assert!(text.contains("the directory does not exist"), "{text}");
}

#[test]
fn a_configured_directory_is_the_only_place() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    snapshot(home, "rolehop-demo/snapshot", 1);
    snapshot(home, "snapshots/2026-11-20T000000Z", 2);
    std::fs::write(home.join("rolehop.toml"), "[scan]\nsnapshot_dir = \"kept\"\n").unwrap();
    let text = who_can(home, &[]).failed(8, "E501");
    assert!(text.contains("kept/"), "{text}");
    snapshot(home, "kept/2026-11-20T000000Z", 3);
    assert_eq!(answers(who_can(home, &[])), 3);
}

#[test]
fn the_configuration_of_the_demo_goes_with_its_snapshot_alone() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    snapshot(home, "rolehop-demo/snapshot", 1);
    std::fs::write(home.join("rolehop-demo/rolehop.toml"), "[targets.jewels]\nnames = [\"prod\"]\n").unwrap();
    let ask = |more: &[&str]| run_in(home, &[], &[&["who-can", "jewels", "--json"], more].concat());
    let ended = ask(&[]);
    assert!(ended.err.contains("from rolehop-demo/snapshot with rolehop-demo/rolehop.toml; "), "{ended:?}");
    assert_eq!(answers(ended), 1);
    assert_eq!(run_in(home, &[], &["targets", "list"]).succeeded().out, "jewels\n");
    ask(&["--no-config"]).failed(2, "E401");
    ask(&["--snapshot", "rolehop-demo/snapshot"]).failed(2, "E401");
    std::fs::write(home.join("own.toml"), "version = 1\n").unwrap();
    ask(&["--config", "own.toml"]).failed(2, "E401");
    let inside = run_in(&home.join("rolehop-demo"), &[], &["who-can", "jewels", "--json"]);
    assert!(inside.err.contains("note: answered from snapshot; "), "{inside:?}");
    assert_eq!(answers(inside), 1);
    snapshot(home, "snapshots/2026-11-20T000000Z", 2);
    ask(&[]).failed(2, "E401");
}

#[cfg(all(feature = "aws", feature = "emulator"))]
#[test]
fn the_first_question_after_the_demo_is_answered() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let demo = run_in(home, &[], &["demo"]).succeeded();
    let next = demo.err.lines().find_map(|line| line.trim().strip_prefix("rolehop who-can ")).unwrap();
    assert_eq!(next, "prod");
    let ended = who_can(home, &[]);
    assert!(ended.err.contains("rolehop-demo/snapshot with rolehop-demo/rolehop.toml"), "{ended:?}");
    let answer: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    let kept = std::fs::read(home.join("rolehop-demo/who-can-prod.json")).unwrap();
    assert_eq!(answer, serde_json::from_slice::<Value>(&kept).unwrap());
    who_can(&home.join("rolehop-demo"), &[]).succeeded();
    run_in(home, &[], &["path", "dev-sandbox/ci-runner", "prod-core/deploy-admin"]).succeeded();
    let elsewhere = run_in(home, &[], &["demo", "--dir", "trial"]).succeeded();
    assert!(
        elsewhere.err.contains("who-can prod --snapshot trial/snapshot --config trial/rolehop.toml"),
        "{elsewhere:?}"
    );
}
