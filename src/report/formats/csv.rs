//! Findings as CSV, worst first: one row each.
//!
//! Owns: columns and their order.

use std::io::{self, Write};

use crate::finding::Finding;
use crate::report::csv;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format = Format { name: "csv", about: "a row for each finding, for spreadsheets", write };

const COLUMNS: [&str; 14] = [
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
    "waiver_reason",
    "waiver_owner",
    "waiver_expires",
    "waiver_ticket",
];

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.findings.findings;
    let expires = |f: &Finding| f.waiver.as_ref().map_or_else(String::new, |waiver| waiver.expires.to_string());
    let texts: Vec<(String, String)> = findings.iter().map(|f| (f.account.to_string(), expires(f))).collect();
    let cells = findings.iter().zip(&texts).map(|(f, (account, expires))| {
        let waiver = f.waiver.as_ref();
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
            waiver.map_or("", |waiver| &waiver.reason),
            waiver.map_or("", |waiver| &waiver.owner),
            expires,
            waiver.and_then(|waiver| waiver.ticket.as_deref()).unwrap_or_default(),
        ]
    });
    csv::rows(&COLUMNS, cells, report.formulas, out)
}
