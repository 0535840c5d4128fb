//! Ways to a target that are new, lost or no longer what they were.

use serde::Serialize;

use super::change::Change;
use super::gaps::Gaps;
use crate::answer::{PrincipalKind, Verdict};

/// How a way changed. Ordered for output: what gives access first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WayChange {
    /// There was none.
    New,
    /// It needs less than it did.
    Easier,
    /// It needs something else.
    Changed,
    /// It needs more than it did.
    Harder,
    /// There is none any more.
    Lost,
}

impl WayChange {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// True where somebody may have access that he had not: what `--fail-on new-path` looks for.
    #[must_use]
    pub fn gives_access(self) -> bool {
        matches!(self, Self::New | Self::Easier | Self::Changed)
    }
}

/// What is known of a way on one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct WayState {
    /// Of a best path.
    pub verdict: Verdict,
    /// Deciding context keys, sorted.
    pub conditions: Vec<String>,
}

/// Principals, and roles that each of them reaches or reached alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WayGroup {
    /// What the principals are.
    pub kind: PrincipalKind,
    /// ARN, service principal, provider ARN, account id or `*`, sorted.
    pub principals: Vec<String>,
    /// Role ARNs, sorted.
    pub roles: Vec<String>,
    /// As it was; `None` for a new way.
    pub old: Option<WayState>,
    /// As it is; `None` for a lost way.
    pub new: Option<WayState>,
}

/// One path, as a proof to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// True if the path is one of the old snapshot.
    pub is_old: bool,
    /// From the principal to the role.
    pub path: Vec<String>,
    /// What happens at each hop, where one of them is a way to escalate; else empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// Ways that changed alike, by the same causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathChange {
    /// How.
    pub change: WayChange,
    /// Why: all of these together. Kind `untold` where that cannot be told.
    pub causes: Vec<Change>,
    /// How many principals.
    pub principals: usize,
    /// How many roles.
    pub roles: usize,
    /// Pairs of a principal and a role.
    pub ways: u64,
    /// Which ways: each pair is in one group.
    pub groups: Vec<WayGroup>,
    /// One of the paths.
    pub example: Option<Example>,
}

/// How many ways there are of each sort: pairs of a principal and a role of the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WayCounts {
    /// There were none.
    pub new: u64,
    /// They need less.
    pub easier: u64,
    /// They need something else.
    pub changed: u64,
    /// They need more.
    pub harder: u64,
    /// There are none any more.
    pub lost: u64,
    /// They are what they were.
    pub unchanged: u64,
    /// Of which one side does not know whether there is one: data is missing.
    pub unknown: u64,
}

/// The ways to one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetDifference {
    /// As configured or asked.
    pub target: String,
    /// False where a side lacks data that the answer needs: then a new way may be old, and a lost one may still be there.
    pub comparable: bool,
    /// Roles of the target in the old snapshot; `None` if it has no such target.
    pub old_roles: Option<usize>,
    /// The same of the new one.
    pub new_roles: Option<usize>,
    /// Counts of ways.
    pub ways: WayCounts,
    /// What gives access first, then the most ways.
    pub changes: Vec<PathChange>,
    /// Missing data that matters here.
    pub gaps: Gaps,
}

impl WayCounts {
    /// Counts ways of one sort.
    pub fn add(&mut self, change: WayChange, ways: u64) {
        *self.of(change) += ways;
    }

    /// Counts ways as unknown that were counted as changed: a side lacks the data that would tell.
    pub fn set_unknown(&mut self, change: WayChange, ways: u64) {
        let count = self.of(change);
        *count = count.saturating_sub(ways);
        self.unknown += ways;
    }

    /// Counts ways as changed that were counted as unchanged: they ask for the same keys with other values.
    pub fn set_changed(&mut self, change: WayChange, ways: u64) {
        self.unchanged = self.unchanged.saturating_sub(ways);
        *self.of(change) += ways;
    }

    fn of(&mut self, change: WayChange) -> &mut u64 {
        match change {
            WayChange::New => &mut self.new,
            WayChange::Easier => &mut self.easier,
            WayChange::Changed => &mut self.changed,
            WayChange::Harder => &mut self.harder,
            WayChange::Lost => &mut self.lost,
        }
    }
}

impl TargetDifference {
    /// True where somebody may have access that he had not.
    #[must_use]
    pub fn gives_access(&self) -> bool {
        self.changes.iter().any(|change| change.change.gives_access())
    }
}
