//! ASFF, for `batch-import-findings` of AWS Security Hub: each line is a JSON array of at most 100 findings of one account.
//!
//! Owns: the part of the format that rolehop uses, and its limits. Source: AWS Security Hub User Guide, "AWS Security Finding Format
//! (ASFF)" and "Required top-level ASFF attributes"; Security Hub API Reference, BatchImportFindings. INVARIANT: no text is longer than
//! Security Hub takes, so no batch is refused for a name.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::unread;
use crate::arn::Arn;
use crate::finding::{Finding, RuleCard, Status};
use crate::regions;
use crate::report::json;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};
use crate::severity::Severity;

pub(super) const FORMAT: Format = Format {
    name: "asff",
    about: "batches for AWS Security Hub, one a line",
    file: Some("findings.asff.jsonl"),
    write,
};

/// Findings of one call.
const BATCH: usize = 100;

/// Characters of a title, a description, a recommendation, an id, and a value of our own.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1_024;
const RECOMMENDATION: usize = 512;
const ID: usize = 512;
const VALUE: usize = 2_048;

/// Requirements of a finding.
const REQUIREMENTS: usize = 32;

/// Statements that are told.
const EVIDENCE: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityFinding {
    schema_version: &'static str,
    id: String,
    product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    generator_id: String,
    aws_account_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    aws_account_name: String,
    types: [&'static str; 1],
    created_at: String,
    updated_at: String,
    severity: Level,
    confidence: u32,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    resources: [Resource; 1],
    compliance: Compliance,
    record_state: &'static str,
    product_fields: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Level {
    label: &'static str,
    original: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: &'static str,
    id: String,
    partition: String,
    region: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_requirements: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_reasons: Vec<StatusReason>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReason {
    reason_code: &'static str,
    description: String,
}

/// Batches by account, since a product of an account may import findings of that account alone.
fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let unread = unread::findings(report);
    let mut accounts = BTreeMap::<String, Vec<SecurityFinding>>::new();
    for finding in report.findings.findings.iter().chain(&unread) {
        let finding = of(finding, report);
        accounts.entry(finding.aws_account_id.clone()).or_default().push(finding);
    }
    accounts.values().flat_map(|findings| findings.chunks(BATCH)).try_for_each(|batch| json::line(&batch, out))
}

fn of(finding: &Finding, report: &Report<'_>) -> SecurityFinding {
    let card = report.cards.iter().find(|card| card.id == finding.rule);
    let arn = Arn::parse(&finding.subject);
    let partition = arn.as_ref().map_or("aws", |arn| arn.partition).to_owned();
    let region = regions::home(&partition);
    let account = owner(finding, arn.as_ref(), report);
    let at = report.run.at.to_string();
    SecurityFinding {
        schema_version: "2018-10-08",
        id: clipped(&format!("rolehop/{account}/{}", finding.fingerprint), ID),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        product_name: "rolehop",
        company_name: "rolehop",
        generator_id: clipped(&format!("rolehop/{}", finding.rule), ID),
        aws_account_id: account,
        aws_account_name: clipped(&finding.account_name, 50),
        types: ["Software and Configuration Checks/AWS Security Best Practices"],
        created_at: at.clone(),
        updated_at: at,
        severity: level(finding),
        confidence: match finding.confidence {
            crate::severity::Confidence::Low => 30,
            crate::severity::Confidence::Medium => 60,
            crate::severity::Confidence::High => 90,
        },
        title: clipped(card.map_or(finding.message.as_str(), |card| &card.title), TITLE),
        description: clipped(&format!("{}: {}", finding.place(), finding.message), DESCRIPTION),
        remediation: remediation(finding, card),
        resources: [Resource {
            kind: kind(arn.as_ref()),
            id: clipped(&resource_id(finding, arn.as_ref()), ID),
            partition,
            region,
        }],
        compliance: compliance(finding, card),
        record_state: if finding.status == Status::Waived { "ARCHIVED" } else { "ACTIVE" },
        product_fields: fields(finding),
    }
}

/// The account that imports it: its own, or for a finding about the organization the management account.
fn owner(finding: &Finding, arn: Option<&Arn<'_>>, report: &Report<'_>) -> String {
    let named = || arn.map(|arn| arn.account.to_owned()).filter(|id| crate::ids::AccountId::parse(id).is_some());
    let management = || report.run.management.map(|id| id.to_string());
    let account = finding.account.account().map(|id| id.to_string());
    account.or_else(management).or_else(named).unwrap_or_else(|| "000000000000".to_owned())
}

/// Unknown results are informational: Security Hub has no severity for "could not be judged".
fn level(finding: &Finding) -> Level {
    let label = match finding.severity {
        _ if finding.status == Status::Unknown => "INFORMATIONAL",
        Severity::Info => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    };
    Level { label, original: finding.severity.as_str() }
}

fn kind(arn: Option<&Arn<'_>>) -> &'static str {
    match arn.and_then(|arn| arn.resource.split('/').next()) {
        Some("role") => "AwsIamRole",
        Some("user") => "AwsIamUser",
        Some("group") => "AwsIamGroup",
        Some("policy") if arn.is_some_and(|arn| arn.service == "iam") => "AwsIamPolicy",
        Some("root") => "AwsAccount",
        _ => "Other",
    }
}

fn resource_id(finding: &Finding, arn: Option<&Arn<'_>>) -> String {
    match (kind(arn), finding.account.account()) {
        ("AwsAccount", Some(account)) => format!("AWS::::Account:{account}"),
        _ => finding.subject.clone(),
    }
}

fn remediation(finding: &Finding, card: Option<&RuleCard>) -> Option<Remediation> {
    let url = card.and_then(RuleCard::page).map(|(_, url)| url.to_string());
    (!finding.remediation.is_empty()).then(|| Remediation {
        recommendation: Recommendation { text: clipped(&finding.remediation, RECOMMENDATION), url },
    })
}

fn compliance(finding: &Finding, card: Option<&RuleCard>) -> Compliance {
    let unknown = finding.status == Status::Unknown;
    let controls = card.into_iter().flat_map(|card| &card.maps);
    let controls =
        controls.flat_map(|(framework, ids)| ids.iter().map(move |id| clipped(&format!("{framework}/{id}"), 64)));
    let reason = || StatusReason { reason_code: "DATA_NOT_READ", description: clipped(&finding.message, DESCRIPTION) };
    Compliance {
        status: if unknown { "NOT_AVAILABLE" } else { "FAILED" },
        related_requirements: controls.take(REQUIREMENTS).collect(),
        status_reasons: if unknown { vec![reason()] } else { Vec::new() },
    }
}

/// What Security Hub has no attribute for.
fn fields(finding: &Finding) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([("rolehop/status".to_owned(), finding.status.as_str().to_owned())]);
    let mut field = |key: String, value: &str| {
        if !value.is_empty() {
            fields.insert(key, clipped(value, VALUE));
        }
    };
    field("rolehop/fingerprint".to_owned(), &finding.fingerprint);
    field("rolehop/path".to_owned(), &finding.path.join(" -> "));
    if let Some(waiver) = &finding.waiver {
        field("rolehop/waiver".to_owned(), &waiver.sentence());
    }
    for (at, evidence) in finding.evidence.iter().take(EVIDENCE).enumerate() {
        let told = format!("{} {}: {}", evidence.layer.as_str(), evidence.policy, evidence.text);
        field(format!("rolehop/evidence/{at}"), &told);
    }
    fields
}

/// At most so many characters; the last says that it is not all.
fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
