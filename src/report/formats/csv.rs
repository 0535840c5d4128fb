//! Findings as CSV, worst first, or controls in their order: one row each.
//!
//! Owns: columns of controls and their order; those of findings are `finding_cells`.

use std::io::{self, Write};

use crate::finding::{ControlResult, FrameworkReport};
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};
use crate::report::{csv, finding_cells};

pub(super) const FORMAT: Format =
    Format { name: "csv", about: "a row for each finding, for spreadsheets", file: Some("findings.csv"), write };

const CONTROL_COLUMNS: [&str; 15] = [
    "framework",
    "version",
    "control",
    "label",
    "level",
    "kind",
    "status",
    "judged",
    "failed",
    "unknown",
    "not_applicable",
    "open",
    "waived",
    "rules",
    "notes",
];

/// A row for each control.
fn controls(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cells = |framework: &FrameworkReport<'_>, control: &ControlResult<'_>| {
        let (subjects, findings) = (control.subjects, control.findings);
        let counts = [subjects.judged, subjects.failed, subjects.unknown, subjects.not_applicable];
        let counts = counts.into_iter().chain([findings.open, findings.waived]);
        let rules: Vec<&str> = control.rules.iter().map(|rule| rule.rule).collect();
        let notes: Vec<String> =
            control.rules.iter().filter_map(|rule| Some(format!("{}: {}", rule.rule, rule.note.as_ref()?))).collect();
        let mut cells = vec![
            framework.id.to_owned(),
            framework.version.to_owned(),
            control.id.to_owned(),
            control.label.to_owned(),
            control.level.map_or_else(String::new, |level| level.to_string()),
            control.kind.map_or("", Into::into).to_owned(),
            <&str>::from(control.status).to_owned(),
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.extend([rules.join(";"), notes.join("; ")]);
        cells
    };
    let of_framework = |framework| move |control| (framework, control);
    let all = report.frameworks.iter().flat_map(|framework| framework.controls.iter().map(of_framework(framework)));
    let rows: Vec<Vec<String>> = all.map(|(framework, control)| cells(framework, control)).collect();
    let texts = rows.iter().map(|row| std::array::from_fn(|at| row.get(at).map_or("", String::as_str)));
    csv::rows(&CONTROL_COLUMNS, texts, report.formulas, out)
}

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    if !report.frameworks.is_empty() {
        return controls(report, out);
    }
    let findings = &report.findings.findings;
    let texts: Vec<(String, String)> = findings.iter().map(finding_cells::texts).collect();
    let cells = findings.iter().zip(&texts).map(|(finding, texts)| finding_cells::of(finding, texts));
    csv::rows(&finding_cells::COLUMNS, cells, report.formulas, out)
}
