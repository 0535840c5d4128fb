//! Differences: what `diff` found between two snapshots, as JSON, table, CSV and Markdown print it.
//!
//! Owns: the shapes and the words for kinds of change. Does not know how a difference is found (`comparison`). INVARIANT: what cannot
//! be compared is told where it belongs; it never stands as "no change".

mod change;
mod gaps;
mod paths;
mod planned;
mod whole;

pub use change::{Change, ChangeKind, Clause, What};
pub use gaps::Gaps;
pub use paths::{Example, PathChange, TargetDifference, WayChange, WayCounts, WayGroup, WayState};
pub use planned::{NotUnderstood, OtherType, Planned, Source};
pub use whole::{Difference, FindingChange, FindingDifference, Section, SideView};
