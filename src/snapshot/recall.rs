//! The manifest of a run that was interrupted.
//!
//! Owns: what of such a run counts. A file counts if it is whole: if its digest is one that was announced.

use std::collections::BTreeMap;
use std::path::Path;

use super::digest::digest_of;
use super::error::SnapshotError;
use super::journal::{self, JOURNAL};
use super::ledger::AccountState;
use super::manifest::Manifest;
use crate::facet::Facet;
use crate::ids::AccountId;

/// Completes the manifest of an interrupted run from its journal and the actual files: a run that was killed may have
/// announced a file that was never written, or replaced one that an earlier line described.
pub(super) fn recall(dir: &Path, manifest: &mut Manifest) -> Result<(), SnapshotError> {
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
