//! Credentials: those that the run starts with, and the sessions in the accounts.
//!
//! Owns: profiles, their role chaining, renewal, and the environment as far as it concerns AWS. Does not know what is
//! read with them.
//! INVARIANT: no secret is printed, and data is never filed under another account than the session's own.

pub(crate) mod base;
pub(crate) mod environment;
pub(crate) mod load;
pub(crate) mod profile_chain;
pub(crate) mod session;
