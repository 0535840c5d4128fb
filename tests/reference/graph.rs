//! Paths by plain search over all pairs.
//!
//! Owns: the rule of MFA along a chain. Whoever starts at a user may carry MFA or leave it at home, and keeps to it over
//! all hops; whoever starts at a role carries none.

use std::collections::BTreeMap;

use super::organisation::{Facts, Organisation};
use super::worlds::{Carrying, Pair, Verdict};

/// Every (caller, role) pair, decided.
pub struct Graph<'a> {
    pub facts: Facts<'a>,
    pairs: BTreeMap<(usize, usize), Pair>,
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
        let mut pairs = BTreeMap::new();
        for (from, caller) in facts.principals.iter().enumerate() {
            for (to, role) in facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user) {
                pairs.insert((from, to), Pair::decide(&facts, caller, role));
            }
        }
        Self { facts, pairs }
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
        take(Verdict::Allowed, self.lengths(from, |pair| pair.verdict(carried) == Verdict::Allowed));
        let kept: &[Carrying] =
            if carried == Carrying::Anything { &[Carrying::Mfa, Carrying::NoMfa] } else { &[Carrying::NoMfa] };
        for carried in kept {
            take(Verdict::Conditional, self.lengths(from, |pair| pair.verdict(*carried) != Verdict::Denied));
        }
        best
    }

    /// Breadth first over the pairs that are good enough.
    fn lengths(&self, from: usize, passable: impl Fn(&Pair) -> bool) -> BTreeMap<usize, usize> {
        let mut lengths = BTreeMap::new();
        let mut level = vec![from];
        let mut hops = 0;
        while !level.is_empty() {
            hops += 1;
            let mut next = Vec::new();
            for at in level {
                for ((_, to), pair) in self.pairs.range((at, 0)..(at + 1, 0)) {
                    if !lengths.contains_key(to) && passable(pair) {
                        lengths.insert(*to, hops);
                        next.push(*to);
                    }
                }
            }
            level = next;
        }
        lengths
    }
}
