//! Decisions that were made before.
//!
//! Organizations roll the same roles out to every account: what a class may do to one of them it may do to all that its
//! decision cannot tell apart. Owns: the decisions by what they read: who calls, the trust policy, the RCPs, and every read
//! of the role itself (`eval::reads`), kept as a tree, because which read comes next depends on what the last one said.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

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

/// What comes next on the way to a decision.
#[derive(Debug)]
enum Node {
    Decided(Kept),
    Read(ResourceRead, HashMap<ReadOutcome, Node>),
}

const SHARDS: usize = 64;

/// The decisions of one graph.
#[derive(Debug)]
pub(crate) struct Memo {
    shards: Vec<Mutex<HashMap<Key, Node>>>,
    hasher: RandomState,
}

impl Memo {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect();
        Self { shards, hasher: RandomState::new() }
    }

    /// The decision of a question that reads alike.
    pub(super) fn get(&self, key: &Key, question: &Question<'_>) -> Option<Kept> {
        let shard = self.shard(key);
        let mut node = shard.get(key)?;
        loop {
            match node {
                Node::Decided(kept) => return Some(kept.clone()),
                Node::Read(read, next) => node = next.get(&replay(read, question))?,
            }
        }
    }

    /// Keeps a decision.
    pub(super) fn keep(&self, key: Key, question: &Question<'_>, reads: Vec<ResourceRead>, kept: Kept) {
        let outcomes: Vec<ReadOutcome> = reads.iter().map(|read| replay(read, question)).collect();
        let mut shard = self.shard(&key);
        let mut steps = reads.into_iter().zip(outcomes);
        let Some((read, outcome)) = steps.next() else {
            shard.entry(key).or_insert(Node::Decided(kept));
            return;
        };
        let mut slot = match shard.entry(key).or_insert_with(|| Node::Read(read, HashMap::new())) {
            // another thread decided it as well
            Node::Decided(_) => return,
            Node::Read(_, next) => next.entry(outcome),
        };
        for (read, outcome) in steps {
            slot = match slot.or_insert_with(|| Node::Read(read, HashMap::new())) {
                Node::Decided(_) => return,
                Node::Read(_, next) => next.entry(outcome),
            };
        }
        slot.or_insert(Node::Decided(kept));
    }

    fn shard(&self, key: &Key) -> std::sync::MutexGuard<'_, HashMap<Key, Node>> {
        let at = self.hasher.hash_one(key) as usize % SHARDS;
        let Some(shard) = self.shards.get(at) else { unreachable!("a shard for every remainder") };
        // a decision is kept whole or not at all
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
