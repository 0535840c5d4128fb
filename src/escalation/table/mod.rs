//! The table of ways to escalate privileges: data, read once and checked.
//!
//! Owns: rows of `rules/data/escalations/` as types. Does not know who may do what (`decide`). INVARIANT: every action is one of AWS's
//! catalog of actions, and an action stands on resources exactly where the catalog says that it has some.

mod keys;
mod read;
mod way;

pub(super) use keys::keys_of;
pub use read::{taking_over, ways};
pub use way::{Binding, Given, OfUser, On, Opens, Retags, Status, Step, Way, WayIx};
