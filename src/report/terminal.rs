//! The one way to a terminal: what tenants named is shown, never obeyed.
//!
//! Owns: escaping, colour, and how wide a line may be. Colour never carries meaning alone.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::answer::Verdict;
use crate::severity::Severity;

/// How the output can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// Columns; `None` where output is piped: then nothing is wrapped or cut.
    pub width: Option<u16>,
    /// Box and arrow characters beyond ASCII.
    pub unicode: bool,
}

impl Style {
    /// For pipes and files.
    #[must_use]
    pub const fn plain() -> Self {
        Self { colour: false, width: None, unicode: true }
    }

    /// A severity as a word, coloured where allowed.
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

    /// A verdict as a word, coloured where allowed.
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

    pub(super) fn paint(&self, text: &str, code: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The text with every character that could move a cursor, hide or reorder other text made visible as `\u{…}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_dangerous(c) {
            // writing to a string cannot fail
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Controls (C0, DEL, C1), marks that reorder or hide text, and line separators.
pub(super) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Breaks text at blanks so that no line is longer than `width`, but for words that are.
#[must_use]
pub fn wrap(text: &str, width: Option<u16>, indent: usize) -> Vec<String> {
    let Some(room) = width.map(|w| usize::from(w).saturating_sub(indent).max(20)) else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        assert_eq!(escape("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape("x\u{202e}y\u{200b}\r\n"), "x\\u{202e}y\\u{200b}\\u{d}\\u{a}");
        assert_eq!(escape("Zoë-prod"), "Zoë-prod");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three four five six", Some(24), 4), ["one two three four", "five six"]);
        assert_eq!(wrap("one two", None, 4), ["one two"]);
    }
}
