//! What the search has learnt: removals by number, what of them each way needs, and which ways nothing closes.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::{Seen, Ways, add, count};
use super::derive::Derivation;
use super::hitting::{Hitting, minimal};
use crate::snapshot::edit::Removal;

/// What the search knows.
#[derive(Default)]
pub(super) struct Known {
    /// By number.
    pub(super) removals: Vec<Removal>,
    numbers: BTreeMap<Removal, usize>,
    pub(super) sets: Vec<BTreeSet<usize>>,
    /// What ways that are kept rest on.
    protected: BTreeSet<Removal>,
    /// Ways that no removal closes: nothing of them is anybody's to remove.
    pub(super) fixed: Ways,
    /// Ways that rest on nothing but what is kept.
    pub(super) shared: Ways,
}

/// A cut, and how it was found.
pub(super) struct Found {
    pub(super) hitting: Hitting,
    pub(super) rounds: usize,
    /// Ways that are left although they could be closed: only where the search was given up.
    pub(super) left: Ways,
    pub(super) seen: Seen,
}

impl Known {
    /// Nothing yet, but for what is not to be removed.
    pub(super) fn without(protected: BTreeSet<Removal>) -> Self {
        Self { protected, ..Self::default() }
    }

    fn number(&mut self, removal: Removal) -> usize {
        if let Some(known) = self.numbers.get(&removal) {
            return *known;
        }
        let number = self.removals.len();
        self.removals.push(removal.clone());
        self.numbers.insert(removal, number);
        number
    }

    /// The removals of these numbers.
    pub(super) fn named(&self, numbers: &BTreeSet<usize>) -> impl Iterator<Item = &Removal> {
        numbers.iter().filter_map(|number| self.removals.get(*number))
    }

    /// Adds what these proofs teach; true where one of them is new.
    pub(super) fn learn(&mut self, derivations: Vec<Derivation>) -> bool {
        let (mut is_new, mut fresh) = (false, BTreeSet::new());
        for Derivation { source, role, removals } in derivations {
            let removable: BTreeSet<Removal> = removals.difference(&self.protected).cloned().collect();
            if removable.is_empty() {
                let stuck = if removals.is_empty() { &mut self.fixed } else { &mut self.shared };
                is_new |= stuck.entry(source).or_default().insert(role);
                continue;
            }
            let set: BTreeSet<usize> = removable.into_iter().map(|removal| self.number(removal)).collect();
            fresh.insert(set);
        }
        is_new |= fresh.iter().any(|set| !self.sets.iter().any(|known| known.is_subset(set)));
        self.sets = minimal(self.sets.drain(..).chain(fresh).collect());
        is_new
    }

    /// All that no removal closes.
    pub(super) fn stuck(&self) -> u64 {
        let mut all = self.fixed.clone();
        add(&mut all, &self.shared);
        count(&all)
    }
}
