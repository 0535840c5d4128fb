//! Facets: the parts of an account or organisation that can be read, or not, on their own.
//!
//! Owns: their names, and which of them a collection reads. A rule names the facets it needs; a gap names the facet that is missing.

use std::collections::BTreeSet;
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

/// The facets that a collection reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facets(BTreeSet<Facet>);

/// A word that stands for several facets.
const GROUPS: &[(&str, &[Facet])] = &[
    ("core", CORE),
    (
        "credentials",
        &[
            Facet::CredentialReport,
            Facet::AccessKeys,
            Facet::MfaDevices,
            Facet::VirtualMfaDevices,
            Facet::PasswordPolicy,
        ],
    ),
    ("organization", &[Facet::AccountTags, Facet::Guardrails, Facet::Delegations, Facet::OrganizationFeatures]),
    ("default", DEFAULT),
    ("last-used", &[Facet::LastAccessed]),
    ("cloudtrail", &[Facet::Trails]),
];

/// Always read: without them nothing can be said about an account.
const CORE: &[Facet] = &[
    Facet::AuthorizationDetails,
    Facet::RoleSettings,
    Facet::AccountSummary,
    Facet::IdentityProviders,
    Facet::AccountAliases,
];

/// All that is cheap: a few calls an account, and three for each user.
const DEFAULT: &[Facet] = &[
    Facet::AuthorizationDetails,
    Facet::RoleSettings,
    Facet::AccountSummary,
    Facet::IdentityProviders,
    Facet::AccountAliases,
    Facet::CredentialReport,
    Facet::AccessKeys,
    Facet::MfaDevices,
    Facet::VirtualMfaDevices,
    Facet::PasswordPolicy,
    Facet::Trails,
    Facet::Guardrails,
    Facet::Delegations,
    Facet::OrganizationFeatures,
];

/// Read only where they are named or needed: many calls, or slow ones. Tags of accounts are a call an account, at ten a second.
const OPTIONAL: &[Facet] = &[Facet::AccountTags, Facet::LastAccessed, Facet::AssumeRoleEvents];

/// A word that names neither a facet nor a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no facet; known are {}", Facets::words().join(", "))]
pub struct UnknownFacet {
    /// The word.
    pub word: String,
}

impl Default for Facets {
    fn default() -> Self {
        Self(DEFAULT.iter().copied().collect())
    }
}

impl Facets {
    /// The facets and groups that `words` name, and those that are always read.
    ///
    /// # Errors
    /// Where a word names nothing.
    pub fn named<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownFacet> {
        let mut chosen: BTreeSet<Facet> = CORE.iter().copied().collect();
        for word in words {
            chosen.extend(meaning(word)?);
        }
        Ok(Self(chosen))
    }

    /// Leaves out the facets and groups that `words` name, except those that are always read.
    ///
    /// # Errors
    /// Where a word names nothing.
    pub fn without<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownFacet> {
        for word in words {
            let out = meaning(word)?;
            self.0.retain(|facet| CORE.contains(facet) || !out.contains(facet));
        }
        Ok(self)
    }

    /// Adds one.
    pub fn add(&mut self, facet: Facet) {
        self.0.insert(facet);
    }

    /// Leaves one out.
    pub fn remove(&mut self, facet: Facet) {
        self.0.remove(&facet);
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// True where the facet is to be read.
    #[must_use]
    pub fn has(&self, facet: Facet) -> bool {
        self.0.contains(&facet)
    }

    /// True where everything that `other` reads of accounts is read. What belongs to the organization is read once in every run.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.of_accounts().all(|facet| self.has(facet))
    }

    /// Those of accounts; the others belong to the organisation.
    pub fn of_accounts(&self) -> impl Iterator<Item = Facet> {
        self.0.iter().copied().filter(|facet| !facet.is_of_organization())
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Facet> {
        self.0.iter().copied()
    }

    /// Every word that names facets: groups first.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        let facets = DEFAULT.iter().chain(OPTIONAL).map(|facet| facet.as_str());
        let mut words = vec!["all"];
        words.extend(GROUPS.iter().map(|(word, _)| *word).chain(facets));
        words
    }
}

fn meaning(word: &str) -> Result<Vec<Facet>, UnknownFacet> {
    let all = || DEFAULT.iter().chain(OPTIONAL);
    if word == "all" {
        return Ok(all().copied().collect());
    }
    if let Some((_, facets)) = GROUPS.iter().find(|(group, _)| *group == word) {
        return Ok(facets.to_vec());
    }
    let one = all().find(|facet| facet.as_str() == word);
    one.map(|facet| vec![*facet]).ok_or_else(|| UnknownFacet { word: word.to_owned() })
}

impl Facet {
    /// True for a part of the organisation, false for a part of an account.
    #[must_use]
    pub fn is_of_organization(self) -> bool {
        matches!(
            self,
            Self::AccountTags | Self::Organization | Self::Guardrails | Self::Delegations | Self::OrganizationFeatures
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_single_facets_can_be_named_and_left_out() {
        let chosen = Facets::named(["credentials", "trails"]).unwrap();
        assert!(chosen.has(Facet::AccessKeys) && chosen.has(Facet::Trails) && chosen.has(Facet::AuthorizationDetails));
        assert!(!chosen.has(Facet::Guardrails));
        let fewer = Facets::default().without(["credentials", "core"]).unwrap();
        assert!(!fewer.has(Facet::CredentialReport) && fewer.has(Facet::AuthorizationDetails));
        assert!(Facets::default().covers(&fewer) && !fewer.covers(&Facets::default()));
        assert!(
            fewer.covers(&Facets::named(["core", "trails", "account-tags"]).unwrap()),
            "tags are no account's own facet"
        );
        assert!(Facets::named(["sso"]).unwrap_err().to_string().contains("credentials"));
    }

    #[test]
    fn tags_of_accounts_are_read_only_where_they_are_asked_for() {
        assert!(!Facets::default().has(Facet::AccountTags));
        for asked in ["account-tags", "organization", "all"] {
            assert!(Facets::named([asked]).unwrap().has(Facet::AccountTags), "{asked}");
        }
    }

    #[test]
    fn every_word_has_a_meaning() {
        for word in Facets::words() {
            assert!(Facets::named([word]).is_ok(), "{word}");
        }
        let all = Facets::named(["all"]).unwrap();
        assert!(all.has(Facet::LastAccessed) && all.covers(&Facets::default()));
    }
}
