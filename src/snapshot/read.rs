//! Reading a snapshot directory, ours or imported.
//!
//! Owns: which files count, digests, size limits, and the ledger of imported data. Reads account files one at a time,
//! so that memory depends on the largest account and not on the organization.
//! INVARIANT: a file that the manifest names and that is missing, changed or damaged is an error, never an empty
//! account.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::account::AccountFile;
use super::account_access::AccountAccessFile;
use super::compute::Compute;
use super::digest::{digest_of, hex_digest};
use super::edit::Edit;
use super::error::SnapshotError;
use super::files::{self, ACCOUNT_ACCESS, IDENTITY_CENTER, ORGANIZATION};
use super::identity_center::IdentityCenterFile;
use super::import::{self, Import};
use super::ledger::{AccountState, Ledger};
use super::limits::MAX_BYTES;
use super::manifest::Manifest;
use super::organization::OrganizationFile;
use super::recall::{json, of_bytes, recalled};
use super::records::{self, Records};
use crate::facet::Facet;
use crate::ids::AccountId;

thread_local! {
    /// A buffer for one file, kept by each worker: allocating fresh memory for every file costs more than reading it.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A snapshot directory whose organization and manifest have been read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) dir: PathBuf,
    pub(super) manifest: Option<Manifest>,
    /// Digest of the manifest as it was read.
    pub(super) manifest_digest: Option<String>,
    pub(super) organization: Option<OrganizationFile>,
    pub(super) identity_center: Option<IdentityCenterFile>,
    pub(super) account_access: Option<AccountAccessFile>,
    compute: Option<Compute>,
    pub(super) files: BTreeMap<AccountId, PathBuf>,
    /// The import that replaces a manifest's files if there is no manifest.
    pub(super) import: Option<std::sync::Arc<Import>>,
    ledger: Ledger,
    /// Made to an account's file when it is read.
    pub(super) edits: BTreeMap<AccountId, Vec<Edit>>,
}

impl Snapshot {
    /// Opens a directory: reads manifest and organization, lists account files.
    ///
    /// # Errors
    /// If the directory or one of these files is missing, damaged or too new.
    pub fn open(dir: &Path) -> Result<Self, SnapshotError> {
        if !dir.is_dir() {
            let is_there = dir.exists();
            let error = if is_there { SnapshotError::NoDirectory } else { SnapshotError::Missing };
            return Err(error(dir.to_owned()));
        }
        let Some((manifest, digest)) = recalled(dir)? else { return Self::imported(dir) };
        let mut snapshot = Self {
            dir: dir.to_owned(),
            manifest: Some(manifest),
            manifest_digest: Some(digest),
            organization: None,
            identity_center: None,
            account_access: None,
            compute: import::compute(dir)?,
            files: files::of_accounts(dir)?,
            import: None,
            ledger: Ledger::default(),
            edits: BTreeMap::new(),
        };
        let manifest = snapshot.manifest.as_ref();
        snapshot.files.retain(|_, path| {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            belongs(manifest, &format!("accounts/{name}"))
        });
        snapshot.organization = snapshot.of_organization(ORGANIZATION)?;
        snapshot.identity_center = snapshot.of_organization(IDENTITY_CENTER)?;
        snapshot.account_access = snapshot.of_organization(ACCOUNT_ACCESS)?;
        if snapshot.organization.is_none() && snapshot.files.is_empty() {
            return Err(SnapshotError::Empty(dir.to_owned()));
        }
        snapshot.check_named()?;
        snapshot.ledger = snapshot.initial_ledger();
        Ok(snapshot)
    }

    /// A directory without a manifest.
    fn imported(dir: &Path) -> Result<Self, SnapshotError> {
        let mut import = Import::open(dir)?;
        let (organization, files) = (import.organization.take(), import.files());
        if organization.is_none() && files.is_empty() {
            return Err(SnapshotError::Empty(dir.to_owned()));
        }
        let mut snapshot = Self {
            dir: dir.to_owned(),
            manifest: None,
            manifest_digest: None,
            organization,
            identity_center: import.identity_center.take(),
            account_access: import.account_access.take(),
            compute: import::compute(dir)?,
            files,
            import: Some(std::sync::Arc::new(import)),
            ledger: Ledger::default(),
            edits: BTreeMap::new(),
        };
        snapshot.ledger = snapshot.initial_ledger();
        Ok(snapshot)
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The manifest; absent in imported data.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The organization, if the snapshot has one.
    #[must_use]
    pub fn organization(&self) -> Option<&OrganizationFile> {
        self.organization.as_ref()
    }

    /// What IAM Identity Center and its identity store list, if the snapshot has it.
    #[must_use]
    pub fn identity_center(&self) -> Option<&IdentityCenterFile> {
        self.identity_center.as_ref()
    }

    /// The entitlements of the account access manager, if the snapshot has them.
    #[must_use]
    pub fn account_access(&self) -> Option<&AccountAccessFile> {
        self.account_access.as_ref()
    }

    /// What runs with roles, if the AWS CLI's answers were put beside the snapshot.
    #[must_use]
    pub fn compute(&self) -> Option<&Compute> {
        self.compute.as_ref()
    }

    /// Every listed account and how it ended, before account files have been read.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// When the snapshot was taken; unknown for imported data.
    #[must_use]
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.manifest.as_ref().map(|m| m.started)
    }

    /// The accounts that have a file, ordered by id.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.files.keys().copied()
    }

    /// The size of each account's file in bytes as stored: a measure of how long reading it again takes.
    #[must_use]
    pub fn sizes(&self) -> BTreeMap<AccountId, u64> {
        let size = |path: &PathBuf| fs::symlink_metadata(path).map(|found| found.len()).ok();
        self.files.iter().filter_map(|(id, path)| Some((*id, size(path)?))).collect()
    }

    /// An account's file as it was written.
    pub(super) fn with_file<T>(
        &self,
        account: AccountId,
        use_file: impl FnOnce(AccountFile<'_>) -> T,
    ) -> Result<T, SnapshotError> {
        let path = self.files.get(&account).ok_or_else(|| SnapshotError::Gone(self.dir.join(account.to_string())))?;
        let mut room = ROOM.take();
        let read = match &self.import {
            None => self.read_into(path, &mut room).and_then(|()| Ok(use_file(json(path, &room)?))),
            Some(import) => self.with_imported(import, account, path, &mut room, use_file),
        };
        ROOM.set(room);
        read
    }

    /// Reads one account file and passes it to `use_records` without its roles and managed policies, which are records.
    ///
    /// # Errors
    /// As [`Snapshot::with_account`].
    pub(crate) fn with_records<T>(
        &self,
        account: AccountId,
        use_records: impl FnOnce(&AccountFile<'_>, &Records<'_>) -> T,
    ) -> Result<T, SnapshotError> {
        let mut use_records = Some(use_records);
        let mut once =
            |file: &AccountFile<'_>, records: &Records<'_>| use_records.take().map(|use_them| use_them(file, records));
        if let Some(used) = self.with_quick_records(account, &mut once) {
            return Ok(used);
        }
        // what is unusual is read by serde_json, and what is wrong has its error there
        self.with_account(account, |file| once(&file, &records::of(&file)))?
            .ok_or_else(|| SnapshotError::Gone(self.dir.join(account.to_string())))
    }

    /// The quick way to an account's records; `None` if its file is not the usual one.
    fn with_quick_records<T>(
        &self,
        account: AccountId,
        use_records: impl FnOnce(&AccountFile<'_>, &Records<'_>) -> Option<T>,
    ) -> Option<T> {
        let path = self.files.get(&account).filter(|_| !self.edits.contains_key(&account))?;
        if self.import.as_ref().is_some_and(|import| !import.is_single(account)) {
            return None;
        }
        let mut room = ROOM.take();
        let used = (|| {
            self.read_into(path, &mut room).ok()?;
            let (file, records) = records::read(std::str::from_utf8(&room).ok()?)?;
            if self.import.is_some() {
                let is_whole = import::is_whole(&file) && import::agrees(account, &file, records.arns());
                is_whole.then_some(())?;
            }
            use_records(&file, &records)
        })();
        ROOM.set(room);
        used
    }

    /// An account of an import. A single file in the shape that AWS itself prints is read once, like a file of our own.
    fn with_imported<T>(
        &self,
        import: &Import,
        account: AccountId,
        path: &Path,
        room: &mut Vec<u8>,
        use_file: impl FnOnce(AccountFile<'_>) -> T,
    ) -> Result<T, SnapshotError> {
        if import.is_single(account) && self.read_into(path, room).is_ok() {
            let file = of_bytes::<AccountFile<'_>>(room).ok().filter(import::is_whole);
            if let Some(file) = file {
                import::check(path, account, &file)?;
                return Ok(use_file(file));
            }
        }
        import.with_account(account, use_file)
    }

    /// Name and digest of an account's file, if the file matches the manifest.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn verified(&self, account: AccountId) -> Result<Option<(String, String)>, SnapshotError> {
        let Some(path) = self.files.get(&account) else { return Ok(None) };
        let name = self.relative(path);
        let recorded = self.manifest.as_ref().and_then(|manifest| manifest.files.get(&name));
        let found = digest_of(path).map_err(|source| SnapshotError::Io { path: path.clone(), source })?;
        Ok(found.filter(|digest| Some(digest) == recorded).map(|digest| (name, digest)))
    }

    /// A file of the organization as a whole, plain or compressed; `None` if it is not part of the snapshot.
    fn of_organization<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SnapshotError> {
        for name in files::either(name) {
            let path = self.dir.join(&name);
            if path.exists() && belongs(self.manifest.as_ref(), &name) {
                let mut text = Vec::new();
                self.read_into(&path, &mut text)?;
                return json(&path, &text).map(Some);
            }
        }
        Ok(None)
    }

    /// Replaces the buffer's content by the file's text, checked against the manifest and decompressed.
    fn read_into(&self, path: &Path, text: &mut Vec<u8>) -> Result<(), SnapshotError> {
        let io = |source| SnapshotError::Io { path: path.to_owned(), source };
        if !fs::symlink_metadata(path).map_err(io)?.is_file() {
            return Err(SnapshotError::NoFile(path.to_owned()));
        }
        text.clear();
        let file = fs::File::open(path).map_err(io)?;
        file.take(MAX_BYTES + 1).read_to_end(text).map_err(io)?;
        if let Some(manifest) = &self.manifest {
            let recorded = manifest.files.get(&self.relative(path));
            if recorded.is_none_or(|digest| *digest != hex_digest(text)) {
                return Err(SnapshotError::Digest(path.to_owned()));
            }
        }
        if path.extension().is_some_and(|e| e == "zst") {
            let mut plain = Vec::new();
            let decoder = zstd::Decoder::new(text.as_slice()).map_err(io)?;
            decoder.take(MAX_BYTES + 1).read_to_end(&mut plain).map_err(io)?;
            *text = plain;
        }
        if text.len() as u64 > MAX_BYTES { Err(SnapshotError::TooLarge(path.to_owned())) } else { Ok(()) }
    }

    pub(super) fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.dir).unwrap_or(path);
        relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// That every file is there that the manifest names. Those of `compute/` were read already, and are checked here.
    fn check_named(&self) -> Result<(), SnapshotError> {
        let of_compute = |name| self.compute.as_ref().and_then(|compute| compute.files.get(name));
        for (name, digest) in self.manifest.iter().flat_map(|manifest| &manifest.files) {
            let path = self.dir.join(name);
            let is_known = || self.files.values().any(|p| *p == path) || files::is_of_organization(name);
            match of_compute(name) {
                Some(found) if found != digest => return Err(SnapshotError::Digest(path)),
                Some(_) => {}
                None if is_known() && path.exists() => {}
                None => return Err(SnapshotError::Gone(path)),
            }
        }
        Ok(())
    }

    /// The manifest's ledger. For imported data, every listed account with a file is complete until its file shows
    /// otherwise, and one without a file is incomplete unless it is closed or suspended.
    fn initial_ledger(&self) -> Ledger {
        if let Some(manifest) = &self.manifest {
            return manifest.ledger.clone();
        }
        let mut ledger = Ledger::default();
        for account in self.files.keys() {
            ledger.set(*account, AccountState::Complete);
        }
        for listed in self.organization.iter().flat_map(|o| o.accounts.iter().flatten()) {
            if self.files.contains_key(&listed.id) {
                continue;
            }
            match listed.state() {
                Some(state) if state != "ACTIVE" => {
                    ledger.set(listed.id, AccountState::Skipped { reason: listed.state_in_words() });
                }
                _ => ledger.add_gap(listed.id, Facet::AuthorizationDetails, "not collected"),
            }
        }
        ledger
    }
}

/// Whether a file is part of the snapshot. In that of an interrupted run, files that the manifest does not name are
/// older; otherwise such a file is an error when it is read.
fn belongs(manifest: Option<&Manifest>, name: &str) -> bool {
    manifest.is_none_or(|manifest| manifest.finished.is_some() || manifest.files.contains_key(name))
}
