//! The description of a data set.
//!
//! Owns: the fields of a data set's descriptor.

use super::operation::Operation;

/// A data set: its name and its AWS calls.
#[derive(Debug)]
pub struct Descriptor {
    /// The kebab-case word that every format prints.
    pub name: &'static str,
    /// A group that it can be named by.
    pub group: Option<Group>,
    /// When it is read.
    pub when: When,
    /// Its AWS calls.
    pub operations: &'static [Operation],
    /// Roughly how many calls it takes.
    pub cost: Cost,
}

/// Groups that can be named, in the order in which their data sets are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What users sign in with.
    Credentials,
    /// Trails.
    CloudTrail,
    /// What Organizations says besides the list of accounts.
    Organization,
    /// What principals have used.
    LastUsed,
}

/// When a data set is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing can be said about an account without it. Cannot be left out.
    Always,
    /// Cheap: a few calls per account, and three for each user.
    ByDefault,
    /// If it is named or needed: many calls, or slow ones.
    OnRequest,
    /// A part of something that is always read; cannot be named.
    Inherent,
}

/// Approximate number of calls of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// For each account.
    pub account: u64,
    /// For each user in addition.
    pub user: u64,
}

impl Cost {
    pub(super) const NONE: Self = Self { account: 0, user: 0 };

    /// So many calls for each account.
    pub(super) const fn of_account(account: u64) -> Self {
        Self { account, user: 0 }
    }

    /// So many calls for each user.
    pub(super) const fn of_user(user: u64) -> Self {
        Self { account: 0, user }
    }
}
