//! `diff` and rules that follow ways to escalate: what opens one, what closes one, and that the same way is no difference.

use rolehop::comparison::World as Compared;
use rolehop::difference::{ChangeKind, TargetDifference, WayChange};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::Targets;
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, may_assume, role, trusts, trusts_if, user};

/// What changed for a role of prod, with ways to escalate and without.
fn between(old: &World, new: &World) -> [TargetDifference; 2] {
    let (old, new) = (old.estate(), new.estate());
    [true, false].map(|escalates| {
        let graph =
            |estate| if escalates { TrustGraph::new(estate).with_escalations() } else { TrustGraph::new(estate) };
        let (before, after) = (graph(&old), graph(&new));
        Compared::new(&before, &after).target(&role(PROD, "admin"), &Targets::new()).unwrap()
    })
}

/// How it changed, for whom, and the kinds of cause with what has them.
type Told = (WayChange, Vec<String>, Vec<(ChangeKind, String)>);

fn told(found: &TargetDifference) -> Vec<Told> {
    let of = |change: &rolehop::difference::PathChange| {
        let who = change.groups.iter().flat_map(|group| group.principals.clone()).collect();
        let causes = change
            .causes
            .iter()
            .flat_map(|cause| cause.subjects.iter().map(move |subject| (cause.what.kind, subject.clone())));
        (change.change, who, causes.collect())
    };
    found.changes.iter().map(of).collect()
}

/// An administrator role of prod that a service uses, and who in prod has these policies.
fn prod(policies: &[Value]) -> World {
    trusting(trusts(json!({"Service": "lambda.amazonaws.com"})), policies)
}

/// The same with another trust policy.
fn trusting(trust: Value, policies: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "admin", trust, &[everything()]);
    world.user(PROD, "ann", policies);
    world
}

#[test]
fn a_statement_that_opens_a_way_is_its_cause_and_one_that_closes_it_too() {
    let closed = prod(&[allow(&["s3:GetObject"], "*")]);
    let open = prod(&[policy(json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(PROD, "admin")}]))]);
    let [found, plain] = between(&closed, &open);
    let ann = user(PROD, "ann");
    assert_eq!(told(&found), [(WayChange::New, vec![ann.clone()], vec![(ChangeKind::StatementAdded, ann.clone())])]);
    let example = found.changes[0].example.as_ref().unwrap();
    assert_eq!((example.path.len(), example.kinds.as_slice()), (2, ["update-trust".to_owned()].as_slice()));
    assert!(plain.changes.is_empty());
    let [found, _] = between(&open, &closed);
    assert_eq!(told(&found), [(WayChange::Lost, vec![ann.clone()], vec![(ChangeKind::StatementRemoved, ann.clone())])]);
    // a Deny beside it closes it as well
    let denied = prod(&[policy(json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(PROD, "admin")},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]))]);
    let [found, _] = between(&open, &denied);
    assert_eq!(told(&found), [(WayChange::Lost, vec![ann.clone()], vec![(ChangeKind::StatementAdded, ann)])]);
}

#[test]
fn the_same_way_is_no_difference_whatever_stands_beside_it() {
    let key = allow(&["iam:CreateAccessKey"], &user(PROD, "joe"));
    let world = |others: &[&str]| {
        let mut world = trusting(trusts(json!({"AWS": user(PROD, "joe")})), std::slice::from_ref(&key));
        // those before it in order get other numbers
        others.iter().for_each(|name| _ = world.user(PROD, name, &[]));
        world.user(PROD, "joe", &[may_assume(&[&role(PROD, "admin")])]);
        world
    };
    let [found, _] = between(&world(&[]), &world(&["aaron", "bert"]));
    assert_eq!(told(&found), []);
    assert!(found.ways.unchanged >= 2, "{:?}", found.ways);
    // by another way as good as the first
    let other = prod(&[allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "admin"))]);
    let one = prod(&[allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")]);
    let [found, plain] = between(&one, &other);
    assert_eq!((told(&found), told(&plain)), (vec![], vec![]));
}

#[test]
fn whom_a_way_leads_through_and_the_trust_of_the_role_are_causes() {
    let key = allow(&["iam:CreateAccessKey"], &user(PROD, "joe"));
    let world = |statements: &[Value]| {
        let mut world = trusting(trusts(json!({"AWS": user(PROD, "joe")})), std::slice::from_ref(&key));
        world.user(PROD, "joe", statements);
        world
    };
    // that the role lets joe in by name is enough of an Allow: a Deny stops both
    let deny = policy(json!([{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]));
    let [found, _] = between(&world(&[deny]), &world(&[]));
    let (ann, joe) = (user(PROD, "ann"), user(PROD, "joe"));
    assert_eq!(told(&found), [(WayChange::New, vec![ann, joe.clone()], vec![(ChangeKind::PolicyDetached, joe)])]);
    let passes = [allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")];
    let elsewhere = json!({"StringEquals": {"aws:SourceAccount": DEV}});
    let shut = trusting(trusts_if(json!({"Service": "lambda.amazonaws.com"}), elsewhere), &passes);
    let [found, _] = between(&shut, &prod(&passes));
    assert_eq!(told(&found)[0].2, [(ChangeKind::StatementChanged, role(PROD, "admin"))]);
}

#[test]
fn who_becomes_an_administrator_is_said_to_be_one() {
    let one = prod(&[allow(&["iam:UpdateAssumeRolePolicy"], &role(PROD, "admin"))]);
    let [found, _] = between(&one, &prod(&[everything()]));
    let [(change, _, causes)] = told(&found).try_into().unwrap();
    let ann = user(PROD, "ann");
    let both = [ChangeKind::StatementChanged, ChangeKind::AdministratorChanged].map(|kind| (kind, ann.clone()));
    assert_eq!((change, causes), (WayChange::Lost, both.to_vec()));
}

#[test]
fn a_role_that_grew_stronger_is_the_cause() {
    let world = |of_role: Value| {
        let mut world = World::of_organization();
        world.role(PROD, "admin", trusts(json!({"Service": "lambda.amazonaws.com"})), &[of_role]);
        world.user(PROD, "ann", &[allow(&["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")]);
        world
    };
    let weak = world(allow(&["lambda:InvokeFunction"], "*"));
    let [found, _] = between(&weak, &world(everything()));
    assert_eq!(told(&found)[0].2, [(ChangeKind::StatementChanged, role(PROD, "admin"))]);
}

/// A role that lets joe in by name, and ann, who may do this to joe.
fn of_joe(actions: &[&str]) -> World {
    let mut world = trusting(trusts(json!({"AWS": user(PROD, "joe")})), &[allow(actions, &user(PROD, "joe"))]);
    world.user(PROD, "joe", &[]);
    world
}

/// The only cause of what changed for ann, as it was and as it is.
fn cause(old: &World, new: &World) -> (WayChange, ChangeKind, String, String, String) {
    let [found, _] = between(old, new);
    let [change] = found.changes.as_slice() else { panic!("{:?}", told(&found)) };
    let [cause] = change.causes.as_slice() else { panic!("{:?}", told(&found)) };
    let text = |clause: &Option<rolehop::difference::Clause>| clause.as_ref().unwrap().text.clone();
    (change.change, cause.what.kind, text(&cause.what.old), text(&cause.what.new), cause.subjects.join(" "))
}

#[test]
fn credentials_that_close_a_way_are_its_cause() {
    let row = |password: &str, mfa: &str| {
        json!([{"user": "joe", "arn": user(PROD, "joe"), "password_enabled": password, "mfa_active": mfa,
            "access_key_1_active": "true", "access_key_1_last_rotated": "2026-01-01T00:00:00+00:00",
            "access_key_2_active": "false", "access_key_2_last_rotated": "N/A"}])
    };
    let with = |actions: &[&str], key: &str, value: Value| {
        let mut world = of_joe(actions);
        world.account(PROD)[key] = value;
        world
    };
    let keys = |count: usize| {
        let key = |at: usize| json!({"UserName": "joe", "AccessKeyId": format!("AKIA{at}"), "Status": "Active"});
        with(&["iam:CreateAccessKey"], "AccessKeys", (0..count).map(key).collect())
    };
    let is = |change, old: &str, new: &str| {
        (change, ChangeKind::CredentialsChanged, old.to_owned(), new.to_owned(), user(PROD, "joe"))
    };
    let (few, two) = ("fewer than two access keys", "two access keys");
    assert_eq!(cause(&keys(1), &keys(2)), is(WayChange::Lost, few, two));
    assert_eq!(cause(&keys(2), &keys(1)), is(WayChange::New, two, few));
    let report = |action: &str, password: &str, mfa: &str| with(&[action], "CredentialReport", row(password, mfa));
    let makes = |password| report("iam:CreateLoginProfile", password, "false");
    assert_eq!(cause(&makes("true"), &makes("false")), is(WayChange::New, "a password", "no password"));
    let changes = |mfa| report("iam:UpdateLoginProfile", "true", mfa);
    assert_eq!(cause(&changes("false"), &changes("true")), is(WayChange::Lost, "no MFA device", "an MFA device"));
    let unread = of_joe(&["iam:UpdateLoginProfile"]);
    let half = "an MFA device or not, which was not read";
    assert_eq!(cause(&changes("true"), &unread), is(WayChange::New, "an MFA device", half));
    // both at once
    let closed = report("iam:UpdateLoginProfile", "false", "true");
    assert_eq!(
        cause(&closed, &changes("false")),
        is(WayChange::New, "no password, an MFA device", "a password, no MFA device")
    );
}

#[test]
fn a_provider_that_is_made_or_gone_is_the_cause() {
    let arn = format!("arn:aws:iam::{PROD}:saml-provider/idp");
    let world = |listed: &[&str]| {
        let trust =
            policy(json!([{"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithSAML"}]));
        let mut world = trusting(trust, &[allow(&["iam:UpdateSAMLProvider"], "*")]);
        world.account(PROD)["SAMLProviders"] = listed.iter().map(|arn| json!({"Arn": arn})).collect();
        world
    };
    let [found, _] = between(&world(&[]), &world(&[&arn]));
    let of_ann = told(&found).into_iter().find(|(_, who, _)| who.contains(&user(PROD, "ann"))).unwrap();
    assert_eq!((of_ann.0, of_ann.2), (WayChange::New, vec![(ChangeKind::ProviderChanged, arn.clone())]));
}
