//! Branch and bound: which elements of sets that hang together meet them all, fewest first, lightest next.
//!
//! Owns: which branches cannot be better than what is known. Invariant: elements and sets are numbered within the part, sets by size.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

/// Sets that the search for one part may look at: about a second.
const MOST: usize = 20_000_000;

/// How many elements, and what they weigh together: fewer elements always count less.
type Cost = (usize, u64);

/// The search for one part.
pub(super) struct Search {
    /// What the elements are called.
    names: Vec<usize>,
    weights: Vec<u64>,
    /// The elements of each set.
    sets: Vec<FixedBitSet>,
    /// The sets of each element.
    of: Vec<FixedBitSet>,
    best: Vec<usize>,
    least: Cost,
    /// How many sets may be looked at still.
    left: usize,
}

/// Where the search stands.
#[derive(Clone, Default)]
struct Branch {
    chosen: Vec<usize>,
    cost: Cost,
    /// Sets that nothing chosen meets.
    open: FixedBitSet,
    /// Elements that are tried elsewhere.
    banned: FixedBitSet,
}

impl Search {
    pub(super) fn new(part: &[BTreeSet<usize>], weight: &dyn Fn(usize) -> u64) -> Self {
        let mut by_size: Vec<&BTreeSet<usize>> = part.iter().collect();
        by_size.sort_by_key(|set| set.len());
        let names: Vec<usize> = part.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let number = |element: &usize| names.binary_search(element).ok();
        let sets: Vec<FixedBitSet> =
            by_size.iter().map(|set| bits(names.len(), set.iter().filter_map(number))).collect();
        let of = (0..names.len()).map(|element| {
            let own = sets.iter().enumerate().filter(|(_, set)| set.contains(element));
            bits(sets.len(), own.map(|(at, _)| at))
        });
        let weights = names.iter().map(|name| weight(*name)).collect();
        Self { of: of.collect(), weights, sets, names, best: Vec::new(), least: (usize::MAX, 0), left: MOST }
    }

    /// The best elements, if no worse than those that are known, and how many there must be at least.
    pub(super) fn best(mut self, known: &BTreeSet<usize>) -> (BTreeSet<usize>, usize) {
        self.best = known.iter().filter_map(|name| self.names.binary_search(name).ok()).collect();
        self.least = self.best.iter().fold((0, 0), |cost, element| self.with(cost, *element));
        let start = Branch {
            open: bits(self.sets.len(), 0..self.sets.len()),
            banned: FixedBitSet::with_capacity(self.names.len()),
            ..Branch::default()
        };
        let bound = self.bound(&start).0;
        self.branch(start);
        let at_least = if self.left > 0 { self.best.len() } else { bound };
        (self.best.iter().filter_map(|element| self.names.get(*element)).copied().collect(), at_least)
    }

    /// Tries every way to go on from here that may be better than the best.
    fn branch(&mut self, from: Branch) {
        if from.open.is_clear() {
            if from.cost < self.least {
                (self.best, self.least) = (from.chosen, from.cost);
            }
            return;
        }
        self.left = self.left.saturating_sub(from.open.count_ones(..));
        if self.left == 0 || self.bound(&from) >= self.least {
            return;
        }
        let mut banned = from.banned.clone();
        for element in self.choices(&from) {
            let Some(of) = self.of.get(element) else { continue };
            let mut open = from.open.clone();
            open.difference_with(of);
            let chosen = from.chosen.iter().copied().chain([element]).collect();
            self.branch(Branch { chosen, cost: self.with(from.cost, element), open, banned: banned.clone() });
            // what follows has it not
            banned.insert(element);
        }
    }

    /// Elements of the set that has the fewest: one of them must be chosen. Those that meet most come first; of those in whose place another can
    /// stand, none.
    fn choices(&self, from: &Branch) -> Vec<usize> {
        let open = from.open.ones().filter_map(|at| self.sets.get(at));
        let Some(set) = open.min_by_key(|set| set.difference(&from.banned).count()) else { return Vec::new() };
        let met = |element: usize| {
            let mut own = self.of.get(element).cloned().unwrap_or_default();
            own.intersect_with(&from.open);
            (element, own)
        };
        let mut all: Vec<(usize, FixedBitSet)> = set.difference(&from.banned).map(met).collect();
        all.sort_by_key(|(element, own)| (Reverse(own.count_ones(..)), self.weight(*element), Reverse(*element)));
        let mut kept: Vec<(usize, FixedBitSet)> = Vec::new();
        for (element, own) in all {
            let stands_in = |(other, more): &(usize, FixedBitSet)| {
                own.is_subset(more) && self.weight(*other) <= self.weight(element)
            };
            if !kept.iter().any(stands_in) {
                kept.push((element, own));
            }
        }
        kept.into_iter().map(|(element, _)| element).collect()
    }

    /// What it costs at least: open sets that share nothing need an element each.
    fn bound(&self, from: &Branch) -> Cost {
        let mut cost = from.cost;
        let mut used = FixedBitSet::with_capacity(self.names.len());
        for set in from.open.ones().filter_map(|at| self.sets.get(at)) {
            if !set.is_disjoint(&used) {
                continue;
            }
            let lightest = set.difference(&from.banned).map(|element| self.weight(element)).min();
            // nothing is left that could meet it
            let Some(lightest) = lightest else { return (usize::MAX, 0) };
            cost = (cost.0 + 1, cost.1.saturating_add(lightest));
            used.extend(set.difference(&from.banned));
        }
        cost
    }

    fn with(&self, cost: Cost, element: usize) -> Cost {
        (cost.0 + 1, cost.1.saturating_add(self.weight(element)))
    }

    fn weight(&self, element: usize) -> u64 {
        self.weights.get(element).copied().unwrap_or_default()
    }
}

fn bits(capacity: usize, ones: impl IntoIterator<Item = usize>) -> FixedBitSet {
    let mut bits = FixedBitSet::with_capacity(capacity);
    bits.extend(ones);
    bits
}
