//! Findings as CSV, worst first: one row each.
//!
//! Owns: columns and their order.

use std::io::{self, Write};

use crate::report::csv;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format = Format { name: "csv", about: "a row for each finding, for spreadsheets", write };

const COLUMNS: [&str; 10] = [
    "rule",
    "severity",
    "confidence",
    "status",
    "account_id",
    "account_name",
    "subject",
    "message",
    "remediation",
    "fingerprint",
];

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.findings.findings;
    let accounts: Vec<String> = findings.iter().map(|f| f.account.to_string()).collect();
    let cells = findings.iter().zip(&accounts).map(|(f, account)| {
        [
            f.rule.as_str(),
            f.severity.as_str(),
            f.confidence.as_str(),
            f.status.as_str(),
            account,
            &f.account_name,
            &f.subject,
            &f.message,
            &f.remediation,
            &f.fingerprint,
        ]
    });
    csv::rows(&COLUMNS, cells, report.formulas, out)
}
