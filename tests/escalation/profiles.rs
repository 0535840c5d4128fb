//! By which instance profile a role is passed to EC2: conditions on `ec2:InstanceProfile` are decided by the profiles that hold the role,
//! and by those that the caller may put it in.
//! Sources: AWS Service Authorization Reference, "Condition keys for Amazon EC2" (`ec2:InstanceProfile`, an ARN); AWS IAM User Guide, "Use
//! instance profiles" (a profile holds one role, a role may be in several).

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use crate::paths::{everything, policy};
use crate::support::{DEV, World, trusts};

fn profile(name: &str) -> String {
    format!("arn:aws:iam::{DEV}:instance-profile/{name}")
}

fn profiles(names: &[&str]) -> Value {
    let one = |name: &&str| {
        let (path, last) =
            name.rsplit_once('/').map_or(("/".to_owned(), *name), |(path, last)| (format!("/{path}/"), last));
        json!({"Path": path, "InstanceProfileName": last, "InstanceProfileId": "AIPAAPP", "Arn": profile(name),
            "CreateDate": "2026-01-01T00:00:00Z", "Roles": []})
    };
    names.iter().map(one).collect()
}

/// The role `strong` in these profiles, the role `other` in those, and the user `who`, who passes any role and starts instances under a
/// condition; `fills` are profiles that it may put roles in.
fn verdict(own: Option<&[&str]>, others: &[&str], condition: Value, fills: Option<&str>) -> Verdict {
    let mut world = World::of_organization();
    let by_ec2 = || trusts(json!({"Service": "ec2.amazonaws.com"}));
    world.role(DEV, "strong", by_ec2(), &[everything()]);
    if let Some(own) = own {
        world.with(DEV, "RoleDetailList", "InstanceProfileList", profiles(own));
    }
    world.role(DEV, "other", by_ec2(), &[]).with(DEV, "RoleDetailList", "InstanceProfileList", profiles(others));
    let mut statements = vec![
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": condition}),
    ];
    statements
        .extend(fills.map(|on| json!({"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": on})));
    world.user(DEV, "who", &[policy(json!(statements))]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    query::path(&graph, "dev/who", "dev/strong", &Targets::new()).unwrap().verdict
}

fn like(name: &str) -> Value {
    json!({"ArnLike": {"ec2:InstanceProfile": profile(name)}})
}

#[test]
fn the_profile_that_holds_a_role_decides() {
    let of = |own: &[&str], condition| verdict(Some(own), &[], condition, None);
    assert_eq!(of(&["web"], like("web")), Verdict::Allowed);
    assert_eq!(of(&["web"], like("db")), Verdict::Denied);
    assert_eq!(of(&["strong"], like("strong")), Verdict::Allowed);
    assert_eq!(of(&["team/web"], like("team/*")), Verdict::Allowed);
    assert_eq!(of(&["web"], like("team/*")), Verdict::Denied);
    assert_eq!(of(&["web", "db"], like("db")), Verdict::Allowed);
    assert_eq!(of(&["web"], json!({"ArnNotLike": {"ec2:InstanceProfile": profile("web")}})), Verdict::Denied);
    assert_eq!(of(&["web"], json!({"Null": {"ec2:InstanceProfile": "true"}})), Verdict::Denied);
    // which one holds it nobody read
    assert_eq!(verdict(None, &[], like("web"), None), Verdict::Conditional);
    assert_eq!(of(&["web", ""], like("db")), Verdict::Conditional);
}

#[test]
fn whoever_may_put_the_role_in_another_profile_uses_that() {
    let of = |others: &[&str], condition, fills: &str| verdict(Some(&["web"]), others, condition, Some(fills));
    assert_eq!(of(&[], like("db"), "*"), Verdict::Allowed);
    assert_eq!(of(&[], like("app-*"), &profile("app-*")), Verdict::Allowed);
    assert_eq!(of(&[], like("db"), &profile("web")), Verdict::Denied);
    // a profile holds one role
    assert_eq!(of(&["db"], like("db"), "*"), Verdict::Denied);
    assert_eq!(verdict(None, &[], like("db"), Some("*")), Verdict::Allowed);
    let db = profile("db");
    let in_none = |others: &[&str], fills| verdict(Some(&[]), others, json!({}), fills);
    assert_eq!(in_none(&[], None), Verdict::Denied);
    assert_eq!(in_none(&[], Some(&db)), Verdict::Allowed);
    assert_eq!(in_none(&["db"], Some(&db)), Verdict::Denied);
}
