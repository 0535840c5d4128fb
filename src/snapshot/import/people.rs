//! Files about people: of IAM Identity Center and the account access manager.
//!
//! Owns: which documents these are.

use std::path::PathBuf;

use super::account::value;
use super::document::{self, Document};
use super::{encoding, recognize};
use crate::snapshot::account_access::{AccountAccessFile, Application};
use crate::snapshot::error::SnapshotError;
use crate::snapshot::identity_center::{IdentityCenterFile, Instance};

/// Folders beside `accounts/` that hold them.
pub(super) const FOLDERS: [&str; 2] = ["identity-center", "account-access"];

/// What was read of people.
#[derive(Default)]
pub(super) struct People {
    pub(super) identity_center: Option<IdentityCenterFile>,
    pub(super) account_access: Option<AccountAccessFile>,
}

/// Whether a document beside `accounts/` is about people.
pub(super) fn is_about(document: &Document<'_>) -> bool {
    document.has("Instances") || document.has("Applications")
}

/// Reads these files.
pub(super) fn read(files: &[PathBuf]) -> Result<People, SnapshotError> {
    let mut people = People::default();
    for path in files {
        let text = encoding::text(path)?;
        for document in document::split(path, &text)? {
            if let Some(raw) = document.get("Instances") {
                let instances: Vec<Instance> = value(path, "Instances", raw)?;
                people.identity_center.get_or_insert_default().instances.extend(instances);
            } else if let Some(raw) = document.get("Applications") {
                let applications: Vec<Application> = value(path, "Applications", raw)?;
                people.account_access.get_or_insert_default().applications.extend(applications);
            } else {
                return Err(recognize::unknown(path, &document.names()));
            }
        }
    }
    Ok(people)
}
