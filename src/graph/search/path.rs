//! One path as a search finds it.

use crate::answer::Verdict;
use crate::eval::Truth;
use crate::graph::edge::Hop;
use crate::graph::lens::Lens;
use crate::graph::source::Source;

/// One way to a target.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) verdict: Verdict,
    pub(crate) hops: Vec<Hop>,
    /// The formula of the whole, where its calls share facts.
    pub(crate) joint: Option<Truth>,
}

/// The verdict of a path that a lens shows. What AWS passes for people is known, so that nothing may be left to decide of a
/// path whose calls ask for something of the session.
pub(crate) fn verdict_of(lens: Lens, source: &Source, is_nothing_left: bool) -> Verdict {
    let is_settled = source.is_of_people() && is_nothing_left;
    if is_settled && lens.verdict == Verdict::Conditional { Verdict::Allowed } else { lens.verdict }
}
