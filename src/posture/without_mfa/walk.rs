//! Where calls without MFA lead.
//!
//! Owns: the search from a set of first calls, role by role. Does not know who makes the first.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::open::{EdgeNumber, OpenEdges};
use crate::graph::{Hop, Source};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::posture::entry::Can;
use crate::posture::outgoing::Made;
use crate::posture::unknown;

/// Roles that somebody reaches, in order, each by a shortest path.
#[derive(Debug, Default)]
pub(crate) struct Reached(Box<[(PrincipalIx, Entry)]>);

/// How the search reached a role.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// `None` for a first call.
    from: Option<PrincipalIx>,
    edge: EdgeNumber,
    hops: u32,
}

/// First calls, in order.
pub(super) type First = Arc<[EdgeNumber]>;

impl Reached {
    /// The roles, in order.
    pub(crate) fn roles(&self) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.0.iter().map(|(role, _)| *role)
    }

    fn get(&self, role: PrincipalIx) -> Option<&Entry> {
        let at = self.0.binary_search_by_key(&role, |(role, _)| *role).ok()?;
        self.0.get(at).map(|(_, entry)| entry)
    }

    pub(crate) fn contains(&self, role: PrincipalIx) -> bool {
        self.get(role).is_some()
    }

    /// Number of hops of a shortest path to a role.
    pub(crate) fn hops(&self, role: PrincipalIx) -> u32 {
        self.get(role).map_or(u32::MAX, |entry| entry.hops)
    }

    /// The hops of a shortest path to a role, first to last, from the first of these users who can make its first call.
    pub(super) fn path(
        &self,
        estate: &Estate,
        open: &OpenEdges<'_>,
        users: &[PrincipalIx],
        role: PrincipalIx,
    ) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut at = self.get(role);
        while let Some(entry) = at {
            let (edge, how) = open.get(entry.edge);
            let can = |user: &PrincipalIx| users.binary_search(user).is_ok() && how.to(estate, *user) == Can::Yes;
            let Some(from) = entry.from.or_else(|| edge.callers(estate).find(can)) else { return Vec::new() };
            hops.push(Hop { from: Source::Principal(from), edge: edge.clone() });
            at = entry.from.and_then(|role| self.get(role));
        }
        hops.reverse();
        hops
    }

    /// Who calls last on the shortest way to a role: of users who share the call, the first who can make it.
    pub(super) fn caller(&self, estate: &Estate, open: &OpenEdges<'_>, role: PrincipalIx) -> Option<Source> {
        let entry = self.get(role)?;
        let (edge, how) = open.get(entry.edge);
        let user = || edge.callers(estate).find(|user| how.to(estate, *user) == Can::Yes);
        Some(entry.from.or_else(user).map_or_else(|| edge.from.clone(), Source::Principal))
    }

    /// Why it is not known whether calls on the way to a role can be made.
    pub(super) fn why_unknown(&self, estate: &Estate, open: &OpenEdges<'_>, role: PrincipalIx) -> BTreeSet<String> {
        let mut why = BTreeSet::new();
        let mut at = self.get(role);
        while let Some(entry) = at {
            why.extend(unknown::unclear(estate, &open.get(entry.edge).0.free().truth()));
            at = entry.from.and_then(|role| self.get(role));
        }
        why
    }
}

/// Every role that the first calls and those that follow lead to, as far as they can be made at least so certainly.
pub(super) fn reached(estate: &Estate, open: &OpenEdges<'_>, first: &First, least: Can) -> Reached {
    let mut entries = HashMap::new();
    let mut made = Made::new();
    let mut calls: Vec<(Option<PrincipalIx>, EdgeNumber)> = first.iter().map(|edge| (None, *edge)).collect();
    let mut hops = 1;
    while !calls.is_empty() {
        let mut next = Vec::new();
        for (from, edge) in calls {
            let to = open.get(edge).0.to;
            if let std::collections::hash_map::Entry::Vacant(slot) = entries.entry(to) {
                slot.insert(Entry { from, edge, hops });
                next.push(to);
            }
        }
        next.sort_unstable();
        let can = |role: PrincipalIx, edge: &EdgeNumber| open.get(*edge).1.to(estate, role) >= least;
        let of = |role| {
            let left = open.left(estate, role, &mut made).into_iter();
            left.filter(move |edge| can(role, edge)).map(move |edge| (Some(role), edge))
        };
        calls = next.into_iter().flat_map(of).collect();
        hops += 1;
    }
    let mut all: Vec<(PrincipalIx, Entry)> = entries.into_iter().collect();
    all.sort_unstable_by_key(|(role, _)| *role);
    Reached(all.into())
}
