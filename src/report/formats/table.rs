//! Findings as a table for people, with how completely the accounts were read.

use std::io::{self, Write};

use crate::report::terminal::findings;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format = Format { name: "table", about: "for people", write };

fn write(report: &Report<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    findings::table(report.findings, style, out)?;
    findings::ledger(&report.findings.ledger, report.names, style, out)
}
