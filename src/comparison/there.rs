//! Who reaches a target on one side, or that the side has no such target, as far as it can be told.

use crate::graph::SelectError;
use crate::graph::query::WhoCan;
use crate::snapshot::ledger::Gap;

/// What one side knows of a target.
pub(super) struct There<'g, 'e> {
    /// `None` where it has no such target, or has none among what was read.
    pub(super) found: Option<WhoCan<'g, 'e>>,
    /// Missing data that matters.
    pub(super) gaps: Vec<Gap>,
}

impl<'g, 'e> There<'g, 'e> {
    /// A side that does not have the target has no ways to it; a name that fits several roles is an error.
    pub(super) fn of(found: Result<WhoCan<'g, 'e>, SelectError>) -> Result<Self, SelectError> {
        match found {
            Ok(found) => Ok(Self { gaps: found.missing().to_vec(), found: Some(found) }),
            Err(error) => match error.unread() {
                Some(unread) => Ok(Self { found: None, gaps: unread.iter().cloned().collect() }),
                None => Err(error),
            },
        }
    }
}
