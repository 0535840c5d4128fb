//! First calls, put down to whose policies allow them.
//!
//! Owns: which calls the members of a group, or a user by itself, can make first. INVARIANT: cost follows calls by source and the
//! distinct documents of their callers, never callers times calls.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::granted::{Allowing, Spoken};
use super::open::{EdgeNumber, OpenEdges};
use crate::graph::Source;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Document, Estate, Origin, PrincipalType, Ways};
use crate::posture::entry::Can;

/// Whose policies let people in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// A group of the account, by name.
    Group(Box<str>),
    /// One user: by policies of its own, or because trust policies name it.
    User(PrincipalIx),
}

/// The first calls of a holder, those that are certain and all.
#[derive(Default)]
pub(super) struct Start {
    pub(super) certain: Calls,
    pub(super) possible: Calls,
}

/// Who makes which calls.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) users: BTreeSet<PrincipalIx>,
    pub(super) edges: RoaringBitmap,
}

/// By account and holder.
pub(super) type Starts = BTreeMap<(AccountIx, Holder), Start>;

/// The first calls of everybody.
pub(super) fn starts(estate: &Estate, open: &OpenEdges<'_>) -> Starts {
    let sources: Vec<(&Source, &[EdgeNumber])> = open.outgoing().all().collect();
    let parts = sources.par_chunks(PART).map(|sources| starts_of(estate, open, sources));
    parts.reduce(Starts::new, joined)
}

fn starts_of(estate: &Estate, open: &OpenEdges<'_>, sources: &[(&Source, &[EdgeNumber])]) -> Starts {
    let mut allowing = Allowing::new(estate);
    let mut starts = Starts::new();
    for (source, calls) in sources {
        let mut of_source = OfSource::new(estate, open, calls);
        match source {
            Source::Principal(user) => {
                of_source.put(estate.principal(*user).class(), std::slice::from_ref(user), &mut allowing, &mut starts);
            }
            Source::Class(class) => of_source.put_class(*class, &mut allowing, &mut starts),
            Source::Classes(group) => {
                group.classes().iter().for_each(|class| of_source.put_class(*class, &mut allowing, &mut starts));
            }
            _ => {}
        }
    }
    starts
}

/// Sources that one thread goes through together: what it learns of a document is of use for the next.
const PART: usize = 1024;

/// All calls of both.
fn joined(one: Starts, other: Starts) -> Starts {
    let (mut most, least) = if one.len() < other.len() { (other, one) } else { (one, other) };
    for (whose, start) in least {
        let known = most.entry(whose).or_default();
        for (known, calls) in [(&mut known.certain, start.certain), (&mut known.possible, start.possible)] {
            known.users.extend(calls.users);
            known.edges |= calls.edges;
        }
    }
    most
}

/// The calls of one source, to be put down to each class of its callers.
struct OfSource<'r, 'g> {
    estate: &'r Estate,
    open: &'r OpenEdges<'g>,
    calls: &'r [EdgeNumber],
    usable: BTreeMap<Ways, Usable>,
    spoken: Spoken<'r, 'g>,
}

/// The calls that somebody can make, or may.
struct Usable {
    certain: RoaringBitmap,
    possible: RoaringBitmap,
}

impl<'r, 'g> OfSource<'r, 'g> {
    fn new(estate: &'r Estate, open: &'r OpenEdges<'g>, calls: &'r [EdgeNumber]) -> Self {
        Self { estate, open, calls, usable: BTreeMap::new(), spoken: Spoken::new(open, calls) }
    }

    fn put_class(&mut self, class: ClassIx, allowing: &mut Allowing<'_>, starts: &mut Starts) {
        self.put(class, self.estate.class(class).members(), allowing, starts);
    }

    /// Puts the calls of these users, all of one class, down to their holders: each group with an Allow that speaks of a call. For
    /// calls of which none does, the groups whose policies were not read; if there are none, each user.
    fn put(&mut self, class: ClassIx, users: &[PrincipalIx], allowing: &mut Allowing<'_>, starts: &mut Starts) {
        let (estate, open, calls) = (self.estate, self.open, self.calls);
        let Some(first) = users.first().filter(|_| estate.class(class).kind() == PrincipalType::User) else { return };
        let usable = self.usable.entry(estate.principal(*first).sign_in().ways).or_insert_with(|| {
            let least = |least: Can| {
                let can = |call: &&EdgeNumber| open.get(**call).1.to(estate, *first) >= least;
                calls.iter().filter(can).copied().collect()
            };
            Usable { certain: least(Can::Yes), possible: least(Can::Perhaps) }
        });
        let account = estate.class(class).account();
        let mut give = |holder: Holder, users: &[PrincipalIx], calls: &RoaringBitmap| {
            if usable.possible.is_disjoint(calls) {
                return;
            }
            let start = starts.entry((account, holder)).or_default();
            for (given, usable) in [(&mut start.certain, &usable.certain), (&mut start.possible, &usable.possible)] {
                let calls = usable & calls;
                if !calls.is_empty() {
                    given.users.extend(users);
                    given.edges |= calls;
                }
            }
        };
        let (mut by_group, mut unread) = (BTreeMap::<&str, RoaringBitmap>::new(), BTreeSet::new());
        for attached in estate.class(class).policies() {
            let (Origin::GroupInline(group) | Origin::GroupManaged(group)) = &attached.origin else { continue };
            match attached.document {
                Document::Missing(_) => _ = unread.insert(&**group),
                Document::Parsed(ix) => *by_group.entry(group).or_default() |= self.spoken.by(ix, allowing),
            }
        }
        let mut left = usable.possible.clone();
        for (group, spoken) in by_group {
            give(Holder::Group(group.into()), users, &spoken);
            left -= spoken;
        }
        for group in &unread {
            give(Holder::Group((*group).into()), users, &left);
        }
        if unread.is_empty() && !left.is_empty() {
            users.iter().for_each(|user| give(Holder::User(*user), std::slice::from_ref(user), &left));
        }
    }
}
