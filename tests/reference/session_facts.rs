//! The referee against single facts of what calls pass on to sessions.

use serde_json::{Value, json};

use super::reference::graph::{Graph, Passed, Way};
use super::reference::organization::Organization;
use super::reference::worlds::Verdict;

const ACCOUNT: &str = "111111111111";

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A statement of a trust policy that lets somebody in.
fn lets(who: &str, actions: &[&str], condition: Value) -> Value {
    let who = if who == "ann" { format!("arn:aws:iam::{ACCOUNT}:user/ann") } else { arn(who) };
    json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": actions, "Condition": condition})
}

/// ann and roles, by name with a trust policy; all may do everything that their trust policies allow.
fn organization(roles: &[(&str, Value)]) -> Organization {
    let everything = json!([{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]);
    let user = json!({"Path": "/", "UserName": "ann", "UserId": "AIDAANN", "Tags": [],
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/ann"), "UserPolicyList": everything});
    let role = |(name, trust): &(&str, Value)| {
        json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": arn(name),
            "Tags": if *name == "own" { json!([{"Key": "team", "Value": "blue"}]) } else { json!([]) },
            "RolePolicyList": everything,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust}})
    };
    let roles: Vec<Value> = roles.iter().map(role).collect();
    let organization = json!({"Organization": {"Id": "o-ours", "FeatureSet": "ALL", "MasterAccountId": ACCOUNT},
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": []}], "OrganizationalUnits": [], "Policies": [],
        "Accounts": [{"Id": ACCOUNT, "Name": "ours", "ParentId": "r-root", "State": "ACTIVE"}]});
    let account = json!({"UserDetailList": [user], "RoleDetailList": roles, "GroupDetailList": [], "Policies": []});
    Organization { organization, accounts: [(ACCOUNT.to_owned(), account)].into() }
}

fn way(from: &str, to: &str, roles: &[(&str, Value)]) -> Option<Way> {
    let organization = organization(roles);
    let graph = Graph::new(&organization);
    let place = |name: &str| graph.facts.principals.iter().position(|p| p.name == name).unwrap();
    graph.ways(place(from), Passed::Anything).get(&place(to)).copied()
}

fn conditional(hops: usize) -> Option<Way> {
    Some(Way { verdict: Verdict::Conditional, hops })
}

const TAG: &[&str] = &["sts:AssumeRole", "sts:TagSession"];
const SET: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity"];
const ENTER: &[&str] = &["sts:AssumeRole"];

fn team(value: &str) -> Value {
    json!({"StringEquals": {"aws:PrincipalTag/team": value}})
}

#[test]
fn a_session_has_the_tags_that_its_call_was_allowed_to_pass() {
    let end = |value: &str| ("end", lets("own", ENTER, team(value)));
    let entered = |actions: &[&str], condition: Value, value: &str| {
        way("ann", "end", &[("own", lets("ann", actions, condition)), end(value)])
    };
    assert_eq!(entered(TAG, json!({}), "red"), conditional(2));
    assert_eq!(entered(ENTER, json!({}), "red"), None);
    assert_eq!(entered(ENTER, json!({}), "blue"), Some(Way { verdict: Verdict::Allowed, hops: 2 }));
    let only = |value: &str| json!({"StringEquals": {"aws:RequestTag/team": value}});
    assert_eq!(entered(TAG, only("red"), "red"), conditional(2));
    assert_eq!(entered(TAG, only("green"), "red"), None);
    assert_eq!(entered(TAG, only("green"), "blue"), None);
    let none = json!({"Null": {"aws:TagKeys": "true"}});
    assert_eq!((entered(TAG, none.clone(), "red"), entered(TAG, none, "blue")), (None, conditional(2)));
}

#[test]
fn only_a_transitive_tag_outlives_its_session() {
    let chain = |entrance: Value, second: Value| {
        let end = lets("mid", ENTER, team("red"));
        way("ann", "end", &[("hop", lets("ann", TAG, entrance)), ("mid", second), ("end", end)])
    };
    let keys = |operator: &str| json!({operator: {"sts:TransitiveTagKeys": "team"}});
    let somebody = |name: &str| json!([lets("hop", ENTER, json!({})), lets(name, TAG, json!({}))]);
    assert_eq!(chain(keys("ForAnyValue:StringEquals"), somebody("other")), conditional(3));
    assert_eq!(chain(keys("ForAllValues:StringNotEquals"), somebody("other")), None);
    assert_eq!(chain(keys("ForAllValues:StringNotEquals"), somebody("hop")), conditional(3));
    // what was inherited cannot be passed again
    let again = json!([lets("hop", TAG, json!({"Null": {"aws:RequestTag/team": "false"}})),]);
    assert_eq!(chain(keys("ForAnyValue:StringEquals"), again.clone()), None);
    assert_eq!(chain(json!({}), again), conditional(3));
}

#[test]
fn a_source_identity_stays_and_cannot_be_changed() {
    let identity = |key: &str, name: &str| json!({"StringEquals": {key: name}});
    let chain = |actions: &[&str], first: Value, second: Value| {
        let end = lets("mid", ENTER, identity("aws:SourceIdentity", "ann"));
        way("ann", "end", &[("hop", lets("ann", actions, first)), ("mid", second), ("end", end)])
    };
    let enter = || lets("hop", ENTER, json!({}));
    assert_eq!(chain(SET, json!({}), enter()), conditional(3));
    assert_eq!(chain(ENTER, json!({}), enter()), None);
    assert_eq!(chain(SET, identity("sts:SourceIdentity", "bob"), enter()), None);
    let sets = |name: &str| lets("hop", SET, identity("sts:SourceIdentity", name));
    assert_eq!(chain(SET, identity("sts:SourceIdentity", "bob"), sets("ann")), None);
    assert_eq!(chain(SET, identity("sts:SourceIdentity", "ann"), sets("ann")), conditional(3));
    assert_eq!(chain(ENTER, json!({}), sets("ann")), conditional(3));
}

#[test]
fn a_role_may_start_with_what_somebody_can_have_passed() {
    let tagged = |trust: Value| way("hop", "end", &[("hop", trust), ("end", lets("hop", ENTER, team("red")))]);
    assert_eq!(tagged(lets("other", TAG, json!({}))), conditional(1));
    assert_eq!(tagged(lets("other", ENTER, json!({}))), None);
    let named = json!({"StringEquals": {"aws:SourceIdentity": "ann"}});
    let identified = |elsewhere: Value| {
        let end = lets("hop", ENTER, named.clone());
        way("hop", "end", &[("hop", lets("ann", ENTER, json!({}))), ("far", elsewhere), ("end", end)])
    };
    assert_eq!(identified(lets("other", SET, json!({}))), conditional(1));
    assert_eq!(identified(lets("other", ENTER, json!({}))), None);
}
