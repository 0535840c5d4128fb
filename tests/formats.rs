//! docs/formats.md is the contract with other programs: every key that the program writes is on the page, and every key
//! on the page is written, unless the page calls it optional.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "output that cannot be read has failed its test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a command prints about the bundled organization.
fn printed(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    // `diff` names its snapshots itself
    let snapshot: &[&str] = if arguments.first() == Some(&"diff") { &[] } else { &["--snapshot", "examples/demo"] };
    let output = assert_cmd::Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .env("HOME", home.path())
        .current_dir(root())
        .args(arguments)
        .args(snapshot)
        .args(["--config", "examples/demo/rolehop.toml"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.is_empty(), "{arguments:?} printed nothing: {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// The text below a heading, up to the next one of the same or a higher level.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let level = heading.chars().take_while(|c| *c == '#').count();
    let start =
        page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section {heading}")) + heading.len() + 2;
    let rest = &page[start..];
    let ends = rest.match_indices("\n#").map(|(at, _)| at + 1);
    let end = ends.into_iter().find(|at| rest[*at..].chars().take_while(|c| *c == '#').count() <= level);
    &rest[..end.unwrap_or(rest.len())]
}

/// Everything in backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Keys of the tables of a section that are always present.
fn required(text: &str) -> BTreeSet<&str> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows
        .filter_map(|row| row.split(" | ").next().filter(|_| !row.contains("optional") && !row.contains("only with")));
    cells.flat_map(quoted).collect()
}

/// Keys of every object at any depth.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                found.insert(key.clone());
                keys(inner, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// The bundled organization with one statement less and one account unread, for differences.
fn changed(home: &Path) -> PathBuf {
    let dir = home.join("other");
    std::fs::create_dir_all(dir.join("accounts")).unwrap();
    let organization = std::fs::read(root().join("examples/demo/organization.json")).unwrap();
    std::fs::write(dir.join("organization.json"), organization).unwrap();
    for entry in std::fs::read_dir(root().join("examples/demo/accounts")).unwrap() {
        let file = entry.unwrap().path();
        let mut account: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("444455557777") {
            continue;
        }
        for role in account["RoleDetailList"].as_array_mut().unwrap() {
            if role["RoleName"] == "admin-from-security" {
                role["AssumeRolePolicyDocument"]["Statement"][0].as_object_mut().unwrap().shift_remove("Condition");
                role["AssumeRolePolicyDocument"]["Statement"][0]["Sid"] = "Open".into();
            }
        }
        for user in account["UserDetailList"].as_array_mut().unwrap() {
            if user["UserName"] == "carla.ops" {
                user["GroupList"] = serde_json::json!([]);
            }
        }
        std::fs::write(dir.join("accounts").join(name), account.to_string()).unwrap();
    }
    dir
}

#[test]
fn every_key_of_an_answer_stands_in_the_contract_and_the_other_way_round() {
    let page = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let common = quoted(section(&page, "## Common parts"));
    let who = "dev-sandbox/ci-runner";
    let to = "prod-core/deploy-admin";
    let request =
        r#"{"name": "n", "principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject", "resource": "*"}"#;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("request.json");
    std::fs::write(&file, request).unwrap();
    let file = file.to_str().unwrap();
    let other = changed(home.path());
    let other = other.to_str().unwrap();
    let cases: &[(&str, &[&[&str]])] = &[
        (
            "## path",
            &[
                &["path", who, to, "--json"],
                &["path", who, to, "-k", "2", "--json"],
                &["path", "*", to, "--why-not", "--json"],
            ],
        ),
        ("## who-can", &[&["who-can", "prod", "--json"]]),
        ("## diff", &[&["diff", "examples/demo", other, "--json"], &["diff", other, "examples/demo", "--json"]]),
        ("## can", &[&["can", who, "--json"]]),
        (
            "## profiles",
            &[&["profiles", "carla.ops", "--json"], &["profiles", "alan@acme.example", "--to", to, "--json"]],
        ),
        ("## explain", &[&["explain", who, to, "--json"]]),
        ("## simulate", &[&["simulate", file, "--json"]]),
        ("## export edges", &[&["export", "edges", "-f", "json"]]),
        (
            "## export graph",
            &[
                &["export", "graph", "--target", "prod", "-f", "json"],
                &["export", "graph", "--path", who, to, "-f", "json"],
            ],
        ),
        ("## accounts", &[&["accounts", "--json"]]),
        ("## quotas", &[&["quotas", "--all", "--json"]]),
        ("## plan groups", &[&["plan", "groups", "--from", "reach", "--json"]]),
        ("### Findings in JSON", &[&["check", "--json"]]),
        ("### Baseline", &[&["baseline", "create"]]),
        ("## rules list", &[&["rules", "list", "--json"]]),
        (
            "### Controls in JSON",
            &[
                &["check", "--framework", "cis-v7,security-hub", "--json"],
                &["check", "--framework", "cis-v6", "--json"],
            ],
        ),
    ];
    for (heading, commands) in cases {
        let text = section(&page, heading);
        // a difference has findings as `check` writes them
        let linked = if *heading == "## diff" { section(&page, "### Findings in JSON") } else { "" };
        let linked = quoted(linked);
        let mut found = BTreeSet::new();
        for command in *commands {
            let answer: Value = serde_json::from_str(&printed(command)).unwrap();
            let top = answer.as_array().map_or(&answer, |list| &list[0]);
            // rows of edges are described by their CSV header
            for key in top
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| !text.contains(&format!(",{key},")) && *key != "from" && *key != "conditions")
            {
                assert!(
                    quoted(text).contains(key.as_str()),
                    "{command:?} writes `{key}`, which {heading} does not name"
                );
            }
            keys(&answer, &mut found);
        }
        for key in &found {
            let named = [&quoted(text), &common, &linked].iter().any(|named| named.contains(key.as_str()));
            assert!(named, "{heading} writes `{key}`, which the contract does not name");
        }
        for key in required(text) {
            assert!(found.contains(key), "{heading} names `{key}`, which no command wrote");
        }
    }
}

#[test]
fn the_header_of_every_csv_stands_in_the_contract() {
    let page = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    for command in [
        &["check", "-f", "csv"][..],
        &["export", "edges"],
        &["accounts", "-f", "csv"],
        &["quotas", "-f", "csv"],
        &["plan", "groups", "--from", "reach", "-f", "csv"],
        &["who-can", "prod", "-f", "csv"],
        &["can", "dev-sandbox/ci-runner", "-f", "csv"],
        &["path", "dev-sandbox/ci-runner", "prod-core/deploy-admin", "-f", "csv"],
        &["rules", "list", "-f", "csv"],
        &["check", "--framework", "soc2", "-f", "csv"],
    ] {
        let text = printed(command);
        let header = text.lines().next().unwrap();
        assert!(page.contains(&format!("\n{header}\n")), "{command:?} begins with {header}");
    }
}

#[test]
fn every_key_of_a_snapshot_stands_in_the_contract() {
    let page = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let snapshot = root().join("examples/demo");
    let files = [("### manifest.json", "manifest.json"), ("### organization.json", "organization.json")];
    let accounts = std::fs::read_dir(snapshot.join("accounts")).unwrap();
    let accounts = accounts
        .map(|entry| ("### Account file", format!("accounts/{}", entry.unwrap().file_name().to_str().unwrap())));
    for (heading, file) in files.map(|(heading, file)| (heading, file.to_owned())).into_iter().chain(accounts) {
        let value: Value = serde_json::from_slice(&std::fs::read(snapshot.join(&file)).unwrap()).unwrap();
        for key in value.as_object().unwrap().keys() {
            assert!(
                quoted(section(&page, heading)).contains(key.as_str()),
                "{file} has `{key}`, which {heading} does not name"
            );
        }
    }
}
