//! What rules about people say where Identity Center, or a part of it, was not read.

use std::fs;
use std::path::Path;

use rolehop::finding::{Finding, RuleStatus, Status};
use rolehop::model::Estate;
use rolehop::rules::RuleSettings;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::{AT, Case, assess, cases};

/// A copy of the organization that this rule finds nothing wrong with.
fn good(rule: &str) -> tempfile::TempDir {
    let case: Case = cases("good").into_iter().find(|case| case.rule == rule).unwrap();
    case.copy()
}

/// Changes a file of a snapshot.
fn change(dir: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = dir.join(file);
    let mut content = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut content);
    fs::write(path, content.to_string()).unwrap();
}

/// How a rule ends, and the findings.
fn ended(dir: &Path, rule: &str) -> (RuleStatus, Vec<Finding>) {
    let estate = Estate::build(&Snapshot::open(dir).unwrap(), AT.parse().unwrap()).unwrap();
    let assessment = assess(&estate, rule, RuleSettings::default()).unwrap();
    (assessment.counts(rule).unwrap().status(), assessment.findings)
}

fn unknown(dir: &Path, rule: &str, why: &str) {
    let (status, findings) = ended(dir, rule);
    assert_eq!(status, RuleStatus::Unknown, "{rule}: {findings:#?}");
    assert!(findings.iter().any(|finding| finding.message.contains(why)), "{rule}: {findings:#?}");
    assert!(findings.iter().all(|finding| finding.status == Status::Unknown), "{rule}: {findings:#?}");
}

const OF_ASSIGNMENTS: [&str; 8] = [
    "person-assigned-directly",
    "disabled-person-assigned",
    "assignment-of-deleted-principal",
    "permission-set-without-assignment",
    "administrator-set-held-by-many",
    "administrator-set-session-long",
    "reserved-role-left-over",
    "assignment-without-role",
];

#[test]
fn what_was_not_read_of_assignments_makes_their_rules_unknown() {
    for rule in OF_ASSIGNMENTS {
        let dir = good(rule);
        change(dir.path(), "identity-center.json", |file| {
            file["Instances"][0]["UnreadAssignments"] =
                json!([{"AccountId": "100000000003", "Reason": "throttled to the end"}]);
        });
        unknown(dir.path(), rule, "throttled to the end");
    }
}

#[test]
fn without_identity_center_its_rules_are_unknown_where_an_account_has_a_role_of_it() {
    for rule in OF_ASSIGNMENTS {
        let dir = good(rule);
        fs::remove_file(dir.path().join("identity-center.json")).unwrap();
        unknown(dir.path(), rule, "identity-center not read");
        for account in ["100000000002", "100000000003"] {
            change(dir.path(), &format!("accounts/{account}.json"), |file| {
                file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["Path"] == "/");
            });
        }
        assert_eq!(ended(dir.path(), rule), (RuleStatus::NotApplicable, Vec::new()), "{rule}");
    }
}

#[test]
fn entitlements_that_were_not_read_count_where_a_role_lets_the_service_in() {
    for rule in ["entitlement-of-one-person", "entitlement-leads-nowhere"] {
        let dir = good(rule);
        fs::remove_file(dir.path().join("account-access.json")).unwrap();
        unknown(dir.path(), rule, "account-access not read");
        change(dir.path(), "accounts/100000000003.json", |file| {
            file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["RoleName"] != "desk");
        });
        assert_eq!(ended(dir.path(), rule), (RuleStatus::NotApplicable, Vec::new()), "{rule}");
    }
}

#[test]
fn an_account_that_nobody_asked_for_makes_no_administrator_unknown() {
    for rule in ["administrator-set-held-by-many", "administrator-set-session-long"] {
        let dir = good(rule);
        fs::remove_file(dir.path().join("accounts/100000000003.json")).unwrap();
        unknown(dir.path(), rule, "not collected");
        change(dir.path(), "organization.json", |file| file["Accounts"][2]["State"] = json!("SUSPENDED"));
        assert_eq!(ended(dir.path(), rule), (RuleStatus::Passed, Vec::new()), "{rule}");
    }
}
