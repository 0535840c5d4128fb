//! Edge cases of the rules about quotas.

use std::fs;

use rolehop::finding::Status;
use serde_json::{Value, json};

use crate::support::{self, DEV, PROD, World, may_assume, trusts};
use crate::{cases, check, root, told};

#[test]
fn policies_of_the_organization_that_were_not_read_are_unknown() {
    let case = cases("good").into_iter().find(|case| case.rule == "scp-near-limit").unwrap();
    let without = |damage: fn(&mut Value)| {
        let copy = case.copy();
        let path = copy.path().join("organization.json");
        let mut organization: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        damage(&mut organization);
        fs::write(path, organization.to_string()).unwrap();
        let findings = check(copy.path(), &case.rule, case.settings());
        findings.into_iter().map(|f| (f.status, f.subject, f.message)).collect::<Vec<_>>()
    };
    let one =
        |why: &str| vec![(Status::Unknown, root("100000000001"), format!("cannot be judged: {why} (guardrails)"))];
    let none = without(|organization| _ = organization.as_object_mut().unwrap().remove("Policies"));
    assert_eq!(none, one("SCPs and RCPs were not collected"));
    let targets = without(|organization| _ = organization["Policies"][3].as_object_mut().unwrap().remove("TargetIds"));
    assert_eq!(targets, one("some SCPs, or what they are attached to, were not collected"));
    // without an organization there is nothing to judge
    let other = without(|organization| *organization = json!({"Accounts": []}));
    assert_eq!(other, []);
}

#[test]
fn a_policy_that_somebody_has_and_no_list_names_may_be_near_its_limits() {
    let mut world = World::of_organization();
    let own = format!("arn:aws:iam::{PROD}:policy/own");
    let version =
        |at: usize| json!({"VersionId": format!("v{at}"), "IsDefaultVersion": at == 1, "Document": may_assume(&["*"])});
    world.account(PROD)["Policies"] = json!([{"PolicyName": "own", "Arn": own, "Path": "/", "DefaultVersionId": "v1",
        "AttachmentCount": 1, "PolicyVersionList": (1..=5).map(version).collect::<Vec<_>>()}]);
    world.role(PROD, "app", trusts(support::root(DEV)), &[]);
    world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", json!([{"PolicyName": "own", "PolicyArn": own}]));
    let (versions, size) = ("policy-at-version-limit", "policy-near-size-limit");
    assert_eq!(told(&world, versions).0, [(Status::Open, own.clone())]);
    assert_eq!(told(&world, size).0, []);
    world.account(PROD)["Policies"] = json!([]);
    for rule in [versions, size] {
        let unknown = [(Status::Unknown, root(PROD))];
        assert_eq!(told(&world, rule).0, unknown, "{rule}");
        // as a boundary too
        world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", json!([]));
        world.with(PROD, "RoleDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": own}));
        assert_eq!(told(&world, rule).0, unknown, "{rule}");
        // AWS's own have no quota of the account
        world.with(
            PROD,
            "RoleDetailList",
            "PermissionsBoundary",
            json!({"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/Gone"}),
        );
        assert_eq!(told(&world, rule).0, [], "{rule}");
        world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", json!([{"PolicyName": "own", "PolicyArn": own}]));
    }
}
