//! What `diff` says of people: who is the same on both sides, what changed of them, and what made their ways.

use std::collections::BTreeSet;

use rolehop::comparison::World as Compared;
use rolehop::difference::{Change, Section};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::Targets;
use serde_json::{Value, json};

use super::world::{DEV, INSTANCE, PROD, SUFFIX, World, assigned, member, reserved, role, target};

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

/// The team is assigned Admin in dev, and dev may assume prod's deploy.
fn world() -> World {
    World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")])
}

/// `kind [policy] [new or old] (subjects)`.
fn said(change: &Change) -> String {
    let what = &change.what;
    let clauses = [&what.old, &what.new].into_iter().flatten().map(|clause| clause.text.as_str());
    let words: Vec<&str> =
        [what.kind.as_str(), &what.policy].into_iter().chain(clauses).filter(|w| !w.is_empty()).collect();
    format!("{} ({})", words.join(" "), change.subjects.join(" "))
}

fn section(old: &World, new: &World) -> Section {
    old.ask(|before| new.ask(|after| Compared::new(before, after).people()))
}

fn told(old: &World, new: &World) -> Vec<String> {
    section(old, new).changes.iter().map(said).collect()
}

/// Every cause of a way to deploy that changed, with how it changed.
fn causes(old: &World, new: &World) -> Vec<String> {
    let ways = |before: &TrustGraph<'_>, after: &TrustGraph<'_>| {
        let found = Compared::new(before, after).target("prod/deploy", &Targets::new()).unwrap();
        let of = |change: &rolehop::difference::PathChange| {
            let causes: Vec<String> = change.causes.iter().map(said).collect();
            format!("{} {}: {}", change.change.as_str(), change.ways, causes.join(" + "))
        };
        found.changes.iter().map(of).collect()
    };
    old.ask(|before| new.ask(|after| ways(before, after)))
}

fn users(world: &World, change: impl Fn(&mut Vec<Value>)) -> World {
    let mut users = world.instance["Users"].as_array().unwrap().clone();
    change(&mut users);
    world.clone().with("Users", json!(users))
}

#[test]
fn nothing_of_people_differs_between_an_organization_and_itself() {
    assert_eq!(section(&world(), &world()), Section::default());
}

#[test]
fn an_assignment_is_the_cause_of_the_ways_that_it_made_and_of_those_that_went_with_it() {
    let old = world().with("AccountAssignments", json!([]));
    assert_eq!(told(&old, &world()), ["assignment-added Admin group team (202020202020)"]);
    assert_eq!(told(&world(), &old), ["assignment-removed Admin group team (202020202020)"]);
    assert_eq!(causes(&old, &world()), ["new 2: assignment-added Admin group team (202020202020)"]);
    assert_eq!(causes(&world(), &old), ["lost 2: assignment-removed Admin group team (202020202020)"]);
    // the role that Identity Center makes for it is no cause of its own
    let mut unprovisioned = old.clone();
    unprovisioned.roles.insert(DEV, Vec::new());
    let found = causes(&unprovisioned, &world());
    assert!(found.contains(&"new 2: assignment-added Admin group team (202020202020)".to_owned()), "{found:?}");
}

#[test]
fn equal_assignments_of_many_accounts_are_one_change() {
    let both = json!([assigned(DEV, "Admin", "GROUP", "g-team"), assigned(PROD, "Admin", "GROUP", "g-team")]);
    let found = told(&world().with("AccountAssignments", json!([])), &world().with("AccountAssignments", both));
    assert_eq!(found, ["assignment-added Admin group team (101010101010 202020202020)"]);
}

#[test]
fn who_joins_or_leaves_a_group_gains_or_loses_its_ways_by_that() {
    let old = world().with("GroupMemberships", json!([member("g-team", "u-ada"), member("g-team", "u-bob")]));
    assert_eq!(told(&old, &world()), ["group-joined team (eve)"]);
    assert_eq!(causes(&old, &world()), ["new 1: group-joined team (eve)"]);
    assert_eq!(told(&world(), &old), ["group-left team (eve)"]);
    assert_eq!(causes(&world(), &old), ["lost 1: group-left team (eve)"]);
}

#[test]
fn who_came_went_was_disabled_or_renamed_is_told_by_the_id() {
    let without_eve = users(&world(), |users| users.retain(|user| user["UserId"] != "u-eve"))
        .with("GroupMemberships", json!([member("g-team", "u-ada"), member("g-team", "u-bob")]));
    assert_eq!(told(&without_eve, &world()), ["group-joined team (eve)", "person-added (eve)"]);
    assert_eq!(causes(&without_eve, &world()), ["new 1: person-added (eve)"]);
    // that they left their groups goes without saying
    assert_eq!(told(&world(), &without_eve), ["person-removed (eve)"]);
    assert_eq!(causes(&world(), &without_eve), ["lost 1: person-removed (eve)"]);
    let disabled = users(&world(), |users| users[2]["UserStatus"] = json!("DISABLED"));
    assert_eq!(told(&world(), &disabled), ["person-state enabled disabled (eve)"]);
    assert_eq!(causes(&world(), &disabled), ["lost 1: person-state enabled disabled (eve)"]);
    // older AWS CLIs print no status
    let untold = users(&world(), |users| {
        users.iter_mut().for_each(|user| drop(user.as_object_mut().unwrap().remove("UserStatus")));
    });
    for (old, new, lacks) in [(&untold, &disabled, (1, 0)), (&disabled, &untold, (0, 1))] {
        let found = section(old, new);
        assert_eq!((told(old, new), causes(old, new)), (Vec::new(), Vec::new()));
        assert_eq!((found.gaps.old.len(), found.gaps.new.len()), lacks, "{found:?}");
    }
    let renamed = users(&world(), |users| users[2]["UserName"] = json!("eva"));
    assert_eq!(told(&world(), &renamed), ["person-renamed eve (eva)"]);
    assert!(causes(&world(), &renamed).is_empty());
}

#[test]
fn groups_and_permission_sets_come_and_go_and_sessions_last_longer() {
    let groups = json!([{"GroupId": "g-team", "DisplayName": "crew"}, {"GroupId": "g-new", "DisplayName": "new"}]);
    let changed = world().with("Groups", groups);
    let found = told(&world(), &changed);
    assert_eq!(found, ["people-group-added (new)", "people-group-removed (cut)", "people-group-renamed team (crew)"]);
    let sets = |duration: &str, more: &[&str]| {
        let all = ["Admin", "AdminReadOnly", "Data_Read", "Rôle"].iter().chain(more);
        let of = |set: &&str| json!({"PermissionSetArn": format!("{INSTANCE}/{set}"), "Name": set, "SessionDuration": duration});
        world().with("PermissionSets", all.map(of).collect())
    };
    let found = told(&sets("PT4H", &[]), &sets("PT12H", &["Ops"]));
    assert_eq!(
        found,
        ["permission-set-added (Ops)", "session-duration PT4H PT12H (Admin AdminReadOnly Data_Read Rôle)"]
    );
}

#[test]
fn a_tag_of_a_session_that_changed_is_the_cause_where_a_policy_reads_it() {
    let by_tag = |title: &str| {
        let condition = json!({"StringEquals": {"aws:PrincipalTag/team": "dev"}});
        let mut world = World::new(Vec::new(), &["Admin"], vec![assigned(DEV, "Admin", "GROUP", "g-team")]);
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": DEV},
            "Action": "sts:AssumeRole", "Condition": condition}]});
        world.roles.insert(PROD, vec![role(PROD, "/", "deploy", &trust, None)]);
        let attribute = json!({"Key": "team", "Value": {"Source": ["${path:title}"]}});
        users(&world.with("AccessControlAttributes", json!([attribute])), |users| users[2]["Title"] = json!(title))
    };
    assert_eq!(told(&by_tag("ops"), &by_tag("dev")), ["tags-changed team=ops team=dev (eve)"]);
    assert_eq!(causes(&by_tag("ops"), &by_tag("dev")), ["new 1: tags-changed team=ops team=dev (eve)"]);
    let mut unread = by_tag("dev");
    unread.instance.as_object_mut().unwrap().remove("AccessControlAttributes");
    let found = section(&unread, &by_tag("dev"));
    assert_eq!((found.changes.len(), found.gaps.old.len(), found.gaps.new.len()), (0, 1, 0), "{found:?}");
}

#[test]
fn an_entitlement_is_the_cause_of_its_ways() {
    let entitling = |entitlements: Value| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "account-access.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:SetContext"]}]});
        let mut world = World::new(vec![role(PROD, "/", "deploy", &trust, None)], &[], Vec::new());
        world.entitlements = Some(entitlements);
        world
    };
    let arn = format!("arn:aws:iam::{PROD}:role/deploy");
    let one = json!([{"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": arn, "Account": PROD, "UserId": "u-eve"}}]);
    let (none, one) = (entitling(json!([])), entitling(one));
    assert_eq!(told(&none, &one), [format!("entitlement-added eve ({arn})")]);
    assert_eq!(causes(&none, &one), [format!("new 1: entitlement-added eve ({arn})")]);
    assert_eq!(told(&one, &none), [format!("entitlement-removed eve ({arn})")]);
    let mut unread = none.clone();
    unread.entitlements = None;
    let found = section(&unread, &one);
    assert_eq!((found.changes.len(), found.gaps.old.len(), found.gaps.new.len()), (0, 1, 0), "{found:?}");
}

#[test]
fn what_one_side_did_not_read_is_a_gap_and_no_change() {
    let mut unread = world();
    unread.without_people = true;
    let found = section(&unread, &world());
    assert!(found.changes.is_empty(), "{found:?}");
    assert_eq!((found.gaps.old.len(), found.gaps.new.len()), (1, 0));
    for list in ["Users", "Groups", "GroupMemberships", "AccountAssignments"] {
        let mut part = world();
        part.instance.as_object_mut().unwrap().remove(list);
        for (old, new) in [(&part, &world()), (&world(), &part)] {
            let found = section(old, new);
            let kinds: BTreeSet<&str> = found.changes.iter().map(|change| change.what.kind.as_str()).collect();
            assert!(kinds.is_empty(), "{list}: {kinds:?}");
            assert!(!(found.gaps.old.is_empty() && found.gaps.new.is_empty()), "{list}");
        }
    }
    // of one account alone: what is assigned elsewhere is compared
    let unread = json!([{"AccountId": DEV, "Reason": "denied"}]);
    let part = world().with("AccountAssignments", json!([])).with("UnreadAssignments", unread);
    let both = vec![assigned(DEV, "Admin", "GROUP", "g-team"), assigned(PROD, "Admin", "GROUP", "g-team")];
    let found = section(&part, &world().with("AccountAssignments", json!(both)));
    assert_eq!(
        found.changes.iter().map(said).collect::<Vec<_>>(),
        ["assignment-added Admin group team (101010101010)"]
    );
}

#[test]
fn ways_of_people_whom_one_side_did_not_read_are_neither_lost_nor_new() {
    let direct =
        || World::new(vec![target("deploy", Value::Null)], &["Admin"], vec![assigned(DEV, "Admin", "USER", "u-eve")]);
    for world in [world(), direct()] {
        for list in ["Users", "Groups", "PermissionSets", ""] {
            let mut part = world.clone();
            part.without_people = list.is_empty();
            part.instance.as_object_mut().unwrap().remove(list);
            for (old, new) in [(&part, &world), (&world, &part)] {
                assert_eq!(causes(old, new), [""; 0], "{list}");
            }
        }
    }
}

#[test]
fn a_group_that_was_deleted_is_what_its_members_lost() {
    let gone = world().with("Groups", json!([{"GroupId": "g-cut", "DisplayName": "cut"}]));
    let gone = gone.with("GroupMemberships", json!([]));
    assert_eq!(causes(&world(), &gone), ["lost 2: people-group-removed (team)"]);
    assert_eq!(causes(&gone, &world()), ["new 2: people-group-added (team)"]);
}

/// AWS gives the role of a permission set a new suffix where the last assignment of an account was removed and is made again: IAM Identity
/// Center User Guide, "Referencing permission sets in resource policies, Amazon EKS cluster config maps, and AWS KMS key policies".
#[test]
fn a_permission_set_that_came_back_to_an_account_has_the_same_role() {
    let mut back = world();
    back.roles.insert(DEV, vec![reserved(DEV, "Admin", "fedcba9876543210")]);
    assert!(causes(&world(), &back).is_empty(), "{:?}", causes(&world(), &back));
    let to_role = |old: &World, new: &World| {
        let ways = |before: &TrustGraph<'_>, after: &TrustGraph<'_>| {
            Compared::new(before, after).target(DEV, &Targets::new()).unwrap().changes.len()
        };
        old.ask(|before| new.ask(|after| ways(before, after)))
    };
    assert_eq!((to_role(&world(), &back), to_role(&back, &world())), (0, 0));
    // which of two roles became which nobody says
    let mut twice = world();
    twice
        .roles
        .insert(DEV, ["fedcba9876543210", "0f0f0f0f0f0f0f0f"].map(|suffix| reserved(DEV, "Admin", suffix)).into());
    assert!(to_role(&world(), &twice) > 0);
}

#[test]
fn an_organization_without_identity_center_lacks_nothing() {
    let mut none = World::new(vec![target("deploy", Value::Null)], &[], Vec::new());
    none.without_people = true;
    assert_eq!(section(&none, &none), Section::default());
    let mut used = none.clone();
    used.roles.insert(DEV, vec![reserved(DEV, "Admin", SUFFIX)]);
    assert_eq!((section(&none, &used).gaps.old.len(), section(&none, &used).gaps.new.len()), (0, 1));
}
