//! Names that a caller chooses: each thing has its own, and one thing has one name whatever is done to it.

use rolehop::answer::Verdict;
use rolehop::escalation::{Escalations, ways};
use rolehop::graph::Decision;
use rolehop::ids::PrincipalIx;
use serde_json::{Value, json};

use crate::paths::{everything, policy};
use crate::support::{DEV, HUB, World, trusts};

fn one(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// Whether the user `who` may go a way with these statements, and pass any role.
fn is_open(account: &str, id: &str, statements: &[Value]) -> bool {
    let (_, way) = ways().find(|(_, way)| *way.id == *id).unwrap();
    let mut world = World::of_organization();
    let service = way.service.as_deref().unwrap_or("lambda.amazonaws.com");
    world.role(account, "strong", trusts(json!({"Service": service})), &[everything()]);
    let mut all = vec![one("iam:PassRole", "*")];
    all.extend(statements.iter().cloned());
    world.user(account, "who", &[policy(json!(all))]);
    let estate = world.estate();
    let facts = Escalations::new(&estate);
    let who = PrincipalIx::new(estate.principals().iter().position(|principal| principal.name() == "who").unwrap());
    let way = facts.ways_of(estate.principal(who).class()).into_iter().find(|(_, own)| &*own.id == id);
    let attempts = way.map(|(ix, _)| facts.attempts(who, ix)).unwrap_or_default();
    let verdict = |attempt: &rolehop::escalation::Attempt<'_>| attempt.truth(&estate, attempt.credentials(&estate));
    attempts.iter().any(|attempt| Decision::new(verdict(attempt)).verdict() == Verdict::Allowed)
}

fn in_dev(id: &str, statements: &[Value]) -> bool {
    is_open(DEV, id, statements)
}

#[test]
fn two_things_have_names_of_their_own() {
    let tasks = |run: &str| {
        in_dev(
            "ecs-002",
            &[
                one("ecs:CreateCluster", "arn:aws:ecs:*:*:cluster/dev"),
                one("ecs:RegisterTaskDefinition", "*"),
                one("ecs:RunTask", run),
            ],
        )
    };
    assert!(tasks("arn:aws:ecs:*:*:task-definition/app:*"));
    assert!(tasks("arn:aws:ecs:*:*:task-definition/*"));
    assert!(!tasks("arn:aws:ecs:*:*:cluster/dev"));
    let trigger = "arn:aws:glue:*:*:trigger/nightly-*";
    let job = one("glue:CreateJob", "arn:aws:glue:*:*:job/etl-*");
    assert!(in_dev("glue-004", &[job, one("glue:CreateTrigger", trigger)]));
    let members = |store: &str| {
        let resources = json!([
            "arn:aws:identitystore:::group/aaaa-1",
            format!("arn:aws:identitystore::{HUB}:identitystore/{store}"),
            "arn:aws:identitystore:::user/*"
        ]);
        let join = json!({"Effect": "Allow", "Action": "identitystore:CreateGroupMembership", "Resource": resources});
        is_open(HUB, "rh-join-identity-group", &[join])
    };
    assert_eq!(["d-1", "x-1"].map(members), [true, false]);
}

#[test]
fn one_thing_has_one_name() {
    let functions = |made: &str, called: &str| {
        let of = |name: &str| format!("arn:aws:lambda:*:*:function:{name}");
        in_dev("lambda-001", &[one("lambda:CreateFunction", &of(made)), one("lambda:InvokeFunction", &of(called))])
    };
    assert!(functions("dev-*", "dev-*"));
    assert!(!functions("dev-*", "prod-*"));
    assert!(functions("dev-*", "*-x"));
    assert!(functions("*-dev", "team-*"));
    let deny = json!({"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:*:function:q7*"});
    let any = "arn:aws:lambda:*:*:function:*";
    assert!(in_dev("lambda-001", &[one("lambda:*", any), deny]), "of many names a few are denied");
    // a service in a cluster is in the cluster that was made
    let services = |service: &str| {
        let made = [
            one("ecs:CreateCluster", "arn:aws:ecs:*:*:cluster/dev"),
            one("ecs:RegisterTaskDefinition", "*"),
            one("ecs:CreateService", &format!("arn:aws:ecs:*:*:service/{service}")),
        ];
        in_dev("ecs-001", &made)
    };
    assert_eq!(["dev/app", "*/app", "prod/app"].map(services), [true, true, false]);
}

#[test]
fn a_variable_of_the_caller_is_part_of_a_name() {
    let named = |name: &str| one("lambda:*", &format!("arn:aws:lambda:*:*:function:{name}"));
    assert!(in_dev("lambda-001", &[named("${aws:username}-*")]));
    assert!(!in_dev("lambda-001", &[named("${aws:PrincipalTag/team}-*")]), "it has no such tag");
}

#[test]
fn aws_names_some_things_itself() {
    let stacks = |name: &str| {
        in_dev("cloudformation-001", &[one("cloudformation:*", &format!("arn:aws:cloudformation:*:*:stack/{name}"))])
    };
    assert_eq!(["dev-*", "dev-*/*", "dev/1234"].map(stacks), [true, true, false]);
}
