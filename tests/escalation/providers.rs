//! SAML providers: whoever writes the metadata of one says anything in its name, and enters the roles that trust it.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::facet::Facet;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World};

fn provider(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:saml-provider/{name}")
}

/// A role `target` of dev that trusts the SAML provider `idp` of an account under a condition, and a user `who` with these statements.
fn world(of: &str, condition: Value, statements: Value) -> World {
    let mut world = World::of_organization();
    let trust = policy(json!([{"Effect": "Allow", "Principal": {"Federated": provider(of, "idp")},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"], "Condition": condition}]));
    world.role(DEV, "target", trust, &[everything()]);
    world.user(DEV, "who", &[policy(statements)]);
    world
}

fn on_any(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

fn path(world: &World) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), "dev/who", "dev/target", &Targets::new()).unwrap()
}

fn verdict(world: &World) -> Verdict {
    path(world).verdict
}

#[test]
fn an_assertion_says_whatever_the_trust_policy_asks_for_but_the_name_of_its_provider() {
    let with = |condition: Value| verdict(&world(DEV, condition, on_any("iam:UpdateSAMLProvider")));
    let signin = "https://signin.aws.amazon.com/saml";
    assert_eq!(with(json!({"StringEquals": {"SAML:aud": signin}})), Verdict::Allowed);
    assert_eq!(
        with(
            json!({"StringEquals": {"SAML:sub": "joe", "aws:RequestTag/team": "ops"}, "StringLike": {"SAML:eduPersonOrgDN": "x*"}})
        ),
        Verdict::Allowed
    );
    assert_eq!(with(json!({"StringEquals": {"SAML:doc": format!("{DEV}/idp")}})), Verdict::Allowed);
    assert_eq!(with(json!({"StringEquals": {"SAML:doc": format!("{DEV}/other")}})), Verdict::Denied);
    assert_eq!(
        with(json!({"StringEquals": {"SAML:sub": "joe"}, "StringNotEquals": {"SAML:sub": "joe"}})),
        Verdict::Denied
    );
    // where it comes from is nobody's claim
    assert_eq!(with(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})), Verdict::Conditional);
}

#[test]
fn the_answer_names_the_provider_that_is_changed() {
    let statements = json!([{"Effect": "Allow", "Action": "iam:UpdateSAMLProvider", "Resource": provider(DEV, "idp")}]);
    let found = path(&world(DEV, json!({}), statements));
    let told = found.hops[0].escalation.as_ref().unwrap();
    assert_eq!(
        (found.hops[0].kind.as_str(), told.target.as_str()),
        ("replace-identity-provider", &*provider(DEV, "idp"))
    );
    assert_eq!(told.through, None);
    let other = json!([{"Effect": "Allow", "Action": "iam:UpdateSAMLProvider", "Resource": provider(DEV, "other")}]);
    assert_eq!(verdict(&world(DEV, json!({}), other)), Verdict::Denied);
}

#[test]
fn a_provider_is_changed_where_it_may_be_there_and_made_where_it_is_gone() {
    let with = |action: &str, listed: Option<Value>| {
        let mut world = world(DEV, json!({}), on_any(action));
        if let Some(listed) = listed {
            world.account(DEV)["SAMLProviders"] = listed;
        }
        verdict(&world)
    };
    let there = || Some(json!([{"Arn": provider(DEV, "idp")}]));
    let gone = || Some(json!([{"Arn": provider(DEV, "another")}]));
    let (update, create) = ("iam:UpdateSAMLProvider", "iam:CreateSAMLProvider");
    assert_eq!(
        [with(update, None), with(update, there()), with(update, gone())],
        [Verdict::Allowed, Verdict::Allowed, Verdict::Denied]
    );
    assert_eq!([with(create, there()), with(create, gone())], [Verdict::Denied, Verdict::Allowed]);
}

#[test]
fn whether_a_provider_can_be_made_is_unknown_where_the_providers_were_not_read() {
    let unread = world(DEV, json!({}), on_any("iam:CreateSAMLProvider"));
    let found = path(&unread);
    assert_eq!((found.verdict, found.hops[0].kind.as_str()), (Verdict::Unknown, "create-identity-provider"));
    let gaps: Vec<(Facet, &str)> = found.gaps.iter().map(|gap| (gap.facet, gap.reason.as_str())).collect();
    assert_eq!(gaps, [(Facet::IdentityProviders, "SAML providers not collected")]);
    // whoever may not make one is not in doubt, nor is who may change one
    assert_eq!(verdict(&world(DEV, json!({}), on_any("iam:CreateRole"))), Verdict::Denied);
    assert_eq!(
        verdict(&world(DEV, json!({}), on_any("iam:*SAMLProvider"))),
        Verdict::Allowed,
        "one that roles trust counts as there"
    );
    // the rule does not pass over it
    let estate = unread.estate();
    let selection =
        RuleSelection { only: vec!["principal-takes-over-stronger-one".to_owned()], ..RuleSelection::default() };
    let assessment = rules::check(&TrustGraph::new(&estate), &selection).unwrap();
    assert_eq!(assessment.rules[0].counts.unknown, 1);
    assert!(assessment.findings[0].message.contains("SAML providers not collected"), "{:?}", assessment.findings);
}

#[test]
fn of_several_providers_the_one_that_may_be_changed_counts() {
    let mut world = World::of_organization();
    let names: Vec<String> = ["a", "b", "c"].map(|name| provider(DEV, name)).into();
    let trust =
        policy(json!([{"Effect": "Allow", "Principal": {"Federated": names}, "Action": "sts:AssumeRoleWithSAML"}]));
    world.role(DEV, "target", trust, &[everything()]);
    world.user(DEV, "who", &[allow(&["iam:UpdateSAMLProvider"], &provider(DEV, "c"))]);
    assert_eq!(verdict(&world), Verdict::Allowed);
}

#[test]
fn nobody_changes_the_provider_of_another_account_or_enters_a_role_of_identity_center_so() {
    assert_eq!(verdict(&world(PROD, json!({}), on_any("iam:UpdateSAMLProvider"))), Verdict::Denied);
    let mut reserved = world(DEV, json!({}), on_any("iam:UpdateSAMLProvider"));
    let own = &mut reserved.account(DEV)["RoleDetailList"].as_array_mut().unwrap().last_mut().unwrap()["Path"];
    *own = json!("/aws-reserved/sso.amazonaws.com/");
    assert_eq!(verdict(&reserved), Verdict::Denied);
}

#[test]
fn who_becomes_administrator_through_a_provider_is_a_finding() {
    let estate = world(DEV, json!({}), on_any("iam:UpdateSAMLProvider")).estate();
    let rule = "principal-takes-over-stronger-one".to_owned();
    let selection = RuleSelection { only: vec![rule], ..RuleSelection::default() };
    let found = rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings;
    let message = &found[0].message;
    assert!(
        message.starts_with(
            "user/who can become administrator as role/target (replace-identity-provider rh-update-saml-provider)"
        ),
        "{message}"
    );
}
