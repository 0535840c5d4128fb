//! The answer of `who-can`, with nothing left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::role_set::RoleSet;
use super::verdict::Verdict;
use super::via::{MfaOfPeople, PersonFacts, Via};
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
    /// A user of Identity Center.
    Person,
    /// A group of Identity Center whose members are not all known.
    Group,
}

impl PrincipalKind {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One principal that reaches the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reacher {
    /// ARN, service principal, provider ARN, account id or `*`; of a person the user name.
    pub principal: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its account id, empty for services and `*`.
    pub account: String,
    /// For a service that lets in people or workloads from outside IAM: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carries: Option<&'static str>,
    /// Of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonFacts>,
    /// Of people: by which group, permission set or entitlement the path below begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Best verdict over its paths to any role of the target: its group has the verdict for each.
    pub verdict: Verdict,
    /// Of the path below.
    pub conditions: Vec<String>,
    /// Of the path below.
    pub hop_count: usize,
    /// Roles of the target that it reaches. Roles with an unknown verdict are left out, unless all are unknown.
    pub reaches: RoleSet,
    /// Its place in [`WhoCanAnswer::groups`].
    pub group: usize,
    /// A shortest path of the best verdict, first to last.
    pub path: Vec<String>,
}

/// Principals that reach the same roles alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReachGroup {
    /// What they are.
    pub kind: PrincipalKind,
    /// As in [`Reacher::principal`], in order of the answers.
    pub principals: Vec<String>,
    /// Every role that each of them reaches or may reach; roles with the same verdict, conditions and hops are together, best
    /// first.
    pub targets: Vec<ReachedAlike>,
}

/// Roles that a principal reaches alike: verdict, conditions and hops are those of a shortest path of the best verdict to each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReachedAlike {
    /// At least one.
    pub roles: RoleSet,
    /// Best verdict over the paths to each of them.
    pub verdict: Verdict,
    /// Deciding context keys, sorted, without duplicates.
    pub conditions: Vec<String>,
    /// Of a shortest path.
    pub hop_count: usize,
}

/// `rolehop/who-can/v3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhoCanAnswer {
    /// Always [`WhoCanAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As asked.
    pub target: String,
    /// Role ARNs that the target stands for, sorted.
    pub resolved: Arc<[String]>,
    /// False if data that the answer needs is missing: then "at least these".
    pub proven: bool,
    /// Where people are among the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_of_people: Option<MfaOfPeople>,
    /// How many come in by escalation alone, by the kind of the first such step of their path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub escalations: BTreeMap<String, usize>,
    /// How many administrators of the target's accounts are not among the answers, where ways to escalate are followed: they are
    /// above its roles, so that no way starts at them.
    #[serde(skip_serializing_if = "is_zero")]
    pub administrators: usize,
    /// People first, then federated, services and machines.
    pub answers: Vec<Reacher>,
    /// In order of their first answer.
    pub groups: Vec<ReachGroup>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl WhoCanAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/who-can/v3";

    /// What a principal reaches, best first: roles with the same verdict, conditions and hops together.
    #[must_use]
    pub fn targets_of(&self, answer: &Reacher) -> &[ReachedAlike] {
        self.groups.get(answer.group).map_or(&[], |group| &group.targets)
    }
}
