//! Laws of random organizations: whoever is allowed more reaches no less, and an SCP that leaves everybody its actions changes nothing.

use std::collections::BTreeSet;

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::ids::PrincipalIx;
use rolehop::model::Estate;
use serde_json::{Value, json};

use crate::narrowed::{bound, in_place_of_full_access};
use crate::paths::{allow, everything, policy};
use crate::reference::arbitrary::Draw;
use crate::support::{DEV, PROD, World, role, root, trusts, user};

const USERS: [&str; 2] = ["u1", "u2"];
const ROLES: [&str; 3] = ["r1", "r2", "r3"];

fn statement(draw: &mut Draw) -> Value {
    let any = |kind: &str| format!("arn:aws:iam::{DEV}:{kind}/*");
    let (actions, resource): (&[&str], String) = match draw.below(9) {
        0 => (&["sts:AssumeRole"], draw.pick(&[role(PROD, "*"), "*".to_owned(), role(DEV, "r1")]).clone()),
        1 => (&["iam:PutUserPolicy"], draw.pick(&[any("user"), user(DEV, "u1"), user(DEV, "u2")]).clone()),
        2 => (&["iam:CreateAccessKey"], draw.pick(&[any("user"), user(DEV, "u1"), user(DEV, "u2")]).clone()),
        3 => (&["iam:PutUserPolicy", "iam:CreateAccessKey"], draw.pick(&[user(DEV, "u1"), user(DEV, "u2")]).clone()),
        4 => (&["iam:UpdateAssumeRolePolicy"], draw.pick(&[any("role"), role(DEV, "r1"), role(DEV, "r2")]).clone()),
        5 => (&["iam:PutRolePolicy"], draw.pick(&[any("role"), role(DEV, "r1"), role(DEV, "r3")]).clone()),
        6 => (&["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"], any("user")),
        7 => (&["iam:CreateRole", "iam:PutRolePolicy"], "*".to_owned()),
        _ => {
            let wide: [&[&str]; 3] = [&["iam:*"], &["s3:*"], &["lambda:*"]];
            (*draw.pick(&wide), "*".to_owned())
        }
    };
    json!({"Effect": if draw.chance(8) { "Deny" } else { "Allow" }, "Action": actions, "Resource": resource})
}

fn document(draw: &mut Draw) -> Value {
    if draw.chance(15) {
        return policy(json!([{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]));
    }
    if draw.chance(5) {
        return everything();
    }
    policy((0..1 + draw.below(2)).map(|_| statement(draw)).collect())
}

/// Everybody has documents; `more` is another Allow of the principal at this place.
fn world(seed: u64, more: Option<u32>) -> World {
    let mut draw = Draw::new(seed);
    let mut world = World::of_organization();
    let mut at = 0;
    let mut own = |draw: &mut Draw| {
        let mut documents = vec![document(draw)];
        let mut extra = statement(draw);
        extra["Effect"] = json!("Allow");
        if more == Some(at) {
            documents.push(policy(json!([extra])));
        }
        at += 1;
        documents
    };
    for name in USERS {
        let documents = own(&mut draw);
        world.user(DEV, name, &documents).with(DEV, "UserDetailList", "UserId", json!(format!("AIDA{name}")));
    }
    for name in ROLES {
        let whom = [
            root(DEV),
            json!({"Service": "lambda.amazonaws.com"}),
            json!({"AWS": user(DEV, "u1")}),
            json!({"AWS": role(DEV, "r1")}),
        ];
        let (whom, documents) = (draw.pick(&whom).clone(), own(&mut draw));
        world.role(DEV, name, trusts(whom), &documents);
    }
    if draw.chance(30) {
        bound(&mut world, "RoleDetailList", allow(&["s3:*", "iam:*", "sts:*"], "*"));
    }
    for name in ["deploy", "read"] {
        let whom = [root(DEV), json!({"AWS": user(DEV, "u2")}), json!({"AWS": [role(DEV, "r2"), user(DEV, "u1")]})];
        world.role(PROD, name, trusts(draw.pick(&whom).clone()), &[]);
    }
    world
}

/// Who reaches which role, by edges that are allowed.
fn reached(world: &World) -> BTreeSet<(String, String)> {
    let estate: Estate = world.estate();
    let graph = TrustGraph::new(&estate).with_escalations();
    let mut pairs: BTreeSet<(PrincipalIx, PrincipalIx)> = BTreeSet::new();
    for edge in graph.all().iter().flatten().filter(|edge| edge.free().verdict() == Verdict::Allowed) {
        pairs.extend(edge.callers(&estate).map(|from| (from, edge.to)));
    }
    loop {
        let onward: Vec<_> = pairs
            .iter()
            .flat_map(|(from, over)| pairs.iter().filter(move |(own, _)| own == over).map(move |(_, to)| (*from, *to)))
            .filter(|pair| !pairs.contains(pair))
            .collect();
        if onward.is_empty() {
            break;
        }
        pairs.extend(onward);
    }
    pairs.into_iter().map(|(from, to)| (estate.arn(from), estate.arn(to))).collect()
}

fn organizations() -> u64 {
    std::env::var("ROLEHOP_ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
}

#[test]
fn whoever_is_allowed_more_reaches_no_less_of_other_accounts() {
    let mut more = 0;
    for seed in 0..organizations() {
        let before = reached(&world(seed, None));
        let whom = u32::try_from(seed % 5).unwrap();
        let after = reached(&world(seed, Some(whom)));
        let abroad = |(_, to): &&(String, String)| to.contains(PROD);
        let lost: Vec<_> = before.difference(&after).filter(abroad).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?}\n{:#}", world(seed, Some(whom)).account(DEV));
        more += usize::from(after.iter().filter(abroad).count() > before.iter().filter(abroad).count());
    }
    assert!(more * 8 > usize::try_from(organizations()).unwrap(), "{more} gain something");
}

#[test]
fn an_scp_that_leaves_everybody_its_actions_takes_no_edge_away() {
    let mut found = 0;
    for seed in 0..organizations() {
        let before = reached(&world(seed, None));
        let mut listed = world(seed, None);
        let mut services = ["iam:*", "sts:*", "s3:*", "lambda:*", "ec2:*"].to_vec();
        // an order of its own
        services.rotate_left(usize::try_from(seed % 5).unwrap());
        in_place_of_full_access(&mut listed, allow(&services, "*"));
        let after = reached(&listed);
        let differing: Vec<_> = before.symmetric_difference(&after).collect();
        assert!(differing.is_empty(), "seed {seed}: {differing:?}\n{:#}", listed.account(DEV));
        found += before.len();
    }
    assert!(found as u64 > organizations(), "{found} pairs");
}
