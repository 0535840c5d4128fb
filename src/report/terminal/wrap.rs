//! Lines that fit the terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::style::Style;

/// Writes text over as many lines as it needs: `first` begins the first line, `rest` the others.
///
/// # Errors
/// If the output cannot be written.
pub fn line(text: &str, first: &str, rest: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (at, part) in broken(text, style.width, shown_width(first), rest.width()).iter().enumerate() {
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

/// Columns of what begins a line: those after its last line break, and color takes none.
fn shown_width(text: &str) -> usize {
    let last = text.rsplit('\n').next().unwrap_or(text);
    let mut parts = last.split("\u{1b}[");
    let plain = parts.next().map_or(0, UnicodeWidthStr::width);
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, shown)| shown.width())).sum::<usize>()
}

/// Breaks text at blanks so that no line is longer than `width`, except for single words that are.
#[must_use]
pub fn wrap(text: &str, width: Option<u16>, indent: usize) -> Vec<String> {
    broken(text, width, indent, indent)
}

/// As [`wrap`], where so many columns are taken before the first line and before the others.
fn broken(text: &str, width: Option<u16>, first: usize, rest: usize) -> Vec<String> {
    let Some(width) = width.map(usize::from) else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let taken = if lines.is_empty() { first } else { rest };
        let room = width.saturating_sub(taken).max(20);
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
    fn the_first_line_has_the_room_that_its_beginning_leaves() {
        let lines = |first: &str, rest: &str| {
            let mut out = Vec::new();
            let style = Style { width: Some(30), ..Style::plain() };
            line("one two three four five six seven", first, rest, &style, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            lines("\n\u{1b}[1mfix\u{1b}[0m: ", " "),
            "\n\u{1b}[1mfix\u{1b}[0m: one two three four five\n six seven\n"
        );
        assert_eq!(lines("", "        "), "one two three four five six\n        seven\n");
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
