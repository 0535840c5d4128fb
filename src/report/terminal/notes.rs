//! Notes below an answer: what a name stands for, and what was not read.

use std::io::{self, Write};

use super::style::Style;
use super::wrap::{line, wrap};
use crate::report::escape::escape;
use crate::snapshot::ledger::Gap;

/// What the given name stands for.
pub(super) fn note(note: Option<&str>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(note) = note else { return Ok(()) };
    for line in wrap(&format!("note: {note}"), style.width, 2) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What is missing, where and why; not escaped.
pub(in crate::report) fn sentence(gap: &Gap) -> String {
    let place = gap.scope.account().map_or_else(|| "organization".to_owned(), |id| id.to_string());
    format!("{place}: {} ({})", gap.reason, gap.facet)
}

/// Missing data that matters for an answer.
///
/// # Errors
/// If the output cannot be written.
pub fn gaps(gaps: &[Gap], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThis rests on data that was not read:")?;
    for gap in gaps {
        line(&escape(&sentence(gap)), "  ", "    ", style, out)?;
    }
    Ok(())
}
