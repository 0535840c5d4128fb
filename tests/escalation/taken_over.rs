//! Users who are taken over as they are and go a way of their own then: what they may change or start, whoever has their key may.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, root, trusts, user};

fn named(what: &str) -> String {
    format!("arn:aws:iam::{DEV}:{what}")
}

fn makes_key_of(name: &str) -> Value {
    allow(&["iam:CreateAccessKey"], &user(DEV, name))
}

fn puts_policy_on(name: &str) -> Value {
    allow(&["iam:PutUserPolicy"], &user(DEV, name))
}

fn starts_functions() -> [Value; 2] {
    [allow(&["iam:PassRole"], &named("role/app")), allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], "*")]
}

/// The user `who` with these policies, the user `other` with those, and the role `app`, which functions run with.
fn world(who: &[Value], other: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "app", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    world.user(DEV, "who", who);
    world.user(DEV, "other", other);
    world
}

fn path(world: &World, from: &str, to: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, to, &Targets::new()).unwrap()
}

fn verdict(world: &World) -> Verdict {
    path(world, "dev/who", "dev/app").verdict
}

/// The ways of the first hop, one after another.
fn ways(found: &PathAnswer) -> Vec<String> {
    let first = found.hops.first().and_then(|hop| hop.escalation.as_ref());
    let next = first.and_then(|first| first.next.as_deref());
    first.into_iter().chain(next).map(|told| told.catalogue.clone()).collect()
}

#[test]
fn whoever_makes_the_key_of_a_user_starts_and_changes_what_the_user_may() {
    let starts = world(&[makes_key_of("other")], &starts_functions());
    let found = path(&starts, "dev/who", "dev/app");
    assert_eq!((found.verdict, ways(&found)), (Verdict::Allowed, vec!["iam-002".to_owned(), "lambda-001".to_owned()]));
    assert_eq!(found.hops.len(), 1);
    let next = found.hops[0].escalation.as_ref().unwrap().next.as_ref().unwrap();
    assert_eq!(next.target, named("role/app"));
    // the user changes itself first
    let found = path(&world(&[makes_key_of("other")], &[puts_policy_on("other")]), "dev/who", "dev/app");
    assert_eq!((found.verdict, ways(&found)), (Verdict::Allowed, vec!["iam-002".to_owned(), "iam-007".to_owned()]));
    let next = found.hops[0].escalation.as_ref().unwrap().next.as_ref().unwrap();
    assert_eq!(next.then.as_deref(), Some("iam:UpdateAssumeRolePolicy"));
    // another user's key is none of its business
    assert_eq!(verdict(&world(&[makes_key_of("else")], &starts_functions())), Verdict::Denied);
    assert_eq!(verdict(&world(&[makes_key_of("other")], &starts_functions()[..1])), Verdict::Denied);
}

#[test]
fn the_answer_says_what_both_ways_need_and_which_statements_allow_them() {
    let found = path(&world(&[makes_key_of("other")], &starts_functions()), "dev/who", "dev/app");
    let texts: Vec<&str> = found.hops[0].evidence.iter().map(|met| met.text.as_str()).collect();
    for action in ["iam:CreateAccessKey", "iam:PassRole", "lambda:CreateFunction"] {
        assert!(texts.iter().any(|text| text.contains(action)), "{action} of {texts:?}");
    }
    assert!(found.hops[0].needs.iter().any(|need| need.contains("fewer than two access keys")));
}

#[test]
fn a_way_that_leads_on_from_the_role_is_followed() {
    let mut on = world(&[makes_key_of("other")], &starts_functions());
    on.role(PROD, "target", trusts(json!({"AWS": named("role/app")})), &[]);
    let found = path(&on, "dev/who", "prod/target");
    assert_eq!((found.verdict, found.hops.len()), (Verdict::Allowed, 2));
}

#[test]
fn who_has_a_key_has_no_mfa_and_what_denies_the_user_denies_both() {
    let with_mfa = |document: Value| {
        let mut document = document;
        document["Statement"][0]["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        document
    };
    let [passes, starts] = starts_functions();
    assert_eq!(verdict(&world(&[makes_key_of("other")], &[with_mfa(passes.clone()), starts.clone()])), Verdict::Denied);
    // the one who makes the key may have MFA
    let asked = world(&[with_mfa(makes_key_of("other"))], &[passes.clone(), starts.clone()]);
    let found = path(&asked, "dev/who", "dev/app");
    assert_eq!(
        (found.verdict, found.conditions),
        (Verdict::Conditional, vec!["aws:MultiFactorAuthPresent".to_owned()])
    );
    let deny = |action: &str| policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]));
    assert_eq!(
        verdict(&world(&[makes_key_of("other")], &[passes.clone(), starts.clone(), deny("lambda:*")])),
        Verdict::Denied
    );
    let mut guarded = world(&[makes_key_of("other")], &[passes.clone(), starts.clone()]);
    guarded.guardrail("SERVICE_CONTROL_POLICY", DEV, deny("iam:CreateAccessKey"));
    assert_eq!(verdict(&guarded), Verdict::Denied);
}

#[test]
fn a_password_that_is_made_signs_as_well_and_a_role_takes_over_too() {
    let password = allow(&["iam:CreateLoginProfile"], &user(DEV, "other"));
    let found = path(&world(&[password], &starts_functions()), "dev/who", "dev/app");
    assert_eq!((found.verdict, ways(&found)), (Verdict::Allowed, vec!["iam-004".to_owned(), "lambda-001".to_owned()]));
    let mut by_role = world(&[], &starts_functions());
    by_role.role(DEV, "helpdesk", trusts(json!({"AWS": root(PROD)})), &[makes_key_of("other")]);
    assert_eq!(path(&by_role, "dev/helpdesk", "dev/app").verdict, Verdict::Allowed);
}

#[test]
fn who_gains_nothing_takes_nobody_over() {
    // it may start the function itself
    let [passes, starts] = starts_functions();
    let found =
        path(&world(&[makes_key_of("other"), passes.clone(), starts.clone()], &[passes, starts]), "dev/who", "dev/app");
    assert_eq!((found.verdict, ways(&found)), (Verdict::Allowed, vec!["lambda-001".to_owned()]));
}

/// A hundred users of one group start functions with a role; a help desk makes keys for all of them: one edge, not a hundred.
#[test]
fn of_many_users_who_have_the_same_way_one_is_enough() {
    let mut many = World::of_organization();
    many.role(DEV, "app", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    for number in 0..100 {
        many.user(DEV, &format!("coder-{number}"), &starts_functions());
    }
    many.user(DEV, "desk", &[allow(&["iam:CreateAccessKey"], &user(DEV, "coder-*"))]);
    let estate = many.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let desk = estate.principal_by_arn(&user(DEV, "desk")).unwrap();
    let edges = graph.all().iter().flatten();
    assert_eq!(edges.filter(|edge| edge.from.members(&estate).contains(&desk)).count(), 1);
}

/// Each takes over the next one; the last is let into a role of another account by name.
#[test]
fn one_after_another_as_far_as_two() {
    let found = |users: &[&str]| {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts(json!({"AWS": user(DEV, users[users.len() - 1])})), &[]);
        for (at, name) in users.iter().enumerate() {
            let next = users.get(at + 1).map(|next| makes_key_of(next));
            world.user(DEV, name, &[next.unwrap_or_else(|| allow(&["sts:AssumeRole"], "*"))]);
        }
        let found = path(&world, &format!("dev/{}", users[0]), "prod/target");
        (found.verdict, ways(&found))
    };
    let key = || "iam-002".to_owned();
    assert_eq!(found(&["who", "other"]), (Verdict::Allowed, vec![key()]));
    assert_eq!(found(&["who", "other", "third"]), (Verdict::Allowed, vec![key(), key()]));
    // not followed: `docs/escalation.md` says so
    assert_eq!(found(&["who", "other", "third", "fourth"]).0, Verdict::Denied);
}
