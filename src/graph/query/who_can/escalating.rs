//! Who comes in by escalation alone, and by which kinds of it.

use std::collections::{BTreeMap, BTreeSet};

use super::WhoCan;
use crate::graph::source::Source;

impl WhoCan<'_, '_> {
    /// Notes, held against who reaches the target without ways to escalate, how many more there are: by the kind of the first such
    /// step of a best path.
    pub fn tell_escalations(&mut self, without: &WhoCan<'_, '_>) {
        let known: BTreeSet<&Source> = without.reaching().map(|one| one.source).collect();
        let mut counts = BTreeMap::<String, usize>::new();
        for one in self.reaching().filter(|one| !known.contains(one.source)) {
            let hops = self.hops(one.source);
            let first = hops.iter().find(|hop| hop.edge.kind.is_escalation());
            if let Some(hop) = first {
                *counts.entry(hop.edge.kind.as_str().to_owned()).or_default() += 1;
            }
        }
        self.escalations = counts;
    }

    /// How many come in by escalation alone, by its kind.
    #[must_use]
    pub fn escalations(&self) -> &BTreeMap<String, usize> {
        &self.escalations
    }
}
