//! Edges, and where they come from.

mod into_role;

pub(super) use into_role::edges_into as into;
