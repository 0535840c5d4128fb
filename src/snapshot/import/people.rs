//! Joins answers about people, in one file or many, into `identity-center.json` and `account-access.json`.
//!
//! Owns: the shapes of these calls, and what a file's name must supply because the answer does not repeat it. `people_whole` decides
//! what was asked and what is unread.
//! INVARIANT: whose members or assignments an answer has is known or refused, never guessed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::account::value;
use super::document::{self, Document};
use super::people_names::Named;
use super::people_parts::{Gathered, Parts, set_id};
use super::{encoding, recognize};
use crate::ids::AccountId;
use crate::snapshot::account_access::{AccountAccessFile, Application, Entitlement};
use crate::snapshot::error::{Refusal, SnapshotError};
use crate::snapshot::identity_center::{
    AccountAssignment, Group, GroupMembership, IdentityCenterFile, Instance, PermissionSet, User,
};

/// Folders beside `accounts/` that hold them.
pub(super) const FOLDERS: [&str; 2] = ["identity-center", "account-access"];

/// Keys that only answers about people have.
const SURE: [&str; 11] = [
    "Instances",
    "PermissionSets",
    "PermissionSet",
    "AccountAssignments",
    "AccountIds",
    "GroupMemberships",
    "InstanceAccessControlAttributeConfiguration",
    "Applications",
    "applications",
    "entitlements",
    "identitySource",
];

/// What was read of people.
#[derive(Default)]
pub(super) struct People {
    pub(super) identity_center: Option<IdentityCenterFile>,
    pub(super) account_access: Option<AccountAccessFile>,
}

/// Whether a document beside `accounts/` is about people. Users and groups of an identity store have its id; IAM has keys of the same
/// names.
pub(super) fn is_about(document: &Document<'_>) -> bool {
    let of_store = |key: &str| document.get(key).is_some_and(|raw| raw.get().contains("\"IdentityStoreId\""));
    let is_instance = document.has("InstanceArn") && document.has("IdentityStoreId");
    is_instance || SURE.iter().any(|key| document.has(key)) || of_store("Users") || of_store("Groups")
}

/// Reads these files.
pub(super) fn read(files: &[PathBuf]) -> Result<People, SnapshotError> {
    let mut gathered = Gathered::default();
    for path in files {
        let text = encoding::text(path)?;
        let named = Named::of(path);
        for document in document::split(path, &text)? {
            gathered.add(path, &named, &document)?;
        }
    }
    if let Some((_, path)) = gathered.begun.iter().find(|(call, _)| !gathered.ended.contains(*call)) {
        let why = "a page says that another follows, and the last page is in no file";
        return Err(Refusal::of(path, "is a part of a list", why, "save it again, without `--max-items`"));
    }
    let account_access = gathered.account_access()?;
    Ok(People { account_access, identity_center: super::people_whole::whole(gathered)? })
}

impl Gathered {
    fn add(&mut self, path: &Path, named: &Named, document: &Document<'_>) -> Result<(), SnapshotError> {
        if document.has("InstanceArn") && document.has("IdentityStoreId") {
            return self.instance(one(path, document)?);
        }
        let mut known = false;
        for (key, raw) in document.keys.iter().filter(|(_, raw)| raw.get() != "null") {
            self.page(path, named, key, document);
            match &**key {
                "Instances" => list(path, key, raw)?.into_iter().try_for_each(|entry| self.instance(entry))?,
                "PermissionSets" => self.permission_sets(path, named, raw)?,
                "PermissionSet" => {
                    let set: PermissionSet = value(path, key, raw)?;
                    self.of_set(&set.permission_set_arn).sets.insert(set.permission_set_arn.clone(), set);
                }
                "AccountIds" => {
                    let set = named.set.clone().ok_or_else(|| {
                        nameless(path, "accounts", "the permission set", "accounts-of-ps-0123456789abcdef.json")
                    })?;
                    self.named(named).accounts_of.entry(set).or_default().extend(list::<AccountId>(path, key, raw)?);
                }
                "AccountAssignments" => self.assignments(path, named, list(path, key, raw)?)?,
                "Users" => {
                    let store = store_of(raw, named);
                    let of = list(path, key, raw)?.into_iter().map(|user: User| (user.user_id.clone(), user));
                    self.store(store).users.get_or_insert_default().extend(of);
                }
                "Groups" => {
                    let store = store_of(raw, named);
                    let of = list(path, key, raw)?.into_iter().map(|group: Group| (group.group_id.clone(), group));
                    self.store(store).groups.get_or_insert_default().extend(of);
                }
                "GroupMemberships" => self.memberships(path, named, raw)?,
                "InstanceAccessControlAttributeConfiguration" => {
                    let fields: BTreeMap<String, Value> = value(path, key, raw)?;
                    let attributes =
                        fields.get("AccessControlAttributes").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
                    let attributes = serde_json::from_value(attributes)
                        .map_err(|source| SnapshotError::Json { path: path.to_owned(), source })?;
                    self.named(named).attributes = Some(attributes);
                }
                "Applications" | "applications" => self.applications(list(path, key, raw)?),
                "identitySource" => self.source(path, named, value(path, key, raw)?)?,
                "entitlements" => self.entitlements(path, named, list(path, key, raw)?)?,
                _ => continue,
            }
            known = true;
        }
        if known || document.keys.is_empty() { Ok(()) } else { Err(recognize::unknown(path, &document.names())) }
    }

    fn page(&mut self, path: &Path, named: &Named, key: &str, document: &Document<'_>) {
        let call = format!("{key}/{named:?}");
        let more = document.is_open() || document.get("nextToken").is_some_and(|token| token.get() != "null");
        if more {
            self.begun.insert(call, path.to_owned());
        } else {
            self.ended.insert(call);
        }
    }

    fn instance(&mut self, new: Instance) -> Result<(), SnapshotError> {
        let id = new.instance_arn.rsplit('/').next().unwrap_or_default().to_owned();
        let parts = self.parts.entry(id).or_default();
        parts.instance = Some(match parts.instance.take() {
            None => new,
            Some(mut old) => {
                old.owner_account_id = old.owner_account_id.or(new.owner_account_id);
                old.permission_sets_enabled = old.permission_sets_enabled.or(new.permission_sets_enabled);
                old.status = old.status.or(new.status);
                old.name = old.name.or(new.name);
                old
            }
        });
        Ok(())
    }

    /// The parts of the instance that a permission set's ARN names.
    fn of_set(&mut self, arn: &str) -> &mut Parts {
        let id = arn.split('/').nth(1).unwrap_or_default().to_owned();
        self.parts.entry(id).or_default()
    }

    fn named(&mut self, named: &Named) -> &mut Parts {
        self.parts.entry(named.instance.clone().unwrap_or_default()).or_default()
    }

    fn store(&mut self, id: Option<String>) -> &mut Parts {
        self.stores.entry(id.unwrap_or_default()).or_default()
    }

    /// ListPermissionSets, or those that are provisioned to the account that the file is named after.
    fn permission_sets(&mut self, path: &Path, named: &Named, raw: &RawValue) -> Result<(), SnapshotError> {
        let arns: Vec<String> = list(path, "PermissionSets", raw)?;
        let first = arns.first().cloned();
        let parts = match &first {
            Some(arn) => self.of_set(arn),
            None => self.named(named),
        };
        match named.account {
            Some(account) => parts.sets_of.entry(account).or_default().extend(arns),
            None => parts.listed.get_or_insert_default().extend(arns),
        }
        Ok(())
    }

    fn assignments(&mut self, path: &Path, named: &Named, found: Vec<AccountAssignment>) -> Result<(), SnapshotError> {
        let by_name = named.principal.is_some() || (named.account.is_some() && named.set.is_some());
        if found.is_empty() && !by_name {
            let example = "assignments-111122223333-ps-0123456789abcdef.json";
            return Err(nameless(
                path,
                "assignments",
                "the account and permission set, or the user or group,",
                example,
            ));
        }
        let parts = match found.first() {
            Some(first) => self.of_set(&first.permission_set_arn.clone()),
            None => self.named(named),
        };
        if let Some(principal) = &named.principal {
            parts.principals.insert(principal.clone());
        } else {
            parts.pairs.extend(found.iter().map(|entry| (entry.account_id, set_id(&entry.permission_set_arn))));
            parts.pairs.extend(named.account.zip(named.set.clone()));
        }
        parts.assignments.get_or_insert_default().extend(found);
        Ok(())
    }

    fn memberships(&mut self, path: &Path, named: &Named, raw: &RawValue) -> Result<(), SnapshotError> {
        let found: Vec<GroupMembership> = list(path, "GroupMemberships", raw)?;
        if found.is_empty() && named.principal.is_none() {
            let example = "members-a1b2c3d4-5678-90ab-cdef-000000000001.json";
            return Err(nameless(path, "members", "the group", example));
        }
        let parts = self.store(store_of(raw, named));
        parts.groups_asked.extend(found.iter().map(|entry| entry.group_id.clone()));
        parts.groups_asked.extend(named.principal.clone());
        parts.memberships.get_or_insert_default().extend(found);
        Ok(())
    }

    fn applications(&mut self, entries: Vec<Value>) {
        let known = self.applications.get_or_insert_default();
        for entry in entries {
            let own: Option<Application> = serde_json::from_value(entry).ok();
            known.extend(own.map(|application| (application.application_arn.clone(), application)));
        }
    }

    /// GetApplication: the answer does not repeat the ARN.
    fn source(&mut self, path: &Path, named: &Named, source: Value) -> Result<(), SnapshotError> {
        let instance = source.pointer("/identityCenter/instanceArn").and_then(Value::as_str).map(str::to_owned);
        let application = self.application(path, named)?;
        application.instance_arn = instance;
        Ok(())
    }

    fn entitlements(&mut self, path: &Path, named: &Named, entries: Vec<Value>) -> Result<(), SnapshotError> {
        let arn = self.application(path, named)?.application_arn.clone();
        let of = |entry: &Value| {
            Entitlement::of(entry).ok_or_else(|| {
                let next = "save the command's own output";
                Refusal::of(path, "is not of the shape that AWS prints", "an entitlement has no `entitlementId`", next)
            })
        };
        let found: Vec<Entitlement> = entries.iter().map(of).collect::<Result<_, _>>()?;
        self.entitlements.entry(arn).or_default().extend(found);
        Ok(())
    }

    /// The application that a file is about: the one whose id is in its name, or the only one.
    fn application(&mut self, path: &Path, named: &Named) -> Result<&mut Application, SnapshotError> {
        let unknown = || nameless(path, "entitlements", "the application", "entitlements-APPLICATION_ID.json");
        let known = self.applications.get_or_insert_default();
        let is_only = known.len() == 1;
        let fits = |arn: &String| is_only || named.text.contains(arn.rsplit('/').next().unwrap_or_default());
        known.iter_mut().find(|(arn, _)| fits(arn)).map(|(_, application)| application).ok_or_else(unknown)
    }

    fn account_access(&mut self) -> Result<Option<AccountAccessFile>, SnapshotError> {
        let Some(mut known) = self.applications.take() else { return Ok(None) };
        for (arn, application) in &mut known {
            application.entitlements = application.entitlements.take().or_else(|| self.entitlements.remove(arn));
        }
        Ok(Some(AccountAccessFile { applications: known.into_values().collect() }))
    }
}

/// The identity store that the entries name, or the file.
fn store_of(raw: &RawValue, named: &Named) -> Option<String> {
    let entries: Vec<Value> = serde_json::from_str(raw.get()).ok()?;
    let told = entries.iter().find_map(|entry| entry.get("IdentityStoreId")?.as_str().map(str::to_owned));
    told.or_else(|| named.store.clone())
}

fn list<T: DeserializeOwned>(path: &Path, key: &str, raw: &RawValue) -> Result<Vec<T>, SnapshotError> {
    value(path, key, raw)
}

/// A document that is one record.
fn one<T: DeserializeOwned>(path: &Path, document: &Document<'_>) -> Result<T, SnapshotError> {
    let fields = document.keys.iter().map(|(key, raw)| Ok((key.to_string(), serde_json::from_str(raw.get())?)));
    let fields: Result<serde_json::Map<String, Value>, serde_json::Error> = fields.collect();
    let read = fields.and_then(|fields| serde_json::from_value(fields.into()));
    read.map_err(|source| SnapshotError::Json { path: path.to_owned(), source })
}

pub(super) fn nameless(path: &Path, what: &str, whom: &str, example: &str) -> SnapshotError {
    let why = format!("AWS's answer does not repeat {whom} that was asked for, and the file's name does not either");
    Refusal::of(path, &format!("does not say whose {what} they are"), why, format!("name it as in `{example}`"))
}
