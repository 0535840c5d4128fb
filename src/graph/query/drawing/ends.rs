//! The principals at the ends of lines, and which node each of them is part of.
//!
//! Owns: what principals have in common. An edge may stand for thousands of callers, and thousands of edges for the same ones:
//! their members are counted once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::lines::Line;
use crate::answer::{Grouped, Node, PrincipalKind};
use crate::arn::Arn;
use crate::graph::group::{Added, Group, Visited};
use crate::graph::source::Source;
use crate::ids::{AccountId, AccountIx, CohortIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// Principals of the estate, and sources that are none.
#[derive(Clone, Debug)]
pub(in crate::graph::query) struct Ends<'g> {
    pub(super) principals: FixedBitSet,
    pub(super) others: BTreeSet<&'g Source>,
}

/// What principals of one node have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    is_target: bool,
    kind: PrincipalKind,
    common: Common<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Common<'a> {
    Account(AccountIx),
    Outside(AccountId),
    /// Names of the OUs from the root to it.
    Unit(&'a [String]),
    Name(&'a str),
    Principal(PrincipalIx),
    Other(&'a Source),
}

/// Which node each end is part of.
pub(super) struct Places<'g> {
    pub(super) nodes: Vec<Node>,
    principals: Vec<u32>,
    others: HashMap<&'g Source, u32>,
    /// Callers of a source by node.
    known: HashMap<&'g Source, Vec<(u32, usize)>>,
}

impl<'g> Ends<'g> {
    pub(in crate::graph::query) fn none(estate: &Estate) -> Self {
        Self { principals: FixedBitSet::with_capacity(estate.principals().len()), others: BTreeSet::new() }
    }

    /// All ends of these lines.
    pub(super) fn of(lines: &[Line<'g>], estate: &Estate) -> Self {
        let mut ends = Self::none(estate);
        let mut seen = BTreeSet::<&Source>::new();
        let mut groups = HashMap::<&Group, Visited>::new();
        for line in lines {
            let edge = line.edge;
            ends.principals.insert(edge.to.get());
            match &edge.from {
                Source::Roles(group) => {
                    let mut insert = |role: &PrincipalIx| ends.principals.insert(role.get());
                    match groups.entry(group).or_default().visit_but(estate.principal(edge.to).account()) {
                        Added::AllBut(_) => edge.callers(estate).for_each(|role| insert(&role)),
                        Added::Only(left) => group.split(estate, left)[1].iter().for_each(insert),
                        Added::Nothing => {}
                    }
                }
                from if seen.insert(from) => ends.insert(from, estate),
                _ => {}
            }
        }
        ends
    }

    /// Adds a source, or all that it stands for.
    pub(in crate::graph::query) fn insert(&mut self, source: &'g Source, estate: &Estate) {
        let members = source.members(estate);
        members.iter().for_each(|member| self.principals.insert(member.get()));
        if members.is_empty() {
            self.others.insert(source);
        }
    }

    /// Adds a role.
    pub(in crate::graph::query) fn insert_role(&mut self, role: PrincipalIx) {
        self.principals.insert(role.get());
    }

    /// True for a role that is one of them.
    pub(in crate::graph::query) fn has_role(&self, role: PrincipalIx) -> bool {
        self.principals.contains(role.get())
    }

    /// True if somebody who makes this call is one of them.
    pub(in crate::graph::query) fn has_caller(&self, line: &Line<'_>, estate: &Estate) -> bool {
        self.others.contains(&line.edge.from) || line.edge.callers(estate).any(|caller| self.has_role(caller))
    }

    pub(super) fn len(&self) -> usize {
        self.principals.count_ones(..) + self.others.len()
    }

    fn keys<'a>(&'a self, estate: &'a Estate, by: Grouped, targets: &FixedBitSet) -> impl Iterator<Item = Key<'a>>
    where
        'g: 'a,
    {
        let of_principals = self.principals.ones().map(move |at| (PrincipalIx::new(at), targets.contains(at)));
        let keys = of_principals.map(move |(ix, is_target)| key_of(estate, ix, by, is_target));
        keys.chain(self.others.iter().map(move |source| key_of_other(estate, source, by)))
    }

    /// How many nodes they are.
    pub(super) fn nodes(&self, estate: &Estate, by: Grouped, targets: &FixedBitSet) -> usize {
        match by {
            Grouped::None => self.len(),
            _ => self.keys(estate, by, targets).collect::<BTreeSet<_>>().len(),
        }
    }

    /// The node of each.
    pub(super) fn places(&self, estate: &Estate, by: Grouped, targets: &FixedBitSet) -> Places<'g> {
        let numbers: BTreeMap<Key<'_>, usize> = {
            let keys: BTreeSet<Key<'_>> = self.keys(estate, by, targets).collect();
            keys.into_iter().zip(0..).collect()
        };
        let mut nodes: Vec<Node> = numbers.iter().map(|(key, place)| empty(key, *place, estate)).collect();
        let mut accounts = vec![BTreeSet::<AccountId>::new(); nodes.len()];
        let mut principals = vec![u32::MAX; estate.principals().len()];
        let mut others = HashMap::new();
        let sources = self.principals.ones().map(|at| Source::Principal(PrincipalIx::new(at)));
        let sources = sources.chain(self.others.iter().map(|source| (*source).clone()));
        for (key, source) in self.keys(estate, by, targets).zip(sources) {
            let Some(place) = numbers.get(&key).copied() else { continue };
            if let Source::Principal(ix) = source
                && let Some(slot) = principals.get_mut(ix.get())
            {
                *slot = place as u32;
            }
            let (Some(node), Some(accounts)) = (nodes.get_mut(place), accounts.get_mut(place)) else { continue };
            accounts.extend(account_of(&source, estate));
            let named: Vec<Source> = match &source {
                Source::Cohort(_) => source.persons(estate).iter().copied().map(Source::Person).collect(),
                _ => vec![source],
            };
            node.principals += named.len();
            let room = Node::EXAMPLES.saturating_sub(node.examples.len());
            node.examples.extend(named.iter().take(room).map(|source| source.name(estate)));
        }
        for (source, key) in self.others.iter().map(|source| (*source, key_of_other(estate, source, by))) {
            others.extend(numbers.get(&key).map(|place| (source, *place as u32)));
        }
        nodes.iter_mut().zip(accounts).for_each(|(node, accounts)| finish(node, &accounts, estate));
        Places { nodes, principals, others, known: HashMap::new() }
    }
}

impl<'g> Places<'g> {
    /// The node of a role.
    pub(super) fn of(&self, role: PrincipalIx) -> Option<u32> {
        self.principals.get(role.get()).copied().filter(|place| *place != u32::MAX)
    }

    /// The node of a source that starts paths.
    pub(super) fn of_source(&self, source: &Source) -> Option<u32> {
        match source {
            Source::Principal(ix) => self.of(*ix),
            other => self.others.get(other).copied(),
        }
    }

    /// Who makes a call, by node, and how many of each.
    pub(super) fn callers(&mut self, line: &Line<'g>, estate: &Estate) -> Vec<(u32, usize)> {
        let from = &line.edge.from;
        if let Some(place) = self.others.get(from) {
            return vec![(*place, 1)];
        }
        if !self.known.contains_key(from) {
            let counted = self.counted(from.members(estate));
            self.known.insert(from, counted);
        }
        let mut counted = self.known.get(from).cloned().unwrap_or_default();
        if let Source::Roles(group) = from {
            // in the role's own account they are decided otherwise
            let own = self.counted(group.split(estate, estate.principal(line.edge.to).account())[1]);
            for (place, count) in own {
                counted.iter_mut().filter(|(other, _)| *other == place).for_each(|(_, all)| *all -= count);
            }
        }
        counted.retain(|(_, count)| *count > 0);
        counted
    }

    fn counted(&self, members: &[PrincipalIx]) -> Vec<(u32, usize)> {
        let mut counts = BTreeMap::<u32, usize>::new();
        members.iter().filter_map(|member| self.of(*member)).for_each(|place| *counts.entry(place).or_default() += 1);
        counts.into_iter().collect()
    }
}

fn key_of(estate: &Estate, ix: PrincipalIx, by: Grouped, is_target: bool) -> Key<'_> {
    let principal = estate.principal(ix);
    let (kind, common) = match (principal.kind(), by) {
        (PrincipalType::User, Grouped::None) => (PrincipalKind::User, Common::Principal(ix)),
        (PrincipalType::User, Grouped::Ou) => (PrincipalKind::User, unit_of(estate, principal.account())),
        (PrincipalType::User, _) => (PrincipalKind::User, Common::Account(principal.account())),
        (PrincipalType::Role, Grouped::None) => (PrincipalKind::Role, Common::Principal(ix)),
        (PrincipalType::Role, Grouped::Name) => (PrincipalKind::Role, Common::Name(principal.name())),
        (PrincipalType::Role, Grouped::Account) => (PrincipalKind::Role, Common::Account(principal.account())),
        (PrincipalType::Role, Grouped::Ou) => (PrincipalKind::Role, unit_of(estate, principal.account())),
    };
    Key { is_target, kind, common }
}

fn unit_of(estate: &Estate, account: AccountIx) -> Common<'_> {
    Common::Unit(estate.account(account).unit_names())
}

fn key_of_other<'a>(estate: &'a Estate, source: &'a Source, by: Grouped) -> Key<'a> {
    let common = match (source, by) {
        (Source::Provider(arn), Grouped::Name) => {
            arn.split_once('/').map_or(Common::Other(source), |(_, name)| Common::Name(name))
        }
        (Source::Provider(_) | Source::Outsider(..), Grouped::Account | Grouped::Ou) => {
            let account = account_of(source, estate);
            match account.and_then(|id| estate.account_by_id(id)).filter(|_| by == Grouped::Ou) {
                Some(ix) => unit_of(estate, ix),
                None => account.map_or(Common::Other(source), Common::Outside),
            }
        }
        _ => Common::Other(source),
    };
    Key { is_target: false, kind: source.kind(estate), common }
}

fn account_of(source: &Source, estate: &Estate) -> Option<AccountId> {
    match source {
        Source::Principal(ix) => Some(estate.account(estate.principal(*ix).account()).id()),
        Source::Account(id) | Source::Outsider(_, id) => Some(*id),
        Source::Provider(arn) => Arn::parse(arn)?.account_id(),
        _ => None,
    }
}

/// The name of the group that people are members of.
fn group_of(estate: &Estate, cohort: CohortIx) -> String {
    estate.people().map_or_else(String::new, |people| people.name_of_group(people.cohort(cohort).group()))
}

/// A node before its principals are counted.
fn empty(key: &Key<'_>, place: usize, estate: &Estate) -> Node {
    let (by, name) = match key.common {
        Common::Account(ix) => (Grouped::Account, estate.account(ix).id().to_string()),
        Common::Outside(id) => (Grouped::Account, id.to_string()),
        Common::Unit(names) => (Grouped::Ou, format!("/{}", names.join("/"))),
        Common::Name(name) => (Grouped::Name, name.to_owned()),
        Common::Other(Source::Cohort(cohort)) => (Grouped::Name, group_of(estate, *cohort)),
        Common::Principal(_) | Common::Other(_) => (Grouped::None, String::new()),
    };
    Node {
        id: Node::id_at(place),
        kind: key.kind,
        name,
        by,
        account: String::new(),
        account_name: String::new(),
        accounts: 0,
        principals: 0,
        examples: Vec::new(),
        target: key.is_target,
        reaching: None,
    }
}

/// One principal goes by its own name; an account that all have in common is named.
fn finish(node: &mut Node, accounts: &BTreeSet<AccountId>, estate: &Estate) {
    if let (1, [only]) = (node.principals, node.examples.as_slice()) {
        (node.by, node.name) = (Grouped::None, only.clone());
    }
    node.accounts = accounts.len();
    if let (1, Some(id)) = (accounts.len(), accounts.first()) {
        node.account = id.to_string();
        let named = estate.account_by_id(*id).map(|ix| estate.account(ix).shown_name().to_owned());
        node.account_name = named.unwrap_or_default();
    }
}
