//! The answer of `can`.

use serde::{Deserialize, Serialize};

use super::needs::Needs;
use super::verdict::Verdict;
use super::via::{MfaOfPeople, Via};
use crate::snapshot::ledger::Gap;

/// One role that a principal reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Role ARN.
    pub role: String,
    /// The role's account id.
    pub account: String,
    /// Best verdict over all paths.
    pub verdict: Verdict,
    /// Of the path below.
    pub conditions: Vec<String>,
    /// What must be right of the path below, in words.
    #[serde(skip_deserializing)]
    pub needs: Needs,
    /// Of the path below.
    pub hop_count: usize,
    /// Of a person: by which group, permission set or entitlement the path begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// A shortest path of the best verdict, first to last.
    pub path: Vec<String>,
    /// Where ways to escalate are followed, of a role that is an administrator of its account or one step from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<Administrator>,
}

/// An administrator of an account, or who becomes one by one way to escalate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrator {
    /// False where it is one already.
    pub in_one_step: bool,
    /// What happens on the first way that leads there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The id of this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
}

/// `rolehop/can/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CanAnswer {
    /// Always [`CanAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As resolved.
    pub principal: String,
    /// Options that narrowed it, as they are written, for people.
    #[serde(skip)]
    pub asked: Vec<String>,
    /// Where ways to escalate are followed, of a user or role that is an administrator of its account or one step from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator: Option<Administrator>,
    /// False if data that the answer needs is missing.
    pub proven: bool,
    /// In order of verdict, hops, role.
    pub answers: Vec<Reached>,
    /// Of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_of_people: Option<MfaOfPeople>,
    /// What the given name stands for, if that is not obvious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

impl CanAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/can/v1";
}
