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
    let s = &set.summary;
    let mut parts = vec![format!("{} open", number(s.open))];
    parts.extend((s.waived > 0).then(|| format!("{} waived", number(s.waived))));
    let of = set.baseline.as_ref().map_or_else(String::new, |baseline| format!(" of {}", baseline.day()));
    parts.extend((s.baseline > 0).then(|| format!("{} in the baseline{of}", number(s.baseline))));
    parts.extend((s.unknown > 0).then(|| format!("{} unknown", number(s.unknown))));
    writeln!(out, "Findings  {}", parts.join(", "))?;
    if let Some(only) = &set.only_accounts {
        let about = format!("Only      {} of --account and --ou", plural(only.len(), "account"));
        line(
            &format!("{about}; findings of others and of the organization are left out"),
            "",
            "          ",
            style,
            out,
        )?;
    }
    if let Some(told) = set.baseline.as_ref().and_then(BaselineResult::sentence) {
        line(&told, "Baseline  ", "          ", style, out)?;
    }
    waived::notices(set, style, out)
}

/// What could not be judged, by rule: data is missing, so it is neither clean nor found.
pub(super) fn unknowns(findings: &[&Finding], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_rule = BTreeMap::<&str, BTreeSet<String>>::new();
    for f in findings {
        by_rule.entry(&f.rule).or_default().insert(escape(&f.account_label()).into_owned());
    }
    if by_rule.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nunknown: data that these rules need was not read; this is not clean")?;
    // most rules need the same data, and so lack it in the same accounts
    let mut by_accounts = BTreeMap::<BTreeSet<String>, Vec<&str>>::new();
    for (rule, accounts) in by_rule {
        by_accounts.entry(accounts).or_default().push(rule);
    }
    let mut groups: Vec<_> = by_accounts.into_iter().collect();
    groups.sort_by_key(|(accounts, rules)| (std::cmp::Reverse(accounts.len()), rules.first().copied()));
    for (accounts, rules) in groups {
        let accounts: Vec<String> = accounts.into_iter().collect();
        line(&format!("{}: {}", rules.join(", "), some(&accounts)), "  ", "    ", style, out)?;
    }
    Ok(())
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
