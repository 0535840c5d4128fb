//! How sure an answer is.

use serde::{Deserialize, Serialize};

/// What is known of a question.
///
/// Ordered by preference: a path with a lesser verdict is shown only if there is none with a better one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Holds on the snapshot's facts alone.
    Allowed,
    /// Holds only if request facts that no snapshot has are right.
    Conditional,
    /// Data is missing or a document could not be parsed.
    Unknown,
    /// Does not hold whatever the request.
    Denied,
}

impl Verdict {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
