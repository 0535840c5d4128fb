//! Edge cases of the rules about the accounts of an organization and what limits them.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use super::audit::collected;
use crate::support::{self, DEV, HUB, PROD, VENDOR, World};
use crate::{judge, root, told};

fn deny() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]})
}

fn messages(world: &World, rule: &str) -> Vec<String> {
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    assert!(found.iter().all(|finding| finding.status == Status::Open), "{found:#?}");
    found.into_iter().map(|finding| finding.message).collect()
}

fn unknown(world: &World, rule: &str) {
    assert_eq!(told(world, rule).0, [(Status::Unknown, root(HUB))], "{rule}");
}

/// Takes the SCP that allows everything from a root, OU or account.
fn detach_full_access(world: &mut World, target: &str) {
    let targets = world.organization()["Policies"][0]["TargetIds"].as_array_mut().unwrap();
    targets.retain(|attached| attached != target);
}

#[test]
fn what_no_guardrail_limits_is_told_where_it_begins() {
    let rule = "ou-without-guardrail";
    let mut world = World::of_organization();
    assert_eq!(messages(&world, rule), ["no SCP or RCP limits 2 accounts under the root"]);
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-prod", deny());
    assert_eq!(messages(&world, rule), ["no SCP or RCP limits 1 account under OU /Dev"]);
    // an RCP is a guardrail as well
    world.guardrail("RESOURCE_CONTROL_POLICY", DEV, deny());
    assert!(messages(&world, rule).is_empty());
    // one account of an OU that has its own leaves the others
    let mut world = World::of_organization();
    world.organization()["Accounts"][2]["ParentId"] = json!("ou-prod");
    world.guardrail("SERVICE_CONTROL_POLICY", PROD, deny());
    assert_eq!(messages(&world, rule), ["no SCP or RCP limits account dev"]);
    // a copy of what AWS attaches limits nobody
    let mut world = World::of_organization();
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", full);
    assert_eq!(messages(&world, rule).len(), 1);
    // a list of what is allowed limits
    let mut world = World::of_organization();
    let list = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", list);
    assert_eq!(messages(&world, rule).len(), 1, "beside one that allows everything it takes nothing");
    detach_full_access(&mut world, "r-root");
    assert!(messages(&world, rule).is_empty());
    // what was not read may allow everything beside it
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", json!({"Statement": "nonsense"}));
    unknown(&world, rule);
    // everything under a condition is a list as well
    let mut world = World::of_organization();
    let in_region = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", in_region);
    detach_full_access(&mut world, "r-root");
    assert!(messages(&world, rule).is_empty());
    // policies that were not read may limit them
    let mut world = World::of_organization();
    world.organization().as_object_mut().unwrap().remove("Policies");
    unknown(&world, rule);
    // without all features there are none
    world.organization()["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    assert_eq!(told(&world, rule).0, []);
    assert_eq!(messages(&world, "organization-without-all-features").len(), 1);
    world.organization()["Organization"].as_object_mut().unwrap().remove("FeatureSet");
    unknown(&world, "organization-without-all-features");
}

#[test]
fn accounts_whose_guardrails_were_not_read_may_be_open_in_all_regions() {
    let rule = "regions-not-restricted";
    let mut world = World::of_organization();
    assert!(messages(&world, rule).is_empty(), "nothing limits them");
    // what was not read may be a guardrail that does not restrict the Regions
    world.guardrail("RESOURCE_CONTROL_POLICY", "ou-prod", Value::Null);
    unknown(&world, rule);
    // with what is known of another account
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, deny());
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages.iter().any(|message| message.ends_with("of 1 of 1 accounts that SCPs or RCPs limit: dev")));
    assert!(messages.iter().any(|message| message.contains("SCPs or RCPs of 1 account were not read as a whole")));
    // an account that is restricted is, whatever else was not read
    let regions = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", regions);
    assert_eq!(told(&world, rule).0, []);
}

#[test]
fn whether_an_account_stands_in_the_wrong_ou_is_unknown_only_where_what_was_not_read_decides() {
    let judged = |world: &World, places: &str| {
        let settings = RuleSettings {
            parameters: toml::from_str(&format!("places = {places}")).unwrap(),
            ..RuleSettings::default()
        };
        let found = judge(&world.estate(), "account-in-wrong-ou", settings).unwrap();
        let told = |status| {
            let of_status = found.iter().filter(|finding| finding.status == status);
            of_status.map(|finding| finding.message.clone()).collect::<Vec<_>>()
        };
        (told(Status::Open), told(Status::Unknown))
    };
    // no tags were read
    let mut world = World::of_organization();
    let (open, unknown) = judged(&world, "[['tag:env=prod', 'ou:/Prod'], ['dev', 'ou:/Sandboxes']]");
    assert_eq!(open, ["`dev` selects it, and it stands in /Dev, not in `ou:/Sandboxes`"]);
    assert_eq!(unknown, ["cannot be judged: tags of the account, which `tag:env=prod` asks for, not read"]);
    let (open, unknown) = judged(&world, "[['dev', 'tag:kind=sandbox', 'ou:/Dev'], ['hub', 'tag:kind=hub']]");
    assert_eq!((open, unknown), (vec![], vec![]), "decided without them");
    world.organization()["Accounts"][2].as_object_mut().unwrap().remove("ParentId");
    let (open, unknown) = judged(&world, "[['dev', 'ou:/Dev'], ['prod', 'ou:/Dev']]");
    assert_eq!(open, ["`prod` selects it, and it stands in /Prod, not in `ou:/Dev`"]);
    assert_eq!(unknown, ["cannot be judged: OU of the account, which `ou:/Dev` asks for, not read"]);
    for places in ["[['tag:env=prod']]", "[[]]"] {
        let parameters = toml::from_str(&format!("places = {places}")).unwrap();
        let settings = RuleSettings { parameters, ..RuleSettings::default() };
        let error = judge(&world.estate(), "account-in-wrong-ou", settings).unwrap_err().diagnostic(None);
        assert!(error.why.contains("at least one OU"), "{error:?}");
    }
}

#[test]
fn a_guardrail_of_the_management_account_alone_limits_nobody() {
    let rule = "guardrail-without-effect";
    let mut world = World::of_organization();
    unknown(&world, rule);
    world.guardrail("RESOURCE_CONTROL_POLICY", HUB, deny());
    assert!(messages(&world, rule)[0].starts_with("RCP `guardrail-p-1` is attached to the management account alone"));
    world.organization()["Policies"][1]["TargetIds"] = json!([HUB, DEV]);
    assert!(messages(&world, rule).is_empty());
    world.organization()["Policies"][1]["TargetIds"] = json!([]);
    assert!(messages(&world, rule).is_empty(), "attached to nobody");
    world.organization()["Policies"][1].as_object_mut().unwrap().remove("TargetIds");
    unknown(&world, rule);
}

#[test]
fn delegated_administrators_of_powerful_services_are_approved_or_told() {
    let rule = "delegated-administrator-not-approved";
    let mut world = World::of_organization();
    unknown(&world, rule);
    for unreadable in [json!([{"Id": DEV}]), json!([{"Id": "dev"}])] {
        world.organization()["DelegatedAdministrators"] = unreadable;
        unknown(&world, rule);
    }
    let services = json!([{"ServicePrincipal": "sso.amazonaws.com"}, {"ServicePrincipal": "guardduty.amazonaws.com"}]);
    world.organization()["DelegatedAdministrators"] = json!([{"Id": DEV, "Services": services}]);
    assert_eq!(
        messages(&world, rule),
        [format!("account dev ({DEV}) is delegated administrator of `sso.amazonaws.com`")]
    );
    let approved = toml::from_str(&format!("approved_accounts = ['{DEV}']")).unwrap();
    let settings = RuleSettings { parameters: approved, ..RuleSettings::default() };
    assert!(judge(&world.estate(), rule, settings).unwrap().is_empty());
}

#[test]
fn accounts_stand_in_an_ou_and_in_the_organization() {
    let mut world = World::of_organization();
    assert!(messages(&world, "account-in-root").is_empty(), "the management account may stand in the root");
    for at in [1, 2] {
        world.organization()["Accounts"][at]["ParentId"] = json!("r-root");
    }
    let all = "2 of 2 member accounts are directly in the root: prod and dev";
    assert_eq!(messages(&world, "account-in-root"), [all]);
    let settings = RuleSettings {
        parameters: toml::from_str(&format!("allowed_accounts = ['{PROD}']")).unwrap(),
        ..RuleSettings::default()
    };
    let found = judge(&world.estate(), "account-in-root", settings).unwrap();
    assert_eq!(found[0].message, "account dev is directly in the root");
    world.organization()["Accounts"][2]["State"] = json!("SUSPENDED");
    world.without_file(DEV);
    assert_eq!(messages(&world, "account-in-root"), ["account prod is directly in the root"]);
    world.organization()["Accounts"][1].as_object_mut().unwrap().remove("ParentId");
    unknown(&world, "account-in-root");
    world.account(VENDOR);
    assert_eq!(told(&world, "account-outside-organization").0, [(Status::Open, root(VENDOR))]);
    // an account list that lacks its own management account is cut
    world.organization()["Accounts"].as_array_mut().unwrap().remove(0);
    let statuses: Vec<Status> =
        told(&world, "account-outside-organization").0.into_iter().map(|(status, _)| status).collect();
    assert!(statuses.iter().all(|status| *status == Status::Unknown) && !statuses.is_empty(), "{statuses:?}");
}

#[test]
fn ways_into_the_management_account_that_only_read_or_start_at_allowed_accounts_are_not_told() {
    let mut world = World::of_organization();
    let writes = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}});
    world.role(support::HUB, "ops", support::trusts(support::root(support::DEV)), &[writes]);
    world.role(support::HUB, "look", support::trusts(support::root(support::DEV)), &[]);
    world.role(
        support::DEV,
        "job",
        support::trusts(json!({"Service": "ec2.amazonaws.com"})),
        &[support::may_assume(&["*"])],
    );
    let told = |settings: &str| {
        let settings = RuleSettings { parameters: toml::from_str(settings).unwrap(), ..RuleSettings::default() };
        let found = judge(&world.estate(), "management-account-reachable", settings).unwrap();
        found.into_iter().map(|finding| finding.subject).collect::<Vec<_>>()
    };
    assert_eq!(told(""), [support::role(support::HUB, "ops")]);
    assert_eq!(told(&format!("allowed_accounts = ['{}']", support::DEV)), Vec::<String>::new());
    assert_eq!(told("allowed_roles = ['op*']"), Vec::<String>::new());
}

/// Without the list of accounts nobody knows who is a member, where it stands, or whether it can be used.
#[test]
fn without_the_list_of_accounts_nothing_about_members_is_passed() {
    let mut world = World::of_organization();
    let writes = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}});
    world.role(HUB, "ops", support::trusts(support::root(DEV)), &[writes]);
    world.role(DEV, "job", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[support::may_assume(&["*"])]);
    world.role(PROD, "old", support::trusts(support::root(VENDOR)), &[]);
    world.organization().as_object_mut().unwrap().remove("Accounts");
    for rule in ["ou-without-guardrail", "regions-not-restricted", "account-in-root"] {
        unknown(&world, rule);
    }
    let of = |rule: &str| told(&world, rule).0;
    assert_eq!(of("management-account-reachable"), [(Status::Unknown, support::role(HUB, "ops"))]);
    assert!(of("trust-names-departed-account").contains(&(Status::Unknown, support::role(PROD, "old"))));
    // whether an account is a member that gives up its root credentials, and where it stands, is not known either
    world.organization()["EnabledFeatures"] = json!(["RootCredentialsManagement"]);
    let unknown_of = |rule: &str, settings: &str| {
        let settings = RuleSettings { parameters: toml::from_str(settings).unwrap(), ..RuleSettings::default() };
        let found = judge(&world.estate(), rule, settings).unwrap();
        found.into_iter().filter(|one| one.status == Status::Unknown).map(|one| one.subject).collect::<Vec<_>>()
    };
    assert!(unknown_of("member-root-credentials-kept", "").contains(&root(PROD)));
    let places = "places = [['name:prod', 'ou:/Prod']]";
    assert!(unknown_of("account-in-wrong-ou", places).contains(&root(PROD)));
    let environments = "environments = [['ou:/Dev'], ['ou:/Prod']]";
    assert!(unknown_of("lower-environment-reaches-higher", environments).contains(&root(PROD)));
}

/// What was read of the organization is judged whichever accounts were left out.
#[test]
fn an_organization_is_judged_without_its_management_account() {
    let mut world = World::of_organization();
    world.account(PROD);
    world.account(DEV);
    world.organization()["EnabledFeatures"] = json!([]);
    world.organization()["DelegatedAdministrators"] =
        json!([{"Id": DEV, "Services": [{"ServicePrincipal": "sso.amazonaws.com"}]}]);
    world.guardrail("RESOURCE_CONTROL_POLICY", HUB, deny());
    world.organization()["Accounts"][1]["ParentId"] = json!("r-root");
    let complete = json!({"state": "complete"});
    let left_out = json!({"state": "skipped", "reason": "left out by `hub`"});
    let estate = collected(&world, &["all"], &json!({HUB: left_out, PROD: complete, DEV: complete}));
    let rules = [
        "account-in-root",
        "central-root-management-off",
        "delegated-administrator-not-approved",
        "guardrail-without-effect",
        "ou-without-guardrail",
    ];
    for rule in rules {
        let found = judge(&estate, rule, RuleSettings::default()).unwrap();
        let told: Vec<_> = found.iter().map(|finding| (finding.status, finding.subject.as_str())).collect();
        assert_eq!(told, [(Status::Open, root(HUB).as_str())], "{rule}");
    }
    // what is of the account itself is not judged
    let found = judge(&estate, "workload-in-management-account", RuleSettings::default()).unwrap();
    assert_eq!(found.len(), 0);
}

#[test]
fn what_may_not_be_in_force_limits_nobody() {
    let mut world = World::of_organization();
    let regions = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", regions);
    for rule in ["ou-without-guardrail", "regions-not-restricted"] {
        assert_eq!(told(&world, rule).0, [], "{rule}");
        let mut pending = World::of_organization();
        pending.organization().clone_from(world.organization());
        for status in ["PENDING_ENABLE", "PENDING_DISABLE"] {
            pending.organization()["Roots"][0]["PolicyTypes"] =
                json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": status}]);
            unknown(&pending, rule);
        }
        pending.organization().as_object_mut().unwrap().remove("Roots");
        unknown(&pending, rule);
    }
}

#[test]
fn what_limits_nobody_is_no_guardrail() {
    let (open, regions, idle) = ("ou-without-guardrail", "regions-not-restricted", "guardrail-without-effect");
    let of_linked = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-service-role/*"},
            "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}]});
    let list = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:*", "s3:*"], "Resource": "*"}]});
    let in_region = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}]});
    let full = json!({"Id": "p-RCPFullAWSAccess", "Name": "RCPFullAWSAccess", "Type": "RESOURCE_CONTROL_POLICY", "TargetIds": []});
    for (scp, why) in [
        (of_linked, "denies something to service-linked roles alone"),
        (list, "only allows, and stands beside an SCP that allows everything wherever it is attached"),
        (in_region.clone(), "only allows"),
    ] {
        let mut world = World::of_organization();
        world.organization()["Policies"].as_array_mut().unwrap().push(full.clone());
        world.guardrail("SERVICE_CONTROL_POLICY", "r-root", scp);
        assert_eq!(messages(&world, open), ["no SCP or RCP limits 2 accounts under the root"]);
        assert_eq!(messages(&world, regions), [""; 0]);
        let [message] = messages(&world, idle).try_into().unwrap();
        assert!(message.contains(why), "{message}");
    }
    let mut world = World::of_organization();
    world.organization()["Policies"].as_array_mut().unwrap().push(full);
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", in_region);
    detach_full_access(&mut world, "r-root");
    for rule in [open, regions, idle] {
        assert_eq!(messages(&world, rule), [""; 0], "{rule}");
    }
}
