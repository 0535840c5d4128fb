//! Groups that somebody leaves: what it may do then is what its other policies say, and nothing of what the group granted.

use rolehop::answer::{PathAnswer, Verdict};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::rules::{self, RuleSelection};
use serde_json::{Value, json};

use crate::paths::{allow, everything, policy};
use crate::reference::arbitrary::Draw;
use crate::reference::bindings::{Binding, Step};
use crate::reference::statement::Caller;
use crate::support::{DEV, PROD, World, may_assume, role, trusts, user};

fn group(name: &str) -> String {
    format!("arn:aws:iam::{DEV}:group/{name}")
}

fn deny(action: &str) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

fn leaves() -> Value {
    allow(&["iam:RemoveUserFromGroup"], &group("held"))
}

fn assumes() -> Value {
    may_assume(&[&role(PROD, "target")])
}

fn inline(policies: &[Value]) -> Value {
    let named = policies.iter().enumerate();
    named.map(|(at, document)| json!({"PolicyName": format!("p{at}"), "PolicyDocument": document})).collect()
}

/// The user `who` of dev, whom `prod/target` lets in by name, with these policies, in groups with these.
fn world(own: &[Value], groups: &[(&str, &[Value])]) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "target", trusts(json!({"AWS": user(DEV, "who")})), &[everything()]);
    let detail = |(name, policies): &(&str, &[Value])| {
        json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": group(name),
            "GroupPolicyList": inline(policies), "AttachedManagedPolicies": []})
    };
    world.account(DEV)["GroupDetailList"] = groups.iter().map(detail).collect();
    let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
    world.user(DEV, "who", own).with(DEV, "UserDetailList", "GroupList", json!(names));
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

fn left() -> (Verdict, Option<String>) {
    (Verdict::Allowed, Some("rh-leave-group".to_owned()))
}

#[test]
fn who_may_leave_a_group_that_denies_enters_what_its_other_policies_let_it_enter() {
    let with = |own: &[Value], held: &[Value]| told(&world(own, &[("held", held)]));
    assert_eq!(with(&[assumes(), leaves()], &[deny("sts:AssumeRole")]), left());
    assert_eq!(with(&[assumes()], &[deny("sts:AssumeRole")]).0, Verdict::Denied, "nobody may take it out");
    // a Deny of something else holds nothing back: the role is assumed as it is
    assert_eq!(with(&[assumes(), leaves()], &[deny("s3:*")]), (Verdict::Allowed, None));
    // the group denies that anybody leaves it
    assert_eq!(with(&[assumes(), leaves()], &[deny("*")]).0, Verdict::Denied);
    // another group is none of it
    let other = allow(&["iam:RemoveUserFromGroup"], &group("other"));
    assert_eq!(with(&[assumes(), other], &[deny("sts:AssumeRole")]).0, Verdict::Denied);
    let found = path(&world(&[assumes(), leaves()], &[("held", &[deny("sts:*")])]), "prod/target");
    let hop = found.hops[0].escalation.as_ref().unwrap();
    assert_eq!((hop.target.as_str(), hop.takes_away.as_deref()), (&*group("held"), Some("p0")));
}

#[test]
fn what_the_group_granted_is_gone_as_well() {
    let with = |own: &[Value], groups: &[(&str, &[Value])]| told(&world(own, groups)).0;
    let stops = deny("sts:AssumeRole");
    assert_eq!(with(&[leaves()], &[("held", &[assumes(), stops.clone()])]), Verdict::Denied);
    let alone = std::slice::from_ref(&stops);
    // what another group grants stays, and what another group denies
    assert_eq!(with(&[leaves()], &[("held", alone), ("kept", &[assumes()])]), Verdict::Allowed);
    let held = [("held", alone), ("kept", alone)];
    assert_eq!(with(&[assumes(), leaves()], &held), Verdict::Denied);
    // the group itself lets its members leave
    assert_eq!(with(&[assumes()], &[("held", &[leaves(), stops])]), Verdict::Allowed);
}

#[test]
fn a_deny_of_the_organization_or_the_boundary_stays_when_a_group_is_left() {
    let made = || world(&[assumes(), leaves()], &[("held", &[deny("sts:AssumeRole")])]);
    let mut guarded = made();
    guarded.guardrail("SERVICE_CONTROL_POLICY", DEV, deny("sts:AssumeRole"));
    assert_eq!(told(&guarded).0, Verdict::Denied);
    let mut bounded = made();
    let arn = format!("arn:aws:iam::{DEV}:policy/narrow");
    let version = json!({"Document": allow(&["iam:*"], "*"), "VersionId": "v1", "IsDefaultVersion": true});
    bounded.account(DEV)["Policies"] =
        json!([{"PolicyName": "narrow", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    bounded.with(DEV, "UserDetailList", "PermissionsBoundary", boundary);
    assert_eq!(told(&bounded).0, Verdict::Denied);
}

#[test]
fn a_group_whose_policy_was_not_read_is_left_like_one_that_denies() {
    let with = |own: &[Value]| {
        let mut world = world(own, &[("held", &[])]);
        let unread = json!([{"PolicyName": "gone", "PolicyArn": format!("arn:aws:iam::{DEV}:policy/gone")}]);
        world.account(DEV)["GroupDetailList"][0]["AttachedManagedPolicies"] = unread;
        told(&world).0
    };
    assert_eq!(with(&[assumes(), leaves()]), Verdict::Unknown, "it may deny that anybody leaves it");
    assert_eq!(with(&[assumes()]), Verdict::Unknown);
}

#[test]
fn who_has_more_without_a_group_is_said_to() {
    let found = |own: &[Value], held: &[Value]| -> Vec<String> {
        let estate = world(own, &[("held", held)]).estate();
        let rule = "own-limit-can-be-removed".to_owned();
        let selection = RuleSelection { only: vec![rule], ..RuleSelection::default() };
        let found = rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings;
        found.into_iter().map(|finding| finding.message).collect()
    };
    let held = policy(json!([{"Effect": "Deny", "Resource": "*", "Action": ["iam:Attach*", "iam:Put*", "iam:Create*",
        "iam:Update*", "iam:AddUserToGroup", "iam:SetDefaultPolicyVersion"]}]));
    let [message] = found(&[everything()], &[held]).try_into().unwrap();
    assert!(
        message.starts_with("user/who can remove what limits it and become administrator (leave-group)"),
        "{message}"
    );
    let [message] = found(&[allow(&["ec2:*"], "*"), leaves()], &[deny("ec2:Run*")]).try_into().unwrap();
    assert!(message.starts_with("user/who can remove what limits it (leave-group)"), "{message}");
    // what it denies nothing else of the user allows
    let of_group = [allow(&["ec2:*"], "*"), deny("ec2:Run*")];
    assert_eq!(found(&[allow(&["s3:*"], "*"), leaves()], &of_group), [""; 0]);
}

/// Random policies of `who` and of its two groups.
struct Case {
    own: Vec<Value>,
    groups: [Vec<Value>; 2],
    scp: Value,
}

const NAMES: [&str; 2] = ["held", "kept"];

fn case(seed: u64) -> Case {
    let mut draw = Draw::new(seed);
    let statement = |draw: &mut Draw, effect: &str| {
        let action = *draw.pick(&["sts:AssumeRole", "sts:*", "iam:RemoveUserFromGroup", "iam:Remove*", "s3:*"]);
        let resource = draw.pick(&["*".to_owned(), role(PROD, "target"), group("held"), group("*")]).clone();
        json!({"Effect": effect, "Action": action, "Resource": resource})
    };
    let document =
        |draw: &mut Draw, effects: &[&str]| policy(effects.iter().map(|effect| statement(draw, effect)).collect());
    let documents = |draw: &mut Draw| -> Vec<Value> {
        let count = 1 + draw.below(2);
        (0..count)
            .map(|_| match draw.below(3) {
                0 => document(draw, &["Allow"]),
                1 => document(draw, &["Allow", "Deny"]),
                _ => document(draw, &["Deny"]),
            })
            .collect()
    };
    let mut own = if draw.chance(30) { documents(&mut draw) } else { Vec::new() };
    let groups = [documents(&mut draw), documents(&mut draw)];
    let all = allow(&["sts:AssumeRole", "iam:RemoveUserFromGroup"], "*");
    own.push(if draw.chance(80) { all } else { document(&mut draw, &["Allow", "Allow"]) });
    let mut scp = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    if draw.chance(15) {
        scp.as_array_mut().unwrap().push(statement(&mut draw, "Deny"));
    }
    Case { own, groups, scp: policy(scp) }
}

impl Case {
    fn engine(&self) -> bool {
        let [held, kept] = &self.groups;
        let mut world = world(&self.own, &[(NAMES[0], held), (NAMES[1], kept)]);
        world.guardrail("SERVICE_CONTROL_POLICY", DEV, self.scp.clone());
        match told(&world).0 {
            Verdict::Allowed => true,
            Verdict::Denied => false,
            verdict => panic!("{verdict:?}"),
        }
    }

    fn allows(&self, without: Option<usize>, action: &'static str, resource: String) -> bool {
        let groups = self.groups.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        let identity = self.own.iter().chain(groups.flat_map(|(_, policies)| policies)).collect();
        let caller = Caller::User { account: DEV.to_owned(), arn: user(DEV, "who") };
        let binding = Binding { identity, boundary: None, scps: vec![&self.scp], rcp: None, caller };
        binding.allows(&Step { action, resource, keys: Vec::new(), is_tagged: false })
    }

    fn assumes(&self, without: Option<usize>) -> bool {
        self.allows(without, "sts:AssumeRole", role(PROD, "target"))
    }

    /// Whether the role can be assumed as it is, or once one group is left.
    fn referee(&self) -> bool {
        let leaves = |at: usize| self.allows(None, "iam:RemoveUserFromGroup", group(NAMES[at]));
        self.assumes(None) || (0..NAMES.len()).any(|at| leaves(at) && self.assumes(Some(at)))
    }
}

#[test]
fn the_engine_and_the_referee_agree_on_who_gets_in_without_a_group() {
    let mut counts = [[0; 2]; 2];
    for seed in 0..240 {
        let case = case(seed);
        let found = case.engine();
        assert_eq!(
            found,
            case.referee(),
            "seed {seed}: {:#?}\ngroups {:#?}\nscp {:#}",
            case.own,
            case.groups,
            case.scp
        );
        counts[usize::from(found)][usize::from(case.assumes(None))] += 1;
    }
    // in by leaving one alone, in anyway, and not
    assert!(counts[1][0] > 10 && counts[1][1] > 20 && counts[0][0] > 20, "{counts:?}");
}

/// AWS IAM User Guide, "Add and remove users in an IAM group": whoever may do so needs nothing of the user.
#[test]
fn whoever_takes_over_a_user_may_add_it_to_a_group_first() {
    let of_group = |name: &str, policies: &[Value]| {
        json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"), "Arn": group(name),
            "GroupPolicyList": inline(policies), "AttachedManagedPolicies": []})
    };
    let with = |actions: &[&str], joins: &str, policies: &[Value]| {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts(json!({"AWS": user(DEV, "plain")})), &[everything()]);
        world.account(DEV)["GroupDetailList"] = json!([of_group("ops", policies), of_group("mail", &[])]);
        world.user(DEV, "plain", &[]);
        world.user(DEV, "who", &[allow(actions, &user(DEV, "plain")), allow(&["iam:AddUserToGroup"], &group(joins))]);
        told(&world)
    };
    let key = ["iam:CreateAccessKey"];
    let of_key = (Verdict::Allowed, Some("rh-join-group-and-create-access-key".to_owned()));
    assert_eq!(with(&key, "ops", &[assumes()]), of_key);
    assert_eq!(with(&["iam:UpdateLoginProfile"], "*", &[assumes()]).0, Verdict::Allowed);
    for (actions, joins, policies) in [
        (&key[..], "mail", vec![assumes()]),
        (&["iam:CreateServiceSpecificCredential"], "ops", vec![assumes()]),
        (&key, "ops", vec![allow(&["s3:*"], "*")]),
        (&key, "ops", vec![assumes(), deny("sts:*")]),
    ] {
        assert_eq!(with(actions, joins, &policies).0, Verdict::Denied, "{actions:?} {joins}");
    }
}
