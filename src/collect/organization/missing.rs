//! Why a part of the organization is missing.
//!
//! Owns: the reason with its kind, until it is listed as missing data in the manifest. Does not know which parts there
//! are.

use std::fmt;

use crate::collect::aws::error::CallError;
use crate::facet::Facet;
use crate::ids::Scope;
use crate::snapshot::ledger::Gap;

/// A part of the organization that could not be read, or was not.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) facet: Facet,
    pub(crate) reason: Reason,
}

/// Why it is missing.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// A call failed.
    Call(CallError),
    /// It was not selected, or the answer cannot be right.
    Other(String),
}

impl Missing {
    /// The manifest's entry.
    pub(crate) fn gap(&self) -> Gap {
        Gap { scope: Scope::Organization, facet: self.facet, reason: self.reason.to_string() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<CallError> for Reason {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}
