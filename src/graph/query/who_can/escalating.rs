//! Who comes in by escalation alone, and by which kinds of it.

use std::collections::{BTreeMap, BTreeSet};

use super::WhoCan;
use super::filter::ReachFilter;
use crate::graph::source::Source;
use crate::ids::{AccountIx, PrincipalIx};

impl WhoCan<'_, '_> {
    /// Notes, held against who reaches the target without ways to escalate, how many more there are: by the kind of the first such
    /// step of a best path.
    pub fn tell_escalations(&mut self, without: &WhoCan<'_, '_>, filter: &ReachFilter) {
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
        self.administrators = self.administrators_beside(filter);
    }

    /// The administrators of the target's accounts who are not among those who were found.
    fn administrators_beside(&self, filter: &ReachFilter) -> usize {
        let Some(facts) = self.reach.graph().escalations() else { return 0 };
        let found: BTreeSet<&Source> = self.reaching().map(|one| one.source).collect();
        let estate = self.estate();
        let accounts: BTreeSet<AccountIx> = self.accounts().collect();
        let principals = accounts.into_iter().flat_map(|account| estate.principals_of(account));
        // nobody is beside itself
        let targets = self.reach.targets();
        let is_target = |ix: &PrincipalIx| targets.len() == 1 && targets.contains(ix);
        let is_beside = |ix: &PrincipalIx| {
            let source = Source::Principal(*ix);
            facts.is_administrator(estate.principal(*ix).class())
                && !found.contains(&source)
                && !is_target(ix)
                && filter.fits(&source, estate)
        };
        principals.filter(is_beside).count()
    }

    /// How many administrators of the target's accounts are not among those who were found: they are above its roles.
    #[must_use]
    pub fn administrators(&self) -> usize {
        self.administrators
    }

    /// How many come in by escalation alone, by its kind.
    #[must_use]
    pub fn escalations(&self) -> &BTreeMap<String, usize> {
        &self.escalations
    }
}
