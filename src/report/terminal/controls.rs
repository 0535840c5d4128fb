//! Frameworks for people: every control, those without evidence too, so that a reader sees what was not looked at.

use std::io::{self, Write};

use comfy_table::{Cell, Color};

use super::grid::{cell, draw};
use super::names::{number, plural};
use super::style::Style;
use super::wrap::{command, line};
use crate::finding::{ControlCounts, ControlResult, ControlRule, ControlStatus, EvidenceStatus, FrameworkReport};

/// Blanks under the first word of a line.
const INDENT: &str = "          ";

/// Each framework: its totals, then its controls in order.
///
/// # Errors
/// If the output cannot be written.
pub fn tables(frameworks: &[FrameworkReport<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for framework in frameworks {
        line(&format!("{} {}", framework.title, framework.version), &label(framework.id), INDENT, style, out)?;
        line(&totals(&framework.summary), &label("Controls"), INDENT, style, out)?;
        line(framework.scope, &label("Listed"), INDENT, style, out)?;
        writeln!(out)?;
        draw(&HEADER, framework.controls.iter().map(row).collect(), style, out)?;
        writeln!(out)?;
    }
    let failed = frameworks.iter().flat_map(|framework| &framework.controls).flat_map(|control| &control.rules);
    let mut failed: Vec<&str> =
        failed.filter(|rule| rule.status == EvidenceStatus::Fail).map(|rule| rule.rule).collect();
    failed.sort_unstable();
    failed.dedup();
    if !failed.is_empty() {
        command(&format!("rolehop check --rule {}", failed.join(",")), &label("Findings"), style, out)?;
    }
    Ok(())
}

const HEADER: [&str; 5] = ["CONTROL", "STATUS", "JUDGED", "OPEN", "ABOUT"];

fn label(word: &str) -> String {
    format!("{word:<8}  ")
}

/// `2 pass, 3 fail, 1 unknown, 4 partial, 0 not applicable, 12 not covered, of 22`.
fn totals(counts: &ControlCounts) -> String {
    let ControlCounts { pass, fail, unknown, partial, not_applicable, not_covered } = *counts;
    let of = pass + fail + unknown + partial + not_applicable + not_covered;
    format!(
        "{} fail, {} unknown, {} partial, {} pass, {} not applicable, {} not covered, of {}",
        number(fail),
        number(unknown),
        number(partial),
        number(pass),
        number(not_applicable),
        number(not_covered),
        number(of)
    )
}

fn row(control: &ControlResult<'_>) -> Vec<Cell> {
    let status: &str = control.status.into();
    let covered = control.status != ControlStatus::NotCovered;
    let count = |count: usize| if covered { number(count) } else { String::new() };
    let told = control.rules.iter().filter_map(evidence);
    let about: Vec<String> = std::iter::once(control.label.to_owned()).chain(told).collect();
    vec![
        cell(control.id, None),
        cell(&status.replace('-', " "), color(control.status)),
        cell(&count(control.subjects.judged), None),
        cell(&count(control.findings.open), None),
        Cell::new(about.join("\n")),
    ]
}

fn color(status: ControlStatus) -> Option<Color> {
    match status {
        ControlStatus::Fail => Some(Color::Red),
        ControlStatus::Unknown => Some(Color::Magenta),
        ControlStatus::Partial => Some(Color::Yellow),
        ControlStatus::Pass => Some(Color::Green),
        ControlStatus::NotApplicable | ControlStatus::NotCovered => None,
    }
}

/// What is to be said of a rule besides that it passed.
fn evidence(rule: &ControlRule<'_>) -> Option<String> {
    let findings = rule.findings;
    let what = match rule.status {
        EvidenceStatus::Fail | EvidenceStatus::Unknown if rule.subjects.failed > 0 => {
            let waived =
                if findings.waived > 0 { format!(", {} waived", number(findings.waived)) } else { String::new() };
            Some(format!("{} of {} failed{waived}", number(rule.subjects.failed), number(rule.subjects.judged)))
        }
        EvidenceStatus::Fail | EvidenceStatus::Unknown => {
            Some(format!("{} unknown", plural(rule.subjects.unknown, "subject")))
        }
        EvidenceStatus::NotRun => Some("did not run".to_owned()),
        EvidenceStatus::Pass | EvidenceStatus::NotApplicable => None,
    };
    let said: Vec<String> = what.into_iter().chain(rule.note.clone()).collect();
    (!said.is_empty()).then(|| format!("{}: {}", rule.rule, said.join("; ")))
}
