//! Findings: what the rules found, with proof, as every format prints it.
//!
//! Owns: one finding, its fingerprint, the sorted set and its summary. Does not know how a rule decides (`rules`) or how
//! a format looks (`report`). INVARIANT: a set is sorted by severity (worst first), rule, account, subject, message.

mod assessment;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use assessment::{Assessment, Counts, Outcome, RuleResult};

use crate::answer::Evidence;
use crate::severity::{Confidence, Severity};
use crate::snapshot::ledger::LedgerView;

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be acted on; counts for `--fail-on`.
    Open,
    /// The rule could not be evaluated for this subject: data is missing.
    Unknown,
    /// Accepted, with owner, reason and expiry.
    Waived,
    /// Known before the baseline.
    Baseline,
}

impl Status {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Baseline => "baseline",
        }
    }
}

/// One finding (interfaces 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// The rule's severity.
    pub severity: Severity,
    /// The rule's confidence.
    pub confidence: Confidence,
    /// Where it stands.
    pub status: Status,
    /// Account id, or empty for the organisation.
    pub account: String,
    /// The account's name, empty where none is known.
    pub account_name: String,
    /// ARN of what is judged.
    pub subject: String,
    /// One sentence, no full stop.
    pub message: String,
    /// What to do, from the card.
    pub remediation: String,
    /// Stable over runs: see [`fingerprint`].
    pub fingerprint: String,
    /// The statements that prove it.
    pub evidence: Vec<Evidence>,
    /// ARNs from first to last, where the finding is a path.
    pub path: Vec<String>,
}

/// Identity of a finding over time: SHA-256 of rule, subject and a discriminator within the subject, 32 hexadecimal
/// digits. Never of counts, dates, names of runs or messages.
#[must_use]
pub fn fingerprint(rule: &str, subject: &str, discriminator: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, subject, discriminator] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Counts of findings by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub open: usize,
    pub waived: usize,
    pub baseline: usize,
    pub unknown: usize,
}

/// `rolehop/findings/v1`: all findings of a run with the ledger they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingSet {
    /// Always [`FindingSet::SCHEMA`].
    pub schema: &'static str,
    /// Counts by status.
    pub summary: Summary,
    /// Sorted: worst severity first.
    pub findings: Vec<Finding>,
    /// What the findings rest on.
    pub ledger: LedgerView,
}

impl FindingSet {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/findings/v1";

    /// Sorts and counts.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>, ledger: LedgerView) -> Self {
        findings.sort_by(|a, b| {
            let key = |f: &Finding| (std::cmp::Reverse(f.severity), f.status);
            key(a).cmp(&key(b)).then_with(|| {
                (&a.rule, &a.account, &a.subject, &a.message).cmp(&(&b.rule, &b.account, &b.subject, &b.message))
            })
        });
        let count = |status| findings.iter().filter(|f| f.status == status).count();
        let summary = Summary {
            open: count(Status::Open),
            waived: count(Status::Waived),
            baseline: count(Status::Baseline),
            unknown: count(Status::Unknown),
        };
        Self { schema: Self::SCHEMA, summary, findings, ledger }
    }

    /// True where an open finding is at least this severe.
    #[must_use]
    pub fn fails_on(&self, threshold: Severity) -> bool {
        self.findings.iter().any(|f| f.status == Status::Open && f.severity >= threshold)
    }
}
