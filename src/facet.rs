//! Facets: the parts of an account or organisation that can be read, or not, on their own.
//!
//! Owns: their names. A rule names the facets it needs; a gap names the facet that is missing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of the snapshot that is complete or missing as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// `UserDetailList`, `GroupDetailList`, `RoleDetailList`, `Policies`: the account cannot be judged without.
    AuthorizationDetails,
    /// `AccountSummary`.
    AccountSummary,
    /// `CredentialReport`.
    CredentialReport,
    /// `VirtualMFADevices`.
    VirtualMfaDevices,
    /// `OpenIDConnectProviders` and `SAMLProviders`.
    IdentityProviders,
    /// `PasswordPolicy`.
    PasswordPolicy,
    /// `AccountAliases`.
    AccountAliases,
    /// `MaxSessionDuration` of roles.
    RoleSettings,
    /// `AccessKeys`.
    AccessKeys,
    /// `MFADevices`.
    MfaDevices,
    /// `Trails`.
    Trails,
    /// `LastAccessed`.
    LastAccessed,
    /// `AssumeRoleEvents`.
    AssumeRoleEvents,
    /// Tags of accounts.
    AccountTags,
    /// The organisation itself: roots, units and the list of accounts.
    Organization,
    /// SCPs and RCPs and what they are attached to.
    Guardrails,
    /// Delegated administrators and what is delegated to them.
    Delegations,
    /// Which features of IAM the organisation has enabled, central root access among them.
    OrganizationFeatures,
    /// One policy document that is missing or does not parse.
    PolicyDocument,
}

impl Facet {
    /// The kebab-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationDetails => "authorization-details",
            Self::AccountSummary => "account-summary",
            Self::CredentialReport => "credential-report",
            Self::VirtualMfaDevices => "virtual-mfa-devices",
            Self::IdentityProviders => "identity-providers",
            Self::PasswordPolicy => "password-policy",
            Self::AccountAliases => "account-aliases",
            Self::RoleSettings => "role-settings",
            Self::AccessKeys => "access-keys",
            Self::MfaDevices => "mfa-devices",
            Self::Trails => "trails",
            Self::LastAccessed => "last-accessed",
            Self::AssumeRoleEvents => "assume-role-events",
            Self::AccountTags => "account-tags",
            Self::Organization => "organization",
            Self::Guardrails => "guardrails",
            Self::Delegations => "delegations",
            Self::OrganizationFeatures => "organization-features",
            Self::PolicyDocument => "policy-document",
        }
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
