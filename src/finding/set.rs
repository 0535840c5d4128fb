//! All findings of a run, sorted and counted.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::acceptance::WaiverNotice;
use super::baseline::BaselineResult;
use super::record::{Finding, Status};
use crate::ids::AccountId;
use crate::severity::Severity;
use crate::snapshot::ledger::LedgerView;

/// Counts of findings by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub open: usize,
    pub waived: usize,
    pub baseline: usize,
    pub unknown: usize,
}

/// Findings that are counted in the summary alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The least severity that was asked for.
    pub min_severity: Severity,
    /// How many are less severe.
    pub findings: usize,
    /// The worst severity of the open ones.
    #[serde(skip)]
    pub worst_open: Option<Severity>,
}

/// `rolehop/findings/v1`: all findings of a run with the ledger that they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingSet {
    /// Always [`FindingSet::SCHEMA`].
    pub schema: &'static str,
    /// Counts by status, of what was left out as well.
    pub summary: Summary,
    /// The accounts that were asked for: findings of others, and of the organization, are left out. `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_accounts: Option<BTreeSet<AccountId>>,
    /// Waivers that somebody has to look after, in the order of the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverNotice>,
    /// What was found and is not among the findings, since it is less severe than what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// What became of the findings of the baseline, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
    /// Sorted: worst severity first.
    pub findings: Vec<Finding>,
    /// What the findings rest on.
    pub ledger: LedgerView,
}

impl Summary {
    /// Counts findings by their status.
    pub fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            *match finding.status {
                Status::Open => &mut summary.open,
                Status::Waived => &mut summary.waived,
                Status::Baseline => &mut summary.baseline,
                Status::Unknown => &mut summary.unknown,
            } += 1;
        }
        summary
    }

    /// Adds the counts of other findings.
    pub fn add(&mut self, other: Self) {
        self.open += other.open;
        self.waived += other.waived;
        self.baseline += other.baseline;
        self.unknown += other.unknown;
    }
}

impl FindingSet {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/findings/v1";

    /// Sorts and counts.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>, ledger: LedgerView) -> Self {
        findings.par_sort_by(|a, b| {
            let key = |f: &Finding| (std::cmp::Reverse(f.severity), f.status);
            key(a).cmp(&key(b)).then_with(|| {
                (&a.rule, &a.account, &a.subject, &a.message).cmp(&(&b.rule, &b.account, &b.subject, &b.message))
            })
        });
        let summary = Summary::of(findings.iter());
        Self {
            schema: Self::SCHEMA,
            summary,
            only_accounts: None,
            waivers: Vec::new(),
            left_out: None,
            baseline: None,
            findings,
            ledger,
        }
    }

    /// The same, with the waivers that somebody has to look after.
    #[must_use]
    pub fn with_waivers(self, waivers: Vec<WaiverNotice>) -> Self {
        Self { waivers, ..self }
    }

    /// The same, with what became of the findings of the baseline.
    #[must_use]
    pub fn with_baseline(self, baseline: Option<BaselineResult>) -> Self {
        Self { baseline, ..self }
    }

    /// The same, said to be about these accounts alone.
    #[must_use]
    pub fn about(self, only_accounts: Option<BTreeSet<AccountId>>) -> Self {
        Self { only_accounts, ..self }
    }

    /// The same without findings that are less severe; what is unknown is never left out. The summary counts them still.
    #[must_use]
    pub fn of_severity(mut self, least: Option<Severity>) -> Self {
        let Some(min_severity) = least else { return self };
        let is_asked = |finding: &Finding| finding.status == Status::Unknown || finding.severity >= min_severity;
        let less: Vec<&Finding> = self.findings.iter().filter(|finding| !is_asked(finding)).collect();
        let open = less.iter().filter(|finding| finding.status == Status::Open);
        let worst_open = open.map(|finding| finding.severity).max();
        let findings = less.len();
        self.left_out = (findings > 0).then_some(LeftOut { min_severity, findings, worst_open });
        self.findings.retain(is_asked);
        self
    }

    /// True if an open finding is at least this severe.
    #[must_use]
    pub fn fails_on(&self, threshold: Severity) -> bool {
        let left_out = self.left_out.and_then(|left_out| left_out.worst_open);
        left_out.is_some_and(|worst| worst >= threshold)
            || self.findings.iter().any(|f| f.status == Status::Open && f.severity >= threshold)
    }
}
