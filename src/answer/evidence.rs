//! The statements that an answer rests on.

use serde::{Deserialize, Serialize};

/// The layer of a deciding statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
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
        self.into()
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
    /// Name of the policy and where it is attached, e.g. `ci-base (inline, role ci-runner)`; empty if no policy matched.
    pub policy: String,
    /// Position in the document, from 0; `None` if no statement matched.
    pub statement: Option<u32>,
    /// Its `Sid`, empty if it has none.
    pub sid: String,
    /// One line for people: what matched, under which conditions.
    pub text: String,
}
