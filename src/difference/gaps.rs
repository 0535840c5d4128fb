//! What could not be compared.

use serde::Serialize;

use crate::snapshot::ledger::Gap;

/// What was not read, by snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Gaps {
    pub old: Vec<Gap>,
    pub new: Vec<Gap>,
}

impl Gaps {
    /// True if nothing is missing on either side.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }
}
