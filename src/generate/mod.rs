//! A seedable generator of organizations of any size, for benches, load tests and demonstrations.
//!
//! Owns: the shape of a generated organization and the order of its bytes. Does not know how a snapshot is read back or what its
//! policies decide.
//! INVARIANT: the same `Spec` gives the same bytes on any machine and at any thread count, because each account draws
//! from a random sequence of its own.

mod account;
mod baseline;
mod documents;
mod error;
mod hub;
mod layout;
mod organization;
mod people;
mod random;
mod role;
mod roles;
mod spec;
mod team;
mod template;
mod trust;
mod write;

pub use error::GenerateError;
pub use spec::Spec;
pub use write::{Written, write};
