//! Paths by plain search over all pairs.
//!
//! Owns: what role chaining carries on. A path that starts at a user may carry MFA or not, and keeps that choice over
//! all hops; a path that starts at a role carries none. The name that a hop gives its session is the one that calls the
//! next.

use std::collections::{BTreeMap, BTreeSet};

use super::domains::session_names;
use super::organization::{Facts, Organization};
use super::sessions::{SERVICES, WAYS};
use super::worlds::{Asker, Carrying, Pair, Verdict, ways_to_sign};

/// Every (caller, role) pair, decided.
pub struct Graph<'a> {
    pub facts: Facts<'a>,
    pairs: BTreeMap<(usize, usize), Pair>,
    /// The same, with a calling session that a previous hop created.
    later: BTreeMap<(usize, usize), Pair>,
    services: BTreeMap<(&'static str, usize), Pair>,
    names: BTreeSet<String>,
}

/// The best that is known about a path from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub verdict: Verdict,
    pub hops: usize,
}

impl<'a> Graph<'a> {
    pub fn new(organization: &'a Organization) -> Self {
        let facts = Facts::read(organization);
        let all = facts.principals.iter().flat_map(|from| facts.roles().map(move |to| (from, to)));
        let names = session_names(all.map(|(from, to)| (facts.layers(from, to), facts.context(from, to))));
        let roles = || facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user);
        let (mut pairs, mut services) = (BTreeMap::new(), BTreeMap::new());
        for (to, role) in roles() {
            for name in SERVICES {
                services.insert((*name, to), Pair::decide(&facts, &names, Asker::Service(name), role));
            }
        }
        for (from, caller) in facts.principals.iter().enumerate() {
            let enters = |service| {
                services.get(&(service, from)).is_some_and(|p| p.verdict(Carrying::Anything) != Verdict::Denied)
            };
            let ways: Vec<&'static str> = WAYS.iter().filter(|(_, s, _)| enters(*s)).map(|(way, ..)| *way).collect();
            for (to, role) in roles() {
                pairs.insert((from, to), Pair::decide(&facts, &names, Asker::Principal(caller, &ways), role));
            }
        }
        let later = pairs.iter().map(|(ends, pair)| (*ends, pair.of_made_session())).collect();
        Self { facts, pairs, later, services, names }
    }

    /// What services may assume.
    pub fn services(&self) -> impl Iterator<Item = (&'static str, usize, &Pair)> {
        self.services.iter().map(|((name, to), pair)| (*name, *to, pair))
    }

    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, &Pair)> {
        self.pairs.iter().map(|((from, to), pair)| (*from, *to, pair))
    }

    /// One pair as the first hop of a path, or as a later one.
    pub fn pair(&self, from: usize, to: usize, first: bool) -> &Pair {
        if first { &self.pairs[&(from, to)] } else { &self.later[&(from, to)] }
    }

    /// What a path that starts here carries over all hops, if nothing is to depend on it.
    fn carried_from(&self, start: usize) -> Carrying {
        if self.must_bring_mfa(start) { Carrying::Anything } else { Carrying::NoMfa }
    }

    fn must_bring_mfa(&self, start: usize) -> bool {
        let who = &self.facts.principals[start];
        who.is_user && ways_to_sign(who).len() == 1
    }

    /// What is known about one pair on its own: the best way of a user to sign, and a role without MFA.
    pub fn alone(&self, from: usize, pair: &Pair) -> (Verdict, BTreeSet<String>) {
        let who = &self.facts.principals[from];
        if who.is_user { pair.best(who) } else { (pair.verdict(Carrying::NoMfa), pair.conditions(Carrying::NoMfa)) }
    }

    /// What is known about each hop of a path from its first principal to its last, with one choice of whether to carry
    /// MFA: without, if that is no worse.
    pub fn hops(&self, way: &[usize]) -> Vec<(Verdict, BTreeSet<String>)> {
        let start = &self.facts.principals[way[0]];
        let pairs: Vec<&Pair> = way.windows(2).enumerate().map(|(at, w)| self.pair(w[0], w[1], at == 0)).collect();
        let of = |pair: &Pair, carried| (pair.verdict(carried), pair.conditions(carried));
        let with = |carried: Carrying, first: (Verdict, BTreeSet<String>)| -> Vec<_> {
            std::iter::once(first).chain(pairs[1..].iter().map(|pair| of(pair, carried))).collect()
        };
        let Some(first) = pairs.first() else { return Vec::new() };
        if !start.is_user {
            return with(Carrying::NoMfa, of(first, Carrying::NoMfa));
        }
        let worst = |hops: &[(Verdict, BTreeSet<String>)]| hops.iter().map(|(verdict, _)| *verdict).max().unwrap();
        let best = first.best(start);
        let free = with(Carrying::Anything, best.clone());
        if self.must_bring_mfa(way[0]) {
            if worst(&free) == Verdict::Allowed {
                return free;
            }
        } else {
            let plain = with(Carrying::NoMfa, best.clone());
            let starts = first.by_ways(start, Carrying::NoMfa).names(Carrying::Anything).is_empty();
            if !starts && worst(&plain) <= Verdict::Conditional {
                return plain;
            }
        }
        let first = if first.is_possible_without_mfa(start) { of(first, Carrying::Mfa) } else { best };
        with(Carrying::Anything, first)
    }

    /// A shortest path with the best verdict, to every role.
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
        let kept: &[Carrying] = match self.facts.principals[from].is_user {
            true if self.must_bring_mfa(from) => &[Carrying::Mfa],
            true => &[Carrying::Mfa, Carrying::NoMfa],
            false => &[Carrying::NoMfa],
        };
        for carried in kept {
            take(Verdict::Conditional, self.possible_lengths(from, *carried));
        }
        best
    }

    /// Breadth first over the pairs that hold in every world.
    fn allowed_lengths(&self, from: usize, carried: Carrying) -> BTreeMap<usize, usize> {
        let next = |(at, first): &(usize, bool)| -> Vec<(usize, bool)> {
            let allowed = |pair: &Pair| match *first {
                true => self.alone(*at, pair).0 == Verdict::Allowed,
                false => pair.verdict(carried) == Verdict::Allowed,
            };
            let pairs = self.pairs_from(*at, *first).filter(|(_, pair)| allowed(pair));
            pairs.map(|(to, _)| (to, false)).collect()
        };
        lengths([(from, true)].into(), next).into_iter().map(|((to, _), hops)| (to, hops)).collect()
    }

    /// Breadth first over principals and the names of their sessions. A user has none, and a role at the start has one
    /// that no hop chose.
    fn possible_lengths(&self, from: usize, carried: Carrying) -> BTreeMap<usize, usize> {
        let is_user = self.facts.principals[from].is_user;
        let any_name = self.names.iter().map(|name| (from, Some(name.as_str()), true));
        let starts: BTreeSet<_> = if is_user { [(from, None, true)].into() } else { any_name.collect() };
        let next = |(at, name, first): &(usize, Option<&'_ str>, bool)| {
            let mut states = Vec::new();
            for (to, pair) in self.pairs_from(*at, *first) {
                let first_call = first.then(|| pair.by_ways(&self.facts.principals[*at], carried));
                for (calling, new) in first_call.as_ref().unwrap_or(pair).names(carried) {
                    if calling.is_none() || calling == *name {
                        let new_names =
                            self.names.iter().map(String::as_str).filter(|n| new.is_none_or(|wanted| wanted == *n));
                        states.extend(new_names.map(|n| (to, Some(n), false)));
                    }
                }
            }
            states
        };
        let mut best = BTreeMap::new();
        for ((to, ..), hops) in lengths(starts, next) {
            best.entry(to).and_modify(|known: &mut usize| *known = (*known).min(hops)).or_insert(hops);
        }
        best
    }

    fn pairs_from(&self, at: usize, first: bool) -> impl Iterator<Item = (usize, &Pair)> {
        let pairs = if first { &self.pairs } else { &self.later };
        pairs.range((at, 0)..(at + 1, 0)).map(|((_, to), pair)| (*to, pair))
    }
}

/// How many hops it takes to everything that can be reached, at least one.
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
