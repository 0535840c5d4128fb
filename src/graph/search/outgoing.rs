//! Edges by where they start.

use std::collections::BTreeMap;

use super::user_sources::UserSources;
use crate::graph::edge::Edge;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Which edge: the role that it leads into, and its position among the edges into that role.
pub(crate) type EdgeAt = (PrincipalIx, usize);

/// Edges by where they start; those of a class stand for each of its members.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    places: BTreeMap<Source, Vec<EdgeAt>>,
    users: UserSources,
}

impl Outgoing {
    /// Of the edges into each role.
    pub(crate) fn new<'a>(edges: impl Iterator<Item = (PrincipalIx, &'a [Edge])> + Clone) -> Self {
        let users = UserSources::of(edges.clone().flat_map(|(_, into)| into));
        let mut places = BTreeMap::<Source, Vec<EdgeAt>>::new();
        for (role, into) in edges {
            for (at, edge) in into.iter().enumerate() {
                match places.get_mut(&edge.from) {
                    Some(known) => known.push((role, at)),
                    None => _ = places.insert(edge.from.clone(), vec![(role, at)]),
                }
            }
        }
        Self { places, users }
    }

    /// The edges of a source, then those of its class, alone or among others.
    pub(crate) fn of(&self, source: &Source, estate: &Estate) -> impl Iterator<Item = EdgeAt> + use<'_> {
        let class = if let Source::Principal(ix) = source { Some(estate.principal(*ix).class()) } else { None };
        let of_class = class.and_then(|class| self.places.get(&Source::Class(class)));
        let shared = class.map_or(&[][..], |class| self.users.of_class(class));
        let mut together: Vec<EdgeAt> =
            shared.iter().filter_map(|users| self.places.get(users)).flatten().copied().collect();
        together.extend(of_class.into_iter().flatten());
        together.sort_unstable();
        self.places.get(source).into_iter().flatten().copied().chain(together)
    }
}
