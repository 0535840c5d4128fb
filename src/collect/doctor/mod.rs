//! Is everything in place for a collection, and which permissions does it need.
//!
//! Owns: what is looked at, and the least policies. Writes nothing.

mod examine;
pub mod permissions;

pub use examine::{Check, Health, examine};
