//! GetAccountSummary with typed entries.
//!
//! Owns: the entries that rules read. The account file keeps the summary as AWS wrote it. Source: IAM API Reference,
//! GetAccountSummary.
//! INVARIANT: an entry that is absent or makes no sense is unknown: never 0.

use std::collections::BTreeMap;

/// The entries of an account's summary; `None` if the summary does not have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// Whether the root user has an MFA device (`AccountMFAEnabled`).
    pub root_has_mfa: Option<bool>,
    /// Whether the root user has a password (`AccountPasswordPresent`).
    pub root_has_password: Option<bool>,
    /// Whether the root user has access keys (`AccountAccessKeysPresent`).
    pub root_has_access_keys: Option<bool>,
    /// Whether the root user has signing certificates (`AccountSigningCertificatesPresent`).
    pub root_has_certificates: Option<bool>,
    /// Groups that a user may be in (`GroupsPerUserQuota`).
    pub groups_per_user: Option<u32>,
}

impl AccountSummary {
    /// Reads the summary of an account file.
    #[must_use]
    pub fn read(entries: &BTreeMap<String, i64>) -> Self {
        let number = |key: &str| entries.get(key).and_then(|n| u32::try_from(*n).ok());
        let flag = |key: &str| number(key).map(|n| n > 0);
        Self {
            root_has_mfa: flag("AccountMFAEnabled"),
            root_has_password: flag("AccountPasswordPresent"),
            root_has_access_keys: flag("AccountAccessKeysPresent"),
            root_has_certificates: flag("AccountSigningCertificatesPresent"),
            groups_per_user: number("GroupsPerUserQuota"),
        }
    }
}
