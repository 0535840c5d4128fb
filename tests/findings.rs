//! What `check` prints for people: groups that leave no finding out, and a fix for each rule.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an organization that cannot be built has failed its test"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use rolehop::finding::{Finding, FindingSet, Status};
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::model::Estate;
use rolehop::report::terminal::names::within;
use rolehop::rules::{self, RuleSelection};
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::ledger::Ledger;
use support::{DEV, HUB, PROD, World, may_assume, role, trusts};

fn organization(dir: &Path) -> FindingSet {
    write(&Spec { hub_users: 60, people: 60, ..Spec::new(24, 30) }, &dir.join("organization")).unwrap();
    let snapshot = Snapshot::open(&dir.join("organization")).unwrap();
    let estate = Estate::build(&snapshot, "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    let found = rules::check(&TrustGraph::new(&estate), &RuleSelection::default()).unwrap();
    FindingSet::new(found.findings, Ledger::default().view())
}

#[test]
fn every_open_finding_is_in_one_group_and_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = organization(dir.path());
    assert!(set.findings.len() > 300, "{}", set.findings.len());
    // what is accepted or not known is in no group
    set.findings[0].status = Status::Waived;
    set.findings[1].status = Status::Unknown;
    let set = FindingSet::new(set.findings, Ledger::default().view());
    let open = set.summary.open;
    assert_eq!(open, set.findings.len() - 2);
    let of_causes = |set: &FindingSet| -> Vec<Finding> {
        let rules = set.by_rule();
        let causes = rules.iter().flat_map(|rule| &rule.causes);
        causes.flat_map(|cause| &cause.findings).map(|finding| (*finding).clone()).collect()
    };
    let told = of_causes(&set);
    let distinct: BTreeSet<&String> = told.iter().map(|finding| &finding.fingerprint).collect();
    assert_eq!((told.len(), distinct.len()), (open, open));
    assert_eq!(set.by_severity().iter().map(|(_, count)| count).sum::<usize>(), open);
    let by_account: usize = set.by_account().iter().flat_map(|account| &account.counts).map(|(_, count)| count).sum();
    assert_eq!(by_account, open);
    let within: usize = set.by_account().iter().flat_map(|account| &account.rules).map(|rule| rule.count()).sum();
    assert_eq!(within, open);
    for rule in set.by_rule() {
        assert!(rule.causes.iter().flat_map(|cause| &cause.findings).all(|finding| finding.rule == rule.rule));
        let sizes: Vec<usize> = rule.causes.iter().map(|cause| cause.findings.len()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "the most frequent first: {sizes:?}");
    }
    let severities: Vec<_> = set.by_rule().iter().map(|rule| rule.severity).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "the worst first: {severities:?}");
    let worst: Vec<_> = set.by_account().into_iter().map(|account| account.counts).collect();
    assert!(worst.is_sorted_by(|a, b| a >= b), "{worst:?}");
}

#[test]
fn a_large_organization_is_a_screen_or_two_and_nothing_else_is_shortened() {
    let dir = tempfile::tempdir().unwrap();
    let set = organization(dir.path());
    let run = |options: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(["check", "--at", "2026-11-20T00:00:00Z", "--no-config", "--snapshot"]);
        let output = command.arg(dir.path().join("organization")).args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let screen = run(&[]);
    assert!(screen.lines().count() < 110, "{screen}");
    let every = run(&["--all"]);
    for (at, rule) in set.by_rule().iter().enumerate() {
        let fix = rule.causes[0].findings[0].remediation.as_str();
        // the first screen lists every rule, and says of the worst what to do
        assert!(screen.contains(rule.rule) && (at >= 12 || screen.contains(fix)), "{}", rule.rule);
        assert!(every.contains(fix), "{}", rule.rule);
    }
    assert!(set.by_rule().len() > 12 && screen.contains("more rules of the list above: --all tells them"), "{screen}");
    for cause in set.by_rule().iter().flat_map(|rule| &rule.causes) {
        assert!(every.contains(&cause.message), "{}", cause.message);
    }
    let each = run(&["--expand"]);
    assert!(set.findings.iter().all(|finding| each.contains(&*within(finding.resource()))));
    assert!(each.lines().count() > 3 * set.findings.len());
    assert_eq!(run(&["--json"]), run(&["--json", "--limit", "1"]), "programs get everything");
    assert_eq!(run(&["-f", "csv"]).lines().count(), set.findings.len() + 1);
}

/// What `check` ends with and prints about the bundled organization.
fn check(arguments: &[&str]) -> (i32, String) {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args(["check", "--snapshot", "examples/demo", "--config", "examples/demo/rolehop.toml"]);
    let output = command.args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&check(&[&["--json"], arguments].concat()).1).unwrap()
}

#[test]
fn some_accounts_can_be_judged_and_gated_alone() {
    let of = |found: &serde_json::Value, accounts: &[&str]| -> BTreeSet<String> {
        let all = found["findings"].as_array().unwrap().iter();
        let here = all.filter(|f| accounts.is_empty() || accounts.contains(&f["account"].as_str().unwrap()));
        here.map(|f| f["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let all = json(&[]);
    let prod = ["101010101010", "101010101011"];
    let only = json(&["--ou", "/Workloads/Prod"]);
    assert!(of(&all, &prod).len() > 3);
    assert_eq!(of(&only, &[]), of(&all, &prod));
    assert_eq!(only["only_accounts"], serde_json::json!(prod));
    assert!(all.get("only_accounts").is_none());
    assert_eq!(only["ledger"], all["ledger"]);
    assert_eq!(of(&json(&["--account", "prod-data,prod-core"]), &[]), of(&only, &[]));
    // the exit code is about the same accounts
    assert_eq!(check(&["--fail-on", "critical"]).0, 3);
    assert_eq!(check(&["--fail-on", "critical", "--account", "prod-core"]).0, 0);
    assert_eq!(check(&["--fail-on", "critical", "--account", "prod-data"]).0, 3);
    assert!(check(&["--account", "prod-core"]).1.contains("Only      1 account of --account and --ou"));
    assert_eq!(check(&["--account", "no-such-account"]).0, 2);
}

#[test]
fn an_upload_about_some_accounts_closes_no_alert_of_others() {
    let category = |arguments: &[&str]| {
        let (_, text) = check(&[&["-f", "sarif"], arguments].concat());
        let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
        sarif["runs"][0]["automationDetails"]["id"].as_str().unwrap().to_owned()
    };
    let [all, core, data] = [&[][..], &["--account", "prod-core"], &["--account", "prod-data"]].map(category);
    assert!(all != core && core != data && all != data, "{all} {core} {data}");
    assert_eq!(core, category(&["--account", "101010101010"]));
}

#[test]
fn findings_are_grouped_by_account_for_those_who_own_it() {
    let (_, text) = check(&["--group-by", "account"]);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("dev-sandbox (444455556666): 1 critical")).unwrap();
    assert_eq!(lines[at + 1].trim(), "critical root-access-key");
    assert!(lines[at + 2].trim().starts_with("dev-sandbox/root: the root user has an access key"), "{}", lines[at + 2]);
    assert!(text.contains("Findings  42 open"), "{text}");
}

#[test]
fn accounts_of_which_the_tags_were_not_read_leave_a_clean_selection_open() {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new("examples/topic-groups");
    std::fs::create_dir(dir.path().join("accounts")).unwrap();
    for entry in std::fs::read_dir(from.join("accounts")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join("accounts").join(entry.file_name())).unwrap();
    }
    let text = std::fs::read_to_string(from.join("organization.json")).unwrap();
    let mut organization: serde_json::Value = serde_json::from_str(&text).unwrap();
    let write = |organization: &serde_json::Value| {
        std::fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
    };
    let check = |selector: &str| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(["check", "--at", "2026-11-20T00:00:00Z", "--account", selector, "--snapshot"]);
        let output = command.arg(dir.path()).arg("--config").arg(from.join("rolehop.toml")).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    write(&organization);
    assert_eq!(check("250000000001").0, 0);
    organization["Accounts"][2].as_object_mut().unwrap().remove("Tags");
    write(&organization);
    assert_eq!(check("250000000001").0, 0, "no tag is asked for");
    let (code, said) = check("250000000001,tag:env=live");
    assert!(code == 4 && said.contains("other accounts may be among those that are asked for"), "{code}: {said}");
    let reports = |selector: &str| {
        let out = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(["check", "--no-config", "--rule", "root-access-key", "--account", selector]);
        let ended = command.arg("--snapshot").arg(dir.path()).arg("--output-dir").arg(out.path()).output().unwrap();
        assert_eq!(ended.status.code(), Some(4), "{selector}");
        let read = |name: &str| std::fs::read_to_string(out.path().join(name)).unwrap();
        let sarif: serde_json::Value = serde_json::from_str(&read("findings.sarif")).unwrap();
        assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false, "{selector}");
        assert!(read("findings.junit.xml").contains("<error "), "{selector}");
        assert!(read("findings.md").contains("**Incomplete**"), "{selector}");
        for name in ["findings.ocsf.jsonl", "findings.asff.jsonl"] {
            assert!(read(name).contains("data-not-read"), "{selector}: {name}");
        }
        let json: serde_json::Value = serde_json::from_str(&read("findings.json")).unwrap();
        let gap = json["ledger"]["organization"][0]["reason"].as_str().unwrap().to_owned();
        assert!(read("report.html").contains(&gap), "{selector}: {gap}");
        gap
    };
    assert!(reports("tag:env=live").contains("account tags were not read"));
    assert!(reports("999988887777").contains("is not in the snapshot"));
}

#[test]
fn a_finding_about_several_accounts_is_about_each_of_them() {
    let mut world = World::of_organization();
    world.user(HUB, "alice", &[may_assume(&["*"])]);
    world.role(DEV, "ci", trusts(serde_json::json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    let (x, y) = (role(PROD, "x"), role(DEV, "y"));
    world.role(PROD, "x", trusts(serde_json::json!({"AWS": y})), &[may_assume(&[&y])]);
    world.role(DEV, "y", trusts(serde_json::json!({"AWS": x})), &[may_assume(&[&x])]);
    let dir = world.write();
    let found = |rule: &str, selection: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(["check", "--no-config", "--json", "--fail-on", "info", "--rule", rule]);
        let ended = command.args(selection).arg("--snapshot").arg(dir.path()).output().unwrap();
        let found: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        let others = found["findings"].as_array().unwrap().iter().map(|finding| finding["other_accounts"].clone());
        (ended.status.code(), others.collect::<Vec<_>>())
    };
    for (rule, others) in [("assume-role-on-all-resources", [DEV]), ("roles-assume-each-other", [DEV])] {
        for selection in [&[][..], &["--account", "dev"], &["--ou", "/Dev"]] {
            assert_eq!(found(rule, selection), (Some(3), vec![serde_json::json!(others)]), "{rule} {selection:?}");
        }
    }
    assert_eq!(found("assume-role-on-all-resources", &["--account", "prod"]), (Some(0), vec![]));
}

#[test]
fn an_upload_of_some_rules_closes_no_alert_of_others() {
    let run = |arguments: &[&str]| {
        let (_, text) = check(&[&["-f", "sarif"], arguments].concat());
        let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap().len();
        (run["automationDetails"]["id"].as_str().unwrap().to_owned(), rules)
    };
    let two = run(&["--rule", "role-unused,root-access-key"]);
    assert_eq!(two.1, 2);
    assert_eq!(two, run(&["--rule", "root-access-key", "--rule", "role-unused"]));
    let others = [
        run(&[]),
        run(&["--rule", "role-unused"]),
        run(&["--only", "root"]),
        run(&["--skip-rule", "role-unused"]),
        run(&["--framework", "cis-v7"]),
        run(&["--min-severity", "critical"]),
        run(&["--min-severity", "critical", "--account", "prod-core"]),
    ];
    let categories: BTreeSet<&String> = others.iter().chain([&two]).map(|(category, _)| category).collect();
    assert_eq!(categories.len(), others.len() + 1, "{categories:?}");
}

#[test]
fn a_family_of_rules_can_be_run_alone() {
    let found = json(&["--only", "quotas,root"]);
    let findings = found["findings"].as_array().unwrap();
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(rules.contains("user-near-group-limit") && rules.contains("root-access-key"), "{rules:?}");
    assert!(rules.iter().all(|id| ["limit", "quota", "root"].iter().any(|word| id.contains(word))), "{rules:?}");
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    let output = command.env_clear().args(["check", "--only", "quota"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("did you mean `quotas`?"), "{told}");
}
