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

/// Writes a command over as many lines as it needs; each but the last ends in a backslash, so that it can be pasted as it stands.
///
/// # Errors
/// If the output cannot be written.
pub fn command(text: &str, label: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let room =
        style.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(label.len().max(4) + 2).max(20));
    let mut line = String::new();
    let mut before = label.to_owned();
    for word in shell_words(text) {
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            writeln!(out, "{before}{line} \\")?;
            line.clear();
            before = " ".repeat(label.len().max(4));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{before}{line}")
}

/// The words of a command; a blank in quotes divides none.
fn shell_words(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let literal = std::mem::replace(&mut escaped, c == '\\' && !quoted);
        quoted ^= c == '\'' && !literal;
        c == ' ' && !quoted && !literal
    })
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
    fn a_command_of_several_lines_can_be_pasted() {
        let lines = |text: &str| {
            let mut out = Vec::new();
            command(text, "Next: ", &Style { width: Some(40), ..Style::plain() }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(lines("rolehop demo"), "Next: rolehop demo\n");
        assert_eq!(
            lines("rolehop path hub/user/ann prod/role/administrator --snapshot 'my dir'"),
            "Next: rolehop path hub/user/ann \\\n      prod/role/administrator \\\n      --snapshot 'my dir'\n"
        );
        assert_eq!(shell_words("a 'it'\\''s one' b").collect::<Vec<_>>(), ["a", "'it'\\''s one'", "b"]);
    }

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
