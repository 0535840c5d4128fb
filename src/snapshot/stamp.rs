//! What tells a snapshot from any other: by what it holds, and from itself after a change, without reading it.
//!
//! Owns: which files count. Files that are opened are still checked against the manifest.

use std::fs;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::digest::hex_digest;
use super::files;
use super::read::Snapshot;

impl Snapshot {
    /// SHA-256 of the manifest, which holds the digest of every other file. Where files of `compute/` lie beside it that it does not
    /// have, SHA-256 of a line for it and for each of them, as `sha256sum` prints them. `None` for imported data.
    #[must_use]
    pub fn digest(&self) -> Option<String> {
        let (manifest, digest) = self.manifest().zip(self.manifest_digest.as_ref())?;
        let files = self.compute().into_iter().flat_map(|compute| &compute.files);
        let beside: String = files
            .filter(|(name, _)| !manifest.files.contains_key(*name))
            .map(|(name, digest)| format!("{digest}  {name}\n"))
            .collect();
        if beside.is_empty() {
            return Some(digest.clone());
        }
        Some(hex_digest(format!("{digest}  manifest.json\n{beside}").as_bytes()))
    }

    /// SHA-256 of what tells this snapshot from any other, and from itself after a change: the manifest, and name, size and time of
    /// every file. `None` where a file may change unseen: in a run that was interrupted, and where files were gathered from several
    /// places.
    #[must_use]
    pub(crate) fn stamp(&self) -> Option<[u8; 32]> {
        let is_finished = self.manifest.as_ref().is_none_or(|manifest| manifest.finished.is_some());
        let is_plain = self.import.as_ref().is_none_or(|import| self.files.keys().all(|id| import.is_single(*id)));
        if !is_finished || !is_plain {
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(self.manifest_digest.as_deref().unwrap_or_default());
        let whole: Vec<_> = files::of_organization().map(|name| self.dir.join(name)).collect();
        for path in self.files.values().chain(whole.iter().filter(|path| path.exists())) {
            let found = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
            let changed = found.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            hash.update(self.relative(path));
            hash.update([0]);
            hash.update(found.len().to_le_bytes());
            hash.update(changed.as_nanos().to_le_bytes());
        }
        Some(hash.finalize().into())
    }
}
