//! The answer of `who-can`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use crate::snapshot::ledger::Gap;

/// What kind of principal an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the field's own words")]
pub enum PrincipalKind {
    User,
    Role,
    Service,
    Federated,
    Account,
    Public,
}

impl PrincipalKind {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One principal that reaches the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reacher {
    /// ARN, service principal, provider ARN, account id or `*`.
    pub principal: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its account id, empty for services and `*`.
    pub account: String,
    /// For a service that lets in people or workloads from outside IAM: which.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub carries: Option<&'static str>,
    /// Best verdict over its paths to any role of the target: `targets` has the verdict for each.
    pub verdict: Verdict,
    /// Of the path below.
    pub conditions: Vec<String>,
    /// Of the path below.
    pub hop_count: usize,
    /// Role ARNs of the target that it reaches, sorted; shared between answers, because there can be millions. Roles with an
    /// unknown verdict are left out, unless all are unknown.
    pub reaches: Arc<[Arc<str>]>,
    /// Every role that it reaches or may reach; roles with the same verdict, conditions and hops are grouped, best first.
    pub targets: Arc<[ReachedAlike]>,
    /// A shortest path of the best verdict, first to last.
    pub path: Vec<String>,
}

/// Roles that a principal reaches alike: verdict, conditions and hops are those of a shortest path of the best verdict to each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedAlike {
    /// Role ARNs, sorted.
    pub roles: Vec<Arc<str>>,
    /// Best verdict over the paths to each of them.
    pub verdict: Verdict,
    /// Deciding context keys, sorted, without duplicates.
    pub conditions: Vec<String>,
    /// Of a shortest path.
    pub hop_count: usize,
}

/// `rolehop/who-can/v2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhoCanAnswer {
    /// Always [`WhoCanAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As asked.
    pub target: String,
    /// Role ARNs that the target stands for, sorted.
    pub resolved: Vec<String>,
    /// False if data that the answer needs is missing: then "at least these".
    pub proven: bool,
    /// People first, then federated, services and machines.
    pub answers: Vec<Reacher>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

impl WhoCanAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/who-can/v2";
}
