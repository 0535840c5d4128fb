//! Runs that are stopped, repeated or wrong about the Region.

use rolehop::collect::{AssignmentsBy, CollectOptions, Resume, Stop, collect};
use rolehop::emulator::EmulatorOptions;
use rolehop::facet::{Facet, Facets};
use rolehop::snapshot::Snapshot;

use crate::run::*;
use crate::world::*;

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let size = Size { accounts: 30, sets: 6, ..SMALL };
    let latency = std::time::Duration::from_millis(4);
    let emulator = start(&files(size), EmulatorOptions { latency, ..EmulatorOptions::default() });
    let directory = tempfile::tempdir().unwrap();
    let stop = Stop::default();
    let mut options = options(&emulator, directory.path());
    options.people.assignments = AssignmentsBy::Account;
    options.people.rate = 5.0;
    options.tuning.grace = std::time::Duration::from_millis(10);
    options.stop = stop.clone();
    let asked = || emulator.calls().get("sso:ListAccountAssignments").copied().unwrap_or_default();
    let heard = Heard::default();
    let watch = async {
        while asked() < 60 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        stop.ask();
    };
    let (ended, ()) = tokio::join!(collect(&options, &heard), watch);
    // the only account was read before: either way, the snapshot says what is unread
    let unread = || {
        let snapshot = Snapshot::open(directory.path()).unwrap();
        snapshot.identity_center().unwrap().instances[0].unread_assignments.len()
    };
    assert!((1..size.accounts * size.sets).contains(&unread()), "{} {ended:?}", unread());
    let before = asked();
    let left = unread() as u64;

    options.stop = Stop::default();
    options.people.rate = 10.0;
    options.resume = Some(Resume { max_age: std::time::Duration::from_secs(3600) });
    let manifest = collect(&options, &heard).await.unwrap();
    assert!(manifest.gaps.iter().all(|gap| gap.facet != Facet::IdentityCenter), "{:?}", manifest.gaps);
    assert_eq!(asked() - before, left, "what was read is not asked for again");
    let snapshot = Snapshot::open(directory.path()).unwrap();
    same(&snapshot.identity_center().unwrap().instances[0], &expected(size));

    let before = emulator.calls();
    collect(&options, &heard).await.unwrap();
    let new = |name: &str| emulator.calls().get(name).copied() == before.get(name).copied();
    assert!(new("sso:ListInstances") && new("identitystore:ListUsers"), "what is complete is not read again");
}

#[tokio::test]
async fn a_run_that_is_stopped_twice_keeps_what_the_first_has_read() {
    let size = Size { accounts: 30, sets: 6, ..SMALL };
    let latency = std::time::Duration::from_millis(4);
    let emulator = start(&files(size), EmulatorOptions { latency, ..EmulatorOptions::default() });
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&emulator, directory.path());
    options.people.assignments = AssignmentsBy::Account;
    options.tuning.grace = std::time::Duration::from_millis(10);
    let calls = |name: &str| emulator.calls().get(name).copied().unwrap_or_default();
    let heard = Heard::default();
    let stopped = async |options: &mut CollectOptions, name: &str, after: u64| {
        let stop = Stop::default();
        options.stop = stop.clone();
        let most = calls(name) + after;
        let watch = async {
            while calls(name) < most {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            stop.ask();
        };
        tokio::join!(collect(options, &heard), watch).0.ok();
    };
    let instance = || Snapshot::open(directory.path()).unwrap().identity_center().unwrap().instances[0].clone();
    options.people.rate = 5.0;
    stopped(&mut options, "sso:ListAccountAssignments", 60).await;
    let first = instance();
    assert!(first.account_assignments.as_ref().is_some_and(|found| !found.is_empty()), "{first:?}");
    let asked = calls("sso:ListAccountAssignments");

    options.people.rate = 0.5;
    options.resume = Some(Resume { max_age: std::time::Duration::from_secs(3600) });
    stopped(&mut options, "sso:ListAccountsForProvisionedPermissionSet", 2).await;
    assert_eq!(calls("sso:ListAccountAssignments"), asked, "it was stopped before");
    let second = instance();
    assert_eq!(second.account_assignments, first.account_assignments);
    assert_eq!(second.group_memberships, first.group_memberships);
    assert!(second.unread_assignments.len() >= first.unread_assignments.len());

    options.stop = Stop::default();
    options.people.rate = 10.0;
    collect(&options, &heard).await.unwrap();
    let left = first.unread_assignments.len() as u64;
    assert_eq!(calls("sso:ListAccountAssignments") - asked, left, "what the first read is not asked for again");
    same(&instance(), &expected(size));
}

#[tokio::test]
async fn a_region_that_was_named_by_mistake_is_corrected_by_the_next_run() {
    let emulator = start(&files(SMALL), EmulatorOptions::default());
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&emulator, directory.path());
    let heard = Heard::default();
    let asked = || emulator.calls().get("sso:ListInstances").copied().unwrap_or_default();
    let found = || Snapshot::open(directory.path()).unwrap().identity_center().unwrap().instances.len();
    options.people.region = Some("eu-central-1".to_owned());
    collect(&options, &heard).await.unwrap();
    assert_eq!(found(), 0);
    options.resume = Some(Resume { max_age: std::time::Duration::from_secs(3600) });
    let before = asked();
    collect(&options, &heard).await.unwrap();
    assert_eq!(asked(), before, "the same region has the same answer");
    options.people.region = Some(REGION.to_owned());
    collect(&options, &heard).await.unwrap();
    let snapshot = Snapshot::open(directory.path()).unwrap();
    let file = snapshot.identity_center().unwrap();
    same(file.instances.iter().find(|instance| instance.instance_arn == INSTANCE).unwrap(), &expected(SMALL));
    assert_eq!(snapshot.account_access().unwrap().applications.len(), 1);

    // nor does a mistake in a later run lose what is there
    options.people.region = Some("eu-central-1".to_owned());
    options.facets = Facets::named(["core", "identity-center", "account-access"]).unwrap();
    collect(&options, &heard).await.unwrap();
    assert!(found() > 0);
}

#[tokio::test]
async fn people_that_were_read_too_long_ago_are_not_kept_where_they_cannot_be_read_now() {
    let emulator = start(&files(SMALL), EmulatorOptions::default());
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&emulator, directory.path());
    let heard = Heard::default();
    collect(&options, &heard).await.unwrap();
    drop(emulator);
    let denied = ["sso:ListInstances".to_owned()].into();
    let emulator = start(&files(SMALL), EmulatorOptions { denied_operations: denied, ..EmulatorOptions::default() });
    let (key, secret) = emulator.access_key();
    options.endpoint = Some(emulator.endpoint());
    let credentials = options.credentials.as_mut().unwrap();
    (credentials.access_key_id, credentials.secret_access_key) = (key.to_owned(), secret.to_owned());
    options.resume = Some(Resume { max_age: std::time::Duration::from_secs(3600) });
    options.started = "2026-11-20T12:30:00Z".parse().unwrap();
    collect(&options, &heard).await.unwrap();
    assert!(Snapshot::open(directory.path()).unwrap().identity_center().is_some(), "half an hour is recent");

    options.started = "2026-11-22T12:00:00Z".parse().unwrap();
    let manifest = collect(&options, &heard).await.unwrap();
    let snapshot = Snapshot::open(directory.path()).unwrap();
    assert!(snapshot.identity_center().is_none() && snapshot.account_access().is_none());
    assert!(manifest.gaps.iter().any(|gap| gap.facet == Facet::IdentityCenter), "{:?}", manifest.gaps);
}
