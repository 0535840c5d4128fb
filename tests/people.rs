//! People of Identity Center: who comes in and what becomes of them, and what is said where they are not known.
//!
//! Small organizations, each about one fact; random ones for what must hold of all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot build its world has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::RngSeed;
use rolehop::answer::{CanAnswer, Grouping, PathAnswer, PrincipalKind, Verdict, Who, WhoCanAnswer};
use rolehop::comparison::World as Compared;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets, WhoCan};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

const PROD: &str = "101010101010";
const DEV: &str = "202020202020";
const HOME: &str = "303030303030";
const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1";

/// An organization of three accounts, with people.
#[derive(Clone)]
struct World {
    roles: BTreeMap<&'static str, Vec<Value>>,
    instance: Value,
    others: Vec<Value>,
    entitlements: Option<Value>,
    without_people: bool,
}

fn role(account: &str, path: &str, name: &str, trust: &Value, policy: Option<&Value>) -> Value {
    let policies: Vec<Value> =
        policy.iter().map(|document| json!({"PolicyName": "p", "PolicyDocument": document})).collect();
    json!({"RoleName": name, "Path": path, "RoleId": format!("AROA{account}{}", name.len()),
        "Arn": format!("arn:aws:iam::{account}:role{path}{name}"), "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": trust, "RolePolicyList": policies, "AttachedManagedPolicies": [],
        "InstanceProfileList": [], "Tags": []})
}

fn reserved(account: &str, set: &str, suffix: &str) -> Value {
    let provider = format!("arn:aws:iam::{account}:saml-provider/AWSSSO_abcdef0123456789_DO_NOT_DELETE");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]});
    let name = format!("AWSReservedSSO_{set}_{suffix}");
    role(account, "/aws-reserved/sso.amazonaws.com/", &name, &trust, Some(&policy))
}

const SUFFIX: &str = "0123456789abcdef";

/// A role of prod that the dev account may assume under a condition.
fn target(name: &str, condition: Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement.as_object_mut().unwrap().insert("Condition".to_owned(), condition);
    }
    role(PROD, "/", name, &json!({"Version": "2012-10-17", "Statement": [statement]}), None)
}

fn assigned(account: &str, set: &str, kind: &str, id: &str) -> Value {
    json!({"AccountId": account, "PermissionSetArn": format!("{INSTANCE}/{set}"), "PrincipalType": kind, "PrincipalId": id})
}

fn member(group: &str, user: &str) -> Value {
    json!({"GroupId": group, "MemberId": {"UserId": user}})
}

impl World {
    fn new(targets: Vec<Value>, dev_sets: &[&str], assignments: Vec<Value>) -> Self {
        let dev = dev_sets.iter().map(|set| reserved(DEV, set, SUFFIX)).collect();
        let sets: Vec<Value> = ["Admin", "AdminReadOnly", "Data_Read", "Rôle"]
            .iter()
            .map(|set| json!({"PermissionSetArn": format!("{INSTANCE}/{set}"), "Name": set}))
            .collect();
        let instance = json!({"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": HOME,
            "PermissionSetsEnabled": true, "PermissionSets": sets, "AccountAssignments": assignments,
            "Users": [
                {"UserId": "u-ada", "UserName": "ada", "DisplayName": "Ada Lovelace", "Title": "ops",
                    "Emails": [{"Value": "ada@example.com", "Primary": true}]},
                {"UserId": "u-bob", "UserName": "bob", "UserStatus": "DISABLED", "Title": "ops"},
                {"UserId": "u-eve", "UserName": "eve", "Title": "dev"}],
            "Groups": [{"GroupId": "g-team", "DisplayName": "team"}, {"GroupId": "g-cut", "DisplayName": "cut"}],
            "GroupMemberships": [member("g-team", "u-ada"), member("g-team", "u-bob"), member("g-team", "u-eve")],
            "AccessControlAttributes": []});
        Self {
            roles: BTreeMap::from([(PROD, targets), (DEV, dev), (HOME, Vec::new())]),
            instance,
            others: Vec::new(),
            entitlements: None,
            without_people: false,
        }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.instance.as_object_mut().unwrap().insert(key.to_owned(), value);
        self
    }

    fn ask<T>(&self, question: impl FnOnce(&TrustGraph<'_>) -> T) -> T {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("accounts")).unwrap();
        for (id, roles) in &self.roles {
            let file = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
            fs::write(dir.path().join(format!("accounts/{id}.json")), file.to_string()).unwrap();
        }
        let accounts: Vec<Value> = [(PROD, "prod"), (DEV, "dev"), (HOME, "home")]
            .iter()
            .map(|(id, name)| json!({"Id": id, "Name": name, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []}))
            .collect();
        let organization = json!({"Organization": {"Id": "o-1", "MasterAccountId": HOME, "FeatureSet": "ALL"},
            "Roots": [{"Id": "r-1", "PolicyTypes": []}], "OrganizationalUnits": [], "Accounts": accounts, "Policies": []});
        fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
        if !self.without_people {
            let instances: Vec<&Value> = std::iter::once(&self.instance).chain(&self.others).collect();
            let file = json!({ "Instances": instances });
            fs::write(dir.path().join("identity-center.json"), file.to_string()).unwrap();
        }
        if let Some(entitlements) = &self.entitlements {
            let application =
                json!({"ApplicationArn": application(), "InstanceArn": INSTANCE, "Entitlements": entitlements});
            let file = json!({"Applications": [application]});
            fs::write(dir.path().join("account-access.json"), file.to_string()).unwrap();
        }
        let at = "2026-11-01T00:00:00Z".parse().unwrap();
        let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap();
        question(&TrustGraph::new(&estate))
    }

    fn who_can(&self, target: &str) -> WhoCanAnswer {
        self.ask(|graph| query::who_can(graph, target, &Targets::new()).unwrap())
    }

    fn can(&self, who: &str) -> CanAnswer {
        self.ask(|graph| query::can(graph, who).unwrap())
    }

    fn path(&self, from: &str, to: &str) -> PathAnswer {
        self.ask(|graph| query::path(graph, from, to, &Targets::new()).unwrap())
    }

    /// People who reach a role, each with the verdict.
    fn people(&self, target: &str) -> BTreeMap<String, Verdict> {
        let answer = self.who_can(target);
        let people = answer.answers.iter().filter(|a| matches!(a.kind, PrincipalKind::Person | PrincipalKind::Group));
        people.map(|a| (a.principal.clone(), a.verdict)).collect()
    }
}

fn application() -> String {
    format!("arn:aws:account-access:eu-central-1:{HOME}:application/a-1")
}

fn names(found: &BTreeMap<String, Verdict>) -> Vec<&str> {
    found.keys().map(String::as_str).collect()
}

#[test]
fn members_of_an_assigned_group_come_in_and_go_on_by_the_role_of_exactly_that_name() {
    let targets = || vec![target("deploy", Value::Null), reserved(PROD, "AdminReadOnly", SUFFIX)];
    let admin = World::new(targets(), &["Admin", "AdminReadOnly"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert_eq!(names(&admin.people("prod/deploy")), ["ada", "eve"]);
    // nobody is assigned the set whose name begins alike
    assert!(admin.people("prod/AWSReservedSSO_AdminReadOnly_0123456789abcdef").is_empty());
    let path = admin.path("ada@example.com", "prod/deploy");
    assert_eq!((path.verdict, path.hop_count), (Verdict::Allowed, Some(2)));
    assert_eq!(path.hops[0].kind, "assignment");
    assert_eq!(path.hops[0].via.as_ref().unwrap().words(), "group team, permission set Admin");
    let odd = ["Data_Read", "Rôle"];
    let odd = World::new(targets(), &odd, odd.map(|set| assigned(DEV, set, "USER", "u-ada")).to_vec());
    assert_eq!(odd.can("Ada Lovelace").answers.len(), 3);
}

#[test]
fn a_disabled_user_reaches_what_a_user_who_is_not_there_reaches() {
    let assignments = || vec![assigned(DEV, "Admin", "GROUP", "g-team"), assigned(DEV, "Admin", "USER", "u-bob")];
    let world = World::new(vec![target("deploy", Value::Null)], &["Admin"], assignments());
    assert_eq!(names(&world.people("prod/deploy")), ["ada", "eve"]);
    let bob = world.can("bob");
    assert!(bob.answers.is_empty() && bob.proven && bob.note.is_some());
}

#[test]
fn attributes_of_people_decide_what_tags_of_their_sessions_decide() {
    let ops = json!({"StringEquals": {"aws:PrincipalTag/Job": "ops"}});
    let world = World::new(vec![target("ops", ops)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    // without a configuration no session has tags
    assert!(world.people("prod/ops").is_empty());
    let of = |source: &str| {
        let attributes = json!([{"Key": "job", "Value": {"Source": [source]}}]);
        world.clone().with("AccessControlAttributes", attributes).people("prod/ops")
    };
    assert_eq!(of("${path:title}"), BTreeMap::from([("ada".to_owned(), Verdict::Allowed)]));
    let unknown = of("${path:enterprise.department}");
    assert_eq!(names(&unknown), ["ada", "eve"]);
    assert!(unknown.values().all(|verdict| *verdict == Verdict::Unknown), "{unknown:?}");
}

#[test]
fn the_name_of_a_session_is_the_user_name() {
    let ada = json!({"StringLike": {"aws:userid": "*:ada"}});
    let world = World::new(vec![target("adas", ada)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert_eq!(world.people("prod/adas"), BTreeMap::from([("ada".to_owned(), Verdict::Allowed)]));
    let path = world.path("ada", "prod/adas");
    assert_eq!((path.verdict, path.conditions.len()), (Verdict::Allowed, 0));
    assert_eq!(world.path("eve", "prod/adas").verdict, Verdict::Denied);
}

#[test]
fn mfa_of_people_is_not_seen_by_aws() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let world = World::new(vec![target("mfa", mfa)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert!(world.people("prod/mfa").is_empty());
    assert!(world.who_can("dev").mfa_of_people.is_some());
}

fn entitled_role(actions: &Value, source: &str) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "account-access.amazonaws.com"}, "Action": actions,
        "Condition": {"StringEquals": {"aws:SourceAccount": HOME, "aws:SourceArn": source}}}]});
    role(PROD, "/", "entitled", &trust, None)
}

#[test]
fn an_entitlement_lets_in_where_the_trust_opens_every_call_for_this_application() {
    let entitlement = |who: &str, id: &str| {
        let role = format!("arn:aws:iam::{PROD}:role/entitled");
        json!([{"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": role, "Account": PROD, who: id}}])
    };
    let whole = json!(["sts:AssumeRole", "sts:SetContext"]);
    let of = |actions: &Value, source: &str, entitlements: Value| {
        let mut world = World::new(vec![entitled_role(actions, source)], &[], Vec::new());
        world.entitlements = Some(entitlements);
        world
    };
    let eve = of(&whole, &application(), entitlement("UserId", "u-eve"));
    assert_eq!(eve.people("prod/entitled"), BTreeMap::from([("eve".to_owned(), Verdict::Allowed)]));
    let path = eve.path("eve", "prod/entitled");
    assert_eq!(path.hops[0].kind, "entitlement");
    assert_eq!(path.hops[0].via.as_ref().unwrap().words(), "assigned directly, entitlement e-1");
    let team = of(&whole, &application(), entitlement("GroupId", "g-team"));
    assert_eq!(names(&team.people("prod/entitled")), ["ada", "eve"]);
    let no_context = of(&json!("sts:AssumeRole"), &application(), entitlement("UserId", "u-eve"));
    assert!(no_context.people("prod/entitled").is_empty());
    let elsewhere = of(
        &whole,
        "arn:aws:account-access:eu-central-1:303030303030:application/other",
        entitlement("UserId", "u-eve"),
    );
    assert!(elsewhere.people("prod/entitled").is_empty());
    // where entitlements were read, the service itself is nobody's way in
    assert!(eve.who_can("prod/entitled").answers.iter().all(|answer| answer.kind == PrincipalKind::Person));
}

#[test]
fn where_identity_center_was_not_read_people_are_unknown_and_nothing_is_proven() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    assert!(world.who_can("prod/deploy").proven);
    let by_provider = |world: &World| {
        let answer = world.who_can("prod/deploy");
        answer.answers.iter().any(|answer| answer.kind == PrincipalKind::Federated)
    };
    assert!(!by_provider(&world));
    world.without_people = true;
    let answer = world.who_can("prod/deploy");
    assert!(!answer.proven && by_provider(&world));
    assert!(answer.gaps.iter().any(|gap| gap.reason == "people unknown: Identity Center was not read"));
}

#[test]
fn what_was_not_read_of_a_role_stays_a_way_in_that_is_unknown() {
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    let unread = json!([{"AccountId": DEV, "PermissionSetArn": format!("{INSTANCE}/Admin"), "Reason": "throttled"}]);
    let cut = world.clone().with("UnreadAssignments", unread);
    let answer = cut.who_can("prod/deploy");
    let verdicts: BTreeMap<_, _> = answer.answers.iter().map(|a| (a.kind, a.verdict)).collect();
    assert_eq!(
        (verdicts[&PrincipalKind::Person], verdicts[&PrincipalKind::Federated]),
        (Verdict::Allowed, Verdict::Unknown)
    );
    assert!(!answer.proven);
    // a path of somebody who is not assigned may be there
    assert_eq!(cut.path("eve", "prod/deploy").verdict, Verdict::Unknown);
    assert_eq!(world.path("eve", "prod/deploy").verdict, Verdict::Denied);
}

#[test]
fn a_group_whose_members_were_not_read_is_shown_as_such() {
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-cut")])
            .with("UnreadGroups", json!([{"GroupId": "g-cut", "Reason": "denied"}]));
    assert_eq!(world.people("prod/deploy"), BTreeMap::from([("group cut".to_owned(), Verdict::Unknown)]));
    let answer = world.who_can("prod/deploy");
    assert!(!answer.proven && answer.gaps.iter().any(|gap| gap.reason.contains("`cut`")));
}

#[test]
fn two_roles_of_one_permission_set_are_both_shown_and_unknown() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    world.roles.get_mut(DEV).unwrap().push(reserved(DEV, "Admin", "fedcba9876543210"));
    let can = world.can("ada");
    let of_dev: Vec<_> = can.answers.iter().filter(|answer| answer.account == DEV).map(|a| a.verdict).collect();
    assert_eq!(of_dev, [Verdict::Unknown, Verdict::Unknown]);
}

#[test]
fn a_second_instance_with_users_of_the_same_name_takes_no_part() {
    let mut world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-ada")]);
    world.others.push(json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-2", "IdentityStoreId": "d-2",
        "PermissionSetsEnabled": false, "Users": [{"UserId": "u-ada", "UserName": "ada"}], "Groups": [], "GroupMemberships": []}));
    assert_eq!(names(&world.people("prod/deploy")), ["ada (d-1)"]);
    let error = world.ask(|graph| query::can(graph, "ada").unwrap_err().to_string());
    assert_eq!(error, "`ada` fits 2 names");
    assert!(world.can("ada (d-2)").answers.is_empty());
}

#[test]
fn a_group_of_five_hundred_is_one_edge() {
    let users: Vec<Value> =
        (0..500).map(|at| json!({"UserId": format!("u-{at}"), "UserName": format!("user-{at}")})).collect();
    let members: Vec<Value> = (0..500).map(|at| member("g-team", &format!("u-{at}"))).collect();
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
            .with("Users", json!(users))
            .with("GroupMemberships", json!(members));
    assert_eq!(world.people("prod/deploy").len(), 500);
    let edges = world.ask(|graph| graph.all().iter().map(Vec::len).sum::<usize>());
    assert_eq!(edges, 2);
    let rows = world.ask(|graph| query::edges(graph, false));
    assert_eq!(rows.iter().filter(|row| row.kind == "assignment").count(), 500);
}

#[test]
fn people_of_several_groups_that_are_put_together_are_counted_once() {
    let groups: Vec<String> = (0..6).map(|at| format!("g-{at}")).collect();
    let listed: Vec<Value> = groups.iter().map(|id| json!({"GroupId": id, "DisplayName": id})).collect();
    let members: Vec<Value> = groups.iter().flat_map(|id| [member(id, "u-ada"), member(id, "u-eve")]).collect();
    let assignments = groups.iter().map(|id| assigned(DEV, "Admin", "GROUP", id)).collect();
    let world = World::new(vec![target("deploy", Value::Null)], &["Admin"], assignments)
        .with("Groups", json!(listed))
        .with("GroupMemberships", json!(members));
    let of = |grouping| {
        world.ask(|graph| {
            let found = WhoCan::new(graph, "prod/deploy", &Targets::new(), &Limits::default()).unwrap();
            let people = found.summary(grouping).groups.into_iter().filter(|row| row.who == Who::People);
            people.map(|row| row.principals).collect::<Vec<_>>()
        })
    };
    assert_eq!(of(Grouping::Every), [2; 6]);
    assert_eq!(of(Grouping::Near(1)), [2; 4]);
}

#[test]
fn people_are_the_same_in_two_snapshots_by_their_ids() {
    let world =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
    let one = |world: &World| {
        let users = world.instance["Users"].as_array().unwrap().clone();
        let more = json!({"UserId": "u-new", "UserName": "aaa"});
        world.clone().with("Users", json!(std::iter::once(more).chain(users).collect::<Vec<_>>()))
    };
    // somebody who comes before all others by name, and is assigned nothing
    let moved = one(&world);
    let removed =
        World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-eve")]);
    let changed = |old: &World, new: &World| {
        let ways = |before: &TrustGraph<'_>, after: &TrustGraph<'_>| {
            let found = Compared::new(before, after).target("prod/deploy", &Targets::new()).unwrap();
            found.changes.iter().map(|change| (change.change.as_str(), change.ways)).collect::<Vec<_>>()
        };
        old.ask(|before| new.ask(|after| ways(before, after)))
    };
    assert!(changed(&world, &moved).is_empty(), "{:?}", changed(&world, &moved));
    assert_eq!(changed(&world, &removed), [("lost", 1)]);
    assert_eq!(changed(&removed, &moved), [("new", 1)]);
}

/// Assignments of three sets in two accounts, to users and groups.
const ASSIGNMENTS: usize = 20;

fn all_assignments() -> Vec<Value> {
    let whom = [("USER", "u-ada"), ("USER", "u-bob"), ("USER", "u-eve"), ("GROUP", "g-team"), ("GROUP", "g-cut")];
    let sets = [(DEV, "Admin"), (DEV, "Data_Read"), (PROD, "Admin"), (PROD, "AdminReadOnly")];
    sets.iter().flat_map(|(account, set)| whom.map(|(kind, id)| assigned(account, set, kind, id))).collect()
}

fn random_world(assignments: Vec<Value>, disabled: &[&str], gone: &[&str]) -> World {
    let ops = json!({"StringEquals": {"aws:PrincipalTag/job": "ops"}});
    let targets = vec![target("deploy", Value::Null), target("ops", ops), reserved(PROD, "Admin", SUFFIX)];
    let world = World::new(targets, &["Admin", "Data_Read"], assignments)
        .with("AccessControlAttributes", json!([{"Key": "job", "Value": {"Source": ["${path:title}"]}}]))
        .with(
            "GroupMemberships",
            json!([member("g-team", "u-ada"), member("g-team", "u-eve"), member("g-cut", "u-eve")]),
        );
    let users: Vec<Value> = ["ada", "bob", "eve"]
        .iter()
        .filter(|name| !gone.contains(name))
        .map(|name| {
            let status = if disabled.contains(name) { "DISABLED" } else { "ENABLED" };
            json!({"UserId": format!("u-{name}"), "UserName": name, "Title": "ops", "UserStatus": status})
        })
        .collect();
    world.with("Users", json!(users))
}

fn reach(world: &World) -> BTreeSet<(String, String)> {
    let edges = world.ask(|graph| query::who_can(graph, "prod", &Targets::new()).unwrap());
    let people = edges.answers.iter().filter(|answer| answer.kind == PrincipalKind::Person);
    people
        .flat_map(|a| a.reaches.iter().map(|role| (a.principal.clone(), role.to_owned())).collect::<Vec<_>>())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn removing_an_assignment_never_adds_reach(chosen in subsequence((0..ASSIGNMENTS).collect::<Vec<_>>(), 1..ASSIGNMENTS), at in 0..ASSIGNMENTS) {
        let all = all_assignments();
        let mut assignments: Vec<Value> = chosen.iter().map(|at| all[*at].clone()).collect();
        let before = reach(&random_world(assignments.clone(), &[], &[]));
        assignments.remove(at % chosen.len());
        prop_assert!(reach(&random_world(assignments, &[], &[])).is_subset(&before));
    }

    #[test]
    fn disabled_is_as_good_as_removed(chosen in subsequence((0..ASSIGNMENTS).collect::<Vec<_>>(), 1..ASSIGNMENTS), who in subsequence(vec!["ada", "bob", "eve"], 1..3)) {
        let all = all_assignments();
        let assignments: Vec<Value> = chosen.iter().map(|at| all[*at].clone()).collect();
        let disabled = reach(&random_world(assignments.clone(), &who, &[]));
        prop_assert_eq!(disabled, reach(&random_world(assignments, &[], &who)));
    }

    #[test]
    fn what_somebody_can_reach_is_where_they_are_found(chosen in subsequence((0..ASSIGNMENTS).collect::<Vec<_>>(), 1..ASSIGNMENTS)) {
        let all = all_assignments();
        let world = random_world(chosen.iter().map(|at| all[*at].clone()).collect(), &[], &[]);
        let forward: BTreeSet<(String, String)> = ["ada", "bob", "eve"]
            .iter()
            .flat_map(|who| world.can(who).answers.into_iter().map(|one| ((*who).to_owned(), one.role)))
            .filter(|(_, role)| role.contains(PROD))
            .collect();
        prop_assert_eq!(forward, reach(&world));
    }
}
