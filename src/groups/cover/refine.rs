//! Fewer sets: those that all rows can do without are left out.

use std::collections::BTreeSet;

use super::matrix::{Bits, RowIx};
use super::part::Part;
use crate::id_vec::IdVec;

/// Rows that are made up anew.
const MOST: usize = 20_000;

/// The sets without those that no row misses, as far as was looked.
pub(super) fn fewer(part: &Part<'_>, sets: Vec<Bits>) -> Vec<Bits> {
    let of_columns = part.matrix.rows_by_column(&part.rows);
    let mut fitting = IdVec::<RowIx, BTreeSet<usize>>::default();
    part.matrix.rows.iter().for_each(|_| _ = fitting.push(BTreeSet::new()));
    let holding: Vec<Vec<RowIx>> = sets.iter().map(|set| part.holding(set, &of_columns).collect()).collect();
    for (at, rows) in holding.iter().enumerate() {
        rows.iter().for_each(|row| _ = fitting[*row].insert(at));
    }
    // those that the fewest rows have first
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_key(|at| holding.get(*at).map_or(0, Vec::len));
    let (mut gone, mut left) = (BTreeSet::new(), MOST);
    for at in order {
        let Some(rows) = holding.get(at).filter(|rows| rows.len() <= left) else { continue };
        left -= rows.len();
        let can_do_without = |row: &RowIx| {
            let others = fitting[*row].iter().filter(|other| **other != at && !gone.contains(*other));
            part.can_make(*row, others.filter_map(|other| sets.get(*other)))
        };
        if rows.iter().all(can_do_without) {
            gone.insert(at);
        }
    }
    sets.into_iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, set)| set).collect()
}
