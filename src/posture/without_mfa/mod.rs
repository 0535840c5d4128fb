//! How people reach roles without MFA.
//!
//! Owns: who is told of: a group of users where its policies let its members in, else each user. Does not know which of the roles
//! matter. Users of one class share one search, and so do all whose first calls are the same.
//! INVARIANT: cost follows classes of users, their calls and what follows from these, never users times roles.

mod granted;
mod open;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};

use self::granted::Granted;
use self::open::{EdgeNumber, OpenEdges};
pub(crate) use self::walk::Reached;
use self::walk::{First, reached};
use super::entry::Can;
use crate::graph::{Hop, Source, TrustGraph};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// Whose policies let people in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// A group of the account, by name.
    Group(Box<str>),
    /// One user: by policies of its own, or because trust policies name it.
    User(PrincipalIx),
}

/// People who reach roles in the same way.
pub(crate) struct Way {
    pub(crate) holder: Holder,
    /// In order; those who certainly can assume a role, or if there are none those who may. At least one.
    pub(crate) users: Vec<PrincipalIx>,
    /// What some of them certainly reach.
    pub(crate) certain: Arc<Reached>,
    /// The same, including what depends on data that was not read.
    pub(crate) possible: Arc<Reached>,
}

/// Roles that people reach without MFA: computed once, then queried account by account.
pub(crate) struct PathsWithoutMfa<'g> {
    estate: &'g Estate,
    open: OpenEdges<'g>,
    ways: BTreeMap<AccountIx, Vec<Way>>,
    others: OnceLock<Others>,
}

/// Roles that others than people with MFA reach.
struct Others {
    certain: Reached,
    possible: Reached,
}

/// The first calls of a holder, those that are certain and all.
#[derive(Default)]
struct Start {
    certain: Calls,
    possible: Calls,
}

#[derive(Default)]
struct Calls {
    users: BTreeSet<PrincipalIx>,
    edges: BTreeSet<EdgeNumber>,
}

type Starts = BTreeMap<(AccountIx, Holder), Start>;

impl<'g> PathsWithoutMfa<'g> {
    /// Decides every edge of the graph and searches those that can be used without MFA.
    pub(crate) fn new(graph: &'g TrustGraph<'g>) -> Self {
        let estate = graph.estate();
        let open = OpenEdges::new(graph);
        let ways = searched(estate, &open, starts(estate, &open));
        Self { estate, open, ways, others: OnceLock::new() }
    }

    /// The ways of an account's people, in order of their holders.
    pub(crate) fn of(&self, account: AccountIx) -> &[Way] {
        self.ways.get(&account).map(Vec::as_slice).unwrap_or_default()
    }

    /// The hops of a shortest path to a role, from the first user who can take it, first to last.
    pub(crate) fn path(&self, way: &Way, role: PrincipalIx) -> Vec<Hop> {
        way.certain.path(self.estate, &self.open, &way.users, role)
    }

    /// Who certainly assumes a role directly, on a shortest way of anybody but people with MFA or from a SAML provider: users without
    /// MFA, services, other providers, outside accounts.
    pub(crate) fn caller_but_people_with_mfa(&self, role: PrincipalIx) -> Option<Source> {
        self.others().certain.caller(self.estate, &self.open, role)
    }

    /// Why one of these may reach a role; empty if none does.
    pub(crate) fn why_others_unknown(&self, role: PrincipalIx) -> BTreeSet<String> {
        self.others().possible.why_unknown(self.estate, &self.open, role)
    }

    fn others(&self) -> &Others {
        self.others.get_or_init(|| {
            let from =
                |least| reached(self.estate, &self.open, &self.open.entries(self.estate, least).collect(), least);
            Others { certain: from(Can::Yes), possible: from(Can::Perhaps) }
        })
    }

    /// Why it is not known whether a role is reached.
    pub(crate) fn why_unknown(&self, way: &Way, role: PrincipalIx) -> BTreeSet<String> {
        way.possible.why_unknown(self.estate, &self.open, role)
    }
}

/// The first calls of everybody, each put down to whose policies allow it.
fn starts(estate: &Estate, open: &OpenEdges<'_>) -> Starts {
    let mut putting = Putting { estate, open, granted: Granted::new(estate), starts: Starts::new() };
    let of_users = |(_, class): &(usize, &crate::model::Class)| class.kind() == PrincipalType::User;
    for (at, class) in estate.classes().iter().enumerate().filter(of_users) {
        let ix = ClassIx::new(at);
        for edge in open.outgoing().of_class(ix).flat_map(|(_, edges)| edges) {
            putting.put(ix, class.members(), *edge);
        }
        for user in class.members() {
            for edge in open.outgoing().own(*user) {
                putting.put(ix, std::slice::from_ref(user), *edge);
            }
        }
    }
    putting.starts
}

/// First calls as they are put down to their holders.
struct Putting<'a, 'g> {
    estate: &'a Estate,
    open: &'a OpenEdges<'g>,
    granted: Granted<'a>,
    starts: Starts,
}

impl Putting<'_, '_> {
    /// Puts a first call of these users, all of one class, down to its holders.
    fn put(&mut self, class: ClassIx, users: &[PrincipalIx], number: EdgeNumber) {
        let (edge, how) = self.open.get(number);
        let can = users.first().map_or(Can::No, |user| how.to(self.estate, *user));
        if can == Can::No {
            return;
        }
        let account = self.estate.class(class).account();
        let groups = self.granted.groups(class, edge.to);
        let is_own = groups.is_empty();
        let own = users.iter().map(|user| (Holder::User(*user), std::slice::from_ref(user)));
        let own = own.filter(|_| is_own);
        for (holder, users) in groups.into_iter().map(|name| (Holder::Group(name.into()), users)).chain(own) {
            let start = self.starts.entry((account, holder)).or_default();
            let certain = (can == Can::Yes).then_some(&mut start.certain);
            for calls in certain.into_iter().chain([&mut start.possible]) {
                calls.users.extend(users);
                calls.edges.insert(number);
            }
        }
    }
}

/// Each search once for all whose first calls are the same.
fn searched(estate: &Estate, open: &OpenEdges<'_>, starts: Starts) -> BTreeMap<AccountIx, Vec<Way>> {
    let mut known = HashMap::<(First, Can), Arc<Reached>>::new();
    let has_unknown = open.has_unknown();
    let mut search = |first: BTreeSet<EdgeNumber>, least: Can| {
        let first: First = first.into_iter().collect();
        // where all is known, what is possible is certain
        let least = if has_unknown { least } else { Can::Yes };
        let search = || Arc::new(reached(estate, open, &first, least));
        Arc::clone(known.entry((Arc::clone(&first), least)).or_insert_with(search))
    };
    let mut ways = BTreeMap::<AccountIx, Vec<Way>>::new();
    for ((account, holder), start) in starts {
        let users = if start.certain.users.is_empty() { start.possible.users } else { start.certain.users };
        let users = users.into_iter().collect();
        let (certain, possible) = (search(start.certain.edges, Can::Yes), search(start.possible.edges, Can::Perhaps));
        ways.entry(account).or_default().push(Way { holder, users, certain, possible });
    }
    ways
}
