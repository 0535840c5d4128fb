//! GetAccountSummary with typed entries.
//!
//! Owns: the entries that rules read. The account file keeps the summary as AWS wrote it. Source: IAM API Reference,
//! GetAccountSummary.
//! INVARIANT: an entry that is absent or makes no sense is unknown: never 0.

use std::collections::BTreeMap;

/// Entries that count something, and those that say how many of it there may be.
const NUMBERS: [&str; 25] = [
    "AccessKeysPerUserQuota",
    "AssumeRolePolicySizeQuota",
    "AttachedPoliciesPerGroupQuota",
    "AttachedPoliciesPerRoleQuota",
    "AttachedPoliciesPerUserQuota",
    "GroupPolicySizeQuota",
    "Groups",
    "GroupsPerUserQuota",
    "GroupsQuota",
    "InstanceProfiles",
    "InstanceProfilesQuota",
    "Policies",
    "PoliciesQuota",
    "PolicySizeQuota",
    "PolicyVersionsInUse",
    "PolicyVersionsInUseQuota",
    "RolePolicySizeQuota",
    "Roles",
    "RolesQuota",
    "ServerCertificates",
    "ServerCertificatesQuota",
    "UserPolicySizeQuota",
    "Users",
    "UsersQuota",
    "VersionsPerPolicyQuota",
];

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
    /// Side by side with [`NUMBERS`].
    numbers: [Option<u32>; NUMBERS.len()],
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
            numbers: NUMBERS.map(number),
        }
    }

    /// A count or a quota by AWS's name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        let at = NUMBERS.binary_search(&name).ok()?;
        self.numbers.get(at).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_name_and_never_guessed() {
        assert!(NUMBERS.is_sorted());
        let entries = [("Roles", 7), ("RolesQuota", -1), ("AccountMFAEnabled", 1)];
        let summary = AccountSummary::read(&entries.map(|(key, n)| (key.to_owned(), n)).into());
        let read = ["Roles", "RolesQuota", "Users", "Nonsense"].map(|name| summary.number(name));
        assert_eq!(read, [Some(7), None, None, None]);
    }
}
