//! A finding as a row of texts: the columns of CSV and Parquet.
//!
//! Owns: columns and their order.

use crate::finding::Finding;

pub(in crate::report) const COLUMNS: [&str; 14] = [
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

/// What a finding does not have as text: its account's id, and when its waiver expires.
pub(in crate::report) fn texts(finding: &Finding) -> (String, String) {
    let expires = finding.waiver.as_ref().map_or_else(String::new, |waiver| waiver.expires.to_string());
    (finding.account.to_string(), expires)
}

/// The cells under [`COLUMNS`].
pub(in crate::report) fn of<'a>(finding: &'a Finding, (account, expires): &'a (String, String)) -> [&'a str; 14] {
    let waiver = finding.waiver.as_ref();
    [
        finding.rule.as_str(),
        finding.severity.as_str(),
        finding.confidence.as_str(),
        finding.status.as_str(),
        account,
        &finding.account_name,
        &finding.subject,
        &finding.message,
        &finding.remediation,
        &finding.fingerprint,
        waiver.map_or("", |waiver| &waiver.reason),
        waiver.map_or("", |waiver| &waiver.owner),
        expires,
        waiver.and_then(|waiver| waiver.ticket.as_deref()).unwrap_or_default(),
    ]
}
