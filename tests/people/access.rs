//! The account access manager: its entitlements, and what is said where they are not known.

use std::collections::BTreeMap;

use rolehop::answer::{PrincipalKind, Verdict};
use serde_json::{Value, json};

use super::world::{DEV, HOME, PROD, World, application, assigned, names, role, target};

fn entitled_role(actions: &Value, source: &str) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "account-access.amazonaws.com"}, "Action": actions,
        "Condition": {"StringEquals": {"aws:SourceAccount": HOME, "aws:SourceArn": source}}}]});
    role(PROD, "/", "entitled", &trust, None)
}

#[test]
fn an_entitlement_lets_in_where_the_trust_opens_every_call_for_this_application() {
    let entitlement = |who: &str, id: &str| {
        let role = format!("arn:aws:iam::{PROD}:role/entitled");
        json!([{"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": role, "Account": PROD, who: id}}])
    };
    let whole = json!(["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]);
    let of = |actions: &Value, source: &str, entitlements: Value| {
        let mut world = World::new(vec![entitled_role(actions, source)], &[], Vec::new());
        world.entitlements = Some(entitlements);
        world
    };
    let eve = of(&whole, &application(), entitlement("UserId", "u-eve"));
    assert_eq!(eve.people("prod/entitled"), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
    let path = eve.path("eve", "prod/entitled");
    assert_eq!(path.hops[0].kind, "entitlement");
    assert_eq!(path.hops[0].via.as_ref().unwrap().words(), "assigned directly, entitlement e-1");
    let team = of(&whole, &application(), entitlement("GroupId", "g-team"));
    assert_eq!(names(&team.people("prod/entitled")), ["ada", "eve"]);
    let no_context = of(&json!("sts:AssumeRole"), &application(), entitlement("UserId", "u-eve"));
    assert!(no_context.people("prod/entitled").is_empty());
    // attributes of people are passed on as tags, where there are some
    let no_tags = of(&json!(["sts:AssumeRole", "sts:SetContext"]), &application(), entitlement("UserId", "u-eve"));
    assert_eq!(no_tags.people("prod/entitled"), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
    let attribute = json!([{"Key": "team", "Value": {"Source": ["${path:title}"]}}]);
    let tagged = no_tags.with("AccessControlAttributes", attribute);
    assert_eq!(tagged.people("prod/entitled"), BTreeMap::from([("eve".to_owned(), Verdict::Unknown)]));
    let elsewhere = of(
        &whole,
        "arn:aws:account-access:eu-central-1:303030303030:application/other",
        entitlement("UserId", "u-eve"),
    );
    assert!(elsewhere.people("prod/entitled").is_empty());
    // where entitlements were read, the service itself is nobody's way in
    assert!(eve.who_can("prod/entitled").answers.iter().all(|answer| answer.kind == PrincipalKind::Person));
}

/// An entitlement to the role `entitled`.
fn entitlement(principal: Value) -> Value {
    let mut role = json!({"RoleArn": format!("arn:aws:iam::{PROD}:role/entitled"), "Account": PROD});
    role.as_object_mut().unwrap().extend(principal.as_object().unwrap().clone());
    json!({"EntitlementId": "e-1", "PrincipalRole": role})
}

fn entitling(entitlements: Value) -> World {
    let actions = json!(["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]);
    let mut world = World::new(vec![entitled_role(&actions, &application())], &[], Vec::new());
    world.entitlements = Some(entitlements);
    world
}

#[test]
fn an_entitlement_of_somebody_who_is_not_known_leaves_the_service_as_a_way_in() {
    let without_groups = entitling(json!([entitlement(json!({"GroupId": "g-team"}))])).with("Groups", Value::Null);
    let newer = entitling(json!([entitlement(json!({}))]));
    let cases =
        [(without_groups, "groups of `d-1` were not read"), (newer, "a kind of principal that rolehop does not know")];
    for (world, why) in cases {
        let answer = world.who_can("prod/entitled");
        let found: Vec<_> = answer.answers.iter().map(|one| (one.kind, one.verdict)).collect();
        assert_eq!(found, [(PrincipalKind::Service, Verdict::Unknown)], "{why}");
        assert!(!answer.proven && answer.gaps.iter().any(|gap| gap.reason.contains(why)), "{why}: {:?}", answer.gaps);
    }
    // the id of a group that was deleted is nobody's
    let deleted = entitling(json!([entitlement(json!({"GroupId": "g-gone"}))])).who_can("prod/entitled");
    assert!(deleted.proven && deleted.answers.is_empty());
}

#[test]
fn entitlements_that_were_not_read_prove_nothing() {
    let mut world = entitling(Value::Null);
    let unread = world.who_can("prod/entitled");
    assert!(
        !unread.proven && unread.gaps.iter().any(|gap| gap.reason.contains("entitlements of")),
        "{:?}",
        unread.gaps
    );
    assert_eq!(unread.answers[0].verdict, Verdict::Unknown);
    world.entitlements = None;
    let no_file = world.who_can("prod/entitled");
    assert!(!no_file.proven && no_file.answers[0].verdict == Verdict::Unknown, "{:?}", no_file.gaps);
    world.without_people = true;
    let nobody = world.who_can("prod/entitled");
    let why = "people unknown: Identity Center, whose users the account access manager lets in, was not read";
    assert!(!nobody.proven && nobody.gaps.iter().any(|gap| gap.reason == why), "{:?}", nobody.gaps);
    // the service may come in: that its people are not known is told beside the answer, which is not proven
    assert_eq!(nobody.answers[0].verdict, Verdict::Conditional);
    // whoever the people are, nobody is entitled
    world.entitlements = Some(json!([]));
    let none = world.who_can("prod/entitled");
    assert!(none.proven && none.answers.is_empty(), "{:?}", none.gaps);
    // where no role lets the account access manager in, nothing hangs on it
    let other = World::new(vec![target("deploy", Value::Null)], &[], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    assert!(other.who_can("prod/deploy").proven);
}

#[test]
fn an_entitlement_in_an_account_that_is_not_in_the_snapshot_may_let_people_in() {
    let mut elsewhere = entitlement(json!({"UserId": "u-eve"}));
    elsewhere["PrincipalRole"]["RoleArn"] = json!("arn:aws:iam::666666666666:role/entitled");
    elsewhere["PrincipalRole"]["Account"] = json!("666666666666");
    let world = entitling(json!([elsewhere]));
    let eve = world.can("eve");
    let why = "account 666666666666 is not in the snapshot";
    assert!(!eve.proven && eve.gaps.iter().any(|gap| gap.reason == why), "{:?}", eve.gaps);
    assert!(world.can("ada").proven);
}
