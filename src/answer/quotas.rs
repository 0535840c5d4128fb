//! What `quotas` prints.

use serde::Serialize;

/// How much of each quota is used.
#[derive(Clone, Debug, Serialize)]
pub struct QuotasAnswer {
    /// `rolehop/quotas/v1`
    pub schema: &'static str,
    /// From how many percent on a subject is near its limit.
    pub near: u8,
    /// Every quota that was looked at.
    pub quotas: Vec<QuotaCounts>,
    /// Fullest first, those that are not known last.
    pub rows: Vec<QuotaRow>,
}

/// How many subjects a quota has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaCounts {
    /// Its name.
    pub quota: &'static str,
    /// All of them; an account of which the subjects were not read counts as one.
    pub subjects: usize,
    /// Those that are near the limit, at it or above it.
    pub near: usize,
    /// Those that are at the limit or above it.
    pub full: usize,
    /// Those of which it is not known.
    pub unknown: usize,
}

/// A subject and a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaRow {
    /// Name of the quota.
    pub quota: &'static str,
    /// ARN of what has it.
    pub subject: String,
    /// What people call it, where the ARN does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Id of its account, or empty.
    pub account: String,
    /// Name of the account, or empty.
    pub account_name: String,
    /// `None` if it is not known.
    pub used: Option<u32>,
    /// How many there may be.
    pub limit: u32,
    /// How many more fit; `None` if it is not known.
    pub room: Option<u32>,
    /// How full it is.
    pub state: QuotaState,
    /// Where the limit comes from.
    pub source: &'static str,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How full a quota is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuotaState {
    /// Data is missing.
    Unknown,
    /// More is used than the limit.
    Over,
    /// Nothing more fits.
    Full,
    /// Near the limit.
    Near,
    /// There is room.
    Room,
}

impl QuotasAnswer {
    /// The version of the format.
    pub const SCHEMA: &'static str = "rolehop/quotas/v1";

    /// Whether nothing is unknown.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.quotas.iter().all(|quota| quota.unknown == 0)
    }
}

impl QuotaRow {
    /// The source of a limit that the account states.
    pub const STATED: &'static str = "account summary";
}
