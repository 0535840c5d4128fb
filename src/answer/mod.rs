//! Answers: the JSON that `path`, `who-can`, `can` and `export edges` print, and what their tables are drawn from.
//!
//! Owns: the shapes of interfaces 2 to 4 and 7. Does not know how an answer is found (`graph`) or drawn (`report`).

mod explain;
pub mod simulation;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::snapshot::ledger::Gap;
pub use explain::{ExplainAnswer, ExplainedLayer, ExplainedStatement, Outcome, StatementOutcome};

/// What is known of a question.
///
/// Ordered by preference: a path of a lesser verdict is only shown where there is none of a better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Holds on the snapshot's facts alone.
    Allowed,
    /// Holds only if request facts that no snapshot has are right.
    Conditional,
    /// Data is missing or a document could not be parsed.
    Unknown,
    /// Does not hold whatever the request.
    Denied,
}

impl Verdict {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Conditional => "conditional",
            Self::Unknown => "unknown",
            Self::Denied => "denied",
        }
    }
}

/// Where a deciding statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the field's own words")]
pub enum Layer {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Trust,
    /// A resource-based policy other than a trust policy.
    Resource,
}

impl Layer {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Trust => "trust",
            Self::Resource => "resource",
        }
    }
}

/// What a layer did: a statement's effect, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "IAM's own words")]
pub enum EvidenceEffect {
    Allow,
    Deny,
    #[serde(rename = "none")]
    None,
}

impl EvidenceEffect {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
            Self::None => "none",
        }
    }
}

/// One statement, or the absence of one, that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Which kind of policy.
    pub layer: Layer,
    /// What it did.
    pub effect: EvidenceEffect,
    /// Name of the policy and where it is attached, e.g. `ci-base (inline, role ci-runner)`; empty where no policy matched.
    pub policy: String,
    /// Position in the document, from 0; `None` where no statement matched.
    pub statement: Option<u32>,
    /// Its `Sid`, empty where it has none.
    pub sid: String,
    /// One line for people: what matched, under which conditions.
    pub text: String,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// ARN, service principal, provider ARN, account id or `*`.
    pub from: String,
    /// Role ARN.
    pub to: String,
    /// `assume-role`, `assume-role-with-saml`, `assume-role-with-web-identity` or `service`.
    pub kind: String,
    /// `sts:AssumeRole`, …
    pub action: String,
    /// What is known of this hop.
    pub verdict: Verdict,
    /// Deciding context keys in AWS's spelling, sorted, each once.
    pub conditions: Vec<String>,
    /// How a user signs, where the answer depends on it: `access-key`, `access-key-with-mfa-code`, `session-without-mfa` or
    /// `session-with-mfa`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<&'static str>,
    /// The same in words, one phrase a condition, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Statements of all layers.
    pub evidence: Vec<Evidence>,
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
    /// `None` where denied.
    pub hop_count: Option<usize>,
    /// Empty where denied.
    pub hops: Vec<Hop>,
    /// With `--why-not` and a denied answer: the nearest statements or missing grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Vec<Evidence>>,
    /// The hop that `blocked_by` is about: the one that lacks least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Blocked>,
    /// What the name that was asked about stands for, where that is not what it seems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// What could not be read and matters here.
    pub gaps: Vec<Gap>,
}

/// Several paths, best first: what `-k` prints.
#[derive(Clone, Debug, Serialize)]
pub struct PathAnswers<'a> {
    /// The best one, as it is printed alone.
    #[serde(flatten)]
    best: Option<&'a PathAnswer>,
    /// All of them.
    paths: &'a [PathAnswer],
}

impl<'a> PathAnswers<'a> {
    /// Of one question.
    #[must_use]
    pub fn new(paths: &'a [PathAnswer]) -> Self {
        Self { best: paths.first(), paths }
    }
}

/// A hop that is not there.
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

/// What kind of principal an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Service => "service",
            Self::Federated => "federated",
            Self::Account => "account",
            Self::Public => "public",
        }
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
    /// For a service that brings people or workloads from outside IAM: whom.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub carries: Option<&'static str>,
    /// Best verdict over its paths, to whichever role of the target: `targets` has that of each.
    pub verdict: Verdict,
    /// Of the path below.
    pub conditions: Vec<String>,
    /// Of the path below.
    pub hop_count: usize,
    /// Role ARNs of the target that it reaches, sorted; answers share them, for there can be millions. Those of which that is
    /// unknown are left out, unless all are.
    pub reaches: Vec<Arc<str>>,
    /// What is known of each role that it reaches or may reach, roles of which the same is known together: best first.
    pub targets: Vec<ReachedAlike>,
    /// A shortest path of the best verdict, first to last.
    pub path: Vec<String>,
}

/// Roles that a principal reaches alike: verdict, conditions and hops are of a shortest path of the best verdict to each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedAlike {
    /// Role ARNs, sorted.
    pub roles: Vec<Arc<str>>,
    /// Best verdict over the paths to each of them.
    pub verdict: Verdict,
    /// Deciding context keys, sorted, each once.
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
    /// False where a facet that the answer needs is missing: then "at least these".
    pub proven: bool,
    /// People first, then federated, services and machines.
    pub answers: Vec<Reacher>,
    /// What could not be read and matters here.
    pub gaps: Vec<Gap>,
}

impl WhoCanAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/who-can/v2";
}

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
    /// Of the path below.
    pub hop_count: usize,
    /// A shortest path of the best verdict, first to last.
    pub path: Vec<String>,
}

/// `rolehop/can/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CanAnswer {
    /// Always [`CanAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As resolved.
    pub principal: String,
    /// False where a facet that the answer needs is missing.
    pub proven: bool,
    /// In order of verdict, hops, role.
    pub answers: Vec<Reached>,
    /// What the name that was asked about stands for, where that is not what it seems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// What could not be read and matters here.
    pub gaps: Vec<Gap>,
}

impl CanAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/can/v1";
}

/// One direct edge (interfaces 7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EdgeRow {
    /// ARN, service principal, provider ARN, account id or `*`.
    pub from: String,
    /// Role ARN.
    pub to: String,
    /// As in [`Hop::kind`].
    pub kind: String,
    /// As in [`Hop::action`].
    pub action: String,
    /// Allowed, conditional or, where asked for, unknown.
    pub verdict: Verdict,
    /// Sorted, each once.
    pub conditions: Vec<String>,
}
