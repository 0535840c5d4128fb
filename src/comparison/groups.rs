//! Groups of users: who joined and who left.

use std::collections::BTreeSet;

use super::pairing::Which;
use super::world::World;
use crate::difference::{ChangeKind, What};

impl World<'_, '_> {
    /// The groups that a user joined and left; none where one side did not read them.
    pub(super) fn changes_of_groups(&self, number: u32) -> Vec<What> {
        let (Some(old), Some(new)) = (self.principal(Which::Old, number), self.principal(Which::New, number)) else {
            return Vec::new();
        };
        if !old.knows_groups() || !new.knows_groups() || old.groups() == new.groups() {
            return Vec::new();
        }
        let before: BTreeSet<&str> = old.groups().iter().map(|group| &**group).collect();
        let after: BTreeSet<&str> = new.groups().iter().map(|group| &**group).collect();
        let what = |kind, group: &&str| What { policy: (*group).to_owned(), ..What::of(kind) };
        let joined = after.difference(&before).map(|group| what(ChangeKind::GroupJoined, group));
        let left = before.difference(&after).map(|group| what(ChangeKind::GroupLeft, group));
        joined.chain(left).collect()
    }
}
