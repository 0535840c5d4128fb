//! Answers: what `path`, `who-can`, `can`, `explain`, `simulate` and `export edges` print, as JSON or as a table.
//!
//! Owns: their shapes. Does not know how an answer is found (`graph`) or drawn (`report`).

mod can;
mod can_summary;
mod cut;
mod drawing;
mod edge;
mod evidence;
mod explain;
mod needs;
mod path;
mod plan_groups;
mod principal;
mod profile_way;
mod quotas;
mod reach_summary;
mod role_set;
pub mod simulation;
mod verdict;
mod via;
mod who_can;

pub use can::{Administrator, CanAnswer, Reached};
pub use can_summary::ReachedRow;
pub use cut::{CutAlso, CutAnswer, CutExample, CutRemoval, CutStay, CutWays};
pub use drawing::{Drawing, DrawnEdge, Grouped, Node};
pub use edge::{EdgeRef, EdgeRow};
pub use evidence::{Evidence, EvidenceEffect, Layer};
pub use explain::{ExplainAnswer, ExplainedLayer, ExplainedStatement, Indirect, Outcome, StatementOutcome};
pub use needs::Needs;
pub use path::{Blocked, Escalation, Hop, PathAnswer, PathAnswers};
pub use plan_groups::{
    DeviationKind, GroupFate, KeptGroup, PlanAccount, PlanAlternative, PlanAnswer, PlanDeviation, PlanDifference,
    PlanLimits, PlanWildcard, PlannedGroup, PlannedPolicy,
};
pub use principal::PrincipalRow;
pub use profile_way::{Entry, MfaStep, Portal, ProfileWay, ProfileWays, SignIn, Step};
pub use quotas::{QuotaCounts, QuotaRow, QuotaState, QuotasAnswer};
pub(crate) use reach_summary::largest;
pub use reach_summary::{Closing, GroupName, Grouping, ReachCount, ReachRow, ReachSummary, SummarySize, Who};
pub use role_set::RoleSet;
pub use verdict::Verdict;
pub use via::{MfaOfPeople, PersonFacts, Via};
pub use who_can::{PrincipalKind, ReachGroup, ReachedAlike, Reacher, WhoCanAnswer};
