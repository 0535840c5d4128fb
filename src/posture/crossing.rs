//! How principals of lower environments get into roles of higher ones.
//!
//! Owns: the search over role assumptions, from all accounts of lower environments, up to the first role of a higher one. Does not know
//! which accounts are lower.

use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::{Made, Outgoing};
use super::unknown;
use crate::answer::Verdict;
use crate::graph::{Edge, EdgeKind, Hop, Source, TrustGraph};
use crate::ids::{AccountId, AccountIx, GapIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// The environment of each account, from 0 for the lowest; `None` where it has none.
pub(crate) type Levels = Vec<Option<usize>>;

/// How the search got into a role.
#[derive(Clone)]
enum Entry {
    By(PrincipalIx, Edge),
    /// By somebody of an account that was not read.
    Unread(GapIx),
}

/// Roles that are reached from a lower environment.
pub(crate) struct Crossings {
    /// By the environment of the role.
    certain: Vec<BTreeMap<PrincipalIx, Entry>>,
    possible: Vec<BTreeMap<PrincipalIx, Entry>>,
    levels: Levels,
}

impl Crossings {
    /// Searches every edge.
    pub(crate) fn new(graph: &TrustGraph<'_>, levels: Levels) -> Self {
        let estate = graph.estate();
        let calls = graph.all().iter().flatten().filter(|edge| edge.kind == EdgeKind::AssumeRole);
        let outgoing = Outgoing::new(calls.map(|edge| (&edge.from, edge)));
        let highest = levels.iter().copied().flatten().max().unwrap_or(0);
        let walks = |least| (0..=highest).map(|to| Walk::new(estate, &outgoing, &levels, to, least).run()).collect();
        let (certain, possible) = (walks(Verdict::Conditional), walks(Verdict::Unknown));
        Self { certain, possible, levels }
    }

    /// The environment of an account.
    pub(crate) fn level(&self, account: AccountIx) -> Option<usize> {
        self.levels.get(account.get()).copied().flatten()
    }

    /// The calls of a shortest way into a role from a lower environment.
    pub(crate) fn certain(&self, estate: &Estate, role: PrincipalIx) -> Option<Vec<Hop>> {
        let entries = self.certain.get(self.level(estate.principal(role).account())?)?;
        let mut hops = Vec::new();
        let mut at = entries.get(&role);
        while let Some(Entry::By(from, edge)) = at {
            hops.push(Hop { from: Source::Principal(*from), edge: edge.clone() });
            at = entries.get(from);
        }
        hops.reverse();
        (!hops.is_empty()).then_some(hops)
    }

    /// Why it is not known whether a role is reached.
    pub(crate) fn why_unknown(&self, estate: &Estate, role: PrincipalIx) -> BTreeSet<String> {
        let level = self.level(estate.principal(role).account());
        let Some(entries) = level.and_then(|level| self.possible.get(level)) else { return BTreeSet::new() };
        let mut why = BTreeSet::new();
        let mut at = entries.get(&role);
        while let Some(entry) = at {
            at = match entry {
                Entry::By(from, edge) => {
                    why.extend(unknown::unclear(estate, &edge.own(edge.from.kind(estate)).truth()));
                    entries.get(from)
                }
                Entry::Unread(gap) => {
                    why.insert(unknown::reason(estate, *gap));
                    None
                }
            };
        }
        why
    }
}

/// One search, into the roles of one environment.
struct Walk<'w, 'g> {
    estate: &'g Estate,
    outgoing: &'w Outgoing<'g, &'g Edge>,
    levels: &'w Levels,
    to: usize,
    least: Verdict,
    entries: BTreeMap<PrincipalIx, Entry>,
    made: Made<'g>,
}

impl<'w, 'g> Walk<'w, 'g> {
    fn new(
        estate: &'g Estate,
        outgoing: &'w Outgoing<'g, &'g Edge>,
        levels: &'w Levels,
        to: usize,
        least: Verdict,
    ) -> Self {
        Self { estate, outgoing, levels, to, least, entries: BTreeMap::new(), made: Made::new() }
    }

    fn level_of(&self, account: AccountIx) -> Option<usize> {
        self.levels.get(account.get()).copied().flatten()
    }

    fn run(mut self) -> BTreeMap<PrincipalIx, Entry> {
        let lower: Vec<AccountIx> = (0..self.levels.len())
            .map(AccountIx::new)
            .filter(|account| self.level_of(*account).is_some_and(|level| level < self.to))
            .collect();
        let of_lower = lower.iter().flat_map(|account| self.estate.principals_of(*account));
        // users first: a way that starts at a person says more
        let (users, roles): (Vec<_>, Vec<_>) =
            of_lower.partition(|ix| self.estate.principal(*ix).kind() == PrincipalType::User);
        let mut callers: Vec<PrincipalIx> = users.into_iter().chain(roles).collect();
        if self.least == Verdict::Unknown {
            callers.extend(self.enter_from_unread(&lower));
        }
        while !callers.is_empty() {
            callers = callers.into_iter().flat_map(|caller| self.calls(caller)).collect();
        }
        self.entries
    }

    /// Enters roles that somebody of an account that was not read may assume.
    fn enter_from_unread(&mut self, accounts: &[AccountIx]) -> Vec<PrincipalIx> {
        let accounts = accounts.iter().map(|ix| self.estate.account(*ix));
        let unread: BTreeMap<AccountId, GapIx> =
            accounts.filter_map(|account| Some((account.id(), account.presence().gap()?))).collect();
        let mut entered = Vec::new();
        for (source, edges) in self.outgoing.all() {
            let (Source::Account(id) | Source::Outsider(_, id)) = source else { continue };
            let Some(gap) = unread.get(id) else { continue };
            entered.extend(edges.iter().filter_map(|edge| self.enter(edge, Entry::Unread(*gap))));
        }
        entered
    }

    /// Enters what a principal can assume; those roles that make further calls.
    fn calls(&mut self, caller: PrincipalIx) -> Vec<PrincipalIx> {
        let edges = self.outgoing.left(self.estate, caller, &mut self.made, |edge| edge.to);
        edges.into_iter().filter_map(|edge| self.enter(edge, Entry::By(caller, edge.clone()))).collect()
    }

    /// Enters a role, if the edge can be used and the role is new; itself, if it lies between the environments.
    fn enter(&mut self, edge: &'g Edge, entry: Entry) -> Option<PrincipalIx> {
        let role = edge.to;
        let level = self.level_of(self.estate.principal(role).account());
        let usable = edge.own(edge.from.kind(self.estate)).verdict() <= self.least;
        // a role of a lower environment starts anyway
        if !usable || level.is_some_and(|level| level < self.to) || self.entries.contains_key(&role) {
            return None;
        }
        self.entries.insert(role, entry);
        level.is_none().then_some(role)
    }
}
