//! How people reach roles without MFA.
//!
//! Owns: who is told of: a group of users where its policies let its members in, else each user. Does not know which of the roles
//! matter. Users of one class share one search, and so do all whose first calls are the same.
//! INVARIANT: cost follows classes of users, their calls and what follows from these, never users times roles.

mod granted;
mod open;
mod starts;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use self::open::OpenEdges;
pub(crate) use self::starts::Holder;
use self::starts::{Starts, starts};
pub(crate) use self::walk::Reached;
use self::walk::{First, reached};
use super::entry::Can;
use crate::graph::{Hop, Source, TrustGraph};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;

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

/// Each search once for all whose first calls are the same.
fn searched(estate: &Estate, open: &OpenEdges<'_>, starts: Starts) -> BTreeMap<AccountIx, Vec<Way>> {
    let mut known = HashMap::<(First, Can), Arc<Reached>>::new();
    let has_unknown = open.has_unknown();
    let mut search = |first: RoaringBitmap, least: Can| {
        let first: First = first.iter().collect();
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
