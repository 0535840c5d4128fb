//! The cover against a search through every choice of sets.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::matrix::Bits;
use super::*;
use crate::id_vec::IdVec;

fn matrix(rows: &[(u32, usize)], columns: usize, room: u64) -> Matrix {
    let distinct: BTreeSet<(u32, usize)> = rows.iter().copied().filter(|(needs, _)| *needs != 0).collect();
    let mut of = Matrix { rows: IdVec::default(), columns: IdVec::default(), room, effort: 200_000 };
    (0..columns).for_each(|_| _ = of.columns.push(Column { size: 1 }));
    let mut seen = BTreeSet::new();
    for (needs, most) in distinct {
        if seen.insert(needs) {
            of.rows.push(Row { needs: bits(needs, columns), most });
        }
    }
    of
}

fn bits(mask: u32, columns: usize) -> Bits {
    let mut set = Bits::with_capacity(columns);
    (0..columns).filter(|at| mask & (1 << at) != 0).for_each(|at| set.insert(at));
    set
}

fn mask(set: &Bits) -> u32 {
    set.ones().map(|at| 1 << at).sum()
}

/// Whether a row is the union of at most so many of these sets.
fn is_made(row: u32, most: usize, sets: &[u32]) -> bool {
    let own: Vec<u32> = sets.iter().copied().filter(|set| set & !row == 0).collect();
    (0u32..1 << own.len()).any(|choice| {
        let chosen = own.iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0);
        choice.count_ones() as usize <= most && chosen.fold(0, |all, (_, set)| all | set) == row
    })
}

/// The smallest number of sets, of all sets there are, tried in every choice.
fn brute(rows: &[(u32, usize)], columns: usize) -> usize {
    let all: Vec<u32> = (1u32..1 << columns).filter(|set| rows.iter().any(|(row, _)| set & !row == 0)).collect();
    fn choose(rows: &[(u32, usize)], all: &[u32], left: usize, chosen: &mut Vec<u32>) -> bool {
        if left == 0 {
            return rows.iter().all(|(row, most)| is_made(*row, *most, chosen));
        }
        all.iter().enumerate().any(|(at, set)| {
            chosen.push(*set);
            let found = choose(rows, all.get(at + 1..).unwrap_or_default(), left - 1, chosen);
            chosen.pop();
            found
        })
    }
    (0..=rows.len()).find(|count| choose(rows, &all, *count, &mut Vec::new())).unwrap()
}

fn check(of: &Matrix, cover: &Cover) {
    for (row, wanted) in of.rows.iter_indexed() {
        let found = cover.of_rows[row].as_ref().unwrap();
        let mut union = Bits::with_capacity(of.columns.len());
        found.iter().for_each(|set| union.union_with(&cover.sets[*set]));
        assert_eq!(union, wanted.needs);
        assert!(found.iter().map(|set| of.weight(&cover.sets[*set])).sum::<usize>() <= wanted.most);
    }
    assert!(cover.at_least <= cover.weight, "{cover:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_fewer_sets_make_up_every_row_within_its_limit(
        rows in prop::collection::vec((1u32..16, 1usize..4), 1..7)
    ) {
        let of = matrix(&rows, 4, 100);
        let cover = cover(&of);
        check(&of, &cover);
        let distinct: Vec<(u32, usize)> = of.rows.iter().map(|row| (mask(&row.needs), row.most)).collect();
        prop_assert_eq!(cover.weight, brute(&distinct, 4), "{:?}", distinct);
        prop_assert_eq!(cover.at_least, cover.weight);
    }

    #[test]
    fn larger_matrices_are_covered_and_the_bound_holds(
        rows in prop::collection::vec((1u32..512, 1usize..6), 1..20)
    ) {
        let of = matrix(&rows, 9, 100);
        let cover = cover(&of);
        check(&of, &cover);
        prop_assert!(cover.weight <= of.rows.len());
    }

    #[test]
    fn sets_without_room_count_as_several(rows in prop::collection::vec(1u32..256, 1..8)) {
        let rows: Vec<(u32, usize)> = rows.into_iter().map(|needs| (needs, 4)).collect();
        let of = matrix(&rows, 8, 3);
        check(&of, &cover(&of));
    }
}

#[test]
fn a_row_that_is_too_large_for_its_limit_is_left_out() {
    let of = matrix(&[(0b1111, 1), (0b0001, 1)], 4, 2);
    let cover = cover(&of);
    let made: Vec<bool> = cover.of_rows.iter().map(Option::is_some).collect();
    assert_eq!(made, [true, false]);
}
