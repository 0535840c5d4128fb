//! Decisions that were made before.
//!
//! Organizations roll the same roles out to every account: what a class may do to one of them it may do to all that its
//! decision cannot tell apart, and so may all the groups that call alike. Owns: the decisions, and lists of them, by what they
//! read: who calls, the trust policy, the RCPs, and every read of the role itself (`eval::reads`).

use std::cell::RefCell;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use foldhash::{HashMap, HashMapExt, HashSet};

use super::tree::{NumberedRead, Trees, locked};
use crate::escalation::{SaidOfTarget, WayIx};
use crate::eval::{Question, ReadOutcome, ResourceRead, ResourceReads, Truth, replay};
use crate::graph::edge::{Decided, EdgeKind};
use crate::graph::group::Group;
use crate::graph::index::RcpsIx;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Document;

/// What a decision reads beside the role itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<F> {
    /// Who calls.
    pub(super) from: F,
    pub(super) kind: EdgeKind,
    pub(super) trust: Document,
    pub(super) rcps: RcpsIx,
    /// Caller and role belong to one account.
    pub(super) same_account: bool,
    pub(super) is_service_linked: bool,
}

/// What an attempt to escalate whose outcome depends on what it reads of a role reads beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempted {
    pub(super) by: PrincipalIx,
    pub(super) way: WayIx,
    /// What the requests say of the role.
    pub(super) said: SaidOfTarget,
}

/// Groups that are kept as long as the graph, by where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupsAt(usize);

impl GroupsAt {
    pub(super) fn of(groups: &Arc<[Group]>) -> Self {
        Self(groups.as_ptr().addr())
    }
}

/// A decision that is kept; `None` where the call is denied however it is made.
pub(super) type Kept = Option<Arc<Decided>>;

/// Of a list of groups those that may call, by their place.
pub(super) type KeptList = Arc<[(usize, Arc<Decided>)]>;

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

/// The decisions of one graph.
#[derive(Debug)]
pub(crate) struct Memo {
    decisions: Trees<Key<Source>, Kept>,
    lists: Trees<Key<GroupsAt>, KeptList>,
    attempts: Trees<Attempted, Truth>,
    reads: Numbers<Arc<ResourceRead>>,
    outcomes: Numbers<ReadOutcome>,
    /// What was decided, each once: there is little of it.
    decided: Mutex<HashSet<Arc<Decided>>>,
}

/// The memo, asked about one role: most reads come to the same whoever calls.
#[derive(Debug)]
pub(super) struct RoleMemo<'m> {
    memo: &'m Memo,
    known: RefCell<HashMap<u32, u32>>,
}

/// Reads of several decisions about one role, each once, in order; none where nobody wants to know.
#[derive(Debug)]
pub(super) struct ReadLog(Option<Logged>);

#[derive(Debug, Default)]
struct Logged {
    reads: Vec<NumberedRead>,
    numbers: HashSet<u32>,
}

impl ReadLog {
    pub(super) fn on() -> Self {
        Self(Some(Logged::default()))
    }

    pub(super) fn off() -> Self {
        Self(None)
    }

    fn is_on(&self) -> bool {
        self.0.is_some()
    }

    fn add(&mut self, read: &NumberedRead) {
        if let Some(logged) = &mut self.0
            && logged.numbers.insert(read.number)
        {
            logged.reads.push(read.clone());
        }
    }
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            decisions: Trees::new(),
            lists: Trees::new(),
            attempts: Trees::new(),
            reads: Numbers::new(),
            outcomes: Numbers::new(),
            decided: Mutex::default(),
        }
    }

    pub(super) fn of_role(&self) -> RoleMemo<'_> {
        RoleMemo { memo: self, known: RefCell::default() }
    }
}

impl RoleMemo<'_> {
    /// True where a decision is neither known nor worth keeping: nobody asked for it before, and nobody wants to know its reads.
    pub(super) fn is_new(&self, key: &Key<Source>, log: &ReadLog) -> bool {
        self.memo.decisions.is_new(key) && !log.is_on()
    }

    /// What was decided, shared with all edges of which the same was.
    pub(super) fn shared(&self, decided: Decided) -> Kept {
        if decided.is_dead() {
            return None;
        }
        let mut known = locked(&self.memo.decided);
        if let Some(same) = known.get(&decided) {
            return Some(Arc::clone(same));
        }
        let decided = Arc::new(decided);
        known.insert(Arc::clone(&decided));
        Some(decided)
    }

    /// As [`RoleMemo::is_new`], of a list.
    pub(super) fn is_new_list(&self, key: &Key<GroupsAt>) -> bool {
        self.memo.lists.is_new(key)
    }

    /// The decision of a question about the role that reads alike; its reads are logged.
    pub(super) fn get(&self, key: &Key<Source>, question: &Question<'_>, log: &mut ReadLog) -> Option<Kept> {
        self.memo.decisions.get(key, |read| {
            log.add(read);
            self.outcome(read, question)
        })
    }

    /// Keeps a decision; its reads are logged.
    pub(super) fn keep(
        &self,
        key: Key<Source>,
        question: &Question<'_>,
        reads: Vec<ResourceRead>,
        kept: Kept,
        log: &mut ReadLog,
    ) {
        let steps = self.steps(reads, question);
        steps.iter().for_each(|(read, _)| log.add(read));
        self.memo.decisions.keep(key, steps, kept);
    }

    /// What an attempt on the role comes to; it is found out once for all roles of which it reads alike.
    pub(super) fn attempted(
        &self,
        key: Attempted,
        question: &Question<'_>,
        find: impl FnOnce(&ResourceReads) -> Truth,
    ) -> Truth {
        if let Some(known) = self.memo.attempts.get(&key, |read| self.outcome(read, question)) {
            return known;
        }
        let reads = ResourceReads::default();
        let truth = find(&reads);
        self.memo.attempts.keep(key, self.steps(reads.take(), question), truth.clone());
        truth
    }

    /// Reads by number, each with what it comes to for a question.
    fn steps(&self, reads: Vec<ResourceRead>, question: &Question<'_>) -> Vec<(NumberedRead, u32)> {
        let step = |read: ResourceRead| {
            let read = Arc::new(read);
            let number = self.memo.reads.number(Arc::clone(&read));
            let numbered = NumberedRead { number, by_caller: read.depends_on_caller(), read };
            let outcome = self.outcome(&numbered, question);
            (numbered, outcome)
        };
        reads.into_iter().map(step).collect()
    }

    /// What groups may call, where everything that decides it reads alike; the question is that of any of them.
    pub(super) fn list(&self, key: &Key<GroupsAt>, question: &Question<'_>) -> Option<KeptList> {
        self.memo.lists.get(key, |read| self.outcome(read, question))
    }

    /// Keeps what groups may call, unless some read depends on who calls.
    pub(super) fn keep_list(&self, key: Key<GroupsAt>, question: &Question<'_>, log: ReadLog, kept: KeptList) {
        let Some(Logged { reads, .. }) = log.0 else { return };
        if reads.iter().any(|read| read.by_caller) {
            return;
        }
        let steps = reads.into_iter().map(|read| {
            let outcome = self.outcome(&read, question);
            (read, outcome)
        });
        self.memo.lists.keep(key, steps.collect(), kept);
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
