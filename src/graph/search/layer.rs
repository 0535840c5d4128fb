//! What sources reach under one verdict and mode.
//!
//! Owns: sets of targets that grow from the targets outwards over states, shared by the members of a class. What is equal
//! of several targets is kept once, as a group of them, so that cost follows edges and not pairs. INVARIANT: a round is a
//! hop, so a target is in the group of its shortest path; of several such paths it is in the group of the one that asks for
//! least.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use super::backward::{Reach, View};
use super::condition_sets::ConditionSets;
use super::given::Given;
use super::known::{Group, Known};
use super::sources::SourceIx;
use super::states::{CallInto, StateIx};
use crate::answer::Verdict;
use crate::graph::lens::Lens;
use crate::graph::mode::Mode;
use crate::graph::session::SetIx;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::policy::key::ContextKey;

/// Everything under one verdict and mode.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) lens: Lens,
    max_hops: usize,
    /// Targets themselves.
    ends: BTreeSet<StateIx>,
    states: Vec<Option<Box<Known>>>,
    /// Of sources of several roles, what all of them reach.
    known: HashMap<Callers, RoaringBitmap>,
    /// Sources where paths can only start, as far as they reach something.
    starts: HashMap<SourceIx, Start>,
    pub(crate) conditions: ConditionSets,
    /// What calls ask for, by what was decided of them.
    of_calls: HashMap<Asking, usize>,
}

/// A source where paths can only start.
#[derive(Debug, Default)]
struct Start {
    /// Its calls, in order of state.
    calls: Vec<Call>,
    /// What it reaches, where somebody asked.
    known: OnceLock<Known>,
}

/// A call into a state, and its conditions.
#[derive(Clone, Copy, Debug)]
struct Call {
    into: StateIx,
    conditions: usize,
}

/// A decision and what is asked of a session beside it, by where they are stored, and whether a user at the start of a path calls.
type Asking = (usize, Option<usize>, bool);

/// A source, and the sessions of it that make the calls.
type Callers = (SourceIx, SetIx);

/// By hops to a target, the states from which there are paths of that length.
type Rounds = BTreeMap<usize, BTreeSet<StateIx>>;

impl Reach<'_, '_> {
    /// Sets grow from the targets outwards; only what is new to a state is carried on. Where every path must pass a role,
    /// they grow to that role first, and then from there.
    pub(crate) fn layer(&self, lens: Lens, max_hops: usize) -> Option<Layer> {
        let view = self.view(lens)?;
        let mut found = Layer::new(lens, view, max_hops);
        let own = |target: &PrincipalIx| view.states.at(self.region(), *target, SetIx::ANY);
        found.ends = self.targets().iter().filter_map(own).collect();
        found.grow(self, view, Rounds::from([(0, found.ends.clone())]));
        let Some(via) = self.via() else {
            found.add_starts(self, view);
            return Some(found);
        };
        let mut passed = Layer {
            conditions: std::mem::take(&mut found.conditions),
            of_calls: std::mem::take(&mut found.of_calls),
            ..Layer::new(lens, view, max_hops)
        };
        let mut rounds = Rounds::new();
        for state in view.states.of_role(self.region(), via) {
            let known = found.states.get_mut(state.get()).and_then(Option::take);
            if self.targets().contains(&via) && view.pass(&Source::Principal(via)).ends(state) {
                passed.ends.insert(state);
                rounds.entry(0).or_default().insert(state);
            }
            for group in known.iter().flat_map(|known| &known.groups) {
                rounds.entry(group.hops).or_default().insert(state);
            }
            if let Some(slot) = passed.states.get_mut(state.get()) {
                *slot = known;
            }
        }
        passed.grow(self, view, rounds);
        passed.add_starts(self, view);
        Some(passed)
    }
}

impl Layer {
    fn new(lens: Lens, view: &View, max_hops: usize) -> Self {
        let mut states = Vec::new();
        states.resize_with(view.states.len(), || None);
        Self {
            lens,
            max_hops,
            ends: BTreeSet::new(),
            states,
            known: HashMap::new(),
            starts: HashMap::new(),
            conditions: ConditionSets::new(),
            of_calls: HashMap::new(),
        }
    }

    /// Carries on what is new, round by round; of paths of equal length those that ask for least come first.
    fn grow(&mut self, reach: &Reach<'_, '_>, view: &View, mut rounds: Rounds) {
        let region = reach.region();
        while let Some((before, round)) = rounds.pop_first().filter(|(before, _)| *before < self.max_hops) {
            let mut given = HashMap::<usize, HashMap<Callers, Given>>::new();
            for state in round {
                let groups: Vec<Group> = self.groups_of(reach, view, state, before).collect();
                for call in view.states.calls(region, state) {
                    if region.sources.roles(call.from).is_empty() {
                        continue;
                    }
                    let own = self.conditions(reach, view, state, &call);
                    let left_out = call.across(region).map(|(_, account)| account);
                    for group in &groups {
                        let [_, rest] = group.conditions;
                        let of_conditions = given.entry(self.conditions.union(own, rest)).or_default();
                        of_conditions.entry((call.from, call.before)).or_default().add(&group.roles, left_out);
                    }
                }
            }
            let mut next = BTreeSet::new();
            for conditions in self.conditions.sorted(given.keys().map(|conditions| [0, *conditions])) {
                let [_, number] = conditions;
                for (callers, given) in given.remove(&number).into_iter().flatten() {
                    self.enter(reach, view, callers, (before + 1, conditions, given), &mut next);
                }
            }
            if !next.is_empty() {
                rounds.entry(before + 1).or_default().append(&mut next);
            }
        }
    }

    /// What a state reaches in so many hops; a target itself in none.
    fn groups_of(
        &self,
        reach: &Reach<'_, '_>,
        view: &View,
        state: StateIx,
        hops: usize,
    ) -> impl Iterator<Item = Group> {
        let own = self.of_state(state).filter(move |group| group.hops == hops).cloned();
        own.chain(self.end(reach, view, state).filter(|_| hops == 0))
    }

    /// A target, as far as it is reached by being there.
    fn end(&self, reach: &Reach<'_, '_>, view: &View, state: StateIx) -> Option<Group> {
        let (role, _) = self.ends.contains(&state).then(|| view.states.state(reach.region(), state))?;
        Some(Group { hops: 0, conditions: [0, 0], roles: Arc::new(RoaringBitmap::from_iter([role.get() as u32])) })
    }

    /// Gives the roles that make calls what these lead to; those to which it is new go on.
    fn enter(
        &mut self,
        reach: &Reach<'_, '_>,
        view: &View,
        callers: Callers,
        (hops, conditions, given): (usize, [usize; 2], Given),
        next: &mut BTreeSet<StateIx>,
    ) {
        let (from, before) = callers;
        let (estate, region) = (reach.estate(), reach.region());
        let states = &mut self.states;
        let mut add = |role: &PrincipalIx, targets: &Arc<RoaringBitmap>| {
            let Some(state) = view.states.at(region, *role, before) else { return };
            let Some(slot) = states.get_mut(state.get()) else { return };
            if slot.get_or_insert_default().add(hops, conditions, targets) {
                next.insert(state);
            }
        };
        let roles = region.sources.roles(from);
        if let [only] = roles {
            return add(only, given.all());
        }
        let known = self.known.entry(callers).or_default();
        let fresh = given.fresh(known);
        if fresh.is_empty() {
            return;
        }
        let account = |role: &PrincipalIx| estate.principal(*role).account();
        for of_account in roles.chunk_by(|a, b| account(a) == account(b)) {
            let Some(targets) = of_account.first().map(|role| fresh.of(account(role))) else { continue };
            of_account.iter().for_each(|role| add(role, &targets));
        }
        *known |= fresh.of_every();
    }

    /// Notes the calls of those who can only start a path: what they reach is put together when somebody asks.
    fn add_starts(&mut self, reach: &Reach<'_, '_>, view: &View) {
        for state in (0..view.states.len()).map(StateIx::new) {
            if self.of_state(state).next().is_none() && !self.ends.contains(&state) {
                continue;
            }
            for call in view.states.calls(reach.region(), state) {
                if reach.region().sources.roles(call.from).is_empty() {
                    let conditions = self.conditions(reach, view, state, &call);
                    self.starts.entry(call.from).or_default().calls.push(Call { into: state, conditions });
                }
            }
        }
    }

    /// What a source reaches where paths can only start: by its calls, shortest paths first.
    fn start(&self, reach: &Reach<'_, '_>, view: &View, source: SourceIx) -> Option<&Known> {
        let start = self.starts.get(&source)?;
        let known = start.known.get_or_init(|| {
            let mut by_conditions = HashMap::<[usize; 2], BTreeMap<usize, Given>>::new();
            for call in &start.calls {
                let groups = self.of_state(call.into).cloned().chain(self.end(reach, view, call.into));
                for group in groups.filter(|group| group.hops < self.max_hops) {
                    let [_, rest] = group.conditions;
                    let of_conditions = by_conditions.entry([call.conditions, rest]).or_default();
                    of_conditions.entry(group.hops + 1).or_default().add(&group.roles, None);
                }
            }
            let mut parts = Vec::new();
            for conditions in self.conditions.sorted(by_conditions.keys().copied()) {
                let of_conditions = by_conditions.remove(&conditions).into_iter().flatten();
                parts.extend(of_conditions.map(|(hops, given)| (hops, conditions, given)));
            }
            parts.sort_by_key(|(hops, ..)| *hops);
            let mut all = Known::default();
            for (hops, conditions, given) in parts {
                all.add(hops, conditions, given.all());
            }
            all
        });
        Some(known)
    }

    /// The conditions of one call into a state, by who starts the path.
    fn conditions(&mut self, reach: &Reach<'_, '_>, view: &View, state: StateIx, call: &CallInto<'_>) -> usize {
        // users stand at the start of paths alone
        let first = reach.region().sources.is_of_users(call.from);
        let of_users = first || self.lens.mode != Mode::Plain;
        let decision = signing::shown(call.edge, of_users, first, self.lens.mode);
        let (_, set) = view.states.state(reach.region(), state);
        let linked = call.before != SetIx::ANY || set != SetIx::ANY;
        if decision.verdict() == Verdict::Allowed && !linked {
            return 0;
        }
        let of_session = linked.then(|| view.states.conditions(reach.region(), call.edge, set));
        let asking = (call.edge.address_of_decisions(), of_session.as_ref().map(|set| Arc::as_ptr(set).addr()), first);
        if let Some(known) = self.of_calls.get(&asking) {
            return *known;
        }
        let mut conditions = decision.conditions();
        if let Some(of_session) = of_session {
            conditions.retain(|key| ContextKey::new(key).kind().depends_on_credential());
            conditions.extend(of_session.iter().cloned());
        }
        let set = self.conditions.intern(conditions);
        self.of_calls.insert(asking, set);
        set
    }

    /// What a source reaches by itself and as a member of its class, with the conditions under which it starts.
    pub(crate) fn of<'l>(
        &'l self,
        reach: &'l Reach<'_, '_>,
        view: &'l View,
        source: &'l Source,
    ) -> Vec<(BTreeSet<String>, &'l Group)> {
        let mut found = Vec::new();
        let mut add = |start: &BTreeSet<String>, known: Option<&'l Known>| {
            found.extend(known.into_iter().flat_map(|known| &known.groups).map(|group| (start.clone(), group)));
        };
        for number in reach.region().numbers_of(source) {
            add(&BTreeSet::new(), self.start(reach, view, number));
        }
        if let Source::Principal(ix) = source {
            for state in view.states.of_role(reach.region(), *ix) {
                let (_, set) = view.states.state(reach.region(), state);
                if let Some(conditions) = view.states.start_conditions(reach.region(), *ix, set) {
                    add(&conditions, self.states.get(state.get()).and_then(Option::as_deref));
                }
            }
        }
        found
    }

    /// As [`Layer::of`], of a state that somebody entered.
    pub(crate) fn of_state(&self, state: StateIx) -> impl Iterator<Item = &Group> {
        self.states.get(state.get()).and_then(Option::as_deref).into_iter().flat_map(|known| &known.groups)
    }
}
