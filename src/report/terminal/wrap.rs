//! Lines that fit the terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::style::Style;

/// Writes text over as many lines as it needs: `first` begins the first line, `rest` the others.
///
/// # Errors
/// If the output cannot be written.
pub fn line(text: &str, first: &str, rest: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (at, part) in wrap(text, style.width, rest.chars().count()).iter().enumerate() {
        writeln!(out, "{}{part}", if at == 0 { first } else { rest })?;
    }
    Ok(())
}

/// Breaks text at blanks so that no line is longer than `width`, except for single words that are.
#[must_use]
pub fn wrap(text: &str, width: Option<u16>, indent: usize) -> Vec<String> {
    let Some(room) = width.map(|w| usize::from(w).saturating_sub(indent).max(20)) else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > room {
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
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three four five six", Some(24), 4), ["one two three four", "five six"]);
        assert_eq!(wrap("one two", None, 4), ["one two"]);
        assert_eq!(
            wrap("監査 監査監査 監査監査監", Some(24), 4),
            ["監査 監査監査", "監査監査監"],
            "wide letters take two columns"
        );
    }
}
