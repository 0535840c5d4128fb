//! The organization, and the SCPs and RCPs that apply to accounts.
//!
//! Owns: their shapes. `tree` derives them, `eval` evaluates them.

use std::collections::BTreeMap;

use super::principal::Document;
use crate::ids::{AccountId, GapIx};

/// The organization itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    /// The management account, if known.
    pub management: Option<AccountId>,
    /// True for feature set `ALL`: without it no SCP or RCP exists.
    pub all_features: bool,
    /// Whether the feature set was read; without it all features are assumed.
    pub knows_features: bool,
    /// Accounts that administer services for the organization; `None` if they were not collected.
    pub delegated: Option<Vec<DelegatedAdministrator>>,
    /// The features of IAM that are on, `RootCredentialsManagement` among them; `None` if they were not collected.
    pub enabled_features: Option<Vec<String>>,
    /// Names of OUs, by id; of those that were read.
    pub units: BTreeMap<String, String>,
}

/// An account that administers services for the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedAdministrator {
    /// The account.
    pub account: AccountId,
    /// Service principals; `None` if they were not collected.
    pub services: Option<Vec<String>>,
}

impl Organization {
    /// Whether root credentials of member accounts are managed centrally; `None` if that was not collected.
    #[must_use]
    pub fn manages_root_credentials(&self) -> Option<bool> {
        let features = self.enabled_features.as_ref()?;
        Some(features.iter().any(|feature| feature == "RootCredentialsManagement"))
    }
}

/// An SCP or RCP as attached to a level.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Guardrail {
    /// What it says.
    pub document: Document,
    /// Its name and id.
    pub name: Box<str>,
    /// Root, OU or account that it is attached to.
    pub target: Box<str>,
}

impl Guardrail {
    /// Its id, which stays where it is given another name.
    #[must_use]
    pub fn id(&self) -> &str {
        let id = self.name.strip_suffix(')').and_then(|name| name.rsplit_once('('));
        id.map_or(&self.name, |(_, id)| id)
    }
}

/// The name of the stand-in for policies of a level that were not read. Names of others end with an id.
pub(super) const UNREAD_GUARDRAILS: &str = "policies that were not read";

impl Guardrail {
    /// True for the stand-in for policies that were not read, of which there may be any number.
    #[must_use]
    pub fn stands_for_unread(&self) -> bool {
        *self.name == *UNREAD_GUARDRAILS
    }
}

/// The policies of one type on the OU path from the root to an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Guardrails {
    /// None exist here: no organization, another feature set, type not enabled, management account.
    Absent,
    /// Root first; every level counts. A policy that may be attached to a level and was not read is listed there as a
    /// missing document: a known Deny still decides, and so does a level that is known to allow nothing.
    Levels(Vec<Vec<Guardrail>>),
    /// Nothing is known about them, or not even whether they are in force here.
    Unknown {
        /// What is known nevertheless.
        levels: Vec<Vec<Guardrail>>,
        /// Why this may be incomplete, or may not apply.
        gap: GapIx,
    },
}

impl Guardrails {
    /// All that are known, root first.
    #[must_use]
    pub fn levels(&self) -> &[Vec<Guardrail>] {
        match self {
            Self::Absent => &[],
            Self::Levels(levels) | Self::Unknown { levels, .. } => levels,
        }
    }

    /// What all that are known say, root first.
    pub fn documents(&self) -> impl Iterator<Item = Document> + '_ {
        self.levels().iter().flatten().map(|guardrail| guardrail.document)
    }

    /// Why they may not be in force.
    #[must_use]
    pub fn unknown(&self) -> Option<GapIx> {
        match self {
            Self::Unknown { gap, .. } => Some(*gap),
            Self::Absent | Self::Levels(_) => None,
        }
    }

    /// Why an unknown part of them may decide.
    #[must_use]
    pub fn gap(&self) -> Option<GapIx> {
        let missing = |guardrail: &Guardrail| match guardrail.document {
            Document::Missing(gap) => Some(gap),
            Document::Parsed(_) => None,
        };
        self.unknown().or_else(|| self.levels().iter().flatten().find_map(missing))
    }
}
