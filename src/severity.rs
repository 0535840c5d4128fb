//! How bad a finding is, and how sure rolehop is of it.

use serde::{Deserialize, Serialize};

/// One severity per rule id. Ordered: `Info` is least.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How likely a finding is to be a true positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    /// The lower-case word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
