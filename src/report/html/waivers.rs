//! What was accepted, by whom, until when and why; and waivers that somebody has to look after.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::text::clean;
use crate::finding::{Acceptance, Finding, FindingSet, Status};
use crate::severity::Severity;

/// Subjects that a row names.
const NAMED: usize = 5;

/// All waivers.
#[derive(Debug, Serialize)]
pub(super) struct WaiversView {
    notices: Vec<(String, String)>,
    rows: Vec<WaiverView>,
}

#[derive(Debug, Serialize)]
struct WaiverView {
    severity: &'static str,
    rule: String,
    reason: String,
    owner: String,
    expires: String,
    ticket: String,
    findings: usize,
    subjects: Vec<String>,
    left: usize,
}

/// Severity, rule and waiver of findings that stand together.
type Key<'a> = (Reverse<Severity>, &'a str, Option<&'a Acceptance>);

/// The waivers as they are read.
pub(super) fn of(set: &FindingSet) -> WaiversView {
    let mut groups = BTreeMap::<Key<'_>, Vec<&Finding>>::new();
    for finding in set.findings.iter().filter(|finding| finding.status == Status::Waived) {
        let key = (Reverse(finding.severity), finding.rule.as_str(), finding.waiver.as_deref());
        groups.entry(key).or_default().push(finding);
    }
    let row = |((severity, rule, waiver), findings): (Key<'_>, Vec<&Finding>)| {
        let told = |of: fn(&Acceptance) -> String| waiver.map(of).map(|text| clean(&text)).unwrap_or_default();
        WaiverView {
            severity: severity.0.as_str(),
            rule: clean(rule),
            reason: told(|waiver| waiver.reason.clone()),
            owner: told(|waiver| waiver.owner.clone()),
            expires: told(|waiver| waiver.expires.to_string()),
            ticket: told(|waiver| waiver.ticket.clone().unwrap_or_default()),
            findings: findings.len(),
            subjects: findings.iter().take(NAMED).map(|finding| clean(&finding.place())).collect(),
            left: findings.len().saturating_sub(NAMED),
        }
    };
    WaiversView {
        notices: set.waivers.iter().map(|notice| (clean(&notice.what()), clean(&notice.which()))).collect(),
        rows: groups.into_iter().map(row).collect(),
    }
}
