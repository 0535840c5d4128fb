//! Edge cases of the rules about identity providers.

use rolehop::finding::{Finding, Status};
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use crate::support::{PROD, World};
use crate::{judge, support, told};

const GITHUB: &str = "token.actions.githubusercontent.com";

fn provider(issuer: &str) -> Value {
    json!({"Federated": format!("arn:aws:iam::{PROD}:oidc-provider/{issuer}")})
}

/// A trust policy for the users of an issuer.
fn sends(issuer: &str, condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": provider(issuer),
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]})
}

fn of_github(world: &mut World, name: &str, operator: &str, subjects: &Value) {
    world.role(PROD, name, sends(GITHUB, &json!({operator: {format!("{GITHUB}:sub"): subjects}})), &[]);
}

fn findings(world: &World, rule: &str) -> Vec<Finding> {
    judge(&world.estate(), rule, RuleSettings::default()).unwrap()
}

/// Names of the roles that a rule finds, in order.
fn found(world: &World, rule: &str) -> Vec<String> {
    let mut names: Vec<String> =
        findings(world, rule).iter().map(|f| f.subject.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_long_list_of_subjects_is_judged_one_by_one() {
    let mut world = World::of_organization();
    let pinned = |at: usize| format!("repo:acme@12/app-{at}@{}:ref:refs/heads/main", 100 + at);
    let mut subjects: Vec<String> = (0..60).map(pinned).collect();
    of_github(&mut world, "narrow", "StringEquals", &json!(subjects));
    of_github(&mut world, "narrow-patterns", "StringLike", &json!(subjects));
    subjects.push("repo:acme@12/app-7@107:*".to_owned());
    of_github(&mut world, "wide", "StringLike", &json!(subjects));
    assert!(found(&world, "github-oidc-without-subject").is_empty());
    assert_eq!(found(&world, "github-oidc-subject-wide"), ["wide"]);
    assert!(found(&world, "github-oidc-subject-by-name").is_empty());
}

#[test]
fn a_wildcard_opens_a_name_wherever_it_stands() {
    let mut world = World::of_organization();
    for (name, subject) in [
        ("end", "repo:acme@12/etl-*@*:ref:refs/heads/main"),
        ("start", "repo:acme@12/*-deploy@*:ref:refs/heads/main"),
        ("middle", "repo:a*e/etl:ref:refs/heads/main"),
        ("one-letter", "repo:acme?/etl:ref:refs/heads/main"),
        ("owner", "repository_owner:acme:repository_visibility:private"),
        ("owner-id", "repository_owner_id:12:*"),
        ("any-branch", "repository:acme/etl:*"),
        ("named", "repository_id:34:environment:prod"),
    ] {
        of_github(&mut world, name, "StringLike", &json!(subject));
    }
    let wide = ["any-branch", "end", "middle", "one-letter", "owner", "owner-id", "start"];
    assert_eq!(found(&world, "github-oidc-subject-wide"), wide);
}

#[test]
fn a_claim_of_a_named_environment_pins_any_branch() {
    let key = |claim: &str| format!("{GITHUB}:{claim}");
    let mut world = World::of_organization();
    for (name, environment) in [("pinned", "prod"), ("open", "*")] {
        let condition = json!({"StringLike": {key("sub"): "repo:acme@12/etl@34:*", key("environment"): environment}});
        world.role(PROD, name, sends(GITHUB, &condition), &[]);
    }
    assert_eq!(found(&world, "github-oidc-subject-wide"), ["open"]);
}

#[test]
fn an_issuer_is_known_with_a_slash_at_its_end() {
    let mut world = World::of_organization();
    for (name, issuer) in [
        ("with", "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/"),
        ("without", "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"),
    ] {
        let audience = json!({"StringEquals": {format!("{issuer}:aud"): "api://1462b192-27f7-4cb9-8523-0f4ecb54b47e"}});
        world.role(PROD, name, sends(issuer, &audience), &[]);
    }
    assert_eq!(found(&world, "multi-tenant-issuer-open"), ["with", "without"]);
}

#[test]
fn another_claim_can_pin_what_the_subject_leaves_open() {
    let key = |claim: &str| format!("{GITHUB}:{claim}");
    let mut world = World::of_organization();
    for (name, claim, value) in [
        ("by-id", "repository_id", "34"),
        ("by-name", "repository", "acme/etl"),
        ("by-workflow", "job_workflow_ref", "acme/shared/.github/workflows/deploy.yml@refs/heads/main"),
        ("by-actor", "actor", "octo-dan"),
        ("by-audience", "aud", "sts.amazonaws.com"),
        ("by-branch", "ref", "refs/heads/main"),
    ] {
        world.role(PROD, name, sends(GITHUB, &json!({"StringEquals": {key(claim): value}})), &[]);
    }
    // audience and branch are the stranger's to choose
    assert_eq!(found(&world, "github-oidc-without-subject"), ["by-audience", "by-branch"]);
    assert_eq!(found(&world, "github-oidc-subject-wide"), ["by-actor", "by-id", "by-name"]);
    let but_pulls = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": provider(GITHUB), "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {key("repository_id"): "34", key("ref"): "refs/heads/main"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {key("sub"): "repo:*:pull_request"}}}]});
    let mut world = World::of_organization();
    world.role(PROD, "but-pulls", but_pulls, &[]);
    assert!(found(&world, "github-oidc-subject-wide").is_empty());
}

#[test]
fn an_issuer_of_one_enterprise_is_not_open_to_all_of_github() {
    let mut world = World::of_organization();
    let issuer = format!("{GITHUB}/acme");
    world.role(
        PROD,
        "enterprise",
        sends(&issuer, &json!({"StringEquals": {format!("{issuer}:aud"): "sts.amazonaws.com"}})),
        &[],
    );
    assert!(found(&world, "github-oidc-without-subject").is_empty());
    let wide = findings(&world, "github-oidc-subject-wide");
    assert!(wide[0].message.contains("any repository of enterprise acme"), "{wide:#?}");
}

#[test]
fn keys_of_another_issuer_pin_nothing_and_admit_nobody() {
    let mut world = World::of_organization();
    let of_gitlab = json!({"StringEquals": {"gitlab.com:sub": "repo:acme@12/etl@34:ref:refs/heads/main"}});
    world.role(PROD, "never", sends(GITHUB, &of_gitlab), &[]);
    let always = json!({"StringEqualsIfExists": {"gitlab.com:sub": "repo:acme@12/etl@34:ref:refs/heads/main"}});
    world.role(PROD, "always", sends(GITHUB, &always), &[]);
    assert_eq!(found(&world, "github-oidc-without-subject"), ["always"]);
}

#[test]
fn a_guardrail_of_the_organization_can_pin_the_owner() {
    let mut world = World::of_organization();
    of_github(&mut world, "open", "StringLike", &json!("*"));
    assert_eq!(found(&world, "github-oidc-without-subject"), ["open"]);
    world.guardrail(
        "RESOURCE_CONTROL_POLICY",
        "r-root",
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
            "Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*",
            "Condition": {"StringNotLikeIfExists": {format!("{GITHUB}:sub"): "repo:acme@12/*"}}}]}),
    );
    assert!(found(&world, "github-oidc-without-subject").is_empty());
}

#[test]
fn of_a_provider_that_is_not_there_only_that_is_told() {
    let mut world = World::of_organization();
    of_github(&mut world, "open", "StringLike", &json!("*"));
    for id in [support::HUB, support::PROD, support::DEV] {
        let account = world.account(id);
        account["OpenIDConnectProviders"] = json!([]);
        account["SAMLProviders"] = json!([]);
    }
    assert!(found(&world, "github-oidc-without-subject").is_empty());
    assert_eq!(found(&world, "trust-names-missing-provider"), ["open"]);
}

#[test]
fn without_the_list_of_providers_none_is_said_to_be_missing_or_unused() {
    let mut world = World::of_organization();
    of_github(&mut world, "open", "StringLike", &json!("*"));
    for rule in ["trust-names-missing-provider", "identity-provider-unused"] {
        let (told, _) = told(&world, rule);
        assert!(told.len() == 3 && told.iter().all(|(status, _)| *status == Status::Unknown), "{rule}: {told:?}");
    }
}

#[test]
fn an_unread_trust_policy_may_use_the_provider() {
    let mut world = World::of_organization();
    for id in [support::HUB, support::PROD, support::DEV] {
        let account = world.account(id);
        account["OpenIDConnectProviders"] = json!([]);
        account["SAMLProviders"] = json!([]);
    }
    world.account(PROD)["SAMLProviders"] = json!([{"Arn": format!("arn:aws:iam::{PROD}:saml-provider/corp")}]);
    world.role(PROD, "broken", json!({"Version": "2012-10-17", "Statement": "nonsense"}), &[]);
    let found = findings(&world, "identity-provider-unused");
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only.status, Status::Unknown);
}

#[test]
fn a_tenant_that_is_pinned_in_any_way_is_no_stranger() {
    let mut world = World::of_organization();
    let cases = [
        ("group", "gitlab.com", json!({"StringLike": {"gitlab.com:sub": "project_path:acme/*"}}), false),
        ("prefix", "gitlab.com", json!({"StringLike": {"gitlab.com:sub": "project_path:acme*"}}), true),
        (
            "prefix-of-branch",
            "gitlab.com",
            json!({"StringLike": {"gitlab.com:sub": "project_path:ac*me:ref_type:branch:ref:main"}}),
            true,
        ),
        (
            "workspaces",
            "app.terraform.io",
            json!({"StringLike": {"app.terraform.io:sub": "organization:acme-*:project:*"}}),
            true,
        ),
        (
            "workspace",
            "app.terraform.io",
            json!({"StringLike": {"app.terraform.io:sub": "organization:acme:project:*"}}),
            false,
        ),
        ("by-id", "oidc.codefresh.io", json!({"StringLike": {"oidc.codefresh.io:sub": "account:64884f*"}}), false),
        ("tail", "gitlab.com", json!({"StringLike": {"gitlab.com:sub": "*:ref_type:branch:ref:main"}}), true),
        ("not-one", "gitlab.com", json!({"StringNotEquals": {"gitlab.com:sub": "project_path:evil/x"}}), true),
        ("if-exists", "gitlab.com", json!({"StringLikeIfExists": {"gitlab.com:sub": "project_path:acme/*"}}), false),
        ("self-hosted", "gitlab.acme.example", json!({}), false),
        (
            "pod",
            "oidc.eks.eu-west-1.amazonaws.com/id/0AB1",
            json!({"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/0AB1:sub": "system:serviceaccount:*"}}),
            true,
        ),
    ];
    for (name, issuer, condition, _) in &cases {
        world.role(PROD, name, sends(issuer, condition), &[]);
    }
    let mut open: Vec<&str> = cases.iter().filter(|(.., open)| *open).map(|(name, ..)| *name).collect();
    open.sort_unstable();
    assert_eq!(found(&world, "multi-tenant-issuer-open"), open);
}

#[test]
fn an_identity_pool_is_pinned_by_its_whole_id() {
    let issuer = "cognito-identity.amazonaws.com";
    let pool = "eu-west-1:11111111-2222-3333-4444-555555555555";
    let mut world = World::of_organization();
    let mut add = |name: &str, operator: &str, audience: &str| {
        let condition = json!({operator: {format!("{issuer}:aud"): audience},
            "ForAnyValue:StringLike": {format!("{issuer}:amr"): "authenticated"}});
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": issuer},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]});
        world.role(PROD, name, trust, &[]);
    };
    add("any", "StringLike", "*");
    add("of-region", "StringLike", "eu-west-1:*");
    add("of-continent", "StringLike", "ap-*");
    add("of-other-region", "StringNotEquals", "eu-west-1:99999999-2222-3333-4444-555555555555");
    add("pinned", "StringEquals", pool);
    add("begins", "StringLike", "eu-west-1:1111*");
    add("ends", "StringLike", "*:11111111-2222-3333-4444-555555555555");
    let rule = "multi-tenant-issuer-open";
    assert_eq!(found(&world, rule), ["any", "of-continent", "of-other-region", "of-region"]);
    let says = |name: &str| {
        let all = findings(&world, rule);
        all.into_iter().find(|finding| finding.subject.ends_with(&format!("/{name}"))).unwrap().message
    };
    assert!(says("any").starts_with("any user of any Cognito identity pool can"), "{}", says("any"));
    assert!(says("of-region").contains("pool of eu-west-1 can assume it: no condition pins"), "{}", says("of-region"));
}

#[test]
fn identity_pools_are_shared_in_govcloud_as_elsewhere() {
    for issuer in ["cognito-identity-us-gov.amazonaws.com", "cognito-identity.us-gov-east-1.amazonaws.com"] {
        let mut world = World::of_organization();
        let trust = |condition: Value| {
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": issuer},
                "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]})
        };
        let amr = json!({format!("{issuer}:amr"): "authenticated"});
        let aud = json!({format!("{issuer}:aud"): "us-gov-west-1:11111111-2222-3333-4444-555555555555"});
        world.role(PROD, "open", trust(json!({"ForAnyValue:StringLike": amr.clone()})), &[]);
        world.role(PROD, "pinned", trust(json!({"ForAnyValue:StringLike": amr, "StringEquals": aud})), &[]);
        assert_eq!(found(&world, "multi-tenant-issuer-open"), ["open"], "{issuer}");
    }
}

/// A repository chooses what follows its name in the subject: `repo:evil/x:environment:a@12/b@34:ref:refs/heads/main`.
#[test]
fn ids_behind_a_wildcard_pin_no_repository() {
    let mut world = World::of_organization();
    for (name, subject) in [
        ("ids", "repo:*@12/*@34:ref:refs/heads/main"),
        ("id-of-owner", "repo:*@12/*"),
        ("names", "repo:acme@12/etl@34:ref:refs/heads/main"),
    ] {
        of_github(&mut world, name, "StringLike", &json!(subject));
    }
    assert_eq!(found(&world, "github-oidc-without-subject"), ["id-of-owner", "ids"]);
}

#[test]
fn an_audience_of_saml_is_pinned_by_more_than_its_scheme() {
    let mut world = World::of_organization();
    for (name, operator, audience) in [
        ("any-https", "StringLike", "https://*"),
        ("any-host", "StringLike", "https://*/saml"),
        ("of-regions", "StringLike", "https://*.signin.aws.amazon.com/saml"),
        ("sign-in", "StringEquals", "https://signin.aws.amazon.com/saml"),
    ] {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Federated": format!("arn:aws:iam::{PROD}:saml-provider/corp")},
            "Action": "sts:AssumeRoleWithSAML", "Condition": {operator: {"SAML:aud": audience}}}]});
        world.role(PROD, name, trust, &[]);
    }
    assert_eq!(found(&world, "saml-without-audience"), ["any-host", "any-https"]);
}

#[test]
fn when_a_saml_provider_expires_is_unknown_where_its_date_cannot_be_read() {
    let mut world = World::default();
    for (until, expected) in [
        (json!("2026-11-10T00:00:00Z"), vec![Status::Open]),
        (json!("2026-11-10"), vec![Status::Unknown]),
        (Value::Null, vec![]),
    ] {
        world.account(PROD)["SAMLProviders"] =
            json!([{"Arn": format!("arn:aws:iam::{PROD}:saml-provider/okta"), "ValidUntil": until}]);
        world.account(PROD)["OpenIDConnectProviders"] = json!([]);
        let found = told(&world, "saml-provider-expiring").0;
        assert_eq!(found.into_iter().map(|(status, _)| status).collect::<Vec<_>>(), expected, "{until}");
    }
}

#[test]
fn a_role_that_lets_in_everybody_lets_in_the_users_of_every_provider() {
    let mut world = World::of_organization();
    world.account(PROD)["OpenIDConnectProviders"] = json!([{"Arn": format!("arn:aws:iam::{PROD}:oidc-provider/{GITHUB}"),
        "Url": GITHUB, "ClientIDList": [], "ThumbprintList": []}]);
    let mut open = sends(GITHUB, &json!({}));
    open["Statement"][0]["Principal"] = json!("*");
    world.role(PROD, "open", open, &[]);
    assert_eq!(found(&world, "github-oidc-without-subject"), ["open"]);
}
