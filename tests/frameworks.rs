//! `check --framework`: every control is told, and none is said to pass that nobody looked at.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a report that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use program::{Ended, run};
use rolehop::finding::{Control, ControlKind, Covers};
use rolehop::rules;
use serde_json::Value;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn check_in(columns: &str, name: &str, config: &Path, arguments: &[&str]) -> Ended {
    let snapshot = example(name);
    let all = ["check", "--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()];
    run(&[("COLUMNS", columns)], &[&all[..], arguments].concat())
}

fn check(name: &str, arguments: &[&str]) -> Ended {
    check_in("100", name, &example(name).join("rolehop.toml"), arguments)
}

/// The only framework of a report.
fn report(name: &str, arguments: &[&str]) -> Value {
    let json: Value = serde_json::from_str(&check(name, &[arguments, &["--json"]].concat()).out).unwrap();
    assert_eq!(json["schema"], "rolehop/controls/v1");
    json["frameworks"][0].clone()
}

fn control<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["controls"].as_array().unwrap().iter().find(|control| control["id"] == id).unwrap()
}

#[test]
fn every_file_names_rules_that_there_are() {
    rules::verify().unwrap();
    assert_eq!(rules::frameworks().len(), 10);
    for framework in rules::frameworks() {
        for part in [&framework.title, &framework.version, &framework.scope, &framework.source] {
            assert!(!part.is_empty(), "{}", framework.id);
        }
        assert!(!framework.rules().is_empty(), "{}", framework.id);
    }
}

/// Versions of CIS renumber: what one label means is the same in each.
#[test]
fn versions_of_cis_agree_on_the_rules_of_a_label() {
    let newest = rules::framework("cis-v7").unwrap();
    for older in ["cis-v3", "cis-v4", "cis-v5", "cis-v6"] {
        let older = rules::framework(older).unwrap();
        for control in &older.controls {
            let same = newest.controls.iter().find(|other| other.label == control.label);
            let links = |control: &Control| control.links().map(|link| format!("{link:?}")).collect::<Vec<_>>();
            assert!(same.is_none_or(|same| links(same) == links(control)), "{} {}", older.id, control.id);
        }
    }
}

/// Such a rule passes where nothing is delegated, and these ask for delegation.
#[test]
fn a_rule_against_delegation_is_no_evidence_for_it() {
    let newest = rules::framework("cis-v7").unwrap();
    let of_delegation = newest.controls.iter().filter(|control| control.label.starts_with("delegated administrator"));
    let of_delegation: Vec<_> = of_delegation.map(|control| (&*control.id, control.links().count())).collect();
    assert_eq!(of_delegation, [("2.1.5", 0), ("2.1.6", 0)]);
}

#[test]
fn cards_know_their_controls() {
    let card = rules::card("root-access-key").unwrap();
    let of = |framework: &str| card.maps[framework].join(" ");
    assert_eq!((of("cis-v6"), of("cis-v7"), of("security-hub")), ("2.3".into(), "2.4".into(), "IAM.4".into()));
    let explained = run(&[], &["rules", "explain", "root-access-key"]).succeeded().out;
    assert!(explained.contains("cis-v7 2.4") && explained.contains("soc2 CC6.1"), "{explained}");
}

#[test]
fn every_control_is_told_and_the_counts_add_up() {
    for framework in rules::frameworks() {
        let report = report("demo", &["--framework", &framework.id]);
        let told: Vec<&str> =
            report["controls"].as_array().unwrap().iter().map(|control| control["id"].as_str().unwrap()).collect();
        let listed: Vec<&str> = framework.controls.iter().map(|control| control.id.as_str()).collect();
        assert_eq!(told, listed, "{}", framework.id);
        let counts: u64 = report["summary"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counts as usize, listed.len());
        for control in &framework.controls {
            let status = self::control(&report, &control.id)["status"].as_str().unwrap();
            assert_eq!(control.links().next().is_none(), status == "not-covered", "{} {}", framework.id, control.id);
            let decided = control.links().any(|(_, covers, _)| covers == Covers::Full);
            let can_pass = decided && control.kind != Some(ControlKind::Process);
            assert!(can_pass || status != "pass", "{} {}", framework.id, control.id);
        }
    }
}

#[test]
fn a_control_has_the_findings_of_its_rules() {
    let report = report("demo", &["--framework", "cis-v7"]);
    let failed = control(&report, "2.4");
    assert_eq!((&failed["status"], &failed["findings"]["open"]), (&"fail".into(), &1.into()));
    assert_eq!(failed["rules"][0]["rule"], "root-access-key");
    let findings: Value = serde_json::from_str(&check("demo", &["--rule", "root-access-key", "--json"]).out).unwrap();
    assert_eq!(findings["summary"]["open"], failed["findings"]["open"]);
    // what hides findings from view hides none from a control
    let hidden = self::report("demo", &["--framework", "cis-v7", "--min-severity", "critical"]);
    assert_eq!(hidden, report);
}

#[test]
fn a_laxer_setting_or_a_rule_that_is_off_never_passes_a_control() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("rolehop.toml");
    let status = |text: &str, id: &str| {
        std::fs::write(&config, text).unwrap();
        let ended = check_in("100", "demo", &config, &["--framework", "cis-v7", "--json"]);
        let json: Value = serde_json::from_str(&ended.out).unwrap();
        control(&json["frameworks"][0], id).clone()
    };
    assert_eq!(status("", "2.11")["status"], "pass");
    let laxer = status("[rules.credential-unused]\ndays = 365\n", "2.11");
    assert_eq!(laxer["status"], "partial");
    let note = "ran with days = 365; the control asks for at most 45";
    assert_eq!((&laxer["rules"][0]["note"], &laxer["rules"][0]["covers"]), (&note.into(), &"partial".into()));
    assert_eq!(status("[rules.credential-unused]\ndays = 30\n", "2.11")["rules"][0]["covers"], "full");
    assert_eq!(status("[rules.root-access-key]\nenabled = false\n", "2.4")["status"], "not-covered");
    assert_eq!(status("[rules.access-key-never-used]\nenabled = false\n", "2.11")["status"], "partial");
}

/// A finding by a stricter setting need not break the control; an exception that a control does not know keeps a rule from deciding.
#[test]
fn settings_that_a_control_does_not_ask_for_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("rolehop.toml");
    let report = |text: &str, framework: &str| {
        std::fs::write(&config, text).unwrap();
        check_in("100", "demo", &config, &["--framework", framework, "-f", "csv"]).out
    };
    let row = |csv: &str, id: &str| csv.lines().find(|line| line.contains(&format!(",{id},"))).unwrap().to_owned();
    let stricter = row(&report("[rules.access-key-old]\ndays = 1\n", "cis-v7"), "2.12");
    // some keys are older than the control allows all the same
    assert!(stricter.contains(",fail,") && !stricter.contains("ran with"), "{stricter}");
    assert!(row(&report("", "cis-v7"), "2.12").contains(",fail,"));
    assert!(row(&report("", "security-hub"), "Account.2").contains(",pass,"));
    let but = "[rules.account-outside-organization]\nallowed_accounts = [\"111122223333\"]\n";
    let excepted = row(&report(but, "security-hub"), "Account.2");
    assert!(excepted.contains(",partial,") && excepted.contains("ran with allowed_accounts of its own"), "{excepted}");
    // a framework that is named twice is told once, and what failed can be pasted
    let twice = check("demo", &["--framework", "cis-v7,cis-v7", "-f", "csv"]).out;
    assert_eq!(twice.lines().filter(|line| line.contains(",2.12,")).count(), 1);
}

/// What a waiver accepts is told beside a control, which is no better for it.
#[test]
fn a_waiver_does_not_mend_a_control() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("rolehop.toml");
    let waiver = "[[waivers]]\nrule = \"root-access-key\"\nwhere = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2099-01-01\n[check]\nmax_waiver_days = 36500\n";
    std::fs::write(&config, waiver).unwrap();
    let table = check_in("100", "demo", &config, &["--framework", "cis-v7"]).out;
    assert!(table.contains("root-access-key: 1 of 9 failed, 1 waived"), "{table}");
    let json: Value =
        serde_json::from_str(&check_in("100", "demo", &config, &["--framework", "cis-v7", "--json"]).out).unwrap();
    let control = control(&json["frameworks"][0], "2.4").clone();
    assert_eq!((&control["status"], &control["findings"]["open"]), (&"fail".into(), &0.into()));
    assert_eq!(control["findings"]["waived"], 1);
}

/// A rule about one kind of characters says nothing of another, an authenticator app is MFA, and so on.
#[test]
fn no_control_rests_on_a_rule_that_does_not_show_it() {
    let apart = [
        ("security-hub", "IAM.11", "password-without-lowercase"),
        ("security-hub", "IAM.25", "required-tag-missing"),
        ("security-hub", "CloudTrail.3", "no-organization-trail"),
        ("pci-dss-4.0", "8.4.2", "root-mfa-virtual"),
        ("cis-v7", "2.1.6", "delegated-administrator-not-approved"),
        ("cis-v7", "2.14", "unattached-policy-allows-everything"),
    ];
    for (framework, id, rule) in apart {
        let control = rules::framework(framework).unwrap().controls.iter().find(|control| control.id == id).unwrap();
        assert!(control.links().all(|(other, ..)| other != rule), "{framework} {id}");
    }
    // no hardware MFA where there is none at all
    let hardware = rules::framework("cis-v7").unwrap().controls.iter().find(|control| control.id == "2.6").unwrap();
    assert!(hardware.links().any(|(rule, ..)| rule == "root-without-mfa"));
}

#[test]
fn data_that_was_not_read_is_unknown_and_no_pass() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    let account = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    std::fs::write(dir.path().join("accounts/111122223333.json"), account).unwrap();
    let snapshot = dir.path().to_str().unwrap();
    let ended = run(&[], &["check", "--no-config", "--snapshot", snapshot, "--framework", "security-hub", "--json"]);
    assert_eq!(ended.code, Some(4));
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    let report = &json["frameworks"][0];
    for (id, status) in
        [("IAM.4", "unknown"), ("IAM.5", "unknown"), ("IAM.2", "not-applicable"), ("CloudTrail.5", "not-covered")]
    {
        assert_eq!(control(report, id)["status"], status, "{id}");
    }
}

#[test]
fn several_frameworks_run_their_rules_only() {
    let ended = check("demo", &["--framework", "cis-v7", "--framework", "security-hub", "-f", "csv"]);
    assert_eq!(ended.code, Some(3));
    let frameworks: BTreeSet<&str> = ended.out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(frameworks, BTreeSet::from(["cis-v7", "security-hub"]));
    // findings of other rules are not part of the result
    let sarif: Value = serde_json::from_str(&check("demo", &["--framework", "cis-v7", "-f", "sarif"]).out).unwrap();
    let rules = rules::framework("cis-v7").unwrap().rules();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.iter().all(|r| rules.contains(r["ruleId"].as_str().unwrap())));
}

#[test]
fn the_table_fits_and_is_sentences_for_those_who_listen() {
    let wide = check("demo", &["--framework", "cis-v7"]).out;
    assert!(wide.starts_with("cis-v7    CIS Amazon Web Services Foundations Benchmark 7.0.0\nControls  "), "{wide}");
    assert!(wide.contains("\n2.2      not covered                   contact details\n"), "{wide}");
    assert!(wide.contains("root-access-key: 1 of 9 failed") && wide.contains("Accounts  10 listed"), "{wide}");
    let spoken = check("demo", &["--framework", "cis-v7", "--plain"]).out;
    assert!(spoken.contains("\n2.2: status not covered, about contact details\n"), "{spoken}");
}

#[test]
fn a_wrong_name_is_refused_with_the_nearest() {
    let text = check("demo", &["--framework", "cis7"]).failed(2, "E300");
    assert!(text.contains("did you mean `cis-v7`?") && text.contains("nist-800-53r5"), "{text}");
    // where it was typed: there is no option here
    let unknown = run(&[], &["rules", "frameworks", "cis-v8"]).failed(2, "E300");
    assert!(unknown.contains("did you mean `cis-v") && !unknown.contains("--framework"), "{unknown}");
    check("demo", &["--framework", "cis-v7", "--account", "prod-core"]).failed(2, "E300");
    check("demo", &["--framework", "cis-v7", "--rule", "role-unused"]).failed(2, "E300");
    let listed = run(&[], &["rules", "frameworks"]).succeeded().out;
    assert!(rules::frameworks().iter().all(|framework| listed.contains(&framework.id)), "{listed}");
    let one = run(&[], &["rules", "frameworks", "security-hub"]).succeeded().out;
    assert!(one.contains("IAM.26") && one.contains("root-without-mfa"), "{one}");
}

#[test]
fn frameworks_and_their_controls_are_rows_of_csv() {
    let rows = |arguments: &[&str]| {
        let out = run(&[], &[&["rules", "frameworks"], arguments, &["--format", "csv"]].concat()).succeeded().out;
        let mut reader = csv::Reader::from_reader(out.as_bytes());
        reader.deserialize().map(|row| row.unwrap()).collect::<Vec<std::collections::BTreeMap<String, String>>>()
    };
    let all = rows(&[]);
    assert_eq!(all.len(), rules::frameworks().len());
    let newest = rules::framework("cis-v7").unwrap();
    let of_newest = all.iter().find(|row| row["framework"] == "cis-v7").unwrap();
    assert_eq!(of_newest["controls"], newest.controls.len().to_string());
    let links = rows(&["cis-v7"]);
    for control in &newest.controls {
        let told: BTreeSet<&str> =
            links.iter().filter(|row| row["control"] == control.id).map(|row| row["rule"].as_str()).collect();
        let there: BTreeSet<&str> = control.links().map(|(rule, ..)| rule).collect();
        // a control without evidence is a row without a rule
        assert_eq!(told, if there.is_empty() { BTreeSet::from([""]) } else { there }, "{}", control.id);
    }
}
