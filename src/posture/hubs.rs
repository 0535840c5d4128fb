//! Roles through which many principals reach many accounts.
//!
//! Owns: how many can assume a role directly, and the roles of how many accounts it can assume directly. Reads every edge once.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Verdict;
use crate::graph::{Edge, EdgeKind, Source, TrustGraph};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};

/// What a role connects.
#[derive(Clone, Copy, Debug, Default)]
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
    let mut reached = BTreeMap::<&Source, BTreeSet<AccountIx>>::new();
    let mut entered = BTreeMap::new();
    for (role, edges) in graph.by_role() {
        let mut callers = BTreeSet::new();
        for edge in edges.iter().filter(usable) {
            reached.entry(&edge.from).or_default().insert(estate.principal(role).account());
            callers.extend(edge.callers(estate).filter(|caller| *caller != role));
        }
        if callers.len() >= principals {
            entered.insert(role, callers.len());
        }
    }
    let mut groups = BTreeMap::<ClassIx, Vec<&Source>>::new();
    let wanted: BTreeSet<ClassIx> = entered.keys().map(|role| estate.principal(*role).class()).collect();
    for source in reached.keys() {
        if let Source::Classes(group) | Source::Roles(group) = source {
            let classes = group.classes().iter().filter(|class| wanted.contains(class));
            classes.for_each(|class| groups.entry(*class).or_default().push(source));
        }
    }
    let of = |role: PrincipalIx| {
        let principal = estate.principal(role);
        let own = [Source::Principal(role), Source::Class(principal.class())];
        let shared = groups.get(&principal.class()).into_iter().flatten().copied();
        let all: BTreeSet<AccountIx> =
            own.iter().chain(shared).filter_map(|source| reached.get(source)).flatten().copied().collect();
        all.iter().filter(|account| **account != principal.account()).count()
    };
    let hubs = entered.into_iter().map(|(role, principals)| (role, Hub { principals, accounts: of(role) }));
    hubs.filter(|(_, hub)| hub.accounts >= accounts).collect()
}
