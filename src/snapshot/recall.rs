//! The manifest of a snapshot, also of a run that was interrupted.
//!
//! Owns: what of such a run counts. A file counts if it is whole: if its digest is one that was announced.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::digest::{digest_of, hex_digest};
use super::error::SnapshotError;
use super::journal::{self, JOURNAL};
use super::ledger::AccountState;
use super::manifest::{FORMAT, Manifest};
use crate::facet::Facet;
use crate::ids::AccountId;

/// The manifest of a snapshot alone, with what an unfinished run wrote down; `None` where there is none.
///
/// # Errors
/// If it cannot be read, or is of a newer version.
pub fn manifest_of(dir: &Path) -> Result<Option<Manifest>, SnapshotError> {
    Ok(recalled(dir)?.map(|(manifest, _)| manifest))
}

/// The same, with its SHA-256.
pub(super) fn recalled(dir: &Path) -> Result<Option<(Manifest, String)>, SnapshotError> {
    let Some((mut manifest, digest)) = read_manifest(dir)? else { return Ok(None) };
    if manifest.finished.is_none() {
        recall(dir, &mut manifest)?;
    }
    Ok(Some((manifest, digest)))
}

/// The manifest as it stands in its file, and its digest; `None` if there is none.
fn read_manifest(dir: &Path) -> Result<Option<(Manifest, String)>, SnapshotError> {
    /// The format is read on its own first: a newer manifest may have another shape.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let path = dir.join("manifest.json");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SnapshotError::Io { path, source }),
    };
    let Format { format } = json(&path, &bytes)?;
    if format > FORMAT {
        return Err(SnapshotError::TooNew { path, found: format });
    }
    Ok(Some((json(&path, &bytes)?, hex_digest(&bytes))))
}

/// What a file holds.
pub(super) fn json<'a, T: serde::Deserialize<'a>>(path: &Path, bytes: &'a [u8]) -> Result<T, SnapshotError> {
    of_bytes(bytes).map_err(|source| SnapshotError::Json { path: path.to_owned(), source })
}

/// As [`serde_json::from_slice`], by the code that reads texts: one for bytes as well makes the program a third of a megabyte larger.
pub(super) fn of_bytes<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        // says where
        Err(error) => {
            serde_json::from_slice(bytes).and_then(|_: serde_json::Value| Err(serde::de::Error::custom(error)))
        }
    }
}

/// Completes the manifest of an interrupted run from its journal and the actual files: a run that was killed may have
/// announced a file that was never written, or replaced one that an earlier line described.
fn recall(dir: &Path, manifest: &mut Manifest) -> Result<(), SnapshotError> {
    let failed = |source| SnapshotError::Io { path: dir.join(JOURNAL), source };
    let lines = journal::read(dir, manifest).map_err(failed)?;
    // of several digests for one file, the one that matches the file is right
    let named = manifest.files.clone().into_iter().chain(lines.iter().filter_map(|line| line.file.clone()));
    let mut found = BTreeMap::new();
    for (name, digest) in named {
        if !found.contains_key(&name) {
            let path = dir.join(&name);
            let digest = digest_of(&path).map_err(|source| SnapshotError::Io { path, source })?;
            found.insert(name.clone(), digest);
        }
        if found.get(&name).is_some_and(|there| there.as_ref() == Some(&digest)) {
            manifest.files.insert(name, digest);
        }
    }
    manifest.files.retain(|name, digest| found.get(name).is_some_and(|there| there.as_ref() == Some(digest)));
    for line in lines {
        let Some(ended) = line.account else { continue };
        let id = ended.id;
        let state = ended.state;
        let has_file = line.file.as_ref().is_none_or(|(name, digest)| manifest.files.get(name) == Some(digest));
        if has_file {
            manifest.ledger.set(id, state);
            manifest.read_at.extend(ended.read_at.map(|at| (id, at)));
        }
    }
    let lost: Vec<AccountId> = (manifest.ledger.iter())
        .filter(|(id, state)| **state == AccountState::Complete && !has_account_file(manifest, *id))
        .map(|(id, _)| id)
        .collect();
    for id in lost {
        manifest.ledger.add_gap(id, Facet::AuthorizationDetails, "not read");
        manifest.read_at.remove(&id);
    }
    Ok(())
}

fn has_account_file(manifest: &Manifest, id: AccountId) -> bool {
    let name = format!("accounts/{id}.json");
    manifest.files.contains_key(&name) || manifest.files.contains_key(&format!("{name}.zst"))
}
