//! Paths by plain search over all pairs.
//!
//! Owns: every pair of an organization, and what is known about a path from its hops. A path that starts at a user may
//! carry MFA or not, and keeps that choice over all hops; a path that starts at a role carries none. What else a hop
//! passes on is in `paths`.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Asker, World};
use super::credential::{Carrying, is_signed, ways_to_sign};
use super::organization::{Facts, Organization};
use super::paths::{Passage, Session, lengths};
use super::samples::Samples;
use super::sessions::{SERVICES, WAYS};
use super::worlds::{Pair, Verdict};

/// Every (caller, role) pair, decided.
pub struct Graph<'a> {
    pub facts: Facts<'a>,
    pairs: BTreeMap<(usize, usize), Pair>,
    /// The same, with a calling session that a previous hop created.
    later: BTreeMap<(usize, usize), Pair>,
    /// The calls of both kinds, where there are any.
    calls: BTreeMap<(usize, usize), Pair>,
    later_calls: BTreeMap<(usize, usize), Pair>,
    services: BTreeMap<(&'static str, usize), Pair>,
    samples: Samples,
}

/// A call as a hop of a path.
pub struct Step<'a> {
    to: usize,
    call: Passage<'a>,
}

pub type Steps<'a> = BTreeMap<(usize, bool), Vec<Step<'a>>>;

/// What calls of a path may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    Anything,
    /// Neither tags nor a source identity, and the session at the start has none either.
    Nothing,
}

/// The best that is known about a path from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub verdict: Verdict,
    pub hops: usize,
}

impl<'a> Graph<'a> {
    pub fn new(organization: &'a Organization) -> Self {
        Self::with(organization, &BTreeSet::new(), &BTreeSet::new())
    }

    /// Sessions have these names, and these values of tags, too.
    pub fn with(organization: &'a Organization, names: &BTreeSet<String>, values: &BTreeSet<String>) -> Self {
        let facts = Facts::read(organization);
        let mut samples = Samples::of(&facts);
        samples.add(names, values);
        let roles = || facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user);
        let (mut pairs, mut services, mut calls) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (to, role) in roles() {
            for name in SERVICES {
                services.insert((*name, to), Pair::decide(&facts, &samples, Asker::Service(name), role));
            }
        }
        for (from, caller) in facts.principals.iter().enumerate() {
            let enters = |service| {
                services.get(&(service, from)).is_some_and(|p| p.verdict(Carrying::Anything) != Verdict::Denied)
            };
            let ways: Vec<&'static str> = WAYS.iter().filter(|(_, s, _)| enters(*s)).map(|(way, ..)| *way).collect();
            for (to, role) in roles() {
                let asker = Asker::Principal(caller, &ways);
                let pair = Pair::decide(&facts, &samples, asker, role);
                if pair.is_possible() {
                    calls.insert((from, to), Pair::calls(&facts, &samples, asker, role));
                }
                pairs.insert((from, to), pair);
            }
        }
        let later = pairs.iter().map(|(ends, pair)| (*ends, pair.of_made_session())).collect();
        let later_calls = calls.iter().map(|(ends, pair)| (*ends, pair.of_made_session())).collect();
        Self { facts, pairs, later, calls, later_calls, services, samples }
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
            let starts = first.allowed(Carrying::Anything).any(|world| is_signed(world, start, Carrying::NoMfa));
            if starts && worst(&plain) <= Verdict::Conditional {
                return plain;
            }
        }
        let first = if first.is_possible_without_mfa(start) { of(first, Carrying::Mfa) } else { best };
        with(Carrying::Anything, first)
    }

    /// A shortest path with the best verdict, to every role.
    pub fn ways(&self, from: usize, passed: Passed) -> BTreeMap<usize, Way> {
        let mut best = BTreeMap::new();
        let mut take = |verdict, lengths: BTreeMap<usize, usize>| {
            for (to, hops) in lengths {
                let way = Way { verdict, hops };
                best.entry(to).and_modify(|known: &mut Way| *known = (*known).min(way)).or_insert(way);
            }
        };
        let carried = self.carried_from(from);
        take(Verdict::Allowed, self.allowed_lengths(from, carried));
        for carried in self.kept_from(from) {
            take(Verdict::Conditional, self.possible_lengths(from, *carried, passed));
        }
        best
    }

    /// What a path that starts here can carry over all hops.
    fn kept_from(&self, from: usize) -> &'static [Carrying] {
        match self.facts.principals[from].is_user {
            true if self.must_bring_mfa(from) => &[Carrying::Mfa],
            true => &[Carrying::Mfa, Carrying::NoMfa],
            false => &[Carrying::NoMfa],
        }
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

    /// Breadth first over sessions.
    fn possible_lengths(&self, from: usize, carried: Carrying, passed: Passed) -> BTreeMap<usize, usize> {
        let calls = self.calls_on(from, carried, passed);
        let mut best = BTreeMap::new();
        for (session, hops) in lengths(self.starts(from, passed), |session| self.sessions_after(session, &calls)) {
            best.entry(session.of).and_modify(|known: &mut usize| *known = (*known).min(hops)).or_insert(hops);
        }
        best
    }

    /// Whether some session comes through exactly these hops.
    pub fn is_possible(&self, way: &[usize]) -> bool {
        self.kept_from(way[0]).iter().any(|carried| {
            let calls = self.calls_on(way[0], *carried, Passed::Anything);
            let mut sessions = self.starts(way[0], Passed::Anything);
            for to in &way[1..] {
                let next = sessions.iter().flat_map(|session| self.sessions_after(session, &calls));
                sessions = next.filter(|session| session.of == *to).collect();
            }
            !sessions.is_empty()
        })
    }

    fn starts(&self, from: usize, passed: Passed) -> BTreeSet<Session<'_>> {
        let mut all = Session::starts(from, &self.facts.principals[from], &self.samples);
        all.retain(|session| passed == Passed::Anything || session.is_bare());
        all
    }

    fn sessions_after<'s>(&'s self, session: &Session<'s>, calls: &Steps<'s>) -> Vec<Session<'s>> {
        let who = &self.facts.principals[session.of];
        let of = calls.get(&(session.of, session.is_start)).into_iter().flatten();
        of.flat_map(|step| session.after(who, &step.call, step.to, &self.samples)).collect()
    }

    /// The calls of paths that start here, by who calls and whether it is the first hop.
    fn calls_on(&self, start: usize, carried: Carrying, passed: Passed) -> Steps<'_> {
        let fits = |call: &Passage<'_>| passed == Passed::Anything || !call.passes_tags && !call.sets_identity;
        let mut steps = Steps::new();
        for (pairs, is_first) in [(&self.calls, true), (&self.later_calls, false)] {
            for ((from, to), pair) in pairs.iter().filter(|((from, _), _)| !is_first || *from == start) {
                let signs = |world: &World| !is_first || is_signed(world, &self.facts.principals[*from], carried);
                let worlds = pair.allowed(carried).filter(|world| signs(world));
                let calls: BTreeSet<_> = worlds.filter_map(Passage::of).filter(fits).collect();
                let steps = steps.entry((*from, is_first)).or_default();
                steps.extend(calls.into_iter().map(|call| Step { to: *to, call }));
            }
        }
        steps
    }

    /// How many hops it takes with this session to what is allowed in any case.
    pub fn allowed_after(&self, session: &Session<'_>) -> BTreeMap<usize, usize> {
        let of_session = session.facts(&self.facts.principals[session.of()]);
        let next = |(at, is_first): &(usize, bool)| -> Vec<(usize, bool)> {
            let allowed = |pair: &Pair| match *is_first {
                true => pair.is_allowed_in(&of_session),
                false => pair.verdict(Carrying::NoMfa) == Verdict::Allowed,
            };
            self.pairs_from(*at, false).filter(|(_, pair)| allowed(pair)).map(|(to, _)| (to, false)).collect()
        };
        lengths([(session.of(), true)].into(), next).into_iter().map(|((to, _), hops)| (to, hops)).collect()
    }

    /// The calls of sessions that a call made.
    pub fn later_steps(&self, passed: Passed) -> Steps<'_> {
        self.calls_on(usize::MAX, Carrying::NoMfa, passed)
    }

    pub fn after<'s>(&'s self, session: &Session<'s>, calls: &Steps<'s>) -> Vec<Session<'s>> {
        self.sessions_after(session, calls)
    }

    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The sample that is this name, or this value of a tag.
    pub fn sample_name(&self, name: &str) -> &str {
        self.samples.names.get(name).unwrap()
    }

    pub fn sample(&self, tag: &str, value: &str) -> &str {
        self.samples.tags(tag).iter().find(|own| *own == value).unwrap()
    }

    fn pairs_from(&self, at: usize, first: bool) -> impl Iterator<Item = (usize, &Pair)> {
        let pairs = if first { &self.pairs } else { &self.later };
        pairs.range((at, 0)..(at + 1, 0)).map(|((_, to), pair)| (*to, pair))
    }
}
