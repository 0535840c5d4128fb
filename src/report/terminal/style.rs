//! Color, and how wide a line may be. Color never carries meaning alone.

use crate::answer::Verdict;
use crate::severity::Severity;

/// How the output can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colors.
    pub color: bool,
    /// Columns; `None` if output is piped: then nothing is wrapped or cut.
    pub width: Option<u16>,
    /// Box and arrow characters beyond ASCII.
    pub unicode: bool,
    /// Sentences in place of columns and marks, for those who listen.
    pub spoken: bool,
}

impl Style {
    /// For pipes and files.
    #[must_use]
    pub const fn plain() -> Self {
        Self { color: false, width: None, unicode: true, spoken: false }
    }

    /// For a screen reader: nothing to look at, nothing that is broken over lines.
    #[must_use]
    pub const fn spoken() -> Self {
        Self { color: false, width: None, unicode: false, spoken: true }
    }

    /// A severity as a word, colored if allowed.
    #[must_use]
    pub fn severity(&self, severity: Severity) -> String {
        let code = match severity {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
            Severity::Info => "2",
        };
        self.paint(severity.as_str(), code)
    }

    /// As [`Style::severity`], as wide as the widest.
    #[must_use]
    pub fn padded_severity(&self, severity: Severity) -> String {
        let widest = if self.spoken { 0 } else { Severity::Critical.as_str().len() };
        format!("{}{}", self.severity(severity), " ".repeat(widest.saturating_sub(severity.as_str().len())))
    }

    /// A verdict as a word, colored if allowed.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Allowed => "31",
            Verdict::Conditional => "33",
            Verdict::Unknown => "35",
            Verdict::Denied => "32",
        };
        self.paint(verdict.as_str(), code)
    }

    /// As [`Style::verdict`], as wide as the widest.
    #[must_use]
    pub fn padded_verdict(&self, verdict: Verdict) -> String {
        let widest = if self.spoken { 0 } else { Verdict::Conditional.as_str().len() };
        format!("{}{}", self.verdict(verdict), " ".repeat(widest.saturating_sub(verdict.as_str().len())))
    }

    /// From one to another.
    pub(in crate::report) fn arrow(&self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    /// Emphasis.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        self.paint(text, "1")
    }

    /// Secondary text.
    #[must_use]
    pub fn dim(&self, text: &str) -> String {
        self.paint(text, "2")
    }

    pub(in crate::report) fn paint(&self, text: &str, code: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
