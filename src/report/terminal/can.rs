//! What a principal can reach: the roles, in groups where they are many.

use std::io::{self, Write};

use super::grid::{cell, draw, of_verdict};
use super::names::{Names, plural, short};
use super::notes::{gaps, note};
use super::reach;
use super::style::Style;
use super::wrap::line;
use crate::answer::{CanAnswer, Grouping};
use crate::report::escape::escape;

/// The first screen: at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn summary(
    answer: &CanAnswer,
    most: usize,
    grouping: Grouping,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&style.bold(&escape(&reach::sentence_of_can(answer, names))), "", "", style, out)?;
    if !answer.answers.is_empty() {
        writeln!(out)?;
        let groups = answer.groups(grouping);
        let rows = groups.iter().take(most).map(|row| {
            let [roles, hops, needs] = reach::cells_of_can(row, names);
            let verdict = cell(row.verdict.as_str(), of_verdict(row.verdict));
            vec![verdict, cell(&roles, None), cell(&hops, None), cell(&needs, None)]
        });
        draw(&reach::HEADER_OF_CAN, rows.collect(), style, out)?;
        let left = groups.len().saturating_sub(most);
        if left > 0 {
            line(&format!("and {}: --all shows them", plural(left, "group")), "\n", "", style, out)?;
        }
    }
    let mut start = "\n";
    for told in reach::administrators(answer, names) {
        line(&escape(&told), start, "  ", style, out)?;
        start = "";
    }
    if let Some(mfa) = &answer.mfa_of_people {
        line(&escape(&reach::mfa(mfa)), "\n", "  ", style, out)?;
    }
    note(answer.note, style, out)?;
    gaps(&answer.gaps, style, out)
}

/// A line for each role.
///
/// # Errors
/// If the output cannot be written.
pub fn roles(answer: &CanAnswer, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for one in &answer.answers {
        let role = escape(&short(&one.role, names)).into_owned();
        let hops = plural(one.hop_count, "hop");
        let needs = reach::with_needs(one.verdict, &one.needs.phrases(), &one.conditions);
        let is = one.administrator.as_ref().map(|own| format!("  {}", reach::administrator(own))).unwrap_or_default();
        writeln!(out, "{} {role}  {hops}{}{}", style.padded_verdict(one.verdict), escape(&needs), escape(&is))?;
    }
    gaps(&answer.gaps, style, out)
}
