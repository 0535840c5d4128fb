//! The reference set-ups give the answers and findings that an experienced reviewer would give.
//!
//! Each directory under `examples/` holds a snapshot and `answers.json`, worked out by hand; the binary must agree.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a set-up that cannot be read has failed its test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// Runs a command on an example and reads its JSON.
fn ask(name: &str, arguments: &[&str]) -> Value {
    let dir = example(name);
    let output = Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .args(arguments)
        .args(["--format", "json", "--snapshot"])
        .arg(&dir)
        .arg("--config")
        .arg(dir.join("rolehop.toml"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{name}: {arguments:?}: {error}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// One line per answer, so that a difference reads as one.
fn line(principal: &Value, answer: &Value) -> String {
    format!(
        "{} {} [{}] {}",
        principal.as_str().unwrap(),
        answer["verdict"].as_str().unwrap(),
        texts(&answer["conditions"]).join(","),
        answer["hop_count"]
    )
}

fn agrees(name: &str) {
    let answers: Value = serde_json::from_slice(&std::fs::read(example(name).join("answers.json")).unwrap()).unwrap();
    for wanted in answers["paths"].as_array().unwrap() {
        let (from, to) = (wanted["from"].as_str().unwrap(), wanted["to"].as_str().unwrap());
        let got = ask(name, &["path", from, to]);
        let got = (&got["verdict"], texts(&got["conditions"]), &got["hop_count"]);
        let expected = (&wanted["verdict"], texts(&wanted["conditions"]), &wanted["hop_count"]);
        assert_eq!(got, expected, "{name}: {from} -> {to}: {}", wanted["why"]);
    }
    for wanted in answers["who_can"].as_array().unwrap() {
        let got = ask(name, &["who-can", wanted["target"].as_str().unwrap()]);
        let lines =
            |list: &Value| list.as_array().unwrap().iter().map(|a| line(&a["principal"], a)).collect::<BTreeSet<_>>();
        assert_eq!(lines(&got["answers"]), lines(&wanted["principals"]), "{name}: who-can {}", wanted["target"]);
        assert_eq!(got["proven"], true, "{name}");
    }
    for wanted in answers["can"].as_array().unwrap() {
        let got = ask(name, &["can", wanted["principal"].as_str().unwrap()]);
        let roles: BTreeSet<String> =
            got["answers"].as_array().unwrap().iter().map(|a| a["role"].as_str().unwrap().to_owned()).collect();
        assert_eq!(roles, texts(&wanted["roles"]).into_iter().collect(), "{name}: can {}", wanted["principal"]);
    }
    let got = ask(name, &["check"]);
    let findings = |list: &Value| {
        let list = list.as_array().unwrap().iter();
        list.map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["subject"].as_str().unwrap()))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(findings(&got["findings"]), findings(&answers["findings"]), "{name}");
    assert_eq!(answers["findings_complete"], true, "{name}: the list above is compared as a whole");
}

#[test]
fn appliance_one_leaked_key_reaches_every_account() {
    agrees("appliance");
}

#[test]
fn security_hub_the_read_only_group_reaches_nothing() {
    agrees("security-hub");
}

#[test]
fn reseller_a_role_never_satisfies_an_mfa_trust() {
    agrees("reseller");
}

#[test]
fn role_switch_production_asks_for_mfa_and_development_does_not() {
    agrees("role-switch");
}

#[test]
fn topic_groups_each_person_has_exactly_the_roles_of_their_groups() {
    agrees("topic-groups");
}

#[test]
fn topic_groups_drifted_each_planted_defect_is_found_and_only_those() {
    agrees("topic-groups-drifted");
}

#[test]
fn demo_reads_as_the_readme_says() {
    agrees("demo");
}

#[test]
fn role_switch_the_two_groups_change_no_answer() {
    // with AdministratorAccess in the trusted account, cobus needs neither of them
    let copy = tempfile::tempdir().unwrap();
    let from = example("role-switch");
    std::fs::create_dir(copy.path().join("accounts")).unwrap();
    std::fs::copy(from.join("organization.json"), copy.path().join("organization.json")).unwrap();
    for entry in std::fs::read_dir(from.join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        let mut account: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for user in account["UserDetailList"].as_array_mut().unwrap() {
            user["GroupList"] = serde_json::json!(["master_administrator"]);
        }
        std::fs::write(copy.path().join("accounts").join(path.file_name().unwrap()), account.to_string()).unwrap();
    }
    let can = |dir: &Path| {
        let output = Command::cargo_bin("rolehop")
            .unwrap()
            .env_clear()
            .args(["can", "master/cobus", "--json", "--no-config", "--snapshot"])
            .arg(dir)
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["answers"].clone()
    };
    assert_eq!(can(copy.path()), can(&from));
}

/// The reasons for a denial from one to another: layer and text.
fn why_not(name: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let answer = ask(name, &["path", from, to, "--why-not"]);
    assert_eq!(answer["verdict"], "denied", "{name}: {from} to {to}");
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    answer["blocked_by"].as_array().unwrap().iter().map(|e| (text(&e["layer"]), text(&e["text"]))).collect()
}

#[test]
fn every_denial_of_the_set_ups_says_why() {
    let lacks_identity = |found: &[(String, String)]| {
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "identity");
        assert_eq!(found[0].1, "no identity-based policy of the caller allows it");
    };
    // every trust policy names the whole hub: the others' own policies do not allow it
    lacks_identity(&why_not("appliance", "210000000001/network-admin", "210000000101/infoblox-discovery"));
    for role in ["allow-read-only-from-security-account", "allow-admin-from-security-account"] {
        lacks_identity(&why_not("security-hub", "220000000001/kaan", &format!("220000000005/{role}")));
    }
    for (user, role) in
        [("alice", "250000000001/admin"), ("bob", "250000000001/ec2"), ("charlie", "250000000000/admin")]
    {
        lacks_identity(&why_not("topic-groups", &format!("250000000000/{user}"), role));
    }
    // a role has no MFA, and neither does a service
    for from in ["230000000000/automation", "lambda.amazonaws.com"] {
        let found = why_not("reseller", from, "230000000001/reseller-admin");
        assert!(found.iter().any(|(layer, text)| layer == "trust" && text.contains("brings no MFA")), "{found:?}");
    }
}
