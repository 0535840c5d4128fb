//! Changes of one sort, equal ones together.

use std::collections::{BTreeMap, BTreeSet};

use super::pairing::Which;
use super::world::World;
use crate::difference::{Change, Gaps, Section, What};
use crate::snapshot::ledger::Gap;

/// Changes with what has them, one by one.
pub(super) type Told = Vec<(What, String)>;

/// Changes with what has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Collector(BTreeMap<What, BTreeSet<String>>);

impl Collector {
    pub(super) fn add(&mut self, what: What, subject: String) {
        self.0.entry(what).or_default().insert(subject);
    }

    pub(super) fn changes(self) -> Vec<Change> {
        let change = |(what, subjects): (What, BTreeSet<String>)| Change {
            what,
            subjects: subjects.into_iter().filter(|subject| !subject.is_empty()).collect(),
            sources: Vec::new(),
        };
        self.0.into_iter().map(change).collect()
    }

    pub(super) fn section(self, gaps: Gaps) -> Section {
        Section { changes: self.changes(), gaps }
    }
}

impl Extend<(What, String)> for Collector {
    fn extend<T: IntoIterator<Item = (What, String)>>(&mut self, changes: T) {
        changes.into_iter().for_each(|(what, subject)| self.add(what, subject));
    }
}

impl World<'_, '_> {
    /// Data of one sort that was not read, on each side.
    pub(super) fn gaps(&self, of: impl Fn(Which) -> BTreeSet<Gap>) -> Gaps {
        let list = |which| of(which).into_iter().collect();
        Gaps { old: list(Which::Old), new: list(Which::New) }
    }
}
