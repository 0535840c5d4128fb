//! Groups that fit: from who needs which roles to the fewest groups that let users into these and no others.
//!
//! Owns: what is planned, and that the plan is checked twice: as it is written, and by deciding the organization with it. Does not print
//! and does not change anything. INVARIANT: nobody gets more than is needed from a group of the plan, and whoever does not get all of it
//! is named with the reason.

mod alternatives;
mod bindings;
mod check;
pub mod cover;
mod hub;
mod limits;
mod names;
mod need;
mod pack;
mod pairs;
mod plan;
mod roles;
mod used;

pub use need::{Need, read};
pub use pairs::{Pairs, today};
pub use plan::{Asked, plan};
pub use used::{Used, used};
