//! Checks that everything is in place for a collection, and which permissions it needs.
//!
//! Owns: what is checked, and the least-privilege policies. Writes nothing.

mod examine;
pub mod permissions;

pub use examine::{Check, Health, examine};
