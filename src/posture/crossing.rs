//! How principals of lower environments get into roles of higher ones.
//!
//! Owns: the search over role assumptions, and ways to escalate where these are followed, from all accounts of lower environments, up to the first role of a higher one. Does not know
//! which accounts are lower.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::outgoing::{Callers, Made, Outgoing};
use super::unknown;
use crate::answer::Verdict;
use crate::graph::{Edge, EdgeKind, Hop, Source, TrustGraph};
use crate::ids::{AccountId, AccountIx, GapIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// The environment of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// From 0 for the lowest.
    Of(usize),
    None,
    /// What decides it was not read.
    Unknown,
}

impl Level {
    /// Whether an account is in a lower environment than this; one of unknown environment may be.
    fn is_below(self, to: usize, least: Verdict) -> bool {
        match self {
            Self::Of(level) => level < to,
            Self::None => false,
            Self::Unknown => least == Verdict::Unknown,
        }
    }
}

/// Of each account.
type Levels = Vec<Level>;

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
    certain: Vec<Entries>,
    /// None where all is known: then it is what is certain.
    possible: Vec<Entries>,
    levels: Levels,
}

type Entries = BTreeMap<PrincipalIx, Entry>;

fn level_of(levels: &Levels, account: AccountIx) -> Level {
    levels.get(account.get()).copied().unwrap_or(Level::None)
}

impl Crossings {
    /// Searches every edge.
    pub(crate) fn new(callers: &Arc<Callers<'_>>, levels: Levels) -> Self {
        let estate = callers.graph().estate();
        let calls = || callers.edges().filter(|(_, edge)| is_call(edge));
        let outgoing = Outgoing::new(callers, calls());
        let known = levels.iter().filter_map(|level| if let Level::Of(level) = level { Some(*level) } else { None });
        let highest = known.max().unwrap_or(0);
        let walks = |least| {
            let to = (0..=highest).into_par_iter();
            to.map(|to| Walk::new(estate, &outgoing, &levels, to, least).run()).collect()
        };
        // where all is known, what is possible is certain
        let has_unknown = || {
            levels.contains(&Level::Unknown)
                || estate.unread_accounts().next().is_some()
                || calls().any(|(_, edge)| verdict(estate, edge) == Verdict::Unknown)
        };
        let possible = || if has_unknown() { walks(Verdict::Unknown) } else { Vec::new() };
        let (certain, possible) = rayon::join(|| walks(Verdict::Conditional), possible);
        Self { certain, possible, levels }
    }

    /// The environment of an account.
    pub(crate) fn level(&self, account: AccountIx) -> Level {
        level_of(&self.levels, account)
    }

    /// How roles of the environment of a role are entered, by these walks.
    fn entries<'w>(&self, walks: &'w [Entries], estate: &Estate, role: PrincipalIx) -> Option<&'w Entries> {
        let Level::Of(level) = self.level(estate.principal(role).account()) else { return None };
        walks.get(level)
    }

    /// The calls of a shortest way into a role from a lower environment.
    pub(crate) fn certain(&self, estate: &Estate, role: PrincipalIx) -> Option<Vec<Hop>> {
        let entries = self.entries(&self.certain, estate, role)?;
        let mut hops = Vec::new();
        let mut at = entries.get(&role);
        while let Some(Entry::By(from, edge)) = at {
            hops.push(Hop { from: Source::Principal(*from), edge: edge.clone() });
            at = entries.get(from);
        }
        hops.reverse();
        (!hops.is_empty()).then_some(hops)
    }

    /// Who gets into a role by a call of their own, certainly: principals of lower environments, and roles between that these reach.
    pub(crate) fn entering(&self, graph: &TrustGraph<'_>, role: PrincipalIx) -> BTreeSet<PrincipalIx> {
        let estate = graph.estate();
        let Level::Of(to) = self.level(estate.principal(role).account()) else { return BTreeSet::new() };
        let counts = |ix: &PrincipalIx| {
            let level = self.level(estate.principal(*ix).account());
            let is_between = || self.certain.get(to).is_some_and(|entries| entries.contains_key(ix));
            level.is_below(to, Verdict::Conditional) || level == Level::None && is_between()
        };
        let edges = graph.incoming(role);
        let usable = |edge: &&Edge| verdict(estate, edge) <= Verdict::Conditional;
        let calls = edges.iter().filter(|edge| is_call(edge)).filter(usable);
        calls.flat_map(|edge| edge.callers(estate)).filter(counts).collect()
    }

    /// Why it is not known whether a role is reached.
    pub(crate) fn why_unknown(&self, estate: &Estate, role: PrincipalIx) -> BTreeSet<String> {
        let Some(entries) = self.entries(&self.possible, estate, role) else { return BTreeSet::new() };
        let mut why = BTreeSet::new();
        let mut at = entries.get(&role);
        while let Some(entry) = at {
            at = match entry {
                Entry::By(from, edge) => {
                    why.extend(unknown::unclear(estate, &edge.own(edge.from.kind(estate)).truth()));
                    let account = estate.principal(*from).account();
                    let account = (account, estate.account(account));
                    if let (Level::Unknown, Some(gap)) = (self.level(account.0), account.1.membership_gap()) {
                        why.insert(unknown::reason(estate, gap));
                    } else if self.level(account.0) == Level::Unknown {
                        why.insert(format!("environment of account {} not known", account.1.shown()));
                    }
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

fn verdict(estate: &Estate, edge: &Edge) -> Verdict {
    edge.own(edge.from.kind(estate)).verdict()
}

fn is_call(edge: &Edge) -> bool {
    edge.kind == EdgeKind::AssumeRole || edge.kind.is_escalation()
}

/// One search, into the roles of one environment.
struct Walk<'w, 'g> {
    estate: &'g Estate,
    outgoing: &'w Outgoing<'g, &'g Edge>,
    levels: &'w Levels,
    to: usize,
    least: Verdict,
    entries: Entries,
    made: Made,
}

impl<'w, 'g> Walk<'w, 'g> {
    fn new(
        estate: &'g Estate,
        outgoing: &'w Outgoing<'g, &'g Edge>,
        levels: &'w Levels,
        to: usize,
        least: Verdict,
    ) -> Self {
        Self { estate, outgoing, levels, to, least, entries: Entries::new(), made: Made::default() }
    }

    fn is_lower(&self, account: AccountIx) -> bool {
        level_of(self.levels, account).is_below(self.to, self.least)
    }

    fn run(mut self) -> Entries {
        let lower: Vec<AccountIx> =
            (0..self.levels.len()).map(AccountIx::new).filter(|account| self.is_lower(*account)).collect();
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
            entered.extend(edges.iter().filter_map(|edge| self.enter(edge, || Entry::Unread(*gap))));
        }
        entered
    }

    /// Enters what a principal can assume; those roles that make further calls.
    fn calls(&mut self, caller: PrincipalIx) -> Vec<PrincipalIx> {
        let edges = self.outgoing.left(self.estate, caller, &mut self.made, |edge| edge.to);
        edges.into_iter().filter_map(|edge| self.enter(edge, || Entry::By(caller, edge.clone()))).collect()
    }

    /// Enters a role, if the edge can be used and the role is new; itself, if it lies between the environments.
    fn enter(&mut self, edge: &'g Edge, entry: impl FnOnce() -> Entry) -> Option<PrincipalIx> {
        let role = edge.to;
        let account = self.estate.principal(role).account();
        // a role of a lower environment starts anyway
        if self.is_lower(account) || self.entries.contains_key(&role) || verdict(self.estate, edge) > self.least {
            return None;
        }
        self.entries.insert(role, entry());
        (!matches!(level_of(self.levels, account), Level::Of(_))).then_some(role)
    }
}
