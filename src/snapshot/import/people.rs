//! Joins answers about people, in one file or many, into `identity-center.json` and `account-access.json`.
//!
//! Owns: the shapes of these calls, and what a file's name must supply because the answer does not repeat it. `people_whole` decides
//! what was asked and what is unread.
//! INVARIANT: whose members or assignments an answer has is known or refused, never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::account::value;
use super::document::{self, Document};
use super::names::nameless;
use super::people_names::Named;
use super::people_parts::{Answers, OfApplication, Parts, set_id};
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

/// Reads these files. `accounts` are those of the organization, and `management` is the one that manages it, if they are known.
pub(super) fn read(
    files: &[PathBuf],
    accounts: Option<BTreeSet<AccountId>>,
    management: Option<AccountId>,
) -> Result<People, SnapshotError> {
    let mut answers = Answers { accounts, management, ..Answers::default() };
    for path in files {
        let text = encoding::text(path)?;
        let named = Named::of(path);
        for document in document::split(path, &text)? {
            answers.add(path, &named, &document)?;
        }
    }
    if let Some((_, path)) = answers.begun.iter().find(|(call, _)| !answers.ended.contains(*call)) {
        let why = "a page says that another follows, and the last page is in no file";
        return Err(Refusal::of(path, "is a part of a list", why, "save it again, without `--max-items`"));
    }
    let account_access = answers.account_access()?;
    Ok(People { account_access, identity_center: super::people_whole::whole(answers)? })
}

impl Answers {
    fn add(&mut self, path: &Path, named: &Named, document: &Document<'_>) -> Result<(), SnapshotError> {
        if document.has("InstanceArn") && document.has("IdentityStoreId") {
            return self.instance(one(path, document)?);
        }
        let mut known = false;
        for (key, raw) in document.keys.iter().filter(|(_, raw)| raw.get() != "null") {
            // of whom or what a list is: its pages may be in several files
            let about = match &**key {
                "Instances" => {
                    list(path, key, raw)?.into_iter().try_for_each(|entry| self.instance(entry))?;
                    String::new()
                }
                "PermissionSets" => self.permission_sets(path, named, raw)?,
                "PermissionSet" => {
                    let set: PermissionSet = value(path, key, raw)?;
                    self.of_set(&set.permission_set_arn).sets.insert(set.permission_set_arn.clone(), set);
                    named.text.clone()
                }
                "AccountIds" => {
                    let set = named.set.clone().ok_or_else(|| {
                        nameless(path, "accounts", "the permission set", "accounts-of-ps-0123456789abcdef.json")
                    })?;
                    let accounts = list::<AccountId>(path, key, raw)?;
                    self.named(named).accounts_of.entry(set.clone()).or_default().extend(accounts);
                    set
                }
                "AccountAssignments" => self.assignments(path, named, list(path, key, raw)?)?,
                "Users" => {
                    let store = store_of(raw, named);
                    let of = list(path, key, raw)?.into_iter().map(|user: User| (user.user_id.clone(), user));
                    self.store(store.clone()).users.get_or_insert_default().extend(of);
                    store.unwrap_or_default()
                }
                "Groups" => {
                    let store = store_of(raw, named);
                    let of = list(path, key, raw)?.into_iter().map(|group: Group| (group.group_id.clone(), group));
                    self.store(store.clone()).groups.get_or_insert_default().extend(of);
                    store.unwrap_or_default()
                }
                "GroupMemberships" => self.memberships(path, named, raw)?,
                "InstanceAccessControlAttributeConfiguration" => {
                    let fields: BTreeMap<String, Value> = value(path, key, raw)?;
                    let attributes =
                        fields.get("AccessControlAttributes").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
                    let attributes = serde_json::from_value(attributes)
                        .map_err(|source| SnapshotError::Json { path: path.to_owned(), source })?;
                    self.named(named).attributes = Some(attributes);
                    named.text.clone()
                }
                "Applications" | "applications" => {
                    self.applications(list(path, key, raw)?);
                    String::new()
                }
                "identitySource" => {
                    let source: Value = value(path, key, raw)?;
                    let arn = source.pointer("/identityCenter/instanceArn").and_then(Value::as_str).map(str::to_owned);
                    self.of_applications.push((path.to_owned(), named.clone(), OfApplication::Instance(arn)));
                    named.text.clone()
                }
                "entitlements" => {
                    self.entitlements(path, named, list(path, key, raw)?)?;
                    named.text.clone()
                }
                _ => continue,
            };
            self.page(path, format!("{key}/{about}"), document.is_open());
            known = true;
        }
        if known || document.keys.is_empty() { Ok(()) } else { Err(recognize::unknown(path, &document.names())) }
    }

    fn page(&mut self, path: &Path, call: String, more: bool) {
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
            Some(old) => both(old, new),
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
    fn permission_sets(&mut self, path: &Path, named: &Named, raw: &RawValue) -> Result<String, SnapshotError> {
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
        let instance = first.as_deref().and_then(|arn| arn.split('/').nth(1)).or(named.instance.as_deref());
        Ok(format!("{}/{}", instance.unwrap_or_default(), named.account.map(|id| id.to_string()).unwrap_or_default()))
    }

    fn assignments(
        &mut self,
        path: &Path,
        named: &Named,
        found: Vec<AccountAssignment>,
    ) -> Result<String, SnapshotError> {
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
        let about = if let Some(principal) = &named.principal {
            parts.principals.insert(principal.clone());
            principal.clone()
        } else {
            let mut pairs: BTreeSet<(AccountId, String)> =
                found.iter().map(|entry| (entry.account_id, set_id(&entry.permission_set_arn))).collect();
            pairs.extend(named.account.zip(named.set.clone()));
            let only = pairs.first().filter(|_| pairs.len() == 1).map(|(account, set)| format!("{account}/{set}"));
            parts.pairs.extend(pairs);
            only.unwrap_or_else(|| named.text.clone())
        };
        parts.assignments.get_or_insert_default().extend(found);
        Ok(about)
    }

    fn memberships(&mut self, path: &Path, named: &Named, raw: &RawValue) -> Result<String, SnapshotError> {
        let found: Vec<GroupMembership> = list(path, "GroupMemberships", raw)?;
        if found.is_empty() && named.principal.is_none() {
            let example = "members-a1b2c3d4-5678-90ab-cdef-000000000001.json";
            return Err(nameless(path, "members", "the group", example));
        }
        let groups: BTreeSet<&String> = found.iter().map(|entry| &entry.group_id).collect();
        let members: BTreeSet<_> = found.iter().filter_map(|entry| entry.member_id.user_id.as_ref()).collect();
        // ListGroupMembershipsForMember has the same key: it is of one member, and no group in it is whole
        let asked = match &named.principal {
            Some(id) if groups.iter().all(|group| *group == id) => Some(id.clone()),
            Some(_) => None,
            None => groups.first().filter(|_| groups.len() == 1 && members.len() > 1).map(|id| (*id).clone()),
        };
        let about = asked.clone().or_else(|| named.principal.clone()).unwrap_or_else(|| named.text.clone());
        let parts = self.store(store_of(raw, named));
        parts.groups_asked.extend(asked);
        parts.memberships.get_or_insert_default().extend(found);
        Ok(about)
    }

    fn applications(&mut self, entries: Vec<Application>) {
        let known = self.applications.get_or_insert_default();
        for new in entries {
            let of = known.entry(new.application_arn.clone()).or_default();
            *of = Application {
                application_arn: new.application_arn,
                status: of.status.take().or(new.status),
                instance_arn: of.instance_arn.take().or(new.instance_arn),
                region: of.region.take().or(new.region),
                entitlements: of.entitlements.take().or(new.entitlements),
            };
        }
    }

    fn entitlements(&mut self, path: &Path, named: &Named, entries: Vec<Value>) -> Result<(), SnapshotError> {
        let of = |entry: &Value| {
            Entitlement::of(entry).ok_or_else(|| {
                let next = "save the command's own output";
                Refusal::of(path, "is not of the shape that AWS prints", "an entitlement has no `entitlementId`", next)
            })
        };
        let found = entries.iter().map(of).collect::<Result<_, _>>()?;
        self.of_applications.push((path.to_owned(), named.clone(), OfApplication::Entitlements(found)));
        Ok(())
    }

    /// The applications, each with what the files named after it have: no answer but the list repeats an ARN.
    fn account_access(&mut self) -> Result<Option<AccountAccessFile>, SnapshotError> {
        if self.applications.is_none() && self.of_applications.is_empty() {
            return Ok(None);
        }
        let mut known = self.applications.take().unwrap_or_default();
        let mut found = BTreeMap::<String, Vec<Entitlement>>::new();
        for (path, named, part) in std::mem::take(&mut self.of_applications) {
            let application = application(&mut known, &path, &named)?;
            match part {
                OfApplication::Instance(arn) => application.instance_arn = application.instance_arn.take().or(arn),
                OfApplication::Entitlements(new) => {
                    found.entry(application.application_arn.clone()).or_default().extend(new);
                }
            }
        }
        for (arn, application) in &mut known {
            application.entitlements = application.entitlements.take().or_else(|| found.remove(arn));
        }
        Ok(Some(AccountAccessFile { applications: known.into_values().collect() }))
    }
}

/// Two answers about one instance: what the first lacks is the second's.
fn both(old: Instance, new: Instance) -> Instance {
    fn joined<T: Ord>(mut old: Vec<T>, new: Vec<T>) -> Vec<T> {
        old.extend(new);
        old.sort();
        old.dedup();
        old
    }
    Instance {
        instance_arn: old.instance_arn,
        identity_store_id: Some(old.identity_store_id).filter(|id| !id.is_empty()).unwrap_or(new.identity_store_id),
        owner_account_id: old.owner_account_id.or(new.owner_account_id),
        name: old.name.or(new.name),
        status: old.status.or(new.status),
        region: old.region.or(new.region),
        permission_sets_enabled: old.permission_sets_enabled.or(new.permission_sets_enabled),
        permission_sets: old.permission_sets.or(new.permission_sets),
        account_assignments: old.account_assignments.or(new.account_assignments),
        assignments_by: old.assignments_by.or(new.assignments_by),
        unread_assignments: joined(old.unread_assignments, new.unread_assignments),
        provisioned: old.provisioned.or(new.provisioned),
        users: old.users.or(new.users),
        groups: old.groups.or(new.groups),
        group_memberships: old.group_memberships.or(new.group_memberships),
        unread_groups: joined(old.unread_groups, new.unread_groups),
        access_control_attributes: old.access_control_attributes.or(new.access_control_attributes),
        access_control_enabled: old.access_control_enabled.or(new.access_control_enabled),
    }
}

/// The application that a file is about: the one whose id is in its name, or the only one.
fn application<'a>(
    known: &'a mut BTreeMap<String, Application>,
    path: &Path,
    named: &Named,
) -> Result<&'a mut Application, SnapshotError> {
    let is_only = known.len() == 1;
    let id = |arn: &str| arn.rsplit('/').next().unwrap_or_default().len();
    let fits = |arn: &str| is_only || named.text.contains(arn.rsplit('/').next().unwrap_or_default());
    // one id may be the beginning of another
    let of = known.iter_mut().filter(|(arn, _)| fits(arn)).max_by_key(|(arn, _)| id(arn));
    of.map(|(_, application)| application)
        .ok_or_else(|| nameless(path, "entitlements", "the application", "entitlements-APPLICATION_ID.json"))
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
