//! What is denied, deleted or cut is named, and everything else is kept.

use std::collections::BTreeSet;

use rolehop::collect::AssignmentsBy;
use rolehop::emulator::{EmulatorOptions, Fault, Rule, Schedule, When};
use serde_json::{Value, json};

use crate::run::*;
use crate::world::*;

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
