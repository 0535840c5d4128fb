//! Who writes the trust policy of a role gets sessions of it, unless an RCP refuses everybody whom such a policy can let in.

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::support::{DEV, World, role, trusts, user};

const ORGANIZATION: &str = "o-example";

/// A user that may change the trust policy of a role of lambda, and a user whose key it may make, who may change it too.
fn world(of_user: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "strong", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    let change = allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "strong"));
    world.user(DEV, "who", &[std::slice::from_ref(&change), of_user].concat());
    world.user(DEV, "changer", &[&[change], of_user].concat());
    world.user(DEV, "helpdesk", &[allow(&["iam:CreateAccessKey"], &user(DEV, "changer"))]);
    world
}

fn refusing(action: Value, condition: Value) -> World {
    let mut world = world(&[]);
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition});
    world.guardrail("RESOURCE_CONTROL_POLICY", DEV, policy(json!([deny])));
    world
}

/// What becomes of who changes it itself, and of who takes over somebody that may.
fn both(world: &World) -> [Verdict; 2] {
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    ["dev/who", "dev/helpdesk"].map(|from| query::path(&graph, from, "dev/strong", &Targets::new()).unwrap().verdict)
}

#[test]
fn an_rcp_that_lets_nobody_in_closes_it() {
    let all = json!(["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]);
    assert_eq!(both(&refusing(all, json!({}))), [Verdict::Denied; 2]);
    let of_services = json!({"Bool": {"aws:PrincipalIsAWSService": "false"}});
    assert_eq!(both(&refusing(json!("sts:*"), of_services)), [Verdict::Denied; 2]);
    let of_others = json!({"StringNotLike": {"aws:PrincipalArn": role(DEV, "ok")}});
    assert_eq!(both(&refusing(json!("*"), of_others)), [Verdict::Denied; 2]);
}

#[test]
fn an_rcp_that_lets_somebody_in_does_not() {
    // without AssumeRoleWithWebIdentity a public identity provider vouches for the caller
    assert_eq!(both(&refusing(json!("sts:AssumeRole"), json!({}))), [Verdict::Allowed; 2]);
    // the caller is of the organization itself
    let of_others = json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}});
    assert_eq!(both(&refusing(json!("sts:*"), of_others)), [Verdict::Allowed; 2]);
    // a role of this name is in any account that the caller opens
    let of_name = json!({"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ok"}});
    assert_eq!(both(&refusing(json!("sts:*"), of_name)), [Verdict::Allowed; 2]);
    let of_session = json!({"StringNotEquals": {"sts:RoleSessionName": "ok"}});
    assert_eq!(both(&refusing(json!("sts:*"), of_session)), [Verdict::Allowed; 2]);
}

/// A limit of the caller is none of somebody outside the organization.
#[test]
fn what_the_caller_may_not_do_itself_somebody_of_another_account_does() {
    let deny = policy(json!([{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]));
    assert_eq!(both(&world(std::slice::from_ref(&deny))), [Verdict::Allowed; 2]);
    let mut limited = world(&[]);
    limited.guardrail("SERVICE_CONTROL_POLICY", DEV, deny.clone());
    assert_eq!(both(&limited), [Verdict::Allowed; 2]);
    // nobody is left where nobody of another account gets in either
    let mut closed = world(std::slice::from_ref(&deny));
    let perimeter = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}});
    closed.guardrail("RESOURCE_CONTROL_POLICY", DEV, policy(json!([perimeter])));
    assert_eq!(both(&closed), [Verdict::Denied; 2]);
    // nor where the account of the role alone may
    let mut own = world(std::slice::from_ref(&deny));
    let perimeter = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": format!("arn:aws:iam::{DEV}:*")}, "Bool": {"aws:PrincipalIsAWSService": "false"}}});
    own.guardrail("RESOURCE_CONTROL_POLICY", DEV, policy(json!([perimeter])));
    assert_eq!(both(&own), [Verdict::Denied; 2]);
}

#[test]
fn accounts_that_an_rcp_exempts_are_not_the_callers() {
    let partner = json!({"StringNotEquals": {"aws:PrincipalAccount": "998877665544"}});
    assert_eq!(both(&refusing(json!("sts:*"), partner)), [Verdict::Denied; 2]);
    let organizations = json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-partner"}});
    assert_eq!(both(&refusing(json!("sts:*"), organizations)), [Verdict::Denied; 2]);
}
