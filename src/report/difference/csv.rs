//! The difference as CSV: a row for each change, one for what stayed the same of each target, and one for each gap.

use std::io::{self, Write};

use super::words;
use crate::difference::{Change, Clause, Difference, Gaps, PathChange, WayState};
use crate::finding::Finding;
use crate::report::csv::{Formulas, rows};
use crate::report::terminal::names::Names;
use crate::snapshot::ledger::Gap;

const HEADER: [&str; 11] =
    ["section", "target", "change", "who", "principals", "reaches", "roles", "ways", "old", "new", "cause"];

/// Names in a cell before they are counted.
const NAMED: usize = 50;

type Row = [String; 11];

/// Writes it.
///
/// # Errors
/// If the output cannot be written.
pub fn write(difference: &Difference, names: &Names, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut all = Vec::<Row>::new();
    for target in difference.paths.iter().flatten() {
        all.extend(target.changes.iter().map(|change| way(&target.target, change, names)));
        let mut unchanged = empty("paths", "unchanged");
        (unchanged[1], unchanged[7]) = (target.target.clone(), target.ways.unchanged.to_string());
        all.push(unchanged);
        all.extend(gaps("paths", &target.target, &target.gaps));
    }
    if let Some(found) = &difference.findings {
        all.extend(found.new.iter().map(|one| finding("new", None, one)));
        all.extend(found.changed.iter().map(|one| finding("changed", Some(one.old_status.as_str()), &one.finding)));
        all.extend(found.resolved.iter().map(|one| finding("resolved", None, one)));
        all.extend(found.not_comparable.iter().map(|one| finding("not-comparable", None, one)));
    }
    for (name, section) in difference.sections() {
        all.extend(section.changes.iter().map(|one| change(name, one, names)));
        all.extend(gaps(name, "", &section.gaps));
    }
    let borrowed = all.iter().map(|row| row.each_ref().map(String::as_str));
    rows(&HEADER, borrowed, formulas, out)
}

fn empty(section: &str, change: &str) -> Row {
    let mut row: Row = Default::default();
    (row[0], row[2]) = (section.to_owned(), change.to_owned());
    row
}

fn way(target: &str, change: &PathChange, names: &Names) -> Row {
    let state = |state: Option<&Option<WayState>>| state.and_then(Option::as_ref).map(words::state).unwrap_or_default();
    let first = change.groups.first();
    let causes: Vec<String> = change.causes.iter().map(|cause| words::change(cause, names)).collect();
    [
        "paths".to_owned(),
        target.to_owned(),
        change.change.as_str().to_owned(),
        cell(change.groups.iter().flat_map(|group| &group.principals), change.principals),
        change.principals.to_string(),
        cell(change.groups.iter().flat_map(|group| &group.roles), change.roles),
        change.roles.to_string(),
        change.ways.to_string(),
        state(first.map(|group| &group.old)),
        state(first.map(|group| &group.new)),
        causes.join("; "),
    ]
}

fn finding(change: &str, old: Option<&str>, finding: &Finding) -> Row {
    let mut row = empty("findings", change);
    row[3] = finding.subject.clone();
    row[8] = old.unwrap_or_default().to_owned();
    row[9] = if change == "resolved" { String::new() } else { finding.status.as_str().to_owned() };
    row[10] = format!("{} {}: {}", finding.severity.as_str(), finding.rule, finding.message);
    row
}

fn change(section: &str, change: &Change, names: &Names) -> Row {
    let text = |clause: &Option<Clause>| clause.as_ref().map_or_else(String::new, |clause| clause.text.clone());
    let mut row = empty(section, change.what.kind.as_str());
    row[3] = cell(change.subjects.iter(), change.subjects.len());
    row[4] = change.subjects.len().to_string();
    (row[8], row[9]) = (text(&change.what.old), text(&change.what.new));
    row[10] = words::change(change, names);
    row
}

fn gaps(section: &str, target: &str, gaps: &Gaps) -> Vec<Row> {
    let row = |side: &str, gap: &Gap| {
        let mut row = empty(section, "not-comparable");
        row[1] = target.to_owned();
        row[10] = format!("the {side} snapshot lacks {}", gap.sentence());
        row
    };
    let old = gaps.old.iter().map(|gap| row("old", gap));
    old.chain(gaps.new.iter().map(|gap| row("new", gap))).collect()
}

/// Names, each once, and how many more there are.
fn cell<'a>(of: impl Iterator<Item = &'a String>, count: usize) -> String {
    let mut first: Vec<&str> = Vec::new();
    for name in of {
        if first.len() < NAMED && !first.contains(&name.as_str()) {
            first.push(name);
        }
    }
    let more = count.saturating_sub(first.len());
    let named = first.join(";");
    if more == 0 { named } else { format!("{named};and {more} more") }
}
