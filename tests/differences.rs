//! `diff`: what is new, lost or no longer the same between two snapshots, and what caused it.
//!
//! Pairs of organizations that differ by one thing, each with what is said of it; then laws that hold for any two organizations.
//! `ROLEHOP_CASES` sets how many random pairs are compared, `ROLEHOP_SEED` starts another run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "an organization that cannot be built has failed its test"
)]

mod difference_laws;
#[path = "support/program.rs"]
mod program;
mod reference;
mod support;

use std::path::Path;

use reference::organization::NOW;
use rolehop::comparison::World as Compared;
use rolehop::difference::{Change, Section, TargetDifference, WayChange};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::Targets;
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, VENDOR, World, may_assume, role, root, trusts, trusts_if, user};

/// The hub's user Ann and role `runner` may assume everything in prod; the roles of prod trust the hub.
fn world() -> World {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[may_assume(&["arn:aws:iam::222222222222:role/*"])]);
    world.with(HUB, "UserDetailList", "UserId", json!("AIDAANN"));
    world.user(HUB, "bob", &[]);
    world.with(HUB, "UserDetailList", "UserId", json!("AIDABOB"));
    world.role(HUB, "runner", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(PROD, "admin", trusts(root(HUB)), &[]);
    world.role(PROD, "reader", trusts(root(HUB)), &[]);
    world.role(DEV, "tester", trusts(root(HUB)), &[]);
    let group = json!([{"Path": "/", "GroupName": "ops", "GroupId": "AGPAOPS", "Arn": format!("arn:aws:iam::{HUB}:group/ops"),
        "GroupPolicyList": [{"PolicyName": "assume", "PolicyDocument": may_assume(&[&role(PROD, "admin")])}],
        "AttachedManagedPolicies": []}]);
    world.account(HUB)["GroupDetailList"] = group;
    world
}

fn compare(old: &Estate, new: &Estate, target: &str) -> TargetDifference {
    let (before, after) = (TrustGraph::new(old), TrustGraph::new(new));
    Compared::new(&before, &after).target(target, &Targets::new()).unwrap()
}

fn between(old: &World, new: &World) -> TargetDifference {
    compare(&old.estate(), &new.estate(), PROD)
}

fn section(old: &World, new: &World, name: &str) -> Section {
    let (old, new) = (old.estate(), new.estate());
    let (before, after) = (TrustGraph::new(&old), TrustGraph::new(&new));
    let compared = Compared::new(&before, &after);
    match name {
        "principals" => compared.principals(),
        "people" => compared.people(),
        "trusts" => compared.trusts(),
        "guardrails" => compared.guardrails(),
        _ => compared.accounts(),
    }
}

/// `kind layer policy: old > new [detail] (subjects)`, as far as each is there.
fn said(change: &Change) -> String {
    let what = &change.what;
    let mut text = what.kind.as_str().to_owned();
    if let Some(layer) = what.layer {
        text.push_str(&format!(" {}", layer.as_str()));
    }
    if !what.policy.is_empty() {
        text.push_str(&format!(" {}", what.policy));
    }
    if !what.detail.is_empty() {
        text.push_str(&format!(" [{}]", what.detail));
    }
    let names = change.subjects.iter().map(|subject| subject.rsplit(['/', ':']).next().unwrap());
    format!("{text} ({})", names.collect::<Vec<_>>().join(" "))
}

/// Every changed way with its causes: `new 1x2: cause + cause`.
fn ways(difference: &TargetDifference) -> Vec<String> {
    let line = |change: &rolehop::difference::PathChange| {
        let causes: Vec<String> = change.causes.iter().map(said).collect();
        format!("{} {}x{}: {}", change.change.as_str(), change.principals, change.roles, causes.join(" + "))
    };
    difference.changes.iter().map(line).collect()
}

/// What a change of the organization does, both ways: the difference back is the mirror image.
#[track_caller]
fn told(change: impl FnOnce(&mut World)) -> (Vec<String>, Vec<String>) {
    let (old, mut new) = (world(), world());
    change(&mut new);
    (ways(&between(&old, &new)), ways(&between(&new, &old)))
}

fn role_of<'a>(world: &'a mut World, account: &str, name: &str) -> &'a mut Value {
    let roles = world.account(account)["RoleDetailList"].as_array_mut().unwrap();
    roles.iter_mut().find(|role| role["RoleName"] == name).unwrap()
}

fn user_of<'a>(world: &'a mut World, name: &str) -> &'a mut Value {
    let users = world.account(HUB)["UserDetailList"].as_array_mut().unwrap();
    users.iter_mut().find(|user| user["UserName"] == name).unwrap()
}

#[test]
fn a_snapshot_does_not_differ_from_itself() {
    let found = between(&world(), &world());
    assert_eq!(ways(&found), [""; 0]);
    // ann, runner and ec2 reach both roles
    assert_eq!((found.comparable, found.ways.unchanged), (true, 6));
    for of in ["principals", "people", "trusts", "guardrails", "accounts"] {
        assert_eq!(section(&world(), &world(), of), Section::default());
    }
}

#[test]
fn a_statement_of_a_trust_policy_is_a_cause() {
    let (there, back) = told(|new| {
        let open = json!({"Sid": "Vendor", "Effect": "Allow", "Principal": root(VENDOR), "Action": "sts:AssumeRole"});
        role_of(new, PROD, "admin")["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().push(open);
    });
    assert_eq!(there, ["new 1x1: statement-added trust (admin)"]);
    assert_eq!(back, ["lost 1x1: statement-removed trust (admin)"]);
}

#[test]
fn a_trust_that_is_wider_takes_nothing_from_the_outsiders_whom_it_named() {
    let agent = json!({"AWS": role(VENDOR, "agent")});
    let everybody = json!({"AWS": "*"});
    let with = |principal: &Value| {
        let mut world = world();
        world.role(PROD, "monitor", trusts(principal.clone()), &[]);
        world
    };
    let account = root(VENDOR);
    for (narrow, wide, more) in [(&agent, &account, VENDOR), (&agent, &everybody, "*"), (&account, &everybody, "*")] {
        for (old, new, change) in [(narrow, wide, WayChange::New), (wide, narrow, WayChange::Lost)] {
            let found = between(&with(old), &with(new));
            let changed: Vec<_> = found
                .changes
                .iter()
                .map(|one| (one.change, one.groups.iter().flat_map(|g| g.principals.clone()).collect::<Vec<_>>()))
                .collect();
            // roles of everybody else in the organization need an Allow
            let of_outsiders: Vec<_> = changed
                .iter()
                .map(|(change, who)| {
                    let who: Vec<&str> = who
                        .iter()
                        .map(String::as_str)
                        .filter(|who| !who.contains(HUB) && !who.contains(PROD) && !who.contains("amazonaws"))
                        .collect();
                    (*change, who)
                })
                .filter(|(_, who)| !who.is_empty())
                .collect();
            assert_eq!(of_outsiders, [(change, vec![more])], "{old} {new}: {changed:?}");
        }
    }
}

#[test]
fn a_condition_that_is_dropped_makes_a_way_easier() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let mut old = world();
    role_of(&mut old, PROD, "admin")["AssumeRolePolicyDocument"] = trusts_if(root(HUB), mfa);
    let found = between(&old, &world());
    let detail = "conditions drop Bool aws:MultiFactorAuthPresent true";
    assert_eq!(
        ways(&found),
        [
            // a role has no MFA to bring: its way is new
            format!("new 2x1: statement-changed trust [{detail}] (admin)"),
            format!("easier 1x1: statement-changed trust [{detail}] (admin)"),
        ]
    );
    assert!(found.gives_access());
    let back = between(&world(), &old);
    assert_eq!(back.changes.iter().map(|c| c.change).collect::<Vec<_>>(), [WayChange::Harder, WayChange::Lost]);
    assert!(!back.gives_access(), "what is harder or lost gives nobody access");
}

/// The roles of prod trust the hub from these addresses alone.
fn from_addresses(of_admin: &[&str], of_reader: &[&str]) -> World {
    let mut world = world();
    for (role, addresses) in [("admin", of_admin), ("reader", of_reader)] {
        let condition = json!({"IpAddress": {"aws:SourceIp": addresses}});
        role_of(&mut world, PROD, role)["AssumeRolePolicyDocument"] = trusts_if(root(HUB), condition);
    }
    world
}

#[test]
fn a_condition_with_other_values_changes_the_ways_that_ask_for_it() {
    let of = |admin: &[&str]| from_addresses(admin, &["10.0.0.0/8"]);
    let change = |old: &[&str], new: &[&str]| {
        let found = between(&of(old), &of(new));
        assert_eq!(found.ways.unchanged, if found.changes.is_empty() { 6 } else { 3 }, "{:?}", found.ways);
        let ways = found.changes.iter().map(|c| (c.change, c.ways, c.causes[0].what.detail.clone()));
        (ways.collect::<Vec<_>>(), found.gives_access())
    };
    let wider = "conditions add IpAddress aws:SourceIp 192.0.2.0/24, drop IpAddress aws:SourceIp 192.0.2.0/28";
    let narrower = "conditions add IpAddress aws:SourceIp 192.0.2.0/28, drop IpAddress aws:SourceIp 192.0.2.0/24";
    let other = "conditions add IpAddress aws:SourceIp 198.51.100.0/24, drop IpAddress aws:SourceIp 192.0.2.0/24";
    // ann, runner and ec2 ask for it on their way to admin
    let told = |change, detail: &str| vec![(change, 3, detail.to_owned())];
    assert_eq!(change(&["192.0.2.0/28"], &["192.0.2.0/24"]), (told(WayChange::Easier, wider), true));
    assert_eq!(change(&["192.0.2.0/24"], &["192.0.2.0/28"]), (told(WayChange::Harder, narrower), false));
    assert_eq!(change(&["192.0.2.0/24"], &["198.51.100.0/24"]), (told(WayChange::Changed, other), true));
    // written otherwise, and the same
    assert_eq!(change(&["192.0.2.0/24"], &["192.0.2.0/25", "192.0.2.128/25"]), (vec![], false));
}

#[test]
fn values_of_a_condition_are_told_of_every_way_that_comes_over_it_and_of_no_other() {
    let of = |addresses: &[&str]| {
        let mut world = world();
        let condition = json!({"IpAddress": {"aws:SourceIp": addresses}});
        world.role(HUB, "gate", trusts_if(root(DEV), condition), &[may_assume(&[&role(PROD, "admin")])]);
        world.role(DEV, "guest", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&[&role(HUB, "gate")])]);
        world
    };
    let found = between(&of(&["192.0.2.0/28"]), &of(&["192.0.2.0/24", "10.0.0.0/8"]));
    let detail =
        "conditions add IpAddress aws:SourceIp 192.0.2.0/24, 10.0.0.0/8, drop IpAddress aws:SourceIp 192.0.2.0/28";
    assert_eq!(ways(&found), [format!("easier 1x1: statement-changed trust [{detail}] (gate)")]);
    assert_eq!(found.changes[0].groups[0].principals, [role(DEV, "guest")]);
    assert_eq!(found.changes[0].groups[0].old, found.changes[0].groups[0].new);
}

#[test]
fn one_value_that_is_wider_and_one_that_is_narrower_are_a_change() {
    let of = |hub: &str, prod: &str| {
        let mut world = from_addresses(&[prod], &[prod]);
        role_of(&mut world, HUB, "runner")["AssumeRolePolicyDocument"] =
            trusts_if(root(DEV), json!({"IpAddress": {"aws:SourceIp": hub}}));
        world.role(DEV, "guest", trusts(root(DEV)), &[may_assume(&[&role(HUB, "runner")])]);
        world
    };
    let found = between(&of("192.0.2.0/28", "10.0.0.0/8"), &of("192.0.2.0/24", "10.0.0.0/16"));
    let told: Vec<_> = found.changes.iter().map(|c| (c.change, c.principals, c.roles, c.causes.len())).collect();
    assert_eq!(told, [(WayChange::Changed, 1, 2, 2), (WayChange::Harder, 2, 2, 1)]);
}

#[test]
fn a_statement_of_an_identity_policy_is_a_cause_once_for_all_roles() {
    let (there, back) = told(|new| {
        user_of(new, "bob")["UserPolicyList"] = json!([{"PolicyName": "all", "PolicyDocument": may_assume(&["*"])}])
    });
    assert_eq!(there, ["new 1x2: policy-attached identity all (inline) (bob)"]);
    assert_eq!(back, ["lost 1x2: policy-detached identity all (inline) (bob)"]);
    let (there, _) = told(|new| {
        let document = may_assume(&[&role(PROD, "reader")]);
        user_of(new, "ann")["UserPolicyList"][0]["PolicyDocument"] = document;
    });
    let detail = "resources add arn:aws:iam::222222222222:role/reader, drop arn:aws:iam::222222222222:role/*";
    assert_eq!(there, [format!("lost 1x1: statement-changed identity inline-0 (inline) [{detail}] (ann)")]);
}

#[test]
fn who_joins_a_group_gets_its_ways_by_that() {
    let (there, back) = told(|new| user_of(new, "bob")["GroupList"] = json!(["ops"]));
    assert_eq!(there, ["new 1x1: group-joined ops (bob)"]);
    assert_eq!(back, ["lost 1x1: group-left ops (bob)"]);
    let mut new = world();
    user_of(&mut new, "bob")["GroupList"] = json!(["ops"]);
    let changes = section(&world(), &new, "principals").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["group-joined ops (bob)"]);
}

#[test]
fn a_boundary_is_a_cause() {
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let (there, back) = told(|new| {
        let arn = format!("arn:aws:iam::{HUB}:policy/limit");
        new.account(HUB)["Policies"] = json!([{"PolicyName": "limit", "Arn": arn, "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}]);
        user_of(new, "ann")["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    });
    assert_eq!(there, ["lost 1x2: policy-attached boundary limit (ann)"]);
    assert_eq!(back, ["new 1x2: policy-detached boundary limit (ann)"]);
}

/// A managed policy of the hub, for whoever is to have it.
fn managed(world: &mut World, name: &str, document: Value) -> String {
    let arn = format!("arn:aws:iam::{HUB}:policy/{name}");
    if world.account(HUB)["Policies"].as_array().is_none() {
        world.account(HUB)["Policies"] = json!([]);
    }
    world.account(HUB)["Policies"].as_array_mut().unwrap().push(json!({"PolicyName": name, "Arn": arn,
        "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}));
    arn
}

#[test]
fn of_what_changed_together_only_what_gave_or_took_the_way_is_its_cause() {
    let vendor = |new: &mut World| {
        let open = json!({"Sid": "Dev", "Effect": "Allow", "Principal": root(DEV), "Action": "sts:AssumeRole"});
        role_of(new, PROD, "admin")["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().push(open);
    };
    // the caller was allowed to before, by a statement that now says it otherwise, or has one more that says it again
    let old = || {
        let mut old = world();
        old.role(DEV, "caller", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
        old
    };
    for policies in [
        json!([{"PolicyName": "inline-0", "PolicyDocument": may_assume(&["arn:aws:iam::222222222222:role/*"])}]),
        json!([{"PolicyName": "inline-0", "PolicyDocument": may_assume(&["*"])},
            {"PolicyName": "more", "PolicyDocument": may_assume(&["*"])}]),
        json!([{"PolicyName": "other", "PolicyDocument": may_assume(&["*"])}]),
    ] {
        let mut new = old();
        vendor(&mut new);
        role_of(&mut new, DEV, "caller")["RolePolicyList"] = policies;
        assert_eq!(ways(&between(&old(), &new)), ["new 1x1: statement-added trust (admin)"]);
        assert_eq!(ways(&between(&new, &old())), ["lost 1x1: statement-removed trust (admin)"]);
    }
    // a way that a Deny ends is not one that an Allow beside it gave
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"});
    let mut new = world();
    vendor(&mut new);
    role_of(&mut new, PROD, "admin")["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().insert(0, deny);
    let texts = |old: &World, new: &World| {
        let found = between(old, new);
        let causes = found.changes.iter().flat_map(|change| &change.causes);
        causes
            .map(|cause| cause.what.new.as_ref().or(cause.what.old.as_ref()).unwrap().text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&world(), &new), ["Deny sts:AssumeRole for everyone"]);
    assert_eq!(texts(&new, &world()), ["Deny sts:AssumeRole for everyone"]);
}

#[test]
fn a_boundary_that_is_replaced_is_a_cause_where_it_allows_what_the_other_does_not() {
    let of = |boundary: &str, open: bool| {
        let mut world = world();
        managed(
            &mut world,
            "narrow",
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}),
        );
        managed(
            &mut world,
            "wide",
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
        );
        managed(
            &mut world,
            "other",
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}),
        );
        let arn = format!("arn:aws:iam::{HUB}:policy/{boundary}");
        user_of(&mut world, "ann")["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
        if open {
            let principal = json!({"AWS": user(HUB, "bob")});
            role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] = trusts(principal);
        }
        world
    };
    assert_eq!(
        ways(&between(&of("narrow", false), &of("wide", false))),
        ["new 1x2: policy-attached boundary wide (ann) + policy-detached boundary narrow (ann)"]
    );
    assert_eq!(
        ways(&between(&of("wide", false), &of("narrow", false))),
        ["lost 1x2: policy-attached boundary narrow (ann) + policy-detached boundary wide (ann)"]
    );
    // one that allows it as the other did is none
    let found = ways(&between(&of("wide", true), &of("other", false)));
    assert!(
        found.iter().any(|way| way.starts_with("new")) && !found.iter().any(|way| way.contains("boundary")),
        "{found:?}"
    );
}

#[test]
fn a_tag_is_the_cause_where_a_statement_that_changed_beside_it_decides_nothing() {
    let team = json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}});
    let of = |tag: &str, resources: &[&str]| {
        let mut world = world();
        role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] = trusts_if(root(HUB), team.clone());
        user_of(&mut world, "ann")["Tags"] = json!([{"Key": "team", "Value": tag}]);
        user_of(&mut world, "ann")["UserPolicyList"][0]["PolicyDocument"] = may_assume(resources);
        world
    };
    let all = "arn:aws:iam::222222222222:role/*";
    let found = ways(&between(&of("dev", &[all]), &of("ops", &[all, "arn:aws:iam::333333333333:role/x"])));
    assert_eq!(found, ["new 1x1: tags-changed (ann)"]);
}

#[test]
fn an_scp_is_a_cause_for_everybody_below_it() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]});
    // the hub is not the management account, which no SCP limits
    let of = || {
        let mut world = world();
        world.organization()["Organization"]["MasterAccountId"] = json!(DEV);
        world
    };
    let mut new = of();
    new.guardrail("SERVICE_CONTROL_POLICY", "r-root", deny);
    assert_eq!(ways(&between(&of(), &new)), ["lost 3x2: policy-attached scp guardrail-p-1 (p-1) (root)"]);
    assert_eq!(ways(&between(&new, &of())), ["new 3x2: policy-detached scp guardrail-p-1 (p-1) (root)"]);
    let changes = section(&of(), &new, "guardrails").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["policy-attached scp guardrail-p-1 (p-1) (root)"]);
}

#[test]
fn who_is_new_or_gone_is_a_cause() {
    let (there, back) = told(|new| {
        new.role(HUB, "deployer", trusts(root(DEV)), &[may_assume(&[&role(PROD, "admin")])]);
    });
    assert_eq!(there, ["new 1x1: principal-created (deployer)"]);
    assert_eq!(back, ["lost 1x1: principal-deleted (deployer)"]);
}

#[test]
fn a_renamed_user_is_the_same_user() {
    let (there, _) = told(|new| {
        user_of(new, "ann")["UserName"] = json!("ann.smith");
        user_of(new, "ann.smith")["Arn"] = json!(user(HUB, "ann.smith"));
    });
    assert_eq!(there, ["new 1x2: principal-renamed (ann.smith)", "lost 1x2: principal-renamed (ann.smith)"]);
}

#[test]
fn a_role_that_was_made_again_is_told_and_by_that_what_named_its_id() {
    let mut new = world();
    role_of(&mut new, HUB, "runner")["RoleId"] = json!("AROAOTHER");
    let changes = section(&world(), &new, "principals").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["principal-recreated (runner)"]);
    assert_eq!(ways(&between(&world(), &new)), [""; 0]);
}

#[test]
fn a_hub_that_opens_is_the_cause_for_whoever_comes_through_it() {
    let (there, _) = told(|new| {
        new.role(
            DEV,
            "builder",
            trusts(json!({"Service": "codebuild.amazonaws.com"})),
            &[may_assume(&[&role(HUB, "runner")])],
        );
        role_of(new, HUB, "runner")["AssumeRolePolicyDocument"]["Statement"]
            .as_array_mut()
            .unwrap()
            .push(trusts(root(DEV))["Statement"][0].clone());
    });
    // the service and the role come by the new role: its first hop is what is new
    assert_eq!(there, ["new 2x2: principal-created (builder)"]);
    let mut old = world();
    old.role(
        DEV,
        "builder",
        trusts(json!({"Service": "codebuild.amazonaws.com"})),
        &[may_assume(&[&role(HUB, "runner")])],
    );
    let mut new = world();
    new.role(
        DEV,
        "builder",
        trusts(json!({"Service": "codebuild.amazonaws.com"})),
        &[may_assume(&[&role(HUB, "runner")])],
    );
    role_of(&mut new, HUB, "runner")["AssumeRolePolicyDocument"]["Statement"]
        .as_array_mut()
        .unwrap()
        .push(trusts(root(DEV))["Statement"][0].clone());
    assert_eq!(ways(&between(&old, &new)), ["new 2x2: statement-added trust (runner)"]);
}

#[test]
fn an_account_that_joins_the_target_is_told_once() {
    let target = |old: &World, new: &World| ways(&compare(&old.estate(), &new.estate(), "ou:/Prod"));
    let mut new = world();
    new.organization()["Accounts"][2]["ParentId"] = json!("ou-prod");
    assert_eq!(target(&world(), &new), ["new 2x1: account-moved (333333333333)"]);
    assert_eq!(target(&new, &world()), ["lost 2x1: account-moved (333333333333)"]);
    let changes = section(&world(), &new, "accounts").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["account-moved (333333333333)"]);
}

fn estate_at(world: &World, at: &str) -> Estate {
    let dir = world.write();
    Estate::build(&Snapshot::open(dir.path()).unwrap(), at.parse().unwrap()).unwrap()
}

#[test]
fn the_time_is_a_cause_where_nothing_else_changed() {
    let mut world = world();
    let until = json!({"DateLessThan": {"aws:CurrentTime": "2026-12-01T00:00:00Z"}});
    role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] = trusts_if(root(HUB), until);
    let (before, after) = (estate_at(&world, "2026-11-20T00:00:00Z"), estate_at(&world, "2026-12-20T00:00:00Z"));
    let found = compare(&before, &after, PROD);
    assert_eq!(ways(&found), ["lost 3x1: time ()"]);
    let cause = &found.changes[0].causes[0].what;
    let texts = [&cause.old, &cause.new].map(|clause| clause.as_ref().unwrap().text.clone());
    assert_eq!(texts, ["2026-11-20T00:00:00Z", "2026-12-20T00:00:00Z"]);
    assert_eq!(ways(&compare(&after, &before, PROD)), ["new 3x1: time ()"]);
}

#[test]
fn a_tag_is_a_cause_of_the_one_who_has_it() {
    let of = |team: &str| {
        let mut world = world();
        let condition = json!({"StringEquals": {"aws:PrincipalTag/team": "platform"}});
        role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] = trusts_if(root(HUB), condition);
        user_of(&mut world, "ann")["Tags"] = json!([{"Key": "team", "Value": team}]);
        role_of(&mut world, HUB, "runner")["Tags"] = json!([{"Key": "team", "Value": "platform"}]);
        world
    };
    assert_eq!(ways(&between(&of("web"), &of("platform"))), ["new 1x1: tags-changed (ann)"]);
    assert_eq!(ways(&between(&of("platform"), &of("web"))), ["lost 1x1: tags-changed (ann)"]);
}

#[test]
fn what_a_user_signs_in_with_is_a_cause() {
    let of = |has_key: bool| {
        let mut world = world();
        let no_session =
            json!({"Null": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalType": "User"}});
        role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] = trusts_if(root(HUB), no_session);
        world.account(HUB)["CredentialReport"] = json!([{"user": "ann", "arn": user(HUB, "ann"),
            "password_enabled": "true", "mfa_active": "true", "access_key_1_active": has_key.to_string(), "access_key_2_active": "false"}]);
        world
    };
    // only an access key signs requests that say nothing of MFA
    assert_eq!(ways(&between(&of(true), &of(false))), ["lost 1x1: sign-in-changed (ann)"]);
    assert_eq!(ways(&between(&of(false), &of(true))), ["new 1x1: sign-in-changed (ann)"]);
}

#[test]
fn an_account_that_was_closed_is_a_cause_for_whoever_is_in_it() {
    let of = |is_open: bool| {
        let mut world = world();
        world.role(
            DEV,
            "builder",
            trusts(json!({"Service": "ec2.amazonaws.com"})),
            &[may_assume(&[&role(PROD, "admin")])],
        );
        role_of(&mut world, PROD, "admin")["AssumeRolePolicyDocument"] =
            trusts(json!({"AWS": [format!("arn:aws:iam::{DEV}:root")]}));
        if !is_open {
            world.without_file(DEV);
            world.organization()["Accounts"][2]["State"] = json!("SUSPENDED");
        }
        world
    };
    // that the account itself stands for them now is no way that is new: nobody can act there
    assert_eq!(ways(&between(&of(true), &of(false))), ["lost 2x1: account-state (333333333333)"]);
    assert_eq!(ways(&between(&of(false), &of(true))), ["new 2x1: account-state (333333333333)"]);
    let changes = section(&of(true), &of(false), "accounts").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["account-state (333333333333)"]);
}

#[test]
fn what_was_found_in_an_account_that_was_closed_is_resolved() {
    let of = |state: &str, has_file: bool| {
        let mut world = world();
        world.user(DEV, "dan", &[may_assume(&["*"])]);
        world.organization()["Accounts"][2]["State"] = json!(state);
        if !has_file {
            world.without_file(DEV);
        }
        written(&world)
    };
    let of_dan = |old: &Path, new: &Path| {
        let ended = diff(old, new, &["--only", "findings", "--json"], "100");
        let json: Value = serde_json::from_str(&ended.out).unwrap();
        ["new", "resolved", "not_comparable"].map(|list| {
            let all = json["findings"][list].as_array().unwrap().iter();
            all.filter(|finding| finding["rule"] == "user-with-own-policies").count()
        })
    };
    let open = of("ACTIVE", true);
    for closed in [of("SUSPENDED", true), of("SUSPENDED", false)] {
        assert_eq!(of_dan(open.path(), closed.path()), [0, 1, 0]);
        assert_eq!(of_dan(closed.path(), open.path()), [1, 0, 0]);
    }
    // one that is there and was not read is another matter
    assert_eq!(of_dan(open.path(), of("ACTIVE", false).path()), [0, 0, 1]);
}

/// A snapshot without an organization may be one of accounts that are in none, or one of which nobody read it.
#[test]
fn where_one_side_has_no_organization_nothing_that_rests_on_it_is_new_or_gone() {
    let of = |is_read: bool| {
        let mut world = world();
        let everything =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let organization = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
        world.role(PROD, "open", trusts_if(json!({"AWS": "*"}), organization), std::slice::from_ref(&everything));
        let dir = written(&world);
        if !is_read {
            std::fs::remove_file(dir.path().join("organization.json")).unwrap();
        }
        dir
    };
    let (whole, half) = (of(true), of(false));
    for (old, new) in [(&whole, &half), (&half, &whole)] {
        let ended = diff(old.path(), new.path(), &["--target", PROD, "--json", "--fail-on", "new-path,low"], "100");
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        let of = |list: &str| found["findings"][list].as_array().unwrap().len();
        assert_eq!((of("new"), of("resolved"), ended.code), (0, 0, Some(4)), "{found:#}");
        assert!(of("not_comparable") > 0 && found["comparable"] == false);
        let ways = &found["paths"][0]["ways"];
        assert_eq!((&ways["new"], &ways["lost"]), (&json!(0), &json!(0)), "{found:#}");
        assert_eq!(found["accounts"]["changes"], json!([]));
    }
}

#[test]
fn an_account_that_left_is_told_once_and_not_its_principals() {
    let (mut old, new) = (world(), world());
    old.role(DEV, "builder", trusts(root(DEV)), &[may_assume(&[&role(HUB, "runner")])]);
    let mut gone = world();
    gone.without_file(DEV);
    gone.organization()["Accounts"].as_array_mut().unwrap().retain(|account| account["Id"] != DEV);
    assert_eq!(section(&new, &gone, "principals"), Section::default());
    let changes = section(&new, &gone, "accounts").changes;
    assert_eq!(changes.iter().map(said).collect::<Vec<_>>(), ["account-left (333333333333)"]);
}

#[test]
fn what_one_side_did_not_read_is_neither_lost_nor_new_and_never_no_change() {
    for (old, new) in [(true, false), (false, true)] {
        let of = |whole: bool| {
            let mut world = world();
            if !whole {
                world.without_file(HUB);
            }
            world
        };
        let found = between(&of(old), &of(new));
        assert!(!found.comparable && ways(&found).is_empty(), "{found:?}");
        assert_eq!((found.gaps.old.is_empty(), found.gaps.new.is_empty()), (old, new));
        assert!(found.ways.unknown > 0, "{:?}", found.ways);
        let principals = section(&of(old), &of(new), "principals");
        assert!(principals.changes.is_empty() && !principals.gaps.is_empty());
    }
}

#[test]
fn a_way_of_a_service_over_a_role_whose_trust_policy_was_not_read_is_neither_lost_nor_new() {
    let mut half = world();
    role_of(&mut half, HUB, "runner").as_object_mut().unwrap().remove("AssumeRolePolicyDocument");
    for (old, new) in [(&world(), &half), (&half, &world())] {
        let found = between(old, new);
        assert!(!found.comparable && found.changes.is_empty(), "{found:?}");
        assert!(found.ways.unknown > 0, "{:?}", found.ways);
    }
}

#[test]
fn a_target_that_one_side_has_not_is_all_new() {
    let mut new = world();
    new.role(PROD, "breakglass", trusts(root(HUB)), &[]);
    let found = compare(&world().estate(), &new.estate(), &role(PROD, "breakglass"));
    assert_eq!((found.old_roles, found.new_roles), (None, Some(1)));
    assert_eq!(ways(&found), ["new 3x1: principal-created (breakglass)"]);
    let graphs = (world().estate(), world().estate());
    let (old, new) = (TrustGraph::new(&graphs.0), TrustGraph::new(&graphs.1));
    assert!(Compared::new(&old, &new).target("nothing", &Targets::new()).is_err());
}

/// Both ways round: nothing is told of the target, and the side that lacks data is named.
#[track_caller]
fn not_known(target: &str, change: impl FnOnce(&mut World)) {
    let (whole, mut half) = (world(), world());
    change(&mut half);
    let (whole, half) = (whole.estate(), half.estate());
    for (old, new, lacks) in [(&whole, &half, (false, true)), (&half, &whole, (true, false))] {
        let found = compare(old, new, target);
        assert!(!found.comparable && found.changes.is_empty(), "{target}: {:?}", ways(&found));
        assert!(found.ways.unknown > 0 && found.old_roles.is_some() && found.new_roles.is_some(), "{found:?}");
        assert_eq!((!found.gaps.old.is_empty(), !found.gaps.new.is_empty()), lacks);
    }
}

#[test]
fn a_target_whose_name_or_members_one_side_did_not_read_is_not_compared() {
    not_known("prod/admin", |half| {
        half.without_file(PROD);
    });
    not_known("prod/admin", |half| drop(half.account(PROD).as_object_mut().unwrap().remove("RoleDetailList")));
    let unlisted = |half: &mut World| drop(half.organization().as_object_mut().unwrap().remove("Accounts"));
    not_known("prod", unlisted);
    not_known("prod/admin", unlisted);
    not_known("name:prod", unlisted);
    not_known("ou:/Prod", |half| drop(half.organization().as_object_mut().unwrap().remove("OrganizationalUnits")));
}

#[test]
fn an_account_that_one_side_may_have_and_does_not_list_did_not_join() {
    let mut half = world();
    half.without_file(DEV);
    half.organization().as_object_mut().unwrap().remove("Accounts");
    let found = section(&half, &world(), "accounts");
    assert_eq!((found.changes.iter().map(said).collect::<Vec<_>>(), found.gaps.old.is_empty()), (vec![], false));
}

/// What a section says of a change, both ways.
fn both_ways(name: &str, change: impl FnOnce(&mut World)) -> [Section; 2] {
    let (old, mut new) = (guarded(), guarded());
    change(&mut new);
    [section(&old, &new, name), section(&new, &old, name)]
}

/// An SCP denies everything below the OU of prod.
fn guarded() -> World {
    let mut world = world();
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]});
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-prod", deny);
    world
}

fn policy_of<'a>(world: &'a mut World, id: &str) -> &'a mut Value {
    let policies = world.organization()["Policies"].as_array_mut().unwrap();
    policies.iter_mut().find(|policy| policy["Id"] == id).unwrap()
}

#[test]
fn what_one_side_did_not_read_is_neither_attached_nor_detached() {
    let lists = ["RolePolicyList", "AttachedManagedPolicies"];
    let without_policies = |world: &mut World| {
        let runner = role_of(world, HUB, "runner").as_object_mut().unwrap();
        lists.iter().for_each(|list| drop(runner.remove(*list)));
    };
    let without_targets =
        |world: &mut World| drop(policy_of(world, "p-1").as_object_mut().unwrap().remove("TargetIds"));
    for found in both_ways("principals", without_policies).iter().chain(&both_ways("guardrails", without_targets)) {
        assert!(found.changes.is_empty() && !(found.gaps.old.is_empty() && found.gaps.new.is_empty()), "{found:?}");
    }
}

#[test]
fn names_of_ous_and_scps_and_what_cannot_be_detached_are_no_attachments() {
    let renamed = |world: &mut World| policy_of(world, "p-1")["Name"] = json!("another");
    let unit = |world: &mut World| world.organization()["OrganizationalUnits"][0]["Name"] = json!("Production");
    let full = |world: &mut World| {
        let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
        world.guardrail("RESOURCE_CONTROL_POLICY", "r-root", open);
        let last = world.organization()["Policies"].as_array_mut().unwrap().last_mut().unwrap();
        (last["Id"], last["Name"]) = (json!("p-RCPFullAWSAccess"), json!("RCPFullAWSAccess"));
    };
    let none = |found: [Section; 2]| assert!(found.iter().all(|found| *found == Section::default()), "{found:?}");
    none(both_ways("guardrails", unit));
    none(both_ways("guardrails", full));
    // each is told once, and nobody gets anywhere else by it
    let lines = |found: &[Section; 2]| found.iter().flat_map(|found| &found.changes).map(said).collect::<Vec<_>>();
    assert_eq!(
        lines(&both_ways("guardrails", renamed)),
        ["policy-renamed scp another (p-1)", "policy-renamed scp guardrail-p-1 (p-1)"]
    );
    assert_eq!(lines(&both_ways("accounts", unit)), ["ou-renamed (ou-prod)", "ou-renamed (ou-prod)"]);
    none(both_ways("accounts", renamed));
    let mut new = guarded();
    renamed(&mut new);
    unit(&mut new);
    assert_eq!(ways(&between(&guarded(), &new)), Vec::<String>::new());
    let [there, _] = both_ways("guardrails", |world| policy_of(world, "p-1")["TargetIds"] = json!([]));
    assert_eq!(there.changes.iter().map(said).collect::<Vec<_>>(), ["policy-detached scp guardrail-p-1 (p-1) (Prod)"]);
}

#[test]
fn an_scp_that_is_attached_elsewhere_as_well_says_where_it_was() {
    let told = |targets: Value| {
        let [there, _] = both_ways("guardrails", |world| policy_of(world, "p-1")["TargetIds"] = targets);
        let text = |clause: &Option<rolehop::difference::Clause>| clause.as_ref().map(|clause| clause.text.clone());
        let line = |change: &Change| (said(change), text(&change.what.old), text(&change.what.new));
        there.changes.iter().map(line).collect::<Vec<_>>()
    };
    let attached =
        |to: &str| (format!("policy-attached scp guardrail-p-1 (p-1) ({to})"), Some("Prod".to_owned()), None);
    let detached =
        |now: Option<&str>| ("policy-detached scp guardrail-p-1 (p-1) (Prod)".to_owned(), None, now.map(str::to_owned));
    assert_eq!(told(json!(["ou-prod", "ou-dev"])), [attached("Dev")]);
    assert_eq!(told(json!(["ou-dev"])), [attached("Dev"), detached(Some("Dev"))]);
    assert_eq!(told(json!(["r-root"])), [attached("root"), detached(Some("the root"))]);
    assert_eq!(told(json!([PROD])), [attached(PROD), detached(Some("prod"))]);
    assert_eq!(told(json!([])), [detached(None)]);
}

#[test]
fn of_scps_that_are_no_longer_in_force_the_one_that_denied_is_the_cause() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]});
    let [mut old, mut new] = [world(), world()];
    for world in [&mut old, &mut new] {
        world.role(DEV, "caller", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
        world.role(PROD, "open", trusts(root(DEV)), &[]);
    }
    old.guardrail("SERVICE_CONTROL_POLICY", "ou-dev", deny);
    new.organization()["Roots"][0]["PolicyTypes"].as_array_mut().unwrap().remove(0);
    let found = ways(&between(&old, &new));
    assert_eq!(found, ["new 2x1: policy-detached scp guardrail-p-1 (p-1) (Dev)"]);
}

#[test]
fn account_tags_that_one_side_did_not_read_are_not_compared() {
    let mut tagged = world();
    tagged.organization()["Accounts"][1]["Tags"] = json!([{"Key": "env", "Value": "prod"}]);
    let found = section(&tagged, &world(), "accounts");
    assert_eq!((found.changes.len(), found.gaps.old.len(), found.gaps.new.len()), (0, 0, 1), "{found:?}");
}

#[test]
fn one_statement_that_opens_many_ways_is_one_line_with_its_counts() {
    let many = |trusted: bool| {
        let mut world = World::of_organization();
        for at in 0..120 {
            world.user(HUB, &format!("user-{at}"), &[may_assume(&["*"])]);
        }
        let principal = if trusted { root(HUB) } else { json!({"AWS": role(PROD, "nobody")}) };
        for at in 0..40 {
            world.role(PROD, &format!("role-{at}"), trusts(principal.clone()), &[]);
        }
        world
    };
    let found = between(&many(false), &many(true));
    assert_eq!(found.changes.len(), 1, "{:?}", ways(&found));
    let change = &found.changes[0];
    assert_eq!((change.principals, change.roles, change.ways), (120, 40, 4800));
    assert_eq!(change.causes[0].subjects.len(), 40);
    assert_eq!(change.groups.len(), 1);
}
fn written(world: &World) -> tempfile::TempDir {
    world.write()
}

fn diff(old: &Path, new: &Path, arguments: &[&str], columns: &str) -> program::Ended {
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let words: Vec<&str> = ["diff", old, new, "--no-config"].iter().chain(arguments).copied().collect();
    program::run(&[("COLUMNS", columns), ("ROLEHOP_AT", NOW)], &words)
}

#[test]
fn the_exit_code_says_what_was_found_and_what_could_not_be_compared() {
    let mut opened = world();
    role_of(&mut opened, PROD, "admin")["AssumeRolePolicyDocument"] = trusts(json!({"AWS": "*"}));
    let mut unread = world();
    unread.without_file(DEV);
    let mut both = World::of_organization();
    std::mem::swap(&mut both, &mut opened);
    let (old, new) = (written(&world()), written(&both));
    both.without_file(DEV);
    let (half, half_opened) = (written(&unread), written(&both));
    let paths = ["--target", PROD, "--only", "paths,principals", "--fail-on", "new-path"];
    for (after, code) in [(&old, 0), (&new, 3), (&half, 4), (&half_opened, 5)] {
        for format in ["table", "json", "csv", "markdown"] {
            let ended = diff(old.path(), after.path(), &[&paths[..], &["-f", format]].concat(), "100");
            assert_eq!(ended.code, Some(code), "{format}: {ended:?}");
        }
    }
    let findings = diff(old.path(), new.path(), &["--only", "findings", "--fail-on", "critical"], "100");
    assert!(matches!(findings.code, Some(3 | 5)), "{findings:?}");
    diff(old.path(), new.path(), &["--fail-on", "new-path"], "100").failed(2, "E300");
    diff(old.path(), new.path(), &["--only", "trusts", "--fail-on", "new-path"], "100").failed(2, "E300");
    diff(old.path(), Path::new("/nowhere"), &[], "100").failed(8, "E501");
    diff(old.path(), new.path(), &["-f", "json", "-f", "csv"], "100").failed(2, "E300");
    diff(old.path(), new.path(), &["--target", "nothing"], "100").failed(2, "E401");
    let named = diff(old.path(), new.path(), &["--snapshot", new.path().to_str().unwrap()], "100").failed(2, "E300");
    assert!(named.contains("does not take `--snapshot`"), "{}", named);
    // the variable is for other commands
    let words = ["diff", old.path().to_str().unwrap(), new.path().to_str().unwrap(), "--no-config", "--only", "trusts"];
    program::run(&[("ROLEHOP_SNAPSHOT", "/nowhere"), ("ROLEHOP_AT", NOW)], &words).succeeded();
}

#[test]
fn the_table_says_ways_first_with_their_causes() {
    let mut new = world();
    user_of(&mut new, "bob")["GroupList"] = json!(["ops"]);
    let (old, new) = (written(&world()), written(&new));
    let ended =
        diff(old.path(), new.path(), &["--target", PROD, "--only", "paths,principals,trusts"], "80").succeeded();
    let text = ended.out.replace(old.path().to_str().unwrap(), "OLD").replace(new.path().to_str().unwrap(), "NEW");
    insta::assert_snapshot!(text, @r"
    from OLD (2026-11-20T00:00:00Z) to NEW (2026-11-20T00:00:00Z)

    222222222222: 1 way new, 6 unchanged
    + new: prod/role/admin reached by hub/user/bob
        allowed
        cause: hub/user/bob joined group ops
        path: hub/user/bob -> prod/role/admin

    principals: 1 change
      hub/user/bob joined group ops

    no change: trusts
    ");
    assert!(ended.err.contains("Next: rolehop path hub/user/bob prod/role/admin"), "{}", ended.err);
}

/// Names that a spreadsheet would compute, a browser would render, a terminal would obey.
fn hostile(changed: bool) -> World {
    let mut world = World::of_organization();
    let name = "=cmd|'/C calc'!A0 <img src=x>\u{1b}[2J\u{202e}[x](y)|`z`";
    world.user(HUB, name, &[may_assume(&["*"])]);
    let trusted = if changed { HUB } else { DEV };
    world.role(PROD, "@SUM(1+1)", trusts(root(trusted)), &[]);
    world.organization()["Accounts"][1]["Name"] = json!("=prod\u{1b}[31m|**x**");
    world
}

#[test]
fn no_format_obeys_a_name() {
    let (old, new) = (written(&hostile(false)), written(&hostile(true)));
    let out = |format: &str| {
        let ended = diff(old.path(), new.path(), &["--target", PROD, "-f", format], "60");
        assert!(
            !ended.out.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{format}: {}",
            ended.out
        );
        ended.out
    };
    out("table");
    let json: Value = serde_json::from_str(&out("json")).unwrap();
    assert!(json["paths"][0]["changes"][0]["groups"][0]["principals"][0].as_str().unwrap().contains('\u{1b}'));
    let csv = out("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let width = reader.headers().unwrap().len();
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), width);
        assert!(row.iter().all(|cell| !cell.trim_start().starts_with(['=', '+', '-', '@'])), "{row:?}");
        rows += 1;
    }
    assert!(rows > 2, "{csv}");
    let markdown = out("markdown");
    assert!(markdown.contains("\\<img") && !markdown.contains(" <img"), "{markdown}");
}

#[test]
fn two_snapshots_without_a_time_are_judged_at_one_time() {
    let (old, new) = (written(&world()), written(&world()));
    let words = [
        "diff",
        old.path().to_str().unwrap(),
        new.path().to_str().unwrap(),
        "--no-config",
        "--only",
        "trusts",
        "--json",
    ];
    let found: Value = serde_json::from_str(&program::run(&[], &words).succeeded().out).unwrap();
    assert_eq!(found["old"]["at"], found["new"]["at"]);
}

#[test]
fn markdown_stays_below_60_kb_and_counts_what_is_left_out() {
    let many = |trust: bool| {
        let mut world = World::of_organization();
        for at in 0..400 {
            let document = trusts(if trust { json!({"AWS": user(HUB, &format!("user-{at}"))}) } else { root(DEV) });
            world.role(PROD, &format!("role-with-a-name-that-takes-its-room-{at}"), document, &[]);
        }
        world
    };
    let (old, new) = (written(&many(false)), written(&many(true)));
    let arguments = ["--target", PROD, "--only", "paths,trusts,principals", "-f", "markdown"];
    let text = diff(old.path(), new.path(), &arguments, "80").out;
    assert!(text.len() <= 60_000, "{}", text.len());
    let shown = text.lines().filter(|line| line.starts_with("- trust policy")).count();
    assert!(text.contains("left out, to stay below 60000 bytes") && shown < 400, "{}", &text[text.len() - 200..]);
}

#[test]
fn redacted_ids_are_equal_where_they_were_and_different_where_they_were_not() {
    let with = |id: &str| {
        let mut world = world();
        let condition = json!({"StringEquals": {"sts:ExternalId": id}});
        world.role(
            PROD,
            "first",
            trusts_if(root(VENDOR), json!({"StringEquals": {"sts:ExternalId": format!("first-{id}")}})),
            &[],
        );
        world.role(PROD, "vendor", trusts_if(root(VENDOR), condition), &[]);
        world
    };
    let (one, two) = (written(&with("secret-1")), written(&with("secret-2")));
    let run =
        |old: &Path, new: &Path| diff(old, new, &["--redact", "--only", "trusts", "-f", "json"], "80").succeeded().out;
    let differs = run(one.path(), two.path());
    assert!(!differs.contains("secret") && differs.contains("redacted-"), "{differs}");
    let same: Value = serde_json::from_str(&run(one.path(), one.path())).unwrap();
    assert_eq!(same["trusts"]["changes"], json!([]));
}

#[test]
fn a_finding_that_rests_on_an_account_that_was_not_read_is_neither_resolved_nor_new_nor_fixed() {
    let mut whole = World::of_organization();
    whole.user(HUB, "ann", &[may_assume(&[&role(PROD, "deploy")])]);
    let put =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]});
    whole.role(PROD, "deploy", trusts(root(HUB)), &[put]);
    let old = written(&whole);
    whole.without_file(PROD);
    let half = written(&whole);
    let rule = "human-path-without-mfa";
    for (from, to) in [(&old, &half), (&half, &old)] {
        let ended = diff(from.path(), to.path(), &["--only", "findings", "-f", "json"], "100");
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        let of = |list: &str| {
            let all = found["findings"][list].as_array().unwrap();
            all.iter().filter(|finding| finding["rule"] == rule).count()
        };
        assert_eq!((of("new"), of("resolved"), of("not_comparable")), (0, 0, 1), "{found:#}");
    }
    let file = old.path().join("baseline.json");
    let baseline = |words: &[&str], snapshot: &Path| {
        let more = ["--no-config", "--snapshot", snapshot.to_str().unwrap()];
        let words: Vec<&str> = ["baseline"].iter().chain(words).chain(&more).copied().collect();
        program::run(&[("ROLEHOP_AT", NOW)], &words)
    };
    let name = file.to_str().unwrap();
    assert_eq!(baseline(&["create", "-o", name], old.path()).code, Some(4), "other rules lack data");
    baseline(&["prune", name], half.path());
    assert!(std::fs::read_to_string(&file).unwrap().contains(rule), "it is not known to be fixed");
}

#[test]
fn findings_of_an_account_that_one_side_left_out_are_not_comparable() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let core = "101010101010";
    let part = tempfile::tempdir().unwrap();
    std::fs::create_dir(part.path().join("accounts")).unwrap();
    let mut manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(demo.join("manifest.json")).unwrap()).unwrap();
    let file = format!("accounts/{core}.json");
    manifest["ledger"][core] = json!({"state": "skipped", "reason": "excluded"});
    manifest["read_at"].as_object_mut().unwrap().remove(core);
    manifest["files"].as_object_mut().unwrap().remove(&file);
    for name in manifest["files"].as_object().unwrap().keys() {
        std::fs::copy(demo.join(name), part.path().join(name)).unwrap();
    }
    std::fs::write(part.path().join("manifest.json"), manifest.to_string()).unwrap();
    for (from, to) in [(demo.as_path(), part.path()), (part.path(), demo.as_path())] {
        let ended = diff(from, to, &["--only", "findings", "-f", "json", "--fail-on", "low"], "100");
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        let of = |list: &str| found["findings"][list].as_array().unwrap().len();
        assert_eq!((of("new"), of("resolved"), ended.code), (0, 0, Some(4)), "{found:#}");
        assert!(of("not_comparable") > 0);
    }
}

#[test]
fn what_users_sign_in_with_is_not_compared_where_one_side_did_not_read_it() {
    let row = json!({"user": "ann", "arn": user(HUB, "ann"), "password_enabled": "false", "mfa_active": "false",
        "access_key_1_active": "true", "access_key_2_active": "false"});
    let mut whole = world();
    whole.account(HUB)["AccessKeys"] = json!([]);
    whole.account(HUB)["CredentialReport"] = json!([row]);
    let mut half = world();
    half.account(HUB)["AccessKeys"] = json!([]);
    for (old, new) in [(&whole, &half), (&half, &whole)] {
        let found = section(old, new, "principals");
        assert_eq!(found.changes.iter().map(said).collect::<Vec<_>>(), [""; 0]);
        let facets: Vec<&str> = found.gaps.old.iter().chain(&found.gaps.new).map(|gap| gap.facet.as_str()).collect();
        assert_eq!(facets, ["credential-report"]);
    }
}

#[test]
fn two_organizations_are_said_to_be_two() {
    let mut other = world();
    other.organization()["Organization"]["Id"] = json!("o-other");
    let (old, new) = (written(&world()), written(&other));
    let only = ["--only", "principals,accounts"];
    let of = |new: &Path, format: &str| diff(old.path(), new, &[&only[..], &["-f", format]].concat(), "200");
    for format in ["table", "markdown"] {
        let ended = of(new.path(), format);
        assert!(ended.out.contains("NOT ONE ORGANIZATION: o-example, then o-other"), "{format}: {ended:?}");
        assert!(ended.err.contains("two organizations, o-example and o-other"), "{format}: {ended:?}");
    }
    let json: Value = serde_json::from_str(&of(new.path(), "json").out).unwrap();
    assert_eq!((&json["old"]["organization"], &json["new"]["organization"]), (&json!("o-example"), &json!("o-other")));
    let same = of(old.path(), "table");
    assert!(!format!("{}{}", same.out, same.err).to_lowercase().contains("organization"), "{same:?}");
}

#[test]
fn who_joins_or_leaves_a_finding_that_tells_several_is_a_change() {
    let of = |users: &[&str]| {
        let mut world = World::of_organization();
        let all =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]});
        for name in users {
            world.user(PROD, name, std::slice::from_ref(&all));
        }
        written(&world)
    };
    let between = |old: &[&str], new: &[&str]| {
        let (old, new) = (of(old), of(new));
        let ended = diff(old.path(), new.path(), &["--only", "findings", "--json"], "100");
        let json: Value = serde_json::from_str(&ended.out).unwrap();
        ["new", "resolved"].map(|list| {
            let all = json["findings"][list].as_array().unwrap().iter();
            let of_rule = all.filter(|finding| finding["rule"] == "policy-allows-whole-service");
            of_rule.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
    };
    let [new, resolved] = between(&["alice"], &["alice", "mallory"]);
    assert!(new.len() == 1 && new[0].ends_with("; new in it: user/mallory") && resolved.is_empty(), "{new:?}");
    let [new, resolved] = between(&["alice", "mallory"], &["mallory"]);
    assert!(
        new.is_empty() && resolved.len() == 1 && resolved[0].ends_with("; gone from it: user/alice"),
        "{resolved:?}"
    );
    assert_eq!(between(&["alice", "mallory"], &["mallory", "alice"]), [vec![], vec![]] as [Vec<String>; 2]);
}

/// `[[expect]]` by `[[expect]]`, and by those of whom it is not known.
#[test]
fn each_expectation_is_compared_by_itself_and_each_who_breaks_it() {
    let of = |change: &dyn Fn(&mut World)| {
        let mut world = World::of_organization();
        world.role(PROD, "admin", trusts(root(HUB)), &[]);
        world.role(DEV, "tester", trusts(root(HUB)), &[]);
        world.user(HUB, "ann", &[may_assume(&["*"])]);
        change(&mut world);
        let dir = written(&world);
        let expect =
            |name: &str, target: &str| format!("[[expect]]\nname = \"{name}\"\ntarget = \"{target}\"\nonly = []\n");
        std::fs::write(dir.path().join("rolehop.toml"), expect("prod", PROD) + &expect("dev", DEV)).unwrap();
        dir
    };
    let lists = |old: &Path, new: &Path| {
        let config = new.join("rolehop.toml");
        let words = ["--config", config.to_str().unwrap(), "diff", old.to_str().unwrap(), new.to_str().unwrap()];
        let words = [&words[..], &["--only", "findings", "--json"]].concat();
        let ended = program::run(&[("ROLEHOP_AT", NOW)], &words);
        let json: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
        ["new", "resolved", "not_comparable"].map(|list| {
            let all = json["findings"][list].as_array().unwrap().iter();
            let of_rule = all.filter(|finding| finding["rule"] == "expectation");
            let line = |finding: &Value| {
                let message = finding["message"].as_str().unwrap();
                // without the role that is told with who is new
                let who = message.rsplit("; ").next().unwrap().split(" into ").next().unwrap();
                format!("{}: {who}", finding["expectation"].as_str().unwrap())
            };
            of_rule.map(line).collect::<Vec<_>>()
        })
    };
    let none: [Vec<String>; 3] = [vec![], vec![], vec![]];
    let plain = of(&|_| {});
    assert_eq!(lists(plain.path(), plain.path()), none);
    // the second who breaks both is new in both
    let second = of(&|world| _ = world.user(HUB, "eve", &[may_assume(&["*"])]));
    let [new, resolved, unclear] = lists(plain.path(), second.path());
    assert_eq!(new, ["dev: new in it: user/eve", "prod: new in it: user/eve"]);
    assert!(resolved.is_empty() && unclear.is_empty(), "{resolved:?} {unclear:?}");
    // whether somebody reaches prod alone was not known of bob, whose policies were not read
    let unread = of(&|world| {
        world.user(HUB, "bob", &[]);
        world.with(
            HUB,
            "UserDetailList",
            "AttachedManagedPolicies",
            json!([{"PolicyName": "lost", "PolicyArn": format!("arn:aws:iam::{HUB}:policy/lost")}]),
        );
    });
    let both = of(&|world| {
        world.user(HUB, "bob", &[may_assume(&["*"])]).user(HUB, "eve", &[may_assume(&[&role(PROD, "admin")])]);
    });
    let [new, resolved, unclear] = lists(unread.path(), both.path());
    assert_eq!(new, ["prod: new in it: user/eve"]);
    assert_eq!(unclear, ["dev: new in it: user/bob", "prod: new in it: user/bob"]);
    assert_eq!(resolved, [""; 0]);
    // nobody reached a role before it was made
    let later = of(&|world| world.account(DEV)["RoleDetailList"] = json!([]));
    let config = |dir: &tempfile::TempDir| {
        let file = dir.path().join("rolehop.toml");
        let text =
            std::fs::read_to_string(&file).unwrap().replace(&format!("target = \"{DEV}\""), "target = \"dev/tester\"");
        std::fs::write(file, text).unwrap();
    };
    config(&plain);
    config(&later);
    let dev = |lists: [Vec<String>; 3]| lists.map(|list| list.iter().filter(|line| line.starts_with("dev:")).count());
    assert_eq!(dev(lists(later.path(), plain.path())), [1, 0, 0]);
    assert_eq!(dev(lists(plain.path(), later.path())), [0, 1, 0]);
    // the trust of a role of prod that was not read says nothing of dev
    let closed =
        of(&|world| _ = role_of(world, PROD, "admin").as_object_mut().unwrap().remove("AssumeRolePolicyDocument"));
    let [new, resolved, unclear] = lists(second.path(), closed.path());
    assert_eq!((new, resolved), (vec![], vec!["dev: gone from it: user/eve".to_owned()]));
    assert!(!unclear.is_empty() && unclear.iter().all(|line| line.starts_with("prod:")), "{unclear:?}");
}
