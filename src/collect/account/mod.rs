//! One account: everything that is read inside it, a file for each larger facet.
//!
//! Owns: the calls of an account and its file. Does not know other accounts.
//! INVARIANT: a facet is in the file or in the gaps, never in neither.

pub(crate) mod convert;
pub(crate) mod details;
pub(crate) mod facets;
pub(crate) mod managed_policies;
pub(crate) mod outcome;
pub(crate) mod read;
pub(crate) mod reading;
pub(crate) mod reconcile;
pub(crate) mod regions;
