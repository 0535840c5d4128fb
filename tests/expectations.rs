//! `[[expect]]`: an expectation is broken by exactly those who break it, and never kept where something is unknown.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "an organization that cannot be judged has failed its test"
)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use rolehop::answer::{PrincipalKind, Verdict};
use rolehop::config::Expectation;
use rolehop::finding::{Assessment, Finding, Status};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{Targets, who_can};
use rolehop::model::Estate;
use rolehop::rules::{self, RuleError, RuleSelection};
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, VENDOR, World, may_assume, role, root, trusts, trusts_if, user};

fn expectation(keys: &str) -> Expectation {
    toml::from_str(&format!("name = \"policy\"\n{keys}")).unwrap()
}

fn judge(estate: &Estate, expectations: Vec<Expectation>) -> Result<Assessment, RuleError> {
    let only = vec!["expectation".to_owned()];
    rules::check(&TrustGraph::new(estate), &RuleSelection { only, expectations, ..RuleSelection::default() })
}

fn findings(world: &World, keys: &str) -> Vec<Finding> {
    let assessment = judge(&world.estate(), vec![expectation(keys)]).unwrap();
    let counts = assessment.counts("expectation").unwrap();
    let open = assessment.findings.iter().any(|f| f.status == Status::Open);
    let unknown = assessment.findings.iter().any(|f| f.status == Status::Unknown);
    assert_eq!(counts.failed, usize::from(open));
    assert_eq!(counts.unknown, usize::from(unknown && !open), "{:?}", assessment.findings);
    assessment.findings
}

/// Who breaks it, by status and message.
fn told(world: &World, keys: &str) -> Vec<String> {
    let mut told: Vec<String> =
        findings(world, keys).iter().map(|f| format!("{}: {}", f.status.as_str(), f.message)).collect();
    told.sort();
    told
}

/// Admins of the hub come through `hub/role/admin`; `dev/user/dan` has a key to prod of his own.
fn world() -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(json!({"AWS": [role(HUB, "admin"), user(DEV, "dan")]})), &[]);
    world.role(HUB, "admin", trusts(root(HUB)), &[may_assume(&[&role(PROD, "deploy")])]);
    world.user(HUB, "ann", &[may_assume(&[&role(HUB, "admin")])]);
    world.user(DEV, "dan", &[may_assume(&[&role(PROD, "deploy")])]);
    world
}

#[test]
fn only_is_broken_by_whoever_comes_otherwise() {
    let world = world();
    let target = "target = \"222222222222\"\n";
    insta::assert_snapshot!(told(&world, &format!("{target}only = [\"user:hub/ann\"]")).join("\n"),
        @"open: `policy`: dev/dan reaches prod/deploy, and is not expected to");
    // whoever comes through a role that is expected is expected
    insta::assert_snapshot!(told(&world, &format!("{target}only = [\"role:hub/admin\"]")).join("\n"),
        @"open: `policy`: dev/dan reaches prod/deploy, and is not expected to");
    insta::assert_snapshot!(told(&world, &format!("{target}only = [\"role:hub/admin\", \"account:dev\"]")).join("\n"), @"");
    insta::assert_snapshot!(told(&world, &format!("{target}only = []")).join("\n"), @"
    open: `policy`: dev/dan reaches prod/deploy, and is not expected to
    open: `policy`: hub/ann reaches prod/deploy in 2 hops, and is not expected to
    ");
    let ann = &findings(&world, &format!("{target}only = [\"account:dev\"]\nowner = \"o\"\nreason = \"r\""))[0];
    assert_eq!(ann.path, [user(HUB, "ann"), role(HUB, "admin"), role(PROD, "deploy")]);
    assert!(ann.evidence.len() >= 3 && ann.message.ends_with("; owner o: r"), "{ann:?}");
    assert_eq!((ann.subject.as_str(), ann.account.to_string().as_str()), (user(HUB, "ann").as_str(), HUB));
}

#[test]
fn who_enters_a_role_of_the_target_does_not_come_through_its_account() {
    let world = world();
    let of = |only: &str| told(&world, &format!("target = \"222222222222\"\nonly = [{only:?}]"));
    for place in ["account:prod", "account:222222222222", "ou:/Prod", "arn:aws:iam::222222222222:*"] {
        assert_eq!(of(place).len(), 2, "{place}: {:?}", of(place));
    }
    // roles are named on purpose, and whoever is in the account already is in it
    for named in ["role:prod/*", "arn:aws:iam::222222222222:role/*"] {
        assert_eq!(of(named), [""; 0], "{named}");
    }
    let mut inside = World::of_organization();
    inside.role(PROD, "deploy", trusts(root(PROD)), &[]);
    inside.user(PROD, "pat", &[may_assume(&[&role(PROD, "deploy")])]);
    assert_eq!(told(&inside, "target = \"222222222222\"\nonly = [\"account:prod\"]"), [""; 0]);
    // one that only leads to the target is a way as ever
    let mut jump = World::of_organization();
    jump.role(PROD, "deploy", trusts(json!({"AWS": role(PROD, "jump")})), &[]);
    jump.role(PROD, "jump", trusts(root(HUB)), &[may_assume(&[&role(PROD, "deploy")])]);
    jump.user(HUB, "ann", &[may_assume(&[&role(PROD, "jump")])]);
    assert_eq!(told(&jump, "target = \"prod/deploy\"\nonly = [\"account:prod\"]"), [""; 0]);
}

#[test]
fn an_account_that_is_called_like_the_id_of_another_is_not_that() {
    let mut world = world();
    world.organization()["Accounts"][2]["Name"] = json!(HUB);
    let found = told(&world, &format!("target = \"222222222222\"\nonly = [\"user:{HUB}/*\"]"));
    assert!(found.len() == 1 && found[0].contains("/dan reaches prod/deploy"), "{found:?}");
}

#[test]
fn a_way_around_the_expected_role_is_found_where_a_way_through_it_is_shorter() {
    let mut world = world();
    world.role(DEV, "side", trusts(root(HUB)), &[may_assume(&[&role(DEV, "back")])]);
    world.role(DEV, "back", trusts(root(DEV)), &[may_assume(&[&role(PROD, "other")])]);
    world.role(PROD, "other", trusts(root(DEV)), &[]);
    world.user(HUB, "eve", &[may_assume(&[&role(HUB, "admin"), &role(DEV, "side")])]);
    let keys = "target = \"222222222222\"\nonly = [\"role:hub/admin\", \"user:dev/dan\"]";
    insta::assert_snapshot!(told(&world, keys).join("\n"),
        @"open: `policy`: hub/eve reaches prod/other in 3 hops, and is not expected to");
}

#[test]
fn an_outsider_who_should_never_get_in_is_found_where_everybody_does() {
    let agent = role(VENDOR, "agent");
    let pinned = |operator: &str, account: &str| {
        trusts_if(json!({"AWS": "*"}), json!({operator: {"aws:PrincipalAccount": account}}))
    };
    let ours = trusts_if(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}));
    let theirs = trusts_if(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": "o-another"}}));
    let selectors = [
        format!("account:{VENDOR}"),
        agent.clone(),
        format!("arn:aws:iam::{VENDOR}:role/*"),
        format!("arn:aws:iam::{VENDOR}:*"),
        format!("role:{VENDOR}/agent"),
        format!("role:{VENDOR}/*"),
    ];
    for (trust, is_open) in [
        (trusts(json!({"AWS": "*"})), true),
        (trusts(root(VENDOR)), true),
        (pinned("StringEquals", VENDOR), true),
        (theirs, true),
        (trusts(root("888877776666")), false),
        (pinned("StringEquals", "888877776666"), false),
        (pinned("StringNotEquals", VENDOR), false),
        (pinned("StringEquals", HUB), false),
        (ours, false),
    ] {
        let mut world = World::of_organization();
        world.role(PROD, "open", trust.clone(), &[]);
        for selector in &selectors {
            let found = told(&world, &format!("target = \"222222222222\"\nnever = [{selector:?}]"));
            assert_eq!(found.len(), usize::from(is_open), "{selector} {trust}: {found:?}");
            assert!(found.iter().all(|found| found.starts_with("open: ") && found.contains(VENDOR)), "{found:?}");
        }
    }
    // whoever it is that has such a name
    let mut world = World::of_organization();
    world.role(PROD, "open", trusts(json!({"AWS": "*"})), &[]);
    for (selector, count) in [
        ("arn:aws:iam::*:role/ci", 1),
        ("role:*/ci-*", 1),
        ("account:888877776666", 1),
        ("ou:/Dev", 0),
        ("account:dev", 0),
    ] {
        let found = told(&world, &format!("target = \"222222222222\"\nnever = [{selector:?}]"));
        assert_eq!(found.len(), count, "{selector}: {found:?}");
    }
    // those inside come in by their own policies
    world.user(DEV, "dan", &[may_assume(&["*"])]);
    let found = told(&world, "target = \"222222222222\"\nnever = [\"ou:/Dev\"]");
    insta::assert_snapshot!(found.join("\n"), @"open: `policy`: dev/dan reaches prod/open, and never should");
}

#[test]
fn who_can_of_an_outside_account_has_its_ways_over_what_lets_in_everybody() {
    let mut world = World::of_organization();
    world.role(PROD, "open", trusts(json!({"AWS": "*"})), &[]);
    world.role(PROD, "named", trusts(json!({"AWS": role(VENDOR, "agent")})), &[]);
    world.role(PROD, "whole", trusts(root(VENDOR)), &[]);
    world.role(PROD, "other", trusts(root("888877776666")), &[]);
    let dir = world.write();
    let of = |account: &str| {
        let words = ["who-can", PROD, "--account", account, "--json", "--snapshot", ".", "--no-config"];
        let ended = program::run_in(dir.path(), &[], &words);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        let answers = found["answers"].as_array().unwrap();
        answers
            .iter()
            .map(|one| (one["principal"].as_str().unwrap().to_owned(), one["reaches"].to_string()))
            .collect::<Vec<_>>()
    };
    let who = |account: &str| of(account).into_iter().map(|(who, _)| who).collect::<Vec<_>>();
    assert_eq!(who(VENDOR), [VENDOR.to_owned(), role(VENDOR, "agent")], "{:?}", of(VENDOR));
    assert_eq!(who("888877776666"), ["888877776666"]);
    assert_eq!(who("777766665555"), ["777766665555"], "by what is open to everybody");
}

#[test]
fn users_of_a_group_are_known_by_it_and_told_as_one() {
    let mut world = world();
    for name in ["u1", "u2", "u3"] {
        world.user(HUB, name, &[may_assume(&[&role(HUB, "admin")])]).with(
            HUB,
            "UserDetailList",
            "GroupList",
            json!(["ops"]),
        );
    }
    world.account(HUB)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "ops", "GroupId": "AGPAOPS",
        "Arn": format!("arn:aws:iam::{HUB}:group/ops"), "GroupPolicyList": [], "AttachedManagedPolicies": []}]);
    let keys = "target = \"222222222222\"\nonly = [\"user:hub/ann\", \"user:dev/dan\"]";
    insta::assert_snapshot!(told(&world, keys).join("\n"),
        @"open: `policy`: 3 principals (hub/u1, hub/u2 and hub/u3) reach prod/deploy in 2 hops, and are not expected to");
    assert_eq!(findings(&world, keys)[0].subject, format!("arn:aws:iam::{HUB}:group/ops"));
    assert!(told(&world, "target = \"222222222222\"\nonly = [\"group:hub/ops\", \"user:*/*n*\"]").is_empty());
    // one more user of the group is the same finding
    let before = findings(&world, keys)[0].fingerprint.clone();
    world.user(HUB, "a0", &[may_assume(&[&role(HUB, "admin")])]).with(
        HUB,
        "UserDetailList",
        "GroupList",
        json!(["ops"]),
    );
    assert_eq!(findings(&world, keys)[0].fingerprint, before);
}

#[test]
fn never_is_broken_on_whatever_way() {
    let mut world = world();
    insta::assert_snapshot!(told(&world, "target = \"222222222222\"\nnever = [\"ou:/Dev\"]").join("\n"),
        @"open: `policy`: dev/dan reaches prod/deploy, and never should");
    assert!(told(&world, "target = \"333333333333\"\nnever = [\"ou:/Prod\"]").is_empty());
    // a role of the sandbox counts, whoever comes into it
    world.role(
        DEV,
        "task",
        trusts(json!({"Service": "ecs-tasks.amazonaws.com"})),
        &[may_assume(&[&role(PROD, "deploy")])],
    );
    world.role(PROD, "open", trusts(root(DEV)), &[]);
    world.with(PROD, "RoleDetailList", "AssumeRolePolicyDocument", trusts(json!({"AWS": role(DEV, "task")})));
    world.account(DEV)["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = may_assume(&[&role(PROD, "open")]);
    let found = told(&world, "target = \"222222222222\"\nnever = [\"ou:/Dev\"]").join("\n");
    assert!(found.contains("dev/task reaches prod/open"), "{found}");
}

#[test]
fn mfa_is_needed_by_every_user_on_every_way() {
    let mut world = World::of_organization();
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    world.role(PROD, "deploy", trusts_if(root(HUB), mfa), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    let keys = "target = \"222222222222\"\nmfa = \"always\"";
    assert!(told(&world, keys).is_empty(), "{:?}", told(&world, keys));
    world.role(PROD, "legacy", trusts(root(HUB)), &[]);
    insta::assert_snapshot!(told(&world, keys).join("\n"), @"open: `policy`: hub/ann reaches prod/legacy without MFA");
}

#[test]
fn vendors_are_named_by_their_accounts() {
    let mut world = world();
    world.role(PROD, "vendor", trusts(root(VENDOR)), &[]);
    let keys = |only: &str| format!("target = \"222222222222\"\nonly = [\"account:hub\", \"account:dev\"{only}]");
    insta::assert_snapshot!(told(&world, &keys("")).join("\n"),
        @"open: `policy`: account 999988887777 reaches prod/vendor, and is not expected to");
    assert!(told(&world, &keys(", \"account:999988887777\"")).is_empty());
}

/// Roles of prod that workflows of GitHub may assume, each on a condition on its claims.
fn workflows(roles: &[(&str, Value)]) -> World {
    let mut world = World::of_organization();
    for (name, claims) in roles {
        let github = "token.actions.githubusercontent.com";
        let mut condition = json!({"StringEquals": {format!("{github}:aud"): "sts.amazonaws.com"}});
        for (claim, pattern) in claims.as_object().unwrap() {
            condition["StringLike"][format!("{github}:{claim}")] = pattern.clone();
        }
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": format!("arn:aws:iam::{PROD}:oidc-provider/{github}")}, "Condition": condition}]});
        world.role(PROD, name, trust, &[]);
    }
    world
}

#[test]
fn a_repository_is_expected_where_its_workflows_alone_get_in() {
    let told = |claims: Value, selector: &str| {
        let world = workflows(&[("deploy", claims)]);
        let found = findings(&world, &format!("target = \"222222222222\"\nonly = [\"{selector}\"]"));
        found.iter().map(|f| f.status.as_str()).collect::<Vec<_>>().join(" ")
    };
    let of = |subject: &str| json!({"sub": subject});
    for (claims, selector, status) in [
        (of("repo:acme/etl:*"), "github:acme/etl", ""),
        (of("repo:acme/etl:ref:refs/heads/main"), "github:acme/etl", ""),
        (of("repo:acme/etl:environment:prod"), "github:acme/*", ""),
        (of("repo:acme@12/etl@34:ref:refs/heads/main"), "github:acme/etl", ""),
        (of("repo:acme@12/*"), "github:acme/*", ""),
        (of("repo:acme@12/*:ref:refs/heads/main"), "github:acme/*", ""),
        (of("repo:acme@12/*"), "github:acme/etl", "open"),
        (of("repo:*@12/*"), "github:acme/*", "open"),
        (of("repo:acme/etl:*"), "github:acme/web", "open"),
        (of("repo:acme/*:*"), "github:acme/etl", "open"),
        (of("repo:acme/etl*"), "github:acme/etl", "open"),
        (of("repo:acme/etl*"), "github:acme/*", ""),
        (of("repo:acme*/etl:*"), "github:acme/etl", "open"),
        (json!({}), "github:acme/*", "open"),
        (json!({"repository": "acme/etl"}), "github:acme/etl", ""),
        (json!({"repository": "acme/etl"}), "github:acme/web", "open"),
        (json!({"repository_owner": "acme"}), "github:acme/*", ""),
        (json!({"repository_owner": "acme"}), "github:acme/etl", "open"),
        (json!({"job_workflow_ref": "acme/shared/.github/workflows/deploy.yml@*"}), "github:acme/shared", "open"),
        // an id, and a subject of the organization's own form, name no repository
        (json!({"repository_id": "34"}), "github:acme/etl", "unknown"),
        (of("repository_id:34:ref:refs/heads/main"), "github:acme/etl", "unknown"),
        (json!({"sub": ["repo:acme/etl:*", "repo:acme/web:*"]}), "github:acme/etl", "open"),
    ] {
        assert_eq!(told(claims.clone(), selector), status, "{claims} {selector}");
    }
    let world = workflows(&[("deploy", json!({"sub": ["repo:acme/etl:*", "repo:acme/web:*"]}))]);
    assert!(
        findings(&world, "target = \"222222222222\"\nonly = [\"github:acme/etl\", \"github:acme/web\"]").is_empty()
    );
}

#[test]
fn a_repository_that_never_should_is_found_where_some_workflow_of_it_gets_in() {
    let told = |claims: Value, selector: &str| {
        let world = workflows(&[("deploy", claims)]);
        let found = findings(&world, &format!("target = \"222222222222\"\nnever = [\"{selector}\"]"));
        found.iter().map(|f| f.status.as_str()).collect::<Vec<_>>().join(" ")
    };
    let of = |subject: &str| json!({"sub": subject});
    for (claims, selector, status) in [
        (of("repo:acme/etl:*"), "github:acme/sandbox-*", ""),
        (of("repo:acme/*:*"), "github:acme/sandbox-*", "open"),
        (of("repo:acme/*"), "github:other/*", ""),
        (of("repo:acme/sandbox-1:environment:prod"), "github:acme/sandbox-*", "open"),
        (of("repo:acme@12/sandbox@34:*"), "github:acme/sandbox", "open"),
        (json!({}), "github:acme/sandbox-*", "open"),
        (json!({"repository": "acme/etl"}), "github:acme/sandbox", ""),
        (json!({"repository_owner": "acme"}), "github:acme/sandbox", "open"),
        (json!({"repository_owner": "acme"}), "github:other/*", ""),
        (json!({"repository_id": "34"}), "github:acme/sandbox", "unknown"),
        (json!({"sub": "repo:acme/sandbox:*", "repository_id": "34"}), "github:acme/sandbox", "open"),
        (of("repository_id:34:ref:refs/heads/main"), "github:acme/sandbox", "unknown"),
    ] {
        assert_eq!(told(claims.clone(), selector), status, "{claims} {selector}");
    }
}

#[test]
fn each_role_that_workflows_come_in_by_is_judged_by_itself_and_told_with_its_own_way() {
    let mut world =
        workflows(&[("etl", json!({"sub": "repo:acme/etl:*"})), ("web", json!({"sub": "repo:acme/web:*"}))]);
    world.role(PROD, "data", trusts(json!({"AWS": role(PROD, "web")})), &[]);
    let only = "target = \"222222222222\"\nonly = [\"github:acme/etl\"]";
    insta::assert_snapshot!(told(&world, only).join("\n"),
        @"open: `policy`: prod/oidc-provider/token.actions.githubusercontent.com, repo:acme/web:*, reaches 2 roles of 222222222222, prod/web among them, and is not expected to");
    let web = &findings(&world, only)[0];
    // one more subject of the role is the same finding
    let wider = workflows(&[("web", json!({"sub": ["repo:acme/web:*", "repo:acme/shop:*"]}))]);
    assert_eq!(findings(&wider, only)[0].fingerprint, web.fingerprint);
    let provider = format!("arn:aws:iam::{PROD}:oidc-provider/token.actions.githubusercontent.com");
    assert_eq!(web.path, [provider.clone(), role(PROD, "web")]);
    let data = format!("target = \"{}\"\n", role(PROD, "data"));
    let far = &findings(&world, &format!("{data}only = [\"github:acme/etl\"]"))[0];
    assert_eq!(far.path, [provider, role(PROD, "web"), role(PROD, "data")]);
    assert!(findings(&world, &format!("{data}only = [\"github:acme/web\"]")).is_empty());
    assert!(findings(&world, &format!("{data}never = [\"github:acme/etl\"]")).is_empty());
    // a role that is expected is a way, whoever comes through it
    assert!(findings(&world, "target = \"222222222222\"\nonly = [\"github:acme/etl\", \"role:prod/web\"]").is_empty());
}

/// RCPs limit tokens from outside as well: an RCP that was not read may refuse the call.
#[test]
fn whether_workflows_come_in_is_unknown_where_rcps_were_not_read() {
    let mut world = workflows(&[("deploy", json!({"sub": "repo:acme/etl:*"}))]);
    world.role(PROD, "data", trusts(json!({"AWS": role(PROD, "deploy")})), &[]);
    let broken = |world: &World, target: &str| {
        let of = |keys: &str| -> BTreeSet<&str> {
            let found = findings(world, &format!("target = \"{target}\"\n{keys}"));
            found.iter().map(|finding| finding.status.as_str()).collect()
        };
        [of("never = [\"github:acme/etl\"]"), of("only = [\"github:acme/web\"]"), of("only = []")]
    };
    for target in [PROD, &role(PROD, "data")] {
        assert_eq!(broken(&world, target), [(); 3].map(|()| BTreeSet::from(["open"])), "{target}");
    }
    world.guardrail("RESOURCE_CONTROL_POLICY", "r-root", Value::Null);
    for target in [PROD, &role(PROD, "data")] {
        assert_eq!(broken(&world, target), [(); 3].map(|()| BTreeSet::from(["unknown"])), "{target}");
        for kept in ["never = [\"github:acme/web\"]", "only = [\"github:acme/etl\"]"] {
            assert!(told(&world, &format!("target = \"{target}\"\n{kept}")).is_empty(), "{kept}");
        }
    }
}

#[test]
fn what_was_not_read_makes_an_expectation_unknown_and_never_kept() {
    let world = world();
    let keys = "target = \"222222222222\"\nonly = [\"role:hub/admin\", \"user:dev/dan\"]\nnever = [\"user:hub/zoe\", \"ou:/Prod\"]";
    assert!(told(&world, keys).is_empty(), "{:?}", told(&world, keys));
    for lost in [HUB, PROD, DEV] {
        let mut less = self::world();
        less.without_file(lost);
        let told = told(&less, keys);
        assert!(told.iter().any(|one| one.starts_with("unknown: `policy` cannot be judged")), "{lost}: {told:?}");
    }
    // whether he is in the group is not known
    let mut less = self::world();
    less.account(DEV)["UserDetailList"][0].as_object_mut().unwrap().remove("GroupList");
    let told = told(&less, "target = \"222222222222\"\nonly = [\"account:hub\", \"group:dev/ops\"]");
    assert!(told.iter().all(|one| one.starts_with("unknown")) && !told.is_empty(), "{told:?}");
    // a slip in `never` is nothing that was kept
    let told = self::told(&world, "target = \"222222222222\"\nnever = [\"ou:/Sandbx\"]");
    assert!(told[0].starts_with("unknown: ") && told[0].contains("names nobody"), "{told:?}");
}

/// The examples, judged with some roles as the only expected ways: broken by those who reach the target in a world where nobody can
/// assume these roles.
#[test]
fn only_is_broken_by_those_who_reach_the_target_where_nobody_can_assume_the_expected_roles() {
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let mut broken = 0;
    for (example, target) in
        [("demo", "ou:/Workloads/Prod"), ("role-switch", "*"), ("topic-groups", "*"), ("reseller", "*")]
    {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        let whole = Estate::build(&Snapshot::open(&dir).unwrap(), at).unwrap();
        let roles: Vec<String> = whole.roles().map(|role| whole.arn(role)).collect();
        let target = if target == "*" { "name:*" } else { target };
        for seed in 0..6 {
            let expected: BTreeSet<&String> =
                roles.iter().enumerate().filter(|(n, _)| (n * 7 + seed * 5) % 6 < seed).map(|(_, role)| role).collect();
            let only: Vec<String> = expected.iter().map(|role| format!("{role:?}")).collect();
            let keys = format!("target = {target:?}\nonly = [{}]", only.join(", "));
            let found = judge(&whole, vec![expectation(&keys)]).unwrap().findings;
            let copy = without_trust(&dir, &expected);
            let less = Estate::build(&Snapshot::open(copy.path()).unwrap(), at).unwrap();
            let answer = who_can(&TrustGraph::new(&less), target, &Targets::new()).unwrap();
            let inside: BTreeSet<&String> = roles.iter().collect();
            let begins =
                |one: &&rolehop::answer::Reacher| one.kind != PrincipalKind::Role || !inside.contains(&one.principal);
            let reach: BTreeSet<&str> = answer
                .answers
                .iter()
                .filter(begins)
                .filter(|one| one.verdict != Verdict::Unknown)
                .map(|one| one.principal.as_str())
                .collect();
            let open: Vec<&Finding> = found.iter().filter(|f| f.status == Status::Open).collect();
            assert_eq!(open.is_empty(), reach.is_empty(), "{example} {seed}: {reach:?}");
            for finding in &open {
                let start = finding.path.first().unwrap().as_str();
                assert!(reach.contains(start), "{example} {seed}: {} does not reach it", finding.message);
                let through = finding.path.iter().skip(1).find(|role| expected.contains(role));
                assert!(through.is_none(), "{example} {seed}: {} comes through {through:?}", finding.message);
            }
            broken += open.len();
        }
    }
    assert!(broken > 20, "{broken}");
}

/// A copy in which nobody can assume some roles.
fn without_trust(dir: &Path, roles: &BTreeSet<&String>) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("accounts")).unwrap();
    for name in ["organization.json", "identity-center.json", "account-access.json"] {
        if dir.join(name).exists() {
            fs::copy(dir.join(name), copy.path().join(name)).unwrap();
        }
    }
    for entry in fs::read_dir(dir.join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        let mut account: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for role in account["RoleDetailList"].as_array_mut().into_iter().flatten() {
            if roles.iter().any(|arn| role["Arn"] == **arn) {
                role["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}]});
            }
        }
        fs::write(copy.path().join("accounts").join(path.file_name().unwrap()), account.to_string()).unwrap();
    }
    copy
}

fn check(policy: &str, arguments: &[&str]) -> program::Ended {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rolehop.toml"), policy).unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let demo = demo.to_str().unwrap();
    program::run_in(dir.path(), &[], &[&["check", "--snapshot", demo], arguments].concat())
}

const POLICY: &str = "[targets.prod]\nou = [\"/Workloads/Prod\"]\n[[expect]]\nname = \"sandbox never reaches prod\"\n\
    target = \"prod\"\nnever = [\"ou:/Sandbox\"]\nseverity = \"critical\"\n";

#[test]
fn a_breach_is_a_finding_in_every_format_and_can_be_waived() {
    let of = |arguments: &[&str]| check(POLICY, &[&["--rule", "expectation"], arguments].concat());
    let table = of(&[]);
    assert_eq!(table.code, Some(3), "{table:?}");
    assert!(table.out.contains("sandbox never reaches prod") && table.out.contains("critical"), "{table:?}");
    let json: Value = serde_json::from_str(&of(&["--json"]).out).unwrap();
    let finding = &json["findings"][0];
    assert_eq!((&finding["rule"], &finding["severity"]), (&json!("expectation"), &json!("critical")));
    assert!(!finding["path"].as_array().unwrap().is_empty() && !finding["evidence"].as_array().unwrap().is_empty());
    let sarif: Value = serde_json::from_str(&of(&["-f", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), json["findings"].as_array().unwrap().len());
    let index = results[0]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "expectation");
    // the rule has what GitHub reads, each result its own
    let score = |at: &Value| at["properties"]["security-severity"].clone();
    assert_eq!(
        (score(&results[0]), score(&sarif["runs"][0]["tool"]["driver"]["rules"][index])),
        (json!("9.5"), json!("9.5"))
    );
    assert!(of(&["-f", "csv"]).out.lines().nth(1).unwrap().starts_with("expectation,critical"));
    let waiver =
        "[[waivers]]\nrule = \"expectation\"\nwhere = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-02-28\n";
    let waived = check(&format!("{POLICY}{waiver}"), &["--rule", "expectation", "--json"]);
    let waived: Value = serde_json::from_str(&waived.out).unwrap();
    assert_eq!(waived["summary"]["open"], 0, "{}", waived["summary"]);
    let skipped = check(POLICY, &["--skip-rule", "expectation", "--json"]);
    assert!(!skipped.out.contains("\"expectation\""));
}

#[test]
fn settings_of_the_rule_hold_for_expectations_that_do_not_say_otherwise() {
    let plain = POLICY.replace("severity = \"critical\"\n", "");
    let severity = |policy: &str, settings: &str| {
        let ended = check(&format!("{policy}[rules.expectation]\n{settings}\n"), &["--rule", "expectation", "--json"]);
        serde_json::from_str::<Value>(&ended.out).unwrap()["findings"][0]["severity"].clone()
    };
    assert_eq!(severity(&plain, ""), "high");
    assert_eq!(severity(&plain, "severity = \"low\""), "low");
    assert_eq!(severity(POLICY, "severity = \"low\""), "critical");
    let disabled = check(&format!("{plain}[rules.expectation]\nenabled = false\n"), &["--rule", "expectation"]);
    assert!(disabled.failed(2, "E300").contains("no rule is left"));
    let unknown = check(&format!("{POLICY}[rules.expectation]\ndays = 1\n"), &[]).failed(2, "E311");
    assert!(unknown.contains("`days`"), "{unknown}");
}

#[test]
fn a_policy_that_says_nothing_or_names_nobody_is_told_of() {
    let whole = |keys: &str| format!("[[expect]]\nname = \"p\"\ntarget = \"prod-core\"\n{keys}\n");
    for (text, told) in [
        (whole(""), "it has none of `only`, `never` and `mfa`"),
        (whole("mfa = \"sometimes\""), "`sometimes` is no value of this key"),
        (whole("only = [\"platform-admins\"]"), "names no principals"),
        (whole("only = []") + &whole("only = []"), "another has this name"),
        (whole("only = []\nwho = 1"), "unknown key `who`"),
    ] {
        let ended = check(&text, &[]);
        assert!(ended.code == Some(2) && ended.err.contains(told), "{told}: {ended:?}");
    }
    let error = check("[[expect]]\nname = \"p\"\ntarget = \"prdo\"\nonly = []\n", &[]).failed(2, "E309");
    assert!(error.contains("line 3") && error.contains("prdo"), "{error}");
    let idle = check(&whole("never = [\"ou:/Sandbox\", \"ou:/Sandbx\", \"user:*/nobody\"]"), &[]);
    assert!(idle.err.contains("warning[E309]: `ou:/Sandbx` of an expectation names nobody"), "{}", idle.err);
    assert!(idle.err.contains("`user:*/nobody`") && !idle.err.contains("`ou:/Sandbox` of"), "{}", idle.err);
    let dir = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    fs::write(dir.path().join("rolehop.toml"), "[[expect]]\nname = \"p\"\ntarget = \"prdo\"\nonly = []\n").unwrap();
    let ended = program::run_in(dir.path(), &[], &["config", "check", "--snapshot", demo.to_str().unwrap()]);
    assert!(ended.code == Some(2) && ended.err.contains("error[E309]") && ended.err.contains("line 3"), "{ended:?}");
}

#[test]
fn an_arn_that_is_nobodys_is_told_of_and_kept_by_nobody() {
    let mut world = World::of_organization();
    world.user(HUB, "alice", &[may_assume(&["*"])]).role(PROD, "deploy", trusts(root(HUB)), &[]);
    let never = |selector: &str| told(&world, &format!("target = \"{PROD}\"\nnever = [\"{selector}\"]"));
    for nobody in [
        "arn:aws:iam::111111111111:user/alicee",
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:group/admins",
        "arn:aws:sts::111111111111:assumed-role/x/y",
        "arn:aws:iam::11111111111:user/alice",
        "service:ec2",
    ] {
        let told = never(nobody);
        assert!(told.len() == 1 && told[0].starts_with("unknown: ") && told[0].contains("names nobody"), "{told:?}");
    }
    // these may be there, of a provider or of an account that was not read
    for perhaps in [
        "arn:aws:iam::999988887777:user/eve",
        "arn:aws:iam::111111111111:saml-provider/corp",
        "arn:aws:iam::*:role/ci",
        "arn:aws:iam::111111111111:*/eve",
        "service:ec2.amazonaws.com",
        "service:ec2*",
    ] {
        assert_eq!(never(perhaps), [""; 0], "{perhaps}");
    }
    assert!(never("arn:aws:iam::111111111111:user/alice")[0].starts_with("open: "));
    world.without_file(HUB);
    let unread = world.estate();
    let idle = [expectation(&format!("target = \"{PROD}\"\nnever = [\"arn:aws:iam::111111111111:user/alicee\"]"))];
    assert!(rules::idle_selectors(&unread, &idle).is_empty());
}

/// What is said of prod in the demo, with or without somebody who answers for the MFA of people.
fn of_the_demo(keys: &str, mfa_of_people_is_claimed: bool) -> Vec<Finding> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let estate = Estate::build(&Snapshot::open(&dir).unwrap(), at).unwrap();
    let (only, expectations) = (vec!["expectation".to_owned()], vec![expectation(keys)]);
    let selection = RuleSelection { only, expectations, mfa_of_people_is_claimed, ..RuleSelection::default() };
    rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings
}

#[test]
fn people_of_the_same_groups_are_one_finding() {
    let found = of_the_demo("target = \"prod-core/deploy-admin\"\nonly = [\"role:*/ci-*\"]", false);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert!(only.message.contains("6 principals (alan@acme.example, barbara@acme.example"), "{}", only.message);
    assert!(only.subject.contains("role/aws-reserved/") && only.path.len() == 4, "{only:#?}");
}

/// The demo with other people.
fn of_demo_with(change: impl Fn(&mut Value), keys: &str) -> Vec<Finding> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let copy = without_trust(&demo, &BTreeSet::new());
    let mut people: Value =
        serde_json::from_str(&fs::read_to_string(demo.join("identity-center.json")).unwrap()).unwrap();
    change(&mut people["Instances"][0]);
    fs::write(copy.path().join("identity-center.json"), people.to_string()).unwrap();
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    judge(&Estate::build(&Snapshot::open(copy.path()).unwrap(), at).unwrap(), vec![expectation(keys)]).unwrap().findings
}

#[test]
fn a_finding_about_people_stays_whatever_their_groups_are_called_and_whichever_others_they_are_in() {
    let keys = "target = \"prod-core/deploy-admin\"\nonly = [\"role:*/ci-*\"]";
    let whole = of_demo_with(|_| {}, keys);
    let [before] = whole.as_slice() else { panic!("{whole:#?}") };
    let changes: [fn(&mut Value); 3] = [
        |instance| {
            let member = instance["GroupMemberships"][0]["MemberId"].clone();
            let id = "00000000-aaaa-bbbb-cccc-000000000001";
            instance["Groups"].as_array_mut().unwrap().push(json!({"GroupId": id, "DisplayName": "book club"}));
            for user in instance["Users"].as_array().unwrap().clone() {
                let mut member = member.clone();
                member["UserId"] = user["UserId"].clone();
                let membership = json!({"GroupId": id, "MemberId": member});
                instance["GroupMemberships"].as_array_mut().unwrap().push(membership);
            }
        },
        |instance| {
            for (at, group) in instance["Groups"].as_array_mut().unwrap().iter_mut().enumerate() {
                group["DisplayName"] = json!(format!("renamed {at}"));
            }
        },
        |instance| {
            for (at, user) in instance["Users"].as_array_mut().unwrap().iter_mut().enumerate() {
                user["UserName"] = json!(format!("renamed-{at}@acme.example"));
            }
        },
    ];
    for change in changes {
        let changed = of_demo_with(change, keys);
        let [after] = changed.as_slice() else { panic!("{changed:#?}") };
        assert_eq!(after.fingerprint, before.fingerprint, "{}", after.message);
    }
}

#[test]
fn whether_people_have_mfa_is_unknown_unless_somebody_answers_for_it() {
    let keys = "target = \"prod-core/deploy-admin\"\nmfa = \"always\"";
    let found = of_the_demo(keys, false);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert!(only.status == Status::Unknown && only.message.contains("`[people] mfa`"), "{only:#?}");
    assert_eq!(of_the_demo(keys, true), []);
    // with less data it is no cleaner: people come by what stands for them
    let unread: [fn(&mut Value); 2] = [
        |instance| _ = instance.as_object_mut().unwrap().remove("AccountAssignments"),
        |instance| {
            let instance = instance.as_object_mut().unwrap();
            instance.retain(|key, _| !matches!(key.as_str(), "PermissionSets" | "AccountAssignments" | "Groups"));
        },
    ];
    for unread in unread {
        let found = of_demo_with(unread, keys);
        assert!(!found.is_empty() && found.iter().all(|one| one.status == Status::Unknown), "{found:#?}");
    }
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let copy = without_trust(&demo, &BTreeSet::new());
    fs::remove_file(copy.path().join("identity-center.json")).unwrap();
    let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let estate = Estate::build(&Snapshot::open(copy.path()).unwrap(), at).unwrap();
    let found = judge(&estate, vec![expectation(keys)]).unwrap().findings;
    assert!(!found.is_empty() && found.iter().all(|one| one.status == Status::Unknown), "{found:#?}");
}

#[test]
fn people_are_named_by_themselves_and_by_their_groups() {
    let of = |keys: &str| of_demo_with(|_| {}, &format!("target = \"prod-core/deploy-admin\"\n{keys}"));
    assert_eq!(of("only = [\"people:developers\", \"role:*/ci-*\"]"), []);
    let found = of("only = [\"person:ALAN@*\", \"role:*/ci-*\"]");
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert!(only.message.contains("5 principals (barbara@acme.example"), "{}", only.message);
    let found = of("never = [\"people:Dev*\"]");
    let [never] = found.as_slice() else { panic!("{found:#?}") };
    assert!(never.status == Status::Open && never.message.contains("6 principals"), "{never:#?}");
    assert_eq!(of("never = [\"people:Marketing\", \"person:ada@acme.example\"]"), []);
}

#[test]
fn people_are_named_by_the_provider_that_vouches_for_them() {
    let of = |keys: &str| of_demo_with(|_| {}, &format!("target = \"prod-core/deploy-admin\"\n{keys}"));
    for never in ["provider:*/AWSSSO_*", "provider:*/*"] {
        let found = of(&format!("never = [\"{never}\"]"));
        let people = found.iter().filter(|one| one.message.contains("alan@acme.example"));
        assert!(people.count() == 1 && found.iter().all(|one| one.status == Status::Open), "{never}: {found:#?}");
    }
    assert_eq!(of("only = [\"provider:*/AWSSSO_*\", \"role:*/ci-*\"]"), []);
    assert_eq!(of("never = [\"provider:*/corp\", \"service:account-access.amazonaws.com\"]"), []);
}

#[test]
fn who_may_be_among_people_that_were_not_read_makes_an_expectation_unknown() {
    let keys = "target = \"prod-core/deploy-admin\"\nonly = [\"people:Auditors\", \"role:*/ci-*\"]";
    assert_eq!(of_demo_with(|_| {}, keys).iter().map(|one| one.status).collect::<Vec<_>>(), [Status::Open]);
    let unread: [fn(&mut Value); 3] = [
        // whoever is assigned directly may be in it
        |instance| {
            let user =
                instance["Users"].as_array().unwrap().iter().find(|user| user["UserName"] == "alan@acme.example");
            let id = user.unwrap()["UserId"].clone();
            for assignment in instance["AccountAssignments"].as_array_mut().unwrap() {
                assignment["PrincipalType"] = json!("USER");
                assignment["PrincipalId"] = id.clone();
            }
            instance["Groups"] = Value::Null;
        },
        // others may be in the group
        |instance| {
            let group = instance["Groups"].as_array().unwrap().iter().find(|group| group["DisplayName"] == "Auditors");
            let id = group.unwrap()["GroupId"].clone();
            instance["UnreadGroups"] = json!([{"GroupId": id, "Reason": "denied"}]);
        },
        |instance| _ = instance.as_object_mut().unwrap().remove("AccountAssignments"),
    ];
    for unread in unread {
        let found = of_demo_with(unread, keys);
        assert!(!found.is_empty() && found.iter().all(|one| one.status == Status::Unknown), "{found:#?}");
    }
}

/// One account that was closed or not read takes nothing from the rest of the audit.
#[test]
fn a_target_that_may_be_there_is_unknown_and_one_of_a_closed_account_does_not_apply() {
    let keys = "target = \"prod/deploy\"\nonly = []";
    let of = |change: &dyn Fn(&mut World)| {
        let mut world = world();
        change(&mut world);
        judge(&world.estate(), vec![expectation(keys)]).map(|assessment| {
            let statuses: Vec<Status> = assessment.findings.iter().map(|one| one.status).collect();
            (statuses, assessment.counts("expectation").unwrap().not_applicable)
        })
    };
    assert_eq!(of(&|_| {}).unwrap(), (vec![Status::Open, Status::Open], 0));
    assert_eq!(of(&|world| _ = world.without_file(PROD)).unwrap(), (vec![Status::Unknown], 0));
    let closed = |world: &mut World| world.organization()["Accounts"][1]["State"] = json!("SUSPENDED");
    assert_eq!(of(&closed).unwrap(), (vec![], 1));
    // a role that is known not to be there is a slip
    let gone = |world: &mut World| world.account(PROD)["RoleDetailList"] = json!([]);
    assert!(matches!(of(&gone), Err(RuleError::Expectation { .. })));
}

#[test]
fn a_group_of_people_that_there_is_none_of_is_told() {
    let check = |keys: &str| {
        let dir = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
        let text = format!("[[expect]]\nname = \"p\"\ntarget = \"prod-core/deploy-admin\"\n{keys}\n");
        fs::write(dir.path().join("rolehop.toml"), text).unwrap();
        program::run_in(dir.path(), &[], &["check", "--rule", "expectation", "--snapshot", demo.to_str().unwrap()])
    };
    let idle = check("never = [\"people:Developrs\", \"people:Developers\", \"person:nobody@acme.example\"]");
    assert!(idle.err.contains("warning[E309]: `people:Developrs` of an expectation names nobody"), "{}", idle.err);
    assert!(
        idle.err.contains("`person:nobody@acme.example`") && !idle.err.contains("`people:Developers` of"),
        "{}",
        idle.err
    );
}
