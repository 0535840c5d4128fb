//! Tables with an index type of their own.
//!
//! Owns: the only place where a table is indexed. An index that belongs to another table is a defect of rolehop and stops the
//! run: a fallback would turn the defect into an answer.
//! INVARIANT: every index was made by the table, or the estate, that it is used with, so the entry exists.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An index of a table: a position with a type.
pub trait TableIndex: Copy {
    /// The index of a position.
    fn from_position(position: usize) -> Self;
    /// The position of an index.
    fn position(self) -> usize;
}

/// A table.
#[derive(Clone, Debug)]
pub struct IdVec<Ix, T> {
    entries: Vec<T>,
    index: PhantomData<fn(Ix) -> Ix>,
}

/// A range of consecutive indexes, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange<Ix> {
    start: Ix,
    end: Ix,
}

impl<Ix, T> Default for IdVec<Ix, T> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: PhantomData }
    }
}

impl<Ix: TableIndex, T> IdVec<Ix, T> {
    /// An empty table with this capacity.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), index: PhantomData }
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: T) -> Ix {
        let ix = self.next_index();
        self.entries.push(entry);
        ix
    }

    /// Makes room for more entries.
    pub fn reserve(&mut self, more: usize) {
        self.entries.reserve_exact(more);
    }

    /// The index that the next entry gets.
    #[must_use]
    pub fn next_index(&self) -> Ix {
        Ix::from_position(self.entries.len())
    }

    /// Removes the last entry if its index is `ix`.
    pub fn pop_last(&mut self, ix: Ix) -> Option<T> {
        if ix.position() + 1 == self.entries.len() { self.entries.pop() } else { None }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if the table is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in order of their indexes.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.entries
    }

    /// All entries, in order of their indexes, to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.entries.iter_mut()
    }

    /// All entries, in order of their indexes.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.entries.iter()
    }

    /// All indexes, in order.
    pub fn indexes(&self) -> impl DoubleEndedIterator<Item = Ix> + use<Ix, T> {
        (0..self.entries.len()).map(Ix::from_position)
    }

    /// All entries with their indexes, in order.
    pub fn iter_indexed(&self) -> impl Iterator<Item = (Ix, &T)> {
        self.entries.iter().enumerate().map(|(at, entry)| (Ix::from_position(at), entry))
    }

    /// The entries of a range.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "a range that is out of its table is a defect that must not pass unseen"
    )]
    pub fn slice(&self, range: IdRange<Ix>) -> &[T] {
        &self.entries[range.start.position()..range.end.position()]
    }

    /// The entries of a range, mutable.
    #[expect(
        clippy::indexing_slicing,
        reason = "a range that is out of its table is a defect that must not pass unseen"
    )]
    pub fn slice_mut(&mut self, range: IdRange<Ix>) -> &mut [T] {
        &mut self.entries[range.start.position()..range.end.position()]
    }
}

impl<Ix: TableIndex, T> Index<Ix> for IdVec<Ix, T> {
    type Output = T;

    #[expect(
        clippy::indexing_slicing,
        reason = "an index that is out of its table is a defect that must not pass unseen"
    )]
    fn index(&self, ix: Ix) -> &T {
        &self.entries[ix.position()]
    }
}

impl<Ix: TableIndex, T> IndexMut<Ix> for IdVec<Ix, T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "an index that is out of its table is a defect that must not pass unseen"
    )]
    fn index_mut(&mut self, ix: Ix) -> &mut T {
        &mut self.entries[ix.position()]
    }
}

impl<Ix, T> Extend<T> for IdVec<Ix, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        self.entries.extend(entries);
    }
}

impl<Ix, T> FromIterator<T> for IdVec<Ix, T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect(), index: PhantomData }
    }
}

impl<Ix, T> IntoIterator for IdVec<Ix, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, Ix, T> IntoIterator for &'a IdVec<Ix, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<Ix: TableIndex> IdRange<Ix> {
    /// From `start` up to, but not including, `end`.
    #[must_use]
    pub fn new(start: Ix, end: Ix) -> Self {
        Self { start, end }
    }

    /// The first index; for an empty range, the index of the entry after it.
    #[must_use]
    pub fn start(self) -> Ix {
        self.start
    }

    /// All indexes, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Ix> + use<Ix> {
        (self.start.position()..self.end.position()).map(Ix::from_position)
    }
}

impl<Ix: TableIndex> Default for IdRange<Ix> {
    fn default() -> Self {
        Self { start: Ix::from_position(0), end: Ix::from_position(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Ix(usize);

    impl TableIndex for Ix {
        fn from_position(position: usize) -> Self {
            Self(position)
        }

        fn position(self) -> usize {
            self.0
        }
    }

    #[test]
    fn an_entry_is_found_by_the_index_that_its_table_gave() {
        let mut table = IdVec::<Ix, &str>::default();
        let a = table.push("a");
        let b = table.push("b");
        assert_eq!((table[a], table[b]), ("a", "b"));
        assert_eq!(table.indexes().collect::<Vec<_>>(), [a, b]);
        assert_eq!(table.slice(IdRange::new(b, table.next_index())), ["b"]);
        assert_eq!(table.pop_last(a), None);
        assert_eq!(table.pop_last(b), Some("b"));
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn an_index_of_another_table_stops_the_run() {
        let _ = IdVec::<Ix, u8>::default()[Ix(0)];
    }
}
