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
    let usual = [
        "AWSAFTExecution",
        "OrganizationAccountAccessRole",
        "AWSControlTowerExecution",
        "stacksets-exec-0a1b",
        "vendor",
    ];
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
        ("open-account-begins", "StringLike", "aws:PrincipalAccount", "1*"),
        ("open-arn-begins", "ArnLike", "aws:PrincipalArn", "arn:aws:iam::1*:role/deploy"),
        ("open-arn-of-text", "StringLike", "aws:PrincipalArn", "arn:aws:iam::12*:role/deploy"),
        ("open-organization", "StringLike", "aws:PrincipalOrgID", "o-a*"),
        ("open-paths-begin", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a*/r-ab12/*"),
        ("shut-account-whole", "StringLike", "aws:PrincipalAccount", "444455556666*"),
        ("shut-paths-whole", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-zzzzzzzzzz/*"),
        ("shut-account", "StringLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*"),
        ("shut-id", "StringLike", "aws:userid", "AROAEXAMPLE:*"),
        ("shut-paths", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-example/*"),
    ] {
        world.role(support::PROD, name, of_everybody(condition(operator, key, value)), &[]);
    }
    let found = judge(&world.estate(), "trust-any-principal", RuleSettings::default()).unwrap();
    let mut subjects: Vec<&str> = found.iter().map(|f| f.subject.rsplit('/').next().unwrap()).collect();
    subjects.sort_unstable();
    let open = [
        "open-account",
        "open-account-begins",
        "open-arn-begins",
        "open-arn-of-text",
        "open-organization",
        "open-paths",
        "open-paths-begin",
        "open-role-name",
        "open-session",
    ];
    assert_eq!(subjects, open, "{found:#?}");
}

fn found(world: &World, rule: &str) -> Vec<String> {
    let mut names: Vec<String> = judge(&world.estate(), rule, RuleSettings::default())
        .unwrap()
        .iter()
        .map(|f| format!("{:?} {}", f.status, f.subject.rsplit('/').next().unwrap()))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_dead_name_is_only_told_where_the_account_was_read_completely() {
    let mut world = World::of_organization();
    world.role(support::PROD, "by-dev", support::trusts(json!({"AWS": support::role(support::DEV, "gone")})), &[]);
    assert_eq!(found(&world, "trust-names-deleted-principal"), ["Open by-dev"]);
    let gone = json!({"StringEquals": {"aws:PrincipalArn": support::role(support::DEV, "gone")}});
    world.role(support::PROD, "by-condition", support::trusts_if(support::root(support::DEV), gone), &[]);
    let session = json!({"AWS": format!("arn:aws:sts::{}:assumed-role/gone/s", support::DEV)});
    world.role(support::PROD, "by-session", support::trusts(session), &[]);
    world.role(support::PROD, "by-outsider", support::trusts(json!({"AWS": support::role(support::VENDOR, "x")})), &[]);
    // whether anybody has the name is not known then
    world.without_file(support::DEV);
    let left = found(&world, "trust-names-deleted-principal");
    let of_roles: Vec<&String> = left.iter().filter(|found| found.contains("by-")).collect();
    assert_eq!(of_roles, ["Unknown by-condition", "Unknown by-dev", "Unknown by-session"], "{left:?}");
}

#[test]
fn another_organization_with_power_is_found_and_can_be_accepted() {
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let of_organization =
        |id: &str| support::trusts_if(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": id}}));
    let mut world = World::of_organization();
    world.role(support::PROD, "other", of_organization("o-elsewhere"), std::slice::from_ref(&all));
    world.role(support::PROD, "own", of_organization("o-example"), std::slice::from_ref(&all));
    world.role(support::PROD, "weak", of_organization("o-elsewhere"), &[]);
    let rule = "external-account-with-power";
    assert_eq!(found(&world, rule), ["Open other"]);
    let parameters = toml::from_str("allowed_organizations = [\"o-elsewhere\"]").unwrap();
    let settings = RuleSettings { parameters, ..RuleSettings::default() };
    assert!(judge(&world.estate(), rule, settings).unwrap().is_empty());
}

#[test]
fn names_that_wait_for_nobody_are_not_dead() {
    let gone = support::role(support::PROD, "gone");
    let mut world = World::of_organization();
    let pinned = json!({"StringEquals": {"aws:PrincipalArn": gone}});
    let of_account = support::root(support::PROD);
    world.role(support::PROD, "pinned", support::trusts_if(of_account.clone(), pinned.clone()), &[]);
    let mut denied = support::trusts(of_account);
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": pinned});
    denied["Statement"].as_array_mut().unwrap().push(deny);
    world.role(support::PROD, "denied", denied, &[]);
    world.role(support::PROD, "of-user", support::trusts(json!({"AWS": "AIDAQ7X2M4K9ZTLWB5VN"})), &[]);
    world.role(support::PROD, "of-group", support::trusts(json!({"AWS": "AGPAQ7X2M4K9ZTLWB5VN"})), &[]);
    assert_eq!(found(&world, "trust-names-deleted-principal"), ["Open of-user", "Open pinned"]);
}

#[test]
fn an_everybody_who_is_pinned_by_the_owner_of_an_endpoint_is_still_anybody() {
    let of_everybody = |condition| support::trusts_if(json!({"AWS": "*"}), condition);
    let mut world = World::of_organization();
    world.role(support::PROD, "owner", of_everybody(json!({"StringEquals": {"aws:VpceOrgID": "o-example"}})), &[]);
    let both = json!({"StringEquals": {"aws:VpceOrgID": "o-example", "aws:PrincipalOrgID": "o-example"}});
    world.role(support::PROD, "both", of_everybody(both), &[]);
    world.role(support::PROD, "address", of_everybody(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})), &[]);
    assert_eq!(found(&world, "trust-anyone-weakly-restricted"), ["Open owner"]);
    // an address alone is nothing
    assert_eq!(found(&world, "trust-any-principal"), ["Open address"]);
}

#[test]
fn on_whose_behalf_a_service_calls_can_be_pinned_in_every_way_that_it_says() {
    let of = |condition| support::trusts_if(json!({"Service": "states.amazonaws.com"}), condition);
    let mut world = World::of_organization();
    for (name, condition) in [
        ("open-region", json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
        ("open-star", json!({"StringLike": {"aws:SourceAccount": "*"}})),
        ("open-resource", json!({"ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:stateMachine:etl"}})),
        ("open-if-exists-of-nothing", json!({"StringNotEquals": {"aws:SourceAccount": "999988887777"}})),
        // a wildcard of StringLike spans the account
        ("open-tail", json!({"StringLike": {"aws:SourceArn": "arn:aws:states:*:stateMachine:*"}})),
        ("open-head", json!({"StringLike": {"aws:SourceArn": "*:stateMachine:*"}})),
        ("shut-id", json!({"StringEquals": {"sts:ExternalId": "222222222222"}})),
        ("shut-arn", json!({"StringLike": {"aws:SourceArn": "arn:aws:states:*:222222222222:*"}})),
        ("shut-paths", json!({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-example/*"}})),
        ("shut-if-exists", json!({"StringEqualsIfExists": {"aws:SourceAccount": "222222222222"}})),
    ] {
        world.role(support::PROD, name, of(condition), &[]);
    }
    let open = [
        "Open open-head",
        "Open open-if-exists-of-nothing",
        "Open open-region",
        "Open open-resource",
        "Open open-star",
        "Open open-tail",
    ];
    assert_eq!(found(&world, "service-trust-without-source"), open);
}

#[test]
fn an_organization_that_is_not_ones_own_is_found_by_its_id() {
    let rule = "external-account-not-allowed";
    let of_everybody = |condition| support::trusts_if(json!({"AWS": "*"}), condition);
    let mut world = World::of_organization();
    let own = world.organization()["Organization"]["Id"].as_str().unwrap().to_owned();
    for (name, operator, key, value) in [
        ("other", "StringEquals", "aws:PrincipalOrgID", "o-zzzzzzzzzz"),
        ("other-paths", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-zzzzzzzzzz/*"),
        ("other-paths-below", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-zzzzzzzzzz/r-ab12/ou-ab12-*/*"),
        ("own", "StringEquals", "aws:PrincipalOrgID", own.as_str()),
        ("but-other", "StringNotEquals", "aws:PrincipalOrgID", "o-zzzzzzzzzz"),
        ("any", "StringLike", "aws:PrincipalOrgID", "o-*"),
    ] {
        world.role(support::PROD, name, of_everybody(json!({operator: {key: value}})), &[]);
    }
    let both = json!({"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz", "aws:PrincipalAccount": support::DEV}});
    world.role(support::PROD, "never", of_everybody(both), &[]);
    let found = |allowed: &str| {
        let parameters = toml::from_str(&format!("allowed_organizations = [{allowed}]")).unwrap();
        let found = judge(&world.estate(), rule, RuleSettings { parameters, ..RuleSettings::default() }).unwrap();
        assert!(found.iter().all(|finding| finding.message.contains("organization o-zzzzzzzzzz")), "{found:#?}");
        found.iter().map(|f| f.subject.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["other", "other-paths", "other-paths-below"]);
    assert_eq!(found("\"o-zzzzzzzzzz\""), [""; 0]);
}
