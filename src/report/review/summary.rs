//! A review on a terminal: who is on it, how much each reaches, and what is wrong with a sheet that was filled in.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{changes, words};
use crate::report::escape::escape;
use crate::report::terminal::grid::{cell, draw};
use crate::report::terminal::names::{Names, number, plural};
use crate::report::terminal::notes;
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;
use crate::review::{Checked, Frozen, Line, LooseEnd, Power, Remark, Sheet};

/// What the powers of some lines are, the most first: `3 admin, 9 write`.
fn powers<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let mut counts = BTreeMap::<Power, usize>::new();
    lines.for_each(|line| *counts.entry(line.power).or_default() += 1);
    let said = counts.iter().rev().map(|(power, count)| format!("{} {}", number(*count), power.as_str()));
    said.collect::<Vec<_>>().join(", ")
}

/// Writes the counts, a row for each of the first `most` people, and the loose ends.
///
/// # Errors
/// If the output cannot be written.
pub fn table(sheet: &Sheet, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Frozen { targets, people, lines, roles, machines, missing, not_followed, .. } = &sheet.frozen;
    let people_said = if *people == 1 { "1 person".to_owned() } else { format!("{} people", number(*people)) };
    let title = format!(
        "Access review of {}: {people_said}, {} to decide, {}",
        targets.join(", "),
        plural(*lines, "line"),
        plural(*roles, "role")
    );
    line(&style.bold(&escape(&title)), "", "  ", style, out)?;
    if !missing.is_empty() {
        line("NOT WHOLE: what could add lines was not read:", "", "  ", style, out)?;
        missing.iter().try_for_each(|gap| line(&escape(gap), mark("? ", style), "    ", style, out))?;
    }
    let mut by_person = BTreeMap::<(String, &str), Vec<&Line>>::new();
    for one in &sheet.lines {
        by_person.entry((one.person.to_lowercase(), &one.id)).or_default().push(one);
    }
    let row = |lines: &Vec<&Line>| {
        let first = lines.first()?;
        let name =
            if first.email.is_empty() { first.person.clone() } else { format!("{} <{}>", first.person, first.email) };
        Some(vec![cell(&name, None), cell(&number(lines.len()), None), cell(&powers(lines.iter().copied()), None)])
    };
    let rows: Vec<_> = by_person.values().filter_map(row).take(most).collect();
    if !rows.is_empty() {
        writeln!(out)?;
        draw(&["PERSON", "LINES", "POWER"], rows, style, out)?;
    }
    let left = by_person.len().saturating_sub(most);
    if left > 0 {
        line(&format!("and {} more: --all shows them", number(left)), "  ", "  ", style, out)?;
    }
    loose_ends(&sheet.loose_ends, most, style, out)?;
    if *machines > 0 {
        let also = if *machines == 1 { "1 other, no person, reaches" } else { "others, no people, reach" };
        let count = if *machines == 1 { String::new() } else { format!("{} ", number(*machines)) };
        line(&format!("{count}{also} them too: `rolehop who-can` lists them"), "\n", "  ", style, out)?;
    }
    if let Some(left_out) = notes::not_followed(not_followed) {
        line(&escape(&left_out), "\n", "  ", style, out)?;
    }
    Ok(())
}

fn loose_ends(ends: &[LooseEnd], most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    line(&style.bold(&format!("loose ends: {}", number(ends.len()))), "\n", "  ", style, out)?;
    for end in ends.iter().take(most) {
        let text = format!("{}: {}: {}", end.kind.as_str(), end.subject, end.note);
        line(&escape(&text), "  ", "    ", style, out)?;
    }
    match ends.len().saturating_sub(most) {
        0 => Ok(()),
        left => line(&format!("and {} more: --all shows them", number(left)), "  ", "    ", style, out),
    }
}

/// Writes what is wrong with a sheet, the first `most` of each kind, and what changed since.
///
/// # Errors
/// If the output cannot be written.
pub fn checked(found: &Checked, most: usize, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut kinds = BTreeMap::<&str, Vec<&Remark>>::new();
    for remark in &found.remarks {
        kinds.entry(remark.as_ref()).or_default().push(remark);
    }
    let to_go = if found.revoked == 0 { String::new() } else { format!("; {} to be revoked", number(found.revoked)) };
    line(&format!("{} decided, signed and dated{to_go}", plural(found.decided, "line")), "", "  ", style, out)?;
    for remarks in kinds.values() {
        for remark in remarks.iter().take(most) {
            line(&escape(&words::said(remark, names)), mark("! ", style), "    ", style, out)?;
        }
        let left = remarks.len().saturating_sub(most);
        if left > 0 {
            line(&format!("and {} more like this: --all shows them", number(left)), "  ", "    ", style, out)?;
        }
    }
    let has_population = !found.remarks.contains(&Remark::NoPopulation);
    if !found.seals_population && has_population {
        line(words::LINES_ALONE, mark("? ", style), "    ", style, out)?;
    }
    if found.seals_population && !found.seals_names {
        line(words::WITHOUT_NAMES, mark("? ", style), "    ", style, out)?;
    }
    if let Some(why) = found.not_compared {
        line(words::not_compared(why), mark("? ", style), "    ", style, out)?;
    }
    let Some(since) = &found.since else { return Ok(()) };
    line(&style.bold("since the sheet was made:"), "\n", "  ", style, out)?;
    changes::table(since, most, names, style, out)
}

/// What begins a line for those who see it.
fn mark(mark: &'static str, style: &Style) -> &'static str {
    if style.spoken { "" } else { mark }
}
