//! Who can assume what: edges from indexes, reachability both ways, shortest paths with proof.
//!
//! Owns: which requests are worth deciding, and searching what was decided. Does not know how one request is decided
//! (`eval`). INVARIANT: cost follows distinct documents and real edges; no loop runs over principals times roles.

mod carriers;
mod decision;
mod edge;
mod edges;
mod group;
mod index;
mod lens;
mod may_have;
mod misses;
mod mode;
mod name_error;
mod names;
mod near;
mod passed;
mod person_names;
pub mod query;
mod role_globs;
pub mod saved;
mod search;
mod selector;
mod session;
mod signing;
mod source;
mod target;
mod trust_graph;

pub use decision::Decision;
pub use edge::{Edge, EdgeKind, Escalation, Hop};
pub(crate) use edges::{is_for_unread, is_of_identity_center};
pub use group::{Added, Group, Visited};
pub use mode::Mode;
pub use name_error::SelectError;
pub use search::Reach;
pub use source::Source;
pub use target::Members;
pub use trust_graph::TrustGraph;
