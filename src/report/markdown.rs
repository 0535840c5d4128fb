//! Markdown for pull requests, issues and wikis.
//!
//! Owns: what a cell may contain. INVARIANT: no name makes a link, a tag or a column.

use std::io::{self, Write};

use super::escape::escape;

use super::terminal::names::{Names, plural};
use super::terminal::reach;
use crate::answer::ReachSummary;

/// Who reaches a target, at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn who_can(answer: &ReachSummary, most: usize, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&reach::sentence(answer)))?;
    if answer.principals() > 0 {
        answer.counts.iter().try_for_each(|count| writeln!(out, "- {}", text(&reach::count(count))))?;
        writeln!(out)?;
        let header = reach::HEADER.map(str::to_lowercase);
        row(header.iter().map(String::as_str), out)?;
        row(reach::HEADER.iter().map(|_| "---"), out)?;
        for group in answer.groups.iter().take(most) {
            let cells = reach::cells(group, names).map(|cell| text(&cell));
            row(std::iter::once(group.verdict.as_str()).chain(cells.iter().map(String::as_str)), out)?;
        }
        let left = answer.groups.len().saturating_sub(most);
        if left > 0 {
            writeln!(out, "\nand {} (`--all` shows them)", plural(left, "group"))?;
        }
        let closing = reach::closing(answer, names);
        if !closing.is_empty() {
            writeln!(out, "\nTrust policies that would close most:\n")?;
        }
        closing.iter().try_for_each(|closing| writeln!(out, "- {}", text(closing)))?;
    }
    if !answer.gaps.is_empty() {
        writeln!(out, "\nThis rests on data that was not read:\n")?;
    }
    for gap in &answer.gaps {
        let place = gap.scope.account().map_or_else(|| "organization".to_owned(), |id| id.to_string());
        writeln!(out, "- {}", text(&format!("{place}: {} ({})", gap.reason, gap.facet)))?;
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
