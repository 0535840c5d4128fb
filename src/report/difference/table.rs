//! The difference for people: ways to targets first, each with its cause.

use std::io::{self, Write};

use super::words;
use crate::difference::{Difference, FindingDifference, Gaps, PathChange, Section, TargetDifference, WayChange};
use crate::report::escape::escape;
use crate::report::terminal::names::{Names, number, plural};
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;

/// Writes it, at most so many lines of each section.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    difference: &Difference,
    most: usize,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&style.bold(&escape(&words::title(difference))), "", "", style, out)?;
    for plan in &difference.planned {
        line(&style.bold(&escape(&words::planned(plan))), "", "  ", style, out)?;
        for not in plan.not_understood.iter().take(most) {
            let text = format!("not understood: {}: {}", not.source.shown(), not.why);
            line(&escape(&text), if style.spoken { "" } else { "? " }, "    ", style, out)?;
        }
        left(plan.not_understood.len(), most, style, out)?;
        for note in &plan.notes {
            line(&escape(&format!("note: {note}")), "  ", "    ", style, out)?;
        }
    }
    for target in difference.paths.iter().flatten() {
        of_target(target, most, names, style, out)?;
    }
    if let Some(found) = &difference.findings {
        findings(found, most, style, out)?;
    }
    let is_plain = |section: &Section| section.changes.is_empty() && section.gaps.is_empty();
    for (name, section) in difference.sections().filter(|(_, section)| !is_plain(section)) {
        of_section(name, section, most, names, style, out)?;
    }
    let plain: Vec<&str> = difference.sections().filter(|(_, s)| is_plain(s)).map(|(name, _)| name).collect();
    if plain.is_empty() { Ok(()) } else { line(&format!("no change: {}", plain.join(", ")), "\n", "  ", style, out) }
}

fn of_target(
    target: &TargetDifference,
    most: usize,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&style.bold(&escape(&words::target(target))), "\n", "  ", style, out)?;
    for change in target.changes.iter().take(most) {
        way(change, names, style, out)?;
    }
    left(target.changes.len(), most, style, out)?;
    gaps(&target.gaps, style, out)
}

fn way(change: &PathChange, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (mark, color) = mark(change.change, style);
    let text = escape(&words::ways(change, names)).into_owned();
    let word = style.paint(change.change.as_str(), color);
    let ways = usize::try_from(change.ways).unwrap_or(usize::MAX);
    let ways = if ways > 1 { format!(" ({})", plural(ways, "way")) } else { String::new() };
    let text = format!("{word}: {text}{ways}");
    line(&text, mark, "    ", style, out)?;
    if let Some(states) = words::states(change) {
        line(&escape(&states), "    ", "      ", style, out)?;
    }
    for cause in &change.causes {
        line(&escape(&words::change(cause, names)), "    cause: ", "      ", style, out)?;
    }
    if let Some(example) = words::example(change, style.arrow(), names) {
        let label = if change.change == WayChange::Lost { "    was: " } else { "    path: " };
        line(&escape(&example), label, "      ", style, out)?;
    }
    Ok(())
}

/// A mark and a color; the word says the same.
fn mark(change: WayChange, style: &Style) -> (&'static str, &'static str) {
    match (change, style.spoken) {
        (WayChange::New, false) => ("+ ", "31"),
        (WayChange::Easier | WayChange::Changed, false) => ("~ ", "33"),
        (WayChange::Harder, false) => ("~ ", "32"),
        (WayChange::Lost, false) => ("- ", "32"),
        (_, true) => ("", ""),
    }
}

fn findings(found: &FindingDifference, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("findings: {}", words::findings(found));
    line(&style.bold(&title), "\n", "  ", style, out)?;
    let new = found.new.iter().map(|finding| ("+ new: ", words::finding(finding)));
    let changed = found.changed.iter().map(|change| ("~ changed: ", words::finding_change(change)));
    let resolved = found.resolved.iter().map(|finding| ("- resolved: ", words::finding(finding)));
    let open = found.not_comparable.iter().map(|finding| ("? not comparable: ", words::finding(finding)));
    let all: Vec<(&str, String)> = new.chain(changed).chain(resolved).chain(open).collect();
    for (label, text) in all.iter().take(most) {
        let label = if style.spoken { label.get(2..).unwrap_or(label) } else { label };
        line(&escape(text), label, "    ", style, out)?;
    }
    left(all.len(), most, style, out)
}

fn of_section(
    name: &str,
    section: &Section,
    most: usize,
    names: &Names,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let comparable = if section.gaps.is_empty() { "" } else { "NOT COMPARABLE in part, at least: " };
    let count = match section.changes.len() {
        0 => "no change".to_owned(),
        count => plural(count, "change"),
    };
    line(&style.bold(&format!("{name}: {comparable}{count}")), "\n", "  ", style, out)?;
    for change in section.changes.iter().take(most) {
        let label = if style.spoken { "" } else { "  " };
        line(&escape(&words::change(change, names)), label, "    ", style, out)?;
    }
    left(section.changes.len(), most, style, out)?;
    gaps(&section.gaps, style, out)
}

fn left(count: usize, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match count.saturating_sub(most) {
        0 => Ok(()),
        left => line(&format!("and {} more: --all shows them", number(left)), "  ", "    ", style, out),
    }
}

fn gaps(gaps: &Gaps, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (side, gaps) in [("old", &gaps.old), ("new", &gaps.new)] {
        for gap in gaps {
            let text = format!("the {side} snapshot lacks {}", gap.sentence());
            line(&escape(&text), if style.spoken { "" } else { "? " }, "    ", style, out)?;
        }
    }
    Ok(())
}
