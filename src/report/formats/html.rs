//! Everything in one HTML file, for auditors and managers.

use std::io::{self, Write};

use crate::report::html;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format =
    Format { name: "html", about: "one page with drawings, for auditors", file: Some("report.html"), write };

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    html::write(report, out)
}
