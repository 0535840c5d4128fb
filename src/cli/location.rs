//! Where a snapshot is: a directory, or a location in an object store with a local copy.
//!
//! Owns: the one difference between the two. Without the feature `object-store`, a location in a store is an error that says so.

use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::diagnostic::{Code, Diagnostic};
use crate::snapshot::share::AccountList;

/// A local directory, and the location that it is a copy of.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) dir: PathBuf,
    #[cfg(feature = "object-store")]
    remote: Option<(PathBuf, crate::snapshot::object_store::Fetched)>,
}

impl Location {
    /// A snapshot to read.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        Self::at(path, true)
    }

    /// A snapshot to write; if it is continued, what is already there is fetched.
    pub(super) fn write(path: &Path, go_on: bool) -> Result<Self, CliError> {
        Self::at(path, go_on)
    }

    #[cfg(feature = "object-store")]
    fn at(path: &Path, fetch: bool) -> Result<Self, CliError> {
        use crate::snapshot::object_store;
        if !object_store::is_url(path) {
            return Ok(Self { dir: path.to_owned(), remote: None });
        }
        let fetched =
            if fetch { object_store::fetch(path) } else { object_store::Fetched::empty() }.map_err(CliError::from)?;
        Ok(Self { dir: fetched.path().to_owned(), remote: Some((path.to_owned(), fetched)) })
    }

    #[cfg(not(feature = "object-store"))]
    fn at(path: &Path, _: bool) -> Result<Self, CliError> {
        no_store(path)?;
        Ok(Self { dir: path.to_owned() })
    }

    /// Its name for people.
    #[cfg(feature = "aws")]
    pub(super) fn shown(&self) -> String {
        #[cfg(feature = "object-store")]
        if let Some((url, _)) = &self.remote {
            return url.display().to_string();
        }
        self.dir.display().to_string()
    }

    /// Uploads what was written, if the location is in an object store.
    pub(super) fn publish(&self) -> Result<(), CliError> {
        #[cfg(feature = "object-store")]
        if let Some((url, fetched)) = &self.remote {
            crate::snapshot::object_store::publish(fetched.path(), url)?;
        }
        Ok(())
    }
}

/// The text of a file, wherever it is.
fn text(path: &Path) -> Result<Option<String>, CliError> {
    #[cfg(feature = "object-store")]
    if crate::snapshot::object_store::is_url(path) {
        let bytes = crate::snapshot::object_store::fetch_file(path)?;
        return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
    no_store(path)?;
    Ok(None)
}

/// A list of accounts, on disk or in an object store.
pub(super) fn account_list(file: &Path) -> Result<AccountList, CliError> {
    let list = match text(file)? {
        Some(text) => AccountList::of(file, &text),
        None => AccountList::read(file),
    };
    list.map_err(|error| CliError::new(error.diagnostic()))
}

/// The snapshots directly below a location.
pub(super) fn parts_under(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    #[cfg(feature = "object-store")]
    if crate::snapshot::object_store::is_url(path) {
        return Ok(crate::snapshot::object_store::parts_under(path)?);
    }
    no_store(path)?;
    let entries = std::fs::read_dir(path).map_err(|error| {
        let next = "name the directory that holds the parts";
        CliError::new(Diagnostic::new(
            Code::NoSnapshot,
            "cannot read the parts",
            path.display().to_string(),
            error.to_string(),
            next,
        ))
    })?;
    let mut parts: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    parts.retain(|part| part.join("manifest.json").is_file());
    parts.sort();
    Ok(parts)
}

fn no_store(path: &Path) -> Result<(), CliError> {
    if cfg!(feature = "object-store") || !path.to_str().is_some_and(|text| text.contains("://")) {
        return Ok(());
    }
    Err(CliError::usage(
        "this build knows no object store",
        path.display().to_string(),
        "reading and writing s3:// is an optional feature, so that the usual build writes nothing but files",
        "build with `cargo build --release --features object-store`, or copy the snapshot with the AWS CLI",
    ))
}

#[cfg(feature = "object-store")]
impl From<crate::snapshot::object_store::StoreError> for CliError {
    fn from(error: crate::snapshot::object_store::StoreError) -> Self {
        Self::new(error.diagnostic())
    }
}
