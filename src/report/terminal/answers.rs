//! The answer of `can` for people.

use std::io::{self, Write};

use super::grid::{cell, draw, of_verdict};
use super::names::{Names, plural, short};
use super::notes::{gaps, note};
use super::reach::needs;
use super::style::Style;
use crate::answer::CanAnswer;
use crate::report::escape::escape;

/// Shows what a principal can reach.
///
/// # Errors
/// If the output cannot be written.
pub fn can(answer: &CanAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let who = short(&answer.principal, names);
    let who = escape(&who);
    let at_least = if answer.proven { "" } else { "at least " };
    if answer.answers.is_empty() {
        let proven = if answer.proven { "" } else { " found, NOT proven" };
        writeln!(out, "{who} reaches no role{proven}")?;
    } else {
        writeln!(out, "{who} reaches {at_least}{}\n", plural(answer.answers.len(), "role"))?;
        let rows = answer.answers.iter().map(|a| {
            vec![
                cell(a.verdict.as_str(), of_verdict(a.verdict)),
                cell(&short(&a.role, names), None),
                cell(&a.hop_count.to_string(), None),
                cell(&needs(a.verdict, &a.conditions), None),
            ]
        });
        draw(&["VERDICT", "ROLE", "HOPS", "NEEDS"], rows.collect(), style, out)?;
    }
    note(answer.note, style, out)?;
    gaps(&answer.gaps, style, out)
}
