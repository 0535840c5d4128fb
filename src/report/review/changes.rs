//! What changed between two sheets.

use std::io::{self, Write};

use super::words::{not_compared, said, shown};
use crate::report::csv::{Formulas, rows};
use crate::report::escape::escape;
use crate::report::terminal::names::{Names, number, plural};
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;
use crate::review::{ChangeKind, Changes, Checked, Line, OfSheet, Remark};

/// Every kind of change with its mark and its word for people.
const KINDS: [(ChangeKind, &str, &str); 6] = [
    (ChangeKind::NotRevoked, "! ", "revoked, and still there"),
    (ChangeKind::Came, "+ ", "came"),
    (ChangeKind::Changed, "~ ", "changed"),
    (ChangeKind::Unread, "? ", "not known whether it went"),
    (ChangeKind::Went, "- ", "went"),
    (ChangeKind::Revoked, "- ", "went as decided"),
];

/// Writes it for people, the first `most` of each kind.
///
/// # Errors
/// If the output cannot be written.
pub fn table(changes: &Changes, most: usize, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> = KINDS
        .iter()
        .map(|(kind, _, word)| (changes.count(*kind), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", number(count)))
        .collect();
    let said = if counts.is_empty() { "no change".to_owned() } else { counts.join(", ") };
    line(&style.bold(&format!("{said}; {} as before", plural(changes.unchanged, "line"))), "", "  ", style, out)?;
    for (kind, mark, word) in KINDS {
        let of_kind = || changes.changes.iter().filter(|change| change.change == kind);
        for change in of_kind().take(most) {
            let what = if change.what.is_empty() { String::new() } else { format!(" ({})", change.what.join("; ")) };
            let text = format!("{word}: {}, {}{what}", shown(&change.line, names), change.line.power.as_str());
            line(&escape(&text), if style.spoken { "" } else { mark }, "    ", style, out)?;
        }
        let left = of_kind().count().saturating_sub(most);
        if left > 0 {
            line(&format!("and {} more: --all shows them", number(left)), "  ", "    ", style, out)?;
        }
    }
    let question = if style.spoken { "" } else { "? " };
    for of in &changes.altered {
        line(&escape(&of_altered(of, names)), question, "    ", style, out)?;
    }
    for target in &changes.not_compared {
        line(&escape(&format!("not compared: only one of the two is about `{target}`")), question, "    ", style, out)?;
    }
    for missing in &changes.missing {
        line(&escape(&format!("not read, {missing}")), question, "    ", style, out)?;
    }
    Ok(())
}

const HEADER: [&str; 10] =
    ["change", "person", "email", "target", "account_name", "role", "power", "verdict", "what", "id"];

type Row = [String; 10];

/// Writes a row for each change.
///
/// # Errors
/// If the output cannot be written.
pub fn csv(changes: &Changes, names: &Names, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    write(&of_changes(changes, names), formulas, out)
}

/// What is wrong with one of two sheets.
fn of_altered(of: &OfSheet, names: &Names) -> String {
    format!("{} sheet: {}", of.side, said(&of.remark, names))
}

/// Writes a row for each remark and each change.
///
/// # Errors
/// If the output cannot be written.
pub fn checked_csv(checked: &Checked, names: &Names, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let remark = |remark: &Remark| match remark.line() {
        Some(line) => of_line(remark.as_ref(), line, String::new()),
        None => of_sheet(remark.as_ref(), 8, said(remark, names)),
    };
    let remarks = checked.remarks.iter().map(remark);
    let open = checked.not_compared.map(|why| of_sheet("not-compared", 8, not_compared(why).to_owned()));
    let all: Vec<Row> =
        remarks.chain(checked.since.iter().flat_map(|since| of_changes(since, names))).chain(open).collect();
    write(&all, formulas, out)
}

fn of_changes(changes: &Changes, names: &Names) -> Vec<Row> {
    let lines = changes.changes.iter();
    let lines = lines.map(|change| of_line(change.change.as_str(), &change.line, change.what.join("; ")));
    let open = changes.not_compared.iter().map(|target| of_sheet("not-compared", 3, target.clone()));
    let missing = changes.missing.iter().map(|missing| of_sheet("not-read", 8, missing.clone()));
    let altered = changes.altered.iter().map(|of| of_sheet(of.remark.as_ref(), 8, of_altered(of, names)));
    lines.chain(open).chain(missing).chain(altered).collect()
}

fn of_line(change: &str, line: &Line, what: String) -> Row {
    [
        change.to_owned(),
        line.person.clone(),
        line.email.clone(),
        line.target.clone(),
        line.account_name.clone(),
        line.role.clone(),
        line.power.as_str().to_owned(),
        line.verdict.as_str().to_owned(),
        what,
        line.id.clone(),
    ]
}

/// A row about the whole sheet, with a text in one more column.
fn of_sheet(change: &str, column: usize, text: String) -> Row {
    let mut row: Row = Default::default();
    change.clone_into(&mut row[0]);
    if let Some(cell) = row.get_mut(column) {
        *cell = text;
    }
    row
}

fn write(all: &[Row], formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    rows(&HEADER, all.iter().map(|row| row.each_ref().map(String::as_str)), formulas, out)
}
