//! Edge cases of the rules about quotas.

use std::fs;

use rolehop::finding::Status;
use serde_json::{Value, json};

use crate::{cases, check, root};

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
