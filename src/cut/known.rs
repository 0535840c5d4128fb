//! What the search has learnt: removals by number, what of them each way needs, and which ways nothing closes.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::{Seen, Ways, add, count};
use super::hitting::Hitting;
use crate::snapshot::edit::{Edit, Removal};

/// What the search knows.
#[derive(Default)]
pub(super) struct Known {
    /// By number.
    pub(super) removals: Vec<Removal>,
    pub(super) numbers: BTreeMap<Removal, usize>,
    pub(super) sets: Vec<BTreeSet<usize>>,
    /// What ways that are kept rest on.
    pub(super) protected: BTreeSet<Removal>,
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
    pub(super) fn number(&mut self, removal: Removal) -> usize {
        if let Some(known) = self.numbers.get(&removal) {
            return *known;
        }
        let number = self.removals.len();
        self.removals.push(removal.clone());
        self.numbers.insert(removal, number);
        number
    }

    pub(super) fn edits(&self, numbers: &BTreeSet<usize>) -> Vec<Edit> {
        numbers.iter().filter_map(|number| self.removals.get(*number)).cloned().map(Edit::Remove).collect()
    }

    /// All that no removal closes.
    pub(super) fn stuck(&self) -> u64 {
        let mut all = self.fixed.clone();
        add(&mut all, &self.shared);
        count(&all)
    }
}
