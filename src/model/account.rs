//! Accounts and the facts about them that rules read.

use std::sync::Arc;

use jiff::Timestamp;

use super::guardrail::Guardrails;
use super::principal::Attached;
use crate::arn::Arn;
use crate::facet::{Facet, Facets};
use crate::id_vec::IdRange;
use crate::ids::{AccountId, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::snapshot::account::Tag;
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential::{AccessKey, MfaKind, ServerCertificate};
use crate::snapshot::credential_report::CredentialReport;
use crate::snapshot::identity_provider::ValidUntil;
use crate::snapshot::password_policy::PasswordPolicy;
use crate::snapshot::trail::TrailFacts;

/// Whether the principals of an account are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The authorization details of the account were read.
    Collected,
    /// They were not read, or only in part: answers that need them are unknown.
    Missing(GapIx),
    /// The account was left out of the collection: no rule judges it, and answers that need it are unknown.
    LeftOut(GapIx),
    /// The account cannot be used: closed or suspended.
    Skipped(String),
}

impl Presence {
    /// False for an account that cannot be used or that was left out: no rule judges it.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        matches!(self, Self::Collected | Self::Missing(_))
    }

    /// Why the account's principals are unknown; `None` if they are known or the account cannot be used.
    #[must_use]
    pub fn gap(&self) -> Option<GapIx> {
        match self {
            Self::Missing(gap) | Self::LeftOut(gap) => Some(*gap),
            Self::Collected | Self::Skipped(_) => None,
        }
    }
}

/// An account of the organization, or one outside it with a file.
#[derive(Clone, Debug)]
pub struct Account {
    pub(super) id: AccountId,
    pub(super) name: String,
    /// What is shown in place of the name, where names are redacted.
    pub(super) pseudonym: Option<Box<str>>,
    pub(super) partition: Box<str>,
    pub(super) member: bool,
    pub(super) management: bool,
    pub(super) membership_gap: Option<GapIx>,
    pub(super) shut: bool,
    pub(super) presence: Presence,
    pub(super) units: Vec<String>,
    pub(super) units_gap: Option<GapIx>,
    pub(super) unit_names: Vec<String>,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) scps: Arc<Guardrails>,
    pub(super) rcps: Arc<Guardrails>,
    pub(super) principals: IdRange<PrincipalIx>,
    pub(super) classes: IdRange<ClassIx>,
    pub(super) facts: AccountFacts,
    /// Why its SAML providers are not known, where one of its roles trusts some.
    pub(super) saml_gap: Option<GapIx>,
}

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

impl Account {
    /// Twelve digits.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Its name in the organization, else its alias, else empty.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `aws`, `aws-cn`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// True if the organization lists it.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.member
    }

    /// Why it is unknown whether it is a member: the account list is incomplete and does not name it.
    #[must_use]
    pub fn membership_gap(&self) -> Option<GapIx> {
        self.membership_gap
    }

    /// Why it is unknown which SAML providers it has, where one of its roles trusts some.
    #[must_use]
    pub fn saml_gap(&self) -> Option<GapIx> {
        self.saml_gap
    }

    /// Its name as answers and reports may show it; empty if it has none. Selections compare [`Account::name`].
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.pseudonym.as_deref().unwrap_or(&self.name)
    }

    /// Its name for people: its id if it has none.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.name.is_empty() { self.id.to_string() } else { self.shown_name().to_owned() }
    }

    /// True for the organization's management account.
    #[must_use]
    pub fn is_management(&self) -> bool {
        self.management
    }

    /// Whether its principals are known.
    #[must_use]
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Whether AWS has suspended or closed it, or is about to: one that waits for its activation can be used later.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        self.shut
    }

    /// Why nobody can act in it: suspended, closed, or not active yet.
    #[must_use]
    pub fn out_of_use(&self) -> Option<&str> {
        if let Presence::Skipped(reason) = &self.presence { Some(reason) } else { None }
    }

    /// Ids from the root down to its parent.
    #[must_use]
    pub fn units(&self) -> &[String] {
        &self.units
    }

    /// Why the OUs above a member account are unknown.
    #[must_use]
    pub fn units_gap(&self) -> Option<GapIx> {
        self.units_gap
    }

    /// Names of the OUs below the root, e.g. `["Workloads", "Prod"]`.
    #[must_use]
    pub fn unit_names(&self) -> &[String] {
        &self.unit_names
    }

    /// Its tags in the organization; `None` if they were not collected.
    #[must_use]
    pub fn tags(&self) -> Option<&[Tag]> {
        self.tags.as_deref()
    }

    /// The SCPs that limit its principals.
    #[must_use]
    pub fn scps(&self) -> &Arc<Guardrails> {
        &self.scps
    }

    /// The RCPs that limit access to its resources.
    #[must_use]
    pub fn rcps(&self) -> &Arc<Guardrails> {
        &self.rcps
    }

    /// The optional data sets.
    #[must_use]
    pub fn facts(&self) -> &AccountFacts {
        &self.facts
    }

    /// True if the data set was read, from the account's file or the organization's.
    #[must_use]
    pub fn has(&self, facet: Facet) -> bool {
        match facet {
            Facet::AuthorizationDetails | Facet::PolicyDocument => self.presence == Presence::Collected,
            Facet::AccountTags => self.tags.is_some(),
            Facet::Organization => self.member,
            Facet::Guardrails => self.scps.gap().is_none() && self.rcps.gap().is_none(),
            other => self.facts.present.has(other),
        }
    }

    /// The trails that it owns; those of the organization are the management account's. `None` if trails were not collected.
    pub fn own_trails(&self) -> Option<impl Iterator<Item = &TrailFacts>> {
        // a trail whose owner is not known counts
        let own = |trail: &&TrailFacts| {
            Arn::parse(&trail.arn).and_then(|arn| arn.account_id()).is_none_or(|id| id == self.id)
        };
        self.facts.trails.as_ref().map(|trails| trails.iter().filter(own))
    }
}

impl AccountFacts {
    /// The services that a user or role may use; none if that was not collected.
    #[must_use]
    pub fn services_of(&self, arn: &str) -> &[ServiceUse] {
        let all = self.last_accessed.as_deref().unwrap_or_default();
        let found = all.binary_search_by(|of| (*of.arn).cmp(arn)).ok().and_then(|at| all.get(at));
        found.map(|of| &*of.services).unwrap_or_default()
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
            customer_policies: None,
        }
    }
}

impl Account {
    /// An account of which only this is known.
    pub(super) fn bare(id: AccountId, partition: Box<str>, presence: Presence) -> Self {
        Self {
            id,
            name: String::new(),
            pseudonym: None,
            partition,
            member: false,
            management: false,
            membership_gap: None,
            shut: false,
            presence,
            units: Vec::new(),
            units_gap: None,
            unit_names: Vec::new(),
            tags: None,
            scps: Arc::new(Guardrails::Absent),
            rcps: Arc::new(Guardrails::Absent),
            principals: IdRange::default(),
            classes: IdRange::default(),
            facts: AccountFacts::default(),
            saml_gap: None,
        }
    }
}
