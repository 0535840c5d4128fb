//! Paths over which people reach roles without MFA.
//!
//! Owns: the search over edges that can be used without MFA, as far as it is known which can. Does not know which of these roles
//! matter.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::entry::{self, Can};
use super::{formula, unknown};
use crate::answer::Verdict;
use crate::eval::{Caller, Credential};
use crate::graph::{Added, Edge, Hop, Source, TrustGraph, Visited};
use crate::ids::{AccountId, AccountIx, ClassIx, PrincipalIx};
use crate::model::{Estate, PrincipalType, Ways};
use crate::policy::key::{ContextKey, KeyKind};

/// Roles that people reach without MFA: computed once, then queried role by role.
pub(crate) struct PathsWithoutMfa<'g> {
    graph: &'g TrustGraph<'g>,
    certain: Entries<'g>,
    possible: Entries<'g>,
}

/// How the search reached a role.
struct Entry<'g> {
    from: Source,
    edge: &'g Edge,
}

type Entries<'g> = BTreeMap<PrincipalIx, Entry<'g>>;

/// Edges by source, each with how it can be used without MFA.
#[derive(Default)]
struct Outgoing<'g> {
    by_source: BTreeMap<&'g Source, Vec<(&'g Edge, Open)>>,
    /// By class, the groups of roles that it stands in.
    groups: BTreeMap<ClassIx, Vec<&'g Source>>,
}

/// Whether an edge can be used without MFA, by how the call is signed.
#[derive(Clone, Copy)]
struct Open {
    by_key: Can,
    by_session: Can,
}

impl Open {
    fn however(can: Can) -> Self {
        Self { by_key: can, by_session: can }
    }

    fn at_best(self) -> Can {
        self.by_key.max(self.by_session)
    }

    /// For one caller: of a user, only those ways to sign in count that it has (`model::Ways`).
    fn to(self, estate: &Estate, from: &Source) -> Can {
        let Source::Principal(ix) = from else { return self.at_best() };
        let user = estate.principal(*ix);
        if user.kind() != PrincipalType::User || self.by_key == self.by_session {
            return self.at_best();
        }
        let (key, session) = match user.sign_in().ways {
            Ways::All => (true, true),
            Ways::Console => (false, true),
            // the console asks for the MFA device
            Ways::ConsoleWithMfa => (false, false),
        };
        let of = |there: bool, can: Can| if there { can } else { Can::No };
        of(key, self.by_key).max(of(session, self.by_session))
    }
}

impl<'g> PathsWithoutMfa<'g> {
    /// Decides every edge of the graph and searches those that can be used without MFA.
    pub(crate) fn new(graph: &'g TrustGraph<'g>) -> Self {
        let outgoing = outgoing(graph);
        let certain = walks(graph.estate(), &outgoing, Can::Yes);
        let possible = walks(graph.estate(), &outgoing, Can::Perhaps);
        Self { graph, certain, possible }
    }

    /// The hops of a shortest path over which some user certainly reaches the role, first to last.
    pub(crate) fn certain(&self, role: PrincipalIx) -> Option<Vec<Hop>> {
        self.certain.get(&role).map(|entry| steps(&self.certain, role, entry, self.graph.estate()))
    }

    /// As [`PathsWithoutMfa::certain`], including hops that depend on data that was not read.
    pub(crate) fn possible(&self, role: PrincipalIx) -> Option<Vec<Hop>> {
        self.possible.get(&role).map(|entry| steps(&self.possible, role, entry, self.graph.estate()))
    }

    /// Why it is not known whether these hops can be used.
    pub(crate) fn why_unknown(&self, steps: &[Hop]) -> BTreeSet<String> {
        let estate = self.graph.estate();
        let mut why: BTreeSet<String> =
            steps.iter().flat_map(|step| unknown::unclear(estate, &step.edge.free().truth())).collect();
        let start = steps.first().map(|step| &step.from);
        let account = start.and_then(|source| estate.account_by_id(account_of(source)?));
        let unread = account.and_then(|ix| estate.account(ix).presence().gap());
        why.extend(unread.map(|gap| unknown::reason(estate, gap)));
        why
    }

    /// Number of users who can certainly assume the role directly.
    pub(crate) fn direct_users(&self, role: PrincipalIx) -> usize {
        let estate = self.graph.estate();
        let mut users = BTreeSet::new();
        for edge in self.graph.incoming(role) {
            let open = openness(estate, &edge);
            let members = edge.callers(estate);
            let people = members.filter(|m| estate.principal(*m).kind() == PrincipalType::User);
            users.extend(people.filter(|m| open.to(estate, &Source::Principal(*m)) == Can::Yes));
        }
        users.len()
    }
}

fn account_of(source: &Source) -> Option<AccountId> {
    match source {
        Source::Account(id) | Source::Outsider(_, id) => Some(*id),
        _ => None,
    }
}

fn outgoing<'g>(graph: &'g TrustGraph<'g>) -> Outgoing<'g> {
    // each edge asks the evaluator again: on all cores, in the order of the edges
    let of_role = |edges: &'g Vec<Edge>| edges.iter().map(|edge| (edge, openness(graph.estate(), edge)));
    let decided = graph.all().par_iter().flat_map_iter(of_role);
    let open: Vec<(&Edge, Open)> = decided.filter(|(_, open)| open.at_best() > Can::No).collect();
    let mut outgoing = Outgoing::default();
    for (edge, open) in open {
        outgoing.by_source.entry(&edge.from).or_default().push((edge, open));
    }
    for source in outgoing.by_source.keys() {
        if let Source::Roles(group) = source {
            group.classes().iter().for_each(|class| outgoing.groups.entry(*class).or_default().push(source));
        }
    }
    outgoing
}

/// Every role that some user reaches over edges that can be used without MFA, certainly or perhaps, by a shortest such path. An
/// account that was not read may have users, and they may be any principal that a trust policy names in it.
fn walks<'g>(estate: &Estate, outgoing: &Outgoing<'g>, least: Can) -> Entries<'g> {
    let mut entries = Entries::new();
    let mut walked = Walked::new();
    let mut calls = first_calls(estate, outgoing, least);
    while !calls.is_empty() {
        let mut next = Vec::new();
        for (from, edge) in calls {
            if let std::collections::btree_map::Entry::Vacant(slot) = entries.entry(edge.to) {
                slot.insert(Entry { from, edge });
                next.push(edge.to);
            }
        }
        next.sort_unstable();
        calls = next.into_iter().flat_map(|role| calls_of(estate, outgoing, role, least, &mut walked)).collect();
    }
    entries
}

/// The calls of users, in order of user, then of others who may be people; the first user speaks for all who share an edge.
fn first_calls<'g>(estate: &Estate, outgoing: &Outgoing<'g>, least: Can) -> Vec<(Source, &'g Edge)> {
    let mut calls = Vec::new();
    let mut others = Vec::new();
    let unread: BTreeSet<_> = estate.unread_accounts().map(|(ix, _)| estate.account(ix).id()).collect();
    for (source, edges) in &outgoing.by_source {
        let (from, found) = match source.members(estate).first() {
            Some(user) if estate.principal(*user).kind() == PrincipalType::User => {
                (Source::Principal(*user), &mut calls)
            }
            None if least < Can::Yes && account_of(source).is_some_and(|id| unread.contains(&id)) => {
                ((*source).clone(), &mut others)
            }
            _ => continue,
        };
        let open = edges.iter().filter(|(_, open)| open.to(estate, &from) >= least);
        found.extend(open.map(|(edge, _)| (from.clone(), *edge)));
    }
    calls.sort_by(|(a, _), (b, _)| a.cmp(b));
    calls.extend(others);
    calls
}

/// Groups of roles whose calls were made: by a member of an account all but those into that account.
type Walked<'g> = BTreeMap<&'g Source, Visited>;

/// The calls of a role, its own before those of its class and its groups; of a group those that no other member made before.
fn calls_of<'g>(
    estate: &Estate,
    outgoing: &Outgoing<'g>,
    role: PrincipalIx,
    least: Can,
    walked: &mut Walked<'g>,
) -> Vec<(Source, &'g Edge)> {
    let from = Source::Principal(role);
    let (class, account) = (estate.principal(role).class(), estate.principal(role).account());
    let of = |source: &Source| outgoing.by_source.get(source).into_iter().flatten();
    let own = of(&from).chain(of(&Source::Class(class)));
    let mut open: Vec<&(&Edge, Open)> = own.collect();
    for group in outgoing.groups.get(&class).into_iter().flatten() {
        let added = walked.entry(group).or_default().visit_but(account);
        let is_new = |to: AccountIx| match added {
            Added::AllBut(own) => to != own,
            Added::Only(left) => to == left,
            Added::Nothing => false,
        };
        open.extend(of(group).filter(|(edge, _)| is_new(estate.principal(edge.to).account())));
    }
    let open = open.into_iter().filter(|(_, open)| open.to(estate, &from) >= least);
    open.map(|(edge, _)| (from.clone(), *edge)).collect()
}

/// Whether an edge can be used by its source without MFA. A user signs with an access key or a session without MFA, each decided
/// separately. AWS does not document what role sessions look like, so for them a test that asks for MFA counts as requiring it.
fn openness(estate: &Estate, edge: &Edge) -> Open {
    let decision = edge.free();
    let known = match decision.verdict() {
        Verdict::Denied => return Open::however(Can::No),
        Verdict::Unknown => Can::Perhaps,
        Verdict::Allowed | Verdict::Conditional => Can::Yes,
    };
    if !decision.asks_for_mfa() {
        return Open::however(known);
    }
    match edge.callers(estate).next() {
        Some(user) if estate.principal(user).kind() == PrincipalType::User => {
            let caller = Caller::Principal(user);
            let by = |way: Credential| entry::can(&entry::decided(estate, edge.to, caller, way.alone()));
            Open { by_key: by(Credential::AccessKey), by_session: by(Credential::UserSession) }
        }
        Some(_) => {
            let asks = |key: &ContextKey| matches!(key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge);
            let open = formula::can_hold(&decision.truth(), &|test, _| !test.undecided.iter().any(asks));
            Open::however(if open { known } else { Can::No })
        }
        None => {
            let by = |way| entry::can(&entry::with(&decision.truth(), way));
            Open { by_key: by(entry::WITH_KEY), by_session: by(entry::WITH_SESSION) }
        }
    }
}

fn steps(entries: &Entries<'_>, role: PrincipalIx, entry: &Entry<'_>, estate: &Estate) -> Vec<Hop> {
    let mut steps = Vec::new();
    let mut seen = BTreeSet::from([role]);
    let mut at = Some(entry);
    while let Some(entry) = at {
        steps.push(Hop { from: entry.from.clone(), edge: entry.edge.clone() });
        at = match entry.from {
            Source::Principal(ix) if estate.principal(ix).kind() == PrincipalType::Role && seen.insert(ix) => {
                entries.get(&ix)
            }
            _ => None,
        };
    }
    steps.reverse();
    steps
}
