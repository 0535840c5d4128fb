//! The answer of `explain`: one hop, layer by layer, statement by statement.

use serde::Serialize;

use super::evidence::{Evidence, Layer};
use super::verdict::Verdict;
use super::via::Via;
use crate::snapshot::ledger::Gap;

/// `rolehop/explain/v1`: one direct hop, layer by layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainAnswer {
    /// Always [`ExplainAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As resolved.
    pub from: String,
    /// Role ARN.
    pub to: String,
    /// As in [`Hop::kind`].
    pub kind: String,
    /// As in [`Hop::action`].
    pub action: String,
    /// What is known of this hop.
    pub verdict: Verdict,
    /// Deciding context keys, sorted.
    pub conditions: Vec<String>,
    /// As in a path's hop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<&'static str>,
    /// Of people, what leads them into the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// The conditions in words.
    pub needs: Vec<String>,
    /// From the caller's side to the role's.
    pub layers: Vec<ExplainedLayer>,
    /// Where the hop is denied and a longer path is not: the best of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indirect: Option<Indirect>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// A path of more than one hop, which `rolehop path` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Indirect {
    /// Of the path.
    pub verdict: Verdict,
    /// At least two.
    pub hop_count: usize,
}

/// The policies of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedLayer {
    /// Which kind.
    pub layer: Layer,
    /// Their combined result.
    pub outcome: Outcome,
    /// All their statements: those that matched, then the others.
    pub statements: Vec<ExplainedStatement>,
}

/// The result of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words that are printed")]
pub enum Outcome {
    Allows,
    AllowsIf,
    DoesNotAllow,
    Denies,
    DeniesIf,
    Unknown,
    /// No such policy applies, or none has a matching statement.
    None,
}

/// A statement of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedStatement {
    /// Which, and what it says.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Whether it matched.
    pub outcome: StatementOutcome,
    /// What it depends on, or what kept it from matching; empty if it matches.
    pub why: String,
}

/// Whether a statement matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words that are printed")]
pub enum StatementOutcome {
    Matches,
    Depends,
    Unknown,
    DoesNotMatch,
    /// Not a statement, but a note on the layer.
    Note,
}

impl ExplainAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/explain/v1";
}

impl Outcome {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allows => "allows",
            Self::AllowsIf => "allows under conditions",
            Self::DoesNotAllow => "does not allow",
            Self::Denies => "denies",
            Self::DeniesIf => "denies under conditions",
            Self::Unknown => "unknown",
            Self::None => "says nothing",
        }
    }
}
