//! Edge cases of the rules about trust policies.

use std::fs;

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::json;

use crate::support::World;
use crate::{cases, check, judge, support};

#[test]
fn everybody_but_a_few_is_unknown_since_trust_policies_do_not_support_it() {
    let mut world = World::of_organization();
    let statement = json!({"Effect": "Allow", "NotPrincipal": support::root(support::DEV), "Action": "sts:AssumeRole"});
    world.role(support::PROD, "Ops", json!({"Version": "2012-10-17", "Statement": [statement]}), &[]);
    let findings = judge(&world.estate(), "trust-any-principal", RuleSettings::default()).unwrap();
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((only.status, &only.subject), (Status::Unknown, &support::role(support::PROD, "Ops")));
    assert!(only.message.contains("NotPrincipal"), "{}", only.message);
}

#[test]
fn without_an_organization_no_account_counts_as_external() {
    let case = cases("bad").into_iter().find(|case| case.rule == "external-account-not-allowed").unwrap();
    let copy = case.copy();
    fs::remove_file(copy.path().join("organization.json")).unwrap();
    assert_eq!(check(copy.path(), &case.rule, case.settings()), []);
}

#[test]
fn without_an_organization_its_own_tools_are_no_vendors() {
    let mut world = World::default();
    let usual = ["OrganizationAccountAccessRole", "AWSControlTowerExecution", "stacksets-exec-0a1b", "vendor"];
    for name in usual {
        world.role(support::PROD, name, support::trusts(support::root(support::VENDOR)), &[]);
    }
    let found = judge(&world.estate(), "external-trust-without-external-id", RuleSettings::default()).unwrap();
    let subjects: Vec<&str> = found.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, [support::role(support::PROD, "vendor")]);
}

#[test]
fn a_pattern_that_fits_any_stranger_pins_nobody() {
    let condition = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
    let of_everybody = |condition| support::trusts_if(json!({"AWS": "*"}), condition);
    let mut world = World::of_organization();
    for (name, operator, key, value) in [
        ("open-role-name", "StringLike", "aws:PrincipalArn", "*:role/admin"),
        ("open-account", "StringLike", "aws:PrincipalAccount", "????????????"),
        ("open-session", "StringLike", "aws:userid", "*:deploy"),
        ("open-paths", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-*"),
        ("shut-account", "StringLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*"),
        ("shut-id", "StringLike", "aws:userid", "AROAEXAMPLE:*"),
        ("shut-paths", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-example/*"),
    ] {
        world.role(support::PROD, name, of_everybody(condition(operator, key, value)), &[]);
    }
    let found = judge(&world.estate(), "trust-any-principal", RuleSettings::default()).unwrap();
    let mut subjects: Vec<&str> = found.iter().map(|f| f.subject.rsplit('/').next().unwrap()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["open-account", "open-paths", "open-role-name", "open-session"], "{found:#?}");
}
