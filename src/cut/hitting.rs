//! A smallest set of elements that meets every set: branch and bound, exact as far as the search may go.
//!
//! Owns: the bound that tells how far a found set may be from the smallest. Does not know what the elements stand for.

use std::collections::{BTreeMap, BTreeSet};

/// Branches of one independent part that are looked at.
const MOST: usize = 200_000;

/// A set of elements that meets every set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hitting {
    pub(super) elements: BTreeSet<usize>,
    /// No set with fewer elements meets every set.
    pub(super) at_least: usize,
}

/// The fewest elements that meet each of these sets, none of which is empty or holds another; of those the ones that weigh least together.
pub(super) fn smallest(sets: &[BTreeSet<usize>], weights: &dyn Fn(usize) -> u64) -> Hitting {
    let mut whole = Hitting::default();
    for part in parts(sets) {
        let mut search = Search { sets: &part, weights, best: greedy(&part, weights), left: MOST };
        search.branch(&mut Vec::new(), &mut BTreeSet::new());
        let is_whole = search.left > 0;
        let bound = if is_whole { search.best.len() } else { packing(&part, &[], &BTreeSet::new()) };
        whole.at_least += bound;
        whole.elements.extend(search.best);
    }
    whole
}

/// Sets that hold no other: what meets these meets all.
pub(super) fn minimal(mut sets: Vec<BTreeSet<usize>>) -> Vec<BTreeSet<usize>> {
    sets.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let mut kept: Vec<BTreeSet<usize>> = Vec::new();
    // a set within another has its smallest element there
    let mut by_first = BTreeMap::<usize, Vec<usize>>::new();
    for set in sets {
        let within = |place: &usize| kept.get(*place).is_some_and(|known| known.is_subset(&set));
        if !set.iter().any(|element| by_first.get(element).into_iter().flatten().any(within)) {
            by_first.entry(set.first().copied().unwrap_or_default()).or_default().push(kept.len());
            kept.push(set);
        }
    }
    kept
}

/// Sets together that share elements, directly or by others.
fn parts(sets: &[BTreeSet<usize>]) -> Vec<Vec<BTreeSet<usize>>> {
    let mut parts: Vec<(BTreeSet<usize>, Vec<BTreeSet<usize>>)> = Vec::new();
    for set in sets {
        let (mut elements, mut own) = (set.clone(), vec![set.clone()]);
        for (of_part, members) in parts.extract_if(.., |(of_part, _)| !of_part.is_disjoint(set)) {
            elements.extend(of_part);
            own.extend(members);
        }
        parts.push((elements, own));
    }
    parts.into_iter().map(|(_, own)| own).collect()
}

/// Always the element that meets most of what is left.
fn greedy(sets: &[BTreeSet<usize>], weights: &dyn Fn(usize) -> u64) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::new();
    loop {
        let left: Vec<&BTreeSet<usize>> = sets.iter().filter(|set| set.is_disjoint(&chosen)).collect();
        let elements: BTreeSet<usize> = left.iter().flat_map(|set| set.iter().copied()).collect();
        let met = |element: &usize| left.iter().filter(|set| set.contains(element)).count();
        let best = elements.iter().max_by_key(|element| (met(element), std::cmp::Reverse(weights(**element))));
        match best {
            Some(best) => _ = chosen.insert(*best),
            None => return chosen,
        }
    }
}

/// How many more elements are needed at least: sets that share nothing need one each.
fn packing(sets: &[BTreeSet<usize>], chosen: &[usize], banned: &BTreeSet<usize>) -> usize {
    let mut used = BTreeSet::new();
    let mut count = 0;
    for set in sets.iter().filter(|set| !chosen.iter().any(|one| set.contains(one))) {
        let open: Vec<usize> = set.difference(banned).copied().collect();
        if open.iter().all(|element| !used.contains(element)) {
            used.extend(open);
            count += 1;
        }
    }
    count
}

struct Search<'a> {
    sets: &'a [BTreeSet<usize>],
    weights: &'a dyn Fn(usize) -> u64,
    best: BTreeSet<usize>,
    left: usize,
}

impl Search<'_> {
    /// Tries every way to go on from here that may be better than the best.
    fn branch(&mut self, chosen: &mut Vec<usize>, banned: &mut BTreeSet<usize>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let open = self.sets.iter().filter(|set| !chosen.iter().any(|one| set.contains(one)));
        let Some(next) = open.min_by_key(|set| set.difference(banned).count()) else {
            if self.is_better(chosen, 0) {
                self.best = chosen.iter().copied().collect();
            }
            return;
        };
        let more = packing(self.sets, chosen, banned);
        if !self.is_better(chosen, more) {
            return;
        }
        let mut tried = Vec::new();
        let elements: Vec<usize> = next.difference(banned).copied().collect();
        for element in elements {
            chosen.push(element);
            self.branch(chosen, banned);
            chosen.pop();
            // what follows has it not
            if banned.insert(element) {
                tried.push(element);
            }
        }
        for element in tried {
            banned.remove(&element);
        }
    }

    /// Whether fewer elements, or as many that weigh less, may come of these and so many more.
    fn is_better(&self, chosen: &[usize], more: usize) -> bool {
        let weight = |all: &mut dyn Iterator<Item = usize>| all.map(self.weights).fold(0u64, u64::saturating_add);
        let own = (chosen.len() + more, weight(&mut chosen.iter().copied()));
        own < (self.best.len(), weight(&mut self.best.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By trying every set of elements.
    fn brute(sets: &[BTreeSet<usize>], weights: &[u64]) -> (usize, u64) {
        let all = 0..1u32 << weights.len();
        let meets = |mask: &u32| sets.iter().all(|set| set.iter().any(|element| mask & (1 << element) != 0));
        let cost = |mask: u32| {
            let own = weights.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
            (mask.count_ones() as usize, own.map(|(_, weight)| *weight).sum::<u64>())
        };
        all.filter(meets).map(cost).min().unwrap()
    }

    proptest! {
        #[test]
        fn it_is_as_small_and_as_light_as_any_that_meets_every_set(
            sets in prop::collection::vec(prop::collection::btree_set(0usize..10, 1..4), 0..12),
            weights in prop::collection::vec(0u64..5, 10),
        ) {
            let found = smallest(&minimal(sets.clone()), &|element| weights[element]);
            prop_assert!(sets.iter().all(|set| !set.is_disjoint(&found.elements)));
            let weight = found.elements.iter().map(|element| weights[*element]).sum::<u64>();
            prop_assert_eq!((found.elements.len(), weight), brute(&sets, &weights));
            prop_assert_eq!(found.at_least, found.elements.len());
        }
    }

    #[test]
    fn a_search_that_is_too_long_says_how_far_from_the_smallest_it_may_be() {
        // every pair of sixty elements: fifty-nine are needed, and sets that share nothing are thirty
        let pairs = (0..60).flat_map(|one| (one + 1..60).map(move |other| BTreeSet::from([one, other])));
        let sets: Vec<BTreeSet<usize>> = pairs.collect();
        let found = smallest(&sets, &|_| 0);
        assert!(sets.iter().all(|set| !set.is_disjoint(&found.elements)));
        assert!(found.at_least >= 30 && found.at_least <= found.elements.len(), "{found:?}");
    }
}
