//! What `doctor` tries before people are read.

use rolehop::collect::doctor::{Check, Health, examine};
use rolehop::emulator::EmulatorOptions;

use crate::run::*;
use crate::world::*;

#[tokio::test]
async fn doctor_tries_each_call_about_people_and_looks_for_the_instance_once() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = start(&files(SMALL), EmulatorOptions::default());
    let checks = examine(&options(&emulator, directory.path()), &[], 1).await.unwrap();
    let of = |checks: &[Check], topic: &str| checks.iter().find(|check| check.topic == topic).unwrap().clone();
    assert_eq!(of(&checks, "account-access").health, Health::Ok, "{checks:?}");
    assert_eq!(of(&checks, "identity-center").health, Health::Ok, "{checks:?}");
    let calls = emulator.calls();
    for (_, operation) in rolehop::facet::operations().filter(|(_, operation)| operation.service.is_of_people()) {
        // a scan does without this one
        if operation.name == "DescribeInstance" {
            continue;
        }
        assert!(calls.contains_key(&operation.action()), "{}", operation.action());
    }
    let ran = scan(&start(&files(SMALL), EmulatorOptions::default()), |_| ()).await;
    assert_eq!(calls["sso:ListInstances"], ran.file().regions_asked.len() as u64);

    for operation in ["GetApplication", "ListEntitlements"] {
        let denied = [format!("account-access:{operation}")].into();
        let emulator =
            start(&files(SMALL), EmulatorOptions { denied_operations: denied, ..EmulatorOptions::default() });
        let checks = examine(&options(&emulator, directory.path()), &[], 1).await.unwrap();
        let check = of(&checks, "account-access");
        assert!(check.health == Health::Warn && check.finding.contains(operation), "{check:?}");
        assert_eq!(of(&checks, "identity-center").health, Health::Ok);
    }
}
