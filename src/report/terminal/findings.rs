//! Findings for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::grid::{cell, draw, of_severity};
use super::names::{number, plural, some, subject};
use super::style::Style;
use super::waived;
use super::wrap::line;
use crate::finding::{BaselineResult, Finding, FindingSet, Status};
use crate::report::escape::escape;

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
    writeln!(out, "Findings  {}", counted(set))?;
    if let Some(only) = limited(set) {
        line(&only, "Only      ", "          ", style, out)?;
    }
    if let Some(left_out) = left_out(set) {
        line(&left_out, "Not shown ", "          ", style, out)?;
    }
    if let Some(told) = set.baseline.as_ref().and_then(BaselineResult::sentence) {
        line(&told, "Baseline  ", "          ", style, out)?;
    }
    waived::notices(set, style, out)
}

/// `3 open, 1 waived, 2 unknown`.
pub(in crate::report) fn counted(set: &FindingSet) -> String {
    let s = &set.summary;
    let mut parts = vec![format!("{} open", number(s.open))];
    parts.extend((s.waived > 0).then(|| format!("{} waived", number(s.waived))));
    let of = set.baseline.as_ref().map_or_else(String::new, |baseline| format!(" of {}", baseline.day()));
    parts.extend((s.baseline > 0).then(|| format!("{} in the baseline{of}", number(s.baseline))));
    parts.extend((s.unknown > 0).then(|| format!("{} unknown", number(s.unknown))));
    parts.join(", ")
}

/// That these are the findings of some accounts alone, if so.
pub(in crate::report) fn limited(set: &FindingSet) -> Option<String> {
    let count = plural(set.only_accounts.as_ref()?.len(), "account");
    Some(format!("{count} of --account and --ou; findings of others and of the organization are left out"))
}

/// That some findings are counted and not shown, if so.
pub(in crate::report) fn left_out(set: &FindingSet) -> Option<String> {
    let left_out = set.left_out?;
    Some(format!(
        "{} less severe than {} (--min-severity)",
        plural(left_out.findings, "finding"),
        left_out.min_severity.as_str()
    ))
}

/// What could not be judged, by rule: data is missing, so it is neither clean nor found.
pub(super) fn unknowns(findings: &[&Finding], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let groups = unknown_groups(findings.iter().copied());
    if !groups.is_empty() {
        writeln!(out, "\n{UNKNOWN}")?;
    }
    groups.iter().try_for_each(|group| line(group, "  ", "    ", style, out))
}

/// Stands above what could not be judged.
pub(in crate::report) const UNKNOWN: &str = "unknown: data that these rules need was not read; this is not clean";

/// Rules that could not be judged, and where: those that lack data in the same accounts together. Escaped.
pub(in crate::report) fn unknown_groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let mut by_rule = BTreeMap::<&str, BTreeSet<String>>::new();
    for f in findings {
        by_rule.entry(&f.rule).or_default().insert(escape(&f.account_label()).into_owned());
    }
    // most rules need the same data, and so lack it in the same accounts
    let mut by_accounts = BTreeMap::<BTreeSet<String>, Vec<&str>>::new();
    for (rule, accounts) in by_rule {
        by_accounts.entry(accounts).or_default().push(rule);
    }
    let mut groups: Vec<_> = by_accounts.into_iter().collect();
    groups.sort_by_key(|(accounts, rules)| (std::cmp::Reverse(accounts.len()), rules.first().copied()));
    let told = |(accounts, rules): (BTreeSet<String>, Vec<&str>)| {
        format!("{}: {}", rules.join(", "), some(&accounts.into_iter().collect::<Vec<_>>()))
    };
    groups.into_iter().map(told).collect()
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
