//! How principals of lower environments get into roles of higher ones.
//!
//! Owns: the search over role assumptions, from all accounts of lower environments, up to the first role of a higher one. Does not know
//! which accounts are lower.

use std::collections::{BTreeMap, BTreeSet};

use super::unknown;
use crate::answer::Verdict;
use crate::graph::{Added, Edge, EdgeKind, Hop, Source, TrustGraph, Visited};
use crate::ids::{AccountIx, ClassIx, GapIx, PrincipalIx};
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

/// Edges by source.
struct Outgoing<'g> {
    by_source: BTreeMap<&'g Source, Vec<&'g Edge>>,
    /// By class, the groups that it stands in.
    groups: BTreeMap<ClassIx, Vec<&'g Source>>,
}

impl Crossings {
    /// Searches every edge.
    pub(crate) fn new(graph: &TrustGraph<'_>, levels: Levels) -> Self {
        let estate = graph.estate();
        let outgoing = Outgoing::new(graph);
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

impl<'g> Outgoing<'g> {
    fn new(graph: &'g TrustGraph<'_>) -> Self {
        let mut by_source = BTreeMap::<&Source, Vec<&Edge>>::new();
        for edge in graph.all().iter().flatten().filter(|edge| edge.kind == EdgeKind::AssumeRole) {
            by_source.entry(&edge.from).or_default().push(edge);
        }
        let mut groups = BTreeMap::<ClassIx, Vec<&Source>>::new();
        for source in by_source.keys() {
            if let Source::Classes(group) | Source::Roles(group) = source {
                group.classes().iter().for_each(|class| groups.entry(*class).or_default().push(source));
            }
        }
        Self { by_source, groups }
    }
}

/// One search, into the roles of one environment.
struct Walk<'w, 'g> {
    estate: &'g Estate,
    outgoing: &'w Outgoing<'g>,
    levels: &'w Levels,
    to: usize,
    least: Verdict,
    entries: BTreeMap<PrincipalIx, Entry>,
    classes: BTreeSet<ClassIx>,
    groups: BTreeMap<&'g Source, Visited>,
}

impl<'w, 'g> Walk<'w, 'g> {
    fn new(estate: &'g Estate, outgoing: &'w Outgoing<'g>, levels: &'w Levels, to: usize, least: Verdict) -> Self {
        let (entries, classes, groups) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { estate, outgoing, levels, to, least, entries, classes, groups }
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
        let mut entered = Vec::new();
        for account in accounts.iter().map(|ix| self.estate.account(*ix)) {
            let Some(gap) = account.presence().gap() else { continue };
            let sources = self.outgoing.by_source.iter().filter(|(source, _)| match source {
                Source::Account(id) | Source::Outsider(_, id) => *id == account.id(),
                _ => false,
            });
            let edges: Vec<&Edge> = sources.flat_map(|(_, edges)| edges).copied().collect();
            entered.extend(edges.into_iter().filter_map(|edge| self.enter(edge, Entry::Unread(gap))));
        }
        entered
    }

    /// Enters what a principal can assume; those roles that make further calls.
    fn calls(&mut self, caller: PrincipalIx) -> Vec<PrincipalIx> {
        let principal = self.estate.principal(caller);
        let (class, account) = (principal.class(), principal.account());
        let of = |source: &Source| self.outgoing.by_source.get(source).into_iter().flatten().copied();
        let mut edges: Vec<&'g Edge> = of(&Source::Principal(caller)).collect();
        if self.classes.insert(class) {
            edges.extend(of(&Source::Class(class)));
        }
        for group in self.outgoing.groups.get(&class).into_iter().flatten() {
            // of a group of roles, those of the account of the role that is assumed fare otherwise
            let added = self.groups.entry(group).or_default().visit_but(account);
            let is_new = |to: AccountIx| match (group, added) {
                (Source::Classes(_), Added::AllBut(_)) => true,
                (Source::Classes(_), _) | (_, Added::Nothing) => false,
                (_, Added::AllBut(own)) => to != own,
                (_, Added::Only(left)) => to == left,
            };
            edges.extend(of(group).filter(|edge| is_new(self.estate.principal(edge.to).account())));
        }
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
