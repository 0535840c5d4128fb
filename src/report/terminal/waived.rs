//! Findings that were accepted, after the open ones, and waivers that somebody has to look after.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::grid::{cell, draw, of_severity};
use super::names::{plural, subject};
use super::style::Style;
use super::wrap::line;
use crate::finding::{Acceptance, Finding, FindingSet, Status};
use crate::report::escape::escape;
use crate::severity::Severity;

/// Subjects that a line names at most.
const NAMED: usize = 3;

/// By severity, rule and waiver: who accepted what, until when and why. At most so many groups.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn groups(set: &FindingSet, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut groups = BTreeMap::<(Reverse<Severity>, &str, Option<&Acceptance>), Vec<&Finding>>::new();
    waived(set).for_each(|f| groups.entry((Reverse(f.severity), &f.rule, f.waiver.as_deref())).or_default().push(f));
    if groups.is_empty() {
        return Ok(());
    }
    head(set, style, out)?;
    for ((severity, rule, waiver), findings) in groups.iter().take(most) {
        writeln!(out, "{} {}", style.padded_severity(severity.0), style.bold(&escape(rule)))?;
        let named: Vec<String> = findings.iter().take(NAMED).map(|f| subject(f)).collect();
        let left = findings.len().saturating_sub(NAMED);
        let more = if left > 0 { format!(" and {}", plural(left, "other")) } else { String::new() };
        line(&format!("{}{more}", named.join(", ")), "  ", "    ", style, out)?;
        line(&terms(*waiver), "  ", "    ", style, out)?;
    }
    let left: usize = groups.values().skip(most).map(Vec::len).sum();
    if left > 0 {
        writeln!(out, "  and {}: --all shows them", plural(left, "finding"))?;
    }
    writeln!(out)
}

/// Each of them, in a table of their own.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn each(set: &FindingSet, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if set.summary.waived == 0 {
        return Ok(());
    }
    head(set, style, out)?;
    let rows = waived(set).map(|f| {
        let about =
            [escape(&f.rule).into_owned(), subject(f), escape(&f.message).into_owned(), terms(f.waiver.as_deref())];
        vec![cell(f.severity.as_str(), of_severity(f.severity)), comfy_table::Cell::new(about.join("\n"))]
    });
    draw(&["SEVERITY", "FINDING"], rows.collect(), style, out)?;
    writeln!(out)
}

/// Waivers that have expired, expire soon or fit nothing: a line each.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn notices(set: &FindingSet, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for notice in &set.waivers {
        line(&escape(&format!("{}: {}", notice.what(), notice.which())), "Waiver    ", "          ", style, out)?;
    }
    Ok(())
}

fn waived(set: &FindingSet) -> impl Iterator<Item = &Finding> {
    set.findings.iter().filter(|f| f.status == Status::Waived)
}

fn head(set: &FindingSet, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.bold(&format!("Waived: {}", plural(set.summary.waived, "finding"))))
}

fn terms(waiver: Option<&Acceptance>) -> String {
    waiver.map_or_else(String::new, |waiver| escape(&waiver.sentence()).into_owned())
}
