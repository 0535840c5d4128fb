//! Names that tenants chose to do harm: shown in every format, interpreted in none.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a report that cannot be read has failed its test")]

mod support;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};
use support::*;

/// Clears the screen, rings the bell, returns the carriage, reverses text, hides text, ends a line: C0, DEL, C1, marks
/// and separators.
const HARM: &str = "\u{1b}[2J\u{7}\r\u{7f}\u{9b}2J\u{202e}\u{200b}\u{2028}\u{feff}\u{e0041}";

/// Everything that a tenant or a partner can name, with [`HARM`] in it.
fn hostile() -> World {
    let mut world = World::of_organization();
    let vendor = format!("arn:aws:iam::{VENDOR}:role/v{HARM}");
    let saml = format!("arn:aws:iam::{PROD}:saml-provider/s{HARM}");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": HARM, "Effect": "Allow", "Principal": {"AWS": [root(HUB), vendor]}, "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"sts:RoleSessionName": format!("{HARM}*")}}},
        {"Effect": "Allow", "Principal": {"Federated": saml}, "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {format!("SAML:{HARM}"): HARM}}},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
    world.role(PROD, &format!("r{HARM}"), trust, &[may_assume(&["*"])]);
    world.role(PROD, "..", trusts(json!({"AWS": "*"})), &[]);
    world.user(HUB, &format!("u{HARM}"), &[may_assume(&["*"])]);
    // a document that cannot be parsed is quoted in the reason
    world.role(DEV, &format!("broken{HARM}"), json!(format!("{{{HARM}")), &[]);
    world.organization()["Accounts"][1]["Name"] = json!(format!("prod{HARM}"));
    world.organization()["OrganizationalUnits"][0]["Name"] = json!(format!("Prod{HARM}"));
    world
}

fn rolehop(snapshot: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(snapshot).args(arguments).args(["--no-config", "--snapshot"]).arg(snapshot);
    command.output().unwrap()
}

fn dangerous(c: char) -> bool {
    HARM.contains(c) && !matches!(c, '[' | '2' | 'J')
}

#[test]
fn no_output_obeys_a_name() {
    let dir = hostile().write();
    let role = format!("arn:aws:iam::{PROD}:role/r{HARM}");
    let user = format!("arn:aws:iam::{HUB}:user/u{HARM}");
    let mut shown = 0;
    for format in ["table", "json", "csv", "sarif"] {
        let questions: &[&[&str]] = match format {
            "table" | "json" => &[
                &["check", "-f", format],
                &["who-can", PROD, "--format", format],
                &["can", &user, "--format", format],
                &["path", &user, &role, "--format", format],
                &["explain", &user, &role, "--format", format],
                &["accounts", "--format", format],
            ],
            "csv" => &[
                &["check", "-f", "csv"],
                &["check", "-f", "csv", "--csv-raw"],
                &["export", "edges", "--include-unknown"],
                &["accounts", "--format", "csv"],
            ],
            _ => &[&["check", "-f", "sarif"]],
        };
        for question in questions {
            let output = rolehop(dir.path(), question);
            for stream in [&output.stdout, &output.stderr] {
                let text = std::str::from_utf8(stream).unwrap();
                let raw: Vec<char> = text.chars().filter(|c| dangerous(*c)).collect();
                assert!(raw.is_empty(), "{question:?} writes {raw:?} raw:\n{text:?}");
            }
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.is_empty(), "{question:?}: {}", String::from_utf8_lossy(&output.stderr));
            shown += usize::from(text.contains("202e"));
        }
    }
    assert!(shown >= 12, "the names are shown, not left out: {shown}");
}

#[test]
fn json_gives_back_the_names_as_they_are() {
    let dir = hostile().write();
    let role = format!("arn:aws:iam::{PROD}:role/r{HARM}");
    let answer: Value = serde_json::from_slice(&rolehop(dir.path(), &["who-can", PROD, "--json"]).stdout).unwrap();
    assert!(answer["resolved"].as_array().unwrap().contains(&json!(role)), "{answer}");
}

#[test]
fn no_location_of_sarif_leaves_its_root() {
    let dir = hostile().write();
    let sarif: Value = serde_json::from_slice(&rolehop(dir.path(), &["check", "-f", "sarif"]).stdout).unwrap();
    let mut dots = 0;
    for result in sarif["runs"][0]["results"].as_array().unwrap() {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("aws/") && uri.split('/').all(|part| !matches!(part, "" | "." | "..")), "{uri}");
        dots += usize::from(uri.ends_with("/role/_.."));
    }
    assert!(dots > 0, "the role called `..` is among the results");
}

/// A report is as sensitive as the snapshot.
#[cfg(unix)]
#[test]
fn report_files_are_their_owners_alone_as_the_snapshot_is() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, reports) = (hostile().write(), tempfile::tempdir().unwrap());
    let file = |name: &str| reports.path().join(name).to_str().unwrap().to_owned();
    rolehop(dir.path(), &["check", "-f", &format!("json={},csv={},sarif={}", file("j"), file("c"), file("s"))]);
    rolehop(dir.path(), &["export", "edges", "-o", &file("e")]);
    rolehop(dir.path(), &["who-can", PROD, "-o", &file("w")]);
    for name in ["j", "c", "s", "e", "w"] {
        let mode = std::fs::metadata(file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
