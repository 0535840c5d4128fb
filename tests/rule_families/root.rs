//! Edge cases of the rules about root users.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use crate::support::World;
use crate::{in_partition, judge, root, support, told};

#[test]
fn a_summary_that_does_not_tell_of_the_root_user_leaves_it_unknown() {
    for rule in ["root-without-mfa", "root-access-key"] {
        let mut world = World::of_organization();
        for account in [support::HUB, support::DEV] {
            world.account(account)["AccountSummary"] = json!({"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0});
        }
        world.account(support::PROD)["AccountSummary"] = json!({"Users": 3});
        let findings = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
        let [only] = findings.as_slice() else { panic!("{rule}: {findings:#?}") };
        assert_eq!((only.status, &only.subject), (Status::Unknown, &root(support::PROD)), "{rule}");
    }
}

/// In China there are no root users; in GovCloud they cannot sign in, but may have keys.
#[test]
fn rules_about_root_users_apply_where_there_are_such() {
    for (partition, mfa, key) in [("aws", 1, 1), ("aws-us-gov", 0, 1), ("aws-cn", 0, 0)] {
        let mut world = World::default();
        world.role(support::PROD, "Ops", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
        let mut file = world.account(support::PROD).clone();
        // neither data set: what applies is unknown, what does not apply is nothing
        let unread = in_partition(partition, &file);
        file["AccountSummary"] = json!({"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1});
        let read = in_partition(partition, &file);
        for (rule, count) in [("root-without-mfa", mfa), ("root-access-key", key)] {
            let found = judge(&read, rule, RuleSettings::default()).unwrap();
            assert_eq!(
                (found.len(), found.iter().all(|f| f.status == Status::Open)),
                (count, true),
                "{partition} {rule}"
            );
            let found = judge(&unread, rule, RuleSettings::default()).unwrap();
            let unknown = found.iter().all(|f| f.status == Status::Unknown);
            assert_eq!((found.len(), unknown), (count, true), "{partition} {rule}");
        }
    }
}

#[test]
fn what_an_organization_does_about_root_users_is_unknown_once() {
    let rules = ["central-root-management-off", "member-root-credentials-kept"];
    let summary = json!({"AccountPasswordPresent": 1, "AccountMFAEnabled": 1});
    let world = |features: Option<Value>| {
        let mut world = World::of_organization();
        for id in [support::HUB, support::PROD, support::DEV] {
            world.account(id)["AccountSummary"] = summary.clone();
        }
        if let Some(features) = features {
            world.organization()["EnabledFeatures"] = features;
        }
        world
    };
    for rule in rules {
        let (found, not_applicable) = told(&world(None), rule);
        assert_eq!((found, not_applicable), (vec![(Status::Unknown, root(support::HUB))], 2), "{rule}");
        // with consolidated billing alone, or without an organization, there is nothing to turn on
        let mut billing = world(Some(json!([])));
        billing.organization()["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
        assert_eq!(told(&billing, rule), (vec![], 3), "{rule}");
        let mut alone = World::default();
        alone.account(support::PROD)["AccountSummary"] = summary.clone();
        assert_eq!(told(&alone, rule), (vec![], 1), "{rule}");
    }
    let off = world(Some(json!(["RootSessions"])));
    assert_eq!(told(&off, rules[0]), (vec![(Status::Open, root(support::HUB))], 2));
    assert_eq!(told(&off, rules[1]), (vec![], 3));
    let mut on = world(Some(json!(["RootCredentialsManagement"])));
    on.account(support::DEV)["AccountSummary"] = json!({"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0});
    assert_eq!(told(&on, rules[0]), (vec![], 2));
    let kept = vec![(Status::Open, root(support::PROD)), (Status::Unknown, root(support::DEV))];
    assert_eq!(told(&on, rules[1]), (kept, 1));
}

/// Where the credentials are to be removed, nobody is told to change the device first; without MFA, another rule tells.
#[test]
fn a_virtual_device_of_a_root_user_counts_where_it_stays() {
    let mut world = World::of_organization();
    let device = |owner: String| json!([{"SerialNumber": owner.replace(":root", ":mfa/x"), "User": {"Arn": owner}}]);
    for id in [support::HUB, support::PROD] {
        world.account(id)["VirtualMFADevices"] = device(root(id));
    }
    world.account(support::DEV)["VirtualMFADevices"] = json!([]);
    let dev = |status| (status, root(support::DEV));
    let open = |id: &str| (Status::Open, root(id));
    let prod = |status| (status, root(support::PROD));
    // whether it is to be removed with all root credentials was not read; of the management account they stay
    let all = vec![open(support::HUB), prod(Status::Unknown), dev(Status::Unknown)];
    assert_eq!(told(&world, "root-mfa-virtual"), (all, 0));
    world.account(support::DEV)["AccountSummary"] = json!({"AccountMFAEnabled": 0});
    assert_eq!(told(&world, "root-mfa-virtual"), (vec![open(support::HUB), prod(Status::Unknown)], 1));
    world.organization()["EnabledFeatures"] = json!([]);
    assert_eq!(told(&world, "root-mfa-virtual"), (vec![open(support::HUB), prod(Status::Open)], 1));
    world.organization()["EnabledFeatures"] = json!(["RootCredentialsManagement"]);
    assert_eq!(told(&world, "root-mfa-virtual"), (vec![open(support::HUB)], 2));
    // an account that may be a member
    let accounts = world.organization().as_object_mut().unwrap().remove("Accounts").unwrap();
    assert_eq!(told(&world, "root-mfa-virtual").0, [open(support::HUB), prod(Status::Unknown)]);
    world.organization()["EnabledFeatures"] = json!([]);
    assert_eq!(told(&world, "root-mfa-virtual").0, [open(support::HUB), prod(Status::Open)]);
    world.organization()["Accounts"] = accounts;
    // without an organization there is nobody else to manage them
    world.organization()["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    assert_eq!(told(&world, "root-mfa-virtual").0, [open(support::HUB), prod(Status::Open)]);
}

#[test]
fn the_use_of_a_root_user_is_unknown_without_its_columns() {
    let mut world = World::default();
    let row = |cells: Value| {
        let mut row = json!({"user": "<root_account>", "access_key_1_active": "false", "access_key_2_active": "false"});
        row.as_object_mut().unwrap().extend(cells.as_object().unwrap().clone());
        json!([row])
    };
    for (cells, status) in [
        (json!({}), Some(Status::Unknown)),
        (json!({"password_last_used": "soon"}), Some(Status::Unknown)),
        (json!({"password_last_used": "no_information", "access_key_1_active": "true"}), Some(Status::Unknown)),
        (json!({"password_last_used": "no_information"}), None),
        (json!({"password_last_used": "N/A"}), None),
        (json!({"password_last_used": "not_supported"}), None),
        (json!({"password_last_used": "2026-10-21T00:00:00Z"}), None),
        (json!({"password_last_used": "2026-10-21T00:00:01Z"}), Some(Status::Open)),
    ] {
        world.account(support::PROD)["CredentialReport"] = row(cells.clone());
        let wanted: Vec<_> = status.into_iter().map(|status| (status, root(support::PROD))).collect();
        assert_eq!(told(&world, "root-used-recently"), (wanted, 0), "{cells}");
    }
}

#[test]
fn newer_rules_about_root_users_apply_where_there_are_such() {
    for (partition, certificate, device, used) in [("aws", 1, 1, 1), ("aws-us-gov", 1, 0, 1), ("aws-cn", 0, 0, 0)] {
        let mut world = World::default();
        world.user(support::PROD, "ann", &[]);
        let file = world.account(support::PROD);
        file["AccountSummary"] = json!({"AccountMFAEnabled": 1, "AccountSigningCertificatesPresent": 1});
        file["VirtualMFADevices"] = json!([{"SerialNumber": "x", "User": {"Arn": root(support::PROD)}}]);
        file["CredentialReport"] = json!([{"user": "<root_account>", "password_last_used": "2026-11-19T00:00:00Z"}]);
        let estate = in_partition(partition, file);
        for (rule, count) in
            [("root-signing-certificate", certificate), ("root-mfa-virtual", device), ("root-used-recently", used)]
        {
            assert_eq!(judge(&estate, rule, RuleSettings::default()).unwrap().len(), count, "{partition} {rule}");
        }
    }
}

/// Where the account summary was not read, the credential report says what it can.
#[test]
fn a_root_user_is_judged_by_the_columns_that_the_credential_report_has() {
    let keys = |active: &str| json!({"access_key_1_active": active, "access_key_2_active": "false"});
    let with = |mut row: Value, cells: Value| {
        row.as_object_mut().unwrap().extend(cells.as_object().unwrap().clone());
        row
    };
    let (mfa, key) = ("root-without-mfa", "root-access-key");
    for (rule, row, status) in [
        (mfa, with(keys("false"), json!({"mfa_active": "true"})), None),
        (mfa, with(keys("false"), json!({"mfa_active": "false"})), Some(Status::Open)),
        (
            mfa,
            with(keys("false"), json!({"mfa_active": "false", "password_enabled": "not_supported"})),
            Some(Status::Open),
        ),
        (mfa, with(keys("false"), json!({"mfa_active": "false", "password_enabled": "true"})), Some(Status::Open)),
        (mfa, with(keys("true"), json!({"mfa_active": "false", "password_enabled": "false"})), Some(Status::Open)),
        // no credentials are left
        (mfa, with(keys("false"), json!({"mfa_active": "false", "password_enabled": "false"})), None),
        (mfa, keys("false"), Some(Status::Unknown)),
        (mfa, with(keys("false"), json!({"mfa_active": "soon"})), Some(Status::Unknown)),
        (key, keys("false"), None),
        (key, keys("true"), Some(Status::Open)),
        (key, json!({"mfa_active": "true"}), Some(Status::Unknown)),
        (key, json!({"access_key_1_active": "false"}), Some(Status::Unknown)),
    ] {
        let mut world = World::default();
        world.account(support::PROD)["CredentialReport"] =
            json!([with(row.clone(), json!({"user": "<root_account>"}))]);
        let wanted: Vec<_> = status.into_iter().map(|status| (status, root(support::PROD))).collect();
        assert_eq!(told(&world, rule), (wanted, 0), "{rule} {row}");
    }
}

/// In China there is no root user to be judged, whatever of an account was read.
#[test]
fn an_account_without_users_and_roles_is_in_the_partition_of_its_organization() {
    let summary = json!({"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1});
    for (arn, open) in [
        ("arn:aws:organizations::111111111111:organization/o-example", 3),
        ("arn:aws-cn:organizations::111111111111:organization/o-example", 0),
    ] {
        let mut world = World::of_organization();
        world.organization()["Organization"]["Arn"] = json!(arn);
        for id in [support::HUB, support::PROD, support::DEV] {
            world.account(id)["AccountSummary"] = summary.clone();
        }
        let (found, not_applicable) = told(&world, "root-without-mfa");
        assert_eq!((found.len(), not_applicable), (open, 3 - open), "{arn}");
    }
    let mut world = World::default();
    let file = world.account(support::PROD);
    file["AccountSummary"] = summary;
    file["CredentialReport"] = json!([{"user": "<root_account>", "arn": root(support::PROD)}]);
    assert_eq!(judge(&in_partition("aws-cn", file), "root-without-mfa", RuleSettings::default()).unwrap(), []);
}

/// A credential report tells the last use alone.
#[test]
fn a_use_of_the_root_user_that_came_later_tells_nothing_of_before() {
    let mut world = World::default();
    let used = |at: &str| {
        json!([{"user": "<root_account>", "password_last_used": at, "access_key_1_active": "false",
        "access_key_1_last_used_date": "N/A", "access_key_2_active": "false", "access_key_2_last_used_date": "N/A"}])
    };
    for (at, expected) in [
        ("2026-11-19T00:00:00Z", vec![(Status::Open, root(support::PROD))]),
        ("2026-12-01T00:00:00Z", vec![(Status::Unknown, root(support::PROD))]),
        ("2025-11-19T00:00:00Z", vec![]),
    ] {
        world.account(support::PROD)["CredentialReport"] = used(at);
        assert_eq!(told(&world, "root-used-recently").0, expected, "{at}");
    }
}
