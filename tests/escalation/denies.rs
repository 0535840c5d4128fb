//! Denies that somebody may take away from itself: what it may do then is what its other policies say.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::reference::arbitrary::Draw;
use crate::reference::bindings::{Binding, Step};
use crate::reference::statement::{Caller, is_deny, statements};
use crate::support::{DEV, PROD, World, may_assume, role, trusts, user};

fn deny(action: &str) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

/// A managed policy of dev.
fn managed(name: &str, document: &Value) -> Value {
    let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
    json!({"PolicyName": name, "Arn": format!("arn:aws:iam::{DEV}:policy/{name}"), "DefaultVersionId": "v1", "PolicyVersionList": [version]})
}

fn attached(name: &str) -> Value {
    json!([{"PolicyName": name, "PolicyArn": format!("arn:aws:iam::{DEV}:policy/{name}")}])
}

/// `who` of dev, a user or a role, whom `prod/target` lets in by name, with these inline policies and the managed policy `held`.
fn world(is_user: bool, inline: &[Value], held: &Value) -> World {
    let mut world = World::of_organization();
    let arn = if is_user { user(DEV, "who") } else { role(DEV, "who") };
    world.role(PROD, "target", trusts(json!({"AWS": arn})), &[everything()]);
    world.account(DEV)["Policies"] = json!([managed("held", held)]);
    if is_user {
        world.user(DEV, "who", inline).with(DEV, "UserDetailList", "AttachedManagedPolicies", attached("held"));
    } else {
        world.role(DEV, "who", trusts(json!({"Service": "ec2.amazonaws.com"})), inline);
        world.with(DEV, "RoleDetailList", "AttachedManagedPolicies", attached("held"));
    }
    world
}

fn path(world: &World, to: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate).with_escalations(), "dev/who", to, &Targets::new()).unwrap()
}

/// The verdict into prod, and the way that the first hop is.
fn told(world: &World) -> (Verdict, Option<String>) {
    let found = path(world, "prod/target");
    let way = found.hops.first().and_then(|hop| hop.escalation.as_ref()).map(|told| told.catalogue.clone());
    (found.verdict, way)
}

fn assumes() -> Value {
    may_assume(&[&role(PROD, "target")])
}

#[test]
fn who_may_detach_its_own_deny_enters_what_its_policies_let_it_enter() {
    for (is_user, action, id) in
        [(true, "iam:DetachUserPolicy", "iam-025"), (false, "iam:DetachRolePolicy", "rh-detach-role-deny")]
    {
        let with = |actions: &[&str], held: &Value| told(&world(is_user, &[assumes(), allow(actions, "*")], held));
        let stops = deny("sts:AssumeRole");
        assert_eq!(with(&[action], &stops), (Verdict::Allowed, Some(id.to_owned())));
        assert_eq!(with(&["iam:GetUser"], &stops).0, Verdict::Denied, "nobody may detach it");
        // a Deny of something else holds nothing back: the role is assumed as it is
        assert_eq!(with(&[action], &deny("s3:*")), (Verdict::Allowed, None));
        // it denies its own removal
        assert_eq!(with(&[action], &deny("*")).0, Verdict::Denied);
    }
}

#[test]
fn who_may_delete_its_own_deny_enters_what_its_policies_let_it_enter() {
    let quiet = allow(&["s3:ListAllMyBuckets"], "*");
    for (is_user, action, id) in
        [(true, "iam:DeleteUserPolicy", "iam-026"), (false, "iam:DeleteRolePolicy", "rh-delete-role-deny")]
    {
        let with = |inline: &[Value]| told(&world(is_user, inline, &quiet));
        let deletes = || allow(&[action], "*");
        assert_eq!(with(&[assumes(), deletes(), deny("sts:*")]), (Verdict::Allowed, Some(id.to_owned())));
        // what allows nothing lets nobody in once it is free, unless the role names it
        assert_eq!(with(&[deletes(), deny("sts:*")]).0, Verdict::Denied);
        // one of two is not enough, whichever it is
        assert_eq!(with(&[assumes(), deletes(), deny("sts:*"), deny("sts:AssumeRole")]).0, Verdict::Denied);
        // what also allows is no policy that only denies
        let both = policy(json!([{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
        assert_eq!(with(&[assumes(), deletes(), both]).0, Verdict::Denied);
    }
}

#[test]
fn a_deny_of_the_organization_or_the_boundary_stays_when_its_own_is_gone() {
    let inline = || [assumes(), allow(&["iam:DetachRolePolicy"], "*")];
    let mut guarded = world(false, &inline(), &deny("sts:AssumeRole"));
    guarded.guardrail("SERVICE_CONTROL_POLICY", DEV, deny("sts:AssumeRole"));
    assert_eq!(told(&guarded).0, Verdict::Denied);
    let mut bounded = world(false, &inline(), &deny("sts:AssumeRole"));
    let arn = format!("arn:aws:iam::{DEV}:policy/narrow");
    bounded.account(DEV)["Policies"].as_array_mut().unwrap().push(managed("narrow", &allow(&["iam:*"], "*")));
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    bounded.with(DEV, "RoleDetailList", "PermissionsBoundary", boundary);
    assert_eq!(told(&bounded).0, Verdict::Denied);
}

#[test]
fn who_is_free_changes_the_trust_of_roles_that_it_may_change_then() {
    let with = |held: &Value| {
        let mut world = world(true, &[allow(&["iam:UpdateAssumeRolePolicy", "iam:DetachUserPolicy"], "*")], held);
        world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        let found = path(&world, "dev/target");
        (found.verdict, found.hops.first().map(|hop| hop.kind.clone()))
    };
    assert_eq!(with(&deny("iam:UpdateAssumeRolePolicy")), (Verdict::Allowed, Some("detach-deny".into())));
    let mut world =
        world(true, &[allow(&["iam:UpdateAssumeRolePolicy", "iam:DetachUserPolicy"], "*")], &deny("iam:Up*"));
    world.role(DEV, "target", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    let found = path(&world, "dev/target");
    let told = found.hops[0].escalation.as_ref().unwrap();
    assert_eq!((told.takes_away.as_deref(), told.then.as_deref()), (Some("held"), Some("iam:UpdateAssumeRolePolicy")));
    assert_eq!(with(&deny("iam:*")).0, Verdict::Denied);
}

#[test]
fn who_becomes_an_administrator_without_its_deny_is_said_to() {
    let found = |inline: &[Value], held: &Value, rule: &str| -> Vec<String> {
        let estate = world(true, inline, held).estate();
        let selection = RuleSelection { only: vec![rule.to_owned()], ..RuleSelection::default() };
        let found = rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings;
        found.into_iter().map(|finding| finding.message).collect()
    };
    // it may do anything but change policies of users, roles and groups
    let held = policy(json!([{"Effect": "Deny", "Resource": "*",
        "Action": ["iam:Attach*", "iam:Put*", "iam:Create*", "iam:Update*", "iam:AddUserToGroup", "iam:SetDefaultPolicyVersion"]}]));
    let [message] = found(&[everything()], &held, "own-limit-can-be-removed").try_into().unwrap();
    assert!(
        message.starts_with("user/who can remove what limits it and become administrator (detach-deny iam-025)"),
        "{message}"
    );
    let less = [allow(&["s3:GetObject", "iam:DetachUserPolicy"], "*")];
    let [message] = found(&less, &deny("s3:GetObject"), "own-limit-can-be-removed").try_into().unwrap();
    assert!(message.starts_with("user/who can remove what limits it and read any data of the account"), "{message}");
    let [message] = found(&less, &deny("ec2:*"), "own-limit-can-be-removed").try_into().unwrap();
    assert!(message.starts_with("user/who can remove what limits it (detach-deny"), "{message}");
    assert_eq!(found(&[everything()], &held, "principal-makes-itself-administrator"), [""; 0], "told once");
}

/// Random policies of `who`, a role, of which some only deny.
struct Case {
    inline: Vec<Value>,
    boundary: Option<Value>,
    scp: Value,
}

fn case(seed: u64) -> Case {
    let mut draw = Draw::new(seed);
    let statement = |draw: &mut Draw, effect: &str| {
        let action = *draw.pick(&["sts:AssumeRole", "sts:*", "iam:DeleteRolePolicy", "iam:DeleteRolePol*", "s3:*"]);
        let resource = draw.pick(&["*".to_owned(), role(PROD, "target"), role(DEV, "who"), role(DEV, "*")]).clone();
        json!({"Effect": effect, "Action": action, "Resource": resource})
    };
    let document =
        |draw: &mut Draw, effects: &[&str]| policy(effects.iter().map(|effect| statement(draw, effect)).collect());
    let count = 1 + draw.below(4);
    let mut inline: Vec<Value> = (0..count)
        .map(|_| match draw.below(4) {
            0 => document(&mut draw, &["Allow"]),
            1 => document(&mut draw, &["Allow", "Deny"]),
            2 => document(&mut draw, &["Deny"]),
            _ => document(&mut draw, &["Deny", "Deny"]),
        })
        .collect();
    inline.push(allow(&["sts:AssumeRole", "iam:DeleteRolePolicy"], "*"));
    let boundary = draw.chance(20).then(|| document(&mut draw, &["Allow", "Allow", "Allow"]));
    let mut scp = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    if draw.chance(25) {
        scp.as_array_mut().unwrap().push(statement(&mut draw, "Deny"));
    }
    Case { inline, boundary, scp: policy(scp) }
}

impl Case {
    fn engine(&self) -> bool {
        let mut world = world(false, &self.inline, &allow(&["s3:ListAllMyBuckets"], "*"));
        if let Some(boundary) = &self.boundary {
            world.account(DEV)["Policies"].as_array_mut().unwrap().push(managed("limits", boundary));
            let arn = format!("arn:aws:iam::{DEV}:policy/limits");
            world.with(DEV, "RoleDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": arn}));
        }
        world.guardrail("SERVICE_CONTROL_POLICY", DEV, self.scp.clone());
        match told(&world).0 {
            Verdict::Allowed => true,
            Verdict::Denied => false,
            verdict => panic!("{verdict:?}"),
        }
    }

    /// Whether the role can be assumed as it is, or once one policy that only denies is deleted.
    fn referee(&self) -> bool {
        let with = |identity: Vec<&Value>, action: &'static str, resource: String| {
            let caller = Caller::Role { account: DEV.to_owned(), name: "who".to_owned(), arn: role(DEV, "who") };
            let binding =
                Binding { identity, boundary: self.boundary.as_ref(), scps: vec![&self.scp], rcp: None, caller };
            binding.allows(&Step { action, resource, keys: Vec::new(), is_tagged: false })
        };
        let assumes = |identity: Vec<&Value>| with(identity, "sts:AssumeRole", role(PROD, "target"));
        let all = || self.inline.iter().collect::<Vec<_>>();
        let deletes = with(all(), "iam:DeleteRolePolicy", role(DEV, "who"));
        let only_denies = |at: &usize| statements(&self.inline[*at]).1.into_iter().all(is_deny);
        let without =
            |at: usize| all().into_iter().enumerate().filter(|(own, _)| *own != at).map(|(_, one)| one).collect();
        assumes(all()) || deletes && (0..self.inline.len()).filter(only_denies).any(|at| assumes(without(at)))
    }
}

#[test]
fn the_engine_and_the_referee_agree_on_who_gets_in_without_a_deny() {
    let mut counts = [[0; 2]; 2];
    for seed in 0..240 {
        let case = case(seed);
        let found = case.engine();
        assert_eq!(
            found,
            case.referee(),
            "seed {seed}: {:#?}\nboundary {:#?}\nscp {:#}",
            case.inline,
            case.boundary,
            case.scp
        );
        let plain = Case {
            inline: vec![policy(case.inline.iter().flat_map(|one| statements(one).1).cloned().collect())],
            ..case
        };
        counts[usize::from(found)][usize::from(plain.referee())] += 1;
    }
    // in by way of a deletion alone, in anyway, and not
    assert!(counts[1][0] > 10 && counts[1][1] > 20 && counts[0][0] > 20, "{counts:?}");
}

#[test]
fn an_added_deny_lets_nobody_in_whoever_may_delete_it() {
    for seed in (0..120).filter(|seed| !case(*seed).engine()) {
        let mut more = case(seed);
        let mut draw = Draw::new(seed + 1_000_000);
        let action = *draw.pick(&["sts:AssumeRole", "iam:DeleteRolePolicy", "s3:*"]);
        more.inline.push(deny(action));
        assert!(!more.engine(), "seed {seed}");
    }
}

/// The policy allows everything but AssumeRole; it is attached directly, by groups, as the boundary.
#[test]
fn a_new_version_of_a_policy_counts_wherever_it_is_attached() {
    let all_but = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]));
    let writes = allow(&["iam:CreatePolicyVersion", "s3:ListBucket"], "*");
    let boundary = || json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": format!("arn:aws:iam::{DEV}:policy/held")});
    for held in [&all_but, &writes] {
        for is_user in [true, false] {
            let list = if is_user { "UserDetailList" } else { "RoleDetailList" };
            let mut bounded = world(is_user, &[], held);
            bounded.with(DEV, list, "PermissionsBoundary", boundary());
            assert_eq!(told(&bounded), (Verdict::Allowed, Some("iam-001".to_owned())), "{held} {is_user}");
        }
        for groups in [vec!["ops"], vec!["ops", "team"]] {
            let mut world = world(true, &[], held);
            let group = |name: &&str| {
                json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"),
                    "Arn": format!("arn:aws:iam::{DEV}:group/{name}"), "GroupPolicyList": [], "AttachedManagedPolicies": attached("held")})
            };
            world.account(DEV)["GroupDetailList"] = groups.iter().map(group).collect();
            world.with(DEV, "UserDetailList", "GroupList", json!(groups));
            assert_eq!(told(&world), (Verdict::Allowed, Some("iam-001".to_owned())), "{held} {groups:?}");
        }
    }
    // another boundary stays
    let mut bounded = world(true, &[], &all_but);
    bounded.account(DEV)["Policies"].as_array_mut().unwrap().push(managed("narrow", &writes));
    let narrow = format!("arn:aws:iam::{DEV}:policy/narrow");
    let narrow = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": narrow});
    bounded.with(DEV, "UserDetailList", "PermissionsBoundary", narrow);
    assert_eq!(told(&bounded).0, Verdict::Denied);
}
