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
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;
use roaring::RoaringBitmap;

use self::open::OpenEdges;
pub(crate) use self::starts::Holder;
use self::starts::{Start, Starts, starts};
pub(crate) use self::walk::Reached;
use self::walk::{First, reached};
use super::entry::Can;
use super::outgoing::Callers;
use crate::graph::{Hop, Source};
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
    others: Others,
}

/// Roles that others than people with MFA reach.
struct Others {
    certain: Arc<Reached>,
    possible: Arc<Reached>,
}

impl Others {
    fn new(estate: &Estate, open: &OpenEdges<'_>) -> Self {
        let from = |least| Arc::new(reached(estate, open, &open.entries(estate, least).collect(), least));
        if open.has_unknown() {
            let (certain, possible) = rayon::join(|| from(Can::Yes), || from(Can::Perhaps));
            return Self { certain, possible };
        }
        // where all is known, what is possible is certain
        let certain = from(Can::Yes);
        Self { possible: Arc::clone(&certain), certain }
    }
}

impl<'g> PathsWithoutMfa<'g> {
    /// Searches the edges of a graph that can be used without MFA.
    pub(crate) fn new(callers: &Arc<Callers<'g>>) -> Self {
        let estate = callers.graph().estate();
        let open = OpenEdges::new(callers);
        let (ways, others) =
            rayon::join(|| searched(estate, &open, starts(estate, &open)), || Others::new(estate, &open));
        Self { estate, open, ways, others }
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
        self.others.certain.caller(self.estate, &self.open, role)
    }

    /// Why one of these may reach a role; empty if none does.
    pub(crate) fn why_others_unknown(&self, role: PrincipalIx) -> BTreeSet<String> {
        self.others.possible.why_unknown(self.estate, &self.open, role)
    }

    /// Why it is not known whether a role is reached.
    pub(crate) fn why_unknown(&self, way: &Way, role: PrincipalIx) -> BTreeSet<String> {
        way.possible.why_unknown(self.estate, &self.open, role)
    }
}

/// Each search once for all whose first calls are the same.
fn searched(estate: &Estate, open: &OpenEdges<'_>, starts: Starts) -> BTreeMap<AccountIx, Vec<Way>> {
    let has_unknown = open.has_unknown();
    let key = |first: &RoaringBitmap, least: Can| -> (First, Can) {
        // where all is known, what is possible is certain
        (first.iter().collect(), if has_unknown { least } else { Can::Yes })
    };
    let keys = |start: &Start| [key(&start.certain.edges, Can::Yes), key(&start.possible.edges, Can::Perhaps)];
    let distinct: HashSet<(First, Can)> = starts.values().flat_map(keys).collect();
    let search = |(first, least): (First, Can)| {
        let found = Arc::new(reached(estate, open, &first, least));
        ((first, least), found)
    };
    let distinct: Vec<(First, Can)> = distinct.into_iter().collect();
    let known: HashMap<(First, Can), Arc<Reached>> = distinct.into_par_iter().with_max_len(1).map(search).collect();
    let mut ways = BTreeMap::<AccountIx, Vec<Way>>::new();
    for ((account, holder), start) in starts {
        let [certain, possible] = keys(&start).map(|key| known.get(&key).map(Arc::clone).unwrap_or_default());
        let users = if start.certain.users.is_empty() { start.possible.users } else { start.certain.users };
        let users = users.into_iter().collect();
        ways.entry(account).or_default().push(Way { holder, users, certain, possible });
    }
    ways
}
