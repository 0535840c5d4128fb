//! Everything that differs between two snapshots.

use serde::Serialize;

use super::change::Change;
use super::gaps::Gaps;
use super::paths::TargetDifference;
use super::planned::Planned;
use crate::finding::{Finding, Status};
use crate::severity::Severity;

/// One of the two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideView {
    /// The directory, as it was given.
    pub snapshot: String,
    /// Id of its organization, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// When conditions and ages are judged: the time of the snapshot, unless another was given.
    pub at: String,
    /// Accounts that were listed.
    pub accounts: usize,
    /// Users and roles that were read.
    pub principals: usize,
}

/// Changes of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// In order of kind; equal changes are one, with everything that has them.
    pub changes: Vec<Change>,
    /// What was not read, so that it is not compared.
    pub gaps: Gaps,
}

/// A finding that is on both sides and not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingChange {
    /// Status and severity as they were.
    pub old_status: Status,
    /// The same.
    pub old_severity: Severity,
    /// As it is.
    pub finding: Finding,
}

/// Findings by their fingerprints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindingDifference {
    /// Only in the new snapshot, or about somebody who was not in it, worst first.
    pub new: Vec<Finding>,
    /// Only in the old snapshot, or no longer about somebody, worst first.
    pub resolved: Vec<Finding>,
    /// With another status or severity.
    pub changed: Vec<FindingChange>,
    /// On one side alone, where the other side lacks the data that would tell.
    pub not_comparable: Vec<Finding>,
    /// How many are on both sides and the same.
    pub unchanged: usize,
    /// What rules could not judge for want of data: counts of results.
    pub unknown_old: usize,
    /// The same of the new snapshot.
    pub unknown_new: usize,
}

/// `rolehop/diff/v1`. What was not asked for is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Always [`Difference::SCHEMA`].
    pub schema: &'static str,
    /// The first snapshot.
    pub old: SideView,
    /// The second.
    pub new: SideView,
    /// False where something of what was asked for cannot be compared.
    pub comparable: bool,
    /// The plans that make the second of the first; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<Planned>,
    /// Ways to targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<TargetDifference>>,
    /// Findings of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingDifference>,
    /// Users and roles, their policies, groups and tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principals: Option<Section>,
    /// Users and groups of identity stores, permission sets, assignments and entitlements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Section>,
    /// Trust policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusts: Option<Section>,
    /// SCPs and RCPs in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrails: Option<Section>,
    /// Accounts, their OUs, names and tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Section>,
}

impl FindingDifference {
    /// True if a rule could not judge something on either side.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.not_comparable.is_empty() && self.unknown_old == 0 && self.unknown_new == 0
    }

    /// True if an open finding is new, or open again, and at least this severe.
    #[must_use]
    pub fn fails_on(&self, threshold: Severity) -> bool {
        let reopened = self
            .changed
            .iter()
            .filter(|change| change.old_status != Status::Open || change.old_severity < change.finding.severity);
        let worse = self.new.iter().chain(reopened.map(|change| &change.finding));
        worse.into_iter().any(|finding| finding.status == Status::Open && finding.severity >= threshold)
    }

    /// True if nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.resolved.is_empty() && self.changed.is_empty()
    }
}

impl Difference {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/diff/v1";

    /// The organizations, where they are known and are two.
    #[must_use]
    pub fn organizations_differ(&self) -> Option<(&str, &str)> {
        let both = self.old.organization.as_deref().zip(self.new.organization.as_deref());
        both.filter(|(old, new)| old != new)
    }

    /// Every change that is a cause, or stands in a section.
    pub fn changes_mut(&mut self) -> impl Iterator<Item = &mut Change> {
        let ways = self.paths.iter_mut().flatten().flat_map(|target| &mut target.changes);
        let causes = ways.flat_map(|way| &mut way.causes);
        let sections =
            [&mut self.principals, &mut self.people, &mut self.trusts, &mut self.guardrails, &mut self.accounts];
        causes.chain(sections.into_iter().flatten().flat_map(|section| &mut section.changes))
    }

    /// The sections of changes, in order of output.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &Section)> {
        let all = [
            ("principals", &self.principals),
            ("people", &self.people),
            ("trusts", &self.trusts),
            ("guardrails", &self.guardrails),
            ("accounts", &self.accounts),
        ];
        all.into_iter().filter_map(|(name, section)| Some((name, section.as_ref()?)))
    }

    /// True if nothing differs in what was compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.iter().flatten().all(|target| target.changes.is_empty())
            && self.findings.as_ref().is_none_or(FindingDifference::is_empty)
            && self.sections().all(|(_, section)| section.changes.is_empty())
    }
}
