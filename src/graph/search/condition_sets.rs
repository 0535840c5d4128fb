//! Sets of conditions, by number: paths that ask for the same share one set.

use std::collections::BTreeSet;

use foldhash::HashMap;

/// Sets of context keys, each once; the first is empty.
#[derive(Debug, Default)]
pub(crate) struct ConditionSets {
    sets: Vec<BTreeSet<String>>,
    at: HashMap<BTreeSet<String>, usize>,
    unions: HashMap<(usize, usize), usize>,
}

impl ConditionSets {
    /// The empty set alone.
    pub(crate) fn new() -> Self {
        let mut sets = Self::default();
        sets.intern(BTreeSet::new());
        sets
    }

    /// The number of a set.
    pub(crate) fn intern(&mut self, set: BTreeSet<String>) -> usize {
        if let Some(known) = self.at.get(&set) {
            return *known;
        }
        let at = self.sets.len();
        self.sets.push(set.clone());
        self.at.insert(set, at);
        at
    }

    /// What a set asks for, in order.
    pub(crate) fn get(&self, at: usize) -> impl Iterator<Item = &String> {
        self.sets.get(at).into_iter().flatten()
    }

    /// These pairs of sets, those first that together ask for least.
    pub(crate) fn sorted(&self, pairs: impl Iterator<Item = [usize; 2]>) -> Vec<[usize; 2]> {
        let mut sorted: Vec<[usize; 2]> = pairs.collect();
        sorted.sort_by_cached_key(|pair| {
            let both: BTreeSet<&String> = pair.iter().flat_map(|set| self.get(*set)).collect();
            (both.len(), both, *pair)
        });
        sorted
    }

    /// The number of two sets together.
    pub(crate) fn union(&mut self, a: usize, b: usize) -> usize {
        match (a, b) {
            (0, only) | (only, 0) => return only,
            _ if a == b => return a,
            _ => {}
        }
        if let Some(known) = self.unions.get(&(a, b)) {
            return *known;
        }
        let both: BTreeSet<String> = self.get(a).chain(self.get(b)).cloned().collect();
        let at = self.intern(both);
        self.unions.insert((a, b), at);
        at
    }
}
