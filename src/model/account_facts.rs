//! What the optional data sets say of an account.

use jiff::Timestamp;

use super::principal::Attached;
use crate::facet::Facets;
use crate::ids::PolicyIx;
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential::{AccessKey, Begun, MfaKind, ServerCertificate};
use crate::snapshot::credential_report::CredentialReport;
use crate::snapshot::identity_provider::ValidUntil;
use crate::snapshot::password_policy::PasswordPolicy;
use crate::snapshot::trail::TrailFacts;

/// A group with its policies; groups are not principals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Unique in the account, ignoring case.
    pub name: String,
    /// With path.
    pub arn: String,
    /// Inline and managed.
    pub policies: Vec<Attached>,
}

/// The optional data sets of an account file; `None` is "not collected".
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the keys of the account file")]
pub struct AccountFacts {
    /// The data sets in the account's file and, for a member account, those in the organization's file that are about
    /// it.
    pub present: Facets,
    pub groups: Vec<Group>,
    pub summary: Option<AccountSummary>,
    pub credential_report: Option<CredentialReport>,
    /// ARNs of the users with a virtual device; the root user's ends in `:root`.
    pub virtual_mfa_users: Option<Vec<String>>,
    /// The kind of each MFA device, by user name.
    pub mfa_devices: Option<Vec<(Box<str>, MfaKind)>>,
    /// By user name.
    pub access_keys: Option<Vec<AccessKey>>,
    /// `Some(None)`: the account has none of its own.
    pub password_policy: Option<Option<PasswordPolicy>>,
    pub oidc_providers: Option<Vec<String>>,
    pub saml_providers: Option<Vec<String>>,
    /// Until when each of them vouches for its users, in the same order.
    pub saml_valid_until: Vec<ValidUntil>,
    pub aliases: Option<Vec<String>>,
    /// CloudTrail's trails, those of the organization included.
    pub trails: Option<Vec<TrailFacts>>,
    /// What each user and role may use and has used, by ARN.
    pub last_accessed: Option<Vec<ServicesOf>>,
    /// The server certificates that IAM stores.
    pub server_certificates: Option<Vec<ServerCertificate>>,
    /// SSH public keys and credentials of single services, by user name.
    pub service_credentials: Option<Vec<ServiceCredential>>,
    /// Of which lists an import has a part alone.
    pub begun: Begun,
    /// The managed policies that belong to the account itself.
    pub customer_policies: Option<Box<[CustomerPolicy]>>,
}

/// A managed policy of an account, AWS's own left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPolicy {
    /// With path.
    pub arn: Box<str>,
    /// `None` if not all of them need have been read.
    pub versions: Option<u32>,
    /// Characters of the default version, as [`Policy::size`](crate::policy::Policy::size); `None` if it was not read.
    pub size: Option<u32>,
    /// What the default version says; `None` if it was not read or does not parse.
    pub document: Option<PolicyIx>,
}

impl CustomerPolicy {
    /// What follows its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }
}

/// The services that a user or role may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicesOf {
    /// With path.
    pub arn: Box<str>,
    /// In AWS's order.
    pub services: Box<[ServiceUse]>,
}

/// A service, and when it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUse {
    /// As in an action.
    pub prefix: Box<str>,
    /// `None`: not within AWS's tracking period.
    pub last_used: Option<Timestamp>,
}

/// What a user signs in to a single service with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceCredential {
    /// User name.
    pub user: String,
    /// The service prefix for credentials of one service, empty for an SSH public key of CodeCommit.
    pub service: String,
    /// Unique.
    pub id: String,
    /// `None` if that was not told.
    pub is_active: Option<bool>,
    /// `None` if that was not told.
    pub created: Option<Timestamp>,
}

impl AccountFacts {
    /// The services that a user or role may use; `None` if that was not collected.
    #[must_use]
    pub fn services_of(&self, arn: &str) -> Option<&[ServiceUse]> {
        let all = self.last_accessed.as_deref()?;
        let found = all.binary_search_by(|of| (*of.arn).cmp(arn)).ok().and_then(|at| all.get(at));
        found.map(|of| &*of.services)
    }

    /// The kinds of the MFA devices of a user; `None` if they were not collected.
    pub fn mfa_kinds_of(&self, user: &str) -> Option<impl Iterator<Item = MfaKind> + '_> {
        let devices = self.mfa_devices.as_deref()?;
        let from = devices.partition_point(|(owner, _)| &**owner < user);
        let to = devices.partition_point(|(owner, _)| &**owner <= user);
        Some(devices.get(from..to).unwrap_or_default().iter().map(|(_, kind)| *kind))
    }

    /// The access keys of a user, active or not; `None` if they were not collected.
    #[must_use]
    pub fn access_keys_of(&self, user: &str) -> Option<&[AccessKey]> {
        let keys = self.access_keys.as_deref()?;
        let from = keys.partition_point(|key| key.user_name.as_str() < user);
        let rest = keys.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|key| key.user_name == user))
    }

    /// The credentials of single services that a user has; `None` if they were not collected.
    #[must_use]
    pub fn service_credentials_of(&self, user: &str) -> Option<&[ServiceCredential]> {
        let all = self.service_credentials.as_deref()?;
        let from = all.partition_point(|of| of.user.as_str() < user);
        let rest = all.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|of| of.user == user))
    }
}

impl Default for AccountFacts {
    fn default() -> Self {
        Self {
            present: std::iter::empty().collect(),
            groups: Vec::new(),
            summary: None,
            credential_report: None,
            virtual_mfa_users: None,
            mfa_devices: None,
            access_keys: None,
            password_policy: None,
            oidc_providers: None,
            saml_providers: None,
            saml_valid_until: Vec::new(),
            aliases: None,
            trails: None,
            last_accessed: None,
            server_certificates: None,
            service_credentials: None,
            begun: Begun::default(),
            customer_policies: None,
        }
    }
}
