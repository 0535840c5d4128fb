//! What tables say of the facts that decide: which value, whose credential, and that a longer path exists.

#![allow(clippy::unwrap_used, reason = "output that cannot be read has failed its test")]

mod support;

use rolehop::answer::{Grouping, Layer, Outcome, ReachSummary};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets, WhoCan};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

use support::{DEV, PROD, VENDOR, World, may_assume, role, root, trusts, trusts_if};

fn demo() -> Estate {
    let snapshot = Snapshot::open(std::path::Path::new("examples/demo")).unwrap();
    Estate::build(&snapshot, "2026-11-20T00:00:00Z".parse().unwrap()).unwrap()
}

fn summary(estate: &Estate, target: &str) -> ReachSummary {
    let graph = TrustGraph::new(estate);
    WhoCan::new(&graph, target, &Targets::new(), &Limits::default()).unwrap().summary(Grouping::Near(20))
}

/// What the row of one principal needs.
fn of<'a>(summary: &'a ReachSummary, principal: &str) -> Vec<&'a str> {
    let named = |name: &String| name.contains(principal);
    let rows = summary.groups.iter().filter(|row| row.examples.0.iter().any(named));
    rows.flat_map(|row| &row.needs).map(String::as_str).collect()
}

#[test]
fn needs_name_the_value_that_decides() {
    let estate = demo();
    let summary = summary(&estate, "ou:/Workloads/Prod");
    assert_eq!(of(&summary, "token.actions.githubusercontent.com"), ["GitHub repo acme/etl, any branch"]);
    assert_eq!(of(&summary, "rolehop-scanner"), ["external id"]);
    assert_eq!(of(&summary, "ayse.admin"), ["MFA"]);
    assert_eq!(of(&summary, "ismail"), ["MFA at sign-in"]);
}

#[test]
fn a_user_whose_key_alone_gets_in_is_told() {
    let estate = demo();
    assert_eq!(of(&summary(&estate, "ou:/Workloads/Prod"), "backup-agent"), ["access key, no MFA"]);
    let answer = query::can(&TrustGraph::new(&estate), "backup-agent").unwrap();
    let needs: Vec<_> = answer.answers.iter().map(|one| (one.role.as_str(), one.needs.phrases().join(", "))).collect();
    assert!(needs.contains(&("arn:aws:iam::101010101011:role/operate", "access key, no MFA".to_owned())), "{needs:?}");
    assert!(needs.contains(&("arn:aws:iam::101010101010:role/operate", String::new())), "{needs:?}");
}

fn external(ids: Value) -> Value {
    trusts_if(root(VENDOR), json!({"StringEquals": {"sts:ExternalId": ids}}))
}

#[test]
fn external_ids_of_one_trust_are_alternatives_and_those_of_several_roles_are_not() {
    let mut world = World::of_organization();
    world.role(PROD, "any-of-three", external(json!(["a", "b", "c"])), &[]);
    assert_eq!(of(&summary(&world.estate(), PROD), VENDOR), ["external id (any of 3)"]);
    world.role(PROD, "another", external(json!("d")), &[]);
    assert_eq!(of(&summary(&world.estate(), PROD), VENDOR), ["external id (by role)"]);
}

#[test]
fn a_hop_that_is_denied_says_that_a_longer_path_exists() {
    let mut world = World::of_organization();
    world.role(DEV, "start", trusts(json!({"Service": "ec2.amazonaws.com"})), &[may_assume(&["*"])]);
    world.role(DEV, "hub", trusts(json!({"AWS": role(DEV, "start")})), &[may_assume(&["*"])]);
    world.role(PROD, "end", trusts(json!({"AWS": role(DEV, "hub")})), &[]);
    world.role(PROD, "closed", trusts(json!({"AWS": role(DEV, "nobody")})), &[]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let indirect = |from: &str, to: &str| {
        let answer = query::explain(&graph, &role(DEV, from), &role(PROD, to)).unwrap();
        answer.indirect.map(|path| (path.verdict.as_str(), path.hop_count))
    };
    assert_eq!(indirect("start", "end"), Some(("allowed", 2)));
    assert_eq!(indirect("hub", "end"), None, "the hop itself is allowed");
    assert_eq!(indirect("start", "closed"), None);
}

#[test]
fn callers_without_policies_here_are_not_said_to_lack_an_allow() {
    let mut world = World::of_organization();
    world.role(PROD, "vendor", trusts(root(VENDOR)), &[]);
    world.role(PROD, "worker", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let identity = |from: &str, to: &str| {
        let answer = query::explain(&graph, from, &role(PROD, to)).unwrap();
        let layer = answer.layers.into_iter().find(|layer| layer.layer == Layer::Identity).unwrap();
        (layer.outcome, layer.statements.into_iter().map(|told| told.evidence.text).collect::<Vec<_>>())
    };
    let assumed = "the caller's own policies are outside the snapshot and assumed to allow it".to_owned();
    assert_eq!(identity(VENDOR, "vendor"), (Outcome::None, vec![assumed]));
    assert_eq!(identity("ec2.amazonaws.com", "worker"), (Outcome::None, vec![]));
}

#[test]
fn a_policy_at_several_levels_is_told_once_by_the_names_of_ous() {
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args(["explain", "dev-sandbox/ci-runner", "prod-core/deploy-admin", "--no-config"]);
    let output = command.args(["--snapshot", "examples/demo"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = |policy: &str| text.lines().filter(|line| line.contains(policy)).map(str::trim).collect::<Vec<_>>();
    let scp = "+ FullAWSAccess (p-FullAWSAccess) at root, /Sandbox, account, statement 0: Allow * on *";
    assert_eq!(told(" FullAWSAccess"), [scp], "{text}");
    let rcp = "at root, /Workloads, /Workloads/Prod, account, statement 0";
    assert!(matches!(told("RCPFullAWSAccess").as_slice(), [one] if one.contains(rcp)), "{text}");
    assert!(!text.contains("ou-demo"), "{text}");
}
