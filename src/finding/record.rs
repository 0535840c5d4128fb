//! One finding and its status.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::acceptance::Acceptance;
use crate::answer::Evidence;
use crate::arn::Arn;
use crate::ids::{AccountId, Scope};
use crate::severity::{Confidence, Severity};
use crate::shared_text::SharedText;

/// The status of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be acted on; counts for `--fail-on`.
    Open,
    /// The rule could not be evaluated for this subject: data is missing.
    Unknown,
    /// Accepted, with owner, reason and expiry.
    Waived,
    /// In the baseline: known when that was made.
    Baseline,
}

impl Status {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One finding. Of a large organization there may be a million: what many have in common is stored once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id.
    pub rule: SharedText,
    /// The rule's severity.
    pub severity: Severity,
    /// The rule's confidence.
    pub confidence: Confidence,
    /// Its status.
    pub status: Status,
    /// The account or organization that it is about.
    pub account: Scope,
    /// The account's name, empty if not known.
    pub account_name: SharedText,
    /// Other accounts that it is about as well, where it stands for something of several; in order.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub other_accounts: Box<[AccountId]>,
    /// ARN of what is judged.
    pub subject: String,
    /// One sentence, no full stop.
    pub message: String,
    /// What to do, from the card.
    pub remediation: SharedText,
    /// Stable over runs: see [`fingerprint`](super::fingerprint()).
    pub fingerprint: String,
    /// The statements that prove it.
    pub evidence: Vec<Evidence>,
    /// ARNs from first to last, if the finding is a path.
    pub path: Vec<String>,
    /// What it is accepted by, if it is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Box<Acceptance>>,
}

impl Finding {
    /// True if it is about one of these accounts.
    #[must_use]
    pub fn is_about(&self, accounts: &BTreeSet<AccountId>) -> bool {
        self.account.account().iter().chain(&self.other_accounts).any(|id| accounts.contains(id))
    }

    /// The account's name, or its id if no name is known; empty for the organization.
    #[must_use]
    pub fn account_label(&self) -> String {
        if self.account_name.is_empty() { self.account.to_string() } else { self.account_name.to_string() }
    }

    /// `prod/role/app`: the account and what is judged in it.
    #[must_use]
    pub fn place(&self) -> String {
        match self.account_label() {
            label if label.is_empty() => self.resource().to_owned(),
            label => format!("{label}/{}", self.resource()),
        }
    }

    /// `role/app` of an ARN, or the whole subject if it is not an ARN.
    #[must_use]
    pub fn resource(&self) -> &str {
        Arn::parse(&self.subject).map_or(&self.subject, |arn| arn.resource)
    }
}
