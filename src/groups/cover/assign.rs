//! Which of the sets that fit into a row make it up: the fewest.
//!
//! Owns: that a row is never made of more than it may be. The search is exact for as long as it may go on; what it then has is a cover, if
//! not the lightest.

use super::matrix::Bits;

/// Steps of the search for one row.
const MOST: usize = 400;

/// A set that fits into the row: which it is, its columns and its weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usable<'a, K> {
    pub(super) key: K,
    pub(super) set: &'a Bits,
    pub(super) weight: usize,
}

/// The lightest of these sets that cover the row, of a weight of at most `most`; `None` where none was found. True where the search was
/// whole: nothing lighter covers it.
pub(super) fn lightest<K: Copy>(needs: &Bits, usable: &[Usable<'_, K>], most: usize) -> (Option<Vec<K>>, bool) {
    let mut search = Search { usable, best: None, limit: most.saturating_add(1), left: MOST };
    if let Some(found) = greedy(needs, usable)
        && weight(usable, &found) < search.limit
    {
        search.limit = weight(usable, &found);
        search.best = Some(found);
    }
    search.go(needs.clone(), &mut Vec::new(), 0);
    let is_whole = search.left > 0;
    let keys = |found: Vec<usize>| found.into_iter().filter_map(|at| usable.get(at)).map(|one| one.key).collect();
    (search.best.map(keys), is_whole)
}

fn weight<K>(usable: &[Usable<'_, K>], found: &[usize]) -> usize {
    found.iter().filter_map(|at| usable.get(*at)).map(|one| one.weight).sum()
}

/// Always the set that covers most of what is left for its weight.
fn greedy<K>(needs: &Bits, usable: &[Usable<'_, K>]) -> Option<Vec<usize>> {
    let (mut left, mut found) = (needs.clone(), Vec::new());
    while !left.is_clear() {
        let gain = |one: &Usable<'_, K>| one.set.intersection_count(&left);
        let (at, best) = usable
            .iter()
            .enumerate()
            .map(|(at, one)| (at, one, gain(one)))
            .max_by(|(a_at, a, a_gain), (b_at, b, b_gain)| {
                (a_gain * b.weight).cmp(&(b_gain * a.weight)).then(b_at.cmp(a_at))
            })
            .filter(|(.., gain)| *gain > 0)
            .map(|(at, one, _)| (at, one))?;
        left.difference_with(best.set);
        found.push(at);
    }
    Some(found)
}

struct Search<'a, 's, K> {
    usable: &'a [Usable<'s, K>],
    best: Option<Vec<usize>>,
    /// What is found must be lighter.
    limit: usize,
    left: usize,
}

impl<K> Search<'_, '_, K> {
    fn go(&mut self, open: Bits, chosen: &mut Vec<usize>, so_far: usize) {
        if open.is_clear() {
            if so_far < self.limit {
                (self.limit, self.best) = (so_far, Some(chosen.clone()));
            }
            return;
        }
        if self.left == 0 || so_far + 1 >= self.limit {
            return;
        }
        self.left -= 1;
        // the column that the fewest sets have
        let having = |column: usize| self.usable.iter().filter(move |one| one.set.contains(column)).count();
        let Some(column) = open.ones().take(64).min_by_key(|column| having(*column)) else { return };
        for (at, one) in self.usable.iter().enumerate().filter(|(_, one)| one.set.contains(column)) {
            if so_far + one.weight >= self.limit {
                continue;
            }
            let mut rest = open.clone();
            rest.difference_with(one.set);
            chosen.push(at);
            self.go(rest, chosen, so_far + one.weight);
            chosen.pop();
        }
    }
}
