//! The atomic writer: each file is whole or absent, and the manifest comes last.
//!
//! Owns: temporary files, digests, permissions. Does not know where the data comes from.
//! INVARIANT: a file under its final name has been synced to disk in full; a manifest names only such files.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::account::AccountFile;
use super::manifest::Manifest;
use super::organization::OrganizationFile;
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;

const MANIFEST: &str = "manifest.json";
const ORGANIZATION: &str = "organization.json";
const ACCOUNTS: &str = "accounts";

/// Why a snapshot could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: create, write, …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The file system's answer.
        source: io::Error,
    },
    /// The data has no JSON form.
    #[error("cannot write `{}` as JSON: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl WriteError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (path, why) = match self {
            Self::Io { action, path, source } => (path, format!("cannot {action} it: {source}")),
            Self::Json { path, source } => (path, source.to_string()),
        };
        let full = matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull);
        let next = if full {
            "make room, then scan again; files that were written before stay as they are"
        } else {
            "choose a directory that you may write to"
        };
        Diagnostic::new("E611", "cannot write the snapshot", format!("`{}`", path.display()), why, next)
    }
}

/// Writes one snapshot. Files may be written from several threads.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    files: Mutex<BTreeMap<String, String>>,
    /// The manifest of a run that has begun; taken when its first file replaces the manifest of an earlier snapshot.
    begun: Mutex<Option<Manifest>>,
}

impl Writer {
    /// Makes the directories and proves that files can be written there, before hours of work depend on it. What is there
    /// already is left alone.
    ///
    /// # Errors
    /// Where a directory or file cannot be made.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, WriteError> {
        let root = root.into();
        make_directory(&root)?;
        make_directory(&root.join(ACCOUNTS))?;
        let probe = root.join(format!(".probe-{}", std::process::id()));
        open_new(&probe)?;
        fs::remove_file(&probe).map_err(|source| WriteError::Io { action: "remove", path: probe, source })?;
        Ok(Self { root, files: Mutex::default(), begun: Mutex::default() })
    }

    /// Says what is going to be written. `manifest` is unfinished and takes the place of an earlier snapshot's together
    /// with the first file: not before, so that a run that reads nothing leaves the earlier snapshot as it was, and not
    /// after, so that an interrupted run is never taken for a whole one.
    pub fn begin(&self, manifest: Manifest) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(manifest);
    }

    /// Notes what an unfinished run has so far. Does nothing before the first file.
    ///
    /// # Errors
    /// Where the manifest cannot be written.
    pub fn checkpoint(&self, manifest: Manifest) -> Result<(), WriteError> {
        if self.digests().is_empty() { Ok(()) } else { self.manifest(manifest).map(drop) }
    }

    /// Writes an account's file.
    ///
    /// # Errors
    /// Where it cannot be written; an earlier file of that name is then as it was.
    pub fn account(&self, id: AccountId, file: &AccountFile<'_>) -> Result<(), WriteError> {
        self.file(&format!("{ACCOUNTS}/{id}.json"), file)
    }

    /// Writes the organisation's file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn organization(&self, file: &OrganizationFile) -> Result<(), WriteError> {
        self.file(ORGANIZATION, file)
    }

    /// Removes files of an earlier snapshot that this one does not have, then writes the manifest with the digests of all
    /// files written, and returns it.
    ///
    /// # Errors
    /// Where a file cannot be removed or written.
    pub fn finish(&self, manifest: Manifest) -> Result<Manifest, WriteError> {
        self.take_over()?;
        let written = self.digests().clone();
        for stale in [ORGANIZATION.to_owned(), format!("{ORGANIZATION}.zst")].into_iter().chain(self.account_files()?) {
            if !written.contains_key(&stale) {
                remove_if_there(&self.root.join(&stale))?;
            }
        }
        self.manifest(manifest)
    }

    /// Puts the begun manifest in the place of an earlier one, once.
    fn take_over(&self) -> Result<(), WriteError> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        match begun.take() {
            Some(manifest) => self.manifest(manifest).map(drop),
            None => Ok(()),
        }
    }

    fn manifest(&self, mut manifest: Manifest) -> Result<Manifest, WriteError> {
        manifest.files = self.digests().clone();
        let path = self.root.join(MANIFEST);
        let bytes = to_json(&path, &manifest, true)?;
        write_atomically(&path, &bytes)?;
        Ok(manifest)
    }

    fn file(&self, name: &str, content: &impl Serialize) -> Result<(), WriteError> {
        self.take_over()?;
        let path = self.root.join(name);
        let bytes = to_json(&path, content, false)?;
        write_atomically(&path, &bytes)?;
        self.digests().insert(name.to_owned(), hexadecimal(&Sha256::digest(&bytes)));
        Ok(())
    }

    /// A poisoned lock holds whole entries all the same: an insert either happened or did not.
    fn digests(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
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

fn to_json(path: &Path, content: &impl Serialize, pretty: bool) -> Result<Vec<u8>, WriteError> {
    let bytes = if pretty { serde_json::to_vec_pretty(content) } else { serde_json::to_vec(content) };
    let mut bytes = bytes.map_err(|source| WriteError::Json { path: path.to_owned(), source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Temporary file, sync, rename, sync of the directory: after a power cut there is the old file or the new one.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
    let written = write_whole(&temporary, bytes).and_then(|()| {
        fs::rename(&temporary, path).map_err(|source| WriteError::Io {
            action: "rename to",
            path: path.to_owned(),
            source,
        })
    });
    if written.is_err() {
        // the first error says what happened; a failure to tidy up adds nothing to it
        let _ = fs::remove_file(&temporary);
    }
    written?;
    path.parent().map_or(Ok(()), sync_directory)
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = open_new(path)?;
    let write = |file: &mut File| {
        file.write_all(bytes)?;
        file.sync_all()
    };
    write(&mut file).map_err(|source| WriteError::Io { action: "write", path: path.to_owned(), source })
}

/// A new file that only its owner can read, whatever the umask. Never follows what stands there.
fn open_new(path: &Path) -> Result<File, WriteError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    remove_if_there(path)?;
    let file =
        options.open(path).map_err(|source| WriteError::Io { action: "create", path: path.to_owned(), source })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(|source| WriteError::Io {
            action: "protect",
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(file)
}

fn remove_if_there(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(WriteError::Io { action: "remove", path: path.to_owned(), source }),
    }
}

fn make_directory(path: &Path) -> Result<(), WriteError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| WriteError::Io { action: "create", path: path.to_owned(), source })
}

/// A rename is on disk only when its directory is. Windows has no such call and no need.
fn sync_directory(path: &Path) -> Result<(), WriteError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let sync = || File::open(path)?.sync_all();
    sync().map_err(|source| WriteError::Io { action: "sync", path: path.to_owned(), source })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ledger::Ledger;
    use crate::snapshot::manifest::FORMAT;

    fn manifest() -> Manifest {
        serde_json::from_value(serde_json::json!({
            "format": FORMAT, "tool": "rolehop test", "started": "2026-01-02T03:04:05Z",
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
        let writer = Writer::create(directory.path().join("a/snapshot")).unwrap();
        writer.account(id("000000000001"), &AccountFile::default()).unwrap();
        writer.organization(&OrganizationFile::default()).unwrap();
        let manifest = writer.finish(manifest()).unwrap();
        let names: Vec<_> = manifest.files.keys().cloned().collect();
        assert_eq!(names, ["accounts/000000000001.json", "organization.json"]);
        for (name, digest) in &manifest.files {
            let bytes = fs::read(directory.path().join("a/snapshot").join(name)).unwrap();
            assert_eq!(digest, &hexadecimal(&Sha256::digest(&bytes)));
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
        let first = Writer::create(directory.path()).unwrap();
        first.account(id("000000000001"), &AccountFile::default()).unwrap();
        first.organization(&OrganizationFile::default()).unwrap();
        first.finish(manifest()).unwrap();
        fs::write(directory.path().join("accounts/notes.txt"), "mine").unwrap();

        let second = Writer::create(directory.path()).unwrap();
        second.begin(manifest());
        second.checkpoint(manifest()).unwrap();
        let read = || fs::read_to_string(directory.path().join(MANIFEST)).unwrap();
        assert!(read().contains("000000000001"), "kept until there is something to write");
        second.account(id("000000000002"), &AccountFile::default()).unwrap();
        assert!(!read().contains("000000000001"), "its digests may be wrong now");
        second.checkpoint(manifest()).unwrap();
        assert!(read().contains("accounts/000000000002.json"));
        second.finish(manifest()).unwrap();
        let mut names: Vec<_> = fs::read_dir(directory.path().join(ACCOUNTS))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["000000000002.json", "notes.txt"]);
        assert!(!directory.path().join(ORGANIZATION).exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("snapshot");
        let writer = Writer::create(&root).unwrap();
        writer.account(id("000000000001"), &AccountFile::default()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root), 0o700);
        assert_eq!(mode(&root.join(ACCOUNTS)), 0o700);
        assert_eq!(mode(&root.join("accounts/000000000001.json")), 0o600);
    }

    #[test]
    fn a_directory_that_is_a_file_is_a_clear_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "").unwrap();
        let diagnostic = Writer::create(&path).unwrap_err().diagnostic();
        assert_eq!(diagnostic.id, "E611");
        assert!(diagnostic.place.contains("file"), "{diagnostic:?}");
    }
}
