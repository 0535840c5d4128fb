//! One path as a search finds it.

use crate::answer::Verdict;
use crate::eval::Truth;
use crate::graph::edge::Hop;

/// One way to a target.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) verdict: Verdict,
    pub(crate) hops: Vec<Hop>,
    /// The formula of the whole, where its calls share facts.
    pub(crate) joint: Option<Truth>,
}
