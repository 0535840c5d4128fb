//! From ways to what they rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::choice::Ways;
use crate::change;
use crate::graph::query::{Signer, WhoCan};
use crate::graph::{EdgeKind, Hop, Source};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::snapshot::edit::{DocumentAt, Removal};

/// Sources of one role of which a proof is taken in one round: others come in later rounds, if they are left.
const SOURCES: usize = 16;

/// One way, and everything removable that it rests on.
#[derive(Debug)]
pub(super) struct Derivation {
    pub(super) source: Source,
    pub(super) role: u32,
    pub(super) removals: BTreeSet<Removal>,
}

/// Statements that are gone, by document: the ones after them have moved up.
#[derive(Debug, Default)]
pub(super) struct Gone<'r>(BTreeMap<&'r DocumentAt, BTreeSet<u32>>);

impl<'r> Gone<'r> {
    pub(super) fn of(removed: impl IntoIterator<Item = &'r Removal>) -> Self {
        let mut gone = Self::default();
        for removal in removed {
            if let Removal::Statement(at, statement) = removal {
                gone.0.entry(at).or_default().insert(*statement);
            }
        }
        gone
    }

    /// The same removal, by the position that the statement had while nothing was gone.
    fn as_written(&self, removal: Removal) -> Removal {
        match removal {
            Removal::Statement(at, statement) => {
                let before = self.0.get(&at).into_iter().flatten();
                let position = before.fold(statement, |position, gone| position + u32::from(*gone <= position));
                Removal::Statement(at, position)
            }
            other => other,
        }
    }
}

/// Proofs of some of these ways, of every role; `found` is on the organization without what is gone. What a role of the target reaches
/// rests on somebody who enters it, too.
pub(super) fn derive(found: &WhoCan<'_, '_>, ways: &Ways, gone: &Gone<'_>) -> Vec<Derivation> {
    let entrance = |source: &Source| match source {
        Source::Principal(role) => found.entrance(*role),
        _ => None,
    };
    bounded(found, ways, gone, SOURCES, &entrance)
}

/// A proof of each of these ways, in the organization as it is.
pub(super) fn derive_all(found: &WhoCan<'_, '_>, ways: &Ways) -> Vec<Derivation> {
    bounded(found, ways, &Gone::default(), usize::MAX, &|_| None)
}

fn bounded(
    found: &WhoCan<'_, '_>,
    ways: &Ways,
    gone: &Gone<'_>,
    sources: usize,
    entrance: &(dyn Fn(&Source) -> Option<Hop> + Sync),
) -> Vec<Derivation> {
    let mut by_role = BTreeMap::<u32, Vec<&Source>>::new();
    for (source, reached) in ways {
        for role in reached {
            let of_role = by_role.entry(role).or_default();
            if of_role.len() < sources {
                of_role.push(source);
            }
        }
    }
    let proofs = Proofs { estate: found.estate(), gone, known: Mutex::default() };
    let of_role = |(role, sources): (u32, Vec<&Source>)| {
        let paths = found.paths_into(PrincipalIx::new(role as usize), &sources);
        paths
            .into_iter()
            .map(|(source, hops)| {
                let parts = hops.iter().map(|hop| proofs.of(hop, &source));
                let entered = entrance(&source).map(|hop| proofs.of(&hop, &hop.from));
                let removals = parts.chain(entered).flat_map(|proof| proof.iter().cloned().collect::<Vec<_>>());
                Derivation { role, removals: removals.collect(), source }
            })
            .collect::<Vec<_>>()
    };
    by_role.into_par_iter().flat_map_iter(of_role).collect()
}

/// Whatever tells the proofs of two hops apart.
type HopKey = (Source, EdgeKind, PrincipalIx, Signer);

/// Proofs of hops, each made once however many ways pass it.
struct Proofs<'p> {
    estate: &'p Estate,
    gone: &'p Gone<'p>,
    known: Mutex<BTreeMap<HopKey, Arc<BTreeSet<Removal>>>>,
}

impl Proofs<'_> {
    fn of(&self, hop: &Hop, start: &Source) -> Arc<BTreeSet<Removal>> {
        let key = (hop.from.clone(), hop.edge.kind, hop.edge.to, Signer::of(self.estate, &hop.from, start));
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proof) = known().get(&key) {
            return Arc::clone(proof);
        }
        // not under the lock: two may make one proof, and it is the same
        let parts = change::proof(self.estate, hop, start).into_iter();
        let proof: Arc<BTreeSet<Removal>> = Arc::new(parts.map(|part| self.gone.as_written(part)).collect());
        known().insert(key, Arc::clone(&proof));
        proof
    }
}
