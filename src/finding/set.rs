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

/// `rolehop/findings/v1`: all findings of a run with the ledger that they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingSet {
    /// Always [`FindingSet::SCHEMA`].
    pub schema: &'static str,
    /// Counts by status.
    pub summary: Summary,
    /// The accounts that were asked for: findings of others, and of the organization, are left out. `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_accounts: Option<BTreeSet<AccountId>>,
    /// Waivers that somebody has to look after, in the order of the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverNotice>,
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

    /// True if an open finding is at least this severe.
    #[must_use]
    pub fn fails_on(&self, threshold: Severity) -> bool {
        self.findings.iter().any(|f| f.status == Status::Open && f.severity >= threshold)
    }
}
