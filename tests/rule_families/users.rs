//! Edge cases of the rules about users and groups.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use crate::support::World;
use crate::{judge, support, told};

#[test]
fn identity_accounts_are_not_guessed_where_users_enter_no_other_account() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]).user(support::PROD, "ben", &[]);
    assert_eq!(judge(&world.estate(), "iam-user-outside-identity-accounts", RuleSettings::default()).unwrap(), []);
}

#[test]
fn identity_accounts_that_fit_no_account_are_not_passed_over() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]);
    let parameters = toml::from_str("identity_accounts = ['hubb']").unwrap();
    let settings = RuleSettings { parameters, ..RuleSettings::default() };
    let findings = judge(&world.estate(), "iam-user-outside-identity-accounts", settings).unwrap();
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(only.message.contains("no account has this name"), "{}", only.message);
}

#[test]
fn groups_that_were_not_read_are_unknown() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]).with(support::HUB, "UserDetailList", "GroupList", Value::Null);
    let found = judge(&world.estate(), "user-near-group-limit", RuleSettings::default()).unwrap();
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((only.status, &only.subject), (Status::Unknown, &support::user(support::HUB, "ann")));
}

#[test]
fn what_a_plain_list_lacks_is_unknown_and_not_absent() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]).with(support::HUB, "UserDetailList", "AttachedManagedPolicies", Value::Null);
    let arn = format!("arn:aws:iam::{}:group/ops", support::HUB);
    let group = json!({"GroupName": "ops", "Arn": arn, "GroupPolicyList": [], "AttachedManagedPolicies": []});
    world.account(support::HUB)["GroupDetailList"] = json!([group]);
    let ann = || vec![(Status::Unknown, support::user(support::HUB, "ann"))];
    let ops = |status| vec![(status, arn.clone())];
    for rule in ["user-with-own-policies", "user-in-no-group"] {
        assert_eq!(told(&world, rule).0, ann(), "{rule}");
    }
    assert_eq!(told(&world, "group-without-members").0, ops(Status::Open));
    assert_eq!(told(&world, "group-without-policies"), (vec![], 1));
    world.with(support::HUB, "UserDetailList", "GroupList", Value::Null);
    assert_eq!(told(&world, "user-in-no-group").0, ann());
    for rule in ["group-without-members", "group-without-policies"] {
        assert_eq!(told(&world, rule).0, ops(Status::Unknown), "{rule}");
    }
    world.with(support::HUB, "UserDetailList", "GroupList", json!(["OPS"]));
    assert_eq!(told(&world, "group-without-members").0, vec![]);
    assert_eq!(told(&world, "group-without-policies").0, ops(Status::Open));
    world.account(support::HUB)["GroupDetailList"][0]["GroupPolicyList"] = Value::Null;
    assert_eq!(told(&world, "group-without-policies").0, ops(Status::Unknown));
}
