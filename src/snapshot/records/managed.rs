//! A managed policy as AWS writes it, and which of its versions is in force.

use super::ManagedRecord;
use super::role::{document, unused_text};
use super::seen::Seen;
use crate::json::Cursor;

/// A version, as far as the choice among them needs it.
#[derive(Clone, Copy)]
pub(super) struct Version<'f> {
    pub(super) id: &'f str,
    pub(super) is_default: bool,
    pub(super) document: Option<&'f str>,
}

/// The document in force: the version that the policy names, else the one that says so itself.
pub(super) fn in_force<'f>(default: &str, versions: &[Version<'f>]) -> Option<&'f str> {
    let named = versions.iter().find(|version| !default.is_empty() && version.id == default);
    named.or_else(|| versions.iter().find(|version| version.is_default))?.document
}

/// How many versions there are. A policy that was fetched alone, with one version, has no count of attachments: that count, like the list
/// of all versions, is GetAccountAuthorizationDetails's.
pub(super) fn counted(is_listed: bool, versions: &[Version<'_>]) -> Option<u32> {
    if is_listed && !versions.is_empty() { u32::try_from(versions.len()).ok() } else { None }
}

pub(super) fn read<'f>(cursor: &mut Cursor<'f>, versions: &mut Vec<Version<'f>>) -> Option<ManagedRecord<'f>> {
    let mut arn = "";
    let mut default = "";
    versions.clear();
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "PolicyName" => _ = seen.text(0, cursor)?,
            "PolicyId" => _ = seen.text(1, cursor)?,
            "Arn" => arn = seen.text(2, cursor)?,
            "Path" => _ = seen.text(3, cursor)?,
            "DefaultVersionId" => default = seen.text(4, cursor)?,
            "AttachmentCount" => count(cursor, &mut seen, 5)?,
            "PermissionsBoundaryUsageCount" => count(cursor, &mut seen, 6)?,
            "IsAttachable" => {
                seen.once(7)?;
                flag(cursor)?;
            }
            "Description" => {
                seen.once(8)?;
                unused_text(cursor)?;
            }
            "CreateDate" => _ = seen.text(9, cursor)?,
            "UpdateDate" => _ = seen.text(10, cursor)?,
            "PolicyVersionList" => {
                seen.once(11)?;
                cursor.list(|cursor| version(cursor).map(|version| versions.push(version)))?;
            }
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    let of = |listed| ManagedRecord {
        arn,
        document: in_force(default, versions),
        versions: counted(listed, versions),
        unknown: None,
    };
    seen.has(2).then(|| of(seen.has(5)))
}

fn version<'f>(cursor: &mut Cursor<'f>) -> Option<Version<'f>> {
    let mut version = Version { id: "", is_default: false, document: None };
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "Document" => {
                seen.once(0)?;
                version.document = Some(document(cursor)?);
            }
            "VersionId" => version.id = seen.text(1, cursor)?,
            "IsDefaultVersion" => {
                seen.once(2)?;
                version.is_default = flag(cursor)?;
            }
            "CreateDate" => _ = seen.text(3, cursor)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(version)
}

fn count(cursor: &mut Cursor<'_>, seen: &mut Seen, key: u32) -> Option<()> {
    seen.once(key)?;
    cursor.value()?.parse::<i64>().ok().map(|_| ())
}

fn flag(cursor: &mut Cursor<'_>) -> Option<bool> {
    match cursor.value()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
