//! One account: everything that is read inside it, a file for each larger facet.
//!
//! Owns: the calls of an account and its file. Does not know other accounts.
//! INVARIANT: a facet is in the file or in the gaps, never in neither.

pub(crate) mod authorization_details;
pub(crate) mod convert;
pub(crate) mod events;
pub(crate) mod last_accessed;
pub(crate) mod managed_policies;
pub(crate) mod outcome;
pub(crate) mod read;
pub(crate) mod reconcile;
pub(crate) mod regions;
pub(crate) mod summary;
pub(crate) mod trails;
pub(crate) mod users;
