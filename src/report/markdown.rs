//! Markdown for pull requests, issues and wikis.
//!
//! Owns: what a cell may contain. INVARIANT: no name makes a link, a tag or a column.

use std::io::{self, Write};

use super::escape::escape;

use super::terminal::names::{Names, plural};
use super::terminal::{notes, reach};
use crate::answer::{CanAnswer, Grouping, ReachSummary, Verdict};
use crate::snapshot::ledger::Gap;

/// Who reaches a target, at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn who_can(answer: &ReachSummary, most: usize, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&reach::sentence(answer)))?;
    if answer.principals() > 0 {
        answer.counts.iter().try_for_each(|count| writeln!(out, "- {}", text(&reach::count(count))))?;
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
    if let Some(note) = answer.note {
        writeln!(out, "\nnote: {}", text(note))?;
    }
    gaps(&answer.gaps, out)
}

fn header(words: &[&str], out: &mut dyn Write) -> io::Result<()> {
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
        writeln!(out, "- {}", text(&notes::sentence(gap)))?;
    }
    Ok(())
}

fn row<'a>(cells: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    cells.into_iter().try_for_each(|cell| write!(out, "| {cell} "))?;
    writeln!(out, "|")
}

/// Text as it is, wherever it stands.
fn text(shown: &str) -> String {
    let mut safe = String::with_capacity(shown.len());
    for c in escape(shown).chars() {
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
        assert_eq!(text("a|b <img src=x> [x](y) `c`"), "a\\|b \\<img src=x\\> \\[x\\](y) \\`c\\`");
        assert_eq!(text("x\ny"), "x\\\\u{a}y");
    }
}
