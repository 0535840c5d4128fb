//! Edges by where they start.

use super::sources::{SourceIx, Sources};
use crate::graph::edge::Edge;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::{Estate, Principal};

/// Which edge: the role that it leads into, and its position among the edges into that role.
pub(crate) type EdgeAt = (PrincipalIx, usize);

/// Edges by where they start; those of a class stand for each of its members.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    sources: Sources,
    /// By source.
    places: Vec<Vec<EdgeAt>>,
}

impl Outgoing {
    /// Of the edges into each role.
    pub(crate) fn new<'a>(estate: &Estate, edges: impl Iterator<Item = (PrincipalIx, &'a [Edge])> + Clone) -> Self {
        let (sources, froms) = Sources::of(estate, &edges.clone().map(|(_, into)| into).collect::<Vec<_>>());
        let mut places = vec![Vec::new(); sources.len()];
        for ((role, _), froms) in edges.zip(&froms) {
            for (at, from) in froms.iter().enumerate() {
                if let Some(known) = places.get_mut(from.get()) {
                    known.push((role, at));
                }
            }
        }
        Self { sources, places }
    }

    /// The edges of a source and of its class, alone or in groups, in order of role: of several into one role the first is the one
    /// that a search backward meets first.
    pub(crate) fn of(&self, source: &Source, estate: &Estate) -> impl Iterator<Item = EdgeAt> + use<'_> {
        let of = |number: SourceIx| self.places.get(number.get()).into_iter().flatten().copied();
        let principal = if let Source::Principal(ix) = source { Some(estate.principal(*ix)) } else { None };
        let of_class = |principal: &Principal| {
            let account = principal.account();
            self.sources.of_class(principal.class()).flat_map(move |number| {
                let across = matches!(self.sources.source(number), Some(Source::Roles(_)));
                of(number).filter(move |(to, _)| !across || estate.principal(*to).account() != account)
            })
        };
        let mut all: Vec<EdgeAt> = self.sources.number(source).into_iter().flat_map(of).collect();
        all.extend(principal.into_iter().flat_map(of_class));
        all.extend(self.sources.of_person(estate, source).into_iter().flat_map(of));
        all.sort_unstable();
        all.into_iter()
    }
}
