//! Whether what was saved of IAM Identity Center is whole.
//!
//! Owns: which instance a file without its id belongs to, and what was not asked for. A list that was not saved is absent; a part of
//! one that was is named as unread.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::people_parts::{Answers, Parts, set_id};
use crate::ids::AccountId;
use crate::snapshot::error::{Refusal, SnapshotError};
use crate::snapshot::identity_center::{
    AskedBy, IdentityCenterFile, Instance, PermissionSet, Provisioned, UnreadAssignments, UnreadGroup,
};

/// Everything that is known, as one file; `None` if there is nothing.
pub(super) fn whole(mut answers: Answers) -> Result<Option<IdentityCenterFile>, SnapshotError> {
    if answers.parts.is_empty() && answers.stores.is_empty() {
        return Ok(None);
    }
    let nameless = answers.parts.remove("").unwrap_or_default();
    let mut stores = answers.stores;
    if let Some(parts) = stores.remove("") {
        stores.entry(only(stores.keys()).unwrap_or_default()).or_default().join(parts);
    }
    let management = answers.management;
    let others = answers.parts.iter().filter(|(_, parts)| !parts.is_of_account(management));
    let of_organization: BTreeSet<String> = others.map(|(id, _)| id.clone()).collect();
    let main = only(of_organization.iter()).or_else(|| only(answers.parts.keys()));
    let is_empty = nameless.is_empty();
    match &main {
        Some(id) => answers.parts.entry(id.clone()).or_default().join(nameless),
        None if is_empty => {}
        None => return Err(several()),
    }
    for (store, parts) in stores {
        let owner =
            answers.parts.iter().find(|(_, of)| of.instance.as_ref().is_some_and(|of| of.identity_store_id == store));
        let id = owner.map(|(id, _)| id.clone()).or_else(|| main.clone()).unwrap_or_default();
        let of = answers.parts.entry(id).or_default();
        of.join(parts);
        let instance = of.instance.get_or_insert_default();
        if instance.identity_store_id.is_empty() {
            instance.identity_store_id = store;
        }
    }
    let accounts = answers.accounts.as_ref();
    let instances =
        answers.parts.into_iter().map(|(id, parts)| parts.instance(&id, accounts)).collect::<Result<_, _>>()?;
    Ok(Some(IdentityCenterFile { instances, ..IdentityCenterFile::default() }))
}

fn only<'a>(mut ids: impl Iterator<Item = &'a String>) -> Option<String> {
    let first = ids.next()?;
    ids.next().is_none().then(|| first.clone())
}

fn several() -> SnapshotError {
    let why = "there are several instances, and some answers name none";
    let next = "save `aws sso-admin list-instances`, and name the files of an instance after it, as in `users-ssoins-0123456789abcdef.json`";
    Refusal::of(Path::new("identity-center"), "does not say which instance its files are of", why, next)
}

impl Parts {
    /// Members may have an instance of their own; that of the organization is the management account's.
    fn is_of_account(&self, management: Option<AccountId>) -> bool {
        self.instance
            .as_ref()
            .is_some_and(|instance| instance.permission_sets_enabled == Some(false) || !instance.may_be_of(management))
    }

    fn is_empty(&self) -> bool {
        self.listed.is_none()
            && self.assignments.is_none()
            && self.attributes.is_none()
            && self.accounts_of.is_empty()
            && self.sets_of.is_empty()
    }

    fn join(&mut self, other: Self) {
        fn both<T: Extend<T::Item> + IntoIterator>(own: &mut Option<T>, other: Option<T>) {
            match (own, other) {
                (Some(own), Some(other)) => own.extend(other),
                (own, other) => *own = own.take().or(other),
            }
        }
        both(&mut self.listed, other.listed);
        self.sets.extend(other.sets);
        other.sets_of.into_iter().for_each(|(account, sets)| self.sets_of.entry(account).or_default().extend(sets));
        other.accounts_of.into_iter().for_each(|(set, of)| self.accounts_of.entry(set).or_default().extend(of));
        both(&mut self.assignments, other.assignments);
        self.pairs.extend(other.pairs);
        self.principals.extend(other.principals);
        both(&mut self.users, other.users);
        both(&mut self.groups, other.groups);
        both(&mut self.memberships, other.memberships);
        self.groups_asked.extend(other.groups_asked);
        self.attributes = self.attributes.take().or(other.attributes);
    }

    /// One instance. What a file of our own has already stays as it is. `accounts` are those of the organization, if they are known.
    fn instance(mut self, id: &str, accounts: Option<&BTreeSet<AccountId>>) -> Result<Instance, SnapshotError> {
        let mut instance = self.instance.take().unwrap_or_default();
        if instance.instance_arn.is_empty() {
            instance.instance_arn = format!("arn:aws:sso:::instance/{id}");
        }
        let undescribed = self.listed.iter().flatten().find(|arn| !self.sets.contains_key(*arn));
        if let Some(arn) = undescribed.filter(|_| instance.permission_sets.is_none()) {
            let why = format!(
                "`{arn}` is listed, and no file describes it: without its name, nobody knows which role it became"
            );
            let next = "save `aws sso-admin describe-permission-set` for each";
            return Err(Refusal::of(Path::new("identity-center"), "lacks a permission set", why, next));
        }
        let provisioned = self.provisioned();
        if !self.sets.is_empty() || self.listed.is_some() {
            let sets: Vec<PermissionSet> = self.sets.values().cloned().collect();
            instance.permission_sets.get_or_insert(sets);
        }
        if let Some(assignments) = self.assignments.take() {
            instance.unread_assignments = self.unasked(provisioned.as_ref(), accounts);
            instance.assignments_by = Some(if self.is_by_principal() { AskedBy::Principal } else { AskedBy::Account });
            instance.account_assignments = Some(assignments.into_iter().collect());
        }
        if let Some(provisioned) = provisioned {
            let entry = |(account_id, sets): (AccountId, BTreeSet<String>)| Provisioned {
                account_id,
                permission_sets: sets.into_iter().collect(),
            };
            instance.provisioned = Some(provisioned.into_iter().map(entry).collect());
        }
        if let Some(memberships) = self.memberships.take() {
            let groups = self.groups.iter().flatten().map(|(id, _)| id).filter(|id| !self.groups_asked.contains(*id));
            let unread =
                |id: &String| UnreadGroup { group_id: id.clone(), reason: "no file has its members".to_owned() };
            instance.unread_groups = groups.map(unread).collect();
            instance.group_memberships = Some(memberships.into_iter().collect());
        }
        instance.users = self.users.map(|users| users.into_values().collect()).or(instance.users);
        instance.groups = self.groups.map(|groups| groups.into_values().collect()).or(instance.groups);
        instance.access_control_enabled = self.attributes.as_ref().map(|_| true).or(instance.access_control_enabled);
        instance.access_control_attributes = self.attributes.or(instance.access_control_attributes);
        Ok(instance)
    }

    fn is_by_principal(&self) -> bool {
        !self.principals.is_empty() && self.pairs.is_empty()
    }

    fn set_arns(&self) -> impl Iterator<Item = &String> {
        self.sets.keys().chain(self.listed.iter().flatten())
    }

    /// Whether the accounts of every permission set were saved: then those of all accounts are known. Sets that are described and not
    /// listed need not be all.
    fn is_by_set(&self) -> bool {
        let is_listed = self.listed.as_ref().is_some_and(|listed| !listed.is_empty());
        is_listed && self.set_arns().all(|arn| self.accounts_of.contains_key(&set_id(arn)))
    }

    /// The sets of each account: asked by account, or by every set.
    fn provisioned(&self) -> Option<BTreeMap<AccountId, BTreeSet<String>>> {
        let mut found = self.sets_of.clone();
        let known: BTreeMap<String, String> = self.set_arns().map(|arn| (set_id(arn), arn.clone())).collect();
        if found.is_empty() && !self.is_by_set() {
            return None;
        }
        for (id, accounts) in &self.accounts_of {
            let Some(arn) = known.get(id) else { continue };
            for account in accounts {
                found.entry(*account).or_default().insert(arn.clone());
            }
        }
        Some(found)
    }

    /// Where assignments were not asked for.
    fn unasked(
        &self,
        provisioned: Option<&BTreeMap<AccountId, BTreeSet<String>>>,
        accounts: Option<&BTreeSet<AccountId>>,
    ) -> Vec<UnreadAssignments> {
        let all: Option<BTreeSet<&String>> = match (&self.users, &self.groups) {
            (Some(users), Some(groups)) => Some(users.keys().chain(groups.keys()).collect()),
            _ => None,
        };
        let unread = |account_id, permission_set_arn, principal_id, reason: &str| UnreadAssignments {
            account_id,
            permission_set_arn,
            principal_id,
            reason: reason.to_owned(),
        };
        if let Some(all) = all.filter(|_| self.is_by_principal()) {
            let left = all.into_iter().filter(|id| !self.principals.contains(*id));
            return left.map(|id| unread(None, None, Some(id.clone()), "no file has its assignments")).collect();
        }
        let anywhere = || {
            unread(
                None,
                None,
                None,
                "it was not saved which accounts have which permission set, so assignments may be missing",
            )
        };
        let Some(provisioned) = provisioned else { return vec![anywhere()] };
        let mut unsaved = Vec::new();
        if !self.is_by_set() {
            match accounts {
                Some(accounts) => {
                    let left = accounts.iter().filter(|id| !self.sets_of.contains_key(*id));
                    unsaved.extend(left.map(|id| unread(Some(*id), None, None, "no file has its permission sets")));
                }
                None => unsaved.push(anywhere()),
            }
        }
        let pairs = provisioned.iter().flat_map(|(account, sets)| sets.iter().map(move |set| (*account, set)));
        let left = pairs.filter(|(account, set)| !self.pairs.contains(&(*account, set_id(set))));
        let left =
            left.map(|(account, set)| unread(Some(account), Some(set.clone()), None, "no file has its assignments"));
        unsaved.into_iter().chain(left).collect()
    }
}
