//! Markdown for pull requests, issues and wikis.
//!
//! Owns: what a cell may contain. INVARIANT: no name makes a link, a tag or a column.

use std::io::{self, Write};

use super::escape::escape;

use super::terminal::cut;
use super::terminal::names::{Names, plural};
use super::terminal::notes;
use super::terminal::reach;
use crate::answer::{CanAnswer, CutAnswer, Grouping, ReachSummary, Verdict};
use crate::snapshot::ledger::Gap;

/// Who reaches a target, at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn who_can(answer: &ReachSummary, most: usize, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&reach::sentence(answer)))?;
    if answer.principals() > 0 {
        answer.counts.iter().try_for_each(|count| writeln!(out, "- {}", text(&reach::count(count))))?;
        answer.mfa_of_people.iter().try_for_each(|mfa| writeln!(out, "- {}", text(&reach::mfa(mfa))))?;
        writeln!(out)?;
        header(&reach::HEADER, out)?;
        for group in answer.groups.iter().take(most) {
            cells(group.verdict, &reach::cells(group, names), out)?;
        }
        left(answer.groups.len().saturating_sub(most), out)?;
        let closing = reach::closing(answer, names);
        if !closing.is_empty() {
            writeln!(out, "\nTrust policies that would close most:\n")?;
        }
        closing.iter().try_for_each(|closing| writeln!(out, "- {}", text(closing)))?;
    }
    gaps(&answer.gaps, out)
}

/// What a principal reaches, at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn can(answer: &CanAnswer, most: usize, grouping: Grouping, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&reach::sentence_of_can(answer, names)))?;
    if !answer.answers.is_empty() {
        let groups = answer.groups(grouping);
        header(&reach::HEADER_OF_CAN, out)?;
        for group in groups.iter().take(most) {
            cells(group.verdict, &reach::cells_of_can(group, names), out)?;
        }
        left(groups.len().saturating_sub(most), out)?;
    }
    for told in reach::administrators(answer, names) {
        writeln!(out, "\n{}", text(&told))?;
    }
    if let Some(note) = answer.note {
        writeln!(out, "\nnote: {}", text(note))?;
    }
    gaps(&answer.gaps, out)
}

/// What to remove to close a target: at most so many removals.
///
/// # Errors
/// If the output cannot be written.
pub fn cut(answer: &CutAnswer, most: usize, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&cut::sentence(answer)))?;
    for removal in answer.removals.iter().take(most) {
        writeln!(out, "1. **Remove {}**", text(&removal.what))?;
        let told = cut::of_removal(removal, names);
        told.iter().try_for_each(|line| writeln!(out, "   - {}", text(line)))?;
        writeln!(out, "   - try it: {}", code(&escape(&cut::command(removal))))?;
    }
    if let Some(left) = cut::left(answer, most) {
        writeln!(out, "\n{left} (`--all` shows them)")?;
    }
    if answer.removals.len() > 1 {
        writeln!(out, "\n{}", text(&cut::together(answer, names)))?;
    }
    if !answer.stays.is_empty() {
        writeln!(out, "\nWhat stays:\n")?;
    }
    answer.stays.iter().try_for_each(|stay| writeln!(out, "- {}", text(&cut::staying(stay, names))))?;
    if let Some(left_out) = notes::not_followed(&answer.not_followed) {
        writeln!(out, "\n{}", text(&left_out))?;
    }
    gaps(&answer.gaps, out)
}

pub(super) fn header(words: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    row(words.iter().map(String::as_str), out)?;
    row(words.iter().map(|_| "---"), out)
}

fn cells(verdict: Verdict, cells: &[String], out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| text(cell)).collect();
    row(std::iter::once(verdict.as_str()).chain(cells.iter().map(String::as_str)), out)
}

fn left(groups: usize, out: &mut dyn Write) -> io::Result<()> {
    if groups == 0 { Ok(()) } else { writeln!(out, "\nand {} (`--all` shows them)", plural(groups, "group")) }
}

fn gaps(gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
    if !gaps.is_empty() {
        writeln!(out, "\nThis rests on data that was not read:\n")?;
    }
    for gap in gaps {
        writeln!(out, "- {}", text(&gap.sentence()))?;
    }
    Ok(())
}

pub(super) fn row<'a>(cells: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    cells.into_iter().try_for_each(|cell| write!(out, "| {cell} "))?;
    writeln!(out, "|")
}

/// Text as it is, wherever it stands in a line: what was quoted stays so, and a word that a forge would make a link, a mention or an
/// emoji of is quoted too, since a backslash does not keep it from that.
pub(super) fn text(shown: &str) -> String {
    let shown = escape(shown);
    let quoted = shown.matches('`').count() / 2 * 2;
    let mut safe = String::with_capacity(shown.len());
    for (at, part) in shown.splitn(quoted + 1, '`').enumerate() {
        if at % 2 == 1 {
            safe.push_str(&code(part));
        } else {
            let words: Vec<String> = part.split(' ').map(word).collect();
            safe.push_str(&words.join(" "));
        }
    }
    let start = safe.trim_start_matches(' ');
    let digits = start.trim_start_matches(|c: char| c.is_ascii_digit());
    match start.chars().next() {
        Some('-' | '+' | '=') => format!("\\{start}"),
        // `1.` begins a list, `1,200` does not
        Some('0'..='9') if digits.starts_with(['.', ')']) => {
            format!("{}\\{digits}", start.get(..start.len() - digits.len()).unwrap_or_default())
        }
        _ => start.to_owned(),
    }
}

/// At most about so many bytes of [`text()`], whatever is in it.
pub(super) fn clipped(shown: &str, bytes: usize) -> String {
    if shown.len() <= bytes {
        let whole = text(shown);
        if whole.len() <= bytes {
            return whole;
        }
    }
    let mut left = bytes;
    let fits = |c: &char| {
        let cost = if c.is_ascii_alphanumeric() { 1 } else { ESCAPED };
        left = left.saturating_sub(cost);
        left > 0
    };
    text(&(shown.chars().take_while(fits).collect::<String>() + "…"))
}

/// The most bytes that a character takes as text.
const ESCAPED: usize = "\\\\u{e0041}".len();

fn word(word: &str) -> String {
    let inner = word.trim_matches(['(', ')', ',', ';', '.', ':', '"']);
    if !is_reference(inner) {
        return escaped(word);
    }
    let (before, after) = word.split_once(inner).unwrap_or_default();
    format!("{}{}{}", escaped(before), code(inner), escaped(after))
}

/// What GitHub or GitLab would make a link, a mention or an emoji of.
fn is_reference(word: &str) -> bool {
    word.contains(['@', '#'])
        || word.contains("://")
        || word.to_ascii_lowercase().contains("www.")
        || word.to_ascii_uppercase().contains("GH-")
        || word.matches(':').count() > 1
        || word.starts_with(['!', '$', '%', '&', '~', '^'])
}

/// A code span: nothing in it means anything, but a backtick and a column.
fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return escaped(text);
    }
    format!("`{}`", text.replace('`', "\\u{60}").replace('|', "\\u{7c}"))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '#' | '~' | '!' | '@' | '$') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_more_than_text() {
        assert_eq!(text("a|b <img src=x> [x](y) `c"), "a\\|b \\<img src=x\\> \\[x\\](y) \\`c");
        assert_eq!(text("x\ny"), "x\\\\u{a}y");
    }

    #[test]
    fn what_a_forge_would_link_is_quoted() {
        assert_eq!(text("ask @sec, see #12 (www.x.io)."), "ask `@sec`, see `#12` (`www.x.io`).");
        assert_eq!(text("https://x.io/a|b !3"), "`https://x.io/a\\u{7c}b` `!3`");
        assert_eq!(text("`BoolIfExists` of `a|b`"), "`BoolIfExists` of `a\\u{7c}b`");
        assert_eq!(text("a `@b"), "a `\\u{60}@b`");
        assert_eq!((text("- a"), text("1. a"), text("12 a")), ("\\- a".into(), "1\\. a".into(), "12 a".into()));
    }

    #[test]
    fn clipped_text_keeps_its_limit_whatever_is_in_it() {
        for text in ["a".repeat(9_000), "\u{e0041}".repeat(900), "@a ".repeat(900), "`|".repeat(900), "x@|".repeat(900)]
        {
            let shown = clipped(&text, 400);
            assert!(shown.len() <= 420 && shown.contains('…'), "{} {shown}", shown.len());
        }
    }
}
