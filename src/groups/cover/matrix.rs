//! The matrix: rows, how many sets each may be made of, and how much room columns take in a set.

use fixedbitset::FixedBitSet;

use crate::id_vec::IdVec;
use crate::ids::index_type;

index_type! {
    /// A row of a matrix.
    pub RowIx,
    /// A column of a matrix.
    pub ColumnIx,
}

/// Columns, by position.
pub(super) type Bits = FixedBitSet;

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its columns, by position.
    pub needs: FixedBitSet,
    /// How many sets it may be made of.
    pub most: usize,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// How much room it takes.
    pub size: u64,
}

/// What is to be covered.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Distinct rows that are not empty.
    pub rows: IdVec<RowIx, Row>,
    /// All columns.
    pub columns: IdVec<ColumnIx, Column>,
    /// How much room a set has; one that needs more counts as several.
    pub room: u64,
    /// How many comparisons the search of each part may take: as many give the same result on any machine.
    pub effort: usize,
}

impl Matrix {
    /// As how many a set counts.
    pub(super) fn weight(&self, set: &Bits) -> usize {
        let size: u64 = set.ones().map(|at| self.columns[ColumnIx::new(at)].size).sum();
        usize::try_from(size.div_ceil(self.room.max(1))).unwrap_or(usize::MAX).max(1)
    }

    /// Rows by column, of those that are `alive`.
    pub(super) fn rows_by_column(&self, alive: &[RowIx]) -> IdVec<ColumnIx, Vec<RowIx>> {
        let mut of_columns = IdVec::with_capacity(self.columns.len());
        self.columns.iter().for_each(|_| _ = of_columns.push(Vec::new()));
        for row in alive {
            self.rows[*row].needs.ones().for_each(|at| of_columns[ColumnIx::new(at)].push(*row));
        }
        of_columns
    }
}
