//! Members of a group whom a policy tells apart are decided apart.

use std::collections::BTreeMap;

use rolehop::answer::Verdict;
use serde_json::{Value, json};

use super::world::{DEV, SUFFIX, World, assigned, member, reserved, target};

/// A role of Identity Center to which the group of ada, who has a title, and eve, who has none, is assigned; its trust policy has a
/// statement more.
fn guarded(statement: &Value) -> World {
    let mut role = reserved(DEV, "Admin", SUFFIX);
    role["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().push(statement.clone());
    let mut world = World::new(Vec::new(), &[], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
        .with("AccessControlAttributes", json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}]))
        .with("GroupMemberships", json!([member("g-team", "u-ada"), member("g-team", "u-eve")]))
        .with(
            "Users",
            json!([{"UserId": "u-ada", "UserName": "ada", "Title": "ops"}, {"UserId": "u-eve", "UserName": "eve"}]),
        );
    world.roles.insert(DEV, vec![role]);
    world
}

fn entering(world: &World) -> BTreeMap<String, Verdict> {
    world.people(&format!("dev/AWSReservedSSO_Admin_{SUFFIX}"))
}

fn deny(actions: &str, condition: &Value) -> Value {
    json!({"Effect": "Deny", "Principal": "*", "Action": actions, "Condition": condition})
}

#[test]
fn somebody_without_tags_is_not_denied_by_what_denies_tags() {
    let only_eve = BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]);
    assert_eq!(entering(&guarded(&deny("sts:TagSession", &json!({})))), only_eve);
    let by_keys = json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["job"]}});
    assert_eq!(entering(&guarded(&deny("sts:AssumeRoleWithSAML", &by_keys))), only_eve);
    assert_eq!(entering(&guarded(&deny("sts:TagSession", &by_keys))), only_eve);
}

#[test]
fn which_tags_somebody_has_tells_people_apart_where_a_policy_reads_the_keys() {
    let by_keys = json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["job"]}});
    let tags = json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}, {"Key": "name", "Value": {"Source": ["${path:userName}"]}}]);
    let world = guarded(&deny("sts:TagSession", &by_keys)).with("AccessControlAttributes", tags);
    assert_eq!(entering(&world), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
}

#[test]
fn names_that_are_compared_with_a_variable_tell_people_apart() {
    let named = json!({"StringEquals": {"sts:RoleSessionName": "${aws:ResourceAccount}"}});
    let users = json!([{"UserId": "u-ada", "UserName": DEV}, {"UserId": "u-eve", "UserName": "eve"}]);
    let world = guarded(&deny("sts:AssumeRoleWithSAML", &named)).with("Users", users);
    assert_eq!(entering(&world), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
}

#[test]
fn whether_tags_are_passed_is_unknown_where_the_directory_does_not_say() {
    let world = guarded(&deny("sts:TagSession", &json!({})))
        .with("AccessControlAttributes", json!([{"Key": "job", "Value": {"Source": ["${dir:department}"]}}]));
    let unknown = BTreeMap::from([("ada".to_owned(), Verdict::Unknown), ("eve".to_owned(), Verdict::Unknown)]);
    assert_eq!(entering(&world), unknown);
}

/// A session cannot pass a tag again that it passes on, and whether it passes on the tags of people nobody knows.
#[test]
fn whether_a_person_may_pass_an_own_tag_again_is_unknown() {
    let by_tag = json!({"StringEquals": {"aws:RequestTag/job": "ops"}});
    let mut role = target("tagged", by_tag);
    role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] = json!(["sts:AssumeRole", "sts:TagSession"]);
    let mut world = World::new(vec![role], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
        .with("AccessControlAttributes", json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}]))
        .with("GroupMemberships", json!([member("g-team", "u-ada"), member("g-team", "u-eve")]))
        .with(
            "Users",
            json!([{"UserId": "u-ada", "UserName": "ada", "Title": "ops"}, {"UserId": "u-eve", "UserName": "eve"}]),
        );
    let everything = json!([{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}}]);
    world.roles.get_mut(DEV).unwrap()[0]["RolePolicyList"] = everything;
    let found = BTreeMap::from([("ada".to_owned(), Verdict::Unknown), ("eve".to_owned(), Verdict::Conditional)]);
    assert_eq!(world.people("prod/tagged"), found);
    let path = world.path("ada", "prod/tagged");
    assert!(path.gaps.iter().all(|gap| gap.reason.contains("tags of people")), "{:?}", path.gaps);
}

/// AWS: IAM User Guide, "IAM policy elements: Variables and tags": a variable stands for the value of the key in the request, and one without a
/// value fits nothing; IAM Identity Center User Guide, "Attributes for access control": what is mapped is passed as session tags.
#[test]
fn two_tags_of_a_person_are_compared_with_each_other() {
    let by_tags = |operator: &str| {
        let condition = json!({operator: {"aws:PrincipalTag/job": "${aws:PrincipalTag/name}"}});
        let user = |id: &str, title: Value| json!({"UserId": id, "UserName": id, "Title": title});
        let members: Vec<Value> = ["ada", "bob", "eve", "may"].iter().map(|id| member("g-team", id)).collect();
        World::new(vec![target("same", condition)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
            .with(
                "AccessControlAttributes",
                json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}, {"Key": "name", "Value": {"Source": ["${path:userName}"]}}]),
            )
            .with("GroupMemberships", json!(members))
            .with(
                "Users",
                json!([user("ada", json!("ada")), user("bob", json!("BOB")), user("eve", json!("dev")), user("may", Value::Null)]),
            )
    };
    let allowed =
        |who: &[&str]| who.iter().map(|who| ((*who).to_owned(), Verdict::Allowed)).collect::<BTreeMap<_, _>>();
    assert_eq!(by_tags("StringEquals").people("prod/same"), allowed(&["ada"]));
    assert_eq!(by_tags("StringEqualsIgnoreCase").people("prod/same"), allowed(&["ada", "bob"]));
    // a session without the tag has the role's own
    let mut own = by_tags("StringEquals");
    own.roles.get_mut(DEV).unwrap()[0]["Tags"] = json!([{"Key": "job", "Value": "may"}]);
    assert_eq!(own.people("prod/same"), allowed(&["ada", "may"]));
    // where the directory does not say, it is not known
    let unread = by_tags("StringEquals").with(
        "AccessControlAttributes",
        json!([{"Key": "job", "Value": {"Source": ["${dir:department}"]}}, {"Key": "name", "Value": {"Source": ["${path:userName}"]}}]),
    );
    let found = unread.people("prod/same");
    assert_eq!((found.len(), found.values().all(|verdict| *verdict == Verdict::Unknown)), (4, true), "{found:?}");
}
