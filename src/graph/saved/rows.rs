//! Lists of numbers, one after the other.

use fixedbitset::FixedBitSet;

/// A list for each number from 0 on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// Where each list starts, and where the last one ends.
    starts: Vec<u32>,
    entries: Vec<u32>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { starts: vec![0], entries: Vec::new() }
    }

    /// Lists that were read from a file; `None` if they are none, or an entry is not below `bound`.
    pub(super) fn checked(starts: Vec<u32>, entries: Vec<u32>, bound: usize) -> Option<Self> {
        let ordered = starts.is_sorted() && starts.first() == Some(&0);
        let ends = starts.last().is_some_and(|end| *end as usize == entries.len());
        let bounded = entries.iter().all(|entry| (*entry as usize) < bound);
        (ordered && ends && bounded).then_some(Self { starts, entries })
    }

    /// Appends a list; `None` if there are too many entries.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = u32>) -> Option<()> {
        self.entries.extend(list);
        self.starts.push(u32::try_from(self.entries.len()).ok()?);
        Some(())
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    pub(super) fn entries(&self) -> &[u32] {
        &self.entries
    }

    /// A list; empty beyond the last.
    pub(super) fn of(&self, at: u32) -> &[u32] {
        let at = at as usize;
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        range.and_then(|(start, end)| self.entries.get(*start as usize..*end as usize)).unwrap_or_default()
    }

    /// For each number below `count`, which of these lists (those of `kept`) hold it.
    pub(super) fn inverted(&self, count: usize, kept: &FixedBitSet) -> Self {
        let mut starts = vec![0_u32; count + 1];
        let lists = || kept.ones().filter_map(|at| u32::try_from(at).ok());
        for entry in lists().flat_map(|at| self.of(at)) {
            if let Some(number) = starts.get_mut(*entry as usize + 1) {
                *number += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut entries = vec![0_u32; sum as usize];
        for at in lists() {
            for entry in self.of(at) {
                let Some(place) = next.get_mut(*entry as usize) else { continue };
                if let Some(slot) = entries.get_mut(*place as usize) {
                    *slot = at;
                }
                *place += 1;
            }
        }
        Self { starts, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::super::every;
    use super::*;

    #[test]
    fn inverted_twice_is_the_same() {
        let mut rows = Rows::new();
        for list in [vec![2, 0], vec![], vec![2]] {
            rows.push(list).unwrap();
        }
        let inverted = rows.inverted(3, &every(3));
        assert_eq!([inverted.of(0), inverted.of(1), inverted.of(2)], [&[0][..], &[], &[0, 2]]);
        let again = inverted.inverted(3, &every(3));
        assert_eq!([again.of(0), again.of(1), again.of(2)], [&[0, 2][..], &[], &[2]]);
        let mut some = FixedBitSet::with_capacity(3);
        some.insert(2);
        assert_eq!(rows.inverted(3, &some).of(2), [2]);
    }

    #[test]
    fn lists_that_fit_no_table_are_refused() {
        assert!(Rows::checked(vec![0, 1], vec![4], 5).is_some());
        for (starts, entries) in [(vec![0, 1], vec![5]), (vec![0, 2], vec![1]), (vec![1, 1], vec![1]), (vec![], vec![])]
        {
            assert_eq!(Rows::checked(starts, entries, 5), None);
        }
    }
}
