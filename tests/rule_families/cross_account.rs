//! Edge cases of the rules about access between accounts.

use std::collections::BTreeMap;

use rolehop::finding::{Counts, Finding, Status};
use rolehop::graph::TrustGraph;
use rolehop::rules::{self, RuleSelection, RuleSettings};
use serde_json::{Value, json};

use crate::support::{DEV, HUB, PROD, VENDOR, World, may_assume, path, role, root, trusts, trusts_if, user, who_can};
use crate::{judge, told};

fn with(text: &str) -> RuleSettings {
    RuleSettings { parameters: toml::from_str(text).unwrap(), ..RuleSettings::default() }
}

fn findings(world: &World, rule: &str, settings: &str) -> Vec<Finding> {
    judge(&world.estate(), rule, with(settings)).unwrap()
}

fn asks_for(id: &str) -> Value {
    trusts_if(root(VENDOR), json!({"StringEquals": {"sts:ExternalId": id}}))
}

#[test]
fn no_finding_shows_an_external_id_and_redacted_ones_are_judged_alike() {
    let mut world = World::of_organization();
    world.role(PROD, "scanner", asks_for("a1b2c3"), &[]);
    let shown = findings(&world, "external-id-weak", "");
    assert!(shown[0].message.contains("fewer than 8") && !shown[0].message.contains("a1b2c3"), "{shown:#?}");
    let mut estate = world.estate();
    estate.redact_external_ids();
    let [hidden] = judge(&estate, "external-id-weak", with("")).unwrap().try_into().unwrap();
    assert_eq!((&hidden.message, &hidden.fingerprint), (&shown[0].message, &shown[0].fingerprint));
    assert!(hidden.status == Status::Open && hidden.evidence[0].text.ends_with("redacted-1"), "{hidden:#?}");
    let other = trusts_if(root("777766665555"), json!({"StringEquals": {"sts:ExternalId": "a1b2c3"}}));
    world.role(DEV, "other", other, &[]);
    let mut estate = world.estate();
    estate.redact_external_ids();
    let shared = judge(&estate, "external-id-weak", with("")).unwrap();
    assert!(shared.len() == 2 && shared.iter().all(|f| f.message.contains("other accounts")), "{shared:#?}");
}

#[test]
fn accounts_that_a_role_trusts_together_share_an_id_rightly() {
    let both = json!({"AWS": [format!("arn:aws:iam::{VENDOR}:root"), "arn:aws:iam::777766665555:root"]});
    let mut world = World::of_organization();
    for (account, name) in [(PROD, "scanner"), (DEV, "scanner-too")] {
        world.role(
            account,
            name,
            trusts_if(both.clone(), json!({"StringEquals": {"sts:ExternalId": "6f1c0e52-33ab"}})),
            &[],
        );
    }
    assert_eq!(findings(&world, "external-id-weak", ""), []);
}

#[test]
fn without_environments_nothing_is_lower() {
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&[&role(PROD, "deploy")])]);
    world.role(PROD, "deploy", trusts(root(DEV)), &[]);
    let (found, not_applicable) = told(&world, "lower-environment-reaches-higher");
    assert!(found.is_empty() && not_applicable == 1, "{found:?}");
}

const ENVIRONMENTS: &str = "environments = [['ou:/Dev'], ['ou:/Prod']]";

/// What nobody asked for lacks no data.
#[test]
fn rules_that_wait_for_a_setting_miss_nothing_without_it() {
    let mut world = World::of_organization();
    world.without_file(DEV);
    let rules = [
        "lower-environment-reaches-higher",
        "required-tag-missing",
        "user-required-tag-missing",
        "password-expiry-off",
    ];
    for rule in rules {
        assert_eq!(findings(&world, rule, ""), [], "{rule}");
    }
    assert!(!findings(&world, "required-tag-missing", "tags = ['owner']").is_empty());
}

#[test]
fn only_the_first_role_of_a_higher_environment_is_told_and_never_the_way_down() {
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&[&role(PROD, "deploy")])]);
    world.role(PROD, "deploy", trusts(root(DEV)), &[may_assume(&["*"])]);
    world.role(PROD, "behind", trusts(root(PROD)), &[]);
    world.role(DEV, "down", trusts(root(PROD)), &[]);
    let found = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only.path, [user(DEV, "dan"), role(PROD, "deploy")]);
    assert_eq!(*only.principals, [user(DEV, "dan")]);
}

#[test]
fn an_account_between_environments_is_passed_through() {
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&[&role(HUB, "relay")])]);
    world.role(HUB, "relay", trusts(root(DEV)), &[may_assume(&[&role(PROD, "deploy")])]);
    world.role(PROD, "deploy", trusts(root(HUB)), &[]);
    let found = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS);
    assert!(found[0].message.ends_with("in 2 hops"), "{found:#?}");
    assert_eq!(found[0].path, [user(DEV, "dan"), role(HUB, "relay"), role(PROD, "deploy")]);
}

#[test]
fn a_lower_environment_that_was_not_read_may_reach_a_higher_one() {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(root(DEV)), &[]);
    world.without_file(DEV);
    let found = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS);
    let of_role: Vec<&Finding> = found.iter().filter(|f| f.subject == role(PROD, "deploy")).collect();
    assert!(of_role.len() == 1 && of_role[0].status == Status::Unknown, "{found:#?}");
}

#[test]
fn environments_by_tag_are_unknown_where_tags_were_not_read() {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(root(DEV)), &[]);
    let found =
        findings(&world, "lower-environment-reaches-higher", "environments = [['tag:env=dev'], ['tag:env=prod']]");
    assert!(found.iter().any(|f| f.status == Status::Unknown && f.message.contains("environment of 1")), "{found:#?}");
}

#[test]
fn an_account_of_unknown_environment_may_be_a_lower_one() {
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&[&role(PROD, "deploy")])]);
    world.role(PROD, "deploy", trusts(root(DEV)), &[]);
    world.role(PROD, "other", trusts(root(PROD)), &[]);
    world.organization()["Accounts"][2].as_object_mut().unwrap().remove("ParentId");
    let found = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((only.status, &only.subject), (Status::Unknown, &role(PROD, "deploy")));
    assert!(only.message.contains("environment of account dev not known"), "{}", only.message);
}

#[test]
fn one_policy_is_one_finding_however_many_accounts_hold_it() {
    let mut world = World::of_organization();
    let wide = may_assume(&["*"]);
    for account in [HUB, PROD, DEV] {
        world.role(account, "app", trusts(json!({"Service": "ec2.amazonaws.com"})), std::slice::from_ref(&wide));
    }
    let found = findings(&world, "assume-role-on-all-resources", "");
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert!(only.message.ends_with("3 principals of 3 accounts hold it"), "{}", only.message);
    // a baseline that knows these three does not know a fourth
    assert_eq!(only.principals.len(), 3, "{:?}", only.principals);
    assert!(only.principals.contains(&role(DEV, "app")));
}

#[test]
fn a_grant_on_all_roles_of_one_account_or_for_every_action_is_another_matter() {
    let mut world = World::of_organization();
    let of_account = may_assume(&[&format!("arn:aws:iam::{PROD}:role/*")]);
    let admin = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["*", "sts:AssumeRole"], "Resource": "*"}]});
    let all_but = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": format!("arn:aws:iam::{PROD}:role/*")}]});
    world.user(HUB, "one", &[of_account]).user(HUB, "admin", &[admin]);
    assert_eq!(findings(&world, "assume-role-on-all-resources", ""), []);
    world.user(HUB, "rest", &[all_but]);
    assert_eq!(findings(&world, "assume-role-on-all-resources", "").len(), 1);
}

#[test]
fn a_former_account_needs_no_entry_in_the_organization() {
    let mut world = World::of_organization();
    world.role(PROD, "old", trusts(json!({"AWS": role(VENDOR, "deploy")})), &[]);
    assert_eq!(findings(&world, "trust-names-departed-account", ""), []);
    let found = findings(&world, "trust-names-departed-account", &format!("former_accounts = ['{VENDOR}']"));
    assert!(found[0].message.contains("is a former account"), "{found:#?}");
}

/// A file of a suspended account tells what was there before. One that waits for its activation has not departed.
#[test]
fn an_account_has_departed_by_its_state_whatever_was_read_of_it() {
    let rule = "trust-names-departed-account";
    for (state, count) in [("SUSPENDED", 1), ("CLOSED", 1), ("PENDING_ACTIVATION", 0), ("ACTIVE", 0)] {
        for file in [true, false] {
            let mut world = World::of_organization();
            world.user(DEV, "bob", &[may_assume(&["*"])]);
            world.role(PROD, "app", trusts(root(DEV)), &[]);
            world.organization()["Accounts"][2]["State"] = json!(state);
            if !file {
                world.without_file(DEV);
            }
            let open = findings(&world, rule, "").into_iter().filter(|finding| finding.status == Status::Open);
            assert_eq!(open.count(), count, "{state} {file}");
            let answer = who_can(&world, &role(PROD, "app"));
            let told: Vec<_> = answer.answers.iter().map(|one| one.principal.as_str()).collect();
            let dormant = !told.contains(&user(DEV, "bob").as_str());
            assert_eq!(dormant, !file || count == 1, "{state} {file}: {told:?}");
            if count == 1 {
                let path = path(&world, DEV, &role(PROD, "app"));
                let needs = path.needs.phrases().join(", ");
                assert_eq!(needs, format!("the account in use again ({})", state.to_lowercase()));
                assert!(path.note.unwrap().contains("nobody can act"), "{:?}", path.note);
            }
        }
    }
}

#[test]
fn a_wide_grant_is_one_in_its_own_partition_and_nobody_can_mend_that_of_aws() {
    let rule = "assume-role-on-all-resources";
    for (partition, resource, count) in [
        ("aws", "arn:aws:iam::*:role/*", 1),
        ("aws", "arn:aws*:iam::*:role/*", 1),
        ("aws", "arn:aws-us-gov:iam::*:role/*", 0),
        ("aws", "arn:aws-cn:iam::*:*", 0),
        ("aws-us-gov", "arn:aws-us-gov:iam::*:role/*", 1),
        ("aws-us-gov", "arn:aws:iam::*:role/*", 0),
        ("aws", "arn:aws:iam::*:role/ci-*", 0),
        ("aws", "arn:aws:iam::*:user/*", 0),
    ] {
        let mut world = World::of_organization();
        world.user(HUB, "ann", &[may_assume(&[resource])]);
        world.with(HUB, "UserDetailList", "Arn", json!(format!("arn:{partition}:iam::{HUB}:user/ann")));
        assert_eq!(findings(&world, rule, "").len(), count, "{partition} {resource}");
    }
    let mut world = World::of_organization();
    let arn = "arn:aws:iam::aws:policy/WideAccess";
    world.account(HUB)["Policies"] = json!([{"PolicyName": "WideAccess", "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": may_assume(&["*"])}]}]);
    world.role(HUB, "app", trusts(root(HUB)), &[]);
    let attached = |arn: &str| json!([{"PolicyName": "WideAccess", "PolicyArn": arn}]);
    world.with(HUB, "RoleDetailList", "AttachedManagedPolicies", attached(arn));
    assert_eq!(findings(&world, rule, ""), []);
    // a policy of the customer that was not read may be one
    world.with(
        HUB,
        "RoleDetailList",
        "AttachedManagedPolicies",
        attached(&format!("arn:aws:iam::{HUB}:policy/WideAccess")),
    );
    let [only] = findings(&world, rule, "").try_into().unwrap();
    assert!(only.status == Status::Unknown && only.message.starts_with("1 policy cannot be judged"), "{only:#?}");
}

/// AWS global condition context keys: `aws:ResourceOrgID`, `aws:ResourceAccount`, `aws:ResourceTag/…` are of the role that is assumed.
#[test]
fn a_wide_grant_is_limited_by_what_keeps_out_a_role_that_nobody_thought_of() {
    let condition = |operator: &str, key: &str, value: Value| json!({operator: {key: value}});
    let own = || json!("o-example");
    for (of_allow, of_deny, count) in [
        (condition("StringEquals", "aws:ResourceOrgID", own()), Value::Null, 0),
        (condition("StringEquals", "aws:ResourceOrgID", json!("${aws:PrincipalOrgID}")), Value::Null, 0),
        (condition("StringNotEquals", "aws:ResourceOrgID", own()), Value::Null, 1),
        (condition("StringNotEquals", "aws:ResourceAccount", json!([PROD])), Value::Null, 1),
        (condition("StringLike", "aws:ResourceAccount", json!("*")), Value::Null, 1),
        (condition("StringEquals", "iam:ResourceTag/team", json!("a")), Value::Null, 0),
        (condition("StringEqualsIfExists", "aws:ResourceTag/team", json!("a")), Value::Null, 1),
        (Value::Null, condition("StringNotEquals", "aws:ResourceOrgID", own()), 0),
        (Value::Null, condition("StringNotEquals", "aws:ResourceOrgID", json!("${aws:PrincipalOrgID}")), 0),
        (Value::Null, condition("StringNotEquals", "aws:ResourceAccount", json!([HUB, PROD])), 0),
        (Value::Null, condition("Null", "aws:ResourceTag/team", json!("true")), 0),
        (Value::Null, condition("StringEquals", "aws:ResourceAccount", json!(PROD)), 1),
        (Value::Null, condition("BoolIfExists", "aws:MultiFactorAuthPresent", json!("false")), 1),
    ] {
        let mut statements = vec![json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})];
        if !of_allow.is_null() {
            statements[0]["Condition"] = of_allow.clone();
        }
        if !of_deny.is_null() {
            statements.push(json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": of_deny}));
        }
        let mut world = World::of_organization();
        world.user(HUB, "ann", &[json!({"Version": "2012-10-17", "Statement": statements})]);
        assert_eq!(findings(&world, "assume-role-on-all-resources", "").len(), count, "{of_allow} {of_deny}");
    }
    // a Deny of another partition denies nothing here
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "arn:aws-cn:iam::*:role/*"}]});
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[deny]);
    assert_eq!(findings(&world, "assume-role-on-all-resources", "").len(), 1);
}

#[test]
fn an_external_id_is_weak_by_what_is_easy_in_it() {
    let mut world = World::of_organization();
    for (name, id) in [
        ("short", "k9zt4"),
        ("word", "change-me"),
        ("account", "vendor-222222222222"),
        ("account-of-sibling", &format!("{DEV}-x")),
        ("own-name", "scanner"),
        ("pattern", "acme-*"),
        ("long", "vendor:222222222222:q7x2m4k9ztb5v8n3"),
        ("random", "6f1c0e52-33ab-4c1d"),
        ("tiny-name", "tin"),
    ] {
        let test = if id.contains('*') { "StringLike" } else { "StringEquals" };
        let name = if name == "own-name" { "scanner-role" } else { name };
        world.role(PROD, name, trusts_if(root(VENDOR), json!({test: {"sts:ExternalId": id}})), &[]);
    }
    let mut found: Vec<String> = findings(&world, "external-id-weak", "")
        .into_iter()
        .map(|f| format!("{}: {}", f.subject.rsplit('/').next().unwrap(), f.message.rsplit(": ").next().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "account-of-sibling: it is little more than the id of an account",
            "account: it is little more than the id of an account",
            "pattern: any that fits a pattern will do",
            "scanner-role: it is a word that anybody would try",
            "short: it has fewer than 8 characters",
            "tiny-name: it has fewer than 8 characters",
            "word: it is a word that anybody would try",
        ]
    );
}

#[test]
fn a_role_for_outsiders_is_unused_unless_it_was_used_lately() {
    let rule = "external-role-unused";
    let world = |used: Value, created: &str| {
        let mut world = World::of_organization();
        world.role(PROD, "scanner", trusts(root(VENDOR)), &[]);
        world.with(PROD, "RoleDetailList", "RoleLastUsed", used);
        world.with(PROD, "RoleDetailList", "CreateDate", json!(created));
        world
    };
    let (old, new) = ("2020-01-01T00:00:00Z", "2026-11-10T00:00:00Z");
    let used = |at: &str| json!({"LastUsedDate": at});
    let subject = role(PROD, "scanner");
    assert_eq!(told(&world(used(old), old), rule).0, [(Status::Open, subject.clone())]);
    assert_eq!(told(&world(json!({}), old), rule).0, [(Status::Open, subject.clone())]);
    assert_eq!(told(&world(json!({}), new), rule).0, []);
    assert_eq!(told(&world(used(new), old), rule).0, []);
    // an account list that is cut may have the outsider
    let mut world = world(used(old), old);
    world.organization()["Accounts"].as_array_mut().unwrap().remove(0);
    assert_eq!(told(&world, rule).0, [(Status::Unknown, subject)]);
}

#[test]
fn a_role_that_two_rules_find_unused_is_told_by_the_one_that_says_more() {
    let mut world = World::of_organization();
    for (name, trust) in [("scanner", trusts(root(VENDOR))), ("left", trusts(root(PROD)))] {
        world.role(PROD, name, trust, &[]);
        world.with(PROD, "RoleDetailList", "RoleLastUsed", json!({"LastUsedDate": "2025-11-20T00:00:00Z"}));
        world.with(PROD, "RoleDetailList", "CreateDate", json!("2020-01-01T00:00:00Z"));
    }
    let found = |only: &[&str], settings: &str| {
        let settings = BTreeMap::from([("external-role-unused".to_owned(), with(settings))]);
        let only = only.iter().map(|rule| (*rule).to_owned()).collect();
        let selection = RuleSelection { only, settings, ..RuleSelection::default() };
        let assessment = rules::check(&TrustGraph::new(&world.estate()), &selection).unwrap();
        let found: Vec<(String, String)> =
            assessment.findings.iter().map(|finding| (finding.rule.to_string(), finding.subject.clone())).collect();
        (found, assessment.counts("role-unused").unwrap())
    };
    let of = |rule: &str, name: &str| (rule.to_owned(), role(PROD, name));
    let both = ["external-role-unused", "role-unused"];
    let (told, counts) = found(&both, "");
    assert_eq!(told, [of("external-role-unused", "scanner"), of("role-unused", "left")]);
    assert_eq!((counts.judged, counts.failed, counts.not_applicable), (1, 1, 1));
    // nothing is lost where the other rule does not run, or does not find it
    let general = vec![of("role-unused", "left"), of("role-unused", "scanner")];
    let sorted = |(mut told, counts): (Vec<_>, Counts)| {
        told.sort();
        (told, counts.failed)
    };
    assert_eq!(sorted(found(&both[1..], "")), (general.clone(), 2));
    assert_eq!(sorted(found(&both, "days = 400")), (general, 2));
}

#[test]
fn an_id_that_is_not_asked_of_everybody_is_no_matter_of_its_form() {
    let mut world = World::of_organization();
    let mut open = asks_for("a1b2c3");
    let statements = open["Statement"].as_array_mut().unwrap();
    let mut other = statements[0].clone();
    other.as_object_mut().unwrap().remove("Condition");
    statements.push(other);
    world.role(PROD, "scanner", open, &[]);
    let any = trusts_if(root(VENDOR), json!({"StringLike": {"sts:ExternalId": "*"}}));
    world.role(PROD, "any", any, &[]);
    assert_eq!(findings(&world, "external-id-weak", ""), [], "told by external-trust-without-external-id");
}

#[test]
fn a_way_up_starts_at_the_last_of_the_lower_environment() {
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&[&role(DEV, "deploy")])]);
    world.role(DEV, "deploy", trusts(root(DEV)), &[may_assume(&[&role(PROD, "target")])]);
    world.role(PROD, "target", trusts(json!({"AWS": role(DEV, "deploy")})), &[]);
    let [only] = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS).try_into().unwrap();
    assert_eq!(only.path, [role(DEV, "deploy"), role(PROD, "target")]);
    world.organization()["Accounts"][1].as_object_mut().unwrap().remove("ParentId");
    let found = findings(&world, "lower-environment-reaches-higher", ENVIRONMENTS);
    assert!(found.iter().any(|f| f.status == Status::Unknown && f.message.contains("environment of 1")), "{found:#?}");
}

#[test]
fn a_hub_has_many_on_both_sides_and_itself_on_neither() {
    let mut world = World::of_organization();
    world.role(HUB, "relay", trusts(root(HUB)), &[may_assume(&["*"])]);
    for name in ["ann", "bob"] {
        world.user(HUB, name, &[may_assume(&[&role(HUB, "relay")])]);
    }
    for account in [HUB, PROD, DEV] {
        world.role(account, "work", trusts(json!({"AWS": role(HUB, "relay")})), &[]);
    }
    // whether she can is not known
    world.user(HUB, "cat", &[]);
    let gone = json!([{"PolicyName": "gone", "PolicyArn": format!("arn:aws:iam::{HUB}:policy/gone")}]);
    world.with(HUB, "UserDetailList", "AttachedManagedPolicies", gone);
    let found = |principals, accounts| {
        let found = findings(&world, "hub-role", &format!("principals = {principals}\naccounts = {accounts}"));
        found.into_iter().map(|finding| finding.status).collect::<Vec<_>>()
    };
    let (open, perhaps) = (vec![Status::Open], vec![Status::Unknown]);
    assert_eq!([found(2, 2), found(3, 2), found(4, 2), found(2, 3)], [open, perhaps, vec![], vec![]]);
    let [only] = findings(&world, "hub-role", "principals = 1\naccounts = 1").try_into().unwrap();
    assert_eq!(only.message, "2 principals can assume it, and it can assume roles of 2 other accounts");
}

#[test]
fn roles_that_were_rolled_out_and_trust_each_other_are_one_circle() {
    let mut world = World::of_organization();
    for account in [HUB, PROD, DEV] {
        world.role(account, "relay", trusts(json!({"AWS": "*"})), &[may_assume(&["*"])]);
        // needs no policy of its own for the call back: the trust is of its account
        world.role(account, "local", trusts(json!({"AWS": role(account, "relay")})), &[]);
    }
    let [only] = findings(&world, "roles-assume-each-other", "").try_into().unwrap();
    assert!(only.message.starts_with("6 roles of 3 accounts can assume each other in a circle, as in "), "{only:#?}");
    assert_eq!(only.status, Status::Open);
}

#[test]
fn roles_that_only_accounts_around_them_join_are_in_no_circle() {
    let mut world = World::of_organization();
    // each trusts the next, and the last nobody
    world.role(HUB, "a", trusts(json!({"AWS": role(PROD, "b")})), &[may_assume(&["*"])]);
    world.role(PROD, "b", trusts(json!({"AWS": role(DEV, "c")})), &[may_assume(&["*"])]);
    world.role(DEV, "c", trusts(root(DEV)), &[may_assume(&["*"])]);
    assert_eq!(findings(&world, "roles-assume-each-other", ""), []);
}

#[test]
fn a_circle_may_close_in_an_account_that_was_not_read() {
    let mut world = World::of_organization();
    world.role(PROD, "sync", trusts(root(DEV)), &[may_assume(&["*"])]);
    world.role(PROD, "end", trusts(root(DEV)), &[]);
    world.without_file(DEV);
    let found = findings(&world, "roles-assume-each-other", "");
    let told: Vec<(Status, &str)> = found.iter().map(|finding| (finding.status, finding.message.as_str())).collect();
    assert!(found.iter().all(|finding| finding.status == Status::Unknown), "{told:#?}");
    let of_prod: Vec<_> = told.iter().filter(|(_, message)| message.contains("of 1 roles)")).collect();
    assert_eq!(of_prod.len(), 1, "{told:#?}");
}
