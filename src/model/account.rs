//! Accounts and the facts about them that rules read.

use std::sync::Arc;

use super::account_facts::AccountFacts;
use super::guardrail::Guardrails;
use crate::arn::Arn;
use crate::facet::Facet;
use crate::id_vec::IdRange;
use crate::ids::{AccountId, ClassIx, GapIx, PrincipalIx};
use crate::snapshot::account::Tag;
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
