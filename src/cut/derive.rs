//! From ways to what they rest on.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::choice::Ways;
use crate::change;
use crate::graph::query::paths_into;
use crate::graph::{Source, TrustGraph};
use crate::ids::PrincipalIx;
use crate::snapshot::edit::Removal;

/// Sources of one role of which a proof is taken in one round: others come in later rounds, if they are left.
const SOURCES: usize = 16;
/// Roles of which proofs are taken in one round.
const ROLES: usize = 2_000;

/// One way, and everything removable that it rests on.
#[derive(Debug)]
pub(super) struct Derivation {
    pub(super) source: Source,
    pub(super) role: u32,
    pub(super) removals: BTreeSet<Removal>,
}

/// Proofs of these ways; at least one where there is a way.
pub(super) fn derive(graph: &TrustGraph<'_>, ways: &Ways) -> Vec<Derivation> {
    bounded(graph, ways, SOURCES, ROLES)
}

/// A proof of each of these ways.
pub(super) fn derive_all(graph: &TrustGraph<'_>, ways: &Ways) -> Vec<Derivation> {
    bounded(graph, ways, usize::MAX, usize::MAX)
}

fn bounded(graph: &TrustGraph<'_>, ways: &Ways, sources: usize, roles: usize) -> Vec<Derivation> {
    let mut by_role = BTreeMap::<u32, Vec<&Source>>::new();
    for (source, reached) in ways {
        for role in reached {
            let of_role = by_role.entry(role).or_default();
            if of_role.len() < sources {
                of_role.push(source);
            }
        }
    }
    let by_role: Vec<(u32, Vec<&Source>)> = by_role.into_iter().take(roles).collect();
    let of_role = |(role, sources): (u32, Vec<&Source>)| {
        let paths = paths_into(graph, PrincipalIx::new(role as usize), &sources);
        paths.into_iter().map(move |(source, hops)| {
            let estate = graph.estate();
            let removals = hops.iter().flat_map(|hop| change::proof(estate, hop, &source).removals).collect();
            Derivation { source, role, removals }
        })
    };
    by_role.into_par_iter().flat_map_iter(of_role).collect()
}
