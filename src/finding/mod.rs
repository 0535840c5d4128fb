//! Findings: what the rules found, with proof, as every format prints it, and the card of each rule.
//!
//! Owns: the shape of a card and of a framework with its controls, one finding, its fingerprint, the sorted set and its summary, which
//! findings say the same, and what is said
//! of waivers. Does not know how a rule decides (`rules`) or how a format looks (`report`). INVARIANT: a set is sorted by severity (worst first), rule, account, subject,
//! message.

mod acceptance;
mod assessment;
mod baseline;
mod card;
mod causes;
mod control;
mod fingerprint;
mod framework;
mod record;
mod reference;
mod set;

pub use acceptance::{Acceptance, WaiverNotice, WaiverState};
pub use assessment::{Assessment, Counts, RuleResult, RuleStatus};
pub use baseline::{BadBaseline, Baseline, BaselineResult, KnownFinding, RuleCount};
pub use card::{Proof, RuleCard, Subject};
pub use causes::{Cause, GroupBy, OfAccount, OfRule};
pub use control::{
    ControlCounts, ControlEvidence, ControlResult, ControlRule, ControlStatus, EvidenceStatus, FrameworkReport,
};
pub use fingerprint::{fingerprint, tell_apart};
pub use framework::{Basis, Control, ControlKind, Covers, Framework};
pub use record::{Finding, Status, whom};
pub use reference::{PageUrl, Reference};
pub use set::{FindingSet, LeftOut, Summary};
