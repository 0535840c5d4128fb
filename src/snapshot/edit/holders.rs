//! Users, roles, groups and identity providers that come or go.

use std::borrow::Cow;

use super::holder::Holder;
use super::kinds::{EditError, listed, take_one, unread};
use crate::arn::{Arn, saml_provider};
use crate::ids::AccountId;
use crate::snapshot::account::{
    AccountFile, GroupDetail, OpenIdConnectProvider, RoleDetail, RoleLastUsed, SamlProvider, UserDetail,
};

/// A new one, with nothing attached.
pub(super) fn create<'f>(
    file: &mut AccountFile<'f>,
    account: AccountId,
    holder: &'f Holder,
    (path, at): (&'f str, Option<&str>),
) -> Result<(), EditError> {
    let arn = Cow::Owned(format!("arn:{}:iam::{account}:{}", partition(file), resource(holder, path)));
    let (path, create_date) = (Cow::Borrowed(path), at.map(str::to_owned));
    let there = || EditError::new(format!("{account}/{holder} is there already"), "the snapshot has it: it is newer");
    match holder {
        Holder::Role(name) => {
            let list = file.role_detail_list.as_mut().ok_or_else(|| unread(account, "roles"))?;
            if list.iter().any(|role| role.role_name.eq_ignore_ascii_case(name)) {
                return Err(there());
            }
            list.push(RoleDetail {
                path,
                create_date: create_date.clone(),
                role_name: Cow::Borrowed(name),
                arn,
                role_policy_list: Some(Vec::new()),
                attached_managed_policies: Some(Vec::new()),
                instance_profile_list: Some(Vec::new()),
                tags: Some(Vec::new()),
                role_last_used: Some(RoleLastUsed::default()),
                max_session_duration: Some(3600),
                ..RoleDetail::default()
            });
        }
        Holder::User(name) => {
            let list = file.user_detail_list.as_mut().ok_or_else(|| unread(account, "users"))?;
            if list.iter().any(|user| user.user_name.eq_ignore_ascii_case(name)) {
                return Err(there());
            }
            list.push(UserDetail {
                path,
                create_date: create_date.clone(),
                user_name: Cow::Borrowed(name),
                arn,
                user_policy_list: Some(Vec::new()),
                group_list: Some(Vec::new()),
                attached_managed_policies: Some(Vec::new()),
                tags: Some(Vec::new()),
                ..UserDetail::default()
            });
        }
        Holder::Group(name) => {
            let list = file.group_detail_list.as_mut().ok_or_else(|| unread(account, "groups"))?;
            if list.iter().any(|group| group.group_name.eq_ignore_ascii_case(name)) {
                return Err(there());
            }
            list.push(GroupDetail {
                path,
                create_date: create_date.clone(),
                group_name: Cow::Borrowed(name),
                arn,
                group_policy_list: Some(Vec::new()),
                attached_managed_policies: Some(Vec::new()),
                ..GroupDetail::default()
            });
        }
    }
    Ok(())
}

fn resource(holder: &Holder, path: &str) -> String {
    let (kind, name) = match holder {
        Holder::User(name) => ("user", name),
        Holder::Role(name) => ("role", name),
        Holder::Group(name) => ("group", name),
    };
    format!("{kind}{path}{name}")
}

/// Without it, and of a group without its memberships.
pub(super) fn delete(file: &mut AccountFile<'_>, account: AccountId, holder: &Holder) -> Result<(), EditError> {
    let what = || format!("{account} has no {holder}");
    match holder {
        Holder::Role(name) => {
            let list = file.role_detail_list.as_mut().ok_or_else(|| unread(account, "roles"))?;
            let error = |all: &[RoleDetail<'_>]| EditError::new(what(), listed(all.iter().map(|one| &*one.role_name)));
            take_one(list, |one| *one.role_name == **name, error)
        }
        Holder::User(name) => {
            let list = file.user_detail_list.as_mut().ok_or_else(|| unread(account, "users"))?;
            let error = |all: &[UserDetail<'_>]| EditError::new(what(), listed(all.iter().map(|one| &*one.user_name)));
            take_one(list, |one| *one.user_name == **name, error)
        }
        Holder::Group(name) => {
            let list = file.group_detail_list.as_mut().ok_or_else(|| unread(account, "groups"))?;
            let error =
                |all: &[GroupDetail<'_>]| EditError::new(what(), listed(all.iter().map(|one| &*one.group_name)));
            take_one(list, |one| *one.group_name == **name, error)?;
            let members = file.user_detail_list.iter_mut().flatten().filter_map(|user| user.group_list.as_mut());
            members.for_each(|groups| groups.retain(|own| **own != **name));
            Ok(())
        }
    }
}

/// With or without an identity provider.
pub(super) fn provider(
    file: &mut AccountFile<'_>,
    account: AccountId,
    arn: &str,
    is_there: bool,
) -> Result<(), EditError> {
    let what = format!("{account} has no identity provider {arn}");
    if saml_provider(arn).is_some() {
        let list = file.saml_providers.as_mut().ok_or_else(|| unread(account, "identity providers"))?;
        if is_there {
            list.retain(|one| one.arn != arn);
            list.push(SamlProvider { arn: arn.to_owned(), ..SamlProvider::default() });
            return Ok(());
        }
        let error = |all: &[SamlProvider]| EditError::new(what, listed(all.iter().map(|one| &*one.arn)));
        return take_one(list, |one| one.arn == arn, error);
    }
    let list = file.open_id_connect_providers.as_mut().ok_or_else(|| unread(account, "identity providers"))?;
    if is_there {
        list.retain(|one| one.arn != arn);
        list.push(OpenIdConnectProvider { arn: arn.to_owned(), ..OpenIdConnectProvider::default() });
        return Ok(());
    }
    let error = |all: &[OpenIdConnectProvider]| EditError::new(what, listed(all.iter().map(|one| &*one.arn)));
    take_one(list, |one| one.arn == arn, error)
}

/// From the first ARN in the file; `aws` if it has none.
fn partition(file: &AccountFile<'_>) -> String {
    let role = file.role_detail_list.iter().flatten().map(|role| &*role.arn).next();
    let any = role.or_else(|| file.user_detail_list.iter().flatten().map(|user| &*user.arn).next());
    any.and_then(Arn::parse).map_or("aws", |arn| arn.partition).to_owned()
}
