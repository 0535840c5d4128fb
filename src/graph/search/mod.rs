//! Searches over decided edges: backwards from targets, forwards from a source, one path after the other.

pub(super) mod backward;
pub(super) mod best;
mod condition_sets;
pub(super) mod forward;
mod given;
pub(super) mod k_best;
mod known;
mod layer;
mod outgoing;
pub(super) mod path;
mod sources;
pub(super) mod starts;
mod states;
mod sweep;
pub(super) mod targets;
mod walk;

pub use backward::Reach;
pub(super) use outgoing::Outgoing;
pub(super) use sources::SourceIx;
