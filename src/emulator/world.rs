//! The data that the emulator serves: a snapshot directory as plain JSON values.
//!
//! Owns: reading the files, and how a document, a flag or a time may stand in them. Reads no manifest: what is on disk is what
//! is served. A policy document that stands as an object is served without duplicate keys; one that stands as a string is
//! served as it is.
//! INVARIANT: a key that is absent from a file is told apart from an empty one, for it means that the facet was not collected.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::error::EmulatorError;
use crate::ids::AccountId;

/// Largest file after unpacking. A larger one is damaged or hostile.
const MAX_FILE: u64 = 1 << 30;

const ORGANIZATION: &str = "organization";

/// A snapshot, ready to be served.
#[derive(Debug, Default)]
pub struct World {
    pub(super) organization: Option<Map<String, Value>>,
    pub(super) accounts: BTreeMap<AccountId, Map<String, Value>>,
}

/// A file of the snapshot.
struct File {
    name: String,
    subject: Subject,
    content: Map<String, Value>,
}

/// What a file of the snapshot is about.
enum Subject {
    Organization,
    Account(AccountId),
}

impl World {
    /// Reads a snapshot directory. Files that belong to no snapshot are passed over.
    ///
    /// # Errors
    /// Where a file cannot be read, is no JSON object, or is not named after an account.
    pub fn from_directory(directory: &Path) -> Result<Self, EmulatorError> {
        let mut names = Vec::new();
        for folder in ["", "accounts"] {
            let path = directory.join(folder);
            let failed = |source| EmulatorError::Read { file: path.display().to_string(), source };
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_empty() => continue,
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
                names.push(if folder.is_empty() { name } else { format!("{folder}/{name}") });
            }
        }
        names.sort();
        let parsed: Vec<_> = names
            .par_iter()
            .filter_map(|name| {
                let read = || {
                    let path = directory.join(name);
                    fs::read(&path).map_err(|source| EmulatorError::Read { file: path.display().to_string(), source })
                };
                parse(name, read).transpose()
            })
            .collect();
        Self::assemble(parsed)
    }

    /// Takes the files of a snapshot from memory, under the names they have in its directory.
    ///
    /// # Errors
    /// As [`World::from_directory`].
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, EmulatorError> {
        let parsed = files.into_iter().filter_map(|(name, bytes)| parse(&name, || Ok(bytes)).transpose());
        Self::assemble(parsed)
    }

    fn assemble(parsed: impl IntoIterator<Item = Result<File, EmulatorError>>) -> Result<Self, EmulatorError> {
        let mut world = Self::default();
        for entry in parsed {
            let file = entry?;
            let earlier = match file.subject {
                Subject::Organization => world.organization.replace(file.content).is_some(),
                Subject::Account(id) => world.accounts.insert(id, file.content).is_some(),
            };
            if earlier {
                return Err(EmulatorError::Twice { file: file.name });
            }
        }
        Ok(world)
    }

    /// The list under a key of an account: `None` where it was not collected.
    pub(super) fn account_list(&self, account: AccountId, key: &str) -> Option<&Vec<Value>> {
        self.accounts.get(&account)?.get(key)?.as_array()
    }

    /// A managed policy by its ARN, as `account` sees it: its own ones, and AWS's wherever the snapshot has them.
    pub(super) fn managed_policy(&self, account: AccountId, arn: &str) -> Option<&Value> {
        let of = |id: AccountId| {
            self.account_list(id, "Policies").into_iter().flatten().find(|policy| text(policy, "Arn") == Some(arn))
        };
        of(account).or_else(|| is_aws_managed(arn).then(|| self.accounts.keys().find_map(|id| of(*id))).flatten())
    }

    /// The partition of the organisation's ARNs, or else of the first role's.
    pub(super) fn partition(&self) -> &str {
        let organization = self.organization.as_ref().and_then(|file| file.get("Organization"));
        let of_organization = organization.and_then(|value| text(value, "Arn").or(text(value, "MasterAccountArn")));
        let roles = self.accounts.values().filter_map(|account| account.get("RoleDetailList")?.as_array()).flatten();
        let arn = of_organization.or_else(|| roles.filter_map(|role| text(role, "Arn")).next());
        arn.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
    }

    /// All accounts that the snapshot knows, listed or with a file.
    pub(super) fn first_account(&self) -> Option<AccountId> {
        let listed = self.organization.as_ref().and_then(|file| file.get("Accounts")?.as_array());
        let listed = listed.into_iter().flatten().filter_map(|account| AccountId::parse(text(account, "Id")?));
        let known: BTreeSet<AccountId> = self.accounts.keys().copied().chain(listed).collect();
        self.accounts.keys().next().copied().or_else(|| known.first().copied())
    }
}

/// The text under a key of an object.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// True for a policy that AWS owns.
pub(super) fn is_aws_managed(policy_arn: &str) -> bool {
    policy_arn.split(':').nth(4) == Some("aws")
}

/// The JSON text of a policy document in any form in which it may stand.
pub(super) fn document_text(document: &Value) -> String {
    match document {
        Value::String(text) if is_encoded(text) => {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A JSON document begins with a brace or white space, so one that begins with a percent sign is encoded.
pub(super) fn is_encoded(document: &str) -> bool {
    document.starts_with('%')
}

/// Reads a file of a snapshot, or `None` where its name says that it is something else.
fn parse(name: &str, read: impl FnOnce() -> Result<Vec<u8>, EmulatorError>) -> Result<Option<File>, EmulatorError> {
    let plain = name.strip_suffix(".zst");
    let Some(stem) = plain.unwrap_or(name).strip_suffix(".json") else { return Ok(None) };
    let subject = match stem.strip_prefix("accounts/") {
        Some(id) => match AccountId::parse(id) {
            Some(id) => Subject::Account(id),
            None => return Err(EmulatorError::NotAnAccount { file: name.to_owned() }),
        },
        None if stem == ORGANIZATION => Subject::Organization,
        None => return Ok(None),
    };
    let mut bytes = read()?;
    if plain.is_some() {
        bytes = unpack(&bytes).map_err(|source| EmulatorError::Read { file: name.to_owned(), source })?;
    }
    let content =
        serde_json::from_slice(&bytes).map_err(|source| EmulatorError::Json { file: name.to_owned(), source })?;
    Ok(Some(File { name: name.to_owned(), subject, content }))
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    zstd::stream::read::Decoder::new(packed)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 1 GiB after unpacking"));
    }
    Ok(bytes)
}
