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
        "rule,severity,confidence,status,account_id,account_name,subject,message,remediation,fingerprint,waiver_reason,\
         waiver_owner,waiver_expires,waiver_ticket"
    );
    assert!(read(&dir.join("findings.sarif"))["runs"][0]["results"].as_array().unwrap().len() == 42);
}

/// A demo that serves its organization until it is stopped.
#[cfg(unix)]
struct Kept {
    home: tempfile::TempDir,
    child: std::process::Child,
    variables: Vec<(String, String)>,
}

#[cfg(unix)]
impl Kept {
    fn start() -> Self {
        use std::io::BufRead;
        let home = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("HOME", home.path()).current_dir(home.path()).args(["demo", "--keep", "-q"]);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut variables = Vec::new();
        for line in std::io::BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((name, value)) = line.trim().strip_prefix("export ").and_then(|pair| pair.split_once('=')) {
                variables.push((name.to_owned(), value.to_owned()));
            }
            if line.trim() == "rolehop scan --role-name audit-readonly --external-id rolehop-demo" {
                break;
            }
        }
        Self { home, child, variables }
    }

    fn scan(&self, external_id: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("HOME", self.home.path()).envs(self.variables.iter().cloned());
        command.current_dir(self.home.path()).args(["scan", "--role-name", "audit-readonly", "--no-config"]);
        let output = command.args(external_id).args(more).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

#[cfg(unix)]
#[test]
fn a_demo_that_is_kept_can_be_scanned_by_hand_and_checks_external_ids() {
    let mut kept = Kept::start();
    assert_eq!(kept.variables.len(), 4, "{:?}", kept.variables);
    let (code, out, err) = kept.scan(&["--external-id", "rolehop-demo"], &["--snapshot", "right"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(out.contains("10 listed = 9 complete + 0 incomplete + 1 skipped"), "{out}");
    for wrong in [&["--external-id", "wrong"][..], &[]] {
        let (code, out, err) = kept.scan(wrong, &["--snapshot", "wrong"]);
        // what was read, the management account, has findings of its own
        assert_eq!(code, Some(5), "{err}");
        assert!(err.contains("E210") && err.contains("in 8 accounts"), "{err}");
        assert!(out.contains("10 listed = 1 complete + 8 incomplete + 1 skipped"), "{out}");
        let told: Vec<&str> = out.lines().filter(|line| line.contains("AssumeRole: AccessDenied")).collect();
        assert!(told.len() == 1 && told[0].starts_with("  8  all data sets: "), "one cause, one line: {out}");
        let role = "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::ACCOUNT:role/audit-readonly";
        assert!(told[0].contains(role), "{out}");
        let rules = out.lines().filter(|line| line.contains("human-path-without-mfa")).collect::<Vec<_>>();
        assert!(
            rules.len() == 1 && rules[0].contains("role-unused") && rules[0].matches("prod-core").count() == 1,
            "{out}"
        );
    }
    let (_, json, _) = kept.scan(&["--external-id", "wrong"], &["--snapshot", "wrong", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let incomplete = json["ledger"]["incomplete"].as_array().unwrap();
    assert_eq!(incomplete.len(), 8);
    for entry in incomplete {
        assert!(entry["reason"].as_str().unwrap().contains(entry["account"].as_str().unwrap()), "its own: {entry}");
    }
    // what `accounts` says of the snapshot is what the collection said of it
    let (_, scanned, _) = kept.scan(&["--external-id", "wrong"], &["--snapshot", "wrong"]);
    let accounts = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rolehop"));
        command.current_dir(kept.home.path()).args(["accounts", "--snapshot", "wrong"]).args(more);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let ledger = |text: &str| {
        let lines = text.lines().skip_while(|line| !line.starts_with("Accounts  "));
        lines.take_while(|line| !line.starts_with("skipped (")).map(str::to_owned).collect::<Vec<_>>()
    };
    let told = ledger(&accounts(&[]));
    let of_scan = ledger(&scanned);
    assert!(told.len() > 2 && of_scan.starts_with(&told), "{told:#?} {of_scan:#?}");
    let rows: Vec<Value> = serde_json::from_str(&accounts(&["--json"])).unwrap();
    let of = |state: &str| rows.iter().filter(|row| row["state"] == state).count();
    assert_eq!([of("complete"), of("incomplete"), of("skipped"), rows.len()], [1, 8, 1, 10]);
    let pid = kept.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(kept.child.wait().unwrap().code(), Some(0));
    assert_ne!(kept.scan(&["--external-id", "rolehop-demo"], &[]).0, Some(3), "it is served no longer");
}

#[test]
fn options_that_mean_nothing_to_the_demo_are_refused_and_their_variables_ignored() {
    let home = tempfile::tempdir().unwrap();
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().env("HOME", home.path()).envs(variables.iter().copied()).current_dir(home.path());
        command.arg("demo").args(arguments).output().unwrap()
    };
    for option in [["--snapshot", "here"], ["--config", "rolehop.toml"]] {
        let output = run(&[], &option);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && told.contains(&format!("does not take `{}`", option[0])), "{told}");
    }
    assert_eq!(run(&[], &["-o", "no/report.txt"]).status.code(), Some(7));
    let variables = [("ROLEHOP_SNAPSHOT", "here"), ("ROLEHOP_CONFIG", "there.toml")];
    // a year later nothing has been used for a year
    let output = run(&variables, &["-o", "report.txt", "--at", "2027-11-20T00:00:00Z"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    let later = std::fs::read_to_string(home.path().join("report.txt")).unwrap();
    assert!(later.contains("Who can reach prod?") && later.contains("role-unused"), "{later}");
}
