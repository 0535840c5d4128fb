//! Findings and the ledger for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::grid::{cell, draw, of_severity};
use super::names::{Names, number, subject};
use super::style::Style;
use super::waived;
use super::wrap::line;
use crate::finding::{Finding, FindingSet, Status};
use crate::report::escape::escape;
use crate::snapshot::ledger::LedgerView;

/// Findings as a table, worst first, and their totals.
///
/// # Errors
/// If the output cannot be written.
pub fn table(set: &FindingSet, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    // accepted ones stand on their own, so that they do not widen the columns of the others
    let known: Vec<&Finding> =
        set.findings.iter().filter(|f| matches!(f.status, Status::Open | Status::Baseline)).collect();
    let unknown: Vec<&Finding> = set.findings.iter().filter(|f| f.status == Status::Unknown).collect();
    if !known.is_empty() {
        let rows = known.iter().map(|f| {
            let severity = if f.status == Status::Open {
                f.severity.as_str().to_owned()
            } else {
                format!("{} ({})", f.severity.as_str(), f.status.as_str())
            };
            let about = format!("{}\n{}\n{}", f.rule, subject(f), escape(&f.message));
            vec![cell(&severity, of_severity(f.severity)), comfy_table::Cell::new(about)]
        });
        draw(&["SEVERITY", "FINDING"], rows.collect(), style, out)?;
        writeln!(out)?;
    }
    waived::each(set, style, out)?;
    totals(set, style, out)?;
    unknowns(&unknown, style, out)
}

/// How many there are of each status, and which waivers somebody has to look after.
pub(super) fn totals(set: &FindingSet, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let s = &set.summary;
    let mut parts = vec![format!("{} open", number(s.open))];
    parts.extend((s.waived > 0).then(|| format!("{} waived", number(s.waived))));
    parts.extend((s.baseline > 0).then(|| format!("{} in the baseline", number(s.baseline))));
    parts.extend((s.unknown > 0).then(|| format!("{} unknown", number(s.unknown))));
    writeln!(out, "Findings  {}", parts.join(", "))?;
    waived::notices(set, style, out)
}

/// What could not be judged, by rule: data is missing, so it is neither clean nor found.
pub(super) fn unknowns(findings: &[&Finding], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_rule = BTreeMap::<&str, Vec<String>>::new();
    for f in findings {
        by_rule.entry(&f.rule).or_default().push(escape(&f.account_label()).into_owned());
    }
    if by_rule.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nunknown: data that these rules need was not read; this is not clean")?;
    for (rule, mut accounts) in by_rule {
        accounts.dedup();
        line(&format!("{rule}: {}", some(&accounts)), "  ", "    ", style, out)?;
    }
    Ok(())
}

/// At most eight of them, and how many more there are.
fn some(items: &[String]) -> String {
    let shown = items.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > 8 { format!("{shown} and {} more", items.len() - 8) } else { shown }
}

/// Rows of text under a header.
///
/// # Errors
/// If the output cannot be written.
pub fn plain_table(
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let cells = rows.map(|row| row.iter().map(|text| cell(text, None)).collect());
    draw(header, cells.collect(), style, out)
}

/// How every listed account ended.
///
/// # Errors
/// If the output cannot be written.
pub fn ledger(view: &LedgerView, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let incomplete = view.incomplete.len();
    let skipped = view.skipped.len();
    writeln!(
        out,
        "Accounts  {} listed = {} complete + {incomplete} incomplete + {skipped} skipped",
        view.listed, view.complete
    )?;
    let shown = |id: &str| match names.get(id).filter(|n| !n.is_empty()) {
        Some(name) => format!("{} ({id})", escape(name)),
        None => id.to_owned(),
    };
    let mut groups = BTreeMap::<(bool, String), Vec<String>>::new();
    for entry in &view.incomplete {
        let facets = entry.facets.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ");
        let reason = escape(&entry.reason).into_owned();
        groups.entry((false, format!("{facets}: {reason}"))).or_default().push(shown(&entry.account.to_string()));
    }
    for entry in &view.skipped {
        groups.entry((true, escape(&entry.reason).into_owned())).or_default().push(shown(&entry.account.to_string()));
    }
    if incomplete > 0 {
        writeln!(out, "\nincomplete ({incomplete}): results about these accounts are unknown, not clean")?;
    }
    if !view.organization.is_empty() {
        writeln!(out, "\nmissing data of the organization: results that need it are unknown, not clean")?;
    }
    for gap in &view.organization {
        line(&format!("{}: {}", gap.facet, escape(&gap.reason)), "  ", "     ", style, out)?;
    }
    let mut said_skipped = false;
    for ((is_skipped, reason), accounts) in groups {
        if is_skipped && !said_skipped {
            writeln!(out, "\nskipped ({skipped}):")?;
            said_skipped = true;
        }
        line(&format!("{}  {reason}: {}", accounts.len(), some(&accounts)), "  ", "     ", style, out)?;
    }
    Ok(())
}
