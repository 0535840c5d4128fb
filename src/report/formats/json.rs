//! Findings as JSON: `rolehop/findings/v1`, controls as `rolehop/controls/v1`.

use std::io::{self, Write};

use serde::Serialize;

use crate::finding::{FrameworkReport, LeftOut, Summary};
use crate::report::json;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};
use crate::snapshot::ledger::LedgerView;

pub(super) const FORMAT: Format =
    Format { name: "json", about: "everything, for programs", file: Some("findings.json"), write };

/// How every control came out, and what that rests on.
#[derive(Serialize)]
struct Controls<'a> {
    schema: &'static str,
    /// Counts of findings by status.
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
    frameworks: &'a [FrameworkReport<'a>],
    ledger: &'a LedgerView,
}

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Report { findings, frameworks, .. } = *report;
    if frameworks.is_empty() {
        return json::write(findings, out);
    }
    let controls = Controls {
        schema: "rolehop/controls/v1",
        summary: findings.summary,
        left_out: findings.left_out,
        frameworks,
        ledger: &findings.ledger,
    };
    json::write(&controls, out)
}
