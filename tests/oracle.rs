//! Reachability against an independent oracle: petgraph's search over the exported edges must find the same sources.

#![allow(clippy::unwrap_used, reason = "an organization that cannot be built has failed its test")]

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};
use rolehop::answer::{EdgeRow, PrincipalKind, Verdict};
use rolehop::generate::{Spec, write};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;

/// Names as nodes, exported edges as edges.
fn graph(rows: &[EdgeRow]) -> (DiGraph<String, ()>, BTreeMap<String, NodeIndex>) {
    let mut graph = DiGraph::new();
    let mut nodes = BTreeMap::new();
    for row in rows {
        let [from, to] =
            [&row.from, &row.to].map(|name| *nodes.entry(name.clone()).or_insert_with(|| graph.add_node(name.clone())));
        graph.add_edge(from, to, ());
    }
    (graph, nodes)
}

#[test]
fn who_can_finds_what_a_walk_over_the_edges_finds() {
    let mut compared = 0;
    for seed in 1..=6 {
        let dir = tempfile::tempdir().unwrap();
        let into = dir.path().join("organization");
        write(&Spec { seed, ..Spec::new(16, 20) }, &into).unwrap();
        let estate = Estate::build(&Snapshot::open(&into).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
        let trust = TrustGraph::new(&estate);
        let (graph, nodes) = graph(&query::edges(&trust, false));
        for account in estate.accounts() {
            let id = account.id().to_string();
            let answer = query::who_can(&trust, &id, &Targets::new()).unwrap();
            let targets: BTreeSet<&String> = answer.resolved.iter().collect();
            let mut walked = BTreeSet::new();
            for target in targets.iter().filter_map(|t| nodes.get(*t)) {
                let mut walk = Dfs::new(Reversed(&graph), *target);
                while let Some(node) = walk.next(Reversed(&graph)) {
                    walked.insert(graph[node].clone());
                }
                assert!(graph.neighbors_directed(*target, Direction::Incoming).count() < graph.node_count());
            }
            // a user may carry MFA over hops, which the edges of roles alone do not show: users are compared in one
            // direction only
            let is_user = |name: &str| name.contains(":user/");
            let outside = |name: &String| !targets.contains(name) && !is_user(name);
            let walked_outside: BTreeSet<String> = walked.iter().filter(|n| outside(n)).cloned().collect();
            let found = |wanted: &dyn Fn(PrincipalKind) -> bool| -> BTreeSet<String> {
                let sure = answer.answers.iter().filter(|a| a.verdict <= Verdict::Conditional && wanted(a.kind));
                sure.map(|a| a.principal.clone()).collect()
            };
            let found_outside = found(&|kind| kind != PrincipalKind::User).into_iter().filter(|n| outside(n)).collect();
            assert_eq!(walked_outside, found_outside, "seed {seed}, account {id}");
            let users = found(&|kind| kind == PrincipalKind::User);
            assert!(walked.iter().filter(|n| is_user(n)).all(|n| users.contains(n)), "seed {seed}, account {id}");
            compared += walked.len();
        }
    }
    assert!(compared > 1_000, "only {compared} sources were compared");
}

#[test]
fn can_and_who_can_are_two_sides_of_one_answer() {
    let dir = tempfile::tempdir().unwrap();
    let into = dir.path().join("organization");
    write(&Spec { seed: 9, ..Spec::new(12, 12) }, &into).unwrap();
    let estate = Estate::build(&Snapshot::open(&into).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    let trust = TrustGraph::new(&estate);
    let mut compared = 0;
    for role in estate.roles().step_by(5) {
        let arn = estate.arn(role);
        let who = query::who_can(&trust, &arn, &Targets::new()).unwrap();
        for answer in
            who.answers.iter().filter(|a| matches!(a.kind, PrincipalKind::User | PrincipalKind::Role)).take(12)
        {
            let can = query::can(&trust, &answer.principal).unwrap();
            let there = can.answers.iter().find(|r| r.role == arn).unwrap();
            assert_eq!(
                (there.verdict, there.hop_count, &there.conditions),
                (answer.verdict, answer.hop_count, &answer.conditions)
            );
            let path = query::path(&trust, &answer.principal, &arn, &Targets::new()).unwrap();
            assert_eq!((path.verdict, path.hop_count), (answer.verdict, Some(answer.hop_count)));
            compared += 1;
        }
    }
    assert!(compared > 50, "only {compared} answers were compared");
}
