//! A line of a review: one person, one role of a target, and what the reviewer decides.

use std::str::FromStr;

use serde::Serialize;

use crate::answer::{PrincipalKind, Verdict};

/// What somebody can do with a role, everything weighed that limits it. Ordered: the least first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr, strum::EnumString,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// It changes nothing.
    Read,
    /// It changes something.
    Write,
    /// It is no administrator, and becomes one by one way to escalate.
    #[strum(serialize = "admin-in-one-step")]
    #[serde(rename = "admin-in-one-step")]
    AdminInOneStep,
    /// It can give itself any permission that its account has.
    Admin,
    /// Policies that decide it were not read.
    Unknown,
}

impl Power {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a reviewer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The access stays.
    Keep,
    /// The access goes.
    Revoke,
}

impl Decision {
    /// The word that a sheet has.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What the reviewer filled in; empty in a new sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// `keep` or `revoke`; anything else is kept as it was written.
    pub decision: String,
    /// Who decided.
    pub reviewer: String,
    /// When, as it was written.
    pub date: String,
}

impl Mark {
    /// The decision; `None` where there is none, or none that is known.
    #[must_use]
    pub fn decided(&self) -> Option<Decision> {
        Decision::from_str(self.decision.trim()).ok()
    }
}

/// One person and one role of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The name to read.
    pub person: String,
    /// A person of the identity store, or an IAM user.
    pub kind: PrincipalKind,
    /// What identifies the person: an ARN.
    pub id: String,
    /// Empty where it is not known.
    pub email: String,
    /// The target as it was asked for.
    pub target: String,
    /// ARN of the role that is reached.
    pub role: String,
    /// Its account's id.
    pub account: String,
    /// Empty where it is not known.
    pub account_name: String,
    /// What the role can do.
    pub power: Power,
    /// Through which groups and permission sets; of an IAM user, its IAM groups.
    pub via: Vec<String>,
    /// Calls of a shortest path of the best verdict.
    pub hops: usize,
    /// Of that path.
    pub verdict: Verdict,
    /// What it depends on: context keys, sorted.
    pub conditions: Vec<String>,
    /// A sentence about MFA.
    pub mfa: String,
    /// When somebody last used the role: a date, `never`, or empty where that was not read.
    pub last_used: String,
    /// What the reviewer says.
    #[serde(flatten)]
    pub mark: Mark,
}

/// What makes a line the same in two sheets.
pub(super) type Key<'a> = (&'a str, &'a str, &'a str);

impl Line {
    pub(super) fn key(&self) -> Key<'_> {
        (&self.id, &self.target, &self.role)
    }

    /// True if it was decided that the access goes.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.mark.decided() == Some(Decision::Revoke)
    }
}
