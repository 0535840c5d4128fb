//! What each rule looks for, and how it came out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::text::clean;
use crate::finding::{Finding, RuleCard, RuleResult, RuleStatus, Status};
use crate::report::view::Report;

/// A rule that ran.
#[derive(Debug, Serialize)]
pub(super) struct RuleView {
    id: String,
    title: String,
    severity: &'static str,
    confidence: &'static str,
    pub(super) status: &'static str,
    judged: usize,
    failed: usize,
    unknown: usize,
    open: usize,
    waived: usize,
    summary: String,
    risk: String,
    fix: String,
    careful: String,
    /// Titles of pages, and their addresses.
    references: Vec<(String, Option<String>)>,
}

/// The rules that ran, those with findings first, the worst first.
pub(super) fn of(report: &Report<'_>) -> Vec<RuleView> {
    let mut found = BTreeMap::<&str, [usize; 2]>::new();
    let place = |finding: &Finding| match finding.status {
        Status::Open => Some(0),
        Status::Waived => Some(1),
        Status::Unknown | Status::Baseline => None,
    };
    for finding in &report.findings.findings {
        let counts = found.entry(&finding.rule).or_default();
        if let Some(count) = place(finding).and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    let card = |id: &str| report.cards.iter().find(|card| card.id == id);
    let counts = |id: &str| found.get(id).copied().unwrap_or_default();
    let cards = report.results.iter().filter_map(|result| Some((result, card(&result.rule)?)));
    let mut rules: Vec<(&RuleResult, &RuleCard)> = cards.collect();
    let order = |status: RuleStatus| match status {
        RuleStatus::Failed => 0,
        RuleStatus::Unknown => 1,
        RuleStatus::Passed => 2,
        RuleStatus::NotApplicable => 3,
    };
    rules.sort_by_key(|(result, card)| (order(result.counts.status()), std::cmp::Reverse(card.severity), &card.id));
    rules.into_iter().map(|(result, card)| view(result, card, counts(&card.id))).collect()
}

fn view(result: &RuleResult, card: &RuleCard, [open, waived]: [usize; 2]) -> RuleView {
    let counts = result.counts;
    RuleView {
        id: clean(&card.id),
        title: clean(&card.title),
        severity: card.severity.as_str(),
        confidence: card.confidence.as_str(),
        status: match counts.status() {
            RuleStatus::Failed => "failed",
            RuleStatus::Unknown => "unknown",
            RuleStatus::Passed => "passed",
            RuleStatus::NotApplicable => "not-applicable",
        },
        judged: counts.judged,
        failed: counts.failed,
        unknown: counts.unknown,
        open,
        waived,
        summary: clean(&card.summary),
        risk: clean(&card.risk),
        fix: clean(&card.fix),
        careful: clean(&card.careful),
        references: card
            .references
            .iter()
            .map(|page| (clean(&page.title), page.url.as_ref().map(ToString::to_string)))
            .collect(),
    }
}
