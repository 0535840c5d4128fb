//! The report as one HTML file: `reports/html/` holds its template, style and scripts.
//!
//! Owns: what the page shows and how much of it. Text for reading is in the markup; what the scripts draw and search is JSON beside it.
//! INVARIANTS: no name is markup or script, whatever it contains; nothing is loaded; what is left out is counted where it is missing.

mod data;
mod findings;
mod frameworks;
mod ledger;
pub(super) mod markup;
mod page;
mod quotas;
mod rules;
mod summary;
mod targets;
pub(super) mod text;
mod waivers;

use std::io::{self, Write};

use super::view::Report;

/// The whole report.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    page::write(report, out)
}
