//! Sets of a target's roles: kept as numbers, written as names.

use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Serialize, Serializer};

/// Some of the roles that a target stands for. Names appear when it is read or written: an answer may hold millions.
#[derive(Clone, Debug)]
pub struct RoleSet {
    /// Role ARNs of the whole target, sorted.
    names: Arc<[String]>,
    /// Places among them.
    places: Arc<RoaringBitmap>,
}

impl RoleSet {
    /// The roles at these places of the sorted names.
    #[must_use]
    pub fn new(names: Arc<[String]>, places: RoaringBitmap) -> Self {
        Self { names, places: Arc::new(places) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() as usize
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Their ARNs, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|place| self.names.get(place as usize)).map(String::as_str)
    }

    /// True if the role is one of them.
    #[must_use]
    pub fn contains(&self, arn: &str) -> bool {
        let place = self.names.binary_search_by(|name| name.as_str().cmp(arn)).ok();
        place.and_then(|place| u32::try_from(place).ok()).is_some_and(|place| self.places.contains(place))
    }
}

impl PartialEq for RoleSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for RoleSet {}

impl Serialize for RoleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_and_writes_as_the_names_at_its_places() {
        let names: Arc<[String]> = ["a", "b", "c"].map(str::to_owned).into();
        let set = RoleSet::new(Arc::clone(&names), RoaringBitmap::from_iter([0, 2]));
        assert_eq!((set.len(), set.is_empty(), set.iter().collect::<Vec<_>>()), (2, false, vec!["a", "c"]));
        assert_eq!(["a", "b", "c", "d"].map(|name| set.contains(name)), [true, false, true, false]);
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["a","c"]"#);
        assert_ne!(set, RoleSet::new(names, RoaringBitmap::from_iter([0])));
    }
}
