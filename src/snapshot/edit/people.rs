//! Changes to what people are assigned, entitled to and members of.

use super::kinds::{EditError, listed, take_one};
use crate::snapshot::account_access::AccountAccessFile;
use crate::snapshot::identity_center::{AccountAssignment, GroupMembership, IdentityCenterFile, Instance};

fn instance<'a>(file: Option<&'a mut IdentityCenterFile>, arn: &str) -> Result<&'a mut Instance, EditError> {
    let what = format!("no instance {arn} of Identity Center is in the snapshot");
    let Some(file) = file else { return Err(EditError::new(what, "Identity Center was not collected")) };
    if !file.instances.iter().any(|instance| instance.instance_arn == arn) {
        return Err(EditError::new(what, listed(file.instances.iter().map(|instance| &*instance.instance_arn))));
    }
    file.instances.iter_mut().find(|instance| instance.instance_arn == arn).ok_or_else(|| EditError::new(what, ""))
}

pub(in crate::snapshot) fn without_membership(
    file: Option<&mut IdentityCenterFile>,
    arn: &str,
    user: &str,
    group: &str,
) -> Result<(), EditError> {
    let what = format!("user {user} of Identity Center is not in group {group}");
    let instance = instance(file, arn)?;
    let lists = instance.group_memberships.as_mut();
    let lists = lists.ok_or_else(|| EditError::new(&*what, "memberships are not in the snapshot"))?;
    let fits = |one: &GroupMembership| one.group_id == group && one.member_id.user_id.as_deref() == Some(user);
    // answers of several pages may name one membership twice
    lists.sort();
    lists.dedup();
    take_one(lists, fits, |all| {
        let own = all.iter().filter(|one| one.member_id.user_id.as_deref() == Some(user));
        EditError::new(what, listed(own.map(|one| &*one.group_id)))
    })
}

pub(in crate::snapshot) fn without_assignment(
    file: Option<&mut IdentityCenterFile>,
    arn: &str,
    assignment: &AccountAssignment,
) -> Result<(), EditError> {
    let who = format!("{} {}", assignment.principal_type.to_lowercase(), assignment.principal_id);
    let what = format!("{who} is not assigned {} in {}", assignment.permission_set_arn, assignment.account_id);
    let instance = instance(file, arn)?;
    let lists = instance.account_assignments.as_mut();
    let lists = lists.ok_or_else(|| EditError::new(&*what, "assignments are not in the snapshot"))?;
    lists.sort();
    lists.dedup();
    take_one(
        lists,
        |one| one == assignment,
        |all| {
            let own = all.iter().filter(|one| one.principal_id == assignment.principal_id);
            EditError::new(what, listed(own.map(|one| &*one.permission_set_arn)))
        },
    )
}

pub(in crate::snapshot) fn without_entitlement(
    file: Option<&mut AccountAccessFile>,
    application: &str,
    id: &str,
) -> Result<(), EditError> {
    let what = format!("the account access manager has no entitlement {id}");
    let applications = file.map(|file| &mut file.applications);
    let found = applications.and_then(|all| all.iter_mut().find(|one| one.application_arn == application));
    let lists = found.and_then(|application| application.entitlements.as_mut());
    let lists = lists.ok_or_else(|| EditError::new(&*what, "its entitlements are not in the snapshot"))?;
    take_one(
        lists,
        |one| one.entitlement_id == id,
        |all| EditError::new(what, listed(all.iter().map(|one| &*one.entitlement_id))),
    )
}
