//! An error or warning in its four parts.

use super::codes::Code;

/// An error or warning in four parts. User-supplied values stand in backticks; no part ends in a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of error or warning it is, for good.
    pub code: Code,
    /// What failed, in one line.
    pub what: String,
    /// On which file, account or argument.
    pub place: String,
    /// Why, as far as it is known.
    pub why: String,
    /// What the reader can do about it.
    pub next: String,
}

impl Diagnostic {
    /// A diagnostic of four parts.
    pub fn new(
        code: Code,
        what: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { code, what: what.into(), place: place.into(), why: why.into(), next: next.into() }
    }
}
