//! Administrators, and the roles of their own account: no way starts at one, and whoever asks is told how it gets in.
//! Sources: AWS IAM User Guide, "Update a role trust policy"; IAM API Reference, `AttachUserPolicy`, `UpdateAssumeRolePolicy`.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, ReachFilter, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::program::run_in;
use crate::support::{DEV, World, trusts};

/// The user `who`, and the role `worker` of the same account, which EC2 alone assumes.
fn world(who: &[Value]) -> World {
    let mut world = World::of_organization();
    world.user(DEV, "who", who);
    world.role(DEV, "worker", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    world
}

fn path(world: &World) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), "dev/who", "dev/worker", &Targets::new()).unwrap()
}

fn ways(found: &PathAnswer) -> Vec<&str> {
    found.hops.iter().filter_map(|hop| hop.escalation.as_ref()).map(|told| told.kind.as_str()).collect()
}

#[test]
fn a_path_of_an_administrator_is_told() {
    let found = path(&world(&[everything()]));
    assert_eq!((found.verdict, found.hops.len()), (Verdict::Allowed, 1));
    assert_eq!(ways(&found), ["update-trust"]);
    // it gives itself what it lacks first, or makes somebody who has it
    let found = path(&world(&[allow(&["iam:AttachUserPolicy"], "*")]));
    assert_eq!((found.verdict, ways(&found)), (Verdict::Allowed, vec!["attach-policy"]));
    let makes = allow(&["iam:CreateRole", "iam:AttachRolePolicy", "sts:AssumeRole"], "*");
    assert_eq!(path(&world(&[makes])).verdict, Verdict::Allowed);
}

#[test]
fn who_is_no_administrator_or_is_kept_from_all_ways_is_told_nothing() {
    assert_eq!(path(&world(&[allow(&["iam:Get*"], "*")])).verdict, Verdict::Denied);
    let mut kept = world(&[allow(&["iam:AttachUserPolicy"], "*")]);
    let deny = json!([{"Effect": "Deny", "Action": ["iam:UpdateAssumeRolePolicy", "iam:PassRole"], "Resource": "*"}]);
    kept.guardrail("SERVICE_CONTROL_POLICY", DEV, policy(deny));
    assert_eq!(path(&kept).verdict, Verdict::Denied);
}

#[test]
fn who_can_counts_the_administrators_beside_those_who_come_in() {
    let world = world(&[everything()]);
    let estate = world.estate();
    let (plain, more) = (TrustGraph::new(&estate), TrustGraph::new(&estate).with_escalations());
    let ask = |graph| query::WhoCan::new(graph, "dev/worker", &Targets::new(), &query::Limits::default()).unwrap();
    let (without, mut found) = (ask(&plain), ask(&more));
    found.tell_escalations(&without, &ReachFilter::default());
    assert_eq!((found.administrators(), found.answer().administrators), (1, 1));
    let of_others = ReachFilter { who: [rolehop::answer::Who::Services].into(), ..ReachFilter::default() };
    found.tell_escalations(&without, &of_others);
    assert_eq!(found.administrators(), 0);
}

#[test]
fn a_gate_that_expects_nobody_says_whom_it_does_not_count() {
    let note = |who: &[Value], edges: &str| {
        let dir = world(who).write();
        let snapshot = dir.path().to_str().unwrap();
        let asked = ["who-can", "dev/worker", "--expect-none", "--json", "--kind", "user", "--edges", edges];
        let ended = run_in(dir.path(), &[], &[&asked[..], &["--no-config", "--snapshot", snapshot]].concat());
        (ended.code, ended.err.contains("1 administrator of the target's accounts was not counted"))
    };
    assert_eq!(note(&[everything()], "assume,escalation"), (Some(0), true));
    assert_eq!(note(&[everything()], "assume"), (Some(0), false));
    assert_eq!(note(&[allow(&["iam:Get*"], "*")], "assume,escalation"), (Some(0), false));
}
