//! Which targets each source reaches: with which verdict, on which conditions and in how many hops.
//!
//! Owns: sets of targets that grow from the targets outwards over states, shared by the members of a class. What is equal
//! of several targets is kept once, as a group of them, so that cost follows edges and not pairs. INVARIANT: a round is a
//! hop, so a target is in the group of its shortest path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::across::Given;
use super::backward::{Reach, View};
use super::best;
use super::condition_sets::ConditionSets;
use super::known::{Group, Known};
use super::sources::SourceIx;
use super::states::{CallInto, StateIx};
use crate::answer::{PrincipalKind, Verdict};
use crate::graph::edge::Edge;
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::session::SetIx;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::policy::key::ContextKey;

/// Targets that a source reaches alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) verdict: Verdict,
    pub(crate) hops: usize,
    pub(crate) conditions: Vec<String>,
    pub(crate) roles: RoaringBitmap,
}

/// Which targets each source reaches.
#[derive(Debug)]
pub(crate) struct Reaches {
    layers: Vec<Layer>,
}

/// Everything under one verdict and mode, with the conditions of paths that start at users, or at others.
#[derive(Debug)]
struct Layer {
    way: Way,
    max_hops: usize,
    /// Targets themselves.
    ends: BTreeSet<StateIx>,
    states: Vec<Option<Box<Known>>>,
    /// Sources of several roles, with the sessions of them that count.
    classes: HashMap<(SourceIx, SetIx), Known>,
    /// As there, of roles of several accounts: what all of them reach.
    across: HashMap<(SourceIx, SetIx), RoaringBitmap>,
    /// By source where paths can only start, its calls, in order of state.
    calls: Vec<Vec<Call>>,
    /// What such sources reach, where somebody asked.
    starts: Vec<OnceLock<Known>>,
    conditions: ConditionSets,
    /// By state and place of the edge, the conditions of a call.
    of_calls: HashMap<(StateIx, u32), usize>,
}

/// A call into a state, and its conditions.
#[derive(Clone, Copy, Debug)]
struct Call {
    into: StateIx,
    conditions: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    lens: Lens,
    of_users: bool,
}

/// By hops to a target, the states from which there are paths of that length.
type Rounds = BTreeMap<usize, BTreeSet<StateIx>>;

impl Reach<'_, '_> {
    /// Which targets each source reaches in so many hops.
    pub(crate) fn reaches(&self, max_hops: usize) -> Reaches {
        let mfa_matters = self.edges().any(Edge::is_mfa_sensitive);
        let ways = lens::verdicts(self.edges()).flat_map(|verdict| {
            let way = move |mode, of_users| Way { lens: Lens { verdict, mode }, of_users };
            let users: &[Mode] = if mfa_matters { lens::modes_of_users(verdict) } else { &[] };
            std::iter::once(way(Mode::Plain, false)).chain(users.iter().map(move |mode| way(*mode, true)))
        });
        let ways: Vec<Way> = ways.collect();
        Reaches { layers: ways.into_par_iter().filter_map(|way| self.gather(way, max_hops)).collect() }
    }

    /// Sets grow from the targets outwards; only what is new to a state is carried on. Where every path must pass a role,
    /// they grow to that role first, and then from there.
    fn gather(&self, way: Way, max_hops: usize) -> Option<Layer> {
        let view = self.view(way.lens)?;
        let mut found = Layer::new(self, way, view, max_hops);
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
            ..Layer::new(self, way, view, max_hops)
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
    fn new(reach: &Reach<'_, '_>, way: Way, view: &View, max_hops: usize) -> Self {
        let mut states = Vec::new();
        states.resize_with(view.states.len(), || None);
        let mut starts = Vec::new();
        starts.resize_with(reach.region().sources.len(), OnceLock::new);
        let calls = vec![Vec::new(); starts.len()];
        Self {
            way,
            max_hops,
            ends: BTreeSet::new(),
            states,
            classes: HashMap::new(),
            across: HashMap::new(),
            calls,
            starts,
            conditions: ConditionSets::new(),
            of_calls: HashMap::new(),
        }
    }

    /// Carries on what is new, round by round.
    fn grow(&mut self, reach: &Reach<'_, '_>, view: &View, mut rounds: Rounds) {
        while let Some((before, round)) = rounds.pop_first().filter(|(before, _)| *before < self.max_hops) {
            let hops = before + 1;
            let mut next = Vec::new();
            let mut given = BTreeMap::<(SourceIx, SetIx), Given>::new();
            for state in round {
                let groups = self.groups_of(reach, view, state, before);
                for call in view.states.calls(reach.region(), state) {
                    let roles = reach.region().sources.roles(call.from);
                    if roles.is_empty() {
                        continue;
                    }
                    let own = self.conditions(reach, view, state, &call);
                    for group in &groups {
                        let [_, rest] = group.conditions;
                        let conditions = [0, self.conditions.union(own, rest)];
                        match call.across(reach.region()) {
                            Some((_, account)) => {
                                given.entry((call.from, call.before)).or_default().add(
                                    conditions,
                                    account,
                                    &group.roles,
                                );
                            }
                            None => {
                                self.enter(reach, view, (&call, roles), (hops, conditions, &group.roles), &mut next)
                            }
                        }
                    }
                }
            }
            self.enter_across(reach, view, (hops, given), &mut next);
            if !next.is_empty() {
                rounds.entry(hops).or_default().extend(next);
            }
        }
    }

    /// What a state reaches in so many hops; a target itself in none.
    fn groups_of(&self, reach: &Reach<'_, '_>, view: &View, state: StateIx, hops: usize) -> Vec<Group> {
        let mut groups: Vec<Group> = self.of_state(state).filter(|group| group.hops == hops).cloned().collect();
        groups.extend(self.end(reach, view, state).filter(|_| hops == 0));
        groups.sort_by_key(|group| group.conditions);
        groups
    }

    /// A target, as far as it is reached by being there.
    fn end(&self, reach: &Reach<'_, '_>, view: &View, state: StateIx) -> Option<Group> {
        let (role, _) = self.ends.contains(&state).then(|| view.states.state(reach.region(), state))?;
        Some(Group { hops: 0, conditions: [0, 0], roles: Arc::new(RoaringBitmap::from_iter([role.get() as u32])) })
    }

    /// Gives the roles that make a call what it leads to; those to which it is new go on.
    fn enter(
        &mut self,
        reach: &Reach<'_, '_>,
        view: &View,
        (call, roles): (&CallInto<'_>, &[PrincipalIx]),
        (hops, conditions, fresh): (usize, [usize; 2], &Arc<RoaringBitmap>),
        next: &mut Vec<StateIx>,
    ) {
        let fresh = match roles {
            [_] => Arc::clone(fresh),
            _ => {
                let of_class = self.classes.entry((call.from, call.before)).or_default();
                let Some(new) = of_class.add(hops, conditions, fresh) else { return };
                new
            }
        };
        for role in roles {
            let Some(state) = view.states.at(reach.region(), *role, call.before) else { continue };
            let Some(slot) = self.states.get_mut(state.get()) else { continue };
            if slot.get_or_insert_default().add(hops, conditions, &fresh).is_some() {
                next.push(state);
            }
        }
    }

    /// Gives roles of other accounts what the calls of a round lead to.
    fn enter_across(
        &mut self,
        reach: &Reach<'_, '_>,
        view: &View,
        (hops, given): (usize, BTreeMap<(SourceIx, SetIx), Given>),
        next: &mut Vec<StateIx>,
    ) {
        let estate = reach.estate();
        let account = |role: &PrincipalIx| estate.principal(*role).account();
        for ((from, before), given) in given {
            let members = reach.region().sources.roles(from);
            let known = self.across.entry((from, before)).or_default();
            for merged in given.merged(known) {
                for of_account in members.chunk_by(|a, b| account(a) == account(b)) {
                    let Some(fresh) = of_account.first().map(|role| merged.of(account(role))) else { continue };
                    for role in of_account {
                        let Some(state) = view.states.at(reach.region(), *role, before) else { continue };
                        let Some(slot) = self.states.get_mut(state.get()) else { continue };
                        if slot.get_or_insert_default().add(hops, merged.conditions, &fresh).is_some() {
                            next.push(state);
                        }
                    }
                }
                *known |= merged.of_every();
            }
        }
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
                    if let Some(calls) = self.calls.get_mut(call.from.get()) {
                        calls.push(Call { into: state, conditions });
                    }
                }
            }
        }
    }

    /// What a source reaches where paths can only start: by its calls, shortest paths first.
    fn start(&self, reach: &Reach<'_, '_>, view: &View, source: SourceIx) -> Option<&Known> {
        let calls = self.calls.get(source.get()).filter(|calls| !calls.is_empty())?;
        let known = self.starts.get(source.get())?.get_or_init(|| {
            let mut parts = Vec::new();
            for call in calls {
                let groups = self.of_state(call.into).cloned();
                let all = groups.chain(self.end(reach, view, call.into));
                parts.extend(all.filter(|group| group.hops < self.max_hops).map(|group| (call, group)));
            }
            parts.sort_by_key(|(call, group)| (group.hops, call.into, group.conditions));
            let mut all = Known::default();
            for (call, group) in parts {
                let [_, rest] = group.conditions;
                all.add(group.hops + 1, [call.conditions, rest], &group.roles);
            }
            all
        });
        Some(known)
    }

    /// The conditions of one call into a state, by who starts the path.
    fn conditions(&mut self, reach: &Reach<'_, '_>, view: &View, state: StateIx, call: &CallInto<'_>) -> usize {
        // users stand at the start of paths alone
        let first = call.edge.from.kind(reach.estate()) == PrincipalKind::User;
        let decision = signing::shown(call.edge, self.way.of_users, first, self.way.lens.mode);
        let (_, set) = view.states.state(reach.region(), state);
        let linked = call.before != SetIx::ANY || set != SetIx::ANY;
        if decision.verdict() == Verdict::Allowed && !linked {
            return 0;
        }
        if let Some(known) = self.of_calls.get(&(state, call.at)) {
            return *known;
        }
        let mut conditions = decision.conditions();
        if linked {
            conditions.retain(|key| ContextKey::new(key).kind().depends_on_credential());
            conditions.extend(view.states.conditions(reach.region(), call.edge, set).iter().cloned());
        }
        let set = self.conditions.intern(conditions);
        self.of_calls.insert((state, call.at), set);
        set
    }

    /// What a source reaches by itself and as a member of its class, with the conditions under which it starts.
    fn of<'l>(
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
    fn of_state(&self, state: StateIx) -> impl Iterator<Item = &Group> {
        self.states.get(state.get()).and_then(Option::as_deref).into_iter().flat_map(|known| &known.groups)
    }
}

impl Reach<'_, '_> {
    /// What a source reaches, itself left out, best verdict and fewest hops first.
    pub(crate) fn parts(&self, reaches: &Reaches, source: &Source) -> Vec<Part> {
        let user = source.kind(self.estate()) == PrincipalKind::User;
        let mut found = Vec::new();
        for lens in lens::of_source(self.estate(), source) {
            let Some((layer, view)) = reaches.layer(lens, user).and_then(|l| Some((l, self.view(l.way.lens)?))) else {
                continue;
            };
            let part = |conditions: BTreeSet<String>, hops, roles: &RoaringBitmap| Part {
                verdict: lens.verdict,
                hops,
                conditions: conditions.into_iter().collect(),
                roles: roles.clone(),
            };
            let with = |needed: &BTreeSet<String>, group: &Group| -> BTreeSet<String> {
                let of_group = group.conditions.into_iter().flat_map(|at| layer.conditions.get(at));
                needed.iter().chain(of_group).cloned().collect()
            };
            if !self.starts_apart(source) {
                let own = layer.of(self, view, source);
                found.extend(own.iter().map(|(needed, group)| part(with(needed, group), group.hops, &group.roles)));
                continue;
            }
            for start in self.walk(view).starts(source) {
                let needed: BTreeSet<String> =
                    start.hops.iter().flat_map(|hop| hop.edge.in_mode(lens.mode).conditions()).collect();
                let passed = start.hops.len();
                if let (Some(0), Some(last)) = (best::left(self, view, source, &start), start.hops.last()) {
                    found.push(part(needed.clone(), passed, &RoaringBitmap::from_iter([last.edge.to.get() as u32])));
                }
                let groups = layer.of_state(start.state).filter(|_| start.goes_on);
                found.extend(groups.map(|group| part(with(&needed, group), passed + group.hops, &group.roles)));
            }
        }
        best_of(found, source)
    }
}

/// Each target once, by its best verdict and fewest hops; a source does not reach itself.
fn best_of(mut parts: Vec<Part>, source: &Source) -> Vec<Part> {
    parts.sort_by(|a, b| (a.verdict, a.hops, &a.conditions).cmp(&(b.verdict, b.hops, &b.conditions)));
    let mut seen = RoaringBitmap::new();
    if let Source::Principal(own) = source {
        seen.insert(own.get() as u32);
    }
    for part in &mut parts {
        part.roles -= &seen;
        seen |= &part.roles;
    }
    parts.retain(|part| !part.roles.is_empty());
    parts
}

impl Reaches {
    /// The layer for a lens, or the one that stands for it: a verdict that no edge has adds nothing to a better
    /// one, and where MFA makes no difference there is one mode.
    fn layer(&self, lens: Lens, user: bool) -> Option<&Layer> {
        let alike = lens.verdict == Verdict::Allowed && lens.mode == Mode::Plain;
        let of_users = user && !alike && self.layers.iter().any(|l| l.way.of_users);
        let fits = |l: &&Layer| {
            let found = l.way.lens;
            found.verdict <= lens.verdict && l.way.of_users == of_users && (!of_users || found.mode == lens.mode)
        };
        self.layers.iter().filter(fits).max_by_key(|l| l.way.lens.verdict)
    }
}
