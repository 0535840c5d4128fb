//! What a report tells besides findings: who reaches each target, quotas, and every framework.
//!
//! Owns: the shape of it. It is made of answers, and made only for a format that shows it.

use crate::answer::{PathAnswer, QuotasAnswer, ReachSummary};
use crate::finding::FrameworkReport;

/// Everything that a reader needs who has nothing but the report.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The endpoint in place of AWS that the snapshot was read through.
    pub endpoint: Option<String>,
    /// Each target of the configuration, in order of their names.
    pub targets: Vec<TargetReach>,
    /// Subjects that are near a quota, at it, above it, or of which that is not known.
    pub quotas: QuotasAnswer,
    /// How the controls of every framework came out; none where only some accounts were asked for.
    pub frameworks: Vec<FrameworkReport<'static>>,
}

/// Who reaches a target.
#[derive(Clone, Debug)]
pub struct TargetReach {
    /// Its name in the configuration.
    pub name: String,
    /// The answer, or why there is none.
    pub answer: Result<ReachedTarget, String>,
    /// A sentence about each selector of its definition that matches nothing.
    pub notes: Vec<String>,
}

/// The answer to who reaches a target.
#[derive(Clone, Debug)]
pub struct ReachedTarget {
    /// In groups; more principals and roles of each are named than a table has room for.
    pub summary: ReachSummary,
    /// For each group in its order some paths with their proof, which differ in hops or in the name of the role.
    pub paths: Vec<Vec<PathAnswer>>,
}
