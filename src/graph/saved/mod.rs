//! The saved index of a snapshot: who leads where, so that a question opens only the files that it can touch.
//!
//! Owns: the table of accounts, every edge that is not denied as a pair of numbers, and which accounts lie between two principals, behind
//! a role or ahead of a principal. Does not decide anything: an edge leads here if some way of calling is not denied, so what is left out
//! is on no path. INVARIANT: an answer from the accounts that a question can touch is the answer from all (`tests/saved_index.rs`).

mod file;
mod make;
mod question;
mod rows;

use std::collections::BTreeSet;
use std::ops::Range;

use fixedbitset::FixedBitSet;
use jiff::Timestamp;

pub use file::{FILE, Opened};
pub use question::{Asked, WORTH, part_of};

use crate::ids::AccountId;
use crate::model::{Part, ReadAccount};
use rows::Rows;

/// Who leads where in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    accounts: Vec<Entry>,
    /// All accounts are of one.
    partition: String,
    /// The time at which conditions were judged; `None` if no policy reads it.
    at: Option<Timestamp>,
    sets_source_identity: bool,
    /// By source, its members: those of a class or several, or one principal.
    sources: Rows,
    /// By principal, the sources of the edges into it; users have none.
    into: Rows,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: AccountId,
    name: String,
    /// The number of its first principal; the others follow in order of kind and name.
    first: u32,
    /// True where its file is always opened: it was not read completely, or others need something of it.
    always: bool,
}

impl Saved {
    /// Number of accounts.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Number of users and roles.
    #[must_use]
    pub fn principals(&self) -> usize {
        self.into.len()
    }

    /// Number of edges, each for all who share it.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.into.entries().len()
    }

    /// True if its edges are those of this time.
    fn holds(&self, at: Timestamp) -> bool {
        self.at.is_none_or(|judged| judged == at)
    }

    /// The part of a snapshot that has these accounts.
    fn part(&self, accounts: impl IntoIterator<Item = AccountId>) -> Part {
        let always = self.accounts.iter().filter(|entry| entry.always).map(|entry| entry.id);
        let opened: BTreeSet<AccountId> = always.chain(accounts).collect();
        let partition: Box<str> = self.partition.as_str().into();
        let read = self.accounts.iter().filter(|entry| !entry.always);
        let read =
            read.map(|entry| ReadAccount { id: entry.id, name: entry.name.clone(), partition: partition.clone() });
        Part { opened, read: read.collect(), sets_source_identity: self.sets_source_identity, is_outline: false }
    }

    /// The number of an account's first principal.
    fn first_of(&self, account: AccountId) -> Option<u32> {
        let at = self.accounts.binary_search_by_key(&account, |entry| entry.id).ok()?;
        self.accounts.get(at).map(|entry| entry.first)
    }

    /// The accounts of these principals.
    fn accounts_of(&self, principals: &FixedBitSet) -> BTreeSet<AccountId> {
        let touched = self.ranges().filter(|(_, range)| principals.contains_any_in_range(range.clone()));
        touched.map(|(id, _)| id).collect()
    }

    /// The numbers of each account's principals.
    fn ranges(&self) -> impl Iterator<Item = (AccountId, Range<usize>)> {
        let ends = self.accounts.iter().skip(1).map(|entry| entry.first as usize).chain([self.principals()]);
        self.accounts.iter().zip(ends).map(|(entry, end)| (entry.id, entry.first as usize..end))
    }

    /// Everybody from whom a walk leads to these roles, themselves included, and the sources of its edges.
    fn behind(&self, roles: &[u32]) -> Closure {
        let mut found = self.nothing();
        let mut open = found.add_all(roles);
        while let Some(role) = open.pop() {
            for source in self.into.of(role) {
                if !found.sources.put(*source as usize) {
                    open.extend(found.add_all(self.sources.of(*source)));
                }
            }
        }
        found
    }

    /// Everybody to whom a walk over the edges of these sources leads from these principals, themselves included.
    fn ahead(&self, from: &[u32], over: &FixedBitSet) -> Closure {
        let sources_of = self.sources.inverted(self.principals(), over);
        let roles_of = self.into.inverted(self.sources.len(), &every(self.principals()));
        let mut found = self.nothing();
        let mut open = found.add_all(from);
        while let Some(principal) = open.pop() {
            for source in sources_of.of(principal) {
                if !found.sources.put(*source as usize) {
                    open.extend(found.add_all(roles_of.of(*source)));
                }
            }
        }
        found
    }

    fn nothing(&self) -> Closure {
        Closure {
            principals: FixedBitSet::with_capacity(self.principals()),
            sources: FixedBitSet::with_capacity(self.sources.len()),
        }
    }
}

/// All of so many.
fn every(count: usize) -> FixedBitSet {
    let mut all = FixedBitSet::with_capacity(count);
    all.insert_range(..);
    all
}

/// What walks lead over.
struct Closure {
    principals: FixedBitSet,
    sources: FixedBitSet,
}

impl Closure {
    /// Adds principals; those that are new. A number that no principal has is none.
    fn add_all(&mut self, principals: &[u32]) -> Vec<u32> {
        let mut new = principals.to_vec();
        let known = self.principals.len();
        new.retain(|principal| (*principal as usize) < known && !self.principals.put(*principal as usize));
        new
    }
}
