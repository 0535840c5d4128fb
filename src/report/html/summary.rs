//! What a reader sees first.

use serde::Serialize;

use super::findings::{CauseView, worst};
use crate::finding::Summary;
use crate::report::view::Report;
use crate::severity::Severity;

/// Findings that are named first.
const WORST: usize = 6;

/// Counts, and what is worst.
#[derive(Debug, Serialize)]
pub(super) struct SummaryView {
    findings: Summary,
    severities: Vec<SeverityCount>,
    worst: Vec<CauseView>,
}

#[derive(Debug, Serialize)]
struct SeverityCount {
    severity: Severity,
    findings: usize,
}

/// Every severity, the worst first.
const SEVERITIES: [Severity; 5] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

/// The summary.
pub(super) fn of(report: &Report<'_>) -> SummaryView {
    let counts = report.findings.by_severity();
    let count = |severity| counts.iter().find(|(of, _)| *of == severity).map_or(0, |(_, findings)| *findings);
    SummaryView {
        findings: report.findings.summary,
        severities: SEVERITIES.map(|severity| SeverityCount { severity, findings: count(severity) }).into(),
        worst: worst(report, WORST),
    }
}
