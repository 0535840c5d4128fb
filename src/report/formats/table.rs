//! Findings or controls as a table for people, with how completely the accounts were read.

use std::io::{self, Write};

use crate::report::terminal::style::Style;
use crate::report::terminal::{causes, controls, findings, ledger};
use crate::report::view::{Format, Report, Shown};

pub(super) const FORMAT: Format = Format { name: "table", about: "for people", file: None, write };

fn write(report: &Report<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match report.shown {
        _ if !report.frameworks.is_empty() => controls::tables(report.frameworks, style, out)?,
        Shown::Each => findings::table(report.findings, style, out)?,
        Shown::Every => causes::table(report.findings, report.group_by, usize::MAX, style, out)?,
        Shown::Most(most) => causes::table(report.findings, report.group_by, most, style, out)?,
    }
    ledger::ledger(&report.findings.ledger, report.names, style, out)
}
