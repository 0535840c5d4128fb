//! Values by what was read on the way to them.
//!
//! Owns: one tree a key. Which read comes next depends on what the last one came to, so that a value is found by the reads of
//! whoever asks, each once.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::eval::ResourceRead;

/// A read, and its number in the graph.
#[derive(Clone, Debug)]
pub(super) struct NumberedRead {
    pub(super) number: u32,
    pub(super) read: Arc<ResourceRead>,
    /// What it comes to depends on who calls as well.
    pub(super) by_caller: bool,
}

/// What comes next on the way to a value.
#[derive(Debug)]
enum Node<V> {
    Value(V),
    Read(NumberedRead, Next<V>),
}

/// Nodes by the number of what the read comes to. Most reads of a key come to one thing.
#[derive(Debug)]
enum Next<V> {
    One(u32, Box<Node<V>>),
    Many(Box<HashMap<u32, Node<V>>>),
}

impl<V> Node<V> {
    /// The way to a value that these reads lead to.
    fn way(steps: impl DoubleEndedIterator<Item = (NumberedRead, u32)>, value: V) -> Self {
        steps
            .rev()
            .fold(Self::Value(value), |after, (read, outcome)| Self::Read(read, Next::One(outcome, after.into())))
    }
}

impl<V> Next<V> {
    fn get(&self, outcome: u32) -> Option<&Node<V>> {
        match self {
            Self::One(own, node) => (*own == outcome).then_some(&**node),
            Self::Many(nodes) => nodes.get(&outcome),
        }
    }

    fn get_mut(&mut self, outcome: u32) -> Option<&mut Node<V>> {
        match self {
            Self::One(own, node) => (*own == outcome).then_some(&mut **node),
            Self::Many(nodes) => nodes.get_mut(&outcome),
        }
    }

    fn add(&mut self, outcome: u32, node: Node<V>) {
        if let Self::Many(nodes) = self {
            nodes.insert(outcome, node);
        } else if let Self::One(own, first) = std::mem::replace(self, Self::Many(Box::default())) {
            *self = Self::Many(Box::new([(own, *first), (outcome, node)].into_iter().collect()));
        }
    }
}

const SHARDS: usize = 64;

/// The trees of all keys.
#[derive(Debug)]
pub(super) struct Trees<K, V> {
    shards: Vec<Mutex<Shard<K, V>>>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Shard<K, V> {
    trees: HashMap<K, Node<V>>,
    /// Hashes of keys that were asked for.
    asked: HashSet<u64>,
}

impl<K: Eq + Hash, V: Clone> Trees<K, V> {
    pub(super) fn new() -> Self {
        let shard = || Mutex::new(Shard { trees: HashMap::new(), asked: HashSet::new() });
        let shards = (0..SHARDS).map(|_| shard()).collect();
        Self { shards, hasher: RandomState::default() }
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<K, V>> {
        let Some(shard) = self.shards.get(hash as usize % SHARDS) else { unreachable!("a shard for every remainder") };
        locked(shard)
    }

    /// True the first time that a key is asked for: most are never asked for again, and of those nothing is worth keeping.
    pub(super) fn is_new(&self, key: &K) -> bool {
        let hash = self.hasher.hash_one(key);
        self.shard(hash).asked.insert(hash)
    }

    /// The value that the reads of a key lead to; `outcome` says what each comes to.
    pub(super) fn get(&self, key: &K, mut outcome: impl FnMut(&NumberedRead) -> u32) -> Option<V> {
        let shard = self.shard(self.hasher.hash_one(key));
        let mut node = shard.trees.get(key)?;
        loop {
            match node {
                Node::Value(value) => return Some(value.clone()),
                Node::Read(read, next) => node = next.get(outcome(read))?,
            }
        }
    }

    /// Keeps a value with the reads that lead to it, each with what it comes to.
    pub(super) fn keep(&self, key: K, steps: Vec<(NumberedRead, u32)>, value: V) {
        let mut steps = steps.into_iter();
        let mut shard = self.shard(self.hasher.hash_one(&key));
        let mut node = match shard.trees.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                slot.insert(Node::way(steps, value));
                return;
            }
        };
        // as far as the way is known; the end of it where another thread found the same
        while let (Node::Read(_, next), Some((_, outcome))) = (node, steps.next()) {
            if next.get(outcome).is_none() {
                return next.add(outcome, Node::way(steps, value));
            }
            let Some(known) = next.get_mut(outcome) else { return };
            node = known;
        }
    }
}

pub(super) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // what is shared here is kept whole or not at all
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
