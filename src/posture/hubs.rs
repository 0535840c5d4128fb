//! Roles through which many principals reach many accounts.
//!
//! Owns: how many can assume a role directly, and the roles of how many accounts it can assume directly. Reads every edge once; counts
//! one by one only what can be a hub by the sizes of the groups that it stands in. INVARIANT: a role that is no hub by what was read, and
//! may be one by what was not, is told apart from one that is none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::outgoing::{Callers, Outgoing};
use super::unknown;
use crate::answer::Verdict;
use crate::graph::{Edge, EdgeKind, Source, TrustGraph};
use crate::ids::{AccountId, AccountIx, GapIx, PrincipalIx};
use crate::model::Estate;

/// What a role connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hub {
    /// Users and roles that can assume it.
    pub(crate) principals: usize,
    /// Other accounts of which it can assume a role.
    pub(crate) accounts: usize,
}

/// Whether a role connects that many.
#[derive(Debug)]
pub(crate) enum Connects {
    Many(Hub),
    /// It may, with what was not read: why.
    Perhaps(BTreeSet<String>),
}

/// The roles that at least so many principals can assume, and that can assume roles of at least so many other accounts, or may.
pub(crate) fn hubs(callers: &Arc<Callers<'_>>, principals: usize, accounts: usize) -> BTreeMap<PrincipalIx, Connects> {
    let search = Search::new(callers, principals, accounts);
    let roles = callers.graph().all().par_iter().enumerate().map(|(at, edges)| (PrincipalIx::new(at), edges));
    roles.filter_map(|(role, edges)| Some((role, search.judge(role, edges)?))).collect()
}

struct Search<'g> {
    graph: &'g TrustGraph<'g>,
    estate: &'g Estate,
    principals: usize,
    accounts: usize,
    /// The accounts that a source gets into: roles stand account by account, so one that calls several of one has that once.
    reached: Outgoing<'g, AccountIx>,
    /// Calls that rest on missing data.
    unclear: Outgoing<'g, &'g Edge>,
    /// Accounts whose principals were not read.
    unread: BTreeMap<AccountId, GapIx>,
}

impl<'g> Search<'g> {
    fn new(callers: &Arc<Callers<'g>>, principals: usize, accounts: usize) -> Self {
        let graph = callers.graph();
        let estate = graph.estate();
        let usable = callers.edges().filter(|(_, edge)| is_usable(estate, edge));
        let unclear = callers.edges().filter(|(_, edge)| is_unclear(estate, edge));
        let account = |edge: &Edge| estate.principal(edge.to).account();
        Self {
            graph,
            estate,
            principals,
            accounts,
            reached: Outgoing::distinct(callers, usable.map(|(by, edge)| (by, account(edge)))),
            unclear: Outgoing::new(callers, unclear),
            unread: estate.unread_accounts().map(|(ix, gap)| (estate.account(ix).id(), gap)).collect(),
        }
    }

    fn judge(&self, role: PrincipalIx, edges: &[Edge]) -> Option<Connects> {
        let entered: usize = edges.iter().map(|edge| edge.from.members(self.estate).len()).sum();
        let unread = self.unread_callers(edges);
        let sums: usize = self.reached.lists(self.estate, role).map(<[_]>::len).sum();
        let perhaps: usize = self.unclear.lists(self.estate, role).map(<[_]>::len).sum();
        let unread_targets = self.unread_targets(role);
        let is_entered = !unread.is_empty() || entered >= self.principals;
        if !is_entered || sums + perhaps + unread_targets < self.accounts {
            return None;
        }
        let home = self.estate.principal(role).account();
        let reached = self.reached.lists(self.estate, role).flatten().copied();
        let mut to: BTreeSet<AccountIx> = reached.filter(|account| *account != home).collect();
        let mut callers = self.callers(role, edges, is_usable);
        if to.len() >= self.accounts && callers.len() >= self.principals {
            return Some(Connects::Many(Hub { principals: callers.len(), accounts: to.len() }));
        }
        let unclear = || self.unclear.lists(self.estate, role).flatten().copied();
        to.extend(unclear().map(|edge| self.estate.principal(edge.to).account()).filter(|account| *account != home));
        callers.extend(self.callers(role, edges, is_unclear));
        let is_entered = !unread.is_empty() || callers.len() >= self.principals;
        if !is_entered || to.len() + unread_targets < self.accounts {
            return None;
        }
        let own = edges.iter().filter(|edge| is_unclear(self.estate, edge)).chain(unclear());
        let mut why: BTreeSet<String> = own.flat_map(|edge| self.reasons(edge)).collect();
        let targets = self.unread.values().filter(|_| unread_targets > 0);
        why.extend(unread.into_iter().chain(targets.copied()).map(|gap| unknown::reason(self.estate, gap)));
        Some(Connects::Perhaps(why))
    }

    /// Those who call it and are not the role itself.
    fn callers(&self, role: PrincipalIx, edges: &[Edge], is: fn(&Estate, &Edge) -> bool) -> BTreeSet<PrincipalIx> {
        let callers = edges.iter().filter(|edge| is(self.estate, edge)).flat_map(|edge| edge.callers(self.estate));
        callers.filter(|caller| *caller != role).collect()
    }

    /// The accounts that were not read and whose principals the role admits: nobody knows how many those are.
    fn unread_callers(&self, edges: &[Edge]) -> BTreeSet<GapIx> {
        let calls = edges.iter().filter(|edge| is_usable(self.estate, edge) || is_unclear(self.estate, edge));
        let of = |edge: &Edge| match &edge.from {
            Source::Account(id) => self.unread.get(id).copied().into_iter().collect(),
            Source::Everyone => self.unread.values().copied().collect(),
            _ => BTreeSet::new(),
        };
        calls.flat_map(of).collect()
    }

    /// How many accounts were not read, where the role's own policies may let it into them.
    fn unread_targets(&self, role: PrincipalIx) -> usize {
        let may = self.graph.may_assume_something(self.estate.principal(role).class());
        if may { self.unread.len() } else { 0 }
    }

    fn reasons(&self, edge: &Edge) -> BTreeSet<String> {
        unknown::unclear(self.estate, &edge.own(edge.from.kind(self.estate)).truth())
    }
}

fn is_usable(estate: &Estate, edge: &Edge) -> bool {
    edge.kind == EdgeKind::AssumeRole && edge.own(edge.from.kind(estate)).verdict() <= Verdict::Conditional
}

fn is_unclear(estate: &Estate, edge: &Edge) -> bool {
    edge.kind == EdgeKind::AssumeRole && edge.own(edge.from.kind(estate)).verdict() == Verdict::Unknown
}
