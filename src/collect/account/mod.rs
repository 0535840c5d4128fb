//! One account: everything that is read inside it, with a file for each larger data set.
//!
//! Owns: the calls of an account and its file. Does not know other accounts.
//! INVARIANT: every data set is either in the file or in the missing data.

pub(crate) mod convert;
pub(crate) mod details;
pub(crate) mod facets;
pub(crate) mod managed_policies;
pub(crate) mod outcome;
pub(crate) mod read;
pub(crate) mod reading;
pub(crate) mod reconcile;
pub(crate) mod regions;
