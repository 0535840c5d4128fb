//! One hop with every statement of every layer: what matched, what did not, and why.

use std::io::{self, Write};

use super::names::{Names, short};
use super::notes::gaps;
use super::path::{describe, signed};
use super::style::Style;
use super::wrap::line;
use crate::answer::{ExplainAnswer, ExplainedStatement, StatementOutcome};
use crate::report::escape::escape;

/// Writes an explanation, one block per layer.
///
/// # Errors
/// If the output cannot be written.
pub fn layers(answer: &ExplainAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let from = short(&answer.from, names);
    let to = short(&answer.to, names);
    let from = escape(&from);
    let to = escape(&to);
    let action = escape(&answer.action);
    writeln!(out, "{}: {from} {action} {to}", style.verdict(answer.verdict))?;
    if let Some(way) = answer.credential.and_then(signed) {
        line(&format!("signs {way}"), "  ", "    ", style, out)?;
    }
    for need in &answer.needs {
        line(&escape(need), "  ", "    ", style, out)?;
    }
    for layer in &answer.layers {
        writeln!(out, "\n{} {}", style.bold(&format!("{:<9}", layer.layer.as_str())), layer.outcome.as_str())?;
        for statement in &layer.statements {
            line(&one(statement, style), "  ", "      ", style, out)?;
        }
    }
    gaps(&answer.gaps, style, out)
}

fn one(statement: &ExplainedStatement, style: &Style) -> String {
    let mark = match (statement.outcome, style.unicode) {
        (StatementOutcome::Matches, true) => "✓",
        (StatementOutcome::Matches, false) => "+",
        (StatementOutcome::Depends | StatementOutcome::Unknown, _) => "?",
        (StatementOutcome::DoesNotMatch, true) => "✗",
        (StatementOutcome::DoesNotMatch, false) => "-",
        (StatementOutcome::Note, _) => "!",
    };
    let text = describe(&statement.evidence);
    if statement.why.is_empty() {
        return format!("{mark} {text}");
    }
    format!("{mark} {text}; {}", escape(&statement.why))
}
