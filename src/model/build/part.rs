//! A part of an estate: the accounts that a question can touch.
//!
//! Owns: what is known of an account whose file is not opened. Does not know which accounts a question can touch (`graph::saved`).

use std::collections::BTreeSet;

use super::builder::Builder;
use crate::ids::AccountId;
use crate::model::account::{Account, Presence};
use crate::snapshot::Snapshot;

/// Which files are opened, and what an earlier reading of all of them found.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Accounts whose files are opened, where they have one.
    pub opened: BTreeSet<AccountId>,
    /// The accounts that were read completely.
    pub read: Vec<ReadAccount>,
    /// Whether some trust policy of all accounts allows setting a source identity.
    pub sets_source_identity: bool,
    /// True where the accounts alone are asked about: people are left out.
    pub is_outline: bool,
}

/// An account that was read completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name in the organization, or its alias.
    pub name: String,
    /// Its partition.
    pub partition: Box<str>,
}

impl Part {
    /// The accounts to open, in order.
    pub(super) fn opened(&self, snapshot: &Snapshot) -> Vec<AccountId> {
        snapshot.accounts().filter(|id| self.opened.contains(id)).collect()
    }
}

impl Builder {
    /// Adds the accounts whose files stay closed: they were read, and none of their principals is in this part.
    pub(super) fn add_unopened(&mut self, part: &Part) {
        for read in part.read.iter().filter(|read| !part.opened.contains(&read.id)) {
            let mut account = Account::bare(read.id, read.partition.clone(), Presence::Collected);
            account.name.clone_from(&read.name);
            self.accounts.insert(read.id, account);
        }
    }
}
