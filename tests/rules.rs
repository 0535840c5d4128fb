//! Every rule finds exactly the defects of its bad fixture, and nothing in the good one.
//!
//! `tests/rules/<rule>/bad*` is a snapshot with the defect and with correct neighbors; `expected.json` lists the
//! expected findings. `good*` is the same snapshot with the defect fixed. `rule.toml` holds settings.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a fixture that cannot be read has failed its test"
)]

mod rule_families;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rolehop::facet::Facet;
use rolehop::finding::{Assessment, Finding, Proof, RuleStatus, Status, Subject};
use rolehop::graph::TrustGraph;
use rolehop::model::Estate;
use rolehop::rules::{self, RuleError, RuleSelection, RuleSettings};
use rolehop::severity::Severity;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use support::World;

/// The evaluation time of all fixtures.
const AT: &str = "2026-11-20T00:00:00Z";

/// One snapshot directory under `tests/rules/<rule>/`.
struct Case {
    rule: String,
    /// `good` or `bad`, with the suffix of a second pair.
    name: String,
    dir: PathBuf,
}

impl Case {
    fn label(&self) -> String {
        format!("{}/{}", self.rule, self.name)
    }

    fn settings(&self) -> RuleSettings {
        let text = fs::read_to_string(self.dir.join("rule.toml")).unwrap_or_default();
        RuleSettings { parameters: toml::from_str(&text).unwrap(), ..RuleSettings::default() }
    }

    fn findings(&self) -> Vec<Finding> {
        check(&self.dir, &self.rule, self.settings())
    }

    /// A copy of the snapshot, to be damaged.
    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("accounts")).unwrap();
        for file in files(&self.dir) {
            fs::copy(self.dir.join(&file), copy.path().join(&file)).unwrap();
        }
        copy
    }

    fn accounts(&self) -> Vec<String> {
        let name = |file: String| Some(file.strip_prefix("accounts/")?.strip_suffix(".json")?.to_owned());
        files(&self.dir).into_iter().filter_map(name).collect()
    }
}

fn check(dir: &Path, rule: &str, settings: RuleSettings) -> Vec<Finding> {
    let at: Timestamp = AT.parse().unwrap();
    judge(&Estate::build(&Snapshot::open(dir).unwrap(), at).unwrap(), rule, settings).unwrap()
}

fn judge(estate: &Estate, rule: &str, settings: RuleSettings) -> Result<Vec<Finding>, RuleError> {
    Ok(assess(estate, rule, settings)?.findings)
}

fn assess(estate: &Estate, rule: &str, settings: RuleSettings) -> Result<Assessment, RuleError> {
    let settings = BTreeMap::from([(rule.to_owned(), settings)]);
    rules::check(
        &TrustGraph::new(estate),
        &RuleSelection { only: vec![rule.to_owned()], settings, ..RuleSelection::default() },
    )
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Files of a fixture, as relative paths.
fn files(dir: &Path) -> Vec<String> {
    let top = entries(dir).into_iter().filter(|name| name != "accounts");
    top.chain(entries(&dir.join("accounts")).into_iter().map(|name| format!("accounts/{name}"))).collect()
}

/// All fixtures whose name starts like this.
fn cases(kind: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in entries(&fixtures()) {
        let dir = fixtures().join(&rule);
        for name in entries(&dir).into_iter().filter(|name| name.starts_with(kind)) {
            cases.push(Case { rule: rule.clone(), dir: dir.join(&name), name });
        }
    }
    assert!(cases.len() >= rules::cards().len(), "fixtures are missing");
    cases
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// What no finding may have, whatever the rule.
fn assert_well_formed(label: &str, findings: &[Finding]) {
    for finding in findings {
        let card = rules::card(&finding.rule).unwrap();
        assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{label}: {}", finding.message);
        // screen readers and old terminals get the same words
        assert!(card.fix.is_ascii() && finding.message.is_ascii(), "{label}: {}", finding.message);
        let mut fixes = std::iter::once(&card.fix).chain(card.fix_for.values());
        assert!(fixes.any(|fix| finding.remediation == *fix), "{label}: {}", finding.remediation);
        assert_eq!((finding.severity, finding.confidence), (card.severity, card.confidence), "{label}");
        assert!(finding.subject.contains(&format!("::{}:", finding.account)), "{label}: {}", finding.subject);
    }
    let fingerprints: BTreeSet<_> = findings.iter().map(|f| &f.fingerprint).collect();
    assert_eq!(fingerprints.len(), findings.len(), "{label}: two findings have one fingerprint");
}

#[test]
fn every_rule_has_a_good_and_a_bad_fixture_and_no_fixture_is_without_rule() {
    let ids: Vec<String> = rules::cards().iter().map(|card| card.id.clone()).collect();
    assert_eq!(entries(&fixtures()), ids);
    for id in ids {
        let names = entries(&fixtures().join(&id));
        assert!(names.contains(&"good".to_owned()) && names.contains(&"bad".to_owned()), "{id}: {names:?}");
        for name in &names {
            let twin = if let Some(variant) = name.strip_prefix("good") {
                format!("bad{variant}")
            } else {
                format!("good{}", name.strip_prefix("bad").unwrap())
            };
            assert!(names.contains(&twin), "{id}: {name} stands alone");
        }
    }
}

#[test]
fn bad_fixtures_yield_exactly_what_is_wrong_with_them() {
    for case in cases("bad") {
        let label = case.label();
        let expected: Vec<Value> = serde_json::from_slice(&fs::read(case.dir.join("expected.json")).unwrap()).unwrap();
        assert!(!expected.is_empty(), "{label} expects nothing");
        let findings = case.findings();
        let mut wanted: Vec<&str> = expected.iter().map(|e| e["subject"].as_str().unwrap()).collect();
        wanted.sort_unstable();
        let mut found: Vec<&str> = findings.iter().map(|f| f.subject.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, wanted, "{label}: {findings:#?}");
        for finding in &findings {
            assert_eq!((finding.rule.as_str(), finding.status), (case.rule.as_str(), Status::Open), "{label}");
        }
        for one in &expected {
            let (subject, says) = (one["subject"].as_str().unwrap(), one["says"].as_str().unwrap());
            let said: Vec<&str> =
                findings.iter().filter(|f| f.subject == subject).map(|f| f.message.as_str()).collect();
            assert!(said.iter().any(|m| m.contains(says)), "{label}: {subject}: {says:?} not in {said:?}");
        }
        assert_well_formed(&label, &findings);
    }
}

#[test]
fn good_fixtures_yield_nothing() {
    for case in cases("good") {
        let findings = case.findings();
        assert!(findings.is_empty(), "{}: {findings:#?}", case.label());
    }
}

/// Otherwise a fixture could pass for a reason unrelated to the defect.
#[test]
fn good_fixtures_are_the_bad_ones_mended() {
    for bad in cases("bad") {
        let label = bad.label();
        let good = bad.dir.with_file_name(bad.name.replacen("bad", "good", 1));
        let mut names = files(&bad.dir);
        names.retain(|name| name != "expected.json");
        assert_eq!(files(&good), names, "{label}: other files");
        let read = |dir: &Path, name: &String| fs::read_to_string(dir.join(name)).unwrap();
        let differing: Vec<_> = names.iter().filter(|name| read(&bad.dir, name) != read(&good, name)).collect();
        assert!(!differing.is_empty(), "{label}: good and bad are the same");
        let of_organization = is_of_organization(&bad.rule);
        for name in differing {
            assert!(name.starts_with("accounts/") != of_organization, "{label}: {name} differs");
            let arns = |text: &str| -> BTreeSet<String> {
                text.lines().filter(|l| l.trim_start().starts_with("\"Arn\"")).map(|l| l.trim().to_owned()).collect()
            };
            let added: Vec<String> =
                arns(&read(&good, name)).difference(&arns(&read(&bad.dir, name))).cloned().collect();
            assert!(added.is_empty(), "{label}: {name} gains {added:?}");
        }
    }
}

#[test]
fn findings_show_the_proof_that_their_card_promises() {
    for case in cases("bad") {
        let proof = &rules::card(&case.rule).unwrap().proof;
        for finding in case.findings() {
            let label = format!("{}: {}", case.label(), finding.subject);
            assert_eq!(finding.evidence.is_empty(), !proof.contains(&Proof::Statements), "{label}");
            assert_eq!(finding.path.is_empty(), !proof.contains(&Proof::Path), "{label}");
            if proof.contains(&Proof::Path) {
                let [from, .., to] = finding.path.as_slice() else { panic!("{label}: {:?}", finding.path) };
                assert!(from.contains(":user/") && to.contains(":role/"), "{label}: {:?}", finding.path);
                // it is about one end, or about the group of those who stand at its start
                let is_end = [from, to].contains(&&finding.subject);
                assert!(is_end || finding.subject.contains(":group/"), "{label}: {from} to {to}");
            }
        }
    }
}

/// Whether a rule judges the organization itself, by its management account: no account's data matter.
fn is_of_organization(rule: &str) -> bool {
    rules::card(rule).unwrap().facets.iter().all(|facet| facet.is_of_organization())
}

/// Whether a rule judges an account of a fixture at all.
fn judges(case: &Case, account: &str) -> bool {
    let of_members = case.rule == "member-root-credentials-kept";
    // an account without a trail of its own has nothing to stop
    if case.rule == "logging-can-be-stopped" {
        let file = fs::read_to_string(case.dir.join(format!("accounts/{account}.json"))).unwrap();
        return file.contains(&format!(":{account}:trail/"));
    }
    let organization = fs::read_to_string(case.dir.join("organization.json")).unwrap();
    let is_management = organization.contains(&format!("\"MasterAccountId\": \"{account}\""));
    !(is_of_organization(&case.rule) || of_members && is_management)
}

/// Removes what a rule needs from one account of a good fixture after another.
fn each_account_without_facets(take: impl Fn(&Case, &Path, &str), judge: impl Fn(&Case, &str, &[Finding])) {
    for case in cases("good") {
        for account in case.accounts().into_iter().filter(|account| judges(&case, account)) {
            let copy = case.copy();
            take(&case, copy.path(), &account);
            let findings = check(copy.path(), &case.rule, case.settings());
            judge(&case, &account, &findings);
        }
    }
}

/// The account is unknown, and of the others only roles that its principals may assume.
fn assert_unknown(case: &Case, account: &str, findings: &[Finding]) {
    let label = format!("{} without {account}", case.label());
    assert!(findings.iter().all(|f| f.status == Status::Unknown), "{label}: {findings:#?}");
    let (own, others): (Vec<_>, Vec<_>) = findings.iter().partition(|f| f.account.to_string() == account);
    let [only] = own.as_slice() else { panic!("{label}: one unknown finding expected, not {own:#?}") };
    assert_eq!(only.subject, root(account), "{label}");
    let needs = &rules::card(&case.rule).unwrap().facets;
    assert!(needs.iter().any(|facet| only.message.contains(facet.as_str())), "{label}: {}", only.message);
    assert!(others.iter().all(|f| f.message.contains(account)), "{label}: {others:#?}");
    assert_well_formed(&label, findings);
}

#[test]
fn a_missing_facet_makes_the_account_unknown() {
    each_account_without_facets(
        |case, dir, account| {
            let path = dir.join(format!("accounts/{account}.json"));
            let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let file_keys = file.as_object_mut().unwrap();
            let needs = &rules::card(&case.rule).unwrap().facets;
            if needs.contains(&Facet::AuthorizationDetails) {
                file_keys.retain(|key, _| !key.ends_with("DetailList") && key != "Policies");
            } else {
                // some rules need only one of them
                let credentials = [
                    "AccountSummary",
                    "CredentialReport",
                    "VirtualMFADevices",
                    "PasswordPolicy",
                    "Trails",
                    "SAMLProviders",
                ];
                file_keys.retain(|key, _| !credentials.contains(&key.as_str()));
            }
            fs::write(path, file.to_string()).unwrap();
        },
        assert_unknown,
    );
}

#[test]
fn a_listed_account_without_file_is_unknown() {
    each_account_without_facets(
        |_, dir, account| fs::remove_file(dir.join(format!("accounts/{account}.json"))).unwrap(),
        |case, account, findings| {
            // an account that the organization does not list was never meant to be read
            let organization = fs::read_to_string(case.dir.join("organization.json")).unwrap();
            if organization.contains(&format!("\"Id\": \"{account}\"")) {
                assert_unknown(case, account, findings);
            } else {
                assert!(findings.is_empty(), "{} without {account}: {findings:#?}", case.label());
            }
        },
    );
}

#[test]
fn a_suspended_account_is_neither_judged_nor_unknown() {
    each_account_without_facets(
        |_, dir, account| {
            fs::remove_file(dir.join(format!("accounts/{account}.json"))).unwrap();
            let path = dir.join("organization.json");
            let mut organization: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            for listed in organization["Accounts"].as_array_mut().unwrap() {
                if listed["Id"] == account {
                    listed["State"] = json!("SUSPENDED");
                }
            }
            fs::write(path, organization.to_string()).unwrap();
        },
        |case, account, findings| {
            // roles of other accounts may still trust the account
            let about_it = findings.iter().any(|f| f.account.to_string() == account || f.status == Status::Unknown);
            assert!(!about_it, "{} with {account} suspended: {findings:#?}", case.label());
        },
    );
}

#[test]
fn a_trust_policy_that_cannot_be_read_makes_its_role_unknown() {
    let about_trusts = rules::cards().iter().filter(|card| card.subject == Subject::TrustPolicy);
    let about_trusts: Vec<&str> = about_trusts.map(|card| card.id.as_str()).collect();
    assert_eq!(about_trusts.len(), 19);
    let mut world = World::of_organization();
    world.role(support::PROD, "Ops", json!({"Version": "2012-10-17", "Statement": "nonsense"}), &[]);
    let estate = world.estate();
    for rule in about_trusts {
        let findings = judge(&estate, rule, RuleSettings::default()).unwrap();
        let [only] = findings.as_slice() else { panic!("{rule}: {findings:#?}") };
        assert_eq!((only.status, &only.subject), (Status::Unknown, &support::role(support::PROD, "Ops")), "{rule}");
    }
}

#[test]
fn a_rule_can_be_switched_off_skipped_and_given_another_severity() {
    let case = cases("bad").into_iter().find(|case| case.rule == "root-without-mfa").unwrap();
    let settings = |enabled, severity| RuleSettings { enabled, severity, ..RuleSettings::default() };
    assert_eq!(check(&case.dir, &case.rule, settings(Some(false), None)), []);
    let lowered = check(&case.dir, &case.rule, settings(None, Some(Severity::Low)));
    assert!(!lowered.is_empty() && lowered.iter().all(|f| f.severity == Severity::Low));
    let estate = Estate::build(&Snapshot::open(&case.dir).unwrap(), AT.parse().unwrap()).unwrap();
    let skip = RuleSelection { skip: vec![case.rule.clone()], ..RuleSelection::default() };
    let rest = rules::check(&TrustGraph::new(&estate), &skip).unwrap().findings;
    assert!(!rest.is_empty() && rest.iter().all(|f| f.rule != case.rule));
}

#[test]
fn what_no_rule_understands_is_refused_with_the_nearest_word() {
    let estate = World::of_organization().estate();
    let with = |text: &str| RuleSettings { parameters: toml::from_str(text).unwrap(), ..RuleSettings::default() };
    let refused = |rule: &str, settings| judge(&estate, rule, settings).unwrap_err().diagnostic(None);
    for (rule, settings, id, next) in [
        ("role-unsed", RuleSettings::default(), "E310", "`role-unused`"),
        ("role-unused", with("day = 30"), "E311", "`days`"),
        ("role-unused", with("days = '30'"), "E312", "role-unused"),
        ("human-path-without-mfa", with("access = 'wrte'"), "E313", "`write`"),
        ("external-account-not-allowed", with("allowed_accounts = ['8888']"), "E313", "external-account-not-allowed"),
        ("external-account-not-allowed", with("allowed_accounts = [8888]"), "E313", "external-account-not-allowed"),
    ] {
        let diagnostic = refused(rule, settings);
        assert_eq!(diagnostic.code.as_str(), id, "{diagnostic:?}");
        assert!(diagnostic.next.contains(next), "{diagnostic:?}");
    }
}

#[test]
fn a_setting_that_is_refused_is_named_with_its_file() {
    let settings = RuleSettings { parameters: toml::from_str("day = 30").unwrap(), ..RuleSettings::default() };
    let error = judge(&World::of_organization().estate(), "role-unused", settings).unwrap_err();
    let diagnostic = error.diagnostic(Some(Path::new("rolehop.toml")));
    assert_eq!(diagnostic.place, "rolehop.toml [rules.role-unused]");
    let severity = toml::from_str("severity = 'grave'").unwrap();
    let diagnostic = RuleSettings::read("role-unused", &severity).unwrap_err().diagnostic(None);
    assert!(diagnostic.what.contains("`severity`") && diagnostic.why.contains("critical"), "{diagnostic:?}");
}

#[test]
fn an_assessment_tells_what_passed_from_what_is_unknown() {
    for case in cases("good") {
        let estate = Estate::build(&Snapshot::open(&case.dir).unwrap(), AT.parse().unwrap()).unwrap();
        let counts = assess(&estate, &case.rule, case.settings()).unwrap().counts(&case.rule).unwrap();
        assert_eq!((counts.status(), counts.unknown, counts.failed), (RuleStatus::Passed, 0, 0), "{}", case.label());
    }
    for case in cases("bad") {
        let estate = Estate::build(&Snapshot::open(&case.dir).unwrap(), AT.parse().unwrap()).unwrap();
        let assessment = assess(&estate, &case.rule, case.settings()).unwrap();
        let counts = assessment.counts(&case.rule).unwrap();
        let subjects: BTreeSet<&str> = assessment.findings.iter().map(|f| f.subject.as_str()).collect();
        assert_eq!((counts.status(), counts.failed), (RuleStatus::Failed, subjects.len()), "{}", case.label());
    }
}

#[test]
fn an_assessment_counts_what_is_unknown_or_does_not_apply() {
    let mut world = World::of_organization();
    world.role(support::PROD, "Ops", json!({"Version": "2012-10-17", "Statement": "nonsense"}), &[]);
    world.role(support::PROD, "App", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    let counts = |world: &World, rule: &str| {
        assess(&world.estate(), rule, RuleSettings::default()).unwrap().counts(rule).unwrap()
    };
    let trust = counts(&world, "trust-any-principal");
    assert_eq!((trust.judged, trust.unknown, trust.status()), (1, 1, RuleStatus::Unknown));
    let admin = counts(&world, "organization-admin-role-reachable");
    assert_eq!((admin.judged, admin.not_applicable, admin.status()), (0, 2, RuleStatus::NotApplicable));
    // last use was not read: one finding for the account, and each role counts
    let unused = counts(&world, "role-unused");
    assert_eq!((unused.judged, unused.unknown), (0, 2));
    let root = counts(&world, "root-without-mfa");
    assert_eq!((root.judged, root.unknown), (0, 3));
}

/// An estate without organization, with the ARNs of one account in another partition.
fn in_partition(partition: &str, file: &Value) -> Estate {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("accounts")).unwrap();
    let text = file.to_string().replace("arn:aws:", &format!("arn:{partition}:"));
    fs::write(dir.path().join(format!("accounts/{}.json", support::PROD)), text).unwrap();
    Estate::build(&Snapshot::open(dir.path()).unwrap(), AT.parse().unwrap()).unwrap()
}

/// Status and subject of every finding, and the number of subjects that a rule does not apply to.
fn told(world: &World, rule: &str) -> (Vec<(Status, String)>, usize) {
    let found = assess(&world.estate(), rule, RuleSettings::default()).unwrap();
    let not_applicable = found.counts(rule).unwrap().not_applicable;
    let mut told: Vec<_> = found.findings.into_iter().map(|finding| (finding.status, finding.subject)).collect();
    told.sort_by(|(_, a), (_, b)| a.cmp(b));
    (told, not_applicable)
}
