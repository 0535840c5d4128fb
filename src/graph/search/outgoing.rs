//! Edges by where they start.

use std::collections::BTreeMap;

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
}

impl Outgoing {
    /// Of the edges into each role.
    pub(crate) fn new<'a>(edges: impl Iterator<Item = (PrincipalIx, &'a [Edge])>) -> Self {
        let mut places = BTreeMap::<Source, Vec<EdgeAt>>::new();
        for (role, into) in edges {
            for (at, edge) in into.iter().enumerate() {
                match places.get_mut(&edge.from) {
                    Some(known) => known.push((role, at)),
                    None => _ = places.insert(edge.from.clone(), vec![(role, at)]),
                }
            }
        }
        Self { places }
    }

    /// The edges of a source, then those of its class.
    pub(crate) fn of(&self, source: &Source, estate: &Estate) -> impl Iterator<Item = EdgeAt> + use<'_> {
        let class = match source {
            Source::Principal(ix) => self.places.get(&Source::Class(estate.principal(*ix).class())),
            _ => None,
        };
        self.places.get(source).into_iter().chain(class).flatten().copied()
    }
}
