//! What may be removed, and which edges are decided anew because of it.

use std::collections::BTreeSet;

use rolehop::change::{Felt, named, proof};
use rolehop::graph::{EdgeKind, Hop, Source, TrustGraph};
use rolehop::ids::PrincipalIx;
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::edit::{DocumentAt, Edit, Removal};
use serde_json::{Value, json};

use super::demo;
use super::world::{ACCOUNTS, ROLES, World, allows, at, change_first};

/// Who enters which role how, by whomever stands together.
fn entered(graph: &TrustGraph<'_>) -> BTreeSet<(Source, PrincipalIx, EdgeKind, String)> {
    let estate = graph.estate();
    let mut all = BTreeSet::new();
    for edge in graph.all().iter().flatten() {
        let decided = format!("{:?}", edge.own(edge.from.kind(estate)).verdict());
        let members = edge.from.members(estate);
        let from = if members.is_empty() {
            vec![edge.from.clone()]
        } else {
            members.iter().map(|member| Source::Principal(*member)).collect()
        };
        all.extend(from.into_iter().map(|from| (from, edge.to, edge.kind, decided.clone())));
    }
    all
}

/// Everything removable that some hop rests on.
fn removable(graph: &TrustGraph<'_>) -> BTreeSet<Removal> {
    let estate = graph.estate();
    let mut all = BTreeSet::new();
    for edge in graph.all().iter().flatten() {
        let members = edge.from.members(estate).iter().map(|member| Source::Principal(*member));
        let from: Vec<Source> =
            if edge.from.members(estate).is_empty() { vec![edge.from.clone()] } else { members.collect() };
        for from in from {
            all.extend(proof(estate, &Hop { from: from.clone(), edge: edge.clone() }, &from));
        }
    }
    all
}

#[test]
fn a_removal_changes_no_edge_that_it_is_not_said_to_change() {
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4], vec![5]], vec![vec![4, 5], vec![2]]],
        inline: vec![vec![], vec![], vec![vec![3]], vec![]],
        users: vec![(true, true), (false, true)],
        group: vec![vec![2]],
        managed: vec![vec![2, 3]],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    // the second user has the managed policy by the group, and another one as its boundary
    change_first(dir.path(), |account| {
        let arn = |name: &str| format!("arn:aws:iam::{}:policy/{name}", ACCOUNTS[0]);
        let attached = account["UserDetailList"][1]["AttachedManagedPolicies"].take();
        account["GroupDetailList"][0]["AttachedManagedPolicies"] = attached;
        account["UserDetailList"][1]["AttachedManagedPolicies"] = json!([]);
        account["UserDetailList"][1]["GroupList"] = json!(["g"]);
        account["UserDetailList"][1]["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("b")});
        account["GroupDetailList"][0]["GroupPolicyList"] = json!([]);
        account["Policies"]
            .as_array_mut()
            .unwrap()
            .push(json!({"PolicyName": "b", "Arn": arn("b"), "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": allows(&[vec![2, 3]])}]}));
    });
    for snapshot in [dir.path().to_owned(), demo()] {
        let snapshot = Snapshot::open(&snapshot).unwrap();
        let estate = Estate::build(&snapshot, at()).unwrap();
        let graph = TrustGraph::new(&estate);
        let (before, mut kinds) = (entered(&graph), BTreeSet::new());
        for removal in removable(&graph) {
            let edited = Estate::build(&snapshot.edited(&[Edit::Remove(removal.clone())]).unwrap(), at()).unwrap();
            let after = entered(&TrustGraph::new(&edited));
            let mut felt = Felt::default();
            felt.add(&estate, &removal);
            for edge in before.symmetric_difference(&after) {
                let is_felt = felt.roles.contains(&edge.1) || felt.callers.contains(&edge.0);
                assert!(is_felt, "{removal:?}: {edge:?}");
                kinds.insert(named(&estate, &removal).kind);
            }
        }
        assert!(kinds.len() > 2, "{kinds:?}");
    }
}

#[test]
fn nothing_that_aws_writes_or_that_also_denies_is_named_to_be_removed() {
    let snapshot = Snapshot::open(&demo()).unwrap();
    let estate = Estate::build(&snapshot, at()).unwrap();
    for removal in removable(&TrustGraph::new(&estate)) {
        let what = named(&estate, &removal).what;
        assert!(!what.contains("AWSReservedSSO_") && !what.contains("AWSServiceRole"), "{what}");
    }
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4]], vec![]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, true)],
        group: vec![vec![2]],
        managed: vec![vec![2]],
    };
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    let arn = |kind: &str, name: &str| format!("arn:aws:iam::{}:{kind}/{name}", ACCOUNTS[0]);
    let of_world = |with: &dyn Fn(&mut Value)| {
        let dir = tempfile::tempdir().unwrap();
        world.write(dir.path());
        change_first(dir.path(), |account| {
            // another group of the user, and a boundary that allows everything
            let document =
                json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
            account["Policies"].as_array_mut().unwrap().push(json!({"PolicyName": "b", "Arn": arn("policy", "b"),
                "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}));
            account["UserDetailList"][0]["PermissionsBoundary"] =
                json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", "b")});
            let other = json!({"GroupName": "h", "Arn": arn("group", "h"), "AttachedManagedPolicies": [],
                "GroupPolicyList": [{"PolicyName": "hp",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny.clone()]}}]});
            account["GroupDetailList"].as_array_mut().unwrap().push(other);
            account["UserDetailList"][0]["GroupList"] = json!(["g", "h"]);
            with(account);
        });
        let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at()).unwrap();
        let all = removable(&TrustGraph::new(&estate));
        let has = |is_it: &dyn Fn(&Removal) -> bool| all.iter().any(is_it);
        let attached = |name: &str| has(&|one| matches!(one, Removal::Attachment(.., of, _) if **of == *name));
        let of_boundary =
            has(&|one| matches!(one, Removal::Statement(DocumentAt::Managed(_, of), _) if of.ends_with("/b")));
        assert!(of_boundary && !attached("b"), "{all:?}");
        (has(&|one| matches!(one, Removal::Membership(.., group) if **group == *"g")), attached("m"))
    };
    assert_eq!(of_world(&|_| {}), (true, true), "another group may deny what it will");
    let statements = |document: &mut Value| document["Statement"].as_array_mut().unwrap().push(deny.clone());
    let of_group =
        |account: &mut Value| statements(&mut account["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyDocument"]);
    assert_eq!(of_world(&of_group), (false, true));
    let of_managed = |account: &mut Value| statements(&mut account["Policies"][0]["PolicyVersionList"][0]["Document"]);
    assert_eq!(of_world(&of_managed), (true, false));
}
