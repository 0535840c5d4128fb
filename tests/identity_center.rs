//! People through the real collector: instance, permission sets, assignments, users, groups and entitlements come back as they are,
//! whichever way they are asked for, and what could not be read is named.
//!
//! `ROLEHOP_PEOPLE=1` measures 1,850 accounts with eight permission sets and 3,000 users.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: what is missing is a failure")]

#[path = "identity_center/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use rolehop::collect::doctor::{Check, Health, examine};
use rolehop::collect::{AssignmentsBy, CollectOptions, Progress, Resume, Scope, StaticCredentials, Stop, collect};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::facet::{Facet, Facets};
use rolehop::ids::AccountId;
use rolehop::snapshot::Snapshot;
use rolehop::snapshot::identity_center::{AskedBy, IdentityCenterFile, Instance};
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;
use serde_json::{Value, json};
use world::*;

fn start(files: &BTreeMap<String, Value>, options: EmulatorOptions) -> Emulator {
    let bytes = files.iter().map(|(name, value)| (name.clone(), value.to_string().into_bytes())).collect();
    Emulator::start(EmulatorData::from_files(bytes).unwrap(), options).unwrap()
}

/// Keeps what a run says.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn warning(&self, diagnostic: &rolehop::diagnostic::Diagnostic) {
        self.note(&format!("{} | {} | {}", diagnostic.what, diagnostic.why, diagnostic.next));
    }
}

impl Heard {
    fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|line| line.contains(text))
    }
}

/// Rates are this much faster than AWS's, so that a test takes no minute.
const SCALE: f64 = 40.0;

fn options(emulator: &Emulator, directory: &Path) -> CollectOptions {
    let (key, secret) = emulator.access_key();
    let mut options = CollectOptions::new(ROLE, directory, "2026-11-20T12:00:00Z".parse().unwrap());
    options.endpoint = Some(emulator.endpoint());
    options.credentials = Some(StaticCredentials {
        access_key_id: key.to_owned(),
        secret_access_key: secret.to_owned(),
        session_token: None,
    });
    options.region = Some("us-east-1".to_owned());
    options.scope = Scope::Accounts(vec![id(MANAGEMENT)]);
    options.facets = Facets::named(["core", "identity-center", "account-access"]).unwrap();
    options.tuning.quota_scale = SCALE;
    options.tuning.initial_backoff = std::time::Duration::from_millis(5);
    options.tuning.max_backoff = std::time::Duration::from_millis(50);
    options
}

struct Ran {
    directory: tempfile::TempDir,
    manifest: Manifest,
    heard: Heard,
}

impl Ran {
    fn file(&self) -> IdentityCenterFile {
        Snapshot::open(self.directory.path()).unwrap().identity_center().cloned().unwrap()
    }

    fn instance(&self) -> Instance {
        self.file().instances.into_iter().find(|instance| instance.instance_arn == INSTANCE).unwrap()
    }

    fn reason(&self) -> Option<String> {
        let gap = self.manifest.gaps.iter().find(|gap| gap.facet == Facet::IdentityCenter);
        gap.map(|gap| gap.reason.clone())
    }
}

async fn scan(emulator: &Emulator, change: impl FnOnce(&mut CollectOptions)) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(emulator, directory.path());
    change(&mut options);
    let heard = Heard::default();
    let manifest = collect(&options, &heard).await.unwrap();
    Ran { directory, manifest, heard }
}

/// The served instance, in the order in which rolehop writes its lists.
fn expected(size: Size) -> Instance {
    let file: IdentityCenterFile = serde_json::from_value(identity_center(size)).unwrap();
    let mut instance = file.instances.into_iter().next().unwrap();
    instance.permission_sets_enabled = Some(true);
    instance.account_assignments.iter_mut().for_each(|list| list.sort());
    instance.group_memberships.iter_mut().for_each(|list| list.sort());
    instance.provisioned.iter_mut().for_each(|list| list.sort_by_key(|entry| entry.account_id));
    instance
}

fn same(found: &Instance, wanted: &Instance) {
    let plain = |instance: &Instance| {
        let mut value = serde_json::to_value(instance).unwrap();
        // times come back as AWS's JSON has them
        for set in value["PermissionSets"].as_array_mut().unwrap() {
            set["CreatedDate"] =
                set["CreatedDate"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().to_string().into();
        }
        value
    };
    let (mut found, wanted) = (plain(found), plain(wanted));
    found.as_object_mut().unwrap().remove("AssignmentsBy");
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(found.get(key), Some(value), "{key}");
    }
    assert_eq!(found.as_object().unwrap().len(), wanted.as_object().unwrap().len(), "{found:#}");
}

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
    let emulator = start(&empty, EmulatorOptions::default());
    let ran = scan(&emulator, |_| ()).await;
    let instance = ran.instance();
    assert_eq!(ran.reason(), None);
    assert_eq!((instance.permission_sets, instance.account_assignments), (Some(vec![]), Some(vec![])));
    assert_eq!(instance.access_control_attributes, Some(vec![]));
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

#[tokio::test]
async fn what_could_not_be_asked_is_named_and_everything_else_is_kept() {
    // of some groups and pairs, as an SCP that denies one account would do it
    let mut files = files(SMALL);
    let instance = &mut files.get_mut("identity-center.json").unwrap()["Instances"][0];
    instance["UnreadGroups"] = json!([{"GroupId": group(2), "Reason": "x"}]);
    let unread: Vec<Value> =
        (0..SMALL.sets).map(|n| json!({"AccountId": account(4), "PermissionSetArn": set(n), "Reason": "x"})).collect();
    instance["UnreadAssignments"] = json!(unread);
    let emulator = start(&files, EmulatorOptions::default());
    let ran = scan(&emulator, |options| options.people.assignments = AssignmentsBy::Account).await;
    let instance = ran.instance();
    let pairs: BTreeSet<_> = instance
        .unread_assignments
        .iter()
        .map(|unread| (unread.account_id, unread.permission_set_arn.clone()))
        .collect();
    let wanted: BTreeSet<_> = (0..SMALL.sets).map(|n| (Some(id(&account(4))), Some(set(n)))).collect();
    assert_eq!(pairs, wanted);
    assert_eq!(instance.unread_groups.iter().map(|unread| unread.group_id.clone()).collect::<Vec<_>>(), [group(2)]);
    let all = expected(SMALL);
    let kept = |list: &Option<Vec<_>>| list.as_ref().unwrap().len();
    let lost = all.account_assignments.iter().flatten().filter(|entry| entry.account_id == id(&account(4))).count();
    assert_eq!(kept(&instance.account_assignments), kept(&all.account_assignments) - lost);
    let reasons: Vec<_> = ran.manifest.gaps.iter().map(|gap| gap.reason.clone()).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("6 pairs of account and permission set are unread")),
        "{reasons:?}"
    );
    assert!(reasons.iter().any(|reason| reason.contains("1 groups are unread")), "{reasons:?}");
}

#[tokio::test]
async fn an_account_whose_permission_sets_are_denied_is_unread_and_no_other() {
    let denied =
        |operation, nth| Rule::always(operation, Fault::Refuse(400, "AccessDeniedException")).when(When::Nth(nth));
    let size = Size { accounts: 3, ..SMALL };
    let faults = Schedule::of([denied("ListPermissionSetsProvisionedToAccount", 1)]);
    let emulator = start(&files(size), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |options| options.people.assignments = AssignmentsBy::Account).await;
    let instance = ran.instance();
    let [unread] = instance.unread_assignments.as_slice() else { panic!("{:?}", instance.unread_assignments) };
    assert!(unread.account_id.is_some() && unread.permission_set_arn.is_none());
    assert!(ran.reason().unwrap().contains("1 accounts are unread"), "{:?}", ran.manifest.gaps);
    let all = expected(size).account_assignments.unwrap();
    let others: Vec<_> = all.into_iter().filter(|entry| Some(entry.account_id) != unread.account_id).collect();
    assert_eq!(instance.account_assignments.unwrap(), others);

    // one set that is denied: its accounts are asked
    let faults = Schedule::of([denied("ListAccountsForProvisionedPermissionSet", 2)]);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |options| options.people.assignments = AssignmentsBy::Account).await;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(SMALL));
}

#[tokio::test]
async fn a_key_that_may_not_be_used_is_named_with_its_remedy() {
    let denied = Fault::RefuseSaying(400, "KMS_ACCESS_DENIED", "The ciphertext refers to a key that you may not use.");
    let faults = Schedule::of([Rule::always("ListUsers", denied)]);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |_| ()).await;
    assert!(ran.reason().unwrap().contains("KMS_ACCESS_DENIED") && ran.heard.has("kms:Decrypt"));
    let instance = ran.instance();
    assert!(instance.users.is_none() && instance.groups.is_some() && instance.account_assignments.is_some());
}

#[tokio::test]
async fn sets_and_groups_that_are_deleted_during_the_scan_are_gone_and_nothing_is_lost() {
    let gone =
        |operation, nth| Rule::always(operation, Fault::Refuse(400, "ResourceNotFoundException")).when(When::Nth(nth));
    let faults = Schedule::of([
        gone("DescribePermissionSet", 1),
        gone("ListGroupMemberships", 3),
        gone("ListAccountAssignments", 5),
    ]);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |options| options.people.assignments = AssignmentsBy::Account).await;
    let instance = ran.instance();
    assert_eq!(ran.reason(), None);
    assert_eq!(instance.permission_sets.unwrap().len(), SMALL.sets - 1);
    assert_eq!(instance.groups.unwrap().len(), SMALL.groups - 1);
    assert!(instance.unread_groups.is_empty() && instance.unread_assignments.is_empty());
}

#[tokio::test]
async fn pages_that_are_cut_are_asked_for_again_and_what_stays_cut_is_missing() {
    for fault in [Fault::Cut, Fault::Reset, Fault::Status(503), Fault::EmptyJson] {
        let faults = Schedule::of([
            Rule::always("sso:", fault.clone()).when(When::Nth(0)),
            Rule::always("identitystore:", fault.clone()).when(When::Nth(1)),
        ]);
        let options = EmulatorOptions { faults, page_size: 4, ..EmulatorOptions::default() };
        let emulator = start(&files(SMALL), options);
        let ran = scan(&emulator, |_| ()).await;
        assert_eq!(ran.reason(), None, "{fault:?}");
        same(&ran.instance(), &expected(SMALL));
    }
    let faults = Schedule::of([Rule::always("ListUsers", Fault::SameMarker)]);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, page_size: 4, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |_| ()).await;
    assert!(ran.reason().unwrap().contains("ListUsers") && ran.instance().users.is_none());
}

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

fn of_people(action: &str) -> bool {
    action.starts_with("sso:") || action.starts_with("identitystore:")
}

/// Calls about people and the time that they take at ten a second, as AWS's quota of twenty a second lets them pass.
async fn measured(size: Size, scale: f64) -> (u64, f64, u64) {
    let quotas = Some(scale);
    let emulator = start(&files(size), EmulatorOptions { quotas, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |options| {
        options.facets = Facets::named(["core", "identity-center"]).unwrap();
        options.tuning.quota_scale = scale;
    })
    .await;
    let at = |request: &rolehop::emulator::AnsweredRequest| request.at.as_secs_f64();
    let requests = emulator.requests();
    let about: Vec<_> = requests.iter().filter(|request| of_people(&request.action)).collect();
    let seconds = (at(about.last().unwrap()) - at(about[0])) * scale;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(size));
    let refused = about.iter().filter(|request| request.status != 200).count();
    (about.len() as u64, seconds, refused as u64)
}

#[tokio::test]
async fn a_large_organization_takes_as_long_as_its_calls_at_the_rate_and_loses_nothing() {
    let full = std::env::var_os("ROLEHOP_PEOPLE").is_some();
    let size = if full {
        Size { accounts: 1850, sets: 8, users: 3000, groups: 300, members: 500 }
    } else {
        Size { accounts: 60, sets: 8, users: 90, groups: 12, members: 70 }
    };
    let (calls, seconds, throttled) = measured(size, if full { 4.0 } else { SCALE }).await;
    println!(
        "{} accounts, {} sets, {} users: {calls} calls in {seconds:.0} s at ten a second, {throttled} throttled",
        size.accounts, size.sets, size.users
    );
    // a page each for users and groups, a call for each group's members and for each principal, and the sets
    let principals = size.users + size.groups;
    let pages = size.users.div_ceil(100) + size.groups.div_ceil(100) + size.members.div_ceil(100);
    let sets = size.sets * (1 + size.accounts.div_ceil(100));
    let assignments = expected(size).account_assignments.unwrap().len().div_ceil(100);
    let most = principals + size.groups + pages + sets + 2 * assignments + size.groups + 40;
    assert!(calls <= most as u64, "{calls} calls, {most} at most");
    assert_eq!(throttled, 0, "half of the quota is left to others");
}

#[tokio::test]
async fn others_who_use_up_the_quota_slow_it_down_and_nothing_is_lost() {
    let faults = Schedule::throttling(7, 0.3);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |_| ()).await;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(SMALL));
}
