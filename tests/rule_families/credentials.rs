//! Edge cases of the rules about passwords and access keys.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

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
        ("access-key-old", json!({"user": "ann", "arn": ann, "access_key_1_active": "false"})),
        (
            "console-user-without-mfa",
            json!({"user": "ann", "arn": ann, "password_enabled": "yes", "mfa_active": "false"}),
        ),
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
    // where the list does not say what a key was used for, the credential report may
    let listed = json!([{"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE", "Status": "Active"}]);
    world.account(support::PROD)["AccessKeys"] = listed;
    let unknown = vec![(Status::Unknown, support::user(support::PROD, "ann"))];
    assert_eq!(told(&world, rule).0, unknown);
    for (service, expected) in
        [(json!("s3"), &found), (json!("sts"), &vec![]), (json!("N/A"), &vec![]), (Value::Null, &unknown)]
    {
        let mut row = json!({"user": "ann", "access_key_1_active": "true", "access_key_2_active": "false"});
        if !service.is_null() {
            row["access_key_1_last_used_service"] = service.clone();
        }
        world.account(support::PROD)["CredentialReport"] = json!([row]);
        assert_eq!(told(&world, rule).0, *expected, "{service}");
    }
    // a report that is older than the key, or than its activation, and one that lost what the key was used for
    let old = json!({"user": "ann", "access_key_1_active": "false", "access_key_2_active": "false"});
    let lost = json!({"user": "ann", "access_key_1_active": "true", "access_key_2_active": "false",
        "access_key_1_last_used_date": "2026-11-01T00:00:00Z", "access_key_1_last_used_service": "N/A"});
    for row in [old, lost] {
        world.account(support::PROD)["CredentialReport"] = json!([row]);
        assert_eq!(told(&world, rule).0, unknown, "{row}");
    }
    world.account(support::PROD).as_object_mut().unwrap().remove("CredentialReport");
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

/// Both data sets are read on request.
#[test]
fn certificates_and_service_credentials_are_judged_where_they_were_read() {
    let rules = ["server-certificate-expired", "server-certificate-expiring", "service-credential-old"];
    let mut world = World::default();
    world.user(support::PROD, "ann", &[]);
    for rule in rules {
        assert_eq!(told(&world, rule), (vec![], 1), "{rule}");
    }
    let certificate = |name: &str, end: serde_json::Value| json!({"ServerCertificateName": name, "Arn": format!("arn:aws:iam::{}:server-certificate/{name}", support::PROD), "Expiration": end});
    world.account(support::PROD)["ServerCertificates"] = json!([
        certificate("gone", json!("2026-11-19T00:00:00Z")),
        certificate("now", json!("2026-11-20T00:00:00Z")),
        certificate("soon", json!("2026-12-19T00:00:00Z")),
        certificate("later", json!("2026-12-20T00:00:00Z")),
    ]);
    let messages = |world: &World, rule| {
        let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
        found.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(
        messages(&world, rules[0]),
        ["server certificate `gone` expired 1 day ago", "server certificate `now` has expired"]
    );
    assert_eq!(messages(&world, rules[1]), ["server certificate `soon` expires in 29 days"]);
    world.account(support::PROD)["ServerCertificates"] = json!([certificate("odd", json!("some day"))]);
    for rule in &rules[..2] {
        assert_eq!(told(&world, rule).0, [(Status::Unknown, root(support::PROD))], "{rule}");
    }
    let ann = support::user(support::PROD, "ann");
    let mut said = |keys: serde_json::Value, specific: serde_json::Value| {
        world.account(support::PROD)["ServiceCredentials"] =
            json!({"SSHPublicKeys": keys, "ServiceSpecificCredentials": specific});
        let found = judge(&world.estate(), rules[2], RuleSettings::default()).unwrap();
        assert!(found.iter().all(|finding| finding.subject == ann), "{found:#?}");
        found.into_iter().map(|finding| (finding.status, finding.message)).collect::<Vec<_>>()
    };
    let key = |status: &str, at: &str| json!([{"UserName": "ann", "SSHPublicKeyId": "APKA1", "Status": status, "UploadDate": at}]);
    let of = |service: &str, at: &str| {
        json!([{"UserName": "ann", "ServiceSpecificCredentialId": "ACCA1", "Status": "Active",
        "ServiceName": service, "CreateDate": at}])
    };
    let old = "2026-08-01T00:00:00Z";
    assert_eq!(said(key("Inactive", old), json!([])), []);
    assert_eq!(said(key("Active", "2026-08-22T00:00:00Z"), json!([])), [], "90 days are not old");
    let both = "has an SSH public key that is 111 days old and a credential of bedrock that is 111 days old".to_owned();
    assert_eq!(said(key("Active", old), of("bedrock.amazonaws.com", old)), [(Status::Open, both)]);
    let odd = said(json!([{"UserName": "ann", "SSHPublicKeyId": "APKA1"}]), json!([]));
    assert_eq!(odd.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [Status::Unknown]);
    // those of somebody else
    assert_eq!(
        said(json!([{"UserName": "bob", "SSHPublicKeyId": "APKA2", "Status": "Active", "UploadDate": old}]), json!([])),
        []
    );
}

/// Where somebody asked for a data set, an account without it was not read.
#[test]
fn what_was_asked_for_and_not_read_of_one_account_is_unknown() {
    let mut world = World::of_organization();
    world.user(support::PROD, "ann", &[]).account(support::DEV)["ServerCertificates"] = json!([]);
    world.account(support::DEV)["ServiceCredentials"] = json!({"SSHPublicKeys": [], "ServiceSpecificCredentials": []});
    world.account(support::DEV)["LastAccessed"] = json!([]);
    world.account(support::HUB)["AccountSummary"] = json!({"ServerCertificates": 0});
    let prod = vec![(Status::Unknown, root(support::PROD))];
    for rule in ["server-certificate-expired", "server-certificate-expiring", "service-credential-old"] {
        assert_eq!(told(&world, rule).0, prod, "{rule}");
    }
    for rule in ["service-never-used", "user-service-never-used"] {
        let found = told(&world, rule).0;
        assert!(found.contains(&prod[0]) && found.iter().all(|(status, _)| *status == Status::Unknown), "{found:?}");
    }
}

#[test]
fn users_that_the_report_does_not_have_are_unknown() {
    let rules = [
        "console-user-without-mfa",
        "credential-unused",
        "access-key-old",
        "access-key-never-used",
        "two-active-access-keys",
        "user-with-password-and-key",
        "user-signing-certificate",
    ];
    let mut world = World::default();
    for name in ["ann", "bob", "eve"] {
        world.user(support::PROD, name, &[]);
    }
    let row = |name: &str| {
        json!({"user": name, "password_enabled": "false", "mfa_active": "false", "access_key_1_active": "false",
            "access_key_2_active": "false", "cert_1_active": "false", "cert_2_active": "false"})
    };
    for (rows, why) in [
        (json!([row("ann"), row("bob"), row("eve")]), None),
        (json!([row("ann")]), Some("users that are not in the credential report cannot be judged: 2 of them")),
    ] {
        world.account(support::PROD)["CredentialReport"] = rows;
        for rule in rules {
            let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
            assert!(found.iter().all(|finding| finding.status == Status::Unknown), "{rule}: {found:#?}");
            let said: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
            assert_eq!(said, Vec::from_iter(why), "{rule}");
        }
    }
}
