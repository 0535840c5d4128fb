//! Who reaches a target: counts, groups and what would close most; or a line for each principal and role.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::Cell;

use super::grid::{cell, draw, of_verdict};
use super::names::{Names, plural, short};
use super::notes::gaps;
use super::reach;
use super::style::Style;
use super::wrap::line;
use crate::answer::{ReachRow, ReachSummary, WhoCanAnswer};
use crate::report::escape::escape;

/// Columns from which on groups are a table.
const TABLE: u16 = 100;

/// The first screen: at most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub fn summary(
    answer: &ReachSummary,
    most: usize,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&style.bold(&escape(&reach::sentence(answer))), "", "", style, out)?;
    if answer.principals() > 0 {
        writeln!(out)?;
        let arrow = if style.unicode { "·" } else { "-" };
        for count in &answer.counts {
            line(&reach::count(count), &format!("  {arrow} "), "    ", style, out)?;
        }
        if let Some(mfa) = &answer.mfa_of_people {
            line(&escape(&reach::mfa(mfa)), &format!("  {arrow} "), "    ", style, out)?;
        }
        writeln!(out)?;
        let groups = answer.groups.iter().take(most);
        match style.width {
            Some(width) if width < TABLE => groups.into_iter().try_for_each(|row| stacked(row, names, style, out))?,
            None if style.spoken => groups.into_iter().try_for_each(|row| stacked(row, names, style, out))?,
            _ => table(groups, names, style, out)?,
        }
        let left = answer.groups.len().saturating_sub(most);
        if left > 0 {
            let text = format!("and {}: --all shows them", plural(left, "group"));
            line(&text, "\n", "", style, out)?;
        }
        closing(answer, names, style, out)?;
    }
    gaps(&answer.gaps, style, out)
}

fn table<'a>(
    groups: impl Iterator<Item = &'a ReachRow>,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = groups.map(|row| {
        let verdict = cell(row.verdict.as_str(), of_verdict(row.verdict));
        std::iter::once(verdict).chain(reach::cells(row, names).iter().map(|text| cell(text, None))).collect()
    });
    draw(&reach::HEADER, rows.collect::<Vec<Vec<Cell>>>(), style, out)
}

/// A group in lines, for terminals in which columns would break names.
fn stacked(row: &ReachRow, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let [who, roles, hops, needs] = reach::cells(row, names);
    let hops = if hops == "1" { "1 hop".to_owned() } else { format!("{hops} hops") };
    line(&escape(&who), &format!("{} ", style.padded_verdict(row.verdict)), "    ", style, out)?;
    line(&escape(&format!("reaches {roles}; {hops}; needs {needs}")), "    ", "      ", style, out)
}

fn closing(answer: &ReachSummary, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let found = reach::closing(answer, names);
    if !found.is_empty() {
        writeln!(out, "\nTrust policies that would close most:")?;
    }
    found.iter().try_for_each(|text| line(&escape(text), "  ", "    ", style, out))
}

/// A line for each principal and role; `needs` are the words of pairs whose conditions do not tell.
///
/// # Errors
/// If the output cannot be written.
pub fn pairs(
    answer: &WhoCanAnswer,
    needs: &BTreeMap<String, BTreeMap<String, Vec<String>>>,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let arrow = if style.spoken { "reaches" } else { style.arrow() };
    for found in &answer.answers {
        let principal = escape(&short(&found.principal, names)).into_owned();
        let own = needs.get(&found.principal);
        for alike in answer.targets_of(found) {
            let verdict = style.padded_verdict(alike.verdict);
            let hops = plural(alike.hop_count, "hop");
            for role in alike.roles.iter() {
                let words = own.and_then(|own| own.get(role)).map_or(&[][..], Vec::as_slice);
                let needs = reach::with_needs(alike.verdict, words, &alike.conditions);
                let role = escape(&short(role, names)).into_owned();
                writeln!(out, "{verdict} {principal} {arrow} {role}  {hops}{}", escape(&needs))?;
            }
        }
    }
    gaps(&answer.gaps, style, out)
}

/// Writes how many come in by escalation alone, and by which kinds of it, and how many administrators are above the target beside them;
/// nothing if nobody does.
///
/// # Errors
/// If the output cannot be written.
pub fn escalations(
    counts: &BTreeMap<String, usize>,
    administrators: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: usize = counts.values().sum();
    if all > 0 {
        let kinds: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let (are, come) = if all == 1 { ("principal", "comes") } else { ("principals", "come") };
        let text = format!("{all} {are} {come} in by escalation alone: {}", kinds.join(", "));
        line(&escape(&text), "\n", "  ", style, out)?;
    }
    if administrators > 0 {
        let (are, they) = if administrators == 1 { ("administrator", "it") } else { ("administrators", "they") };
        let text = format!(
            "beside these, {administrators} {are} of the target's accounts: whatever {they} may not assume, {they} can give {they_self}",
            they_self = if administrators == 1 { "itself" } else { "themselves" }
        );
        line(&escape(&text), "\n", "  ", style, out)?;
    }
    Ok(())
}
