//! Sets that were chosen, each once, and as how many each counts.

use std::collections::BTreeMap;

use super::assign::Usable;
use super::matrix::{Bits, Matrix};
use crate::id_vec::IdVec;
use crate::ids::index_type;

index_type! {
    /// A set of a cover.
    pub SetIx,
}

/// A set, and as how many it counts.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    pub(super) columns: Bits,
    pub(super) weight: usize,
}

/// Sets that were chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub(super) sets: IdVec<SetIx, Weighed>,
    known: BTreeMap<Bits, SetIx>,
}

impl Pool {
    pub(super) fn add(&mut self, matrix: &Matrix, columns: Bits) -> SetIx {
        if let Some(known) = self.known.get(&columns) {
            return *known;
        }
        let weight = matrix.weight(&columns);
        let set = self.sets.push(Weighed { columns: columns.clone(), weight });
        self.known.insert(columns, set);
        set
    }

    pub(super) fn usable<'a>(&'a self, sets: &[SetIx]) -> Vec<Usable<'a, SetIx>> {
        let one = |set: &SetIx| {
            let of = &self.sets[*set];
            Usable { key: *set, set: &of.columns, weight: of.weight }
        };
        sets.iter().map(one).collect()
    }
}
