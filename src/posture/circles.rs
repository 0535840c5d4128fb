//! Roles of several accounts that can assume each other in a circle.
//!
//! Owns: which roles stand in a circle, and one circle to show. Reads every edge once: a group of callers is a chain of numbers, so that
//! cost follows its size and the edges, never their product. INVARIANT: a circle that is told exists as a whole; roles that may be in one by
//! what was not read are told apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::outgoing::{Callers, Made, Outgoing};
use super::strong::components;
use super::unknown;
use crate::answer::Verdict;
use crate::eval::Unclear;
use crate::graph::{Edge, EdgeKind, Hop, Source, TrustGraph};
use crate::ids::{AccountId, AccountIx, GapIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// Whether a role stands in a circle.
#[derive(Debug)]
pub(crate) enum InCircle {
    /// The role by which a circle is told.
    First(Circle),
    /// It may, with what was not read: why, once for all that may be in the same circle.
    Perhaps(Arc<BTreeSet<String>>),
}

/// Roles that can assume each other, directly or by others of them.
#[derive(Debug)]
pub(crate) struct Circle {
    pub(crate) roles: usize,
    pub(crate) accounts: BTreeSet<AccountIx>,
    /// A way around, from the first role back to it.
    pub(crate) hops: Vec<Hop>,
}

/// Every role that stands in a circle of roles of several accounts and by which it is told, or may stand in one.
pub(crate) fn circles(callers: &Arc<Callers<'_>>) -> BTreeMap<PrincipalIx, InCircle> {
    let graph = callers.graph();
    let estate = graph.estate();
    let calls = || callers.edges().filter(|(_, edge)| edge.kind == EdgeKind::AssumeRole);
    let outgoing = Outgoing::new(callers, calls());
    let unread: BTreeMap<AccountId, GapIx> =
        estate.unread_accounts().map(|(ix, gap)| (estate.account(ix).id(), gap)).collect();
    let mut found = BTreeMap::new();
    let mut told = BTreeSet::new();
    let certain = Search { graph, outgoing: &outgoing, least: Verdict::Conditional, unread: &BTreeMap::new() };
    for roles in certain.run() {
        if let Some((first, circle)) = certain.shown(&roles) {
            told.extend(roles);
            found.insert(first, InCircle::First(circle));
        }
    }
    if unread.is_empty() && !calls().any(|(_, edge)| verdict(estate, edge) == Verdict::Unknown) {
        return found;
    }
    let possible = Search { graph, outgoing: &outgoing, least: Verdict::Unknown, unread: &unread };
    for roles in possible.run() {
        let why = Arc::new(possible.why(&roles));
        for role in roles.iter().filter(|role| !told.contains(role)) {
            found.insert(*role, InCircle::Perhaps(Arc::clone(&why)));
        }
    }
    found
}

fn verdict(estate: &Estate, edge: &Edge) -> Verdict {
    edge.own(edge.from.kind(estate)).verdict()
}

/// One search, over calls that are at least this sure.
struct Search<'s, 'g> {
    graph: &'s TrustGraph<'g>,
    outgoing: &'s Outgoing<'g, &'g Edge>,
    least: Verdict,
    /// Accounts whose roles may make any call.
    unread: &'s BTreeMap<AccountId, GapIx>,
}

impl<'s> Search<'s, '_> {
    fn estate(&self) -> &Estate {
        self.graph.estate()
    }

    fn calls(&self, edges: &'s [Edge]) -> impl Iterator<Item = &'s Edge> {
        let is_call = |edge: &&Edge| edge.kind == EdgeKind::AssumeRole && verdict(self.estate(), edge) <= self.least;
        edges.iter().filter(is_call)
    }

    /// Accounts that were not read and whose roles may make the call.
    fn unread_callers(&self, edge: &Edge) -> Vec<GapIx> {
        match &edge.from {
            Source::Account(id) | Source::Outsider(_, id) => self.unread.get(id).copied().into_iter().collect(),
            Source::Everyone => self.unread.values().copied().collect(),
            _ => Vec::new(),
        }
    }

    fn may_call_unread(&self, role: PrincipalIx) -> bool {
        !self.unread.is_empty() && self.graph.may_assume_something(self.estate().principal(role).class())
    }

    /// Roles in a circle that spans several accounts, circle by circle.
    fn run(&self) -> Vec<Vec<PrincipalIx>> {
        let estate = self.estate();
        let is_entered = |edges: &'s [Edge]| {
            self.calls(edges).any(|edge| !edge.from.members(estate).is_empty() || !self.unread_callers(edge).is_empty())
        };
        let calls = |role| self.outgoing.lists(estate, role).next().is_some() || self.may_call_unread(role);
        let all = self.graph.by_role();
        let between = all.clone().filter(|(role, edges)| is_entered(edges) && calls(*role)).map(|(role, _)| role);
        let mut numbers = Numbers::of(estate, between.collect());
        let unread = numbers.fresh();
        for at in 0..numbers.roles.len() {
            let Some(role) = numbers.roles.get(at).copied() else { continue };
            let edges = self.graph.all().get(role.get()).map(Vec::as_slice).unwrap_or_default();
            for edge in self.calls(edges) {
                if !self.unread_callers(edge).is_empty() {
                    numbers.connect(unread, at);
                }
                numbers.enter(&edge.from, role, at);
            }
            if self.may_call_unread(role) {
                numbers.connect(at, unread);
            }
        }
        let mut circles = Vec::new();
        for component in components(&numbers.to) {
            let with_unread = component.iter().any(|at| *at as usize == unread);
            let roles: Vec<PrincipalIx> =
                component.iter().filter_map(|at| numbers.roles.get(*at as usize).copied()).collect();
            if accounts_of(estate, &roles).len() + usize::from(with_unread && !roles.is_empty()) > 1 {
                circles.push(roles);
            }
        }
        circles
    }

    /// The first role that another account's role of the circle assumes, and a shortest way from it back to itself over that call.
    fn shown(&self, roles: &[PrincipalIx]) -> Option<(PrincipalIx, Circle)> {
        let estate = self.estate();
        let inside: BTreeSet<PrincipalIx> = roles.iter().copied().collect();
        let home = |role: PrincipalIx| estate.principal(role).account();
        let (first, last, entering) = roles.iter().find_map(|role| {
            let edges = self.graph.all().get(role.get())?;
            self.calls(edges).find_map(|edge| {
                let caller = edge.callers(estate).find(|by| inside.contains(by) && home(*by) != home(*role))?;
                Some((*role, caller, edge))
            })
        })?;
        let mut by = BTreeMap::<PrincipalIx, Hop>::new();
        let mut made = Made::default();
        let mut starts = vec![first];
        while !by.contains_key(&last) && !starts.is_empty() {
            let mut next = Vec::new();
            for caller in starts {
                for edge in self.outgoing.left(estate, caller, &mut made, |edge| edge.to) {
                    let is_new = inside.contains(&edge.to) && edge.to != first && !by.contains_key(&edge.to);
                    if is_new && verdict(estate, edge) <= self.least {
                        by.insert(edge.to, Hop { from: Source::Principal(caller), edge: edge.clone() });
                        next.push(edge.to);
                    }
                }
            }
            starts = next;
        }
        let mut hops = vec![Hop { from: Source::Principal(last), edge: entering.clone() }];
        let mut at = last;
        while at != first {
            let hop = by.get(&at)?.clone();
            let Source::Principal(from) = hop.from else { return None };
            hops.push(hop);
            at = from;
        }
        hops.reverse();
        Some((first, Circle { roles: roles.len(), accounts: accounts_of(estate, roles), hops }))
    }

    /// Why it is not known whether these roles stand in a circle.
    fn why(&self, roles: &[PrincipalIx]) -> BTreeSet<String> {
        let estate = self.estate();
        let edges =
            roles.iter().filter_map(|role| self.graph.all().get(role.get())).flat_map(|edges| self.calls(edges));
        let mut parts = BTreeSet::new();
        for edge in edges {
            parts.extend(self.unread_callers(edge).into_iter().map(Unclear::Gap));
            if verdict(estate, edge) == Verdict::Unknown {
                parts.extend(edge.own(edge.from.kind(estate)).truth().unclear_parts().into_iter().cloned());
            }
        }
        unknown::words(estate, &parts)
    }
}

fn accounts_of(estate: &Estate, roles: &[PrincipalIx]) -> BTreeSet<AccountIx> {
    roles.iter().map(|role| estate.principal(*role).account()).collect()
}

/// Roles, and what stands between them, as numbers: roles first.
struct Numbers<'g> {
    estate: &'g Estate,
    /// In order.
    roles: Vec<PrincipalIx>,
    to: Vec<Vec<u32>>,
    chains: HashMap<&'g Source, Chain>,
}

/// The members of a group: two rows of numbers, which lead from each member on to all after it, and back to all before it. A call of those
/// before or after some account starts at one of them.
struct Chain {
    /// Numbers of members that are among the roles, in order.
    members: Vec<usize>,
    onward: usize,
    backward: usize,
}

impl<'g> Numbers<'g> {
    fn of(estate: &'g Estate, roles: Vec<PrincipalIx>) -> Self {
        let to = vec![Vec::new(); roles.len()];
        Self { estate, roles, to, chains: HashMap::new() }
    }

    fn fresh(&mut self) -> usize {
        self.to.push(Vec::new());
        self.to.len() - 1
    }

    fn connect(&mut self, from: usize, to: usize) {
        if let (Some(edges), Ok(to)) = (self.to.get_mut(from), u32::try_from(to)) {
            edges.push(to);
        }
    }

    /// A call into a role by all of a source.
    fn enter(&mut self, source: &'g Source, role: PrincipalIx, at: usize) {
        if let [one] = source.members(self.estate) {
            if let Ok(from) = self.roles.binary_search(one) {
                self.connect(from, at);
            }
            return;
        }
        if source.members(self.estate).is_empty() {
            return;
        }
        if !self.chains.contains_key(source) {
            let chain = self.chain(source);
            self.chains.insert(source, chain);
        }
        let Some(chain) = self.chains.get(source) else { return };
        let of = |member: &usize| self.roles.get(*member).map(|ix| self.estate.principal(*ix).account());
        let own = Some(self.estate.principal(role).account());
        let is_split = matches!(source, Source::Roles(_));
        let before =
            if is_split { chain.members.partition_point(|member| of(member) < own) } else { chain.members.len() };
        let after = if is_split { chain.members.partition_point(|member| of(member) <= own) } else { before };
        let onward = before.checked_sub(1).map(|last| chain.onward + last);
        let backward = (after < chain.members.len()).then_some(chain.backward + after);
        onward.into_iter().chain(backward).for_each(|from| self.connect(from, at));
    }

    fn chain(&mut self, source: &Source) -> Chain {
        let is_role = |ix: &&PrincipalIx| self.estate.principal(**ix).kind() == PrincipalType::Role;
        let members = source.members(self.estate).iter().filter(is_role);
        let members: Vec<usize> = members.filter_map(|ix| self.roles.binary_search(ix).ok()).collect();
        let (onward, backward) = (self.to.len(), self.to.len() + members.len());
        self.to.resize(self.to.len() + 2 * members.len(), Vec::new());
        for (at, member) in members.iter().enumerate() {
            self.connect(*member, onward + at);
            self.connect(*member, backward + at);
            if at > 0 {
                self.connect(onward + at - 1, onward + at);
                self.connect(backward + at, backward + at - 1);
            }
        }
        Chain { members, onward, backward }
    }
}
