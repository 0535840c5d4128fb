//! Permissions boundaries that are taken away: what somebody may do then is what its policies say.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::finding::Finding;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use serde_json::{Value, json};

use crate::paths::{allow, everything};
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, user};

/// Gives the last principal of a list a boundary.
fn bound(world: &mut World, list: &str, name: &str, document: Value) {
    let arn = format!("arn:aws:iam::{DEV}:policy/{name}");
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    let policy = json!({"PolicyName": name, "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]});
    let all = &mut world.account(DEV)["Policies"];
    if all.is_array() {
        all.as_array_mut().unwrap().push(policy)
    } else {
        *all = json!([policy])
    }
    world.with(
        DEV,
        list,
        "PermissionsBoundary",
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}),
    );
}

/// `bounded`, a role whose policies allow this and whose boundary allows reading buckets alone; `who` may do these actions.
fn world(actions: &[&str], policies: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "target", trusts(json!({"AWS": role(DEV, "bounded")})), &[everything()]);
    world.role(DEV, "bounded", trusts(root(DEV)), policies);
    bound(&mut world, "RoleDetailList", "narrow", allow(&["s3:ListBucket"], "*"));
    world.user(DEV, "who", &[allow(actions, &role(DEV, "bounded"))]);
    world
}

fn path(world: &World, from: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), from, "prod/target", &Targets::new()).unwrap()
}

fn found(world: &World, rule: &str) -> Vec<Finding> {
    let estate = world.estate();
    let selection = RuleSelection { only: vec![rule.to_owned()], ..RuleSelection::default() };
    rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings
}

const REMOVES: [&str; 2] = ["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"];

#[test]
fn a_role_without_its_boundary_enters_what_its_policies_let_it_enter() {
    let into = may_assume(&[&role(PROD, "target")]);
    let open = path(&world(&REMOVES, std::slice::from_ref(&into)), "dev/who");
    let kinds: Vec<&str> = open.hops.iter().map(|hop| hop.kind.as_str()).collect();
    assert_eq!((open.verdict, kinds), (Verdict::Allowed, vec!["remove-boundary-and-assume"]));
    let told = open.hops[0].escalation.as_ref().unwrap();
    assert_eq!((told.catalogue.as_str(), told.through.as_deref()), ("iam-023", Some(&*role(DEV, "bounded"))));
    let replaces = ["iam:PutRolePermissionsBoundary", "sts:AssumeRole"];
    assert_eq!(path(&world(&replaces, std::slice::from_ref(&into)), "dev/who").verdict, Verdict::Allowed);
    for part in [&REMOVES[..1], &REMOVES[1..]] {
        assert_eq!(path(&world(part, std::slice::from_ref(&into)), "dev/who").verdict, Verdict::Denied, "{part:?}");
    }
    // a boundary adds nothing, so that without it nothing is added either
    assert_eq!(path(&world(&REMOVES, &[allow(&["s3:*"], "*")]), "dev/who").verdict, Verdict::Denied);
}

#[test]
fn who_may_take_its_own_boundary_away_enters_what_its_policies_let_it_enter() {
    let with = |in_boundary: &[&str], list: &str| {
        let mut world = World::of_organization();
        let own = [
            may_assume(&[&role(PROD, "target")]),
            allow(&["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"], "*"),
        ];
        if list == "UserDetailList" {
            world.role(PROD, "target", trusts(json!({"AWS": user(DEV, "own")})), &[everything()]);
            world.user(DEV, "own", &own);
        } else {
            world.role(PROD, "target", trusts(json!({"AWS": role(DEV, "own")})), &[everything()]);
            world.role(DEV, "own", trusts(json!({"Service": "ec2.amazonaws.com"})), &own);
        }
        bound(&mut world, list, "narrow", allow(in_boundary, "*"));
        path(&world, "dev/own").verdict
    };
    assert_eq!(with(&["iam:DeleteUserPermissionsBoundary"], "UserDetailList"), Verdict::Allowed);
    assert_eq!(with(&["iam:DeleteRolePermissionsBoundary"], "RoleDetailList"), Verdict::Allowed);
    assert_eq!(with(&["iam:DeleteUserPermissionsBoundary"], "RoleDetailList"), Verdict::Denied);
    assert_eq!(with(&["s3:*"], "UserDetailList"), Verdict::Denied);
}

#[test]
fn a_user_without_its_boundary_and_with_a_new_key_enters_what_its_policies_let_it_enter() {
    let with = |bounded: bool| {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts(json!({"AWS": user(DEV, "joe")})), &[everything()]);
        world.user(DEV, "joe", &[may_assume(&[&role(PROD, "target")])]);
        bound(&mut world, "UserDetailList", "narrow", allow(&["s3:*"], "*"));
        let actions = ["iam:CreateAccessKey", "iam:DeleteUserPermissionsBoundary"];
        world.user(DEV, "who", &[allow(&actions[..if bounded { 1 } else { 2 }], &user(DEV, "joe"))]);
        path(&world, "dev/who").verdict
    };
    assert_eq!([with(true), with(false)], [Verdict::Denied, Verdict::Allowed]);
}

#[test]
fn a_rule_says_what_a_role_has_without_its_boundary_and_not_with_it() {
    let rule = "principal-takes-over-stronger-one";
    let messages = |policies: &[Value]| -> Vec<String> {
        found(&world(&REMOVES, policies), rule).into_iter().map(|finding| finding.message).collect()
    };
    let [message] = messages(&[everything()]).try_into().unwrap();
    assert!(
        message.starts_with("user/who can become administrator as role/bounded (remove-boundary-and-assume iam-023)"),
        "{message}"
    );
    let [message] = messages(&[allow(&["s3:GetObject"], "*")]).try_into().unwrap();
    assert!(message.starts_with("user/who can read any data of the account as role/bounded"), "{message}");
    let [message] = messages(&[allow(&["cloudtrail:StopLogging"], "*")]).try_into().unwrap();
    assert!(message.starts_with("user/who can stop what CloudTrail records as role/bounded"), "{message}");
    assert_eq!(messages(&[allow(&["ec2:RunInstances"], "*")]), [""; 0]);
    // what the boundary lets through is no news
    let mut reads = world(&REMOVES, &[allow(&["s3:GetObject"], "*")]);
    let document = &mut reads.account(DEV)["Policies"][0]["PolicyVersionList"][0]["Document"];
    *document = allow(&["s3:GetObject"], "*");
    assert!(found(&reads, rule).is_empty());
    // nor is a boundary that an administrator has
    let mut wide = world(&REMOVES, &[everything()]);
    wide.account(DEV)["Policies"][0]["PolicyVersionList"][0]["Document"] = everything();
    assert!(found(&wide, rule).is_empty());
}

#[test]
fn whoever_has_more_then_changes_the_trust_of_roles_that_it_may_change_then() {
    // without its boundary, or with the policies of a group
    let verdict = |world: &World| {
        let estate = world.estate();
        query::path(&TrustGraph::new(&estate).with_escalations(), "dev/own", "dev/target", &Targets::new())
            .unwrap()
            .verdict
    };
    let with = |more: &[&str]| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        let actions = [&["iam:DeleteUserPermissionsBoundary"], more].concat();
        world.user(DEV, "own", &[allow(&actions, "*")]);
        bound(&mut world, "UserDetailList", "narrow", allow(&["iam:DeleteUserPermissionsBoundary"], "*"));
        verdict(&world)
    };
    assert_eq!([with(&["iam:UpdateAssumeRolePolicy"]), with(&["iam:UpdateRole"])], [Verdict::Allowed, Verdict::Denied]);
    let joins = |of_group: &[&str]| {
        let mut world = World::of_organization();
        world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        world.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "strong", "GroupId": "AGPAS",
            "Arn": format!("arn:aws:iam::{DEV}:group/strong"), "AttachedManagedPolicies": [],
            "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": allow(of_group, "*")}]}]);
        world.user(DEV, "own", &[allow(&["iam:AddUserToGroup"], "*")]);
        verdict(&world)
    };
    assert_eq!([joins(&["iam:UpdateAssumeRolePolicy"]), joins(&["iam:GetRole"])], [Verdict::Allowed, Verdict::Denied]);
}
