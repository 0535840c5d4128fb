//! `rolehop rules frameworks`: frameworks, and the controls of one with the rules that are evidence for them.

use std::io::{self, Write};

use super::arguments::TableFormat;
use crate::finding::{Basis, Covers, Framework};
use crate::report::csv;
use crate::report::terminal::findings;
use crate::report::terminal::style::Style;
use crate::report::terminal::wrap::line;
use crate::rules;

/// All frameworks, with how many of their controls a rule is evidence for.
pub(super) fn frameworks(format: &TableFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let covered = |f: &Framework| f.controls.iter().filter(|c| c.links().next().is_some()).count();
    let row = |f: &Framework| (f.controls.len().to_string(), covered(f).to_string());
    let rows: Vec<(&Framework, (String, String))> = rules::frameworks().iter().map(|f| (f, row(f))).collect();
    if let Some(formulas) = format.csv() {
        let cells = rows.iter().map(|(f, (of, covered))| [&*f.id, &*f.title, &*f.version, of, covered]);
        return csv::rows(&["framework", "title", "version", "controls", "covered"], cells, formulas, out);
    }
    let rows = rows
        .into_iter()
        .map(|(f, (of, covered))| vec![f.id.clone(), of, covered, format!("{} {}", f.title, f.version)]);
    findings::plain_table(&["FRAMEWORK", "CONTROLS", "COVERED", "TITLE"], rows, style, out)
}

/// Every control of a framework with the rules that are evidence for it.
pub(super) fn controls(
    framework: &Framework,
    format: &TableFormat,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(formulas) = format.csv() {
        return links(framework, formulas, out);
    }
    writeln!(out, "{}  {} {}", style.bold(&framework.id), framework.title, framework.version)?;
    line(&framework.scope, "Listed    ", "          ", style, out)?;
    line(&framework.source, "Sources   ", "          ", style, out)?;
    line("of a rule, * by our own judgment", "Evidence  ", "          ", style, out)?;
    writeln!(out)?;
    let rows = framework.controls.iter().map(|control| {
        let of = |wanted: Covers| {
            let rules = control.links().filter(move |(_, covers, _)| *covers == wanted);
            let marked =
                rules.map(|(rule, _, basis)| format!("{rule}{}", if basis == Basis::Judgment { "*" } else { "" }));
            marked.collect::<Vec<_>>().join(", ")
        };
        vec![control.id.clone(), control.label.clone(), of(Covers::Full), of(Covers::Partial)]
    });
    findings::plain_table(&["CONTROL", "ABOUT", "DECIDED BY", "EVIDENCE FROM"], rows, style, out)
}

/// A row for each control and rule; a control without one is a row without a rule.
fn links(framework: &Framework, formulas: csv::Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for control in &framework.controls {
        let before = rows.len();
        for (rule, covers, basis) in control.links() {
            rows.push([&*framework.id, &*control.id, &*control.label, rule, covers.into(), basis.into()]);
        }
        if rows.len() == before {
            rows.push([&*framework.id, &*control.id, &*control.label, "", "", ""]);
        }
    }
    csv::rows(&["framework", "control", "label", "rule", "covers", "basis"], rows.into_iter(), formulas, out)
}
