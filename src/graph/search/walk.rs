//! Steps forward over the states of a view.
//!
//! Owns: the first calls of a source, some of which are its own (`starts`), and the calls from one state to the next.

use super::outgoing::{EdgeAt, Outgoing};
use super::starts;
use super::states::{Region, StateIx, States};
use crate::graph::edge::{Edge, Hop};
use crate::graph::session::SetIx;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Where steps are taken.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'r, 'e> {
    pub(crate) region: &'r Region<'e>,
    pub(crate) states: &'r States,
    pub(crate) outgoing: &'r Outgoing,
}

/// What a source does first: one call, or two where what it puts into the session counts for the second.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) hops: Vec<Hop>,
    pub(crate) state: StateIx,
    /// False for a session whose next calls are starts of their own.
    pub(crate) goes_on: bool,
}

impl<'r> Walk<'r, '_> {
    /// The first calls of a source.
    pub(crate) fn starts(&self, source: &Source) -> Vec<Start> {
        let mut found = Vec::new();
        for at in self.outgoing.of(source, self.region.estate) {
            let Some(edge) = self.edge(at) else { continue };
            let hop =
                Hop { from: source.clone(), edge: starts::next(self.region.estate, edge, source, &[]).into_owned() };
            let counts = starts::makes_sessions(source) && self.reads_maker(hop.edge.to);
            for state in self.states.of_role(self.region, hop.edge.to) {
                let (_, set) = self.states.state(self.region, state);
                if self.enters(source, &hop.edge, set) {
                    found.push(Start { hops: vec![hop.clone()], state, goes_on: !counts });
                }
            }
            if counts {
                self.second_calls(source, &hop, &mut found);
            }
        }
        found
    }

    /// Whether some call of a role reads what made its session.
    fn reads_maker(&self, role: PrincipalIx) -> bool {
        let mut calls = self.outgoing.of(&Source::Principal(role), self.region.estate).filter_map(|at| self.edge(at));
        calls.any(|edge| edge.issued().is_some())
    }

    /// The calls of a session that a service or provider just made.
    fn second_calls(&self, source: &Source, first: &Hop, found: &mut Vec<Start>) {
        let from = Source::Principal(first.edge.to);
        for at in self.outgoing.of(&from, self.region.estate) {
            let Some(edge) = self.edge(at) else { continue };
            let edge = starts::next(self.region.estate, edge, &from, std::slice::from_ref(first)).into_owned();
            for state in self.states.of_role(self.region, edge.to) {
                let (_, set) = self.states.state(self.region, state);
                let made = self.states.before(self.region, &edge, set);
                if made.is_some_and(|made| self.enters(source, &first.edge, made)) {
                    let second = Hop { from: from.clone(), edge: edge.clone() };
                    found.push(Start { hops: vec![first.clone(), second], state, goes_on: true });
                }
            }
        }
    }

    /// Whether a source can make a session of the set.
    fn enters(&self, source: &Source, edge: &Edge, set: SetIx) -> bool {
        let before = self.states.before(self.region, edge, set);
        before.is_some_and(|before| self.states.may_start(self.region, source, before))
    }

    /// The calls from a state, each with the state it leads to, in order of role.
    pub(crate) fn next(&self, state: StateIx) -> Vec<(EdgeAt, StateIx)> {
        let (role, set) = self.states.state(self.region, state);
        let mut found = Vec::new();
        for at in self.outgoing.of(&Source::Principal(role), self.region.estate) {
            if self.edge(at).is_some_and(|edge| self.states.lens.shows(edge)) {
                let into = self.states.of_role(self.region, at.0);
                let leads = |next: &StateIx| self.states.leads(self.region, at, *next) == Some(set);
                found.extend(into.filter(leads).map(|next| (at, next)));
            }
        }
        found
    }

    /// One edge.
    pub(crate) fn edge(&self, (role, at): EdgeAt) -> Option<&'r Edge> {
        self.region.edges_into(role).get(at)
    }

    /// The hop of a call from a state.
    pub(crate) fn hop(&self, state: StateIx, at: EdgeAt) -> Option<Hop> {
        let from = Source::Principal(self.states.state(self.region, state).0);
        Some(Hop { from, edge: self.edge(at)?.clone() })
    }
}
