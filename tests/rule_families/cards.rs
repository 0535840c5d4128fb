//! That a card names the data that its rule rests on.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolehop::finding::{Finding, Status};
use rolehop::rules;
use serde_json::Value;

use crate::{cases, check};

/// Data sets of accounts, by the keys that they have in a file.
const KEYS: [(&str, &str); 12] = [
    ("AccountSummary", "account-summary"),
    ("CredentialReport", "credential-report"),
    ("VirtualMFADevices", "virtual-mfa-devices"),
    ("PasswordPolicy", "password-policy"),
    ("OpenIDConnectProviders", "identity-providers"),
    ("SAMLProviders", "identity-providers"),
    ("Trails", "trails"),
    ("LastAccessed", "last-accessed"),
    ("AccessKeys", "access-keys"),
    ("MFADevices", "mfa-devices"),
    ("ServerCertificates", "server-certificates"),
    ("ServiceCredentials", "service-credentials"),
];

/// What a rule heeds where it was read, and does not miss where it was not: another data set says the same, or AWS's default holds.
const HEEDED: [(&str, &str); 5] = [
    ("principal-near-policy-limit", "account-summary"),
    ("root-access-key", "credential-report"),
    ("root-without-mfa", "credential-report"),
    ("root-signing-certificate", "credential-report"),
    ("root-mfa-virtual", "credential-report"),
];

/// Data sets of the organization, by the keys that they have in its file, or by files.
const OF_ORGANIZATION: [(&str, &str); 5] = [
    ("EnabledFeatures", "organization-features"),
    ("DelegatedAdministrators", "delegations"),
    ("Policies", "guardrails"),
    ("identity-center.json", "identity-center"),
    ("account-access.json", "account-access"),
];

/// Takes a data set of the organization away; false if it is not there.
fn without_of_organization(dir: &Path, key: &str) -> bool {
    if key.ends_with(".json") {
        return fs::remove_file(dir.join(key)).is_ok();
    }
    let path = dir.join("organization.json");
    let mut organization: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let was_there = organization.as_object_mut().unwrap().remove(key).is_some();
    fs::write(path, organization.to_string()).unwrap();
    was_there
}

fn without(dir: &Path, facet: &str) {
    for file in fs::read_dir(dir.join("accounts")).unwrap() {
        let path = file.unwrap().path();
        let mut account: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let keys = KEYS.iter().filter(|(_, own)| *own == facet).map(|(key, _)| *key);
        keys.for_each(|key| drop(account.as_object_mut().unwrap().remove(key)));
        fs::write(path, account.to_string()).unwrap();
    }
}

#[test]
fn what_a_card_does_not_name_changes_nothing() {
    let mut changes = BTreeSet::new();
    for case in cases("good").into_iter().chain(cases("bad")) {
        let card = rules::card(&case.rule).unwrap();
        let named: BTreeSet<&str> = card.facets.iter().map(|facet| facet.as_str()).collect();
        let whole = case.findings();
        let files: Vec<String> = case
            .accounts()
            .iter()
            .map(|id| fs::read_to_string(case.dir.join(format!("accounts/{id}.json"))).unwrap())
            .collect();
        let is_there = |key: &str| files.iter().any(|file| file.contains(&format!("\"{key}\"")));
        let there = KEYS.iter().filter(|(key, facet)| is_there(key) && !named.contains(facet));
        let others: BTreeSet<&str> = there.map(|(_, facet)| *facet).collect();
        for facet in others.into_iter().filter(|facet| !HEEDED.contains(&(case.rule.as_str(), *facet))) {
            let copy = case.copy();
            without(copy.path(), facet);
            if check(copy.path(), &case.rule, case.settings()) != whole {
                changes.insert(format!("{}: {facet}", case.label()));
            }
        }
    }
    assert!(changes.is_empty(), "{changes:#?}");
}

/// Otherwise a comparison would say that a finding is new, or resolved.
#[test]
fn what_a_card_does_not_name_of_the_organization_is_missed_aloud() {
    let mut silent = BTreeSet::new();
    for case in cases("good").into_iter().chain(cases("bad")) {
        let card = rules::card(&case.rule).unwrap();
        let whole = case.findings();
        let named = |facet: &str| card.facets.iter().any(|own| own.as_str() == facet);
        for (key, facet) in OF_ORGANIZATION.iter().filter(|(_, facet)| !named(facet)) {
            let copy = case.copy();
            if !without_of_organization(copy.path(), key) {
                continue;
            }
            let less = check(copy.path(), &case.rule, case.settings());
            let is_open = |found: &&Finding| found.status == Status::Open;
            let is_in = |found: &Finding, all: &[Finding]| {
                all.iter().filter(is_open).any(|other| other.fingerprint == found.fingerprint)
            };
            let is_unknown = |found: &Finding| {
                let mut unknown = less.iter().filter(|other| other.status == Status::Unknown);
                unknown.any(|unknown| card.across || unknown.account == found.account)
            };
            let gone = whole.iter().filter(is_open).filter(|found| !is_in(found, &less));
            let new = less.iter().filter(is_open).filter(|found| !is_in(found, &whole));
            silent.extend(
                gone.chain(new)
                    .filter(|found| !is_unknown(found))
                    .map(|found| format!("{}: {facet}: {}", case.label(), found.message)),
            );
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}
