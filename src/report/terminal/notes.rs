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

/// That the configuration asks for kinds of edge which an answer does not follow.
#[must_use]
pub fn not_followed(kinds: &[String]) -> Option<String> {
    let all = kinds.join(", ");
    (!kinds.is_empty()).then(|| format!("not followed, though the configuration asks for it: {all} ([check] edges)"))
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
        line(&escape(&gap.sentence()), "  ", "    ", style, out)?;
    }
    Ok(())
}
