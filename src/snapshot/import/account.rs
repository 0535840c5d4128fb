//! Answers about one account, each in the shape of its call.
//!
//! Owns: which keys belong to an account, and how each is read. Does not know how several answers make one account
//! (`join`).

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::document::Document;
use super::names;
use crate::snapshot::account::AccountFile;
use crate::snapshot::credential_report::{ROOT_USER, RawRow};
use crate::snapshot::error::{Refusal, SnapshotError};

/// Keys of the answers that are read.
const KEYS: [&str; 34] = [
    "UserDetailList",
    "GroupDetailList",
    "RoleDetailList",
    "Policies",
    "Users",
    "Groups",
    "Roles",
    "AccountSummary",
    "SummaryMap",
    "CredentialReport",
    "Content",
    "VirtualMFADevices",
    "PasswordPolicy",
    "OpenIDConnectProviders",
    "OpenIDConnectProviderList",
    "ClientIDList",
    "ThumbprintList",
    "SAMLProviders",
    "SAMLProviderList",
    "SAMLMetadataDocument",
    "AccountAliases",
    "Trails",
    "trailList",
    "AccessKeys",
    "AccessKeyMetadata",
    "MFADevices",
    "LastAccessed",
    "AssumeRoleEvents",
    "ServerCertificates",
    "ServerCertificateMetadataList",
    "ServiceCredentials",
    "SSHPublicKeys",
    "ServiceSpecificCredentials",
    "Account",
];

/// Keys that identify a file beside `accounts/` as an account's: no other answer has them.
const SURE: [&str; 14] = [
    "UserDetailList",
    "GroupDetailList",
    "RoleDetailList",
    "SummaryMap",
    "VirtualMFADevices",
    "PasswordPolicy",
    "OpenIDConnectProviderList",
    "SAMLProviderList",
    "AccountAliases",
    "AccessKeyMetadata",
    "MFADevices",
    "ServerCertificateMetadataList",
    "SSHPublicKeys",
    "ServiceSpecificCredentials",
];

/// Whether a document is about an account and has data that is read.
pub(super) fn is_known(document: &Document<'_>) -> bool {
    // GetGroup prints the members of one group under the key of all users
    KEYS.iter().any(|key| document.has(key)) && !document.has("Group")
}

/// Whether a document of unknown origin is about an account.
pub(super) fn is_about(document: &Document<'_>) -> bool {
    SURE.iter().any(|key| document.has(key))
}

/// Whether a file that was read as it is holds the whole account, and not a page or an answer of another shape.
pub(in crate::snapshot) fn is_whole(file: &AccountFile<'_>) -> bool {
    let lists = file.user_detail_list.is_some()
        && file.group_detail_list.is_some()
        && file.role_detail_list.is_some()
        && file.policies.is_some();
    let cut = file.is_truncated == Some(true) || file.next_token.is_some() || file.marker.is_some();
    lists && !cut && file.other_shape.is_none()
}

/// A value in the shape that its key requires.
pub(super) fn value<'a, T: Deserialize<'a>>(path: &Path, key: &str, raw: &'a RawValue) -> Result<T, SnapshotError> {
    serde_json::from_str(raw.get()).map_err(|error| {
        if key == "RoleDetailList" && raw.get().contains("\"PolicyId\"") {
            let why = "policies stand among its roles, as in files that `cloudsplaining download` merged";
            let next = "save `aws iam get-account-authorization-details --output json` in its place";
            return Refusal::of(path, "is another tool's file", why, next);
        }
        let why = format!("`{key}`: {error}");
        Refusal::of(path, "is not of the shape that AWS prints", why, "save the command's own output, without a filter")
    })
}

/// The value of a key of GetCredentialReport: CSV, decoded or in base64 as the CLI prints it.
pub(super) fn report_content(path: &Path, raw: &RawValue) -> Result<Option<Rows>, SnapshotError> {
    let content: String = value(path, "Content", raw)?;
    if content.starts_with("user,") {
        return report(path, &content);
    }
    let packed: String = content.split_whitespace().collect();
    let plain = STANDARD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let cut =
        || Refusal::of(path, "has a report that cannot be decoded", "`Content` is no base64 of text", "save it again");
    report(path, &plain.ok_or_else(cut)?)
}

/// Rows of a credential report, by column name.
pub(super) type Rows = Vec<RawRow>;

/// Whether a text is a credential report.
pub(super) fn is_report(text: &str) -> bool {
    text.starts_with("user,arn,") || text.starts_with("\"user\",\"arn\",")
}

/// The rows of a report; `None` if the root user's row, which every report has, is missing: it was filtered or cut off.
pub(super) fn report(path: &Path, text: &str) -> Result<Option<Rows>, SnapshotError> {
    let rows: Result<Rows, csv::Error> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    let rows = rows.map_err(|error| {
        let why = format!("a row has not the columns of the first: {error}");
        Refusal::of(path, "is a credential report that is cut or damaged", why, "save the report again")
    })?;
    let is_root = |row: &RawRow| row.get("user").is_some_and(|user| user == ROOT_USER);
    Ok(rows.iter().any(is_root).then_some(rows))
}

/// The name given to a file, for answers that do not say what they are about.
pub(super) fn said(path: &Path) -> String {
    names::stem(&path.file_name().unwrap_or_default().to_string_lossy())
}
