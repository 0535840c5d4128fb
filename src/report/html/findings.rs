//! Findings of every status, those of one rule that say the same together.
//!
//! Owns: how many of them the page names. INVARIANT: every finding is counted; those that are not named are counted as such.

use serde::Serialize;

use super::targets::{EvidenceData, evidence_data};
use super::text::{Place, Texts, clean};
use crate::finding::{Cause, Finding, OfRule, RuleCard, Status};
use crate::report::terminal::names::Names;
use crate::report::view::Report;
use crate::severity::Severity;

/// Findings that the page names, of all rules together.
const NAMED: usize = 25_000;

/// Messages of a rule that the page has.
const MESSAGES: usize = 60;

/// Messages of a rule that are shown with the proof of one of their findings.
const PROVEN: usize = 10;

/// The order in which statuses are told.
const STATUSES: [Status; 4] = [Status::Open, Status::Unknown, Status::Waived, Status::Baseline];

/// Findings of one rule and status.
#[derive(Debug, Serialize)]
pub(super) struct RuleData {
    rule: u32,
    title: u32,
    fix: u32,
    severity: Severity,
    status: Status,
    findings: usize,
    accounts: usize,
    messages: Vec<MessageData>,
    /// Messages that are left out, and their findings.
    left: (usize, usize),
}

/// Findings that say the same.
#[derive(Debug, Serialize)]
struct MessageData {
    text: u32,
    findings: usize,
    /// Those that are named.
    subjects: Vec<Place>,
    /// Proof of the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<EvidenceData>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<Place>,
}

/// How many findings there are and how many the page names.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Named {
    pub(super) named: usize,
    pub(super) all: usize,
}

/// A frequent finding.
#[derive(Debug, Serialize)]
pub(super) struct CauseView {
    severity: Severity,
    rule: String,
    message: String,
    findings: usize,
    accounts: usize,
}

/// The findings by rule, and how many of them are named.
pub(super) fn of(report: &Report<'_>, texts: &mut Texts) -> (Vec<RuleData>, Named) {
    let rules: Vec<(Status, OfRule<'_>)> = STATUSES
        .iter()
        .flat_map(|status| report.findings.by_rule_of(*status).into_iter().map(|of| (*status, of)))
        .collect();
    let most = most_of_each(&rules);
    let mut named = Named { named: 0, all: report.findings.findings.len() };
    let data = rules.iter().map(|(status, rule)| rule_data(*status, rule, most, report, texts, &mut named)).collect();
    (data, named)
}

/// The messages with the most findings of the worst severity.
pub(super) fn worst(report: &Report<'_>, most: usize) -> Vec<CauseView> {
    let mut found: Vec<CauseView> = Vec::new();
    for rule in report.findings.by_rule_of(Status::Open) {
        let told = rule.causes.iter().take(most).map(|cause| CauseView {
            severity: rule.severity,
            rule: clean(rule.rule),
            message: clean(&cause.message),
            findings: cause.findings.len(),
            accounts: accounts(&cause.findings),
        });
        found.extend(told);
    }
    found.sort_by_key(|cause| (std::cmp::Reverse(cause.severity), std::cmp::Reverse(cause.findings)));
    found.truncate(most);
    found
}

fn accounts(findings: &[&Finding]) -> usize {
    let mut accounts: Vec<_> = findings.iter().map(|finding| &finding.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts.len()
}

/// The most findings of one message that can be named of each, so that the page stays small.
fn most_of_each(rules: &[(Status, OfRule<'_>)]) -> usize {
    let named = |most: usize| -> usize {
        let causes = rules.iter().flat_map(|(_, rule)| rule.causes.iter().take(MESSAGES));
        causes.map(|cause| cause.findings.len().min(most)).sum()
    };
    [usize::MAX, 2_000, 1_000, 500, 200, 100, 50, 20].into_iter().find(|most| named(*most) <= NAMED).unwrap_or(5)
}

fn rule_data(
    status: Status,
    rule: &OfRule<'_>,
    most: usize,
    report: &Report<'_>,
    texts: &mut Texts,
    named: &mut Named,
) -> RuleData {
    let card: Option<&RuleCard> = report.cards.iter().find(|card| card.id == rule.rule);
    let shown = rule.causes.iter().take(MESSAGES).enumerate();
    let messages: Vec<MessageData> =
        shown.map(|(place, cause)| message(cause, most, place < PROVEN, report.names, texts)).collect();
    named.named += messages.iter().map(|message| message.subjects.len()).sum::<usize>();
    let left = rule.causes.iter().skip(MESSAGES);
    RuleData {
        rule: texts.number(rule.rule),
        title: texts.number(card.map_or("", |card| &card.title)),
        fix: texts.number(card.map_or("", |card| &card.fix)),
        severity: rule.severity,
        status,
        findings: rule.count(),
        accounts: rule.accounts,
        left: (left.clone().count(), left.map(|cause| cause.findings.len()).sum()),
        messages,
    }
}

fn message(cause: &Cause<'_>, most: usize, proven: bool, names: &Names, texts: &mut Texts) -> MessageData {
    let first = cause.findings.first().filter(|_| proven);
    let evidence = first.into_iter().flat_map(|finding| &finding.evidence);
    MessageData {
        text: texts.number(&cause.message),
        findings: cause.findings.len(),
        subjects: cause.findings.iter().take(most).map(|finding| subject(finding, names, texts)).collect(),
        evidence: evidence.map(|evidence| evidence_data(evidence, texts)).collect(),
        path: first.into_iter().flat_map(|f| &f.path).map(|arn| texts.place(arn, names)).collect(),
    }
}

/// Where it is: the account that it is about, and what is judged there.
fn subject(finding: &Finding, names: &Names, texts: &mut Texts) -> Place {
    let [of_subject, name] = texts.place(&finding.subject, names);
    let account = finding.account.to_string();
    if account.is_empty() { [of_subject, name] } else { [texts.place(&account, names)[0], name] }
}
