//! The organization: its list of accounts, its tree, the attached policies, and which accounts a run reads.
//!
//! Owns: the calls of Organizations, made with the base credentials. Does not know what is read inside an account.
//! INVARIANT: a part that could not be read is missing data and has no key in the file; it is never an empty list.

mod account_tags;
pub(crate) mod accounts;
pub(crate) mod client;
mod delegations;
pub(crate) mod facets;
mod features;
pub(crate) mod missing;
mod policies;
pub(crate) mod reader;
pub(crate) mod select;
pub(crate) mod units;
