//! Is everything in place for a collection, and which permissions does it need.
//!
//! Owns: one probe for each permission. Writes nothing.

mod examine;
pub mod permissions;
mod probe;

pub use examine::{Check, Health, examine};
