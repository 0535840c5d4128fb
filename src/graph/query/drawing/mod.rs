//! Pictures of the graph: principals that are nodes, alone or together, and the direct edges between them.
//!
//! Owns: which edges a picture has, and how far principals are put together so that it can be looked at. INVARIANT: a node tells how
//! many principals it stands for and an edge how many edges, so that nothing is lost by grouping.

mod canvas;
mod ends;
mod everything;
mod lines;
mod options;

pub(super) use canvas::{About, Canvas};
pub(super) use ends::Ends;
pub use everything::everything;
pub(super) use lines::Line;
pub use options::{DrawOptions, TooManyNodes};
