//! The identity of a finding stays: baselines, alerts and tickets of other tools hang on it.
//!
//! Judged by every rule: its fixtures under `tests/rules/`, and the organizations under `examples/`. `fingerprints/demo.txt` is frozen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a fixture that cannot be read has failed its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan};
use rolehop::finding::{Finding, Status};
use rolehop::graph::TrustGraph;
use rolehop::model::Estate;
use rolehop::rules::{self, RuleSelection, RuleSettings};
use rolehop::snapshot::Snapshot;
use serde_json::{Map, Value, json};

/// The time at which the organizations are judged.
const AT: &str = "2026-11-20T00:00:00Z";

/// An organization, and the rules that judge it.
struct Case {
    label: String,
    /// File by file, as relative paths.
    files: BTreeMap<String, Value>,
    selection: RuleSelection,
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn entries(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    BTreeSet::from_iter(names).into_iter().collect()
}

fn read(dir: &Path) -> BTreeMap<String, Value> {
    let parse = |name: &str| serde_json::from_str(&fs::read_to_string(dir.join(name)).unwrap()).unwrap();
    let accounts = entries(&dir.join("accounts")).into_iter().map(|name| format!("accounts/{name}"));
    let organization = dir.join("organization.json").exists().then(|| "organization.json".to_owned());
    accounts
        .chain(organization)
        .filter(|name| name.ends_with(".json"))
        .map(|name| (name.clone(), parse(&name)))
        .collect()
}

/// The bad fixtures of each rule, judged by it, and the examples, judged by all.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in entries(&top().join("tests/rules")) {
        let of_rule = top().join("tests/rules").join(&rule);
        for name in entries(&of_rule).into_iter().filter(|name| name.starts_with("bad")) {
            let dir = of_rule.join(&name);
            let parameters = toml::from_str(&fs::read_to_string(dir.join("rule.toml")).unwrap_or_default()).unwrap();
            let settings = RuleSettings { parameters, ..RuleSettings::default() };
            let settings = BTreeMap::from([(rule.clone(), settings)]);
            let selection = RuleSelection { only: vec![rule.clone()], settings, ..RuleSelection::default() };
            cases.push(Case { label: format!("{rule}/{name}"), files: read(&dir), selection });
        }
    }
    for example in ["demo", "security-hub", "role-switch", "topic-groups"] {
        let files = read(&top().join("examples").join(example));
        cases.push(Case { label: example.to_owned(), files, selection: RuleSelection::default() });
    }
    assert!(cases.len() > rules::cards().len(), "fixtures are missing");
    cases
}

fn judged(files: &BTreeMap<String, Value>, selection: &RuleSelection, at: Timestamp) -> Vec<Finding> {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("accounts")).unwrap();
    for (name, file) in files {
        fs::write(dir.path().join(name), serde_json::to_vec(file).unwrap()).unwrap();
    }
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap();
    rules::check(&TrustGraph::new(&estate), selection).unwrap().findings
}

impl Case {
    fn findings(&self) -> Vec<Finding> {
        judged(&self.files, &self.selection, at())
    }
}

fn at() -> Timestamp {
    AT.parse().unwrap()
}

/// Which findings there are, by fingerprint.
fn open(findings: &[Finding]) -> BTreeMap<&str, String> {
    let open = findings.iter().filter(|finding| finding.status == Status::Open);
    open.map(|f| (f.fingerprint.as_str(), format!("{} {}: {}", f.rule, f.subject, f.message))).collect()
}

/// Those of `before` that are no longer there.
fn lost(before: &[Finding], after: &[Finding]) -> Vec<String> {
    let after = open(after);
    open(before).into_iter().filter(|(fingerprint, _)| !after.contains_key(fingerprint)).map(|(_, what)| what).collect()
}

/// Applies a change to every value, from the outside in.
fn change(value: &mut Value, how: &mut impl FnMut(&mut Value)) {
    how(value);
    match value {
        Value::Array(list) => list.iter_mut().for_each(|one| change(one, how)),
        Value::Object(map) => map.values_mut().for_each(|one| change(one, how)),
        _ => {}
    }
}

fn each_account(files: &mut BTreeMap<String, Value>, mut how: impl FnMut(&str, &mut Map<String, Value>)) {
    for (name, file) in files.iter_mut() {
        let id = name.strip_prefix("accounts/").and_then(|name| name.strip_suffix(".json"));
        if let (Some(id), Some(file)) = (id, file.as_object_mut()) {
            how(id, file);
        }
    }
}

/// Fails with every finding that changed its identity.
fn stays(what: &str, also_nothing_new: bool, mut apply: impl FnMut(&Case) -> (BTreeMap<String, Value>, Timestamp)) {
    let mut moved = String::new();
    let mut compared = 0;
    for case in cases() {
        let before = case.findings();
        let (files, at) = apply(&case);
        let after = judged(&files, &case.selection, at);
        compared += open(&before).len();
        lost(&before, &after).iter().for_each(|one| writeln!(moved, "{}: lost {one}", case.label).unwrap());
        let new = if also_nothing_new { lost(&after, &before) } else { Vec::new() };
        new.iter().for_each(|one| writeln!(moved, "{}: new {one}", case.label).unwrap());
    }
    assert!(compared > 300, "{compared}");
    assert!(moved.is_empty(), "{what} changes the identity of findings:\n{moved}");
}

#[test]
fn two_findings_of_a_run_never_share_a_fingerprint() {
    for case in cases() {
        let all = RuleSelection { only: Vec::new(), settings: BTreeMap::new(), ..case.selection.clone() };
        for selection in [&case.selection, &all] {
            let mut seen = BTreeMap::new();
            for f in judged(&case.files, selection, at()) {
                let told = format!("{} {} {}: {}", f.rule, f.status.as_str(), f.subject, f.message);
                if let Some(other) = seen.insert(f.fingerprint, told.clone()) {
                    panic!("{}: one fingerprint for\n  {other}\n  {told}", case.label);
                }
            }
        }
    }
}

#[test]
fn collecting_again_changes_no_fingerprint() {
    stays("another time, and unique ids that nothing refers to,", true, |case| {
        let mut files = case.files.clone();
        let whole = serde_json::to_string(&files).unwrap();
        for file in files.values_mut() {
            change(file, &mut |value| {
                for key in ["UserId", "RoleId", "GroupId", "PolicyId", "InstanceProfileId"] {
                    let id = value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                    // a trust policy may name what is left of a principal by its id
                    if id.len() > 8 && whole.matches(&format!("\"{id}\"")).count() == 1 {
                        value[key] = json!(format!("{}{:0>width$}", id.split_at(4).0, "7Q", width = id.len() - 4));
                    }
                }
            });
        }
        (files, at().checked_add(1.hour()).unwrap())
    });
}

#[test]
fn another_order_of_everything_changes_no_fingerprint() {
    stays("reversing every list", true, |case| {
        let mut files = case.files.clone();
        let reverse = &mut |value: &mut Value| {
            if let Value::Array(list) = value {
                list.reverse();
            }
        };
        files.values_mut().for_each(|file| change(file, reverse));
        (files, at())
    });
}

#[test]
fn another_layout_of_one_of_two_documents_that_say_the_same_changes_no_finding() {
    let statement = json!({"Effect": "Allow", "Action": ["sts:AssumeRole", "iam:*"], "Resource": "*"});
    let user = |name: &str, document: &str| {
        format!(
            r#"{{"Path": "/", "UserName": "{name}", "UserId": "AIDA{name}", "Arn": "arn:aws:iam::100000000001:user/{name}",
            "GroupList": [], "AttachedManagedPolicies": [], "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {document}}}]}}"#
        )
    };
    let files = |second: &str| {
        let first = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let text = format!(
            r#"{{"UserDetailList": [{}, {}], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}}"#,
            user("ann", &first),
            user("ben", second)
        );
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("accounts")).unwrap();
        fs::write(dir.path().join("accounts/100000000001.json"), text).unwrap();
        let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at()).unwrap();
        let findings = rules::check(&TrustGraph::new(&estate), &RuleSelection::default()).unwrap().findings;
        open(&findings).into_iter().map(|(print, told)| format!("{print} {told}")).collect::<BTreeSet<_>>()
    };
    let same = files(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string());
    assert!(same.iter().any(|told| told.contains("policy-allows-whole-service")), "{same:#?}");
    for other in [
        r#"{"Statement": [{"Resource": "*", "Action": ["sts:AssumeRole", "iam:*"], "Effect": "Allow"}], "Version": "2012-10-17"}"#,
        r#"{"Version": "2012-10-17", "Statement": {"Sid": "S", "Effect": "Allow", "Action": ["iam:*", "sts:AssumeRole"], "Resource": ["*"]}}"#,
    ] {
        assert_eq!(files(other), same, "{other}");
    }
}

#[test]
fn renaming_accounts_and_units_changes_no_fingerprint() {
    stays("another name of accounts and OUs", true, |case| {
        let mut files = case.files.clone();
        // settings of a rule may name accounts
        let named = case.selection.settings.values().any(|settings| !settings.parameters.is_empty());
        for list in ["Accounts", "OrganizationalUnits"] {
            let organization = files.get_mut("organization.json").filter(|_| !named);
            for (at, one) in organization.and_then(|o| o[list].as_array_mut()).into_iter().flatten().enumerate() {
                one["Name"] = json!(format!("z{at}-{}", one["Name"].as_str().unwrap_or_default()));
            }
        }
        (files, at())
    });
}

#[test]
fn what_else_is_in_an_account_changes_no_fingerprint() {
    stays("a principal that was added", false, |case| {
        let mut files = case.files.clone();
        each_account(&mut files, |id, file| {
            let trust = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
            // has the inline policies of others, and comes before them
            let mut inline = BTreeMap::new();
            for role in file.get("RoleDetailList").and_then(Value::as_array).into_iter().flatten() {
                for policy in role["RolePolicyList"].as_array().into_iter().flatten() {
                    inline
                        .entry(policy["PolicyName"].as_str().unwrap_or_default().to_owned())
                        .or_insert(policy.clone());
                }
            }
            let role = json!({"Path": "/", "RoleName": "0-added", "RoleId": "AROA0ADDED",
                "Arn": format!("arn:aws:iam::{id}:role/0-added"), "CreateDate": "2020-01-01T00:00:00Z",
                "AssumeRolePolicyDocument": trust, "RolePolicyList": Vec::from_iter(inline.into_values()),
                "AttachedManagedPolicies": [], "MaxSessionDuration": 3600, "InstanceProfileList": [], "Tags": []});
            if let Some(Value::Array(roles)) = file.get_mut("RoleDetailList") {
                roles.push(role);
            }
        });
        (files, at())
    });
}

/// `fingerprint rule subject`, a line for each finding: what baselines of users hold.
#[test]
fn fingerprints_of_the_demo_are_those_of_every_earlier_version() {
    let case = cases().into_iter().find(|case| case.label == "demo").unwrap();
    let findings = case.findings();
    let shown = |f: &Finding| format!("{} {} {}", f.fingerprint, f.rule, f.subject);
    let path = top().join("tests/fingerprints/demo.txt");
    let now: BTreeSet<String> = findings.iter().filter(|f| f.status == Status::Open).map(shown).collect();
    let frozen = fs::read_to_string(&path).unwrap_or_default();
    let frozen: BTreeSet<&str> = frozen.lines().collect();
    if frozen.is_empty() && std::env::var_os("ROLEHOP_BLESS").is_some() {
        fs::write(&path, now.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        return;
    }
    assert!(frozen.len() > 30, "{path:?}");
    let mut told = String::new();
    for line in frozen.iter().filter(|line| !now.contains(**line)) {
        let (old, what) = line.split_once(' ').unwrap();
        let here = |f: &&Finding| format!("{} {}", f.rule, f.subject) == what;
        let of: Vec<&str> = findings.iter().filter(here).map(|f| f.fingerprint.as_str()).collect();
        match of.as_slice() {
            [] => writeln!(told, "gone:  {what}\n       if the demo has changed, take the line out: {old}").unwrap(),
            of => writeln!(told, "moved: {what}\n       was {old}\n       now {}", of.join(", ")).unwrap(),
        }
    }
    assert!(
        told.is_empty(),
        "Baselines and alerts of users would lose these findings, and have them anew. A fingerprint is of rule, subject and \
        discriminator, none of which may change:\n{told}"
    );
}
