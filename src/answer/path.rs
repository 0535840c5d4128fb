//! The answer of `path`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::needs::Needs;
use super::verdict::Verdict;
use super::via::{MfaOfPeople, Via};
use crate::snapshot::ledger::Gap;

/// One hop of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// ARN, service principal, provider ARN, account id or `*`.
    pub from: String,
    /// Role ARN.
    pub to: String,
    /// `assume-role`, `federation` or `service`; `action` distinguishes SAML from web identity.
    pub kind: String,
    /// `sts:AssumeRole`, …
    pub action: String,
    /// What is known of this hop.
    pub verdict: Verdict,
    /// Deciding context keys in AWS's spelling, sorted, without duplicates.
    pub conditions: Vec<String>,
    /// How a user signs, if the answer depends on it: `access-key`, `access-key-with-mfa-code`, `session-without-mfa` or
    /// `session-with-mfa`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<&'static str>,
    /// Of a person: by which group, permission set or entitlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Of a way to escalate privileges: which, and what it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// The same in words, one phrase per condition, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Statements of all layers.
    pub evidence: Vec<Evidence>,
}

/// A way to escalate privileges, as a hop goes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The id of the public catalog, or one of our own (`rh-...`).
    pub catalogue: String,
    /// What happens: `create-access-key`, `put-policy`, …
    pub kind: String,
    /// The page of the catalog; none for ways that it does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Every action that it takes.
    pub actions: Vec<String>,
    /// ARN of what is changed, passed or made: `*` stands in it for a name that is free.
    pub target: String,
    /// Name of the policy that limited somebody and is gone then: a permissions boundary, or a Deny; of a group that is left all that
    /// deny something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_away: Option<String>,
    /// ARN of the principal whose sessions enter the role then, if that is not the role itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// What those sessions do before they have the role's, if anything: `iam:UpdateAssumeRolePolicy`, `sso:CreateAccountAssignment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// The way that the user goes then whom this one takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Escalation>>,
    /// What must be true when it happens, and no policy says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// `rolehop/path/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathAnswer {
    /// Always [`PathAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As resolved: an ARN, service principal, account id, …
    pub from: String,
    /// As resolved.
    pub to: String,
    /// Best verdict over all paths.
    pub verdict: Verdict,
    /// Union over the hops, sorted.
    pub conditions: Vec<String>,
    /// What must be right, in words.
    pub needs: Needs,
    /// `None` if denied.
    pub hop_count: Option<usize>,
    /// Empty if denied.
    pub hops: Vec<Hop>,
    /// With `--why-not` and a denied answer: the nearest statements or missing grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Vec<Evidence>>,
    /// The hop that `blocked_by` is about: the one that lacks the least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Blocked>,
    /// Of a path that starts at a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_of_people: Option<MfaOfPeople>,
    /// What the given name stands for, if that is not obvious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// Several paths, best first: what `-k` prints.
#[derive(Clone, Debug, Serialize)]
pub struct PathAnswers<'a> {
    /// The best one, as printed without `-k`.
    #[serde(flatten)]
    best: Option<&'a PathAnswer>,
    /// All of them.
    paths: &'a [PathAnswer],
}

impl<'a> PathAnswers<'a> {
    /// The paths of one question.
    #[must_use]
    pub fn new(paths: &'a [PathAnswer]) -> Self {
        Self { best: paths.first(), paths }
    }
}

/// A missing hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// As in [`Hop::from`].
    pub from: String,
    /// Role ARN.
    pub to: String,
}

impl PathAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/path/v1";
}
