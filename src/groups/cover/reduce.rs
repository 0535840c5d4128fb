//! Sets that every smallest cover can have, and rows that need no more.
//!
//! Owns: reductions that lose no smallest cover. A set can be widened to all columns that its rows have in common, so that the sets worth
//! looking at are intersections of rows. If every row with a column holds all of one of them, a set for that column in that row can only
//! be the row itself. Rows that such sets cover are left out, and what is left is looked at again.

use super::assign::lightest;
use super::matrix::{Bits, Matrix, RowIx};
use super::pool::{Pool, SetIx};
use crate::id_vec::IdVec;

/// What is left after the reductions.
pub(super) struct Reduced {
    /// The sets that were chosen, each of which counts.
    pub(super) pool: Pool,
    /// Of each row, those that fit into it, as far as was looked.
    pub(super) usable: IdVec<RowIx, Vec<SetIx>>,
    /// Of each row, the columns that they cover.
    pub(super) covered: IdVec<RowIx, Bits>,
    /// Rows that they do not make up.
    pub(super) alive: Vec<RowIx>,
    /// The number of sets that any cover needs for what is done.
    pub(super) at_least: usize,
}

/// Reduces a matrix to the rows that leave a choice.
pub(super) fn reduce(matrix: &Matrix, rows: Vec<RowIx>) -> Reduced {
    let mut reduced = Reduced {
        pool: Pool::default(),
        usable: IdVec::default(),
        covered: IdVec::default(),
        alive: rows,
        at_least: 0,
    };
    for row in matrix.rows.iter() {
        reduced.usable.push(Vec::new());
        reduced.covered.push(Bits::with_capacity(row.needs.len()));
    }
    while reduced.round(matrix) {}
    reduced
}

impl Reduced {
    /// One look at every column; true if some row is done by it.
    fn round(&mut self, matrix: &Matrix) -> bool {
        let mut found = false;
        for (column, rows) in matrix.rows_by_column(&self.alive).iter_indexed() {
            let smallest = rows.iter().copied().min_by_key(|row| (matrix.rows[*row].needs.count_ones(..), *row));
            let Some(smallest) = smallest else { continue };
            let needs = &matrix.rows[smallest].needs;
            let is_free = self.covered[smallest].contains(column.get());
            if is_free || !rows.iter().all(|row| needs.is_subset(&matrix.rows[*row].needs)) {
                continue;
            }
            found = true;
            let set = self.pool.add(matrix, needs.clone());
            // any set with this column belongs to rows that hold all of this one
            self.at_least += 1;
            for row in rows {
                self.usable[*row].push(set);
                self.covered[*row].union_with(needs);
            }
        }
        if !found {
            return false;
        }
        let before = self.alive.len();
        let (pool, usable, covered) = (&self.pool, &self.usable, &self.covered);
        self.alive.retain(|row| {
            let wanted = &matrix.rows[*row];
            let is_made_up = wanted.needs.is_subset(&covered[*row]);
            !is_made_up || lightest(&wanted.needs, &pool.usable(&usable[*row]), wanted.most).0.is_none()
        });
        self.alive.len() < before
    }
}
