//! People come back as they are, by whichever way, role, region and account they are asked for.

use std::collections::BTreeSet;

use rolehop::collect::{AssignmentsBy, CollectOptions};
use rolehop::emulator::{Emulator, EmulatorOptions};
use rolehop::facet::Facets;
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::identity_center::AskedBy;
use serde_json::json;

use crate::run::*;
use crate::world::*;

#[tokio::test]
async fn people_come_back_as_they_are_whichever_way_they_are_asked_for() {
    let emulator = start(&files(SMALL), EmulatorOptions { page_size: 3, ..EmulatorOptions::default() });
    for by in [AssignmentsBy::Account, AssignmentsBy::Principal, AssignmentsBy::FewerCalls] {
        let ran = scan(&emulator, |options| options.people.assignments = by).await;
        assert_eq!(ran.reason(), None, "{by:?}");
        same(&ran.instance(), &expected(SMALL));
        let way = if by == AssignmentsBy::Account { AskedBy::Account } else { AskedBy::Principal };
        assert_eq!(ran.instance().assignments_by, Some(way), "{by:?}");
        assert!(ran.heard.has(&format!("ssoins-1111222233334444 in {REGION}")));
        let snapshot = Snapshot::open(ran.directory.path()).unwrap();
        let access = serde_json::to_value(snapshot.account_access().unwrap()).unwrap();
        assert_eq!(access, account_access());
        assert!(snapshot.identity_center().unwrap().regions_asked.contains(&"us-east-1".to_owned()));
    }
}

#[tokio::test]
async fn every_call_that_is_permitted_is_made() {
    let emulator = start(&files(Size { accounts: 2, ..SMALL }), EmulatorOptions::default());
    for by in [AssignmentsBy::Account, AssignmentsBy::Principal] {
        scan(&emulator, |options| options.people.assignments = by).await;
    }
    let many = start(&files(SMALL), EmulatorOptions::default());
    scan(&many, |_| ()).await;
    let made: BTreeSet<String> = emulator.calls().into_keys().chain(many.calls().into_keys()).collect();
    let of_people = rolehop::facet::operations().filter(|(_, operation)| operation.service.is_of_people());
    for (_, operation) in of_people {
        assert!(made.contains(&operation.action()), "{}", operation.action());
    }
}

#[tokio::test]
async fn the_way_with_fewer_calls_is_taken_and_said() {
    let size = Size { accounts: 30, sets: 5, users: 12, groups: 4, members: 5 };
    let calls = async |emulator: &Emulator, name: &str| emulator.calls().get(name).copied().unwrap_or_default();
    let emulator = start(&files(size), EmulatorOptions::default());
    let ran = scan(&emulator, |_| ()).await;
    assert!(ran.heard.has("by user and group, about 17 calls; by account and permission set it would be 150"));
    let asked = calls(&emulator, "sso:ListAccountAssignmentsForPrincipal").await;
    assert!((16..20).contains(&asked), "{asked}: a call for each of 16, and further pages");
    assert_eq!(calls(&emulator, "sso:ListAccountAssignments").await, 0);
    assert_eq!(
        calls(&emulator, "sso:ListPermissionSetsProvisionedToAccount").await,
        0,
        "five sets are fewer than 30 accounts"
    );
    same(&ran.instance(), &expected(size));

    let size = Size { accounts: 2, ..SMALL };
    let emulator = start(&files(size), EmulatorOptions::default());
    let ran = scan(&emulator, |_| ()).await;
    assert_eq!(calls(&emulator, "sso:ListAccountAssignments").await, 12);
    assert_eq!(calls(&emulator, "sso:ListPermissionSetsProvisionedToAccount").await, 2);
    same(&ran.instance(), &expected(size));
}

#[tokio::test]
async fn a_delegated_administrator_asks_by_account_and_a_member_is_told_what_helps() {
    let size = Size { accounts: 30, sets: 5, users: 12, groups: 4, members: 5 };
    let of =
        |account: &str| EmulatorOptions { caller_account: AccountId::parse(account), ..EmulatorOptions::default() };
    let emulator = start(&files(size), of(ADMINISTRATOR));
    let ran = scan(&emulator, |options| options.facets = Facets::named(["core", "identity-center"]).unwrap()).await;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(size));
    assert_eq!(emulator.calls().get("sso:ListAccountAssignmentsForPrincipal"), None);

    // even where it is told to ask by user
    let ran = scan(&emulator, |options| {
        options.facets = Facets::named(["core", "identity-center"]).unwrap();
        options.people.assignments = AssignmentsBy::Principal;
    })
    .await;
    assert!(ran.heard.has("asking by account instead") && ran.reason().is_none());
    same(&ran.instance(), &expected(size));

    let denied = ["sso:ListInstances".to_owned()].into();
    let emulator = start(&files(size), EmulatorOptions { denied_operations: denied, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |_| ()).await;
    assert!(ran.reason().unwrap().contains("AccessDenied"), "{:?}", ran.manifest.gaps);
    assert!(ran.heard.has("--identity-center-role"), "{:?}", ran.heard.0);
    assert!(Snapshot::open(ran.directory.path()).unwrap().identity_center().is_none(), "unread is no empty list");
    assert_eq!(emulator.calls()["sso:ListInstances"], 1, "what is denied in one region is not tried in all");

    let emulator = start(&files(size), of("000000000007"));
    let ran = scan(&emulator, |_| ()).await;
    assert!(ran.reason().unwrap().contains("could not be read"), "a member cannot list the organization either");
}

#[tokio::test]
async fn an_organization_without_an_instance_and_one_without_permission_sets_are_complete() {
    let mut none = files(SMALL);
    none.remove("identity-center.json");
    none.remove("account-access.json");
    let emulator = start(&none, EmulatorOptions::default());
    let ran = scan(&emulator, |_| ()).await;
    assert_eq!((ran.reason(), ran.file().instances.len()), (None, 0));
    assert!(ran.file().regions_asked.len() > 10 && ran.heard.has("has no instance of IAM Identity Center"));

    // a region that is named is the only one that is asked
    let emulator = start(&files(SMALL), EmulatorOptions::default());
    let named = |region: &str| {
        let region = region.to_owned();
        move |options: &mut CollectOptions| options.people.region = Some(region)
    };
    let ran = scan(&emulator, named("eu-central-1")).await;
    assert_eq!((ran.file().regions_asked, ran.reason()), (vec!["eu-central-1".to_owned()], None));
    let ran = scan(&emulator, named(REGION)).await;
    same(&ran.instance(), &expected(SMALL));

    let mut empty = files(SMALL);
    for key in ["PermissionSets", "AccountAssignments", "Provisioned", "AccessControlAttributes"] {
        empty.get_mut("identity-center.json").unwrap()["Instances"][0][key] = json!([]);
    }
    empty.get_mut("identity-center.json").unwrap()["Instances"][0]["AccessControlEnabled"] = json!(false);
    let emulator = start(&empty, EmulatorOptions::default());
    let ran = scan(&emulator, |_| ()).await;
    let instance = ran.instance();
    assert_eq!(ran.reason(), None);
    assert_eq!((instance.permission_sets, instance.account_assignments), (Some(vec![]), Some(vec![])));
    assert_eq!((instance.access_control_attributes, instance.access_control_enabled), (Some(vec![]), Some(false)));

    // enabled, and nothing mapped: an identity provider sends its own
    empty.get_mut("identity-center.json").unwrap()["Instances"][0]["AccessControlEnabled"] = json!(true);
    let ran = scan(&start(&empty, EmulatorOptions::default()), |_| ()).await;
    let instance = ran.instance();
    assert_eq!((instance.access_control_attributes, instance.access_control_enabled), (Some(vec![]), Some(true)));
}

#[tokio::test]
async fn the_instance_of_one_account_is_kept_apart() {
    let mut files = files(SMALL);
    files.get_mut("identity-center.json").unwrap()["Instances"][1]["OwnerAccountId"] = ADMINISTRATOR.into();
    let caller = EmulatorOptions { caller_account: Some(id(ADMINISTRATOR)), ..EmulatorOptions::default() };
    let emulator = start(&files, caller);
    let ran = scan(&emulator, |options| options.facets = Facets::named(["core", "identity-center"]).unwrap()).await;
    let file = ran.file();
    assert_eq!((file.instances.len(), ran.reason()), (2, None));
    let other = file.instances.iter().find(|instance| instance.owner_account_id == Some(id(ADMINISTRATOR))).unwrap();
    assert_eq!((other.permission_sets_enabled, other.permission_sets.as_ref()), (Some(false), None));
    same(&ran.instance(), &expected(SMALL));
}

#[tokio::test]
async fn a_role_of_its_own_reads_people_and_nothing_else() {
    let files = files(SMALL);
    let emulator = start(&files, EmulatorOptions::default());
    let ran = scan(&emulator, |options| {
        options.people.role = Some(format!("arn:aws:iam::{MANAGEMENT}:role/{ROLE}"));
    })
    .await;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(SMALL));
    let ran = scan(&emulator, |options| {
        options.people.role = Some(format!("arn:aws:iam::{MANAGEMENT}:role/none"));
    })
    .await;
    assert!(ran.reason().unwrap().contains("AssumeRole"), "{:?}", ran.manifest.gaps);
}

#[test]
fn the_program_asks_for_assignments_as_it_is_told() {
    let emulator =
        start(&files(Size { accounts: 2, sets: 2, users: 4, groups: 3, members: 2 }), EmulatorOptions::default());
    let (key, secret) = emulator.access_key();
    for (way, by) in [("account", AskedBy::Account), ("principal", AskedBy::Principal)] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", emulator.endpoint()).current_dir(directory.path());
        command.args(["collect", "--role-name", ROLE, "--facets", "core,identity-center", "--accounts", MANAGEMENT]);
        let output = command.args(["--identity-center-assignments", way, "--snapshot", "."]).output().unwrap();
        let snapshot = Snapshot::open(directory.path()).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(snapshot.identity_center().unwrap().instances[0].assignments_by, Some(by));
    }
}
