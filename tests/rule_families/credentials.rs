//! Edge cases of the rules about passwords and access keys.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::json;

use crate::support::World;
use crate::{judge, root, support, told};

#[test]
fn an_active_key_of_unknown_age_is_unknown() {
    let mut world = World::of_organization();
    for account in [support::HUB, support::PROD, support::DEV] {
        world.account(account)["CredentialReport"] = json!([]);
    }
    let ann = support::user(support::PROD, "ann");
    world.account(support::PROD)["CredentialReport"] =
        json!([{"user": "ann", "arn": ann, "access_key_1_active": "true", "access_key_1_last_rotated": "N/A"}]);
    let findings = judge(&world.estate(), "access-key-old", RuleSettings::default()).unwrap();
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((only.status, &only.subject), (Status::Unknown, &ann));
}

#[test]
fn a_report_that_lacks_a_column_is_unknown() {
    let mut world = World::default();
    let ann = support::user(support::PROD, "ann");
    for (rule, row) in [
        ("console-user-without-mfa", json!({"user": "ann", "arn": ann, "password_enabled": "true"})),
        ("console-user-without-mfa", json!({"user": "ann", "arn": ann, "mfa_active": "false"})),
        ("access-key-old", json!({"user": "ann", "arn": ann})),
        ("two-active-access-keys", json!({"user": "ann", "arn": ann, "access_key_1_active": "true"})),
        ("access-key-never-used", json!({"user": "ann", "arn": ann, "access_key_1_active": "true"})),
        ("credential-unused", json!({"user": "ann", "arn": ann, "password_enabled": "true"})),
        ("user-with-password-and-key", json!({"user": "ann", "arn": ann, "password_enabled": "true"})),
        ("user-with-password-and-key", json!({"user": "ann", "arn": ann, "access_key_1_active": "true"})),
        ("user-signing-certificate", json!({"user": "ann", "arn": ann, "cert_1_active": "false"})),
    ] {
        world.account(support::PROD)["CredentialReport"] = json!([row]);
        let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
        let [only] = found.as_slice() else { panic!("{rule}: {found:#?}") };
        assert_eq!((only.status, &only.subject), (Status::Unknown, &ann), "{rule}");
    }
}

#[test]
fn an_inactive_key_without_status_or_last_use_is_unknown() {
    let mut world = World::default();
    world.account(support::PROD);
    assert_eq!(told(&world, "inactive-access-key-kept").0, vec![], "no users, no keys");
    world.user(support::PROD, "ann", &[]);
    assert_eq!(told(&world, "inactive-access-key-kept").0, vec![(Status::Unknown, root(support::PROD))]);
    let ann = |status| vec![(status, support::user(support::PROD, "ann"))];
    let old = "2025-01-01T00:00:00Z";
    for (key, wanted) in [
        (json!({"CreateDate": old, "LastUsed": {}}), ann(Status::Unknown)),
        (json!({"Status": "Inactive", "CreateDate": old}), ann(Status::Unknown)),
        (json!({"Status": "Inactive", "LastUsed": {}}), ann(Status::Unknown)),
        (json!({"Status": "Inactive", "LastUsed": {"LastUsedDate": "lately"}}), ann(Status::Unknown)),
        (json!({"Status": "Expired", "CreateDate": old, "LastUsed": {}}), ann(Status::Open)),
        (json!({"Status": "Inactive", "LastUsed": {"LastUsedDate": "2026-11-01T00:00:00Z"}}), vec![]),
        (json!({"Status": "active"}), vec![]),
    ] {
        let mut listed = json!({"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE"});
        listed.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
        world.account(support::PROD)["AccessKeys"] = json!([listed]);
        assert_eq!(told(&world, "inactive-access-key-kept").0, wanted, "{key}");
    }
}
