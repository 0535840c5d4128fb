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

/// As [`EdgeRow`], of a list that has the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as there")]
pub struct EdgeRef<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub kind: &'a str,
    pub action: &'a str,
    pub verdict: Verdict,
    pub conditions: &'a [String],
}

impl From<EdgeRef<'_>> for EdgeRow {
    fn from(edge: EdgeRef<'_>) -> Self {
        Self {
            from: edge.from.to_owned(),
            to: edge.to.to_owned(),
            kind: edge.kind.to_owned(),
            action: edge.action.to_owned(),
            verdict: edge.verdict,
            conditions: edge.conditions.to_vec(),
        }
    }
}
