//! Principals with the same policies share what is decided about them. Whether they do must not show: every edge is the same where each
//! has a document of its own that says the same.

use std::collections::BTreeMap;

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use serde_json::{Value, json};

use crate::paths::everything;
use crate::reference::arbitrary::Draw;
use crate::support::{DEV, PROD, World, may_assume, role, root, trusts, user};

const USERS: [&str; 4] = ["u1", "u2", "v1", "v2"];
const ROLES: [&str; 5] = ["r1", "r2", "s1", "s2", "admin"];
const GROUPS: [&str; 2] = ["ops", "team"];

/// What somebody may do to whom; twins (`u1`, `u2`) draw the same.
fn statement(draw: &mut Draw) -> Value {
    let users = ["iam:CreateAccessKey", "iam:PutUserPolicy", "iam:UpdateLoginProfile", "iam:AttachUserPolicy"];
    let roles =
        ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "sts:AssumeRole", "iam:PassRole", "iam:AttachRolePolicy"];
    let groups = ["iam:AddUserToGroup", "iam:PutGroupPolicy"];
    let functions = ["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:*"];
    let (action, resource) = match draw.below(9) {
        0..=2 => {
            let own = "arn:aws:iam::*:user/${aws:username}".to_owned();
            let whom = [user(DEV, "*"), user(DEV, "u1"), user(DEV, "v*"), own, user(DEV, "?2")];
            (draw.pick(&users).to_owned(), draw.pick(&whom).clone())
        }
        3..=6 => {
            let whom =
                [role(DEV, "*"), role(DEV, "r1"), role(DEV, "s*"), role(PROD, "*"), "*".to_owned(), role(DEV, "?2")];
            (draw.pick(&roles).to_owned(), draw.pick(&whom).clone())
        }
        7 => (draw.pick(&groups).to_owned(), format!("arn:aws:iam::{DEV}:group/{}", draw.pick(&["*", "ops", "team"]))),
        _ => (draw.pick(&functions).to_owned(), "*".to_owned()),
    };
    let effect = if draw.chance(12) { "Deny" } else { "Allow" };
    let mut one = json!({"Effect": effect, "Action": action, "Resource": resource});
    if draw.chance(12) {
        let conditions = [
            json!({"StringEquals": {"aws:username": "u1"}}),
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*/*2"}}),
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ];
        one["Condition"] = draw.pick(&conditions).clone();
    }
    one
}

fn document(draw: &mut Draw) -> Value {
    let count = 1 + draw.below(3);
    let all: Vec<Value> = (0..count).map(|_| statement(draw)).collect();
    json!({"Version": "2012-10-17", "Statement": all})
}

fn trust(draw: &mut Draw) -> Value {
    let all = [
        root(DEV),
        json!({"Service": "lambda.amazonaws.com"}),
        json!({"Service": "ec2.amazonaws.com"}),
        json!({"AWS": user(DEV, "u2")}),
        json!({"AWS": [role(DEV, "r1"), user(DEV, "v1")]}),
        json!({"AWS": role(DEV, "s2")}),
    ];
    trusts(draw.pick(&all).clone())
}

/// An organization, in which everybody has its own documents or shares them.
fn world(seed: u64, is_shared: bool) -> World {
    let mut draw = Draw::new(seed);
    let mut world = World::of_organization();
    let own = |name: &str, document: &Value| {
        let mut document = document.clone();
        if !is_shared {
            document["Id"] = json!(name);
        }
        document
    };
    let groups: Vec<Value> = GROUPS
        .iter()
        .map(|name| {
            json!({"Path": "/", "GroupName": name, "GroupId": format!("AGPA{name}"),
                "Arn": format!("arn:aws:iam::{DEV}:group/{name}"), "AttachedManagedPolicies": [],
                "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": document(&mut draw)}]})
        })
        .collect();
    for pair in USERS.chunks(2) {
        let (document, is_in) = (document(&mut draw), draw.chance(40));
        for name in pair {
            let in_groups = if is_in { json!(["ops"]) } else { json!([]) };
            world.user(DEV, name, &[own(name, &document)]).with(DEV, "UserDetailList", "GroupList", in_groups);
        }
    }
    for pair in ROLES.chunks(2) {
        let (document, trust) = (document(&mut draw), trust(&mut draw));
        for name in pair {
            let document = if *name == "admin" { everything() } else { document.clone() };
            world.role(DEV, name, trust.clone(), &[own(name, &document)]);
        }
    }
    world.account(DEV)["GroupDetailList"] = json!(groups);
    for name in ["deploy", "read"] {
        let whom = [root(DEV), json!({"AWS": role(DEV, "r2")}), json!({"AWS": [user(DEV, "u1"), role(DEV, "admin")]})];
        world.role(PROD, name, trusts(draw.pick(&whom).clone()), &[may_assume(&["*"])]);
    }
    world
}

/// The best verdict from each principal into each role, and how many classes there are.
fn edges(world: &World) -> (BTreeMap<(String, String), Verdict>, usize) {
    let estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let mut found = BTreeMap::new();
    for edge in graph.all().iter().flatten() {
        for from in edge.callers(&estate) {
            let verdict = edge.free().verdict();
            let best = found.entry((estate.arn(from), estate.arn(edge.to))).or_insert(verdict);
            *best = verdict.min(*best);
        }
    }
    (found, estate.classes().len())
}

#[test]
fn whether_principals_share_a_document_does_not_show() {
    let seeds: u64 = std::env::var("ROLEHOP_ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(250);
    let (mut climbing, mut all, mut sharing) = (0, 0, 0);
    for seed in 0..seeds {
        let (shared, few) = edges(&world(seed, true));
        let (apart, many) = edges(&world(seed, false));
        sharing += u64::from(few < many);
        let differing = shared.iter().filter(|(pair, verdict)| apart.get(*pair) != Some(verdict));
        let missing = apart.iter().filter(|(pair, _)| !shared.contains_key(*pair));
        let first: Vec<_> = differing.chain(missing).take(4).collect();
        let verdicts = |pair: &(String, String)| (shared.get(pair).copied(), apart.get(pair).copied());
        let shown: Vec<_> = first.iter().map(|(pair, _)| (pair, verdicts(pair))).collect();
        assert!(first.is_empty(), "seed {seed}: pair, shared, apart: {shown:#?}\n{:#}", world(seed, true).account(DEV));
        let of_dev = shared.keys().filter(|(_, to)| to.contains(DEV)).count();
        climbing += usize::from(of_dev > 0);
        all += shared.len();
    }
    assert!(sharing * 2 > seeds, "{sharing} of {seeds}: twins are one class where they share a document");
    let seeds = usize::try_from(seeds).unwrap();
    assert!(
        climbing * 2 > seeds && all > 5 * seeds,
        "{climbing} of {seeds} climb, {all} edges: the policies say too little"
    );
}
