//! Random assignments: what must hold of all.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::RngSeed;
use rolehop::answer::{CanAnswer, PrincipalKind};
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use super::world::{DEV, PROD, SUFFIX, World, assigned, member, reserved, target};

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

    #[test]
    fn people_reach_what_their_groups_and_their_own_assignments_reach(chosen in subsequence((0..ASSIGNMENTS).collect::<Vec<_>>(), 1..ASSIGNMENTS)) {
        let all = all_assignments();
        let world = random_world(chosen.iter().map(|at| all[*at].clone()).collect(), &[], &[]);
        let own = chosen.iter().map(|at| all[*at].clone()).filter(|one| one["PrincipalId"] == "u-eve").collect();
        let roles = |answer: CanAnswer| answer.answers.into_iter().map(|one| one.role).collect::<BTreeSet<_>>();
        let mut parts = roles(random_world(own, &[], &[]).can("eve"));
        parts.extend(roles(world.can("team")));
        parts.extend(roles(world.can("cut")));
        prop_assert_eq!(roles(world.can("eve")), parts);
    }
}
