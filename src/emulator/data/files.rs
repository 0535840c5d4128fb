//! The data that the emulator serves: a snapshot directory as plain JSON values.
//!
//! Owns: reading the files. Does not read the manifest: the files on disk are what is served. A policy document stored
//! as an object is served without duplicate keys; one stored as a string is served unchanged.
//! INVARIANT: an absent key differs from an empty one: it means that the data set was not collected.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::index::Index;
use super::value::text;
use crate::emulator::error::EmulatorError;
use crate::ids::AccountId;

/// Largest file after unpacking. A larger one is damaged or hostile.
const MAX_FILE: u64 = 1 << 30;

/// Accounts kept in memory if they are read lazily: a scan uses an account many times, and then never again.
const KEPT: usize = 96;

/// A snapshot, ready to be served.
#[derive(Debug, Default)]
pub struct EmulatorData {
    pub(crate) organization: Option<Map<String, Value>>,
    pub(crate) identity_center: Option<Map<String, Value>>,
    pub(crate) account_access: Option<Map<String, Value>>,
    accounts: BTreeMap<AccountId, Source>,
    /// Accounts read from disk, the most recent last.
    recent: Mutex<VecDeque<(AccountId, Arc<Account>)>>,
    /// Built on first use.
    index: OnceLock<Index>,
    partition: OnceLock<&'static str>,
}

/// The content of an account's file.
pub(crate) type Account = Map<String, Value>;

/// Where an account's content is.
#[derive(Debug)]
enum Source {
    Memory(Arc<Account>),
    Disk(PathBuf),
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
    IdentityCenter,
    AccountAccess,
    Account(AccountId),
}

impl EmulatorData {
    /// Reads a snapshot directory. Files that do not belong to a snapshot are ignored.
    ///
    /// # Errors
    /// If a file cannot be read, is not a JSON object, or is not named after an account.
    pub fn from_directory(directory: &Path) -> Result<Self, EmulatorError> {
        let parsed: Vec<_> = (names(directory)?.par_iter())
            .filter_map(|name| parse(name, || read(&directory.join(name))).transpose())
            .collect();
        Self::assemble(parsed)
    }

    /// Like [`EmulatorData::from_directory`], but reads an account on first use: for snapshots larger than memory. An
    /// account whose file turns out to be damaged is served as one without any data set.
    ///
    /// # Errors
    /// As for [`EmulatorData::from_directory`], for the organization's file and for all names.
    pub fn lazy(directory: &Path) -> Result<Self, EmulatorError> {
        let mut data = Self::default();
        for name in names(directory)? {
            match subject(&name)? {
                Some(Subject::Account(id)) => {
                    let path = directory.join(&name);
                    if data.accounts.insert(id, Source::Disk(path)).is_some() {
                        return Err(EmulatorError::Twice { file: name });
                    }
                }
                Some(subject) => {
                    let file = parse(&name, || read(&directory.join(&name)))?.map(|file| file.content);
                    if data.whole(&subject).is_some_and(|known| std::mem::replace(known, file).is_some()) {
                        return Err(EmulatorError::Twice { file: name });
                    }
                }
                None => {}
            }
        }
        Ok(data)
    }

    /// Takes the files of a snapshot from memory, under the names that they have in its directory.
    ///
    /// # Errors
    /// As for [`EmulatorData::from_directory`].
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, EmulatorError> {
        let parsed = files.into_iter().filter_map(|(name, bytes)| parse(&name, || Ok(bytes)).transpose());
        Self::assemble(parsed)
    }

    fn assemble(parsed: impl IntoIterator<Item = Result<File, EmulatorError>>) -> Result<Self, EmulatorError> {
        let mut data = Self::default();
        for entry in parsed {
            let file = entry?;
            let earlier = match file.subject {
                Subject::Account(id) => data.accounts.insert(id, Source::Memory(Arc::new(file.content))).is_some(),
                subject => data.whole(&subject).is_some_and(|known| known.replace(file.content).is_some()),
            };
            if earlier {
                return Err(EmulatorError::Twice { file: file.name });
            }
        }
        Ok(data)
    }

    /// The place of a file that a snapshot has once.
    fn whole(&mut self, subject: &Subject) -> Option<&mut Option<Map<String, Value>>> {
        match subject {
            Subject::Organization => Some(&mut self.organization),
            Subject::IdentityCenter => Some(&mut self.identity_center),
            Subject::AccountAccess => Some(&mut self.account_access),
            Subject::Account(_) => None,
        }
    }

    /// The content of an account's file, if there is one.
    pub(crate) fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        let path = match self.accounts.get(&id)? {
            Source::Memory(account) => return Some(Arc::clone(account)),
            Source::Disk(path) => path,
        };
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, account)) = recent().iter().find(|(kept, _)| *kept == id) {
            return Some(Arc::clone(account));
        }
        let name = format!("accounts/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let file = parse(&name, || read(path)).ok().flatten();
        let account = Arc::new(file.map(|file| file.content).unwrap_or_default());
        let mut recent = recent();
        recent.push_back((id, Arc::clone(&account)));
        if recent.len() > KEPT {
            recent.pop_front();
        }
        Some(account)
    }

    /// An AWS managed policy, from any account of the snapshot that has it.
    pub(crate) fn aws_policy(&self, arn: &str) -> Option<Value> {
        let of = |id: &AccountId| {
            let account = self.account(*id)?;
            let mut policies = account.get("Policies")?.as_array()?.iter();
            policies.find(|policy| text(policy, "Arn") == Some(arn)).cloned()
        };
        self.accounts.keys().find_map(of)
    }

    /// The partition of the organization's ARNs, or else of the first role's.
    pub(crate) fn partition(&self) -> &'static str {
        self.partition.get_or_init(|| self.find_partition())
    }

    /// The position of each id in the organization's lists.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.organization.as_ref()))
    }

    fn find_partition(&self) -> &'static str {
        let organization = self.organization.as_ref().and_then(|file| file.get("Organization"));
        let of_organization = organization.and_then(|value| text(value, "Arn").or(text(value, "MasterAccountArn")));
        let of_role = || {
            let account = self.account(self.first_account()?)?;
            let arn = text(account.get("RoleDetailList")?.as_array()?.first()?, "Arn")?;
            partition_of(arn)
        };
        of_organization.and_then(partition_of).or_else(of_role).unwrap_or("aws")
    }

    /// The first account with a file, or else the first listed one.
    pub(crate) fn first_account(&self) -> Option<AccountId> {
        let listed = self.organization.as_ref().and_then(|file| file.get("Accounts")?.as_array());
        let listed = listed.into_iter().flatten().filter_map(|account| AccountId::parse(text(account, "Id")?));
        let known: BTreeSet<AccountId> = self.accounts.keys().copied().chain(listed).collect();
        self.accounts.keys().next().copied().or_else(|| known.first().copied())
    }
}

/// One of AWS's partitions.
fn partition_of(arn: &str) -> Option<&'static str> {
    let named = arn.split(':').nth(1)?;
    ["aws", "aws-cn", "aws-us-gov"].into_iter().find(|known| *known == named)
}

/// Names of a snapshot's files, relative to its directory.
fn names(directory: &Path) -> Result<Vec<String>, EmulatorError> {
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
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>, EmulatorError> {
    fs::read(path).map_err(|source| EmulatorError::Read { file: path.display().to_string(), source })
}

/// What a file is about according to its name, or `None` if it is something else.
fn subject(name: &str) -> Result<Option<Subject>, EmulatorError> {
    let Some(stem) = name.strip_suffix(".zst").unwrap_or(name).strip_suffix(".json") else { return Ok(None) };
    match stem.strip_prefix("accounts/") {
        Some(id) => match AccountId::parse(id) {
            Some(id) => Ok(Some(Subject::Account(id))),
            None => Err(EmulatorError::NotAnAccount { file: name.to_owned() }),
        },
        None => Ok(match stem {
            "organization" => Some(Subject::Organization),
            "identity-center" => Some(Subject::IdentityCenter),
            "account-access" => Some(Subject::AccountAccess),
            _ => None,
        }),
    }
}

/// Reads a file of a snapshot, or returns `None` if its name says that it is something else.
fn parse(name: &str, read: impl FnOnce() -> Result<Vec<u8>, EmulatorError>) -> Result<Option<File>, EmulatorError> {
    let Some(subject) = subject(name)? else { return Ok(None) };
    let mut bytes = read()?;
    if name.ends_with(".zst") {
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
