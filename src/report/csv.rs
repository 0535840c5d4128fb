//! CSV: one row per finding, edge or account, safe to open in a spreadsheet.
//!
//! Owns: what a cell may contain. INVARIANT: no cell starts with something that a spreadsheet would compute, and no character in
//! it moves a cursor, ends a line or hides other text: CSV has no escape for them, so they are made visible.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::Writer;

use super::escape::escape;
use super::terminal::names::Names;
use crate::answer::{CanAnswer, EdgeRef, PathAnswer, WhoCanAnswer};
use crate::arn::Arn;

/// Whether cells that look like formulas are written as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formulas {
    /// An apostrophe before `=`, `+`, `-` and `@`, including full-width ones and those after blanks.
    Defused,
    /// As they are, for programs that read the file.
    Raw,
}

/// Direct edges in the order given.
///
/// # Errors
/// If the output cannot be written.
pub fn edges<'a>(rows: impl Iterator<Item = EdgeRef<'a>>, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(["from", "to", "kind", "action", "verdict", "conditions"])?;
    for row in rows {
        let conditions = row.conditions.join(";");
        let cells = [row.from, row.to, row.kind, row.action, row.verdict.as_str(), &conditions];
        write_row(&mut csv, cells, formulas)?;
    }
    csv.flush()
}

/// An access list: a row for each principal and each role that it reaches; `via` says by what a principal comes to a role.
///
/// # Errors
/// If the output cannot be written.
pub fn who_can(
    answer: &WhoCanAnswer,
    via: &dyn Fn(&str, &str) -> String,
    names: &Names,
    formulas: Formulas,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = [
        "principal",
        "kind",
        "account",
        "account_name",
        "role",
        "role_account",
        "role_account_name",
        "verdict",
        "hops",
        "conditions",
        "via",
    ];
    let named = |id: &str| names.get(id).map_or("", String::as_str);
    let mut csv = Writer::from_writer(out);
    csv.write_record(header)?;
    for found in &answer.answers {
        for alike in answer.targets_of(found) {
            let hops = alike.hop_count.to_string();
            let conditions = alike.conditions.join(";");
            for role in alike.roles.iter() {
                let via = via(&found.principal, role);
                let there = Arn::parse(role).map_or("", |arn| arn.account);
                let (who, here) = (found.principal.as_str(), found.account.as_str());
                let (kind, verdict) = (found.kind.as_str(), alike.verdict.as_str());
                let row = [who, kind, here, named(here), role, there, named(there), verdict, &hops, &conditions, &via];
                write_row(&mut csv, row, formulas)?;
            }
        }
    }
    csv.flush()
}

/// What a principal reaches: a row for each role.
///
/// # Errors
/// If the output cannot be written.
pub fn can(answer: &CanAnswer, names: &Names, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record([
        "principal",
        "role",
        "role_account",
        "role_account_name",
        "verdict",
        "hops",
        "conditions",
        "administrator",
    ])?;
    for one in &answer.answers {
        let named = names.get(&one.account).map_or("", String::as_str);
        let (hops, conditions) = (one.hop_count.to_string(), one.conditions.join(";"));
        let is = match &one.administrator {
            None => "",
            Some(own) if own.in_one_step => "in-one-step",
            Some(_) => "yes",
        };
        let row = [&answer.principal, &one.role, &one.account, named, one.verdict.as_str(), &hops, &conditions, is];
        write_row(&mut csv, row, formulas)?;
    }
    csv.flush()
}

/// Paths: a row for each hop, with the number of its path and its own, from 1. A path that is not there is one row without a hop.
///
/// # Errors
/// If the output cannot be written.
pub fn paths(answers: &[PathAnswer], formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record([
        "path",
        "path_verdict",
        "hop",
        "from",
        "to",
        "kind",
        "action",
        "verdict",
        "conditions",
        "needs",
    ])?;
    for (at, answer) in answers.iter().enumerate() {
        let (path, overall) = ((at + 1).to_string(), answer.verdict.as_str());
        if answer.hops.is_empty() {
            let row = [&path, overall, "", &answer.from, &answer.to, "", "", overall, "", ""];
            write_row(&mut csv, row, formulas)?;
        }
        for (hop, step) in answer.hops.iter().enumerate() {
            let (number, verdict) = ((hop + 1).to_string(), step.verdict.as_str());
            let (conditions, needs) = (step.conditions.join(";"), step.needs.join("; "));
            let (from, to) = (step.from.as_str(), step.to.as_str());
            let row = [&path, overall, &number, from, to, &step.kind, &step.action, verdict, &conditions, &needs];
            write_row(&mut csv, row, formulas)?;
        }
    }
    csv.flush()
}

/// A table: a header, and rows with as many cells.
///
/// # Errors
/// If the output cannot be written.
pub fn rows<'a, const N: usize>(
    header: &[&str; N],
    rows: impl Iterator<Item = [&'a str; N]>,
    formulas: Formulas,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(header)?;
    for row in rows {
        write_row(&mut csv, row, formulas)?;
    }
    csv.flush()
}

fn write_row<const N: usize>(csv: &mut Writer<&mut dyn Write>, row: [&str; N], formulas: Formulas) -> io::Result<()> {
    let cells = row.map(|cell| defuse(cell, formulas));
    Ok(csv.write_record(cells.iter().map(|cell| cell.as_bytes()))?)
}

fn defuse(cell: &str, formulas: Formulas) -> Cow<'_, str> {
    let shown = escape(cell);
    let is_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if formulas == Formulas::Defused && shown.trim_start().starts_with(is_formula) {
        return Cow::Owned(format!("'{shown}"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Verdict;

    #[test]
    fn cells_that_a_spreadsheet_would_compute_are_defused() {
        assert_eq!(defuse("=HYPERLINK(1)", Formulas::Defused), "'=HYPERLINK(1)");
        assert_eq!(defuse("=1", Formulas::Raw), "=1");
        assert_eq!(defuse("arn:aws", Formulas::Defused), "arn:aws");
        assert_eq!(defuse(" \u{3000}＠SUM(1)", Formulas::Defused), "' \u{3000}＠SUM(1)");
    }

    #[test]
    fn cells_hold_nothing_that_a_terminal_would_obey() {
        for formulas in [Formulas::Defused, Formulas::Raw] {
            let cell = defuse("a\u{1b}]0;x\u{7}b\rc\u{9b}\u{202e}\n=1", formulas);
            assert_eq!(cell, "a\\u{1b}]0;x\\u{7}b\\u{d}c\\u{9b}\\u{202e}\\u{a}=1");
        }
        assert_eq!(defuse("\t=1", Formulas::Defused), "\\u{9}=1");
    }

    #[test]
    fn edges_are_one_a_line_under_their_header() {
        let row = EdgeRef {
            from: "*",
            to: "arn:aws:iam::111122223333:role/a,b",
            kind: "assume-role",
            action: "sts:AssumeRole",
            verdict: Verdict::Conditional,
            conditions: &["aws:SourceIp".into(), "sts:ExternalId".into()],
        };
        let mut out = Vec::new();
        edges(std::iter::once(row), Formulas::Defused, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "from,to,kind,action,verdict,conditions\n\
            *,\"arn:aws:iam::111122223333:role/a,b\",assume-role,sts:AssumeRole,conditional,aws:SourceIp;sts:ExternalId\n";
        assert_eq!(text, expected);
    }
}
