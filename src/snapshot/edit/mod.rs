//! Changes to a snapshot that is in memory: the organization as it would be, without a copy on disk.
//!
//! Owns: which changes there are, where each is made, and that each is made exactly once. Does not know what a change does to an
//! answer (`change`, `cut`). INVARIANT: the files stay as they are; a change that finds nothing to change is an error.

mod account;
mod groups;
mod kinds;
mod organization;
mod people;

pub(super) use account::apply;
pub use kinds::{DocumentAt, Edit, EditError, GroupMade, Holder, Regrouping, Removal};
pub(super) use organization::{replace, without_statement};
pub(super) use people::{without_assignment, without_entitlement, without_membership};
