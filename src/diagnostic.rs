//! What every error tells a person: what failed, where, why, and what to do next.
//!
//! Owns: the four parts and the stable id. Does not know how they are printed (`cli`) or which exit code they give (`cli::exit`).

/// An error or warning in four parts. User-supplied values stand in backticks; no part ends in a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable id, `E` and three digits: E1xx credentials, E2xx collection, E3xx configuration and usage, E4xx questions,
    /// E5xx snapshots, E6xx output, E9xx internal.
    pub id: &'static str,
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
        id: &'static str,
        what: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { id, what: what.into(), place: place.into(), why: why.into(), next: next.into() }
    }
}
