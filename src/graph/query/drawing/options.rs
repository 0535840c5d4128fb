//! How a picture is to be drawn, and why it was not.

use crate::answer::Grouped;

/// How a picture is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawOptions {
    /// As far as this; `None` for the finest grouping that has room.
    pub grouped: Option<Grouped>,
    /// Nodes at most.
    pub max_nodes: usize,
}

/// A picture would have more nodes than it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyNodes {
    /// So many it would have.
    pub nodes: usize,
    /// By this grouping: of those that were tried the one with the fewest.
    pub grouped: Grouped,
}
