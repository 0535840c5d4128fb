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
    /// Who is told together in it, each by ARN or id and in order, where it is known by what they share and not by who they are.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub principals: Box<[String]>,
    /// Of these, those whom a waiver or the baseline accepts, where the finding is open for the others.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub accepted: Box<[String]>,
    /// The laxest value of the rule's setting, a number, with which it is still found: for controls that ask for less than the rule.
    #[serde(skip)]
    pub holds_to: Option<i64>,
    /// The expectation that it is about, by name; left out of other findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Box<str>>,
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

/// Who one of those is whom a finding tells together, without the role, set or account that it gets into.
#[must_use]
pub fn whom(principal: &str) -> &str {
    principal.split_once(INTO).map_or(principal, |(who, _)| who)
}

/// Between who it is, and what it gets into.
const INTO: &str = " into ";

impl Finding {
    /// True if it is about one of these accounts.
    #[must_use]
    pub fn is_about(&self, accounts: &BTreeSet<AccountId>) -> bool {
        self.account.account().iter().chain(&self.other_accounts).any(|id| accounts.contains(id))
    }

    /// Accepts it as far as `is_known` knows whom it is about, over what was accepted before. True if that is everybody; else it stays
    /// open for the others, and says so.
    pub fn accept(&mut self, is_known: impl Fn(&str) -> bool) -> bool {
        let (known, new): (Vec<String>, Vec<String>) =
            self.principals.iter().cloned().partition(|who| self.accepted.contains(who) || is_known(who));
        self.accepted = if new.is_empty() { Box::default() } else { known.into() };
        new.is_empty()
    }

    /// Says in the message for whom a finding is open that others are accepted of.
    pub fn tell_new(&mut self) {
        if !self.accepted.is_empty() {
            let new = self.principals.iter().filter(|who| !self.accepted.contains(who)).cloned();
            self.tell("new since it was accepted", &new.collect::<Vec<_>>());
        }
    }

    /// Adds to the message what is said of some of those that it is about.
    pub fn tell(&mut self, what: &str, who: &[String]) {
        let Some((first, others)) = who.split_first() else { return };
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        self.message = format!("{}; {what}: {}{more}", self.message, self.short(first));
    }

    /// Those that it is about and another is not; none where one of the two does not say.
    #[must_use]
    pub fn principals_beyond(&self, other: &Self) -> Vec<String> {
        let beyond = self.principals.iter().filter(|who| !other.principals.contains(who));
        if other.principals.is_empty() { Vec::new() } else { beyond.cloned().collect() }
    }

    /// `user/ann`, with the account where that is another.
    fn short(&self, who: &str) -> String {
        if let Some((who, what)) = who.split_once(INTO) {
            return format!("{}{INTO}{}", self.short(who), self.short(what));
        }
        match Arn::parse(who) {
            Some(arn) if arn.account_id().map(Scope::Account) == Some(self.account) => arn.resource.to_owned(),
            Some(arn) if !arn.account.is_empty() => format!("{}/{}", arn.account, arn.resource),
            _ => who.to_owned(),
        }
    }

    /// Where one of those that it is about is: in the account of the ARN, else where the finding is.
    #[must_use]
    pub fn scope_of(&self, who: &str) -> Scope {
        Arn::parse(who).and_then(|arn| arn.account_id()).map_or(self.account, Scope::Account)
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
