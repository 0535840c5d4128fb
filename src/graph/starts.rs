//! Walks that start with a session of unknown making.
//!
//! Some keys travel with the session that a service made (`eval::session`). A role that starts a walk may have such a session;
//! one that an earlier call of the walk assumed has none; one that a service just entered has that service's. Edges are decided
//! for sessions that a call made, which is what walks pass through. Owns: the sources whose first calls differ from that, and
//! the decisions that count for them. Such a source is searched (`walks`), the sweeps do not speak of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::decision::Decision;
use super::edge::{Edge, Source};
use super::reach::{Mode, Reach, Step, in_mode};
use super::walks::{self, Walk};
use crate::answer::Verdict;
use crate::eval::{Possible, Truth};
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

/// Sources whose walks start otherwise than others pass: roles, and services and providers that enter one.
pub(super) fn of<'a>(estate: &Estate, edges: impl Iterator<Item = &'a Edge> + Clone) -> BTreeSet<Source> {
    let readers = edges.clone().filter(|edge| edge.issued.is_some());
    let roles: BTreeSet<PrincipalIx> = readers.flat_map(|edge| edge.from.members(estate)).copied().collect();
    if roles.is_empty() {
        return BTreeSet::new();
    }
    let makers = edges.filter(|edge| roles.contains(&edge.to) && maker(&edge.from).is_some());
    let makers: Vec<Source> = makers.map(|edge| edge.from.clone()).collect();
    roles.iter().map(|role| Source::Principal(*role)).chain(makers).collect()
}

/// The service or provider that makes sessions by entering a role.
fn maker(source: &Source) -> Option<&str> {
    match source {
        Source::Service(name) | Source::Provider(name) => Some(name),
        _ => None,
    }
}

/// An edge as the next step of a walk has it.
pub(super) fn next<'e>(edge: &'e Edge, from: &Source, steps: &[Step]) -> Cow<'e, Edge> {
    let Some(issued) = &edge.issued else { return Cow::Borrowed(edge) };
    let decision = match steps {
        [] if matches!(from, Source::Principal(_)) => (**issued).clone(),
        [first] => match maker(&first.from) {
            Some(name) => made_by(issued, name),
            None => return Cow::Borrowed(edge),
        },
        _ => return Cow::Borrowed(edge),
    };
    Cow::Owned(Edge { free: decision, by_mfa: None, issued: None, ..edge.clone() })
}

/// The decision where this service or provider made the session.
fn made_by(issued: &Decision, name: &str) -> Decision {
    let truth = issued.truth().replace(&mut |test| {
        let Possible::Issued(issues) = &test.possible else { return Truth::test((**test).clone()) };
        let own: Vec<_> = issues.iter().filter(|issue| issue.is_of(name)).cloned().collect();
        crate::eval::settle_test(crate::eval::Test { possible: Possible::Issued(own.into()), ..(**test).clone() })
    });
    Decision::new(truth)
}

impl Reach<'_, '_> {
    /// Hops of a shortest walk from a source that [`of`] names: its first step is its own, the rest is what others pass.
    /// Never more than it takes.
    pub(super) fn first_distance(&self, source: &Source, verdict: Verdict, mode: Mode) -> Option<usize> {
        if !self.starts_apart(source) {
            return self.distance(source, verdict, mode);
        }
        let estate = self.estate();
        let class = match source {
            Source::Principal(ix) => Some(Source::Class(estate.principal(*ix).class())),
            _ => None,
        };
        let edges =
            [Some(source), class.as_ref()].into_iter().flatten().filter_map(|s| self.outgoing().get(s)).flatten();
        let lengths = edges.filter_map(|(role, at)| {
            let edge = self.edges_into(*role).get(*at)?;
            let fits = in_mode(&next(edge, source, &[]), mode).verdict() <= verdict;
            let rest = if self.targets().contains(role) { Some(0) } else { self.rest(source, *role, verdict, mode) };
            fits.then_some(rest? + 1)
        });
        lengths.min()
    }

    /// The calls that somebody can make without MFA after these steps, the first two of which make a difference.
    pub(super) fn calls(&self, from: &Source, before: &[Step]) -> Vec<Step> {
        let class = match from {
            Source::Principal(ix) => Some(Source::Class(self.estate().principal(*ix).class())),
            _ => None,
        };
        let places =
            [Some(from), class.as_ref()].into_iter().flatten().filter_map(|s| self.outgoing().get(s)).flatten();
        let call = |(role, at): &(PrincipalIx, usize)| {
            let edge = next(self.edges_into(*role).get(*at)?, from, before).into_owned();
            let is_open = in_mode(&edge, Mode::Plain).verdict() != Verdict::Denied;
            is_open.then(|| Step { from: from.clone(), edge })
        };
        places.filter_map(call).collect()
    }

    /// Whether what a service or provider put into the session that it just made counts for the next call.
    pub(super) fn counts_maker(&self, steps: &[Step]) -> bool {
        let [first] = steps else { return false };
        maker(&first.from).is_some() && self.starts_apart(&Source::Principal(first.edge.to))
    }

    /// Hops from a role that was entered as a first step.
    pub(super) fn rest(&self, start: &Source, role: PrincipalIx, verdict: Verdict, mode: Mode) -> Option<usize> {
        let entered = Source::Principal(role);
        let passed = self.distance(&entered, verdict, mode);
        if maker(start).is_none() || !self.starts_apart(&entered) {
            return passed;
        }
        // what the service gave may open or close the next call: any verdict will do for a bound
        let own = self.first_distance(&entered, Verdict::Unknown, mode);
        passed.into_iter().chain(own).min()
    }

    /// The best walk of such a source.
    pub(super) fn searched(&self, source: &Source) -> Option<Walk> {
        let mut walks = walks::best(self, source, None, 1);
        let passed = || {
            // a search that was given up proves nothing: a way that others pass may hold
            let best = self.best(source)?;
            Some(Walk { verdict: Verdict::Unknown, steps: self.steps(source, best), joint: None })
        };
        walks.found.pop().or_else(|| walks.cut.then(passed).flatten())
    }

    /// Targets that such a source may reach, each to be tried.
    pub(super) fn candidates(&self, source: &Source) -> Vec<PrincipalIx> {
        let own = |target: &&PrincipalIx| Source::Principal(**target) != *source;
        self.targets().iter().filter(own).copied().collect()
    }
}

/// True for roles: users sign with what no service made.
pub(super) fn may_be_issued(estate: &Estate, ix: PrincipalIx) -> bool {
    estate.principal(ix).kind() == PrincipalType::Role
}
