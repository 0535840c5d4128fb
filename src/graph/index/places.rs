//! Places in a table of classes.

use roaring::RoaringBitmap;

/// A set of places. Nearly all have one, and there is a set for every document.
#[derive(Clone, Debug, Default)]
pub(super) enum Places {
    /// None.
    #[default]
    None,
    /// This one alone.
    One(u32),
    /// Several.
    Many(Box<RoaringBitmap>),
}

impl Places {
    pub(super) fn insert(&mut self, place: u32) {
        match self {
            Self::None => *self = Self::One(place),
            Self::One(own) if *own == place => {}
            Self::One(own) => *self = Self::Many(Box::new(RoaringBitmap::from_iter([*own, place]))),
            Self::Many(all) => _ = all.insert(place),
        }
    }

    pub(super) fn contains(&self, place: u32) -> bool {
        match self {
            Self::None => false,
            Self::One(own) => *own == place,
            Self::Many(all) => all.contains(place),
        }
    }

    /// The first and the last.
    pub(super) fn ends(&self) -> impl Iterator<Item = u32> {
        let (first, last) = match self {
            Self::None => (None, None),
            Self::One(own) => (Some(*own), None),
            Self::Many(all) => (all.min(), all.max()),
        };
        first.into_iter().chain(last)
    }

    pub(super) fn add_to(&self, others: &mut RoaringBitmap) {
        match self {
            Self::None => {}
            Self::One(own) => _ = others.insert(*own),
            Self::Many(all) => *others |= &**all,
        }
    }

    pub(super) fn remove_from(&self, others: &mut RoaringBitmap) {
        match self {
            Self::None => {}
            Self::One(own) => _ = others.remove(*own),
            Self::Many(all) => *others -= &**all,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn places_are_a_set() {
        for inserted in [&[][..], &[7], &[7, 7], &[7, 3], &[3, 70_000, 7, 3]] {
            let mut places = Places::default();
            inserted.iter().for_each(|place| places.insert(*place));
            let set: BTreeSet<u32> = inserted.iter().copied().collect();
            for place in [0, 3, 7, 70_000] {
                assert_eq!(places.contains(place), set.contains(&place), "{inserted:?} {place}");
            }
            let ends: BTreeSet<u32> = places.ends().collect();
            assert_eq!(ends, set.first().into_iter().chain(set.last()).copied().collect(), "{inserted:?}");
            let mut others = RoaringBitmap::from_iter([0, 7]);
            places.add_to(&mut others);
            assert_eq!(others, set.iter().copied().chain([0, 7]).collect(), "{inserted:?}");
            places.remove_from(&mut others);
            assert_eq!(others, [0, 7].into_iter().filter(|place| !set.contains(place)).collect(), "{inserted:?}");
        }
    }
}
