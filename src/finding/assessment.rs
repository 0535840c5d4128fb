//! The result of all rules: every finding, and for each rule how many subjects it judged.
//!
//! Owns: the counts that let a format or a framework say what passed. Does not know how a rule decides (`rules`).
//! INVARIANT: counts are of the snapshot, before waivers and filters; a subject is counted once for a rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::card::RuleCard;
use super::record::{Finding, Status};

/// The result of all rules that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// All findings, unknown results included; in order of rule, then subject.
    pub findings: Vec<Finding>,
    /// How many subjects each rule judged, in order of rule id.
    pub rules: Vec<RuleResult>,
}

/// The result of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// Rule id.
    pub rule: String,
    /// Counts of its subjects.
    pub counts: Counts,
}

/// Counts of subjects: accounts, users, roles, as the rule's card says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Subjects with a definite result: they passed or failed.
    pub judged: usize,
    /// Of the judged, those with a finding.
    pub failed: usize,
    /// Subjects that could not be judged; an account whose data was not read counts as one.
    pub unknown: usize,
    /// Subjects that the rule does not apply to.
    pub not_applicable: usize,
}

/// The status of a rule, as a framework reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleStatus {
    /// Some subject failed.
    Failed,
    /// No subject failed, but some could not be judged.
    Unknown,
    /// Every subject passed.
    Passed,
    /// There was nothing to judge.
    NotApplicable,
}

impl Counts {
    /// Subjects that were judged and did not fail.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.judged.saturating_sub(self.failed)
    }

    /// The worst status among the subjects. Never a pass if something is unknown.
    #[must_use]
    pub fn status(&self) -> RuleStatus {
        match self {
            Self { failed: 1.., .. } => RuleStatus::Failed,
            Self { unknown: 1.., .. } => RuleStatus::Unknown,
            Self { judged: 1.., .. } => RuleStatus::Passed,
            _ => RuleStatus::NotApplicable,
        }
    }

    /// Adds the counts of other subjects.
    pub fn add(&mut self, other: Self) {
        self.judged += other.judged;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.not_applicable += other.not_applicable;
    }
}

impl Assessment {
    /// The counts of one rule, if it ran.
    #[must_use]
    pub fn counts(&self, rule: &str) -> Option<Counts> {
        self.rules.iter().find(|result| result.rule == rule).map(|result| result.counts)
    }

    /// Takes out what a rule finds of a subject of which another rule finds a special case: there the first does not apply.
    pub fn leave_to_special_cases(&mut self, cards: &[RuleCard]) {
        let general: BTreeMap<&str, &str> =
            cards.iter().filter_map(|card| Some((&*card.id, card.special_case_of.as_deref()?))).collect();
        let (mut told, mut left) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for finding in self.findings.iter().filter(|finding| finding.status == Status::Open) {
            if let Some(rule) = general.get(&*finding.rule) {
                told.entry((*rule).to_owned()).or_default().insert(finding.subject.clone());
            }
        }
        self.findings.retain(|finding| {
            let is_told = told.get(&*finding.rule).is_some_and(|subjects| subjects.contains(&finding.subject));
            let is_left = is_told && finding.status == Status::Open;
            if is_left {
                left.entry(finding.rule.to_string()).or_default().insert(finding.subject.clone());
            }
            !is_left
        });
        for result in &mut self.rules {
            let count = left.get(&result.rule).map_or(0, BTreeSet::len);
            result.counts.judged -= count;
            result.counts.failed -= count;
            result.counts.not_applicable += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_passes_only_where_every_subject_is_known_to_pass() {
        let counts = |judged, failed, unknown| Counts { judged, failed, unknown, not_applicable: 1 };
        assert_eq!(counts(3, 0, 0).status(), RuleStatus::Passed);
        assert_eq!(counts(3, 0, 1).status(), RuleStatus::Unknown);
        assert_eq!(counts(3, 1, 1).status(), RuleStatus::Failed);
        assert_eq!(counts(0, 0, 0).status(), RuleStatus::NotApplicable);
        assert_eq!(counts(3, 1, 0).passed(), 2);
    }
}
