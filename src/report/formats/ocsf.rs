//! OCSF 1.5: an event a line, for security data lakes and SIEMs.
//!
//! Owns: which class a finding is of, and its attributes. A finding of a rule that is evidence for a control of a framework is a Compliance
//! Finding (2003), any other a Detection Finding (2004). Source: OCSF 1.5.0, schema.ocsf.io; tests hold each event against its schema.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::unread;
use crate::arn::Arn;
use crate::finding::{Finding, PageUrl, RuleCard, Status};
use crate::report::json;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};
use crate::severity::{Confidence, Severity};

pub(super) const FORMAT: Format =
    Format { name: "ocsf", about: "OCSF 1.5 events, one a line", file: Some("findings.ocsf.jsonl"), write };

const VERSION: &str = "1.5.0";

/// Class of findings: its number and name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Compliance,
    Detection,
}

impl Class {
    fn id(self) -> u32 {
        match self {
            Self::Compliance => 2003,
            Self::Detection => 2004,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Compliance => "Compliance Finding",
            Self::Detection => "Detection Finding",
        }
    }
}

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let unread = unread::findings(report);
    report.findings.findings.iter().chain(&unread).try_for_each(|finding| json::line(&event(finding, report), out))
}

/// One event: what was found, in AWS's account, at the time of the snapshot.
fn event(finding: &Finding, report: &Report<'_>) -> Value {
    let card = report.cards.iter().find(|card| card.id == finding.rule);
    let controls: Vec<(&str, &str)> = card.map(controls).unwrap_or_default();
    let class = if controls.is_empty() { Class::Detection } else { Class::Compliance };
    let (severity_id, severity) = severity(finding.severity);
    let (status_id, status) = status(finding.status);
    let (confidence_id, confidence) = confidence(finding.confidence);
    let title = card.map_or(finding.message.as_str(), |card| &card.title);
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": class.id(),
        "class_name": class.name(),
        "type_uid": class.id() * 100 + 1,
        "type_name": format!("{}: Create", class.name()),
        "time": report.run.at.as_millisecond(),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "message": format!("{}: {}", finding.place(), finding.message),
        "metadata": metadata(finding, report),
        "finding_info": {
            "uid": finding.fingerprint,
            "title": title,
            "desc": finding.message,
            "types": [finding.rule],
            "analytic": {"uid": finding.rule, "name": finding.rule, "type_id": 1, "type": "Rule"},
            "data_sources": ["AWS IAM", "AWS Organizations"],
        },
        "cloud": cloud(finding, report),
        "resources": [resource(&finding.subject)],
    });
    let Value::Object(event) = &mut event else { return Value::Null };
    if let Some(detail) = status_detail(finding) {
        event.insert("status_detail".to_owned(), detail.into());
    }
    match class {
        Class::Compliance => {
            event.insert("compliance".to_owned(), compliance(finding, title, &controls));
        }
        Class::Detection => {
            event.insert("is_alert".to_owned(), (finding.status == Status::Open).into());
        }
    }
    if !finding.remediation.is_empty() {
        let pages: Vec<&str> = card.map(pages).unwrap_or_default();
        event.insert("remediation".to_owned(), json!({"desc": finding.remediation, "references": pages}));
    }
    if !finding.evidence.is_empty() {
        let evidence = finding.evidence.iter().map(|evidence| json!({"name": evidence.policy, "data": evidence}));
        event.insert("evidences".to_owned(), evidence.collect());
    }
    event.insert("unmapped".to_owned(), unmapped(finding));
    Value::Object(std::mem::take(event))
}

fn metadata(finding: &Finding, report: &Report<'_>) -> Value {
    let run = report.run;
    let mut metadata = json!({
        "version": VERSION,
        "profiles": ["cloud"],
        "product": {"name": "rolehop", "vendor_name": "rolehop", "version": run.tool_version},
        "event_code": finding.rule,
    });
    if let (Value::Object(metadata), Some(digest)) = (&mut metadata, &run.snapshot_digest) {
        metadata.insert("correlation_uid".to_owned(), digest.as_str().into());
    }
    metadata
}

fn cloud(finding: &Finding, report: &Report<'_>) -> Value {
    let mut cloud = Map::new();
    cloud.insert("provider".to_owned(), "AWS".into());
    if let Some(arn) = Arn::parse(&finding.subject) {
        cloud.insert("cloud_partition".to_owned(), arn.partition.into());
    }
    if let Some(account) = finding.account.account() {
        let mut owner = json!({"uid": account.to_string(), "type_id": 10, "type": "AWS Account"});
        if let (Value::Object(owner), false) = (&mut owner, finding.account_name.is_empty()) {
            owner.insert("name".to_owned(), finding.account_name.as_str().into());
        }
        cloud.insert("account".to_owned(), owner);
    }
    if let Some(organization) = &report.run.organization {
        cloud.insert("org".to_owned(), json!({"uid": organization}));
    }
    Value::Object(cloud)
}

fn resource(subject: &str) -> Value {
    let arn = Arn::parse(subject);
    let kind = arn.as_ref().map_or("", |arn| arn.resource.split('/').next().unwrap_or_default());
    let name = arn.as_ref().map_or(subject, |arn| arn.resource.rsplit('/').next().unwrap_or(arn.resource));
    json!({"uid": subject, "name": name, "type": kind})
}

fn compliance(finding: &Finding, title: &str, controls: &[(&str, &str)]) -> Value {
    let (status_id, status) = if finding.status == Status::Unknown { (0, "Unknown") } else { (3, "Fail") };
    let mut standards: Vec<&str> = controls.iter().map(|(framework, _)| *framework).collect();
    standards.dedup();
    let requirements: Vec<String> = controls.iter().map(|(framework, id)| format!("{framework}/{id}")).collect();
    json!({
        "control": finding.rule,
        "desc": title,
        "standards": standards,
        "requirements": requirements,
        "status_id": status_id,
        "status": status,
    })
}

/// What OCSF has no attribute for.
fn unmapped(finding: &Finding) -> Value {
    let mut unmapped = Map::new();
    unmapped.insert("rolehop/status".to_owned(), finding.status.as_str().into());
    if !finding.path.is_empty() {
        unmapped.insert("rolehop/path".to_owned(), finding.path.iter().map(String::as_str).collect());
    }
    if let Some(waiver) = &finding.waiver {
        unmapped.insert("rolehop/waiver".to_owned(), json!(waiver));
    }
    Value::Object(unmapped)
}

/// Each control that the rule is evidence for, with its framework.
fn controls(card: &RuleCard) -> Vec<(&str, &str)> {
    card.maps.iter().flat_map(|(framework, ids)| ids.iter().map(move |id| (framework.as_str(), id.as_str()))).collect()
}

fn pages(card: &RuleCard) -> Vec<&str> {
    card.references.iter().filter_map(|page| page.url.as_ref()).map(PageUrl::as_str).collect()
}

fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn confidence(confidence: Confidence) -> (u32, &'static str) {
    match confidence {
        Confidence::Low => (1, "Low"),
        Confidence::Medium => (2, "Medium"),
        Confidence::High => (3, "High"),
    }
}

fn status(status: Status) -> (u32, &'static str) {
    match status {
        Status::Unknown => (0, "Unknown"),
        Status::Open => (1, "New"),
        Status::Waived => (3, "Suppressed"),
        Status::Baseline => (99, "Baseline"),
    }
}

fn status_detail(finding: &Finding) -> Option<String> {
    match finding.status {
        Status::Open => None,
        Status::Unknown => Some("data that the rule needs was not read: neither found nor clean".to_owned()),
        Status::Baseline => Some("known in the baseline".to_owned()),
        Status::Waived => finding.waiver.as_ref().map(|waiver| format!("waived, {}", waiver.sentence())),
    }
}
