//! What stands for a user beside itself.

use std::collections::{BTreeSet, HashMap};

use crate::graph::edge::Edge;
use crate::graph::source::Source;
use crate::graph::users::Users;
use crate::ids::ClassIx;

/// The sources that stand for a user beside itself: those of its class, alone or among others.
#[derive(Debug, Default)]
pub(crate) struct UserSources(HashMap<ClassIx, Vec<Source>>);

impl UserSources {
    /// Of these edges.
    pub(crate) fn of<'a>(edges: impl Iterator<Item = &'a Edge>) -> Self {
        let distinct: BTreeSet<&Users> =
            edges.filter_map(|edge| if let Source::Users(users) = &edge.from { Some(users) } else { None }).collect();
        let mut all = Self::default();
        for users in distinct {
            for class in users.classes() {
                all.0.entry(*class).or_default().push(Source::Users(users.clone()));
            }
        }
        all
    }

    /// Those of a class, in order.
    pub(crate) fn of_class(&self, class: ClassIx) -> &[Source] {
        self.0.get(&class).map_or(&[], Vec::as_slice)
    }
}
