//! The parts of a proposal, each with the facts that it rests on.

use std::collections::BTreeSet;

use crate::ids::AccountId;

/// Selectors of accounts that look like production.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Production {
    /// OUs, then tags, then globs on names.
    pub picks: Vec<Pick>,
    /// Accounts that a pick matches although their names say otherwise.
    pub except: Vec<Except>,
    /// Accounts whose tags were not read.
    pub tags_unread: usize,
    /// Accounts whose OUs were not read.
    pub units_unread: usize,
    /// Paths of all OUs that hold accounts.
    pub units: BTreeSet<String>,
}

/// An account that is perhaps not production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Except {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Whether nothing but a glob on names matches it, so that nobody ever called it production.
    pub by_name_only: bool,
}

/// A selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// What it selects by.
    pub by: By,
    /// A path, a value or a glob.
    pub value: String,
    /// Accounts that it matches.
    pub accounts: usize,
    /// Of these, those that no pick before it matches.
    pub new: usize,
}

/// What a pick selects by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The OU above an account.
    Ou,
    /// A tag of the account, with this key.
    Tag(String),
    /// The account's name.
    Name,
}

/// An account that seems to hold people's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// IAM users in it.
    pub users: usize,
    /// IAM users of all accounts.
    pub of: usize,
    /// Whether its name says so.
    pub named: bool,
}

/// An account outside the organization that trust policies admit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Its id.
    pub id: AccountId,
    /// Its name, if it was read with the others.
    pub name: String,
    /// Whether it was read with the others: then it is one's own.
    pub read: bool,
    /// Roles that it can assume.
    pub trusts: usize,
    /// One of them: account and name.
    pub example: String,
}

/// The words of a name: `acme-prod_core` has three.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
