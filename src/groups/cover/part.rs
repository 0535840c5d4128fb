//! Rows that are independent of all others, and what they may use already.

use super::assign::{Usable, lightest};
use super::matrix::{Bits, ColumnIx, Matrix, RowIx};
use super::reduce::Reduced;
use crate::id_vec::IdVec;

/// Rows that are independent of all others, and what they may use already.
pub(super) struct Part<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) rows: Vec<RowIx>,
    pub(super) reduced: &'a Reduced,
}

impl Part<'_> {
    pub(super) fn needs(&self, row: RowIx) -> &Bits {
        &self.matrix.rows[row].needs
    }

    /// The columns of a row that sets chosen before do not cover.
    pub(super) fn open(&self, row: RowIx) -> Bits {
        let mut open = self.needs(row).clone();
        open.difference_with(&self.reduced.covered[row]);
        open
    }

    /// Rows that hold all of a set.
    pub(super) fn holding<'a>(
        &'a self,
        set: &'a Bits,
        of_columns: &'a IdVec<ColumnIx, Vec<RowIx>>,
    ) -> impl Iterator<Item = RowIx> + 'a {
        let rarest = set.ones().map(ColumnIx::new).min_by_key(|column| of_columns[*column].len());
        let rows = rarest.map_or(&[][..], |column| &of_columns[column]);
        rows.iter().copied().filter(|row| set.is_subset(self.needs(*row)))
    }

    /// Whether a row can be made of these sets and those chosen before.
    pub(super) fn can_make<'s>(&self, row: RowIx, sets: impl IntoIterator<Item = &'s Bits>) -> bool {
        let needs = self.needs(row);
        let fixed = self.reduced.pool.usable(&self.reduced.usable[row]);
        let fixed = fixed.into_iter().map(|one| Usable { key: (), set: one.set, weight: one.weight });
        let own = sets.into_iter().filter(|set| set.is_subset(needs));
        let own = own.map(|set| Usable { key: (), set, weight: self.matrix.weight(set) });
        let usable: Vec<Usable<'_, ()>> = fixed.chain(own).collect();
        lightest(needs, &usable, self.matrix.rows[row].most).0.is_some()
    }
}
