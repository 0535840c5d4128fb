//! Edge cases of the rules about the audit trail.

use rolehop::finding::Status;
use rolehop::model::Estate;
use rolehop::rules::RuleSettings;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{DEV, HUB, PROD, World};
use crate::{judge, root, told};

fn trail(name: &str, of_organization: bool) -> Value {
    json!({"TrailARN": format!("arn:aws:cloudtrail:eu-west-1:{HUB}:trail/{name}"), "IsMultiRegionTrail": true,
        "IsOrganizationTrail": of_organization, "LogFileValidationEnabled": true, "KmsKeyId": "key",
        "Status": {"IsLogging": true, "LatestDeliveryTime": "2026-11-19T12:00:00Z"},
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]})
}

fn messages(world: &World, rule: &str) -> Vec<String> {
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    found.into_iter().filter(|finding| finding.status == Status::Open).map(|finding| finding.message).collect()
}

#[test]
fn an_organization_is_judged_once() {
    let rules = ["no-organization-trail", "trail-without-management-events"];
    let mut world = World::of_organization();
    for rule in rules {
        assert_eq!(told(&world, rule), (vec![(Status::Unknown, root(HUB))], 2), "{rule}");
    }
    // a member lists the trail of its organization too
    world.account(DEV)["Trails"] = json!([trail("all", true)]);
    for rule in rules {
        assert_eq!(told(&world, rule), (vec![], 2), "{rule}");
    }
    world.account(DEV)["Trails"] = json!([trail("own", false)]);
    world.account(HUB)["Trails"] = json!([trail("own", false)]);
    assert_eq!(messages(&world, rules[0]), ["the organization has no trail"]);
    assert_eq!(told(&world, rules[1]), (vec![], 3), "no trail, no events");
    world.account(HUB)["Trails"] = json!([trail("all", true)]);
    world.account(HUB)["Trails"][0]["IsMultiRegionTrail"] = json!(false);
    assert_eq!(messages(&world, rules[0]), ["the trail `all` of the organization records one Region only"]);
    world.account(PROD)["Trails"] = world.account(HUB)["Trails"].clone();
    assert_eq!(messages(&world, rules[0]), ["the trail `all` of the organization records one Region only"]);
    world.account(PROD).as_object_mut().unwrap().remove("Trails");
    // one that may be of the organization
    let mut perhaps = trail("perhaps", true);
    perhaps.as_object_mut().unwrap().remove("IsOrganizationTrail");
    world.account(HUB)["Trails"] = json!([perhaps]);
    assert_eq!(told(&world, rules[0]).0, [(Status::Unknown, root(HUB))]);
    world.account(HUB)["Trails"] = json!([trail("all", true)]);
    world.account(HUB)["Trails"][0]["IsMultiRegionTrail"] = Value::Null;
    assert_eq!(told(&world, rules[0]).0, [(Status::Unknown, root(HUB))]);
}

/// Every account has to be on record: by its organization, or by a trail of its own.
#[test]
fn each_account_is_recorded_by_its_organization_or_by_itself() {
    let rules = ["account-without-trail", "account-recorded-in-part"];
    let said = |world: &World| rules.map(|rule| messages(world, rule));
    let none: [Vec<String>; 2] = Default::default();
    // without an organization
    let mut world = World::default();
    world.account(PROD)["Trails"] = json!([]);
    assert_eq!(said(&world), [vec!["no trail that was read records it".to_owned()], vec![]]);
    assert_eq!(told(&world, "no-organization-trail"), (vec![], 1));
    world.account(PROD)["Trails"] = json!([trail("own", false)]);
    assert_eq!(said(&world), none);
    world.account(PROD)["Trails"][0]["EventSelectors"][0]["ReadWriteType"] = json!("WriteOnly");
    assert_eq!(
        said(&world),
        [vec![], vec!["its only trail, `own`, records no management events that read".to_owned()]]
    );
    // a member lists the trail of its organization; the others are recorded by it, whatever was read of them
    let mut world = World::of_organization();
    for account in [HUB, PROD] {
        world.account(account)["Trails"] = json!([]);
    }
    world.account(DEV);
    assert_eq!(said(&world)[0], ["no trail that was read records it"; 2]);
    assert_eq!(told(&world, rules[0]).0.iter().filter(|(status, _)| *status == Status::Unknown).count(), 1);
    world.account(DEV)["Trails"] = json!([trail("all", true)]);
    assert_eq!(said(&world), none);
    // one that lists it without its status says no less of it
    let mut untold = trail("all", true);
    untold.as_object_mut().unwrap().remove("Status");
    world.account(HUB)["Trails"] = json!([untold]);
    assert_eq!((told(&world, "no-organization-trail").0, said(&world)), (vec![], none.clone()));
    world.account(HUB)["Trails"] = json!([]);
    assert_eq!(told(&world, rules[1]), (vec![], 3));
    // what it leaves out is told of the organization
    world.account(DEV)["Trails"][0]["IsMultiRegionTrail"] = json!(false);
    let one_region = "trails of the organization record one Region only, and 3 of 3 accounts have none of all Regions: hub, prod and dev";
    assert_eq!(said(&world), [vec![], vec![one_region.to_owned()]]);
    for account in [HUB, PROD, DEV] {
        world.account(account)["Trails"].as_array_mut().unwrap().push(trail("own", false));
    }
    assert_eq!(said(&world), none);
    for account in [HUB, PROD, DEV] {
        world.account(account)["Trails"].as_array_mut().unwrap().pop();
    }
    // one that is off records nothing, one of which that was not read may
    world.account(DEV)["Trails"][0]["Status"]["IsLogging"] = json!(false);
    assert_eq!(said(&world)[0].len(), 3);
    world.account(DEV)["Trails"][0]["Status"] = Value::Null;
    assert_eq!(said(&world), none);
    assert!(told(&world, rules[0]).0.iter().all(|(status, _)| *status == Status::Unknown));
    // unless another account tells that it is on
    world.account(HUB)["Trails"] = json!([trail("all", true)]);
    assert_eq!(told(&world, rules[0]), (vec![], 0));
    // there are no trails of an organization that has billing only
    let mut world = World::of_organization();
    world.organization()["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    world.account(HUB)["Trails"] = json!([trail("all", true)]);
    world.account(PROD)["Trails"] = json!([]);
    world.account(DEV)["Trails"] = json!([trail("own", false), trail("part", false)]);
    world.account(DEV)["Trails"][0]["IsMultiRegionTrail"] = json!(false);
    world.account(DEV)["Trails"][1]["EventSelectors"][0]["IncludeManagementEvents"] = json!(false);
    assert_eq!(messages(&world, rules[0]), ["no trail that was read records it"]);
    assert_eq!(
        messages(&world, rules[1]).last().unwrap(),
        "of its 2 trails, `part` records no management events, and none records everything"
    );
}

#[test]
fn one_trail_with_all_events_is_enough() {
    let rule = "trail-without-management-events";
    let mut world = World::of_organization();
    let mut part = trail("part", true);
    part["EventSelectors"][0]["ExcludeManagementEventSources"] = json!(["kms.amazonaws.com"]);
    world.account(HUB)["Trails"] = json!([part]);
    assert_eq!(
        messages(&world, rule),
        ["the trail `part` records all management events but those of kms.amazonaws.com"]
    );
    world.account(HUB)["Trails"] = json!([part, trail("whole", true)]);
    assert_eq!(told(&world, rule), (vec![], 2));
    part.as_object_mut().unwrap().remove("EventSelectors");
    world.account(HUB)["Trails"] = json!([part]);
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(HUB))]);
}

#[test]
fn a_trail_is_told_by_its_owner_while_it_is_on() {
    let mut world = World::of_organization();
    let mut late = trail("all", true);
    late["Status"]["LatestDeliveryTime"] = json!("2026-11-10T00:00:00Z");
    late["KmsKeyId"] = Value::Null;
    late["LogFileValidationEnabled"] = Value::Null;
    for account in [HUB, PROD, DEV] {
        world.account(account)["Trails"] = json!([late]);
    }
    assert_eq!(
        messages(&world, "trail-without-kms-key"),
        ["the trail `all` has no KMS key of the customer for its log files"]
    );
    assert_eq!(messages(&world, "trail-without-delivery"), ["the trail `all` delivered its last log file 10 days ago"]);
    assert_eq!(told(&world, "trail-without-validation").0, [(Status::Unknown, root(HUB))]);
    late["Status"]["LatestDeliveryError"] = json!("");
    late["Status"].as_object_mut().unwrap().remove("LatestDeliveryTime");
    world.account(HUB)["Trails"] = json!([late]);
    let rule = "trail-without-delivery";
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(HUB))], "nothing was read of its delivery");
    late["Status"]["StartLoggingTime"] = json!("2026-11-10T00:00:00Z");
    world.account(HUB)["Trails"] = json!([late]);
    assert_eq!(messages(&world, rule), ["the trail `all` was switched on 10 days ago and delivered no log file"]);
    late["Status"]["StartLoggingTime"] = json!("2026-11-19T23:00:00Z");
    world.account(HUB)["Trails"] = json!([late]);
    assert_eq!(told(&world, rule).0, [], "it has just begun");
    late["Status"]["LatestDeliveryError"] = json!("AccessDenied");
    world.account(HUB)["Trails"] = json!([late]);
    assert_eq!(messages(&world, "trail-without-delivery"), ["the trail `all` failed to deliver its last log file"]);
    late["Status"]["IsLogging"] = json!(false);
    world.account(HUB)["Trails"] = json!([late]);
    for rule in ["trail-without-kms-key", "trail-without-delivery", "trail-without-validation"] {
        assert!(messages(&world, rule).is_empty(), "{rule}: one that is off is told by another rule");
    }
    world.account(DEV).as_object_mut().unwrap().remove("Trails");
    assert_eq!(told(&world, "trail-without-kms-key").0, [(Status::Unknown, root(DEV))]);
}

/// The snapshot of a world whose trails were read in these Regions.
fn read_in(world: &World, regions: &[&str]) -> Estate {
    let complete = json!({"state": "complete"});
    collected(world, regions, &json!({HUB: complete, PROD: complete, DEV: complete}))
}

/// The snapshot of a world that a run with this ledger left.
pub(super) fn collected(world: &World, regions: &[&str], ledger: &Value) -> Estate {
    let dir = world.write();
    let mut files = serde_json::Map::new();
    for name in std::iter::once("organization".to_owned()).chain([HUB, PROD, DEV].map(|id| format!("accounts/{id}"))) {
        let Ok(bytes) = std::fs::read(dir.path().join(format!("{name}.json"))) else { continue };
        files.insert(format!("{name}.json"), json!(hex::encode(Sha256::digest(bytes))));
    }
    let manifest = json!({"format": 1, "tool": "test", "started": "2026-11-20T00:00:00Z",
        "settings": {"role_name": "audit", "facets": ["trails"], "session_policy": true, "trail_regions": regions},
        "ledger": ledger, "files": files});
    std::fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
    Estate::build(&Snapshot::open(dir.path()).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn a_trail_of_one_region_is_no_proof_of_the_regions_that_were_not_read() {
    let mut world = World::of_organization();
    let mut local = trail("local", false);
    local["IsMultiRegionTrail"] = json!(false);
    world.account(HUB)["Trails"] = json!([local]);
    world.account(PROD)["Trails"] = json!([]);
    world.account(DEV)["Trails"] = json!([]);
    let of = |regions: &[&str], rule: &str| {
        let found = judge(&read_in(&world, regions), rule, RuleSettings::default()).unwrap();
        found.into_iter().map(|finding| (finding.status, finding.subject, finding.message)).collect::<Vec<_>>()
    };
    for rule in ["trail-without-kms-key", "trail-without-delivery", "trail-without-validation"] {
        let [(status, subject, message)] = of(&["eu-west-1"], rule).try_into().unwrap();
        assert_eq!((status, subject), (Status::Unknown, root(HUB)), "{rule}");
        assert!(message.contains("eu-west-1 only") && message.contains("--trail-regions all"), "{rule}: {message}");
        assert_eq!(of(&["all"], rule), [], "{rule}");
    }
    let told = |regions: &[&str]| of(regions, "account-without-trail").into_iter().map(|(.., message)| message);
    let told = |regions: &[&str]| told(regions).collect::<std::collections::BTreeSet<_>>().into_iter().next().unwrap();
    assert_eq!(told(&["eu-west-1"]), "no trail records it in eu-west-1, where trails were read");
    assert_eq!(told(&["all"]), "no trail records it in any Region");
}
