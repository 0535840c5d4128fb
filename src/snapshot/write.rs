//! The writer of a snapshot: each file is whole or absent, and the manifest comes last.
//!
//! Owns: the order of files, their digests, the lock. Does not know where the data comes from.
//! INVARIANT: a manifest names only files that are on disk in full.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use serde::Serialize;

use super::account::AccountFile;
use super::account_access::AccountAccessFile;
use super::atomic::{make_directory, open_new, remove_half_written, remove_if_there, sync_directory, write_atomically};
use super::digest::hex_digest;
use super::error::WriteError;
use super::files::{self, ACCOUNT_ACCESS, IDENTITY_CENTER, ORGANIZATION};
use super::identity_center::IdentityCenterFile;
use super::journal::{self, Ended, JOURNAL, Line};
use super::ledger::AccountState;
use super::lock::{Held, Lock};
use super::manifest::Manifest;
use super::organization::OrganizationFile;
use crate::ids::AccountId;

const MANIFEST: &str = "manifest.json";
const ACCOUNTS: &str = "accounts";

/// Writes one snapshot. Files may be written from several threads.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    files: Mutex<BTreeMap<String, String>>,
    /// What a new run puts in place of an earlier snapshot, together with its first file.
    begun: Mutex<Option<Begun>>,
    /// The start of the run whose journal is kept. Set by [`Writer::begin`].
    run: Mutex<Option<Timestamp>>,
    /// True once the snapshot is finished; read-locked while a file is written.
    closed: RwLock<bool>,
    lock: Lock,
}

#[derive(Debug)]
struct Begun {
    manifest: Manifest,
    /// What is known about the organization from the start. Without it, account files would read as if they were in no
    /// organization, with no SCP to limit them.
    outline: Option<OrganizationFile>,
}

impl Writer {
    /// Creates the directories, takes the lock and proves that files can be written there, before hours of work depend
    /// on it. Existing files are left alone, except half-written ones of a killed run. `holder` is shown to a second
    /// writer.
    ///
    /// # Errors
    /// If a directory or file cannot be created, or another process writes there.
    pub fn create(root: impl Into<PathBuf>, holder: &str) -> Result<Self, WriteError> {
        let root = root.into();
        make_directory(&root)?;
        make_directory(&root.join(ACCOUNTS))?;
        let lock = Lock::take(&root, holder).map_err(|held| match held {
            Held::By(holder) => WriteError::Locked { path: root.clone(), holder },
            Held::Io(source) => WriteError::Io { action: "lock", path: root.clone(), source },
        })?;
        for folder in [root.clone(), root.join(ACCOUNTS)] {
            remove_half_written(&folder)?;
        }
        // a merge that was killed has files and no manifest yet
        if lock.left_by.is_none()
            && let Some(path) = files::saved_by_hand(&root)
        {
            return Err(WriteError::Foreign { path });
        }
        let probe = root.join(format!(".probe-{}", std::process::id()));
        open_new(&probe)?;
        fs::remove_file(&probe).map_err(|source| WriteError::Io { action: "remove", path: probe, source })?;
        let (files, begun, run, closed) = Default::default();
        Ok(Self { root, files, begun, run, closed, lock })
    }

    /// The process that held the lock of this directory and died without releasing it.
    #[must_use]
    pub fn left_by(&self) -> Option<&str> {
        self.lock.left_by.as_deref()
    }

    /// Announces what is going to be written. `manifest` is unfinished and replaces that of an earlier snapshot
    /// together with the first file: not before, so that a run that reads nothing leaves the earlier snapshot as it
    /// was, and not after, so that an interrupted run is never taken for a complete one. From then on every file is in
    /// the journal.
    pub fn begin(&self, manifest: Manifest, outline: Option<OrganizationFile>) {
        *held(&self.run) = Some(manifest.started);
        *held(&self.begun) = Some(Begun { manifest, outline });
    }

    /// Keeps a file of the existing snapshot, with the digest that was found.
    pub fn adopt(&self, name: impl Into<String>, digest: impl Into<String>) {
        held(&self.files).insert(name.into(), digest.into());
    }

    /// Writes an account's file and returns its SHA-256.
    ///
    /// # Errors
    /// If it cannot be written; an earlier file of that name is then unchanged.
    pub fn account(&self, id: AccountId, file: &AccountFile<'_>) -> Result<String, WriteError> {
        self.file(&account_name(id), file)
    }

    /// Writes the organization's file and returns its SHA-256.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn organization(&self, file: &OrganizationFile) -> Result<String, WriteError> {
        self.file(ORGANIZATION, file)
    }

    /// Writes what was read of IAM Identity Center and returns its SHA-256.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn identity_center(&self, file: &IdentityCenterFile) -> Result<String, WriteError> {
        self.file(IDENTITY_CENTER, file)
    }

    /// Writes what was read of the account access manager and returns its SHA-256.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn account_access(&self, file: &AccountAccessFile) -> Result<String, WriteError> {
        self.file(ACCOUNT_ACCESS, file)
    }

    /// Writes a file exactly as it is in another snapshot.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn copy(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let path = self.root.join(name);
        path.parent().map(make_directory).transpose()?;
        write_atomically(&path, bytes, || Ok(()))?;
        held(&self.files).insert(name.to_owned(), hex_digest(bytes));
        Ok(())
    }

    /// Records how an account of an unfinished run ended; `digest` is that of its file, if it has one.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub fn note(
        &self,
        id: AccountId,
        state: AccountState,
        read_at: Option<Timestamp>,
        digest: Option<&str>,
    ) -> Result<(), WriteError> {
        let file = digest.map(|digest| (account_name(id), digest.to_owned()));
        self.append(file, Some(Ended { id, state, read_at }))
    }

    /// Removes files of an earlier snapshot that this one does not have, then writes the manifest with the digests of
    /// all files written, and returns it.
    ///
    /// # Errors
    /// If a file cannot be removed or written.
    pub fn finish(&self, manifest: Manifest) -> Result<Manifest, WriteError> {
        self.take_over()?;
        // waits for files that are being written; later ones are rejected
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = true;
        let written = held(&self.files).clone();
        for stale in files::of_organization().chain(self.account_files()?) {
            if !written.contains_key(&stale) {
                remove_if_there(&self.root.join(&stale))?;
            }
        }
        let manifest = self.manifest(manifest)?;
        remove_if_there(&self.root.join(JOURNAL))?;
        Ok(manifest)
    }

    /// Replaces an earlier manifest by the one from [`Writer::begin`], once.
    fn take_over(&self) -> Result<(), WriteError> {
        let mut begun = held(&self.begun);
        let Some(Begun { manifest, outline }) = begun.take() else { return Ok(()) };
        self.manifest(manifest)?;
        // what an earlier run recorded is in that manifest, or does not belong to this run
        remove_if_there(&self.root.join(JOURNAL))?;
        // the lock is held until the outline is written: no account may be written before it
        match outline {
            Some(outline) => self.file_of_run(ORGANIZATION, &outline).map(drop),
            None => Ok(()),
        }
    }

    fn manifest(&self, mut manifest: Manifest) -> Result<Manifest, WriteError> {
        manifest.files = held(&self.files).clone();
        let path = self.root.join(MANIFEST);
        let bytes = to_json(&path, &manifest, true)?;
        // the files that it names get their names on disk before it, and it is synced after
        sync_directory(&self.root.join(ACCOUNTS))?;
        write_atomically(&path, &bytes, || Ok(()))?;
        sync_directory(&self.root)?;
        Ok(manifest)
    }

    fn file(&self, name: &str, content: &impl Serialize) -> Result<String, WriteError> {
        self.take_over()?;
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        if *closed {
            let source = io::Error::other("the snapshot is finished");
            return Err(WriteError::Io { action: "add to", path: self.root.join(name), source });
        }
        self.file_of_run(name, content)
    }

    fn file_of_run(&self, name: &str, content: &impl Serialize) -> Result<String, WriteError> {
        let path = self.root.join(name);
        let bytes = to_json(&path, content, false)?;
        let digest = hex_digest(&bytes);
        // recorded before it exists: see the journal
        write_atomically(&path, &bytes, || self.append(Some((name.to_owned(), digest.clone())), None))?;
        held(&self.files).insert(name.to_owned(), digest.clone());
        Ok(digest)
    }

    fn append(&self, file: Option<(String, String)>, account: Option<Ended>) -> Result<(), WriteError> {
        let Some(run) = *held(&self.run) else { return Ok(()) };
        let _one_at_a_time = held(&self.files);
        let path = self.root.join(JOURNAL);
        journal::append(&self.root, &Line { run, file, account }).map_err(|source| WriteError::Io {
            action: "append to",
            path,
            source,
        })
    }

    /// Files in `accounts/` that have the name of an account file.
    fn account_files(&self) -> Result<Vec<String>, WriteError> {
        let directory = self.root.join(ACCOUNTS);
        let list = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(&directory)? {
                let name = entry?.file_name();
                let Some(name) = name.to_str() else { continue };
                let id = name.strip_suffix(".zst").unwrap_or(name).strip_suffix(".json");
                if id.and_then(AccountId::parse).is_some() {
                    names.push(format!("{ACCOUNTS}/{name}"));
                }
            }
            Ok(names)
        };
        list().map_err(|source| WriteError::Io { action: "list", path: directory.clone(), source })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // without a manifest, the next writer takes these files for its own by the lock alone
        self.lock.is_left = !held(&self.files).is_empty() && !self.root.join(MANIFEST).exists();
    }
}

/// A poisoned lock still holds whole entries: an insert either happened or did not.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn account_name(id: AccountId) -> String {
    format!("{ACCOUNTS}/{id}.json")
}

fn to_json(path: &Path, content: &impl Serialize, pretty: bool) -> Result<Vec<u8>, WriteError> {
    let bytes = if pretty { serde_json::to_vec_pretty(content) } else { serde_json::to_vec(content) };
    let mut bytes = bytes.map_err(|source| WriteError::Json { path: path.to_owned(), source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::identity_center::Instance;
    use crate::snapshot::ledger::Ledger;
    use crate::snapshot::manifest::FORMAT;
    use crate::snapshot::{Snapshot, SnapshotError};

    fn manifest() -> Manifest {
        serde_json::from_value(serde_json::json!({
            "format": FORMAT, "tool": "rolehop test", "started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z",
            "ledger": Ledger::default(), "files": {},
        }))
        .unwrap()
    }

    fn id(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[test]
    fn the_manifest_names_each_file_with_its_digest() {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::create(directory.path().join("a/snapshot"), "test").unwrap();
        writer.account(id("000000000001"), &AccountFile::default()).unwrap();
        writer.organization(&OrganizationFile::default()).unwrap();
        let manifest = writer.finish(manifest()).unwrap();
        let names: Vec<_> = manifest.files.keys().cloned().collect();
        assert_eq!(names, ["accounts/000000000001.json", "organization.json"]);
        for (name, digest) in &manifest.files {
            let bytes = fs::read(directory.path().join("a/snapshot").join(name)).unwrap();
            assert_eq!(digest, &hex_digest(&bytes));
        }
        // SHA-256 of "{}\n", from an independent tool
        assert_eq!(
            manifest.files["organization.json"],
            "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
        );
    }

    #[test]
    fn a_second_snapshot_in_the_same_place_leaves_nothing_of_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let first = Writer::create(directory.path(), "test").unwrap();
        first.account(id("000000000001"), &AccountFile::default()).unwrap();
        first.organization(&OrganizationFile::default()).unwrap();
        first.finish(manifest()).unwrap();
        drop(first);
        fs::write(directory.path().join("accounts/notes.txt"), "mine").unwrap();

        let second = Writer::create(directory.path(), "test").unwrap();
        second.begin(manifest(), None);
        let read = || fs::read_to_string(directory.path().join(MANIFEST)).unwrap();
        assert!(read().contains("000000000001"), "kept until there is something to write");
        second.account(id("000000000002"), &AccountFile::default()).unwrap();
        assert!(!read().contains("000000000001"), "its digests may be wrong now");
        second.finish(manifest()).unwrap();
        assert!(read().contains("accounts/000000000002.json"));
        let mut names: Vec<_> = fs::read_dir(directory.path().join(ACCOUNTS))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["000000000002.json", "notes.txt"]);
        assert!(!directory.path().join(ORGANIZATION).exists());
    }

    #[test]
    fn files_of_people_are_read_again_and_leave_with_their_snapshot() {
        let directory = tempfile::tempdir().unwrap();
        let people = IdentityCenterFile {
            instances: vec![Instance { instance_arn: "arn:aws:sso:::instance/ssoins-1".into(), ..Instance::default() }],
            ..IdentityCenterFile::default()
        };
        let access = AccountAccessFile::default();
        let first = Writer::create(directory.path(), "test").unwrap();
        first.organization(&OrganizationFile::default()).unwrap();
        first.identity_center(&people).unwrap();
        first.account_access(&access).unwrap();
        first.finish(manifest()).unwrap();
        drop(first);
        let read = || Snapshot::open(directory.path());
        assert_eq!(read().unwrap().identity_center(), Some(&people));
        assert_eq!(read().unwrap().account_access(), Some(&access));
        let path = directory.path().join(IDENTITY_CENTER);
        fs::write(&path, "{\"Instances\":[]}").unwrap();
        assert!(matches!(read(), Err(SnapshotError::Digest(_))), "it was changed");
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(), Err(SnapshotError::Gone(_))), "it is gone");

        let second = Writer::create(directory.path(), "test").unwrap();
        second.organization(&OrganizationFile::default()).unwrap();
        second.finish(manifest()).unwrap();
        assert!(read().unwrap().account_access().is_none() && !directory.path().join(ACCOUNT_ACCESS).exists());
    }

    #[test]
    fn what_comes_after_the_end_is_too_late() {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::create(directory.path(), "test").unwrap();
        writer.account(id("000000000001"), &AccountFile::default()).unwrap();
        writer.finish(manifest()).unwrap();
        assert!(writer.account(id("000000000002"), &AccountFile::default()).is_err());
        assert!(!directory.path().join("accounts/000000000002.json").exists());
    }

    #[test]
    fn a_second_writer_is_told_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let _first = Writer::create(directory.path(), "process 7 since noon").unwrap();
        let diagnostic = Writer::create(directory.path(), "test").unwrap_err().diagnostic();
        assert_eq!(diagnostic.code, crate::diagnostic::Code::SnapshotLocked);
        assert!(diagnostic.why.contains("process 7 since noon"), "{diagnostic:?}");
    }

    #[test]
    fn a_directory_that_is_a_file_is_a_clear_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "").unwrap();
        let diagnostic = Writer::create(&path, "test").unwrap_err().diagnostic();
        assert_eq!(diagnostic.code, crate::diagnostic::Code::SnapshotNotWritten);
        assert!(diagnostic.place.contains("file"), "{diagnostic:?}");
    }
}
