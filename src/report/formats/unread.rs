//! What was not read, as results of status unknown, for formats that have nothing but findings: a file without one must not read as clean.
//!
//! Owns: one result for each incomplete account and for each other data set that is missing.

use crate::facet::Facet;
use crate::finding::{Finding, Status, fingerprint};
use crate::ids::Scope;
use crate::report::view::Report;
use crate::severity::{Confidence, Severity};

/// Stands in place of the id of a rule.
const RULE: &str = "data-not-read";

/// In the order of the ledger.
pub(super) fn findings(report: &Report<'_>) -> Vec<Finding> {
    let ledger = &report.findings.ledger;
    let accounts = ledger.incomplete.iter().map(|account| {
        let data: Vec<&str> = account.facets.iter().copied().map(Facet::as_str).collect();
        let id = account.account.to_string();
        let name = report.names.get(&id).cloned().unwrap_or_default();
        let message =
            format!("not read completely, so results about it are unknown: {} ({})", account.reason, data.join(", "));
        finding(account.account.into(), name, format!("arn:aws:iam::{id}:root"), "", message)
    });
    let organization = ledger.organization.iter().map(|gap| {
        let message = format!("{} {} was not read: {}", gap.facet, gap.owner(), gap.reason);
        let (subject, part) = match gap.scope.account() {
            Some(id) => (format!("arn:aws:iam::{id}:root"), gap.facet.as_str()),
            None => (format!("organization {}", gap.facet), ""),
        };
        let name = report.names.get(&gap.scope.to_string()).cloned().unwrap_or_default();
        finding(gap.scope, name, subject, part, message)
    });
    accounts.chain(organization).collect()
}

/// `part` tells several of one subject apart.
fn finding(account: Scope, account_name: String, subject: String, part: &str, message: String) -> Finding {
    Finding {
        rule: RULE.into(),
        severity: Severity::Info,
        confidence: Confidence::High,
        status: Status::Unknown,
        account,
        account_name: account_name.into(),
        other_accounts: Box::default(),
        fingerprint: fingerprint(RULE, &subject, part),
        subject,
        principals: Box::default(),
        accepted: Box::default(),
        holds_to: None,
        expectation: None,
        message,
        remediation: "Run `rolehop scan --resume` after the cause is gone".into(),
        evidence: Vec::new(),
        path: Vec::new(),
        waiver: None,
    }
}
