//! Who changes itself first, and takes over a user then whom a role of another account lets in by name.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" (IAM user principals).

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, PROD, World, role, trusts, user};

/// `prod/deploy` trusts the user `deployer` of dev alone.
fn world() -> World {
    let mut world = World::of_organization();
    world.role(PROD, "deploy", trusts(json!({"AWS": user(DEV, "deployer")})), &[everything()]);
    world.user(DEV, "deployer", &[allow(&["sts:AssumeRole"], &role(PROD, "deploy"))]);
    world
}

fn puts_policy_on(resource: &str) -> Value {
    allow(&["iam:PutUserPolicy"], resource)
}

fn path(world: &World, from: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, "prod/deploy", &Targets::new()).unwrap()
}

fn verdict(world: &World, from: &str) -> Verdict {
    path(world, from).verdict
}

#[test]
fn who_gives_itself_any_policy_takes_over_a_user() {
    // an administrator, too, who has more: whoever may change any user
    for resource in [user(DEV, "who"), user(DEV, "*")] {
        let mut world = world();
        world.user(DEV, "who", &[puts_policy_on(&resource)]);
        let found = path(&world, "dev/who");
        assert_eq!((found.verdict, found.hops.len()), (Verdict::Allowed, 1), "{resource}");
        let hop = &found.hops[0];
        let [first, next] = [hop.escalation.as_ref().unwrap(), hop.escalation.as_ref().unwrap().next.as_ref().unwrap()];
        assert_eq!((first.catalogue.as_str(), first.target.as_str()), ("iam-007", user(DEV, "who").as_str()));
        assert_eq!((next.catalogue.as_str(), next.target.as_str()), ("iam-002", user(DEV, "deployer").as_str()));
        assert!(hop.evidence.iter().any(|met| met.text.contains("iam:PutUserPolicy")), "{:?}", hop.evidence);
        assert!(hop.needs.iter().any(|need| need.contains("fewer than two access keys")), "{:?}", hop.needs);
    }
    let mut by_role = world();
    by_role.role(
        DEV,
        "ci",
        trusts(json!({"Service": "ec2.amazonaws.com"})),
        &[allow(&["iam:PutRolePolicy"], &role(DEV, "ci"))],
    );
    assert_eq!(verdict(&by_role, "dev/ci"), Verdict::Allowed);
}

#[test]
fn a_group_that_is_joined_may_give_as_much() {
    let mut world = world();
    world.user(DEV, "who", &[allow(&["iam:AddUserToGroup"], "*")]);
    let policies = json!([{"PolicyName": "keys", "PolicyDocument": allow(&["iam:CreateAccessKey"], "*")}]);
    let arn = format!("arn:aws:iam::{DEV}:group/helpdesk");
    world.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "helpdesk", "GroupId": "AGPAHELPDESK", "Arn": arn,
        "GroupPolicyList": policies, "AttachedManagedPolicies": []}]);
    assert_eq!(verdict(&world, "dev/who"), Verdict::Allowed);
}

#[test]
fn what_holds_it_back_still_does() {
    let deny = |action: &str| policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]));
    let keys = ["iam:CreateAccessKey", "iam:*LoginProfile"];
    // a Deny of its own stays, as an SCP does
    let own = json!([{"Effect": "Deny", "Action": keys, "Resource": "*"}]);
    let mut denied = world();
    denied.user(DEV, "who", &[puts_policy_on(&user(DEV, "who"))]);
    denied.guardrail("SERVICE_CONTROL_POLICY", DEV, policy(own));
    assert_eq!(verdict(&denied, "dev/who"), Verdict::Denied);
    let mut bounded = world();
    bounded.user(DEV, "who", &[puts_policy_on(&user(DEV, "who"))]);
    bounded.guardrail("SERVICE_CONTROL_POLICY", DEV, deny("iam:PutUserPolicy"));
    assert_eq!(verdict(&bounded, "dev/who"), Verdict::Denied);
    // another user is none of its business
    let mut other = world();
    other.user(DEV, "who", &[puts_policy_on(&user(DEV, "someone"))]);
    assert_eq!(verdict(&other, "dev/who"), Verdict::Denied);
}
