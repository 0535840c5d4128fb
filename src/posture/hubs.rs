//! Roles through which many principals reach many accounts.
//!
//! Owns: how many can assume a role directly, and the roles of how many accounts it can assume directly. Reads every edge once; counts
//! one by one only what can be a hub by the sizes of the groups that it stands in.

use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::Outgoing;
use crate::answer::Verdict;
use crate::graph::{Edge, EdgeKind, TrustGraph};
use crate::ids::{AccountIx, PrincipalIx};

/// What a role connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hub {
    /// Users and roles that can assume it.
    pub(crate) principals: usize,
    /// Other accounts of which it can assume a role.
    pub(crate) accounts: usize,
}

/// The roles that at least so many principals can assume, and that can assume roles of at least so many other accounts.
pub(crate) fn hubs(graph: &TrustGraph<'_>, principals: usize, accounts: usize) -> BTreeMap<PrincipalIx, Hub> {
    let estate = graph.estate();
    let usable = |edge: &&Edge| {
        edge.kind == EdgeKind::AssumeRole && edge.own(edge.from.kind(estate)).verdict() <= Verdict::Conditional
    };
    let account_of = |role: PrincipalIx| estate.principal(role).account();
    let calls = graph.all().iter().flatten().filter(usable);
    // roles stand account by account: a source that calls several of one account has that once
    let reached = Outgoing::new(calls.map(|edge| (&edge.from, account_of(edge.to)))).distinct();
    let mut hubs = BTreeMap::new();
    for (role, edges) in graph.by_role() {
        let at_most: usize = edges.iter().map(|edge| edge.from.members(estate).len()).sum();
        let accounts_at_most: usize = reached.of(estate, role).map(|(_, accounts)| accounts.len()).sum();
        if at_most < principals || accounts_at_most < accounts {
            continue;
        }
        let to: BTreeSet<AccountIx> = reached.of(estate, role).flat_map(|(_, accounts)| accounts).copied().collect();
        let to = to.len() - usize::from(to.contains(&account_of(role)));
        if to < accounts {
            continue;
        }
        let callers: BTreeSet<PrincipalIx> =
            edges.iter().filter(usable).flat_map(|edge| edge.callers(estate)).collect();
        let callers = callers.len() - usize::from(callers.contains(&role));
        if callers >= principals {
            hubs.insert(role, Hub { principals: callers, accounts: to });
        }
    }
    hubs
}
