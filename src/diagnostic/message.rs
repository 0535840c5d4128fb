//! An error or warning in its four parts.

use super::codes::Code;

/// An error or warning in four parts. User-supplied values are in backticks; no part ends with a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of error or warning: a stable code.
    pub code: Code,
    /// What failed, in one line.
    pub what: String,
    /// The file, account or argument that failed.
    pub place: String,
    /// Why, as far as it is known.
    pub why: String,
    /// What the reader can do about it.
    pub next: String,
    /// What the reader can put into a file, line by line, if that is what to do next.
    pub lines: Vec<String>,
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
        Self { code, what: what.into(), place: place.into(), why: why.into(), next: next.into(), lines: Vec::new() }
    }

    /// The same, with lines to put into a file.
    #[must_use]
    pub fn with_lines(self, lines: Vec<String>) -> Self {
        Self { lines, ..self }
    }
}
