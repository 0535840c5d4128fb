//! What shows that a class of principals has a power.

use std::sync::Arc;

use crate::eval::{ServiceKeys, Truth};

/// The request that shows a power: asked again, with a trace, it gives the statements behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// As AWS writes it, or as the policy does where the power rests on a pattern.
    pub(crate) action: Box<str>,
    pub(crate) resource: Arc<str>,
    pub(crate) keys: ServiceKeys,
}

/// Whether a class has a power, and the request that shows it. Few are asked for it, so that it is not kept.
pub(crate) struct Found {
    pub(crate) truth: Truth,
    pub(crate) shown: Option<Shown>,
}
