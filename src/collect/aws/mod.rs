//! Calls to AWS: which may be made, how fast, over which connection, and whether an answer is whole.
//!
//! Owns: the closed list of operations, the only factory of SDK clients, rates and slots, the HTTP layers below the
//! SDK, pages, and what a failed call is. Does not know why a call is made, nor with whose credentials.
//! INVARIANT: an operation that is not on the list never leaves the process, and a truncated answer never counts as an
//! answer.

pub(crate) mod clients;
pub(crate) mod defect;
pub(crate) mod documents;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod flow;
pub(crate) mod http;
pub(crate) mod json_client;
pub(crate) mod lane;
pub(crate) mod layer;
pub(crate) mod operations;
pub(crate) mod pace;
pub(crate) mod pages;
pub(crate) mod probe;
pub(crate) mod proxy;
pub(crate) mod reach;
pub(crate) mod record;
pub(crate) mod required;
pub(crate) mod text;
pub(crate) mod traffic;
pub(crate) mod whole;
