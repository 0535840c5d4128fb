//! Paths by plain search over all pairs.
//!
//! Owns: what a chain carries on. Whoever starts at a user may carry MFA or leave it at home, and keeps to it over all
//! hops; whoever starts at a role carries none. The name that a hop gives its session is the one that calls the next.

use std::collections::{BTreeMap, BTreeSet};

use super::domains::session_names;
use super::organisation::{Facts, Organisation};
use super::worlds::{Carrying, Pair, Verdict};

/// Every (caller, role) pair, decided.
pub struct Graph<'a> {
    pub facts: Facts<'a>,
    pairs: BTreeMap<(usize, usize), Pair>,
    names: BTreeSet<String>,
}

/// The best that is known of a way from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub verdict: Verdict,
    pub hops: usize,
}

impl<'a> Graph<'a> {
    pub fn new(organisation: &'a Organisation) -> Self {
        let facts = Facts::read(organisation);
        let all = facts.principals.iter().flat_map(|from| facts.roles().map(move |to| (from, to)));
        let names = session_names(all.map(|(from, to)| (facts.layers(from, to), facts.context(from, to))));
        let mut pairs = BTreeMap::new();
        for (from, caller) in facts.principals.iter().enumerate() {
            for (to, role) in facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user) {
                pairs.insert((from, to), Pair::decide(&facts, &names, caller, role));
            }
        }
        Self { facts, pairs, names }
    }

    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, &Pair)> {
        self.pairs.iter().map(|((from, to), pair)| (*from, *to, pair))
    }

    pub fn pair(&self, from: usize, to: usize) -> &Pair {
        &self.pairs[&(from, to)]
    }

    /// What somebody who starts here may come with at any hop.
    pub fn carried_from(&self, start: usize) -> Carrying {
        if self.facts.principals[start].is_user { Carrying::Anything } else { Carrying::NoMfa }
    }

    /// A shortest way of the best verdict, to every role.
    pub fn ways(&self, from: usize) -> BTreeMap<usize, Way> {
        let mut best = BTreeMap::new();
        let mut take = |verdict, lengths: BTreeMap<usize, usize>| {
            for (to, hops) in lengths {
                let way = Way { verdict, hops };
                best.entry(to).and_modify(|known: &mut Way| *known = (*known).min(way)).or_insert(way);
            }
        };
        let carried = self.carried_from(from);
        take(Verdict::Allowed, self.allowed_lengths(from, carried));
        let kept: &[Carrying] =
            if carried == Carrying::Anything { &[Carrying::Mfa, Carrying::NoMfa] } else { &[Carrying::NoMfa] };
        for carried in kept {
            take(Verdict::Conditional, self.possible_lengths(from, *carried));
        }
        best
    }

    /// Breadth first over the pairs that hold in every world.
    fn allowed_lengths(&self, from: usize, carried: Carrying) -> BTreeMap<usize, usize> {
        let next = |at: &usize| -> Vec<usize> {
            let pairs = self.pairs_from(*at).filter(|(_, pair)| pair.verdict(carried) == Verdict::Allowed);
            pairs.map(|(to, _)| to).collect()
        };
        lengths([from].into(), next)
    }

    /// Breadth first over principals and the names of their sessions. A user has none, and a role at the start some that
    /// nobody chose.
    fn possible_lengths(&self, from: usize, carried: Carrying) -> BTreeMap<usize, usize> {
        let is_user = self.facts.principals[from].is_user;
        let any_name = self.names.iter().map(|name| (from, Some(name.as_str())));
        let starts: BTreeSet<_> = if is_user { [(from, None)].into() } else { any_name.collect() };
        let next = |(at, name): &(usize, Option<&'_ str>)| {
            let mut states = Vec::new();
            for (to, pair) in self.pairs_from(*at) {
                for (calling, new) in pair.names(carried) {
                    if calling.is_none() || calling == *name {
                        let new_names =
                            self.names.iter().map(String::as_str).filter(|n| new.is_none_or(|wanted| wanted == *n));
                        states.extend(new_names.map(|n| (to, Some(n))));
                    }
                }
            }
            states
        };
        let mut best = BTreeMap::new();
        for ((to, _), hops) in lengths(starts, next) {
            best.entry(to).and_modify(|known: &mut usize| *known = (*known).min(hops)).or_insert(hops);
        }
        best
    }

    fn pairs_from(&self, at: usize) -> impl Iterator<Item = (usize, &Pair)> {
        self.pairs.range((at, 0)..(at + 1, 0)).map(|((_, to), pair)| (*to, pair))
    }
}

/// How many steps it takes to whatever can be reached, one at least.
fn lengths<S: Ord + Clone>(starts: BTreeSet<S>, next: impl Fn(&S) -> Vec<S>) -> BTreeMap<S, usize> {
    let mut lengths = BTreeMap::new();
    let mut level: Vec<S> = starts.into_iter().collect();
    let mut steps = 0;
    while !level.is_empty() {
        steps += 1;
        let mut reached = Vec::new();
        for state in level.iter().flat_map(&next) {
            if !lengths.contains_key(&state) {
                lengths.insert(state.clone(), steps);
                reached.push(state);
            }
        }
        level = reached;
    }
    lengths
}
