//! Questions about the estate other than "who may assume this role": any action, any resource.

#![allow(clippy::unwrap_used, reason = "a question that cannot be asked has failed its test")]

mod support;

use rolehop::answer::{Layer, Verdict};
use rolehop::eval::{Caller, Credential, Question, Resource, Trace, Truth, decide};
use rolehop::graph::Decision;
use rolehop::model::Estate;
use rolehop::policy::action::Action;
use serde_json::{Value, json};
use support::*;

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

/// What the user `ann` may do.
fn ann(estate: &Estate, action: &str, resource: Resource) -> Verdict {
    Decision::new(truth(estate, action, resource, &mut Trace::off())).verdict()
}

fn truth(estate: &Estate, action: &str, resource: Resource, trace: &mut Trace) -> Truth {
    let action = Action::parse(action).unwrap();
    let arn = [HUB, DEV].map(|account| user(account, "ann"));
    let caller = Caller::Principal(arn.iter().find_map(|arn| estate.principal_by_arn(arn)).unwrap());
    decide(&Question::new(estate, &action, caller, Credential::OF_USER, resource), trace)
}

fn function(estate: &Estate, account: &str) -> Resource {
    let account = rolehop::ids::AccountId::parse(account).unwrap();
    Resource::Other {
        arn: format!("arn:aws:lambda:eu-west-1:{account}:function:deploy").into(),
        account: estate.account_by_id(account),
        unread_policy: None,
    }
}

#[test]
fn own_policies_are_enough_in_one_account_and_not_across_two() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[allow("lambda:*", "*")]);
    let estate = world.estate();
    assert_eq!(ann(&estate, "lambda:UpdateFunctionCode", function(&estate, HUB)), Verdict::Allowed);
    assert_eq!(ann(&estate, "lambda:UpdateFunctionCode", function(&estate, PROD)), Verdict::Denied);
    assert_eq!(ann(&estate, "s3:PutObject", function(&estate, HUB)), Verdict::Denied);
}

#[test]
fn a_trust_policy_speaks_of_calls_to_sts_alone() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[allow("iam:PassRole", "*")]);
    world.role(HUB, "app", trusts(json!({"AWS": user(HUB, "ann")})), &[]);
    world.role(HUB, "closed", trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    let estate = world.estate();
    let of = |name: &str| Resource::Principal(estate.principal_by_arn(&role(HUB, name)).unwrap());
    assert_eq!(ann(&estate, "sts:AssumeRole", of("app")), Verdict::Allowed);
    assert_eq!(ann(&estate, "sts:AssumeRole", of("closed")), Verdict::Denied);
    assert_eq!(ann(&estate, "iam:PassRole", of("closed")), Verdict::Allowed);
    assert_eq!(ann(&estate, "iam:UpdateAssumeRolePolicy", of("closed")), Verdict::Denied);
}

#[test]
fn what_the_snapshot_cannot_know_of_another_action_stays_open() {
    let conditions = [
        (json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}), Verdict::Conditional),
        (json!({"StringEquals": {"aws:ResourceTag/team": "x"}}), Verdict::Unknown),
        (json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}), Verdict::Unknown),
        (json!({"StringEquals": {"sts:ExternalId": "x"}}), Verdict::Denied),
        (json!({"StringEquals": {"aws:ResourceAccount": HUB}}), Verdict::Allowed),
    ];
    for (condition, verdict) in conditions {
        let mut world = World::of_organization();
        let mut policy = allow("lambda:*", "*");
        policy["Statement"][0]["Condition"] = condition.clone();
        world.user(HUB, "ann", &[policy]);
        let estate = world.estate();
        let unread = function(&estate, HUB);
        assert_eq!(ann(&estate, "lambda:UpdateFunctionCode", unread), verdict, "{condition}");
    }
}

#[test]
fn the_proof_of_any_question_names_its_layers() {
    let mut world = World::of_organization();
    world.user(DEV, "ann", &[allow("lambda:*", "*")]);
    let estate = world.estate();
    let mut trace = Trace::on();
    assert_eq!(truth(&estate, "lambda:InvokeFunction", function(&estate, DEV), &mut trace), Truth::True);
    let layers: Vec<Layer> = trace.into_matched().into_iter().map(|m| m.evidence.layer).collect();
    assert!(layers.contains(&Layer::Identity) && layers.contains(&Layer::Scp), "{layers:?}");
    assert!(!layers.contains(&Layer::Trust), "{layers:?}");
}
