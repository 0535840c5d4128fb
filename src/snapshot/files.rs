//! Names of the files of a snapshot.
//!
//! Owns: which files are of the organization as a whole, and which of accounts: those have files of their own, below `accounts/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SnapshotError;
use crate::ids::AccountId;

pub(super) const ORGANIZATION: &str = "organization.json";
pub(super) const IDENTITY_CENTER: &str = "identity-center.json";
pub(super) const ACCOUNT_ACCESS: &str = "account-access.json";

/// What such a name has in addition if the file is compressed.
const COMPRESSED: &str = ".zst";

const OF_ORGANIZATION: [&str; 3] = [ORGANIZATION, IDENTITY_CENTER, ACCOUNT_ACCESS];

/// A name, as it is plain and as it is compressed.
pub(super) fn either(name: &str) -> [String; 2] {
    [name.to_owned(), format!("{name}{COMPRESSED}")]
}

/// All of them, plain and compressed.
pub(super) fn of_organization() -> impl Iterator<Item = String> {
    OF_ORGANIZATION.into_iter().flat_map(either)
}

/// Whether a name is one of them.
pub(crate) fn is_of_organization(name: &str) -> bool {
    OF_ORGANIZATION.contains(&name.strip_suffix(COMPRESSED).unwrap_or(name))
}

/// Whether a name is of a file about people.
#[cfg(feature = "aws")]
pub(crate) fn is_of_people(name: &str) -> bool {
    [IDENTITY_CENTER, ACCOUNT_ACCESS].contains(&name.strip_suffix(COMPRESSED).unwrap_or(name))
}

/// Something in a directory without a manifest that is read as data of an organization: it was saved by hand. What stands in `compute/`
/// is a part of any snapshot.
pub(super) fn saved_by_hand(dir: &Path) -> Option<PathBuf> {
    const FOLDERS: [&str; 4] = ["organization", "organizations", "identity-center", "account-access"];
    if dir.join("manifest.json").exists() {
        return None;
    }
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_data = |path: &PathBuf| {
        let name = name(path);
        is_of_organization(&name) || (path.is_dir() && FOLDERS.contains(&name.as_str()))
    };
    let of_accounts = entries(&dir.join("accounts")).filter(|path| !name(path).starts_with('.'));
    entries(dir).filter(is_data).chain(of_accounts).min()
}

/// The files of accounts in a directory, by account; none without a folder of them.
pub(super) fn of_accounts(dir: &Path) -> Result<BTreeMap<AccountId, PathBuf>, SnapshotError> {
    let folder = dir.join("accounts");
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    let io = |source| SnapshotError::Io { path: folder.clone(), source };
    for entry in fs::read_dir(&folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(".json").or_else(|| name.strip_suffix(".json.zst")) else { continue };
        let account = AccountId::parse(stem).ok_or_else(|| SnapshotError::Name(path.clone()))?;
        if files.insert(account, path).is_some() {
            return Err(SnapshotError::Twice(account));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::snapshot::write::Writer;

    #[test]
    fn data_that_was_saved_by_hand_is_not_replaced() {
        for name in
            ["accounts/000000000001.json", "accounts/prod/details.json", "organization.json", "organization/roots.json"]
        {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "{}").unwrap();
            let diagnostic = Writer::create(directory.path(), "test").unwrap_err().diagnostic();
            assert_eq!(diagnostic.code, Code::OutputExists, "{name}");
            assert!(path.exists() && !directory.path().join(".lock").exists(), "{name}");
        }
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("compute")).unwrap();
        fs::write(directory.path().join("organization-chart.pdf"), "").unwrap();
        let writer = Writer::create(directory.path(), "test").unwrap();
        writer.copy("accounts/000000000001.json", b"{}").unwrap();
        drop(writer);
        assert!(Writer::create(directory.path(), "test").is_ok(), "what a failed merge left is no hand's work");
    }
}
