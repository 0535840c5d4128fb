//! What a run says of people, held against a run without faults: each person, group, membership, assignment and entitlement is there,
//! or the snapshot says that it may be missing.

use std::collections::BTreeSet;

use rolehop::snapshot::account_access::AccountAccessFile;
use rolehop::snapshot::identity_center::{IdentityCenterFile, Instance, UnreadAssignments};

/// What excuses a difference.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Excuses {
    /// The manifest names the data set as missing, or the run was not finished.
    pub(crate) gap: bool,
    /// AWS said that something does not exist: it is gone, as if it had been deleted during the run.
    pub(crate) gone: bool,
}

/// What was lost of Identity Center in silence, in words.
pub(crate) fn lost(clean: &IdentityCenterFile, found: Option<&IdentityCenterFile>, excuses: Excuses) -> Vec<String> {
    let Some(found) = found else { return unless(excuses.gap, "the file") };
    let mut lost = Vec::new();
    for instance in &clean.instances {
        match found.instances.iter().find(|one| one.instance_arn == instance.instance_arn) {
            Some(one) => lost.extend(of_instance(instance, one, excuses)),
            None => lost.extend(unless(excuses.gap || excuses.gone, "an instance")),
        }
    }
    lost
}

/// What was lost of the account access manager in silence, in words.
pub(crate) fn lost_of_access(
    clean: &AccountAccessFile,
    found: Option<&AccountAccessFile>,
    excuses: Excuses,
) -> Vec<String> {
    let Some(found) = found else { return unless(excuses.gap, "the file") };
    // it is read as a whole
    unless(found == clean || excuses.gone, "an application or entitlement")
}

fn unless(excused: bool, what: &str) -> Vec<String> {
    if excused { Vec::new() } else { vec![format!("{what} is missing and nothing says so")] }
}

fn of_instance(clean: &Instance, found: &Instance, excuses: Excuses) -> Vec<String> {
    let unread = |entry: &UnreadAssignments, of: &rolehop::snapshot::identity_center::AccountAssignment| {
        entry.account_id.is_none_or(|account| account == of.account_id)
            && entry.permission_set_arn.as_ref().is_none_or(|set| *set == of.permission_set_arn)
            && entry.principal_id.as_ref().is_none_or(|principal| *principal == of.principal_id)
    };
    let unread_groups: BTreeSet<&str> = found.unread_groups.iter().map(|unread| unread.group_id.as_str()).collect();
    let lists = Lists { excuses, lost: Vec::new() };
    let mut lost = lists
        .compare("permission set", &clean.permission_sets, &found.permission_sets, |_| false)
        .compare("user", &clean.users, &found.users, |_| false)
        .compare("group", &clean.groups, &found.groups, |_| false)
        .compare("attribute", &clean.access_control_attributes, &found.access_control_attributes, |_| false)
        // the accounts that could not be asked are in the gap alone where assignments are asked for by user
        .compare("provisioned account", &clean.provisioned, &found.provisioned, |_| excuses.gap)
        .compare("membership", &clean.group_memberships, &found.group_memberships, |entry| {
            unread_groups.contains(entry.group_id.as_str())
        })
        .compare("assignment", &clean.account_assignments, &found.account_assignments, |entry| {
            found.unread_assignments.iter().any(|part| unread(part, entry))
        })
        .lost;
    let is_partial = !found.unread_assignments.is_empty() || !found.unread_groups.is_empty();
    lost.extend(unless(!is_partial || excuses.gap, "in the manifest, what the file says is unread"));
    lost
}

struct Lists {
    excuses: Excuses,
    lost: Vec<String>,
}

impl Lists {
    /// Each entry of `clean` is in `found`, or is `unread`, and `found` has no other. A list that is absent needs a gap.
    fn compare<T: PartialEq + std::fmt::Debug>(
        mut self,
        what: &str,
        clean: &Option<Vec<T>>,
        found: &Option<Vec<T>>,
        unread: impl Fn(&T) -> bool,
    ) -> Self {
        let clean = clean.as_deref().unwrap_or_default();
        let Some(found) = found else {
            self.lost.extend(unless(self.excuses.gap, &format!("the list of each {what}")));
            return self;
        };
        let invented = found.iter().filter(|entry| !clean.contains(entry));
        // of what is gone, only a part may be: an account has fewer sets then
        self.lost.extend(invented.filter(|_| !self.excuses.gone).map(|entry| format!("no such {what}: {entry:?}")));
        let missing = clean.iter().filter(|entry| !found.contains(entry) && !unread(entry));
        self.lost.extend(missing.filter(|_| !self.excuses.gone).map(|entry| format!("{what} lost: {entry:?}")));
        self
    }
}

#[test]
fn one_entry_less_is_seen_and_one_that_is_named_as_unread_is_not() {
    let (clean, access) = small();
    let silent = Excuses::default();
    assert_eq!(lost(&clean, Some(&clean), silent), Vec::<String>::new());
    assert_eq!(lost_of_access(&access, Some(&access), silent), Vec::<String>::new());
    let seen = |change: &dyn Fn(&mut Instance)| {
        let mut found = clean.clone();
        change(&mut found.instances[0]);
        (lost(&clean, Some(&found), silent).len(), lost(&clean, Some(&found), Excuses { gap: true, gone: false }).len())
    };
    let one_less: [&dyn Fn(&mut Instance); 6] = [
        &|one| drop(one.users.as_mut().unwrap().pop()),
        &|one| drop(one.groups.as_mut().unwrap().pop()),
        &|one| drop(one.permission_sets.as_mut().unwrap().pop()),
        &|one| drop(one.group_memberships.as_mut().unwrap().pop()),
        &|one| drop(one.account_assignments.as_mut().unwrap().pop()),
        // one is in the place of another
        &|one| one.users.as_mut().unwrap()[0].user_id.push('x'),
    ];
    for change in one_less {
        let (silent, gap) = seen(change);
        assert!(silent > 0 && gap > 0, "a gap excuses a list that is absent, and none that says it is whole");
    }
    let absent: [&dyn Fn(&mut Instance); 3] =
        [&|one| one.users = None, &|one| one.account_assignments = None, &|one| one.group_memberships = None];
    for change in absent {
        assert_eq!(seen(change), (1, 0));
    }
    let unread = |one: &mut Instance| {
        let gone = one.account_assignments.as_mut().unwrap().pop().unwrap();
        let (account_id, permission_set_arn) = (Some(gone.account_id), Some(gone.permission_set_arn));
        let reason = "x".to_owned();
        one.unread_assignments = vec![UnreadAssignments { account_id, permission_set_arn, principal_id: None, reason }];
    };
    assert_eq!(seen(&unread), (1, 0), "the manifest has to say so too");
    assert_eq!((lost(&clean, None, silent).len(), lost_of_access(&access, None, silent).len()), (1, 1));
    let mut less = access.clone();
    less.applications[0].entitlements.as_mut().unwrap().pop();
    assert_eq!(lost_of_access(&access, Some(&less), Excuses { gap: true, gone: false }).len(), 1);
}

fn small() -> (IdentityCenterFile, AccountAccessFile) {
    let people = serde_json::json!({"Instances": [{
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1",
        "PermissionSets": [{"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1", "Name": "Admin"}],
        "AccountAssignments": [{"AccountId": "000000000001", "PrincipalType": "GROUP", "PrincipalId": "g",
            "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1"}],
        "Provisioned": [], "Users": [{"UserId": "u"}], "Groups": [{"GroupId": "g"}],
        "GroupMemberships": [{"GroupId": "g", "MemberId": {"UserId": "u"}}], "AccessControlAttributes": [],
    }]});
    let access =
        serde_json::json!({"Applications": [{"ApplicationArn": "a", "Entitlements": [{"EntitlementId": "e"}]}]});
    (serde_json::from_value(people).unwrap(), serde_json::from_value(access).unwrap())
}
