//! Changes to what an account's file says of its users, groups, roles and policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::groups::regroup;
use super::holder::Holder;
use super::kinds::{DocumentAt, Edit, EditError, Removal, listed, take_one};
use super::lists::{attached_mut, inline_mut};
use super::planned;
use crate::arn::Arn;
use crate::policy::without_statements;
use crate::snapshot::account::{AccountFile, AttachedPolicy, InlinePolicy, ManagedPolicy};

/// Passes the file with the changes made to `use_file`; what they create was created at `at`.
pub(in crate::snapshot) fn apply<T>(
    file: AccountFile<'_>,
    edits: &[Edit],
    at: Option<&str>,
    use_file: impl FnOnce(AccountFile<'_>) -> T,
) -> Result<T, EditError> {
    let documents = changed_documents(&file, edits)?;
    // what was changed lives as long as this call, and so does the rest from here on
    let mut file: AccountFile<'_> = file;
    for edit in edits {
        match edit {
            Edit::Remove(removal) => remove(&mut file, removal)?,
            Edit::Regroup(change) => regroup(&mut file, change)?,
            Edit::Replace(..) | Edit::Set(..) | Edit::SetOrganization(_) => {}
        }
    }
    for edit in edits {
        if let Edit::Set(account, setting) = edit {
            planned::set(&mut file, *account, setting, at)?;
        }
    }
    for (at, document) in &documents {
        if let Some(slot) = slot(&mut file, at) {
            *slot = document;
        }
    }
    Ok(use_file(file))
}

/// Each document that is changed, as it would be.
fn changed_documents<'e>(
    file: &AccountFile<'_>,
    edits: &'e [Edit],
) -> Result<BTreeMap<&'e DocumentAt, Box<RawValue>>, EditError> {
    let mut removed = BTreeMap::<&DocumentAt, BTreeSet<u32>>::new();
    let mut documents = BTreeMap::new();
    for edit in edits {
        match edit {
            Edit::Remove(Removal::Statement(at, statement)) => _ = removed.entry(at).or_default().insert(*statement),
            Edit::Replace(at, document) => {
                document_at(file, at)?;
                if documents.insert(at, document.clone()).is_some() {
                    return Err(EditError::new(
                        format!("{at} would be replaced twice"),
                        "one document can be in force",
                    ));
                }
            }
            Edit::Remove(_) | Edit::Regroup(_) | Edit::Set(..) | Edit::SetOrganization(_) => {}
        }
    }
    for (at, statements) in removed {
        if documents.contains_key(at) {
            let why = "name the change once: leave the statement out of the file";
            return Err(EditError::new(format!("{at} would be replaced, and lose a statement"), why));
        }
        let written = document_at(file, at)?;
        has_statements(at, written, &statements)?;
        let without = without_statements(written.get(), &statements).map_err(|why| EditError::document(at, &why))?;
        documents.insert(at, without);
    }
    Ok(documents)
}

/// An error where the document has no statement at one of these positions.
pub(super) fn has_statements(at: &DocumentAt, document: &RawValue, sought: &BTreeSet<u32>) -> Result<(), EditError> {
    let policy = crate::policy::parse(document.get()).map_err(|why| EditError::document(at, &why))?;
    let there = policy.statements.len();
    match sought.iter().find(|statement| usize::try_from(**statement).is_ok_and(|number| number >= there)) {
        Some(statement) => {
            Err(EditError::new(format!("{at} has no statement {statement}"), format!("it has {there}, counted from 0")))
        }
        None => Ok(()),
    }
}

fn document_at<'f>(file: &AccountFile<'f>, at: &DocumentAt) -> Result<&'f RawValue, EditError> {
    let lacks = |there: String| EditError::new(format!("no document of {at} is in the snapshot"), there);
    match at {
        DocumentAt::Trust(_, name) => {
            let roles: Vec<_> =
                file.role_detail_list.iter().flatten().filter(|role| *role.role_name == **name).collect();
            let document = match roles.as_slice() {
                [role] => role.assume_role_policy_document,
                _ => return Err(lacks(listed(names_of_roles(file)))),
            };
            document.ok_or_else(|| lacks("the role has no trust policy in the snapshot".to_owned()))
        }
        DocumentAt::Inline(_, holder, name) => {
            let policies = inline_of(file, holder).ok_or_else(|| lacks(format!("{holder} has no policies there")))?;
            let found: Vec<_> = policies.iter().filter(|policy| *policy.policy_name == **name).collect();
            match found.as_slice() {
                [policy] => Ok(policy.policy_document),
                _ => Err(lacks(listed(policies.iter().map(|policy| &*policy.policy_name)))),
            }
        }
        DocumentAt::Managed(_, arn) => {
            let found: Vec<_> = file.policies.iter().flatten().filter(|policy| *policy.arn == **arn).collect();
            let document = match found.as_slice() {
                [policy] => in_force(policy).and_then(|at| policy.policy_version_list.as_ref()?.get(at)?.document),
                _ => return Err(lacks(listed(file.policies.iter().flatten().map(|policy| &*policy.arn)))),
            };
            document.ok_or_else(|| lacks("the version in force was not read".to_owned()))
        }
        DocumentAt::Organization(_) => Err(lacks("no account has it".to_owned())),
    }
}

/// The place of a document, which was found before.
fn slot<'a, 'f>(file: &'a mut AccountFile<'f>, at: &DocumentAt) -> Option<&'a mut &'f RawValue> {
    match at {
        DocumentAt::Trust(_, name) => {
            let mut roles = file.role_detail_list.iter_mut().flatten();
            roles.find(|role| *role.role_name == **name)?.assume_role_policy_document.as_mut()
        }
        DocumentAt::Inline(_, holder, name) => {
            let mut policies = inline_mut(file, holder)?.iter_mut();
            policies.find(|policy| *policy.policy_name == **name).map(|policy| &mut policy.policy_document)
        }
        DocumentAt::Managed(_, arn) => {
            let policy = file.policies.iter_mut().flatten().find(|policy| *policy.arn == **arn)?;
            let at = in_force(policy)?;
            policy.policy_version_list.as_mut()?.get_mut(at)?.document.as_mut()
        }
        DocumentAt::Organization(_) => None,
    }
}

/// Which version of a managed policy is in force: the one that it names, else the one that says so itself.
fn in_force(policy: &ManagedPolicy<'_>) -> Option<usize> {
    let versions = policy.policy_version_list.as_deref()?;
    let default = &*policy.default_version_id;
    let named = versions.iter().position(|version| !default.is_empty() && version.version_id == default);
    named.or_else(|| versions.iter().position(|version| version.is_default_version))
}

fn remove(file: &mut AccountFile<'_>, removal: &Removal) -> Result<(), EditError> {
    match removal {
        Removal::Inline(account, holder, name) => {
            let what = format!("{account}/{holder} has no inline policy {name}");
            let policies = inline_mut(file, holder).ok_or_else(|| EditError::new(&*what, "it has none there"))?;
            let there = |list: &[InlinePolicy<'_>]| EditError::new(what, listed(list.iter().map(|p| &*p.policy_name)));
            take_one(policies, |policy| *policy.policy_name == **name, there)
        }
        Removal::Attachment(account, holder, name, is_aws) => {
            let what = format!("managed policy {name} is not attached to {account}/{holder}");
            let policies = attached_mut(file, holder).ok_or_else(|| EditError::new(&*what, "nothing is there"))?;
            let there = |list: &[AttachedPolicy<'_>]| EditError::new(what, listed(list.iter().map(|p| &*p.policy_arn)));
            let fits = |policy: &AttachedPolicy<'_>| {
                let own = policy.policy_arn.rsplit('/').next().unwrap_or_default();
                let of_aws = Arn::parse(&policy.policy_arn).is_some_and(|arn| arn.account == "aws");
                own == &**name && of_aws == *is_aws
            };
            take_one(policies, fits, there)
        }
        Removal::Membership(account, user, group) => {
            let what = format!("{account}/user/{user} is not in group {group}");
            let found = file.user_detail_list.iter_mut().flatten().find(|one| *one.user_name == **user);
            let groups = found.and_then(|user| user.group_list.as_mut());
            let groups = groups.ok_or_else(|| EditError::new(&*what, "its groups are not in the snapshot"))?;
            let there = |list: &[String]| EditError::new(what, listed(list.iter().map(String::as_str)));
            take_one(groups, |name| **name == **group, there)
        }
        Removal::Statement(..) | Removal::Person(..) | Removal::Assignment(..) | Removal::Entitlement(..) => Ok(()),
    }
}

fn inline_of<'a, 'f>(file: &'a AccountFile<'f>, holder: &Holder) -> Option<&'a Vec<InlinePolicy<'f>>> {
    match holder {
        Holder::User(name) => {
            let mut users = file.user_detail_list.iter().flatten();
            users.find(|user| *user.user_name == **name)?.user_policy_list.as_ref()
        }
        Holder::Role(name) => {
            let mut roles = file.role_detail_list.iter().flatten();
            roles.find(|role| *role.role_name == **name)?.role_policy_list.as_ref()
        }
        Holder::Group(name) => {
            let mut groups = file.group_detail_list.iter().flatten();
            groups.find(|group| *group.group_name == **name)?.group_policy_list.as_ref()
        }
    }
}

fn names_of_roles<'a>(file: &'a AccountFile<'_>) -> impl Iterator<Item = &'a str> {
    file.role_detail_list.iter().flatten().map(|role| &*role.role_name)
}
