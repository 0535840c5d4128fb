//! Paths through small organizations: each test is one fact about how AWS decides who can assume what.

#![allow(clippy::unwrap_used, reason = "a question that cannot be asked has failed its test")]

mod support;

use rolehop::answer::{Verdict, WhoCanAnswer};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets};
use serde_json::{Value, json};
use support::*;

fn edges(world: &World) -> Vec<String> {
    let estate = world.estate();
    let rows = query::edges(&TrustGraph::new(&estate), true);
    rows.iter()
        .map(|r| format!("{} {} {} {}", short(&r.from), short(&r.to), r.verdict.as_str(), r.conditions.join(";")))
        .collect()
}

fn short(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap()
}

const MFA: &str = "aws:MultiFactorAuthPresent";

fn mfa(operator: &str) -> serde_json::Value {
    json!({operator: {MFA: "true"}})
}

#[test]
fn trust_of_an_account_needs_an_allow_of_the_caller() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    world.user(HUB, "ann", &[may_assume(&[&role(PROD, "ops")])]).user(HUB, "bob", &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")), (Verdict::Allowed, vec![]));
    assert_eq!(answer(&world, &user(HUB, "bob"), &role(PROD, "ops")), (Verdict::Denied, vec![]));
}

#[test]
fn a_name_in_the_trust_is_enough_in_the_same_account_and_not_across() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]);
    world.role(HUB, "near", trusts(json!({"AWS": user(HUB, "ann")})), &[]);
    world.role(PROD, "far", trusts(json!({"AWS": user(HUB, "ann")})), &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(HUB, "near")).0, Verdict::Allowed);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "far")).0, Verdict::Denied);
}

#[test]
fn a_boundary_cuts_a_named_role_and_not_a_named_user() {
    let boundary =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": format!("arn:aws:iam::{HUB}:policy/b")});
    let mut world = World::of_organization();
    world.account(HUB)["Policies"] = json!([{"PolicyName": "b", "Arn": format!("arn:aws:iam::{HUB}:policy/b"), "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}]}]);
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "PermissionsBoundary", boundary.clone());
    world.role(HUB, "app", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    world.with(HUB, "RoleDetailList", "PermissionsBoundary", boundary);
    world.role(HUB, "near", trusts(json!({"AWS": [user(HUB, "ann"), role(HUB, "app")]})), &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(HUB, "near")).0, Verdict::Allowed);
    assert_eq!(answer(&world, &role(HUB, "app"), &role(HUB, "near")).0, Verdict::Denied);
}

#[test]
fn mfa_is_a_condition_for_users_and_a_wall_for_roles() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts_if(root(HUB), mfa("Bool")), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(HUB, "hop", trusts(root(HUB)), &[may_assume(&["*"])]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")), (Verdict::Conditional, vec![MFA.into()]));
    assert_eq!(answer(&world, &role(HUB, "hop"), &role(PROD, "ops")).0, Verdict::Denied);
    assert!(edges(&world).contains(&"user/ann role/ops conditional aws:MultiFactorAuthPresent".to_owned()));
    assert!(!edges(&world).iter().any(|e| e.starts_with("role/hop role/ops")));
}

#[test]
fn mfa_of_the_user_is_inherited_along_the_chain() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts_if(json!({"AWS": role(HUB, "hop")}), mfa("Bool")), &[]);
    world.user(HUB, "ann", &[may_assume(&[&role(HUB, "hop")])]);
    world.role(HUB, "hop", trusts(root(HUB)), &[may_assume(&["*"])]);
    let found = path(&world, &user(HUB, "ann"), &role(PROD, "ops"));
    assert_eq!((found.verdict, found.hop_count), (Verdict::Conditional, Some(2)));
    assert_eq!(found.conditions, [MFA]);
}

#[test]
fn a_service_never_brings_mfa() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts_if(json!({"AWS": role(HUB, "hop")}), mfa("Bool")), &[]);
    world.role(HUB, "hop", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    assert_eq!(answer(&world, "ec2.amazonaws.com", &role(HUB, "hop")).0, Verdict::Allowed);
    assert_eq!(answer(&world, "ec2.amazonaws.com", &role(PROD, "ops")).0, Verdict::Denied);
}

#[test]
fn contradicting_mfa_tests_are_denied_whatever_the_credential() {
    let mut world = World::of_organization();
    let mut trust = trusts_if(root(HUB), mfa("Bool"));
    trust["Statement"].as_array_mut().unwrap().push(
        json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"Bool": {MFA: "true"}}}),
    );
    world.role(PROD, "ops", trust, &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")).0, Verdict::Denied);
}

#[test]
fn an_scp_needs_an_allow_at_every_level_and_any_deny_wins() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": role(PROD, "ops")}]});
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(DEV)), &[]).user(DEV, "dan", &[may_assume(&["*"])]);
    assert_eq!(answer(&world, &user(DEV, "dan"), &role(PROD, "ops")).0, Verdict::Allowed);
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-dev", deny);
    assert_eq!(answer(&world, &user(DEV, "dan"), &role(PROD, "ops")).0, Verdict::Denied);
    let mut bare = World::of_organization();
    bare.role(PROD, "ops", trusts(root(DEV)), &[]).user(DEV, "dan", &[may_assume(&["*"])]);
    bare.organization()["Policies"][0]["TargetIds"] = json!(["r-root", "ou-prod", HUB, PROD, DEV]);
    // AWS always leaves one attached: a level without any was not read
    assert_eq!(answer(&bare, &user(DEV, "dan"), &role(PROD, "ops")).0, Verdict::Unknown);
    let other = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    bare.guardrail("SERVICE_CONTROL_POLICY", "ou-dev", other);
    assert_eq!(answer(&bare, &user(DEV, "dan"), &role(PROD, "ops")).0, Verdict::Denied);
}

#[test]
fn the_management_account_is_beyond_scps_and_its_roles_beyond_rcps() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let everyone = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}]});
    let mut world = World::of_organization();
    world.guardrail("SERVICE_CONTROL_POLICY", HUB, deny).guardrail("RESOURCE_CONTROL_POLICY", "r-root", everyone);
    world.role(HUB, "near", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(HUB, "near")).0, Verdict::Allowed);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")).0, Verdict::Denied);
}

#[test]
fn without_all_features_no_guardrail_exists() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let mut world = World::of_organization();
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-dev", deny);
    world.organization()["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    world.role(PROD, "ops", trusts(root(DEV)), &[]).user(DEV, "dan", &[may_assume(&["*"])]);
    assert_eq!(answer(&world, &user(DEV, "dan"), &role(PROD, "ops")).0, Verdict::Allowed);
}

#[test]
fn uncollected_guardrails_make_the_answer_unknown() {
    let mut world = World::of_organization();
    world.organization().as_object_mut().unwrap().remove("Policies");
    world.role(PROD, "ops", trusts(root(DEV)), &[]).user(DEV, "dan", &[may_assume(&["*"])]).user(DEV, "eve", &[]);
    let found = path(&world, &user(DEV, "dan"), &role(PROD, "ops"));
    assert_eq!(found.verdict, Verdict::Unknown);
    assert_eq!(found.gaps.len(), 1, "{:?}", found.gaps);
    assert_eq!(answer(&world, &user(DEV, "eve"), &role(PROD, "ops")).0, Verdict::Denied);
    assert!(!who_can(&world, &role(PROD, "ops")).proven);
}

#[test]
fn an_account_without_file_is_a_gap_and_never_an_empty_list() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(DEV)), &[]).without_file(DEV);
    let found = who_can(&world, &role(PROD, "ops"));
    assert!(!found.proven);
    assert_eq!(found.answers.len(), 1);
    assert_eq!((found.answers[0].principal.as_str(), found.answers[0].verdict), (DEV, Verdict::Unknown));
    assert_eq!(world.estate().ledger().view().incomplete.len(), 1);
}

#[test]
fn an_outside_account_is_assumed_to_permit_its_own() {
    let mut world = World::of_organization();
    world.role(PROD, "monitor", trusts_if(root(VENDOR), json!({"StringEquals": {"sts:ExternalId": "x-9"}})), &[]);
    let found = who_can(&world, PROD);
    assert_eq!(found.answers.len(), 1);
    let vendor = &found.answers[0];
    assert_eq!((vendor.principal.as_str(), vendor.verdict), (VENDOR, Verdict::Conditional));
    assert_eq!(vendor.conditions, ["sts:ExternalId"]);
    assert!(found.proven);
}

#[test]
fn everybody_of_the_organization_is_not_the_public() {
    let org = |id: &str| json!({"StringEquals": {"aws:PrincipalOrgID": id}});
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&["*"])]).user(DEV, "eve", &[]);
    world.role(PROD, "ours", trusts_if(json!("*"), org("o-example")), &[]);
    world.role(PROD, "open", trusts(json!({"AWS": "*"})), &[]);
    assert_eq!(
        edges(&world),
        [
            "* role/open allowed ",
            "role/open role/open allowed ",
            "role/open role/ours allowed ",
            "role/ours role/open allowed ",
            "role/ours role/ours allowed ",
            "user/dan role/open allowed ",
            "user/dan role/ours allowed "
        ]
    );
}

#[test]
fn facts_of_one_member_are_not_facts_of_its_class() {
    let pinned = json!({"ArnLike": {"aws:PrincipalArn": user(DEV, "dan")}});
    let mut world = World::of_organization();
    world.user(DEV, "dan", &[may_assume(&["*"])]).user(DEV, "eve", &[may_assume(&["*"])]);
    world.role(PROD, "pinned", trusts_if(json!("*"), pinned), &[]);
    world.role(
        PROD,
        "denies",
        json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": root(DEV), "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": user(DEV, "eve")}, "Action": "sts:AssumeRole"}]}),
        &[],
    );
    assert_eq!(edges(&world), ["user/dan role/denies allowed ", "user/dan role/pinned allowed "]);
}

#[test]
fn variables_in_resources_follow_the_caller() {
    let own = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*",
        "Resource": format!("arn:aws:iam::{PROD}:role/${{aws:username}}-*")}});
    let mut world = World::of_organization();
    world.user(HUB, "ann", std::slice::from_ref(&own)).user(HUB, "bob", &[own]);
    world.role(PROD, "ann-ops", trusts(root(HUB)), &[]);
    assert_eq!(edges(&world), ["user/ann role/ann-ops allowed "]);
}

#[test]
fn a_trust_that_does_not_parse_is_unknown_and_nothing_crashes() {
    let mut world = World::of_organization();
    world.role(PROD, "odd", json!({"Statement": 7}), &[]).user(HUB, "ann", &[may_assume(&["*"])]).user(HUB, "bob", &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "odd")).0, Verdict::Unknown);
    assert_eq!(answer(&world, &user(HUB, "bob"), &role(PROD, "odd")).0, Verdict::Denied);
}

#[test]
fn a_missing_managed_policy_is_unknown_and_found_in_another_account() {
    let attached =
        json!([{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]);
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[]).with(HUB, "UserDetailList", "AttachedManagedPolicies", attached);
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")).0, Verdict::Unknown);
    world.account(DEV)["Policies"] = json!([{"PolicyName": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
        "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "Document":
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}]);
    assert_eq!(answer(&world, &user(HUB, "ann"), &role(PROD, "ops")).0, Verdict::Allowed);
}

#[test]
fn identity_providers_enter_by_their_own_calls_under_their_own_claims() {
    let github = format!("arn:aws:iam::{PROD}:oidc-provider/token.actions.githubusercontent.com");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": github},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}}]});
    let mut world = World::of_organization();
    world.role(PROD, "etl", trust, &[]);
    let found = who_can(&world, PROD);
    assert_eq!(found.answers.len(), 1);
    assert_eq!(found.answers[0].principal, github);
    assert_eq!(
        found.answers[0].conditions,
        ["token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub"]
    );
    world.account(PROD)["OpenIDConnectProviders"] = json!([]);
    assert!(who_can(&world, PROD).answers.is_empty(), "a provider that is not there vouches for nobody");
}

#[test]
fn two_hops_are_found_both_ways_and_the_proof_names_the_statements() {
    let mut world = World::of_organization();
    world.role(
        DEV,
        "runner",
        trusts(json!({"Service": "ec2.amazonaws.com"})),
        &[may_assume(&["arn:aws:iam::*:role/deploy-*"])],
    );
    world.role(HUB, "deploy-hub", trusts(root(DEV)), &[may_assume(&[&role(PROD, "deploy-admin")])]);
    world.role(PROD, "deploy-admin", trusts(json!({"AWS": role(HUB, "deploy-hub")})), &[]);
    let found = path(&world, "dev/runner", "prod/deploy-admin");
    assert_eq!((found.verdict, found.hop_count), (Verdict::Allowed, Some(2)));
    let layers: Vec<_> = found.hops[0].evidence.iter().map(|e| e.layer.as_str()).collect();
    assert_eq!(layers, ["identity", "scp", "scp", "scp", "trust"]);
    assert_eq!(found.hops[1].evidence.first().unwrap().policy, "inline-0 (inline)");
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let can = query::can(&graph, "dev/runner").unwrap();
    assert_eq!(
        can.answers.iter().map(|a| (short(&a.role), a.hop_count)).collect::<Vec<_>>(),
        [("role/deploy-hub", 1), ("role/deploy-admin", 2)]
    );
    let who = query::who_can(&graph, "ou:/Prod", &Targets::new()).unwrap();
    let shown: Vec<_> = who.answers.iter().map(|a| (short(&a.principal), a.hop_count)).collect();
    assert_eq!(shown, [("role/deploy-hub", 1), ("role/runner", 2), ("ec2.amazonaws.com", 3)]);
}

#[test]
fn a_target_role_entered_from_outside_shows_what_else_it_reaches() {
    let mut world = World::of_organization();
    world.role(PROD, "front", trusts(root(HUB)), &[may_assume(&["*"])]).role(PROD, "back", trusts(root(PROD)), &[]);
    world.role(PROD, "inner", trusts(root(PROD)), &[may_assume(&[&role(PROD, "back")])]);
    world.user(HUB, "ann", &[may_assume(&[&role(PROD, "front")])]);
    let who = who_can(&world, PROD);
    let shown: Vec<_> = who.answers.iter().map(|a| (short(&a.principal), a.reaches.len())).collect();
    assert_eq!(shown, [("user/ann", 3), ("role/front", 2)]);
}

#[test]
fn an_account_that_was_not_read_matters_only_to_who_could_enter_it() {
    let mut world = World::of_organization();
    let deny_all = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}});
    let elsewhere = may_assume(&[&role(PROD, "ops")]);
    world.role(PROD, "ops", trusts(json!({"AWS": role(PROD, "nobody")})), &[]);
    world.user(HUB, "open", &[may_assume(&["*"])]).user(HUB, "denied", &[may_assume(&["*"]), deny_all]);
    world.user(HUB, "none", &[]).user(HUB, "elsewhere", &[elsewhere]);
    world.account(DEV)["IsTruncated"] = json!(true);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let proven = |name: &str| query::can(&graph, &user(HUB, name)).unwrap().proven;
    assert!(!proven("open"));
    assert!(proven("denied") && proven("none") && proven("elsewhere"));
}

/// A trust policy may name an unknown role, or the path may lead through two accounts that were not read. No principal
/// can become a user.
#[test]
fn a_way_may_lead_through_whatever_an_unread_account_holds() {
    const FAR: &str = "444444444444";
    let with = |trusted: Value, entered: &str| {
        let mut world = World::of_organization();
        let far = json!({"Id": FAR, "Name": "far", "ParentId": "ou-dev", "State": "ACTIVE"});
        world.organization()["Accounts"].as_array_mut().unwrap().push(far);
        world.organization()["Policies"][0]["TargetIds"].as_array_mut().unwrap().push(json!(FAR));
        world.role(PROD, "ops", trusts(trusted), &[]).without_file(DEV);
        world.user(HUB, "ann", &[may_assume(&[&role(entered, "*")])]);
        world
    };
    let verdict = |world: &World| path(world, &user(HUB, "ann"), &role(PROD, "ops")).verdict;
    assert_eq!(verdict(&with(json!({"AWS": role(DEV, "named")}), DEV)), Verdict::Unknown);
    assert_eq!(verdict(&with(json!({"AWS": user(DEV, "named")}), DEV)), Verdict::Denied);
    assert_eq!(verdict(&with(json!({"AWS": role(DEV, "named")}), PROD)), Verdict::Denied);
    // through the other account
    let mut world = with(json!({"AWS": role(FAR, "named")}), DEV);
    assert_eq!(verdict(&world), Verdict::Unknown);
    let nothing_far = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]});
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, nothing_far);
    assert_eq!(verdict(&world), Verdict::Denied);
}

/// An instance carries the keys of its session to the second hop, and `can` knows this as `path` does.
#[test]
fn what_a_service_reaches_counts_the_session_that_it_makes() {
    let mut world = World::of_organization();
    let from_instance = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Resource": role(PROD, "ops"), "Condition": {"Null": {"ec2:SourceInstanceARN": "false"}}}]});
    world.role(HUB, "app", trusts(json!({"Service": "ec2.amazonaws.com"})), &[from_instance]);
    world.role(PROD, "ops", trusts(root(HUB)), &[may_assume(&[&role(DEV, "far")])]).role(
        DEV,
        "far",
        trusts(root(PROD)),
        &[],
    );
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let can = |from: &str, max_hops: Option<usize>| {
        let found = query::can_within(&graph, from, &Limits { max_hops, via: None }).unwrap();
        found
            .answers
            .iter()
            .map(|a| format!("{} {} {}", a.verdict.as_str(), a.hop_count, short(&a.role)))
            .collect::<Vec<_>>()
    };
    assert_eq!(can("ec2.amazonaws.com", None), ["allowed 1 role/app", "allowed 2 role/ops", "allowed 3 role/far"]);
    assert_eq!(can("ec2.amazonaws.com", Some(2)), ["allowed 1 role/app", "allowed 2 role/ops"]);
    assert_eq!(can(&role(HUB, "app"), None), ["conditional 1 role/ops", "conditional 2 role/far"]);
}

/// `verdict hops roles conditions` for each group of targets that a principal reaches in the same way.
fn targets_of(who: &WhoCanAnswer, principal: &str) -> Vec<String> {
    let answer = who.answers.iter().find(|a| a.principal == principal).unwrap();
    let shown = who.targets_of(answer).iter().map(|t| {
        let roles: Vec<&str> = t.roles.iter().map(short).collect();
        format!("{} {} {} {}", t.verdict.as_str(), t.hop_count, roles.join(","), t.conditions.join(","))
    });
    shown.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn verdict_conditions_and_hops_belong_to_each_role_of_a_target() {
    let mut world = World::of_organization();
    let only_if = |condition| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": root(HUB),
            "Action": "sts:AssumeRole", "Condition": condition}})
    };
    let external = json!({"StringEquals": {"sts:ExternalId": "x"}});
    world.role(PROD, "free", trusts(root(HUB)), &[may_assume(&["*"])]);
    world.role(PROD, "open", trusts(root(HUB)), &[]);
    world.role(PROD, "with-mfa", only_if(mfa("Bool")), &[]);
    world.role(PROD, "with-id", only_if(external), &[]);
    world.role(PROD, "behind", trusts(json!({"AWS": role(PROD, "free")})), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(HUB, "ci", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    let who = who_can(&world, PROD);
    let of_ann = [
        "allowed 1 role/free,role/open",
        "allowed 2 role/behind",
        "conditional 1 role/with-mfa aws:MultiFactorAuthPresent",
        "conditional 1 role/with-id sts:ExternalId",
    ];
    assert_eq!(targets_of(&who, &user(HUB, "ann")), of_ann);
    let of_ci = ["allowed 1 role/free,role/open", "allowed 2 role/behind", "conditional 1 role/with-id sts:ExternalId"];
    assert_eq!(targets_of(&who, &role(HUB, "ci")), of_ci);
    let answer = who.answers.iter().find(|a| a.principal == user(HUB, "ann")).unwrap();
    assert_eq!((answer.verdict, answer.hop_count, answer.reaches.len()), (Verdict::Allowed, 1, 5));
}

#[test]
fn conditions_add_up_along_the_way_to_each_role_of_a_target() {
    let mut world = World::of_organization();
    let only_if = |who: serde_json::Value, condition| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": who,
            "Action": "sts:AssumeRole", "Condition": condition}})
    };
    world.role(
        HUB,
        "hop",
        only_if(root(HUB), json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),
        &[may_assume(&["*"])],
    );
    for name in ["one", "two"] {
        world.role(
            PROD,
            name,
            only_if(json!({"AWS": role(HUB, "hop")}), json!({"StringEquals": {"sts:ExternalId": "x"}})),
            &[],
        );
    }
    world.role(PROD, "three", trusts(json!({"AWS": role(HUB, "hop")})), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    let who = who_can(&world, PROD);
    let of_ann =
        ["conditional 2 role/three aws:SourceIp", "conditional 2 role/one,role/two aws:SourceIp,sts:ExternalId"];
    assert_eq!(targets_of(&who, &user(HUB, "ann")), of_ann);
}

#[test]
fn a_deleted_principal_and_a_wildcard_match_nobody() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    let entries = json!({"AWS": ["AIDAEXAMPLEEXAMPLE01", format!("arn:aws:iam::{HUB}:user/*"), user(HUB, "gone")]});
    world.role(PROD, "ops", trusts(entries), &[]);
    assert!(edges(&world).is_empty());
}

#[test]
fn an_outside_account_stands_for_whoever_is_named_of_it() {
    let mut world = World::of_organization();
    world.role(PROD, "monitor", trusts(json!({"AWS": role(VENDOR, "agent")})), &[]);
    assert_eq!(answer(&world, VENDOR, &role(PROD, "monitor")).0, Verdict::Allowed);
    assert_eq!(answer(&world, &role(VENDOR, "agent"), &role(PROD, "monitor")).0, Verdict::Allowed);
    assert_eq!(answer(&world, &role(VENDOR, "other"), &role(PROD, "monitor")).0, Verdict::Denied);
}

/// AWS IAM User Guide, "AWS global condition context keys": the ARN, account and organization of the caller are in every request.
#[test]
fn of_an_outsider_who_is_named_counts_what_is_known_of_it() {
    let agent = role(VENDOR, "team/agent");
    let session = format!("arn:aws:sts::{VENDOR}:assumed-role/agent/s");
    let everybody = |condition: Value| trusts_if(json!({"AWS": "*"}), condition);
    let of_test = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
    for (trust, of_agent, of_session, of_account) in [
        (trusts(json!({"AWS": "*"})), Verdict::Allowed, Verdict::Allowed, Verdict::Allowed),
        (trusts(root(VENDOR)), Verdict::Allowed, Verdict::Allowed, Verdict::Allowed),
        (trusts(root("888877776666")), Verdict::Denied, Verdict::Denied, Verdict::Denied),
        (trusts(json!({"AWS": agent})), Verdict::Allowed, Verdict::Allowed, Verdict::Allowed),
        (trusts(json!({"AWS": session})), Verdict::Conditional, Verdict::Allowed, Verdict::Allowed),
        (
            everybody(of_test("StringEquals", "aws:PrincipalAccount", VENDOR)),
            Verdict::Allowed,
            Verdict::Allowed,
            Verdict::Allowed,
        ),
        (
            everybody(of_test("StringNotEquals", "aws:PrincipalAccount", VENDOR)),
            Verdict::Denied,
            Verdict::Denied,
            Verdict::Denied,
        ),
        (
            everybody(of_test("StringEquals", "aws:PrincipalAccount", "888877776666")),
            Verdict::Denied,
            Verdict::Denied,
            Verdict::Denied,
        ),
        (
            everybody(of_test("ArnEquals", "aws:PrincipalArn", &agent)),
            Verdict::Allowed,
            Verdict::Conditional,
            Verdict::Conditional,
        ),
        (
            everybody(of_test("ArnLike", "aws:PrincipalArn", &role(VENDOR, "other/*"))),
            Verdict::Denied,
            Verdict::Conditional,
            Verdict::Conditional,
        ),
        (
            everybody(of_test("StringLike", "aws:PrincipalArn", &user(VENDOR, "*"))),
            Verdict::Denied,
            Verdict::Denied,
            Verdict::Conditional,
        ),
        (
            everybody(of_test("StringEquals", "aws:PrincipalType", "User")),
            Verdict::Denied,
            Verdict::Denied,
            Verdict::Conditional,
        ),
        (
            everybody(of_test("StringEquals", "aws:PrincipalOrgID", "o-example")),
            Verdict::Denied,
            Verdict::Denied,
            Verdict::Denied,
        ),
        (
            everybody(of_test("StringEquals", "aws:PrincipalOrgID", "o-another")),
            Verdict::Conditional,
            Verdict::Conditional,
            Verdict::Conditional,
        ),
        (
            everybody(of_test("StringEquals", "aws:PrincipalTag/team", "a")),
            Verdict::Conditional,
            Verdict::Conditional,
            Verdict::Conditional,
        ),
    ] {
        let mut world = World::of_organization();
        world.role(PROD, "entry", trust.clone(), &[may_assume(&[&role(PROD, "deep")])]);
        world.role(PROD, "deep", trusts(json!({"AWS": role(PROD, "entry")})), &[]);
        for to in ["entry", "deep"] {
            let found = [&agent, &session, VENDOR, &format!("arn:aws:iam::{VENDOR}:root")]
                .map(|from| answer(&world, from, &role(PROD, to)).0);
            assert_eq!(found, [of_agent, of_session, of_account, of_account], "{to}: {trust}");
        }
        let estate = world.estate();
        let reached = |from: &str| query::can(&TrustGraph::new(&estate), from).unwrap().answers.len();
        let of = |verdict: Verdict| if verdict == Verdict::Denied { 0 } else { 2 };
        assert_eq!(
            [reached(&agent), reached(&session), reached(VENDOR)],
            [of(of_agent), of(of_session), of(of_account)],
            "{trust}"
        );
    }
}

#[test]
fn output_that_was_cut_after_a_page_is_incomplete() {
    for (key, value) in [("IsTruncated", json!(true)), ("NextToken", json!("abc"))] {
        let mut world = World::of_organization();
        world.role(PROD, "ops", trusts(root(HUB)), &[]);
        assert!(world.estate().ledger().is_complete());
        world.account(HUB)[key] = value;
        assert_eq!(world.estate().ledger().view().incomplete.len(), 1, "{key}");
        assert!(!who_can(&world, &role(PROD, "ops")).proven, "{key}");
    }
}

#[test]
fn the_same_bytes_at_any_thread_count() {
    let mut world = World::of_organization();
    for at in 0..40 {
        world.role(PROD, &format!("r{at}"), trusts(root(HUB)), &[]).user(HUB, &format!("u{at}"), &[may_assume(&["*"])]);
    }
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| edges(&world));
    assert_eq!(one.len(), 1600);
    assert_eq!(one, edges(&world));
}

/// AWS Security Blog, "Announcing an update to IAM role trust policy behavior": by its trust policy alone, or by roles
/// in between.
#[test]
fn a_role_has_its_ways_back_into_itself() {
    let mut world = World::of_organization();
    let names = |name: &str| trusts(json!({"AWS": role(PROD, name)}));
    world.role(PROD, "self", names("self"), &[may_assume(&["*"])]);
    world.role(PROD, "there", names("back"), &[may_assume(&["*"])]).role(
        PROD,
        "back",
        names("there"),
        &[may_assume(&["*"])],
    );
    world.role(PROD, "other", names("self"), &[may_assume(&["*"])]);
    let own = |name: &str| {
        let found = path(&world, &role(PROD, name), &role(PROD, name));
        (found.verdict, found.hop_count)
    };
    assert_eq!(own("self"), (Verdict::Allowed, Some(1)));
    assert_eq!(own("there"), (Verdict::Allowed, Some(2)));
    assert_eq!(own("other"), (Verdict::Denied, None));
    let by = |name: &str| {
        who_can(&world, &role(PROD, name)).answers.iter().map(|r| short(&r.principal).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(by("self"), Vec::<String>::new());
    assert_eq!(by("there"), ["role/back"]);
}

/// An answer says which value to pass, not that a key is "present".
#[test]
fn a_key_that_must_be_passed_is_told_as_such() {
    let asks = [
        (json!({"Null": {"sts:SourceIdentity": "false"}}), "sts:SourceIdentity", "sets a source identity"),
        (json!({"StringLike": {"sts:SourceIdentity": "*"}}), "sts:SourceIdentity", "sets a source identity"),
        (json!({"Null": {"aws:RequestTag/team": "false"}}), "aws:RequestTag/team", "passes session tag team"),
        (json!({"Null": {"aws:TagKeys": "false"}}), "aws:TagKeys", "passes a session tag"),
        (json!({"Null": {"sts:ExternalId": "false"}}), "sts:ExternalId", "passes an external id"),
    ];
    for (condition, key, words) in asks {
        let mut world = World::of_organization();
        let mut trust = trusts_if(root(HUB), condition.clone());
        let mut may = may_assume(&["*"]);
        let all = json!(["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]);
        trust["Statement"][0]["Action"] = all.clone();
        may["Statement"][0]["Action"] = all;
        world.role(PROD, "ops", trust, &[]).user(HUB, "ann", &[may]);
        let found = path(&world, &user(HUB, "ann"), &role(PROD, "ops"));
        assert_eq!((found.verdict, found.conditions), (Verdict::Conditional, vec![key.to_owned()]), "{condition}");
        assert!(found.hops[0].needs.join("; ").contains(words), "{condition}: {:?}", found.hops[0].needs);
    }
}

/// A trust policy that names a session reads what the previous call chose; the path over another role of the target
/// requires nothing.
#[test]
fn a_way_past_another_role_of_the_target_counts_where_sessions_do() {
    let mut world = World::of_organization();
    let session = format!("arn:aws:sts::{PROD}:assumed-role/deploy/ann");
    world.role(PROD, "ops", trusts(json!({"AWS": [role(DEV, "red"), session]})), &[]);
    world.role(PROD, "deploy", trusts(json!({"AWS": [user(PROD, "ann"), role(DEV, "red")]})), &[may_assume(&["*"])]);
    world.role(DEV, "red", trusts(root(PROD)), &[may_assume(&["*"])]).user(PROD, "ann", &[]);
    let who = who_can(&world, PROD);
    let ann = who.answers.iter().find(|a| a.principal == user(PROD, "ann")).unwrap();
    let ops = who.targets_of(ann).iter().find(|t| t.roles.contains(&role(PROD, "ops"))).unwrap();
    assert_eq!((ops.verdict, ops.hop_count), (Verdict::Allowed, 3));
    assert_eq!(path(&world, &user(PROD, "ann"), &role(PROD, "ops")).verdict, ops.verdict);
}
