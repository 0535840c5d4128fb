//! Tags that are changed to meet a condition: of the caller itself, and of the role that it assumes then.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use serde_json::{Value, json};

use crate::paths::{everything, policy};
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, trusts_if, user};

pub(crate) fn statement(effect: &str, action: &str, resource: &str, condition: Value) -> Value {
    policy(json!([{"Effect": effect, "Action": action, "Resource": resource, "Condition": condition}]))
}

pub(crate) fn tagged(tags: &[(&str, &str)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// The user `who` of dev, whom `prod/target` lets in on a condition, with these policies and tags.
fn world(own: &[Value], tags: &[(&str, &str)], condition: Value) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "target", trusts_if(root(DEV), condition), &[everything()]);
    let policies = [own, &[may_assume(&[&role(PROD, "target")])]].concat();
    world.user(DEV, "who", &policies).with(DEV, "UserDetailList", "Tags", tagged(tags));
    world
}

pub(crate) fn path(world: &World, to: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), "dev/who", to, &Targets::new()).unwrap()
}

/// The verdict, the way that the first hop is, and what it needs.
fn told(world: &World, to: &str) -> (Verdict, String, Vec<String>) {
    let found = path(world, to);
    let way = found.hops.first().and_then(|hop| hop.escalation.as_ref());
    let needs = way.map(|told| told.needs.clone()).unwrap_or_default();
    (found.verdict, way.map(|told| told.catalogue.clone()).unwrap_or_default(), needs)
}

fn into_prod(world: &World) -> (Verdict, String, Vec<String>) {
    told(world, "prod/target")
}

fn verdict(world: &World) -> Verdict {
    path(world, "prod/target").verdict
}

fn tags_itself(condition: Value) -> Value {
    statement("Allow", "iam:TagUser", &user(DEV, "who"), condition)
}

fn untags_itself(condition: Value) -> Value {
    statement("Allow", "iam:UntagUser", &user(DEV, "who"), condition)
}

fn team(value: &str) -> Value {
    json!({"StringEquals": {"aws:PrincipalTag/team": value}})
}

fn told_as(way: &str, needs: &str) -> (Verdict, String, Vec<String>) {
    (Verdict::Allowed, way.to_owned(), vec![needs.to_owned()])
}

#[test]
fn who_may_tag_itself_has_the_tag_that_a_trust_policy_asks_for() {
    let with = |own: &[Value], tags: &[(&str, &str)]| into_prod(&world(own, tags, team("x")));
    let tells = told_as("rh-tag-user-itself", "it gives itself the tag `team` = `x`");
    assert_eq!(with(&[tags_itself(json!({}))], &[]), tells);
    assert_eq!(with(&[tags_itself(json!({}))], &[("team", "y")]), tells);
    assert_eq!(with(&[], &[]).0, Verdict::Denied);
    // who has it already assumes the role as it is
    assert_eq!(with(&[tags_itself(json!({}))], &[("Team", "x")]), (Verdict::Allowed, String::new(), Vec::new()));
    // somebody else's tags are none of its own
    let other = statement("Allow", "iam:TagUser", &user(DEV, "other"), json!({}));
    assert_eq!(with(&[other], &[]).0, Verdict::Denied);
}

#[test]
fn conditions_on_the_request_say_which_tags_it_may_have() {
    let with = |condition: Value| verdict(&world(&[tags_itself(condition)], &[("team", "y")], team("x")));
    let keys = |operator: &str, key: &str| json!({(operator): {"aws:TagKeys": key}});
    assert_eq!(with(json!({"StringEquals": {"aws:RequestTag/team": ["x", "y"]}})), Verdict::Allowed);
    assert_eq!(with(json!({"StringEquals": {"aws:RequestTag/team": ["y", "z"]}})), Verdict::Denied);
    assert_eq!(with(json!({"StringLike": {"aws:RequestTag/team": "x*"}})), Verdict::Allowed);
    assert_eq!(with(keys("ForAllValues:StringEquals", "team")), Verdict::Allowed);
    assert_eq!(with(keys("ForAllValues:StringEquals", "project")), Verdict::Denied);
    // the keys are listed, whatever else is
    assert_eq!(with(keys("ForAnyValue:StringEquals", "project")), Verdict::Allowed);
    // what it is about has the tags that it had before
    assert_eq!(with(json!({"StringEquals": {"aws:ResourceTag/team": "y"}})), Verdict::Allowed);
    assert_eq!(with(json!({"StringEquals": {"iam:ResourceTag/team": "x"}})), Verdict::Denied);
    assert_eq!(with(team("y")), Verdict::Allowed);
    assert_eq!(with(team("x")), Verdict::Denied);
}

#[test]
fn a_tag_is_one_for_everything_that_reads_it() {
    let own = |value: &str| {
        statement("Deny", "sts:AssumeRole", "*", json!({"StringNotEquals": {"aws:PrincipalTag/team": value}}))
    };
    let with = |own: Value, condition: Value| verdict(&world(&[tags_itself(json!({})), own], &[], condition));
    assert_eq!(with(own("x"), team("x")), Verdict::Allowed);
    assert_eq!(with(own("y"), team("x")), Verdict::Denied);
    assert_eq!(with(own("y"), json!({"StringLike": {"aws:PrincipalTag/team": "?"}})), Verdict::Allowed);
    // an SCP reads it as well
    let guarded = |value: &str| {
        let mut world = world(&[tags_itself(json!({}))], &[], team("x"));
        world.guardrail("SERVICE_CONTROL_POLICY", DEV, own(value));
        verdict(&world)
    };
    assert_eq!([guarded("x"), guarded("y")], [Verdict::Allowed, Verdict::Denied]);
    // two of them are given at once
    let two = json!({"StringEquals": {"aws:PrincipalTag/team": "x", "aws:PrincipalTag/level": "high"}});
    assert_eq!(verdict(&world(&[tags_itself(json!({}))], &[], two.clone())), Verdict::Allowed);
    let one = tags_itself(json!({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}));
    assert_eq!(verdict(&world(std::slice::from_ref(&one), &[], two.clone())), Verdict::Denied);
    assert_eq!(verdict(&world(&[one], &[("level", "high")], two)), Verdict::Allowed, "the other stays");
}

#[test]
fn who_may_take_a_tag_from_itself_is_rid_of_what_it_brought() {
    let held = [("quarantine", "yes"), ("team", "x")];
    let absent = || json!({"Null": {"aws:PrincipalTag/quarantine": "true"}});
    let with = |own: &[Value]| into_prod(&world(own, &held, absent()));
    let tells = told_as("rh-untag-user-itself", "it takes the tag `quarantine` from itself");
    assert_eq!(with(&[untags_itself(json!({}))]), tells);
    assert_eq!(with(&[tags_itself(json!({}))]).0, Verdict::Denied, "another value is a tag as well");
    let keys = |key: &str| untags_itself(json!({"ForAllValues:StringEquals": {"aws:TagKeys": key}}));
    assert_eq!(with(&[keys("quarantine")]), tells);
    assert_eq!(with(&[keys("team")]).0, Verdict::Denied);
    // a Deny of those who carry it
    let deny = statement("Deny", "sts:*", "*", json!({"StringEquals": {"aws:PrincipalTag/quarantine": "yes"}}));
    let with = |own: Value| into_prod(&world(&[deny.clone(), own], &held, team("x")));
    assert_eq!(with(untags_itself(json!({}))), tells);
    assert_eq!(with(tags_itself(json!({}))).1, "rh-tag-user-itself");
    // what is gone meets no condition that asks for it
    let both = json!({"Null": {"aws:PrincipalTag/quarantine": "true"}, "StringEquals": {"aws:PrincipalTag/quarantine": "yes"}});
    assert_eq!(verdict(&world(&[untags_itself(json!({}))], &held, both)), Verdict::Denied);
}

#[test]
fn a_role_tags_itself_too() {
    let with = |trust: Value, own: Value| {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts_if(root(DEV), team("x")), &[everything()]);
        world.role(DEV, "who", trust, &[own, may_assume(&[&role(PROD, "target")])]);
        into_prod(&world)
    };
    let by = |service: &str| trusts(json!({"Service": service}));
    let tags = |resource: &str| statement("Allow", "iam:TagRole", &role(DEV, resource), json!({}));
    let tells = told_as("rh-tag-role-itself", "it gives itself the tag `team` = `x`");
    assert_eq!(with(by("ec2.amazonaws.com"), tags("who")), tells);
    assert_eq!(with(by("ec2.amazonaws.com"), tags("other")).0, Verdict::Denied);
    // a session tag takes the place of the role's own: which one it has is open
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": root(DEV)["AWS"]},
        "Action": ["sts:AssumeRole", "sts:TagSession"]}]});
    assert_eq!(with(open, tags("who")).0, Verdict::Conditional);
}

/// `who` may do this, and assume roles of dev that have the tag; `dev/target` has another.
fn of_role(own: &[Value], tags: &[(&str, &str)]) -> World {
    let mut world = World::of_organization();
    let assumes = statement("Allow", "sts:AssumeRole", "*", json!({"StringEquals": {"aws:ResourceTag/env": "dev"}}));
    world.role(DEV, "target", trusts(root(DEV)), &[everything()]).with(DEV, "RoleDetailList", "Tags", tagged(tags));
    world.user(DEV, "who", &[own, &[assumes]].concat()).with(DEV, "UserDetailList", "Tags", tagged(&[("team", "a")]));
    world
}

fn tags_target(condition: Value) -> Value {
    statement("Allow", "iam:TagRole", &role(DEV, "target"), condition)
}

#[test]
fn who_may_tag_a_role_assumes_it_by_the_tag_that_its_own_policies_ask_for() {
    let with = |own: &[Value], tags: &[(&str, &str)]| told(&of_role(own, tags), "dev/target");
    let tells = told_as("rh-tag-role-and-assume", "it gives the role the tag `env` = `dev`");
    assert_eq!(with(&[tags_target(json!({}))], &[("env", "prod")]), tells);
    assert_eq!(with(&[], &[("env", "prod")]).0, Verdict::Denied);
    assert_eq!(with(&[tags_target(json!({}))], &[("env", "dev")]), (Verdict::Allowed, String::new(), Vec::new()));
    let passes = |value: &str| tags_target(json!({"StringEquals": {"aws:RequestTag/env": value}}));
    assert_eq!([with(&[passes("dev")], &[]).0, with(&[passes("prod")], &[]).0], [Verdict::Allowed, Verdict::Denied]);
    // the tag that it has keeps others from it
    let keeps = statement("Deny", "iam:TagRole", "*", json!({"StringEquals": {"iam:ResourceTag/env": "prod"}}));
    assert_eq!(with(&[tags_target(json!({})), keeps], &[("env", "prod")]).0, Verdict::Denied);
    // and so does an SCP that reads the request
    let mut world = of_role(&[tags_target(json!({}))], &[("env", "prod")]);
    world.guardrail(
        "SERVICE_CONTROL_POLICY",
        DEV,
        statement("Deny", "iam:TagRole", "*", json!({"StringEquals": {"aws:RequestTag/env": "dev"}})),
    );
    assert_eq!(told(&world, "dev/target").0, Verdict::Denied);
}

#[test]
fn a_tag_that_keeps_callers_from_a_role_is_taken_from_it() {
    let untags = || statement("Allow", "iam:UntagRole", &role(DEV, "target"), json!({}));
    let with = |own: Value| {
        let deny = statement("Deny", "sts:AssumeRole", "*", json!({"Null": {"aws:ResourceTag/protected": "false"}}));
        told(&of_role(&[own, deny], &[("env", "dev"), ("protected", "no")]), "dev/target")
    };
    assert_eq!(with(untags()), told_as("rh-untag-role-and-assume", "it takes the tag `protected` from the role"));
    assert_eq!(with(tags_target(json!({}))).0, Verdict::Denied);
    // who changes its trust policy then needs no AssumeRole of its own
    let changes = policy(json!([{"Effect": "Allow", "Resource": "*", "Action": ["iam:UpdateAssumeRolePolicy"],
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/team}"}}}]));
    let found = told(&of_role(&[tags_target(json!({})), changes], &[]), "dev/target");
    assert_eq!((found.0, found.1.as_str()), (Verdict::Allowed, "rh-tag-role-and-assume"));
    let changes = policy(json!([{"Effect": "Allow", "Resource": "*", "Action": ["iam:UpdateAssumeRolePolicy"],
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/team}"}}}]));
    let keys = tags_target(json!({"ForAllValues:StringEquals": {"aws:TagKeys": "owner"}}));
    let found = told(&of_role(&[keys, changes], &[]), "dev/target");
    assert_eq!(found, told_as("rh-tag-role-and-update-trust", "it gives the role the tag `owner` = `a`"));
}

#[test]
fn who_may_tag_a_user_takes_it_over_with_the_tags_that_it_has_then() {
    let with = |tags: Value, condition: Value| {
        let mut world = World::of_organization();
        let creates =
            statement("Allow", "iam:CreateAccessKey", "*", json!({"StringEquals": {"aws:ResourceTag/team": "x"}}));
        world.role(PROD, "target", trusts_if(json!({"AWS": user(DEV, "strong")}), condition), &[everything()]);
        let own = [may_assume(&[&role(PROD, "target")])];
        world.user(DEV, "strong", &own).with(
            DEV,
            "UserDetailList",
            "Tags",
            tagged(&[("team", "y"), ("level", "high")]),
        );
        world.user(DEV, "who", &[creates, tags]);
        into_prod(&world)
    };
    let tags = |condition: Value| statement("Allow", "iam:TagUser", &user(DEV, "strong"), condition);
    let of_team = |value: &str| tags(json!({"StringEquals": {"aws:RequestTag/team": value}}));
    let found = with(tags(json!({})), json!({}));
    assert_eq!((found.0, found.1.as_str()), (Verdict::Allowed, "rh-tag-user-and-create-access-key"));
    assert!(found.2.contains(&"it gives the user the tag `team` = `x`".to_owned()), "{:?}", found.2);
    assert_eq!(with(of_team("x"), json!({})).0, Verdict::Allowed);
    assert_eq!(with(of_team("z"), json!({})).0, Verdict::Denied);
    // the user enters with that tag, and with those that it had
    assert_eq!(with(tags(json!({})), team("x")).0, Verdict::Allowed);
    assert_eq!(with(tags(json!({})), team("z")).0, Verdict::Denied);
    // it had this one before, and has it again where somebody gives it back
    assert_eq!(with(tags(json!({})), team("y")).0, Verdict::Unknown);
    let level = json!({"StringEquals": {"aws:PrincipalTag/level": "high"}});
    assert_eq!(with(of_team("x"), level).0, Verdict::Allowed);
    let untags = statement("Allow", "iam:UntagUser", &user(DEV, "strong"), json!({}));
    assert_eq!(with(untags, json!({})).0, Verdict::Denied);
}

#[test]
fn tags_that_are_compared_with_each_other_are_made_equal() {
    let same = json!({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}});
    let with = |own: Value, condition: Value| {
        let mut world = World::of_organization();
        let trust = trusts_if(root(DEV), condition);
        world.role(DEV, "target", trust, &[everything()]).with(DEV, "RoleDetailList", "Tags", tagged(&[("team", "b")]));
        let own = [own, may_assume(&[&role(DEV, "target")])];
        world.user(DEV, "who", &own).with(DEV, "UserDetailList", "Tags", tagged(&[("team", "a")]));
        told(&world, "dev/target")
    };
    let of_role = "it gives the role the tag `team` = `a`";
    assert_eq!(with(tags_target(json!({})), same.clone()), told_as("rh-tag-role-and-assume", of_role));
    let own = "it gives itself the tag `team` = `b`";
    assert_eq!(with(tags_itself(json!({})), same.clone()), told_as("rh-tag-user-itself", own));
    assert_eq!(with(json!({"Statement": []}), same).0, Verdict::Denied);
    // a role that has the tag in its name
    let named = statement("Allow", "sts:AssumeRole", &role(DEV, "${aws:PrincipalTag/role}"), json!({}));
    let mut world = World::of_organization();
    world.role(DEV, "target", trusts(root(DEV)), &[everything()]);
    world.user(DEV, "who", &[named, tags_itself(json!({}))]);
    assert_eq!(told(&world, "dev/target"), told_as("rh-tag-user-itself", "it gives itself the tag `role` = `target`"));
}

#[test]
fn an_administrator_whom_a_role_names_tags_itself_for_it() {
    let with = |own: Value| {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts_if(json!({"AWS": user(DEV, "who")}), team("x")), &[everything()]);
        world.user(DEV, "who", &[own]);
        into_prod(&world)
    };
    assert_eq!(with(everything()), told_as("rh-tag-user-itself", "it gives itself the tag `team` = `x`"));
    let but = policy(json!([{"Effect": "Allow", "NotAction": "iam:TagUser", "Resource": "*"}]));
    assert_eq!(with(but).0, Verdict::Denied);
}

#[test]
fn who_becomes_an_administrator_by_a_tag_is_said_to() {
    let found = |world: &World, rule: &str| -> Vec<String> {
        let estate = world.estate();
        let selection = RuleSelection { only: vec![rule.to_owned()], ..RuleSelection::default() };
        let found = rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings;
        found.into_iter().map(|finding| finding.message).collect()
    };
    let all = |value: &str| statement("Allow", "*", "*", team(value));
    let rule = "principal-makes-itself-administrator";
    let [message] = found(&world(&[all("x"), tags_itself(json!({}))], &[], json!({})), rule).try_into().unwrap();
    assert!(message.starts_with("user/who can become administrator (tag-self rh-tag-user-itself)"), "{message}");
    let guarded = tags_itself(json!({"StringEquals": {"aws:RequestTag/team": "y"}}));
    assert_eq!(found(&world(&[all("x"), guarded], &[], json!({})), rule), [""; 0]);
    let rule = "principal-takes-over-stronger-one";
    let [message] = found(&of_role(&[tags_target(json!({}))], &[("env", "prod")]), rule).try_into().unwrap();
    assert!(message.starts_with("user/who can become administrator as role/target (tag-role-and-assume"), "{message}");
    // whoever assumes it anyway needs no tag
    assert_eq!(found(&of_role(&[tags_target(json!({}))], &[("env", "dev")]), rule), [""; 0]);
}
