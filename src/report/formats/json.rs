//! Findings as JSON: `rolehop/findings/v1`.

use std::io::{self, Write};

use crate::report::json;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format = Format { name: "json", about: "everything, for programs", write };

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    json::write(report.findings, out)
}
