//! Credential reports that were requested.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::ids::AccountId;

/// When each account's report was started; an account that is absent has none.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<BTreeMap<AccountId, Timestamp>>);

impl Reports {
    pub(crate) fn started(&self, account: AccountId) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).copied()
    }

    /// Starts a report if there is none. Returns the start of an earlier one.
    pub(crate) fn start(&self, account: AccountId, now: Timestamp) -> Option<Timestamp> {
        let mut started = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = started.get(&account).copied();
        started.entry(account).or_insert(now);
        earlier
    }
}
