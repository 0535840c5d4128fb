//! A whole collection: which accounts are read, in which order, and what of it is kept.
//!
//! Owns: the order of work, deadlines, resuming, the manifest and the messages at the end. Does not know single calls.
//! INVARIANT: every listed account ends as complete, incomplete with reasons, or skipped with a reason.

pub(crate) mod accounts;
pub(crate) mod connect;
pub(crate) mod manifest;
pub(crate) mod messages;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod resume;
pub(crate) mod whole;
