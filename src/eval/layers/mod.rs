//! What each layer of policy says of a question: read from the estate, or from documents that were given.

mod given;
mod of_estate;

pub(super) use given::{given, trust_or_resource};
pub(super) use of_estate::{of_estate, sides};
