//! The demo: a real scan over HTTP gives the answers that the bundled snapshot gives when read from disk.

#![cfg(all(feature = "aws", feature = "emulator"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a demo that cannot be run has failed its test")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Texts of one key of every entry of a list.
fn texts(list: &Value, key: &str) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|v| v[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_demo_scans_over_loopback_and_answers_as_from_disk() {
    let home = tempfile::tempdir().unwrap();
    let output = assert_cmd::Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .arg("demo")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("would exit with 3"), "{told}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("10 listed = 9 complete + 0 incomplete + 1 skipped"), "{shown}");
    let dir = home.path().join("rolehop-demo");
    let wanted = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo/answers.json"));
    let answer = read(&dir.join("who-can-prod.json"));
    assert_eq!(texts(&answer["answers"], "principal"), texts(&wanted["who_can"][0]["principals"], "principal"));
    assert_eq!(answer["proven"], true);
    let findings = read(&dir.join("findings.json"));
    assert_eq!(texts(&findings["findings"], "subject"), texts(&wanted["findings"], "subject"));
    assert_eq!(findings["findings"].as_array().unwrap().len(), wanted["findings"].as_array().unwrap().len());
    let rows = std::fs::read_to_string(dir.join("findings.csv")).unwrap();
    assert_eq!(
        rows.lines().next().unwrap(),
        "rule,severity,confidence,status,account_id,account_name,subject,message,remediation,fingerprint"
    );
    assert!(read(&dir.join("findings.sarif"))["runs"][0]["results"].as_array().unwrap().len() == 18);
}
