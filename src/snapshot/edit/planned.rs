//! Planned changes, made to what an account's file says.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::holder::{Holder, HolderKind};
use super::holders::{create, delete, provider};
use super::kinds::{EditError, listed, take_one, unread};
use super::lists::{attached_mut, inline_mut};
use super::settings::{Setting, Value};
use crate::ids::AccountId;
use crate::snapshot::account::{
    AccountFile, AttachedBoundary, AttachedPolicy, InlinePolicy, ManagedPolicy, PolicyVersion, RoleDetail, UserDetail,
};

/// Makes one change.
pub(super) fn set<'f>(
    file: &mut AccountFile<'f>,
    account: AccountId,
    setting: &'f Setting,
    at: Option<&str>,
) -> Result<(), EditError> {
    match setting {
        Setting::Created(holder, path) => create(file, account, holder, (path, at)),
        Setting::Ensured(holder, _) if is_there(file, holder) => Ok(()),
        Setting::Ensured(holder, path) => create(file, account, holder, (path, at)),
        Setting::Deleted(holder) => delete(file, account, holder),
        Setting::Trust(name, document) => {
            let role = role(file, account, name)?;
            let (known, unknown) = halves(document);
            role.assume_role_policy_document = known;
            role.unknown_trust = unknown;
            Ok(())
        }
        Setting::Boundary(holder, boundary) => {
            let arn = match boundary {
                Value::Known(arn) => arn.as_deref(),
                // no policy has this ARN, so that the boundary is unknown for this reason
                Value::Unknown(why) => Some(&**why),
            };
            let boundary = arn.map(|arn| AttachedBoundary {
                permissions_boundary_type: Cow::Borrowed("Policy"),
                permissions_boundary_arn: Cow::Borrowed(arn),
            });
            match holder {
                Holder::Role(name) => role(file, account, name)?.permissions_boundary = boundary,
                Holder::User(name) => user(file, account, name)?.permissions_boundary = boundary,
                Holder::Group(_) => {}
            }
            Ok(())
        }
        Setting::Tags(holder, tags) => {
            let (known, unknown) = match tags {
                Value::Known(tags) => (Some(tags.clone()), None),
                Value::Unknown(why) => (None, Some(&**why)),
            };
            match holder {
                Holder::Role(name) => {
                    let role = role(file, account, name)?;
                    (role.tags, role.unknown_tags) = (known, unknown);
                }
                Holder::User(name) => {
                    let user = user(file, account, name)?;
                    (user.tags, user.unknown_tags) = (known, unknown);
                }
                Holder::Group(_) => {}
            }
            Ok(())
        }
        Setting::MaxSession(name, seconds) => {
            role(file, account, name)?.max_session_duration = Some(*seconds);
            Ok(())
        }
        Setting::Inline(holder, name, document) => {
            put_inline(inline(file, account, holder)?, name, document);
            Ok(())
        }
        Setting::NoInline(holder, name) => {
            let what = format!("{account}/{holder} has no inline policy {name}");
            let list = inline(file, account, holder)?;
            let error =
                |list: &[InlinePolicy<'_>]| EditError::new(what, listed(list.iter().map(|one| &*one.policy_name)));
            take_one(list, |one| *one.policy_name == **name, error)
        }
        Setting::OnlyInline(holder, names) => {
            let stays = |one: &InlinePolicy<'_>| names.iter().any(|name| **name == *one.policy_name);
            inline(file, account, holder)?.retain(stays);
            Ok(())
        }
        Setting::Managed(arn, document) => put_managed(file, account, arn, document),
        Setting::NoManaged(arn) => {
            let list = file.policies.as_mut().ok_or_else(|| unread(account, "managed policies"))?;
            let what = format!("{account} has no managed policy {arn}");
            let error = |list: &[ManagedPolicy<'_>]| EditError::new(what, listed(list.iter().map(|one| &*one.arn)));
            take_one(list, |one| *one.arn == **arn, error)
        }
        Setting::Attached(holder, arn) => {
            attach(attached(file, account, holder)?, arn);
            Ok(())
        }
        Setting::Detached(holder, arn) => {
            let what = format!("managed policy {arn} is not attached to {account}/{holder}");
            let list = attached(file, account, holder)?;
            let error =
                |list: &[AttachedPolicy<'_>]| EditError::new(what, listed(list.iter().map(|one| &*one.policy_arn)));
            take_one(list, |one| *one.policy_arn == **arn, error)
        }
        Setting::OnlyAttached(holder, arns) => {
            let list = attached(file, account, holder)?;
            list.retain(|one| arns.iter().any(|arn| **arn == *one.policy_arn));
            arns.iter().for_each(|arn| attach(list, arn));
            Ok(())
        }
        Setting::Member(name, group) => {
            let groups = user(file, account, name)?.group_list.as_mut();
            let groups = groups.ok_or_else(|| unread(account, "groups of users"))?;
            if !groups.iter().any(|own| **own == **group) {
                groups.push(group.to_string());
            }
            Ok(())
        }
        Setting::NoMember(name, group) => {
            let what = format!("{account}/user/{name} is not in group {group}");
            let groups = user(file, account, name)?.group_list.as_mut();
            let groups = groups.ok_or_else(|| unread(account, "groups of users"))?;
            take_one(groups, |own| **own == **group, |all| EditError::new(what, listed(all.iter().map(String::as_str))))
        }
        Setting::SomeOf(kind, name, why) => {
            let holders: Vec<Holder> = match kind {
                HolderKind::Role => {
                    let roles = file.role_detail_list.iter().flatten();
                    roles.map(|role| Holder::Role((&*role.role_name).into())).collect()
                }
                HolderKind::User => {
                    let users = file.user_detail_list.iter().flatten();
                    users.map(|user| Holder::User((&*user.user_name).into())).collect()
                }
                HolderKind::Group => {
                    let groups = file.group_detail_list.iter().flatten();
                    groups.map(|group| Holder::Group((&*group.group_name).into())).collect()
                }
            };
            holders.iter().try_for_each(|holder| {
                inline(file, account, holder)?.push(stand_in(name, why));
                Ok(())
            })
        }
        Setting::Provider(arn) => provider(file, account, arn, true),
        Setting::NoProvider(arn) => provider(file, account, arn, false),
    }
}

/// A document that is known, or why it is not.
fn halves(document: &Value<Box<RawValue>>) -> (Option<&RawValue>, Option<&str>) {
    match document {
        Value::Known(document) => (Some(document), None),
        Value::Unknown(why) => (None, Some(why)),
    }
}

fn stand_in<'f>(name: &'f str, why: &'f str) -> InlinePolicy<'f> {
    InlinePolicy { policy_name: Cow::Borrowed(name), policy_document: RawValue::NULL, unknown: Some(why) }
}

fn put_inline<'f>(list: &mut Vec<InlinePolicy<'f>>, name: &'f str, document: &'f Value<Box<RawValue>>) {
    let (known, unknown) = halves(document);
    list.retain(|one| *one.policy_name != *name);
    let policy_document = known.unwrap_or(RawValue::NULL);
    list.push(InlinePolicy { policy_name: Cow::Borrowed(name), policy_document, unknown });
}

fn attach<'f>(list: &mut Vec<AttachedPolicy<'f>>, arn: &'f str) {
    if !list.iter().any(|one| *one.policy_arn == *arn) {
        let policy_name = Cow::Borrowed(arn.rsplit('/').next().unwrap_or(arn));
        list.push(AttachedPolicy { policy_name, policy_arn: Cow::Borrowed(arn) });
    }
}

fn put_managed<'f>(
    file: &mut AccountFile<'f>,
    account: AccountId,
    arn: &'f str,
    document: &'f Value<Box<RawValue>>,
) -> Result<(), EditError> {
    let list = file.policies.as_mut().ok_or_else(|| unread(account, "managed policies"))?;
    let (known, unknown) = halves(document);
    let at = match list.iter().position(|one| *one.arn == *arn) {
        Some(at) => at,
        None => {
            list.push(ManagedPolicy {
                policy_name: Cow::Borrowed(arn.rsplit('/').next().unwrap_or(arn)),
                arn: Cow::Borrowed(arn),
                path: Cow::Borrowed("/"),
                attachment_count: Some(0),
                policy_version_list: Some(Vec::new()),
                ..ManagedPolicy::default()
            });
            list.len() - 1
        }
    };
    let Some(policy) = list.get_mut(at) else { return Ok(()) };
    let versions = policy.policy_version_list.get_or_insert_default();
    // AWS numbers them, and at most five are kept
    const MOST: usize = 5;
    versions.iter_mut().for_each(|version| version.is_default_version = false);
    if versions.len() >= MOST {
        versions.remove(0);
    }
    let number = |version: &PolicyVersion<'_>| version.version_id.strip_prefix('v').and_then(|n| n.parse::<u32>().ok());
    let next = versions.iter().filter_map(number).max().map_or(1, |last| last.saturating_add(1));
    let version_id: Cow<'f, str> = Cow::Owned(format!("v{next}"));
    versions.push(PolicyVersion {
        document: known,
        version_id: version_id.clone(),
        is_default_version: true,
        create_date: None,
    });
    policy.default_version_id = version_id;
    policy.unknown = unknown;
    Ok(())
}

fn lacks<'a>(account: AccountId, holder: &Holder, there: impl IntoIterator<Item = &'a str>) -> EditError {
    EditError::new(format!("{account} has no {holder}"), listed(there))
}

fn role<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    account: AccountId,
    name: &str,
) -> Result<&'a mut RoleDetail<'f>, EditError> {
    let list = file.role_detail_list.as_mut().ok_or_else(|| unread(account, "roles"))?;
    match list.iter().position(|role| *role.role_name == *name) {
        Some(at) => list.get_mut(at).ok_or_else(|| unread(account, "roles")),
        None => Err(lacks(account, &Holder::Role(name.into()), list.iter().map(|role| &*role.role_name))),
    }
}

fn user<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    account: AccountId,
    name: &str,
) -> Result<&'a mut UserDetail<'f>, EditError> {
    let list = file.user_detail_list.as_mut().ok_or_else(|| unread(account, "users"))?;
    match list.iter().position(|user| *user.user_name == *name) {
        Some(at) => list.get_mut(at).ok_or_else(|| unread(account, "users")),
        None => Err(lacks(account, &Holder::User(name.into()), list.iter().map(|user| &*user.user_name))),
    }
}

fn inline<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    account: AccountId,
    holder: &Holder,
) -> Result<&'a mut Vec<InlinePolicy<'f>>, EditError> {
    let names = names(file, holder);
    // a user without inline policies may have no list of them
    if let Holder::User(name) = holder {
        return Ok(user(file, account, name)?.user_policy_list.get_or_insert_default());
    }
    inline_mut(file, holder).ok_or_else(|| lacks(account, holder, names.iter().map(String::as_str)))
}

fn attached<'a, 'f>(
    file: &'a mut AccountFile<'f>,
    account: AccountId,
    holder: &Holder,
) -> Result<&'a mut Vec<AttachedPolicy<'f>>, EditError> {
    let names = names(file, holder);
    attached_mut(file, holder).ok_or_else(|| lacks(account, holder, names.iter().map(String::as_str)))
}

/// The names of all that are of this kind.
fn names(file: &AccountFile<'_>, holder: &Holder) -> Vec<String> {
    match holder {
        Holder::User(_) => file.user_detail_list.iter().flatten().map(|one| one.user_name.to_string()).collect(),
        Holder::Role(_) => file.role_detail_list.iter().flatten().map(|one| one.role_name.to_string()).collect(),
        Holder::Group(_) => file.group_detail_list.iter().flatten().map(|one| one.group_name.to_string()).collect(),
    }
}

fn is_there(file: &AccountFile<'_>, holder: &Holder) -> bool {
    let (Holder::User(name) | Holder::Role(name) | Holder::Group(name)) = holder;
    names(file, holder).iter().any(|own| own.eq_ignore_ascii_case(name))
}
