//! A cover of a part that is too large for the exact search: always the set that covers most of what is left.
//!
//! Owns: that every row can be made up in the end: one that would take too many sets becomes a set itself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::matrix::{Bits, ColumnIx, RowIx};
use super::part::Part;
use crate::id_vec::IdVec;

/// Intersections of two rows that are looked at.
const PAIRS: usize = 20_000;
/// Rows after each row that it is intersected with, at most.
const NEIGHBORS: usize = 60;

/// Sets of which every row of the part can be made, with those that were chosen before.
pub(super) fn cover(part: &Part<'_>) -> Vec<Bits> {
    let of_columns = part.matrix.rows_by_column(&part.rows);
    let mut open: BTreeMap<RowIx, Bits> = part.rows.iter().map(|row| (*row, part.open(*row))).collect();
    let mut chosen: Vec<Bits> = Vec::new();
    let candidates: Vec<Bits> = candidates(part, &of_columns).into_iter().collect();
    let gain = |set: &Bits, open: &BTreeMap<RowIx, Bits>| -> usize {
        let all = part.holding(set, &of_columns).filter_map(|row| open.get(&row));
        all.map(|left| set.intersection_count(left)).sum::<usize>() / part.matrix.weight(set)
    };
    let first = candidates.iter().enumerate().map(|(at, set)| (gain(set, &open), Reverse(at)));
    let mut heap: BinaryHeap<(usize, Reverse<usize>)> = first.collect();
    while let Some((known, Reverse(at))) = heap.pop() {
        let Some(set) = candidates.get(at).filter(|_| known > 0) else { break };
        // what a set covers of the rest only becomes less
        let now = gain(set, &open);
        if now < known {
            heap.push((now, Reverse(at)));
            continue;
        }
        for row in part.holding(set, &of_columns) {
            if let Some(left) = open.get_mut(&row) {
                left.difference_with(set);
            }
        }
        chosen.push(set.clone());
    }
    let own: Vec<Bits> =
        part.rows.iter().filter(|row| !part.can_make(**row, &chosen)).map(|row| part.needs(*row).clone()).collect();
    chosen.extend(own);
    let rows: BTreeSet<Bits> = part.rows.iter().map(|row| part.needs(*row).clone()).collect();
    let weight = |sets: &mut dyn Iterator<Item = &Bits>| sets.map(|set| part.matrix.weight(set)).sum::<usize>();
    // a set for each row is a cover, too
    if weight(&mut rows.iter()) < weight(&mut chosen.iter()) { rows.into_iter().collect() } else { chosen }
}

/// The rows, what rows with a column have in common, and what two rows have in common.
fn candidates(part: &Part<'_>, of_columns: &IdVec<ColumnIx, Vec<RowIx>>) -> BTreeSet<Bits> {
    let mut all: BTreeSet<Bits> = part.rows.iter().map(|row| part.needs(*row).clone()).collect();
    for rows in of_columns.iter() {
        let mut rows = rows.iter();
        let Some(first) = rows.next() else { continue };
        let mut common = part.needs(*first).clone();
        rows.for_each(|row| common.intersect_with(part.needs(*row)));
        all.insert(common);
    }
    let neighbors = NEIGHBORS.min(PAIRS / part.rows.len().max(1));
    for (at, row) in part.rows.iter().enumerate() {
        for other in part.rows.iter().skip(at + 1).take(neighbors) {
            let mut common = part.needs(*row).clone();
            common.intersect_with(part.needs(*other));
            if !common.is_clear() {
                all.insert(common);
            }
        }
    }
    all
}
