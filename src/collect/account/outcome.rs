//! How an account ended, and which data each failure cost.
//!
//! Owns: the failures of a run, with their kind, until they become entries of the ledger. Does not know what was read.

use crate::collect::aws::error::CallError;
use crate::facet::{Facet, Facets};
use crate::snapshot::ledger::{AccountState, FacetGap};

/// A failure and the data that it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) facet: Facet,
    pub(crate) error: CallError,
}

/// How an account ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Empty if the account is complete.
    pub(crate) failures: Vec<Failure>,
    /// Whether anything was read.
    pub(crate) readable: bool,
    /// Whether the base credentials were used in place of the role.
    pub(crate) by_base: bool,
    /// SHA-256 of the account's file, if one was written.
    pub(crate) digest: Option<String>,
}

impl Outcome {
    /// An account that lost all its data sets to one cause.
    pub(crate) fn lost(error: &CallError, facets: &Facets) -> Self {
        let failures = facets.of_accounts().map(|facet| Failure { facet, error: error.clone() }).collect();
        Self { failures, readable: false, by_base: false, digest: None }
    }

    /// The ledger's entry.
    pub(crate) fn state(&self) -> AccountState {
        if self.failures.is_empty() {
            return AccountState::Complete;
        }
        let gap = |failure: &Failure| FacetGap { facet: failure.facet, reason: failure.error.to_string() };
        AccountState::Incomplete { gaps: self.failures.iter().map(gap).collect() }
    }
}
