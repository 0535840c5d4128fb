//! Everything that a snapshot suggests.

use super::parts::{Identity, Outside, Production};
use super::{accounts, production};
use crate::model::Estate;

/// What a configuration could say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What looks like production.
    pub production: Production,
    /// Accounts that seem to hold people's users, those with most users first.
    pub identity: Vec<Identity>,
    /// Outside accounts that trust policies admit, those with most trusts first.
    pub outside: Vec<Outside>,
}

impl Proposal {
    /// Looks at a whole organization.
    #[must_use]
    pub fn of(estate: &Estate) -> Self {
        Self {
            production: production::production(estate),
            identity: accounts::identity(estate),
            outside: accounts::outside(estate),
        }
    }
}
