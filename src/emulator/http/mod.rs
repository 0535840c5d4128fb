//! Connections, and the ways in which a body is delivered.

pub(crate) mod body;
pub(crate) mod server;
