//! How many sets are needed at least: places of which no two can be covered by one set.
//!
//! Owns: a bound that needs no list of sets. A set with two places holds both columns, and so must both rows.

use super::matrix::{ColumnIx, RowIx};
use super::part::Part;

/// Columns of a row that are looked at: those that the fewest rows have.
const OF_ROW: usize = 6;
/// Comparisons of places.
const MOST: usize = 40_000_000;

/// The least number of sets that a part needs beside those that were chosen.
pub(super) fn of(part: &Part<'_>) -> usize {
    let matrix = part.matrix;
    let of_columns = matrix.rows_by_column(&part.rows);
    let mut places: Vec<(usize, RowIx, usize)> = Vec::new();
    for row in &part.rows {
        let open = matrix.rows[*row].needs.difference(&part.reduced.covered[*row]);
        let mut own: Vec<(usize, RowIx, usize)> =
            open.map(|column| (of_columns[ColumnIx::new(column)].len(), *row, column)).collect();
        own.sort_unstable();
        places.extend(own.into_iter().take(OF_ROW));
    }
    places.sort_unstable();
    let (mut apart, mut left) = (Vec::<(RowIx, usize)>::new(), MOST);
    for (_, row, column) in places {
        let needs = &matrix.rows[row].needs;
        if left < apart.len() {
            break;
        }
        left -= apart.len();
        let is_apart =
            |(other, there): &(RowIx, usize)| !needs.contains(*there) || !matrix.rows[*other].needs.contains(column);
        if apart.iter().all(is_apart) {
            apart.push((row, column));
        }
    }
    apart.len()
}
