//! A smallest set of elements that meets every set: what must or need not be in it is settled first, the rest by branch and bound, exact as far
//! as the search may go.
//!
//! Owns: the bound that tells how far a found set may be from the smallest. Does not know what the elements stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::branch::Search;

/// A set of elements that meets every set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hitting {
    pub(super) elements: BTreeSet<usize>,
    /// No set with fewer elements meets every set.
    pub(super) at_least: usize,
}

/// The fewest elements that meet each of these sets, none of which is empty or holds another; of those the ones that weigh least together.
pub(super) fn smallest(sets: &[BTreeSet<usize>], weights: &dyn Fn(usize) -> u64) -> Hitting {
    let (elements, open) = settled(sets.to_vec(), weights);
    let mut whole = Hitting { at_least: elements.len(), elements };
    for part in parts(&open) {
        let (found, at_least) = Search::new(&part, weights).best(&greedy(&part, weights));
        whole.at_least += at_least;
        whole.elements.extend(found);
    }
    whole
}

/// What is in a smallest set without a choice, and the sets that it does not meet, without what need not be in it.
fn settled(mut sets: Vec<BTreeSet<usize>>, weights: &dyn Fn(usize) -> u64) -> (BTreeSet<usize>, Vec<BTreeSet<usize>>) {
    let mut chosen = BTreeSet::new();
    loop {
        let alone = sets.iter().filter(|set| set.len() == 1).flatten();
        chosen.extend(alone.copied());
        sets.retain(|set| set.is_disjoint(&chosen));
        let needless = needless(&sets, weights);
        if needless.is_empty() {
            return (chosen, sets);
        }
        sets.iter_mut().for_each(|set| set.retain(|element| !needless.contains(element)));
        sets = minimal(sets);
    }
}

/// Elements in whose place another can stand: it meets the same sets and perhaps more, and weighs no more.
fn needless(sets: &[BTreeSet<usize>], weights: &dyn Fn(usize) -> u64) -> BTreeSet<usize> {
    let mut met = BTreeMap::<usize, BTreeSet<usize>>::new();
    for (at, set) in sets.iter().enumerate() {
        set.iter().for_each(|element| _ = met.entry(*element).or_default().insert(at));
    }
    let mut needless = BTreeSet::new();
    for (element, own) in &met {
        // whatever stands in its place is in each set that it meets
        let shared = own.first().and_then(|at| sets.get(*at)).into_iter().flatten();
        let stands_in = |other: &usize| {
            let Some(all) = met.get(other).filter(|all| other != element && own.is_subset(all)) else { return false };
            let (cost, own_cost) = (weights(*other), weights(*element));
            // of two alike, the last stays
            cost < own_cost || cost == own_cost && (all.len(), other) > (own.len(), element)
        };
        if shared.copied().any(|other| stands_in(&other)) {
            needless.insert(*element);
        }
    }
    needless
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
