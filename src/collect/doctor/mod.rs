//! Checks that everything is in place for a collection, and which permissions it needs.
//!
//! Owns: what is checked, and the least-privilege policies. Writes nothing.

mod check;
mod examine;
mod people;
pub mod permissions;

pub use check::{Check, Health};
pub use examine::examine;
