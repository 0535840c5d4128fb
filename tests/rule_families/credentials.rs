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
        (
            "access-key-never-used",
            json!({"user": "ann", "arn": ann, "access_key_1_active": "true", "access_key_2_active": "false",
                "access_key_1_last_rotated": "2020-01-01T00:00:00Z", "access_key_1_last_used_date": "lately"}),
        ),
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

#[test]
fn keys_that_work_with_services_themselves_are_told_by_either_data_set() {
    let rule = "long-lived-key-used-beyond-sts";
    let mut world = World::default();
    world.user(support::PROD, "ann", &[]);
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(support::PROD))], "no list of keys");
    let key = |service: &str, status: &str| {
        json!([{"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE", "Status": status,
            "LastUsed": {"LastUsedDate": "2026-11-01T00:00:00Z", "ServiceName": service}}])
    };
    let found = vec![(Status::Open, support::user(support::PROD, "ann"))];
    for (service, status, expected) in
        [("s3", "Active", &found), ("s3", "Inactive", &vec![]), ("STS", "Active", &vec![]), ("N/A", "Active", &vec![])]
    {
        world.account(support::PROD)["AccessKeys"] = key(service, status);
        assert_eq!(told(&world, rule).0, *expected, "{service} {status}");
    }
    // the services of a user are those of its keys where it has no password
    world.account(support::PROD)["AccessKeys"] = key("sts", "Active");
    world.account(support::PROD)["LastAccessed"] = json!([{"Arn": support::user(support::PROD, "ann"),
        "ServicesLastAccessed": [{"ServiceNamespace": "s3", "LastAuthenticated": "2026-11-01T00:00:00Z"}]}]);
    assert_eq!(told(&world, rule).0, []);
    for (password, expected) in [("false", &found), ("true", &vec![])] {
        world.account(support::PROD)["CredentialReport"] = json!([{"user": "ann", "password_enabled": password}]);
        assert_eq!(told(&world, rule).0, *expected, "{password}");
    }
}
