//! Sets of sessions: what a session must bring for the rest of a path to be possible.
//!
//! Owns: each set once, and the step from the set that a call's session must be of to that of its caller. A set is a
//! formula over the facts of one session, so that a whole path is a chain of steps and one pass over the sets serves every
//! source. INVARIANT: a step is exact, but where too many choices would have to be tried: then it is taken for
//! impossible where a path must be sure, and for possible where it may rest on what is not known.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt};

use super::across_lenses::{AcrossLenses, Conditions};
use super::call::{SessionCall, at_start};
use super::facts::{CALLER, depends_on_session, own_tags_compared, reads_maker};
use super::link::{link, own};
use super::same_tag::told_apart;
use crate::answer::Verdict;
use crate::eval::{Companion, Test, Truth, canonical, project, settle};
use crate::graph::edge::{Edge, EdgeKind};
use crate::graph::edges::EdgeCall;
use crate::graph::lens::Lens;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::key::{ContextKey, KeyKind};

/// A set of sessions of one role, by its number in [`SessionSets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SetIx(u32);

impl SetIx {
    /// Every session.
    pub(crate) const ANY: Self = Self(0);
}

/// The sets of a graph, by what is looked through: what one question finds out serves the next.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: Arc<AcrossLenses>,
    sets: Mutex<BTreeMap<Lens, Arc<Mutex<SessionSets>>>>,
}

impl Sessions {
    /// The sets that searches through a lens share.
    pub(crate) fn seen_through(&self, lens: Lens) -> Arc<Mutex<SessionSets>> {
        // nothing that holds it can fail half way
        let mut all = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(SessionSets::new(lens, Arc::clone(&self.known))));
        Arc::clone(all.entry(lens).or_insert_with(new))
    }
}

/// The sets of sessions that were met through one lens.
#[derive(Debug)]
pub(crate) struct SessionSets {
    lens: Lens,
    known: Arc<AcrossLenses>,
    sets: Vec<Set>,
    numbers: HashMap<Truth, SetIx>,
    decisions: HashMap<Truth, u32>,
    /// What each call may carry, by number: every set behind its role asks for it.
    carried: HashMap<(Source, EdgeKind, PrincipalIx, Companion), u32>,
    steps: HashMap<Step, Option<SetIx>>,
    conditions: HashMap<Step, Arc<Conditions>>,
}

#[derive(Debug)]
struct Set {
    truth: Truth,
    /// The tags that it reads, with each test on them: what a call may pass matters, and what the role has.
    tags: Vec<(ContextKey, Test)>,
    /// Tests that compare two tags of the session.
    compared: Vec<Test>,
    identity: bool,
    maker: bool,
}

/// What a step depends on, everything by number.
#[derive(PartialEq, Eq, Hash, Debug)]
struct Step {
    decision: u32,
    set: SetIx,
    by_role: bool,
    is_escalation: bool,
    companions: [u32; 2],
    own_tags: Vec<Truth>,
    compared: Vec<Truth>,
    sets_tags: Vec<bool>,
    maker: Option<Source>,
    /// For whom AWS calls.
    person: Option<Source>,
}

impl SessionSets {
    fn new(lens: Lens, known: Arc<AcrossLenses>) -> Self {
        let mut sets = Self {
            lens,
            known,
            sets: Vec::new(),
            numbers: HashMap::new(),
            decisions: HashMap::new(),
            carried: HashMap::new(),
            steps: HashMap::new(),
            conditions: HashMap::new(),
        };
        sets.intern(Truth::True);
        sets
    }

    fn intern(&mut self, truth: Truth) -> SetIx {
        if let Some(known) = self.numbers.get(&truth) {
            return *known;
        }
        let number = u32::try_from(self.sets.len()).unwrap_or_else(|_| unreachable!("more than 2^32 sets"));
        let of = |kinds: &'static [KeyKind]| move |test: &Test| kinds.contains(&test.variable.kind());
        let is_tag = of(&[KeyKind::PrincipalTag, KeyKind::TransitiveTag]);
        let tests = truth.tests();
        let tag = |test: &Test| {
            if test.variable.kind() == KeyKind::PrincipalTag { &test.variable } else { &test.key }.clone()
        };
        let mut tags: Vec<(ContextKey, Test)> =
            tests.iter().filter(|t| is_tag(t)).map(|t| (tag(t), (***t).clone())).collect();
        tags.sort();
        tags.dedup();
        let of_two = tests.iter().filter(|test| own_tags_compared(test).is_some());
        let mut compared: Vec<Test> = of_two.map(|test| (***test).clone()).collect();
        compared.sort();
        let identity = truth.has_test(&of(&[KeyKind::SourceIdentity]));
        let maker = truth.has_test(&reads_maker);
        self.sets.push(Set { truth: truth.clone(), tags, compared, identity, maker });
        self.numbers.insert(truth, SetIx(number));
        SetIx(number)
    }

    fn set(&self, ix: SetIx) -> &Set {
        self.sets.get(ix.0 as usize).unwrap_or_else(|| unreachable!("a set of another lens"))
    }

    fn number(&mut self, truth: Truth) -> u32 {
        let next = u32::try_from(self.decisions.len()).unwrap_or_else(|_| unreachable!("more than 2^32 decisions"));
        *self.decisions.entry(truth).or_insert(next)
    }

    /// The sessions of the caller that can make, by this edge, a session of the set; `None` where none can. For a caller
    /// that has no session, any.
    pub(crate) fn before(&mut self, estate: &Estate, edge: &Edge, set: SetIx) -> Option<SetIx> {
        if !self.lens.shows(edge) {
            return None;
        }
        let decision = self.assumed(edge.in_mode(self.lens.mode).truth());
        if set == SetIx::ANY && !decision.has_test(&depends_on_session) {
            return Some(SetIx::ANY);
        }
        self.taken(estate, edge, &decision, set)
    }

    /// What a call into the set asks for, without what its caller's session answers for.
    pub(crate) fn conditions(&mut self, estate: &Estate, edge: &Edge, set: SetIx) -> Arc<Conditions> {
        let decision = self.assumed(edge.in_mode(self.lens.mode).truth());
        let known = Arc::clone(&self.known);
        let call = SessionCall::new(estate, &edge.from, edge, self.lens.mode).sharing(&known);
        let number = self.number(decision.clone());
        let step = self.step(number, set, &call);
        if let Some(known) = self.conditions.get(&step) {
            return Arc::clone(known);
        }
        let of_call = |whole| keys(&settle(whole), &|test| test.scope != CALLER);
        let found = known.conditions(self.whole(&decision, set, &call), of_call);
        self.conditions.insert(step, Arc::clone(&found));
        found
    }

    fn taken(&mut self, estate: &Estate, edge: &Edge, decision: &Truth, set: SetIx) -> Option<SetIx> {
        let known = Arc::clone(&self.known);
        let call = SessionCall::new(estate, &edge.from, edge, self.lens.mode).sharing(&known);
        let number = self.number(decision.clone());
        let step = self.step(number, set, &call);
        if let Some(known) = self.steps.get(&step) {
            return *known;
        }
        let found = self.take(decision, set, &call);
        self.steps.insert(step, found);
        found
    }

    fn step(&mut self, decision: u32, set: SetIx, call: &SessionCall<'_>) -> Step {
        let after = self.set(set);
        let own_tags = after.tags.iter().map(|(tag, test)| call.own_tag(test, tag)).collect();
        let compared = after.compared.iter().map(|test| call.compared(test)).collect();
        let identity = after.identity;
        let maker = after.maker.then(|| call.call().from).filter(|_| call.maker().is_some()).cloned();
        let sets_tags: Vec<bool> = after.tags.iter().map(|(tag, _)| call.sets_tag(tag)).collect();
        let companions = [
            self.carried(Companion::TagSession, sets_tags.contains(&true), call),
            self.carried(Companion::SetSourceIdentity, identity, call),
        ];
        let person = call.passed().filter(|_| set != SetIx::ANY).map(|_| call.call().from.clone());
        Step {
            decision,
            set,
            by_role: call.by_role(),
            is_escalation: call.is_escalation(),
            companions,
            own_tags,
            compared,
            sets_tags,
            maker,
            person,
        }
    }

    /// What the call may carry, where the set reads it.
    fn carried(&mut self, companion: Companion, is_read: bool, call: &SessionCall<'_>) -> u32 {
        if !is_read {
            return self.number(Truth::False);
        }
        let EdgeCall { from, kind, to } = call.call();
        let key = (from.clone(), kind, to, companion);
        if let Some(known) = self.carried.get(&key) {
            return *known;
        }
        let number = self.number(call.companion(companion));
        self.carried.insert(key, number);
        number
    }

    fn take(&mut self, decision: &Truth, set: SetIx, call: &SessionCall<'_>) -> Option<SetIx> {
        let whole = self.whole(decision, set, call);
        let of_call = |test: &Test| test.scope != CALLER;
        let sure = self.lens.verdict < Verdict::Unknown;
        let of_caller = |whole: &Truth| project(whole, &of_call).and_then(|before| canonical(&before));
        let before = self.known.before(whole, of_caller);
        let before = before.unwrap_or(if sure { Truth::False } else { Truth::True });
        (before != Truth::False).then(|| self.intern(before))
    }

    /// What must hold of the call and its caller's session.
    fn whole(&self, decision: &Truth, set: SetIx, call: &SessionCall<'_>) -> Truth {
        let whole = own(decision, call.by_role()).and(link(&self.set(set).truth, call));
        self.assumed(if call.by_role() { told_apart(whole) } else { whole })
    }

    /// What is unclear goes against a path that must be sure, and for one that need not be.
    fn assumed(&self, truth: Truth) -> Truth {
        truth.assuming(self.lens.verdict == Verdict::Unknown)
    }

    /// Whether a path may start with a session of the set.
    pub(crate) fn may_start(&mut self, estate: &Estate, role: PrincipalIx, set: SetIx) -> bool {
        self.start_conditions(estate, role, set).is_some()
    }

    /// What a path asks for that starts with a session of the set; `None` where no such session can be there.
    pub(crate) fn start_conditions(&mut self, estate: &Estate, role: PrincipalIx, set: SetIx) -> Option<Conditions> {
        let started = settle(self.assumed(at_start(estate, role, &self.set(set).truth)));
        (started != Truth::False).then(|| keys(&started, &|_| true))
    }
}

/// The deciding context keys in AWS's spelling.
fn keys(truth: &Truth, counts: &impl Fn(&Test) -> bool) -> Conditions {
    let tests = truth.tests();
    tests
        .iter()
        .filter(|test| counts(test))
        .flat_map(|test| &test.undecided)
        .map(|key| key.as_str().to_owned())
        .collect()
}
