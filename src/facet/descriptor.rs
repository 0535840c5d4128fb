//! What a facet is, beside its data.
//!
//! Owns: the fields of a facet's descriptor.

use super::operation::Operation;

/// A facet: its name and the AWS calls that it takes.
#[derive(Debug)]
pub struct Descriptor {
    /// The kebab-case word that every format prints.
    pub name: &'static str,
    /// A word that names it together with others.
    pub group: Option<Group>,
    /// When it is read.
    pub when: When,
    /// Its AWS calls.
    pub operations: &'static [Operation],
    /// How many calls that makes.
    pub cost: Cost,
}

/// Groups that can be named, in the order in which their facets are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What users sign in with.
    Credentials,
    /// Trails.
    CloudTrail,
    /// What Organizations says beside the list of accounts.
    Organization,
    /// What principals have used.
    LastUsed,
}

/// When a facet is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Without it nothing can be said about an account. Cannot be left out.
    Always,
    /// Cheap: a few calls an account, and three for each user.
    ByDefault,
    /// Where it is named or needed: many calls, or slow ones.
    OnRequest,
    /// A part of something that is read in any case; cannot be named.
    Inherent,
}

/// Calls that a facet takes, roughly.
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
