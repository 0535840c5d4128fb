//! Paths of sources whose first calls are their own (`starts`), beside the sweeps that know nothing of them.

use super::backward::Reach;
use super::outgoing::EdgeAt;
use super::starts;
use crate::answer::Verdict;
use crate::graph::edge::Hop;
use crate::graph::lens::Lens;
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

impl Reach<'_, '_> {
    /// Hops of a shortest path from a source that [`starts::of`] names: its first hop is its own, the rest is what
    /// others pass. Never more than it takes.
    pub(crate) fn first_distance(&self, source: &Source, lens: Lens) -> Option<usize> {
        if !self.starts_apart(source) {
            return self.distance(source, lens);
        }
        let estate = self.estate();
        let lengths = self.outgoing().of(source, estate).filter_map(|(role, at)| {
            let edge = self.edges_into(role).get(at)?;
            let fits = lens.shows(&starts::next(edge, source, &[]));
            let rest = if self.targets().contains(&role) { Some(0) } else { self.rest(source, role, lens) };
            fits.then_some(rest? + 1)
        });
        lengths.min()
    }

    /// The calls that somebody can make without MFA after these hops, the first two of which make a difference.
    pub(crate) fn calls(&self, from: &Source, before: &[Hop]) -> Vec<Hop> {
        let call = |(role, at): EdgeAt| {
            let edge = starts::next(self.edges_into(role).get(at)?, from, before).into_owned();
            let is_open = edge.in_mode(Mode::Plain).verdict() != Verdict::Denied;
            is_open.then(|| Hop { from: from.clone(), edge })
        };
        self.outgoing().of(from, self.estate()).filter_map(call).collect()
    }

    /// Whether what a service or provider put into the session that it just made counts for the next call.
    pub(crate) fn counts_maker(&self, hops: &[Hop]) -> bool {
        let [first] = hops else { return false };
        starts::maker(&first.from).is_some() && self.starts_apart(&Source::Principal(first.edge.to))
    }

    /// Hops from a role that the first hop assumed.
    pub(crate) fn rest(&self, start: &Source, role: PrincipalIx, lens: Lens) -> Option<usize> {
        let entered = Source::Principal(role);
        let passed = self.distance(&entered, lens);
        if starts::maker(start).is_none() || !self.starts_apart(&entered) {
            return passed;
        }
        // what the service gave may open or close the next call: any verdict will do for a bound
        let own = self.first_distance(&entered, Lens { verdict: Verdict::Unknown, ..lens });
        passed.into_iter().chain(own).min()
    }

    /// Targets that such a source may reach, each to be tried.
    pub(crate) fn candidates(&self, source: &Source) -> Vec<PrincipalIx> {
        let own = |target: &&PrincipalIx| Source::Principal(**target) != *source;
        self.targets().iter().filter(own).copied().collect()
    }
}
