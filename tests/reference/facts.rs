//! The referee against single facts, so that agreement with the engine is not its only proof.

use serde_json::{Value, json};

use super::reference::Given;
use super::reference::decide::{Layers, Outcome, decide};
use super::reference::statement::{Caller, Request};

const OURS: &str = "111111111111";
const THEIRS: &str = "222222222222";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";

fn given(pairs: &[(&str, &[&str])]) -> Given {
    let owned = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
    let values = pairs.iter().map(|(key, values)| (key.to_lowercase(), owned(values))).collect();
    Given { values, session: "s-1".to_owned() }
}

fn user(account: &str) -> Caller {
    Caller::User { account: account.to_owned(), arn: format!("arn:aws:iam::{account}:user/ann") }
}

fn role(account: &str) -> Caller {
    Caller::Role {
        account: account.to_owned(),
        name: "ci".to_owned(),
        arn: format!("arn:aws:iam::{account}:role/path/ci"),
    }
}

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trusts(principal: Value) -> Value {
    document(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
}

fn allows(resource: &str) -> Value {
    document(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}]))
}

fn asked(layers: &Layers<'_>, caller: &Caller, context: &Given) -> Outcome {
    decide(layers, &Request { caller, action: "sts:AssumeRole", resource: ROLE, context }).unwrap()
}

fn entered(trust: &Value, identity: &[&Value], caller: &Caller) -> Outcome {
    let same_account = match caller {
        Caller::User { account, .. } | Caller::Role { account, .. } => account == OURS,
        Caller::Service { .. } | Caller::Provider { .. } => false,
    };
    let layers = Layers { identity: identity.to_vec(), trust: Some(trust), same_account, ..Layers::default() };
    asked(&layers, caller, &given(&[]))
}

/// Whether a condition is satisfied, as the condition of a trust statement that otherwise allows every principal of the
/// account.
fn condition(block: Value, context: &[(&str, &[&str])]) -> bool {
    condition_in("2012-10-17", block, context)
}

fn condition_in(version: &str, block: Value, context: &[(&str, &[&str])]) -> bool {
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": block});
    let trust = json!({"Version": version, "Statement": [statement]});
    let layers = Layers { trust: Some(&trust), same_account: true, ..Layers::default() };
    asked(&layers, &user(OURS), &given(context)) == Outcome::Allow
}

#[test]
fn an_account_delegates_and_a_name_of_the_same_account_grants() {
    let root = trusts(json!({"AWS": format!("arn:aws:iam::{OURS}:root")}));
    assert_eq!(entered(&root, &[], &user(OURS)), Outcome::ImplicitDeny);
    assert_eq!(entered(&root, &[&allows("*")], &user(OURS)), Outcome::Allow);
    assert_eq!(entered(&root, &[&allows("*")], &user(THEIRS)), Outcome::ImplicitDeny);
    assert_eq!(entered(&trusts(json!({"AWS": OURS})), &[&allows("*")], &role(OURS)), Outcome::Allow);
    for account in [OURS, THEIRS] {
        let named = trusts(json!({"AWS": format!("arn:aws:iam::{account}:user/ann")}));
        let alone = if account == OURS { Outcome::Allow } else { Outcome::ImplicitDeny };
        assert_eq!(entered(&named, &[], &user(account)), alone, "a name does not cross accounts alone");
        assert_eq!(entered(&named, &[&allows("*")], &user(account)), Outcome::Allow);
        assert_eq!(entered(&trusts(json!("*")), &[], &user(account)), alone);
    }
}

#[test]
fn a_session_is_named_without_path_and_exactly() {
    let session = |text: &str| entered(&trusts(json!({"AWS": text})), &[], &role(OURS));
    assert_eq!(session("arn:aws:sts::111111111111:assumed-role/ci/s-1"), Outcome::Allow);
    assert_eq!(session("arn:aws:sts::111111111111:assumed-role/ci/s-2"), Outcome::ImplicitDeny);
    assert_eq!(session("arn:aws:sts::111111111111:assumed-role/ci/*"), Outcome::ImplicitDeny);
    assert_eq!(session("arn:aws:sts::111111111111:assumed-role/path/ci/s-1"), Outcome::ImplicitDeny);
    assert_eq!(session("arn:aws:iam::111111111111:role/path/ci"), Outcome::Allow);
    assert_eq!(session("arn:aws:iam::111111111111:role/ci"), Outcome::ImplicitDeny);
    assert_eq!(session("arn:aws:iam::111111111111:role/path/*"), Outcome::ImplicitDeny);
    assert_eq!(session("AROADEADDEADDEADDEAD"), Outcome::ImplicitDeny);
}

#[test]
fn a_boundary_cuts_what_is_not_granted_past_it() {
    let boundary = document(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let with = |name: Value, caller: Caller| {
        let trust = trusts(json!({"AWS": name}));
        let identity = allows("*");
        let layers = Layers {
            identity: vec![&identity],
            boundary: Some(&boundary),
            trust: Some(&trust),
            same_account: true,
            ..Layers::default()
        };
        asked(&layers, &caller, &given(&[]))
    };
    assert_eq!(with(json!(OURS), user(OURS)), Outcome::ImplicitDeny);
    assert_eq!(with(json!("arn:aws:iam::111111111111:user/ann"), user(OURS)), Outcome::Allow);
    assert_eq!(with(json!("*"), role(OURS)), Outcome::Allow);
    assert_eq!(with(json!("arn:aws:sts::111111111111:assumed-role/ci/s-1"), role(OURS)), Outcome::Allow);
    assert_eq!(with(json!("arn:aws:iam::111111111111:role/path/ci"), role(OURS)), Outcome::ImplicitDeny);
}

#[test]
fn every_level_allows_and_any_deny_ends_it() {
    let (trust, open, nothing) = (trusts(json!("*")), allows("*"), document(json!([])));
    let deny = document(json!({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}));
    let everybody = document(json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}));
    let with = |scp: Option<Vec<Vec<&Value>>>, rcp: &[&Value]| {
        let layers = Layers { scp, rcp: rcp.to_vec(), trust: Some(&trust), same_account: true, ..Layers::default() };
        asked(&layers, &user(OURS), &given(&[]))
    };
    assert_eq!(with(None, &[]), Outcome::Allow);
    assert_eq!(with(Some(vec![vec![&open], vec![&nothing, &open]]), &[]), Outcome::Allow);
    assert_eq!(with(Some(vec![vec![&open], vec![&nothing]]), &[]), Outcome::ImplicitDeny);
    assert_eq!(with(Some(vec![vec![&open], vec![]]), &[]), Outcome::ImplicitDeny);
    assert_eq!(with(Some(vec![vec![&open, &deny]]), &[]), Outcome::ExplicitDeny);
    assert_eq!(with(None, &[&everybody]), Outcome::ExplicitDeny);
}

#[test]
fn actions_and_resources_are_patterns() {
    let fits = |element: &str, value: Value, other: &str, resource: Value| {
        let identity = document(json!({"Effect": "Allow", element: value, other: resource}));
        entered(&trusts(json!({"AWS": OURS})), &[&identity], &user(OURS)) == Outcome::Allow
    };
    let action = |value: &str| fits("Action", json!(value), "Resource", json!("*"));
    assert!(action("STS:assumeROLE") && action("sts:As*") && action("sts:Assume?ole") && action("*"));
    assert!(!action(" sts:AssumeRole") && !action("sts:AssumeRole,s3:*") && !action("s3:*") && !action("sts"));
    assert!(fits("NotAction", json!([" sts:AssumeRole"]), "Resource", json!("*")));
    assert!(!fits("NotAction", json!(["s3:*", "sts:*"]), "Resource", json!("*")));
    let resource = |value: &str| fits("Action", json!("*"), "Resource", json!(value));
    assert!(resource(ROLE) && resource("arn:aws:iam::*:role/*") && resource("arn:aws:iam::1*1:role/te?m/*"));
    assert!(resource("arn:aws:iam::*") && resource("arn:*") && resource("arn:*:iam::111111111111:*"));
    assert!(!resource("arn:aws:iam::111111111111:role/app") && !resource("arn:aws:iam::*:ROLE/*"));
    assert!(
        !resource("arn:aws:iam::*:role")
            && !resource("arn:aws:iam:")
            && !resource("arn:aws:iam::*:role/${aws:username}*")
    );
    assert!(fits("Action", json!("*"), "NotResource", json!("arn:aws:iam::*:role/${aws:username}*")));
    assert!(!fits("Action", json!("*"), "NotResource", json!(["x", ROLE])));
}

#[test]
fn an_absent_key_has_a_truth_of_its_own() {
    for (operator, value, expected) in [
        ("StringEquals", "a", false),
        ("StringNotEquals", "a", true),
        ("StringNotLike", "*", true),
        ("StringLikeIfExists", "a", true),
        ("Bool", "false", false),
        ("BoolIfExists", "true", true),
        ("NotIpAddress", "10.0.0.0/8", true),
        ("NumericLessThan", "5", false),
        ("NumericNotEquals", "5", true),
        ("DateLessThan", "2026-01-01T00:00:00Z", false),
        ("ArnNotLike", "arn:aws:iam::*:role/*", true),
        ("ForAllValues:StringEquals", "a", true),
        ("ForAnyValue:StringNotEquals", "a", false),
        ("Null", "true", true),
        ("Null", "false", false),
    ] {
        assert_eq!(condition(json!({operator: {"k": value}}), &[]), expected, "{operator}");
        assert_eq!(condition(json!({operator: {"k": value}}), &[("k", &[])]), expected, "{operator}, empty");
    }
}

#[test]
fn a_list_is_any_of_or_none_of() {
    let holds = |operator: &str, values: &[&str]| condition(json!({operator: {"K": ["a", "b*"]}}), &[("k", values)]);
    assert!(holds("StringEquals", &["a"]) && !holds("StringEquals", &["bc"]) && holds("StringEquals", &["b*"]));
    assert!(holds("StringLike", &["bc"]) && !holds("StringLike", &["BC"]) && holds("StringEqualsIgnoreCase", &["A"]));
    assert!(!holds("StringNotEquals", &["a"]) && !holds("StringNotLike", &["bc"]) && holds("StringNotLike", &["c"]));
    assert!(holds("ForAllValues:StringLike", &["a", "bc"]) && !holds("ForAllValues:StringLike", &["a", "c"]));
    assert!(holds("ForAnyValue:StringLike", &["c", "bc"]) && !holds("ForAnyValue:StringLike", &["c", "d"]));
    assert!(holds("ForAnyValue:StringNotLike", &["c", "bc"]) && !holds("ForAllValues:StringNotLike", &["c", "bc"]));
}

#[test]
fn every_operator_compares_in_its_own_way() {
    let holds =
        |operator: &str, value: &str, given: &str| condition(json!({operator: {"k": value}}), &[("k", &[given])]);
    assert!(holds("IpAddress", "10.0.0.0/8", "10.9.9.9") && !holds("IpAddress", "10.0.0.0/8", "11.0.0.0"));
    assert!(holds("IpAddress", "10.0.0.1", "10.0.0.1") && !holds("IpAddress", "10.0.0.1", "10.0.0.2"));
    assert!(holds("IpAddress", "2001:db8::/32", "2001:db8:1::1") && !holds("IpAddress", "0.0.0.0/0", "2001:db8::1"));
    assert!(holds("IpAddress", "0.0.0.0/0", "10.0.0.1") && holds("NotIpAddress", "10.0.0.1/32", "10.0.0.2"));
    assert!(holds("NumericLessThanEquals", "3600", "3600") && !holds("NumericLessThan", "3600", "3600"));
    assert!(holds("NumericEquals", "10.0", "10") && holds("NumericGreaterThanEquals", "9", "10"));
    assert!(
        holds("DateEquals", "1795132800", "2026-11-20T00:00:00Z")
            && holds("DateGreaterThan", "1", "2026-11-20T00:00:00Z")
    );
    assert!(holds("Bool", "true", "true") && !holds("Bool", "true", "false"));
    assert!(holds("ArnLike", "arn:aws:iam::*:role/*", ROLE) && holds("ArnEquals", "arn:*:*:*:*:role/team/*", ROLE));
    assert!(!holds("ArnLike", "arn:aws:*:role/team/app", ROLE) && holds("ArnNotEquals", "arn:aws:iam::*:user/*", ROLE));
}

#[test]
fn variables_have_defaults_escapes_and_no_wildcards() {
    let tag: &[(&str, &[&str])] = &[("k", &["r*"]), ("aws:principaltag/team", &["r*"])];
    let holds = |value: &str, given: &str| {
        let context: &[(&str, &[&str])] = &[("k", &[given]), ("aws:principaltag/team", &["r*"])];
        condition(json!({"StringLike": {"k": value}}), context)
    };
    assert!(holds("${aws:PrincipalTag/Team}", "r*") && !holds("${aws:PrincipalTag/team}", "red"));
    assert!(holds("${aws:username, 'none'}", "none") && !holds("${aws:username}", "none"));
    assert!(holds("x${*}", "x*") && !holds("x${*}", "xy") && holds("${$}${?}*", "$?y"));
    assert!(condition(json!({"StringNotLike": {"k": "${aws:username}"}}), tag));
    assert!(condition_in("2008-10-17", json!({"StringLike": {"k": "${aws:*}"}}), &[("k", &["${aws:username}"])]));
    assert!(!condition_in("2008-10-17", json!({"StringEquals": {"k": "${aws:PrincipalTag/team}"}}), tag));
}
