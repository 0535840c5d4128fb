//! A smallest cover of a part, by branch and bound over intersections of its rows.
//!
//! Owns: that the result is a smallest one, or that it is said that the part was too large to tell.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use super::assign::{Usable, lightest};
use super::matrix::{Bits, RowIx};
use super::part::Part;

/// Rows, intersections and places of a part that the search takes on.
const ROWS: usize = 300;
const SETS: usize = 1_000;
const PLACES: usize = 2_000;

/// How the search ended.
pub(super) enum Outcome {
    /// These, and no fewer.
    Smallest(Vec<Bits>),
    /// There may be fewer than the best that was found, if any was.
    TooLarge(Option<Vec<Bits>>),
}

/// Sets by their position.
type Sets = FixedBitSet;

struct Search<'a> {
    part: &'a Part<'a>,
    sets: Vec<Bits>,
    weights: Vec<usize>,
    /// Of each row of the part, the sets that fit into it.
    fitting: Vec<Sets>,
    /// For what is to be covered, the sets that may; none holds another.
    places: Vec<Sets>,
    best: Option<(usize, Vec<usize>)>,
    left: usize,
    /// False once something was not looked at.
    whole: bool,
}

/// What is left to do at a step.
enum Open {
    Nothing,
    /// One of these must be added.
    OneOf(Sets),
}

pub(super) fn smallest(part: &Part<'_>) -> Outcome {
    if part.rows.len() > ROWS {
        return Outcome::TooLarge(None);
    }
    let Some(sets) = intersections(part) else { return Outcome::TooLarge(None) };
    let fitting = |row: &RowIx| {
        let fits = sets.iter().enumerate().filter(|(_, set)| set.is_subset(part.needs(*row)));
        of_positions(sets.len(), fits.map(|(at, _)| at))
    };
    let fitting: Vec<Sets> = part.rows.iter().map(fitting).collect();
    let Some(places) = places(part, &sets, &fitting) else { return Outcome::TooLarge(None) };
    let weights = sets.iter().map(|set| part.matrix.weight(set)).collect();
    let mut search = Search { part, sets, weights, fitting, places, best: None, left: part.matrix.effort, whole: true };
    let none = of_positions(search.sets.len(), std::iter::empty());
    search.step(&mut Vec::new(), &none, &none);
    let whole = search.whole && search.left > 0;
    let sets = search.sets;
    let found = search.best.map(|(_, best)| best.iter().filter_map(|at| sets.get(*at)).cloned().collect::<Vec<_>>());
    match found {
        Some(found) if whole => Outcome::Smallest(found),
        found => Outcome::TooLarge(found),
    }
}

fn of_positions(count: usize, positions: impl Iterator<Item = usize>) -> Sets {
    let mut sets = Sets::with_capacity(count);
    positions.for_each(|at| sets.insert(at));
    sets
}

/// Every intersection of rows that is not empty, those that cover most first; `None` if there are too many.
fn intersections(part: &Part<'_>) -> Option<Vec<Bits>> {
    let mut all = BTreeSet::<Bits>::new();
    for row in &part.rows {
        let needs = part.needs(*row);
        let with = |set: &Bits| {
            let mut both = set.clone();
            both.intersect_with(needs);
            both
        };
        let more: Vec<Bits> = all.iter().map(with).filter(|set| !set.is_clear()).collect();
        all.extend(more);
        all.insert(needs.clone());
        if all.len() > SETS {
            return None;
        }
    }
    let mut sets: Vec<Bits> = all.into_iter().collect();
    let gain = |set: &Bits| {
        let holding = part.rows.iter().filter(|row| set.is_subset(part.needs(**row)));
        holding.map(|row| set.difference_count(&part.reduced.covered[*row])).sum::<usize>()
    };
    sets.sort_by_cached_key(|set| std::cmp::Reverse(gain(set)));
    Some(sets)
}

/// For each column of each row that is not covered, the sets that may cover it; what covers one of fewer covers the others. `None` if
/// there are too many.
fn places(part: &Part<'_>, sets: &[Bits], fitting: &[Sets]) -> Option<Vec<Sets>> {
    let mut all = BTreeSet::<(usize, Sets)>::new();
    for (row, fitting) in part.rows.iter().zip(fitting) {
        for column in part.open(*row).ones() {
            let having = fitting.ones().filter(|at| sets.get(*at).is_some_and(|set| set.contains(column)));
            let place = of_positions(sets.len(), having);
            all.insert((place.count_ones(..), place));
            if all.len() > PLACES {
                return None;
            }
        }
    }
    let mut kept: Vec<Sets> = Vec::new();
    for (_, place) in all {
        if !kept.iter().any(|known| known.is_subset(&place)) {
            kept.push(place);
        }
    }
    Some(kept)
}

impl Search<'_> {
    fn step(&mut self, chosen: &mut Vec<usize>, taken: &Sets, banned: &Sets) {
        self.left = self.left.saturating_sub(self.places.len() * (1 + self.sets.len() / 64));
        if self.left == 0 {
            return;
        }
        let mut open: Vec<(usize, Sets)> = Vec::new();
        for place in self.places.iter().filter(|place| place.is_disjoint(taken)) {
            let mut choice = place.clone();
            choice.difference_with(banned);
            open.push((choice.count_ones(..), choice));
        }
        open.sort();
        let weight: usize = chosen.iter().filter_map(|at| self.weights.get(*at)).sum();
        if self.best.as_ref().is_some_and(|(best, _)| weight + apart(&open, self.sets.len()) >= *best) {
            return;
        }
        let open = match open.into_iter().next() {
            Some((_, choice)) => Open::OneOf(choice),
            None => self.too_many(taken, banned),
        };
        match open {
            Open::Nothing => self.best = Some((weight, chosen.clone())),
            Open::OneOf(choice) => {
                // what follows a set has it not
                let mut banned = banned.clone();
                for set in choice.ones() {
                    let mut taken = taken.clone();
                    taken.insert(set);
                    chosen.push(set);
                    self.step(chosen, &taken, &banned);
                    chosen.pop();
                    banned.insert(set);
                }
            }
        }
    }

    /// All columns are covered: whether some row needs more sets for it than it may be made of.
    fn too_many(&mut self, taken: &Sets, banned: &Sets) -> Open {
        let (matrix, reduced) = (self.part.matrix, self.part.reduced);
        for (row, fitting) in self.part.rows.iter().zip(&self.fitting) {
            let of_row = &matrix.rows[*row];
            let fixed = reduced.pool.usable(&reduced.usable[*row]);
            let fixed = fixed.into_iter().map(|one| Usable { key: (), set: one.set, weight: one.weight });
            let own = taken.intersection(fitting).filter_map(|at| Some((self.sets.get(at)?, self.weights.get(at)?)));
            let own = own.map(|(set, weight)| Usable { key: (), set, weight: *weight });
            let usable: Vec<Usable<'_, ()>> = fixed.chain(own).collect();
            let (found, whole) = lightest(&of_row.needs, &usable, of_row.most);
            self.left = self.left.saturating_sub(usable.len());
            if found.is_some() {
                continue;
            }
            self.whole &= whole;
            let mut more = fitting.clone();
            more.difference_with(banned);
            more.difference_with(taken);
            return Open::OneOf(more);
        }
        Open::Nothing
    }
}

/// How many sets are needed at least: places that no set covers together.
fn apart(open: &[(usize, Sets)], count: usize) -> usize {
    let mut used = Sets::with_capacity(count);
    let mut found = 0;
    for (_, choice) in open {
        if choice.is_disjoint(&used) {
            used.union_with(choice);
            found += 1;
        }
    }
    found
}
