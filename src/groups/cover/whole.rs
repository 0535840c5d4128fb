//! From a matrix to its cover: reductions, then each independent part on its own.

use std::collections::BTreeMap;

use super::assign::lightest;
use super::matrix::{Bits, ColumnIx, Matrix, RowIx};
use super::part::Part;
use super::pool::{Pool, SetIx};
use super::reduce::{Reduced, reduce};
use super::{bound, exact, greedy, refine};
use crate::id_vec::IdVec;

/// A cover.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The columns of each set, by position.
    pub sets: IdVec<SetIx, Bits>,
    /// What each row is made of; `None` for a row that cannot be.
    pub of_rows: IdVec<RowIx, Option<Vec<SetIx>>>,
    /// As how many all sets count.
    pub weight: usize,
    /// No cover of these rows counts less.
    pub at_least: usize,
}

/// Covers the rows of a matrix. Rows that are too large for the sets they may be made of are left out.
#[must_use]
pub fn cover(matrix: &Matrix) -> Cover {
    let fits = |row: &RowIx| matrix.weight(&matrix.rows[*row].needs) <= matrix.rows[*row].most;
    let rows: Vec<RowIx> = matrix.rows.indexes().filter(fits).collect();
    let reduced = reduce(matrix, rows.clone());
    let (mut pool, mut at_least) = (reduced.pool.clone(), reduced.at_least);
    for rows in parts(matrix, &reduced) {
        let part = Part { matrix, rows, reduced: &reduced };
        let (found, least) = match exact::smallest(&part) {
            exact::Outcome::Smallest(found) => {
                let count = found.iter().map(|set| matrix.weight(set)).sum();
                let least = if found.iter().all(|set| matrix.weight(set) == 1) { count } else { bound::of(&part) };
                (found, least)
            }
            exact::Outcome::TooLarge(best) => {
                let mut found = greedy::cover(&part);
                let weight = |sets: &[Bits]| sets.iter().map(|set| matrix.weight(set)).sum::<usize>();
                if let Some(best) = best.filter(|best| weight(best) < weight(&found)) {
                    found = best;
                }
                (refine::fewer(&part, found), bound::of(&part))
            }
        };
        at_least += least;
        found.into_iter().for_each(|set| _ = pool.add(matrix, set));
    }
    make_up(matrix, &rows, &pool, at_least)
}

/// Rows that share a column which is not covered yet, directly or by others.
fn parts(matrix: &Matrix, reduced: &Reduced) -> Vec<Vec<RowIx>> {
    let mut open = Bits::with_capacity(matrix.columns.len());
    for row in &reduced.alive {
        let mut own = matrix.rows[*row].needs.clone();
        own.difference_with(&reduced.covered[*row]);
        // all are covered, by more sets than the row may have
        open.union_with(if own.is_clear() { &matrix.rows[*row].needs } else { &own });
    }
    let of_columns = matrix.rows_by_column(&reduced.alive);
    let mut seen = IdVec::<RowIx, bool>::default();
    matrix.rows.iter().for_each(|_| _ = seen.push(false));
    let mut met = Bits::with_capacity(matrix.columns.len());
    let mut parts = Vec::new();
    for first in &reduced.alive {
        if std::mem::replace(&mut seen[*first], true) {
            continue;
        }
        let (mut part, mut at) = (vec![*first], 0);
        while let Some(row) = part.get(at).copied() {
            at += 1;
            for column in matrix.rows[row].needs.intersection(&open) {
                if met.put(column) {
                    continue;
                }
                for other in &of_columns[ColumnIx::new(column)] {
                    if !std::mem::replace(&mut seen[*other], true) {
                        part.push(*other);
                    }
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// Makes each row of the fewest sets, and leaves out the sets that no row has.
fn make_up(matrix: &Matrix, rows: &[RowIx], pool: &Pool, at_least: usize) -> Cover {
    let mut fitting = IdVec::<RowIx, Vec<SetIx>>::default();
    matrix.rows.iter().for_each(|_| _ = fitting.push(Vec::new()));
    let of_columns = matrix.rows_by_column(rows);
    for (set, of) in pool.sets.iter_indexed() {
        let rarest = of.columns.ones().map(ColumnIx::new).min_by_key(|column| of_columns[*column].len());
        let candidates = rarest.map_or(&[][..], |column| &of_columns[column]);
        for row in candidates.iter().filter(|row| of.columns.is_subset(&matrix.rows[**row].needs)) {
            fitting[*row].push(set);
        }
    }
    let mut used = IdVec::<SetIx, Option<SetIx>>::default();
    pool.sets.iter().for_each(|_| _ = used.push(None));
    let mut cover = Cover { sets: IdVec::default(), of_rows: IdVec::default(), weight: 0, at_least };
    let mut made: BTreeMap<RowIx, Vec<SetIx>> = BTreeMap::new();
    for row in rows {
        let of = &matrix.rows[*row];
        if let (Some(found), _) = lightest(&of.needs, &pool.usable(&fitting[*row]), of.most) {
            made.insert(*row, found);
        }
    }
    for set in made.values().flatten() {
        used[*set] = Some(*set);
    }
    for (set, of) in pool.sets.iter_indexed() {
        if used[set].is_some() {
            cover.weight += of.weight;
            used[set] = Some(cover.sets.push(of.columns.clone()));
        }
    }
    for row in matrix.rows.indexes() {
        let found = made.get(&row).map(|found| found.iter().filter_map(|set| used[*set]).collect());
        cover.of_rows.push(found);
    }
    cover
}
