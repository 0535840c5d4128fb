//! Searches over decided edges: backwards from targets, forwards from a source, one path after the other.

pub(super) mod backward;
pub(super) mod best;
mod first_call;
pub(super) mod forward;
pub(super) mod k_best;
mod outgoing;
pub(super) mod path;
pub(super) mod starts;
pub(super) mod targets;

pub use backward::Reach;
