//! Which paths a question counts.

/// Which paths count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// No longer ones.
    pub max_hops: Option<usize>,
    /// Only those through this role: ARN or `account/role`.
    pub via: Option<String>,
}
