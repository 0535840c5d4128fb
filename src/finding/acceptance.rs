//! Why a finding is accepted, and which waivers somebody has to look after.
//!
//! Owns: what every format says of a waiver. Does not know which findings a waiver fits (`config`).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The waiver that a finding is accepted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Acceptance {
    /// Why it is accepted.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
    /// Last day, in UTC.
    pub expires: Date,
    /// Where it is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

impl Acceptance {
    /// `owner sec@example.com, SEC-1, until 2027-02-28: vendor contract`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let ticket = self.ticket.as_ref().map_or_else(String::new, |ticket| format!(", {ticket}"));
        format!("owner {}{ticket}, until {}: {}", self.owner, self.expires, self.reason)
    }
}

/// What is the matter with a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum WaiverState {
    /// It has ended: what it accepted is open again.
    Expired,
    /// It ends soon.
    Expiring,
    /// It fits no finding.
    Unmatched,
    /// Whether it fits some finding is not known: tags or OUs of accounts were not read.
    Unread,
}

/// A waiver that somebody has to look after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaiverNotice {
    /// What is the matter.
    pub state: WaiverState,
    /// Id of the rule.
    pub rule: String,
    /// Which subjects it is about; empty for all.
    #[serde(rename = "where", skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Which accounts it is about; none for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Who is responsible for it.
    pub owner: String,
    /// Where it is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Last day, in UTC.
    pub expires: Date,
    /// Days from the day of the evaluation to the last day: 0 on the last day, negative after it.
    pub days_left: i32,
    /// Findings that it fits.
    pub findings: usize,
    /// `account/kind/name` of a finding of its rule that has the name it asks for, elsewhere or under a path.
    #[serde(skip)]
    pub near: Option<String>,
    /// Its place among the waivers.
    #[serde(skip)]
    pub index: usize,
}

impl WaiverNotice {
    /// What is the matter, when.
    #[must_use]
    pub fn what(&self) -> String {
        match (self.state, self.days_left) {
            (WaiverState::Expired, _) => format!("expired on {}", self.expires),
            (WaiverState::Expiring, 0) => format!("expires today, {}", self.expires),
            (WaiverState::Expiring, 1) => format!("expires tomorrow, {}", self.expires),
            (WaiverState::Expiring, days) => format!("expires in {days} days, {}", self.expires),
            (WaiverState::Unmatched, _) => "fits no finding".to_owned(),
            (WaiverState::Unread, _) => {
                let by_tag = self.accounts.iter().any(|selector| selector.starts_with("tag:"));
                format!("could not be matched: {} of accounts not read", if by_tag { "tags" } else { "OUs" })
            }
        }
    }

    /// Which waiver it is.
    #[must_use]
    pub fn which(&self) -> String {
        let ticket = self.ticket.as_ref().map_or_else(String::new, |ticket| format!(", {ticket}"));
        let subjects = if self.place.is_empty() { String::new() } else { format!(" for `{}`", self.place) };
        let accounts =
            if self.accounts.is_empty() { String::new() } else { format!(" in `{}`", self.accounts.join(", ")) };
        format!("waiver of `{}`{subjects}{accounts}, owner {}{ticket}", self.rule, self.owner)
    }
}
