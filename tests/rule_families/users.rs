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
fn no_account_is_meant_for_users_where_people_come_in_by_identity_center() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]).user(support::PROD, "ben", &[]);
    let path = "aws-reserved/sso.amazonaws.com/";
    let name = format!("{path}AWSReservedSSO_Admin_0123456789abcdef");
    world.role(support::PROD, &name, support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    world.with(support::PROD, "RoleDetailList", "Path", json!(format!("/{path}")));
    world.with(support::PROD, "RoleDetailList", "RoleName", json!("AWSReservedSSO_Admin_0123456789abcdef"));
    let judged = |keys: &str| {
        let settings = RuleSettings { parameters: toml::from_str(keys).unwrap(), ..RuleSettings::default() };
        let found = judge(&world.estate(), "iam-user-outside-identity-accounts", settings).unwrap();
        found.into_iter().map(|finding| (finding.subject, finding.message)).collect::<Vec<_>>()
    };
    let found = judged("");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(_, message)| message.starts_with("people come in by IAM Identity Center")), "{found:?}");
    assert_eq!(judged("allowed_users = ['ann', 'b*']"), []);
    let [(only, _)] = judged("identity_accounts = ['hub']").try_into().unwrap();
    assert_eq!(only, support::user(support::PROD, "ben"));
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
fn roles_that_were_not_read_may_trust_the_users_of_any_account() {
    let mut world = World::of_organization();
    world.user(support::HUB, "ann", &[]).user(support::DEV, "bob", &[support::may_assume(&["*"])]);
    world.role(support::PROD, "app", support::trusts(support::root(support::DEV)), &[]);
    let rule = "iam-user-outside-identity-accounts";
    assert_eq!(told(&world, rule).0, [(Status::Open, support::user(support::HUB, "ann"))]);
    world.account(support::PROD)["IsTruncated"] = json!(true);
    let root = |account: &str| (Status::Unknown, format!("arn:aws:iam::{account}:root"));
    let found = told(&world, rule).0;
    assert_eq!(found, [root(support::HUB), root(support::PROD)], "bob is where users belong, whatever else there is");
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

#[test]
fn people_of_whom_something_was_not_read_may_reach_roles_without_mfa() {
    let world = || {
        let mut world = World::of_organization();
        let write = json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]});
        world.user(support::HUB, "ann", &[support::may_assume(&["*"])]);
        world.user(support::HUB, "bob", &[]);
        world.role(
            support::PROD,
            "target",
            support::trusts(json!({"AWS": support::user(support::HUB, "ann")})),
            &[write],
        );
        world
    };
    let told = |world: &World| {
        let found = judge(&world.estate(), "human-path-without-mfa", RuleSettings::default()).unwrap();
        found.iter().map(|f| format!("{:?} {}", f.status, f.subject.rsplit('/').next().unwrap())).collect::<Vec<_>>()
    };
    let without = |record: &mut Value, keys: &[&str]| {
        keys.iter().for_each(|key| drop(record.as_object_mut().unwrap().remove(*key)));
    };
    assert_eq!(told(&world()), ["Open ann"]);
    let mut without_policies = world();
    without(
        &mut without_policies.account(support::HUB)["UserDetailList"][0],
        &["UserPolicyList", "AttachedManagedPolicies"],
    );
    assert_eq!(told(&without_policies), ["Unknown ann"]);
    let mut without_trust = world();
    without(&mut without_trust.account(support::PROD)["RoleDetailList"][0], &["AssumeRolePolicyDocument"]);
    assert_eq!(told(&without_trust), ["Unknown ann"]);
    let mut without_power = world();
    let lists = ["RolePolicyList", "AttachedManagedPolicies"];
    without(&mut without_power.account(support::PROD)["RoleDetailList"][0], &lists);
    assert_eq!(told(&without_power), ["Unknown ann"]);
}

#[test]
fn roles_that_were_rolled_out_together_reach_other_accounts_and_not_their_own() {
    let may = support::may_assume(&["*"]);
    let world = |prod_trusts_hub: bool| {
        let mut world = World::of_organization();
        let relay = support::role(support::HUB, "relay");
        world.user(support::HUB, "ann", &[support::may_assume(&[&relay])]);
        world.role(support::HUB, "relay", support::trusts(support::root(support::HUB)), std::slice::from_ref(&may));
        let of_prod = if prod_trusts_hub { json!({"AWS": relay}) } else { json!({"Service": "ec2.amazonaws.com"}) };
        world.role(support::PROD, "relay", support::trusts(of_prod), std::slice::from_ref(&may));
        let nobody = support::trusts(json!({"Service": "ec2.amazonaws.com"}));
        world.role(support::DEV, "relay", nobody, std::slice::from_ref(&may));
        let others = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"},
            "StringNotEquals": {"aws:PrincipalAccount": support::HUB}});
        let write = json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]});
        world.role(support::HUB, "target", support::trusts_if(json!({"AWS": "*"}), others), &[write]);
        let found = judge(&world.estate(), "human-path-without-mfa", RuleSettings::default()).unwrap();
        found.iter().any(|finding| finding.message.contains("hub/target"))
    };
    assert!(world(true), "by the role of another account");
    assert!(!world(false), "not by the role of its own");
}
