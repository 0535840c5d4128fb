//! A row of `export edges`.

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;

/// One direct edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EdgeRow {
    /// ARN, service principal, provider ARN, account id or `*`.
    pub from: String,
    /// Role ARN.
    pub to: String,
    /// As in [`Hop::kind`].
    pub kind: String,
    /// As in [`Hop::action`].
    pub action: String,
    /// Allowed, conditional or, if asked for, unknown.
    pub verdict: Verdict,
    /// Sorted, without duplicates.
    pub conditions: Vec<String>,
}
