//! Decisions that were made before.
//!
//! Organizations roll the same roles out to every account: what a class may do to one of them it may do to all that its
//! decision cannot tell apart. Owns: the decisions by what they read: who calls, the trust policy, the RCPs, and every read
//! of the role itself (`eval::reads`), kept as a tree, because which read comes next depends on what the last one said.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};

use crate::eval::{Question, ReadOutcome, ResourceRead, replay};
use crate::graph::edge::{Decided, EdgeKind};
use crate::graph::index::RcpsIx;
use crate::graph::source::Source;
use crate::model::Document;

/// What a decision reads beside the role itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) kind: EdgeKind,
    pub(super) from: Source,
    pub(super) trust: Document,
    pub(super) rcps: RcpsIx,
    /// Caller and role belong to one account.
    pub(super) same_account: bool,
    pub(super) is_service_linked: bool,
}

/// A decision that is kept; `None` where the call is denied however it is made.
pub(super) type Kept = Option<Arc<Decided>>;

/// A read, and its number in the graph.
#[derive(Clone, Debug)]
struct NumberedRead {
    number: u32,
    read: Arc<ResourceRead>,
    /// What it comes to depends on who calls as well.
    by_caller: bool,
}

/// What comes next on the way to a decision.
#[derive(Debug)]
enum Node {
    Decided(Kept),
    Read(NumberedRead, Next),
}

/// Nodes by the number of what the read comes to. Most reads of a key come to one thing.
#[derive(Debug)]
enum Next {
    One(u32, Box<Node>),
    Many(Box<HashMap<u32, Node>>),
}

impl Node {
    /// The way to a decision that these reads lead to.
    fn way(steps: impl DoubleEndedIterator<Item = (NumberedRead, u32)>, kept: Kept) -> Self {
        steps
            .rev()
            .fold(Self::Decided(kept), |after, (read, outcome)| Self::Read(read, Next::One(outcome, after.into())))
    }
}

impl Next {
    fn get(&self, outcome: u32) -> Option<&Node> {
        match self {
            Self::One(own, node) => (*own == outcome).then_some(&**node),
            Self::Many(nodes) => nodes.get(&outcome),
        }
    }

    fn get_mut(&mut self, outcome: u32) -> Option<&mut Node> {
        match self {
            Self::One(own, node) => (*own == outcome).then_some(&mut **node),
            Self::Many(nodes) => nodes.get_mut(&outcome),
        }
    }

    fn add(&mut self, outcome: u32, node: Node) {
        if let Self::Many(nodes) = self {
            nodes.insert(outcome, node);
        } else if let Self::One(own, first) = std::mem::replace(self, Self::Many(Box::default())) {
            *self = Self::Many(Box::new([(own, *first), (outcome, node)].into_iter().collect()));
        }
    }
}

/// Each value once, by number.
#[derive(Debug)]
struct Numbers<T>(Mutex<HashMap<T, u32>>);

impl<T: Eq + Hash> Numbers<T> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn number(&self, value: T) -> u32 {
        let mut known = locked(&self.0);
        let next = u32::try_from(known.len()).unwrap_or_else(|_| unreachable!("more than 2^32 values"));
        *known.entry(value).or_insert(next)
    }
}

const SHARDS: usize = 64;

/// The decisions of one graph.
#[derive(Debug)]
pub(crate) struct Memo {
    shards: Vec<Mutex<HashMap<Key, Node>>>,
    hasher: RandomState,
    reads: Numbers<Arc<ResourceRead>>,
    outcomes: Numbers<ReadOutcome>,
}

/// The memo, asked about one role: most reads come to the same whoever calls.
#[derive(Debug)]
pub(super) struct RoleMemo<'m> {
    memo: &'m Memo,
    known: RefCell<HashMap<u32, u32>>,
}

impl Memo {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect();
        Self { shards, hasher: RandomState::default(), reads: Numbers::new(), outcomes: Numbers::new() }
    }

    pub(super) fn of_role(&self) -> RoleMemo<'_> {
        RoleMemo { memo: self, known: RefCell::default() }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, HashMap<Key, Node>> {
        let at = self.hasher.hash_one(key) as usize % SHARDS;
        let Some(shard) = self.shards.get(at) else { unreachable!("a shard for every remainder") };
        locked(shard)
    }
}

impl RoleMemo<'_> {
    /// The decision of a question about the role that reads alike.
    pub(super) fn get(&self, key: &Key, question: &Question<'_>) -> Option<Kept> {
        let shard = self.memo.shard(key);
        let mut node = shard.get(key)?;
        loop {
            match node {
                Node::Decided(kept) => return Some(kept.clone()),
                Node::Read(read, next) => node = next.get(self.outcome(read, question))?,
            }
        }
    }

    /// Keeps a decision.
    pub(super) fn keep(&self, key: Key, question: &Question<'_>, reads: Vec<ResourceRead>, kept: Kept) {
        let numbered = |read: ResourceRead| {
            let read = Arc::new(read);
            NumberedRead {
                number: self.memo.reads.number(Arc::clone(&read)),
                by_caller: read.depends_on_caller(),
                read,
            }
        };
        let reads: Vec<NumberedRead> = reads.into_iter().map(numbered).collect();
        let outcomes: Vec<u32> = reads.iter().map(|read| self.outcome(read, question)).collect();
        let mut shard = self.memo.shard(&key);
        let mut steps = reads.into_iter().zip(outcomes);
        let mut node = match shard.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                slot.insert(Node::way(steps, kept));
                return;
            }
        };
        // as far as the way is known; the end of it where another thread decided the same
        while let (Node::Read(_, next), Some((_, outcome))) = (node, steps.next()) {
            if next.get(outcome).is_none() {
                return next.add(outcome, Node::way(steps, kept));
            }
            let Some(known) = next.get_mut(outcome) else { return };
            node = known;
        }
    }

    /// The number of what a read comes to.
    fn outcome(&self, NumberedRead { number, read, by_caller }: &NumberedRead, question: &Question<'_>) -> u32 {
        let replayed = || self.memo.outcomes.number(replay(read, question));
        if *by_caller {
            return replayed();
        }
        if let Some(known) = self.known.borrow().get(number) {
            return *known;
        }
        let outcome = replayed();
        self.known.borrow_mut().insert(*number, outcome);
        outcome
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // a decision, or a number, is kept whole or not at all
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
