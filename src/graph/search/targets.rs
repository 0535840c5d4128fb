//! Which targets each source reaches: with which verdict, on which conditions and in how many hops.
//!
//! Owns: sets of targets that grow from the targets outwards over states, shared by the members of a class. What is equal
//! of several targets is kept once, as a group of them, so that cost follows edges and not pairs. INVARIANT: a round is a
//! hop, so a target is in the group of its shortest path.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::backward::{Reach, View};
use super::best;
use super::states::{CallInto, StateIx, members};
use crate::answer::{PrincipalKind, Verdict};
use crate::graph::edge::Edge;
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::session::SetIx;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::{ClassIx, PrincipalIx};
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
    states: Vec<Option<Box<Known>>>,
    /// Classes of roles, with the sessions of them that count.
    classes: HashMap<(ClassIx, SetIx), Known>,
    others: BTreeMap<Source, Known>,
    table: Table,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    lens: Lens,
    of_users: bool,
}

/// What is known of one source.
#[derive(Clone, Debug, Default)]
struct Known {
    all: RoaringBitmap,
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    hops: usize,
    conditions: usize,
    roles: RoaringBitmap,
}

/// Sets of conditions, each once; the first is empty.
#[derive(Debug, Default)]
struct Table {
    sets: Vec<BTreeSet<String>>,
    at: HashMap<BTreeSet<String>, usize>,
    unions: HashMap<(usize, usize), usize>,
    edges: HashMap<(StateIx, u32), usize>,
}

/// Sets that are new to a state in a round, by their conditions.
type Fresh = BTreeMap<usize, RoaringBitmap>;

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
        let mut found = Layer::new(way, view);
        let own = |target: &PrincipalIx| {
            let state = view.states.at(self.region(), *target, SetIx::ANY)?;
            Some((state, Fresh::from([(0, RoaringBitmap::from_iter([target.get() as u32]))])))
        };
        let round = self.targets().iter().filter_map(own).collect();
        found.grow(self, view, BTreeMap::from([(0, round)]), max_hops);
        let Some(via) = self.via() else { return Some(found) };
        let mut passed = Layer { table: std::mem::take(&mut found.table), ..Layer::new(way, view) };
        let mut rounds = BTreeMap::<usize, BTreeMap<StateIx, Fresh>>::new();
        for state in view.states.of_role(self.region(), via) {
            let known = found.states.get_mut(state.get()).and_then(Option::take);
            let ends = self.targets().contains(&via) && view.pass(&Source::Principal(via)).ends(state);
            let own =
                ends.then(|| Group { hops: 0, conditions: 0, roles: RoaringBitmap::from_iter([via.get() as u32]) });
            let groups = known.iter().flat_map(|known| &known.groups);
            for group in own.iter().chain(groups) {
                let fresh = rounds.entry(group.hops).or_default().entry(state).or_default();
                *fresh.entry(group.conditions).or_default() |= &group.roles;
            }
            if let Some(slot) = passed.states.get_mut(state.get()) {
                *slot = known;
            }
        }
        passed.grow(self, view, rounds, max_hops);
        Some(passed)
    }
}

impl Known {
    /// Adds to what is known; what was new to it, if anything.
    fn add<'f>(&mut self, hops: usize, conditions: usize, fresh: &'f RoaringBitmap) -> Option<Cow<'f, RoaringBitmap>> {
        // most sets that travel hold one target, and most are new or known as a whole
        let new = match (fresh.min(), fresh.len()) {
            (Some(only), 1) => self.all.insert(only).then_some(Cow::Borrowed(fresh))?,
            _ if self.all.is_disjoint(fresh) => Cow::Borrowed(fresh),
            _ => Cow::Owned(fresh - &self.all),
        };
        if new.is_empty() {
            return None;
        }
        self.all |= &*new;
        match self.groups.iter_mut().rev().find(|g| g.hops == hops && g.conditions == conditions) {
            Some(group) => group.roles |= &*new,
            None => self.groups.push(Group { hops, conditions, roles: (*new).clone() }),
        }
        Some(new)
    }
}

impl Layer {
    fn new(way: Way, view: &View) -> Self {
        let mut states = Vec::new();
        states.resize_with(view.states.len(), || None);
        Self { way, states, classes: HashMap::new(), others: BTreeMap::new(), table: Table::new() }
    }

    /// Carries on what is new, round by round.
    fn grow(
        &mut self,
        reach: &Reach<'_, '_>,
        view: &View,
        mut rounds: BTreeMap<usize, BTreeMap<StateIx, Fresh>>,
        max_hops: usize,
    ) {
        while let Some((before, round)) = rounds.pop_first().filter(|(before, _)| *before < max_hops) {
            let hops = before + 1;
            let mut next = BTreeMap::<StateIx, Fresh>::new();
            for (state, sets) in &round {
                for call in view.states.calls(reach.region(), *state) {
                    let own = self.conditions(reach, view, *state, &call);
                    for (conditions, fresh) in sets {
                        let conditions = self.table.union(own, *conditions);
                        self.enter(reach, view, &call, (hops, conditions, fresh), &mut next);
                    }
                }
            }
            if !next.is_empty() {
                let known = rounds.entry(hops).or_default();
                for (state, sets) in next {
                    let fresh = known.entry(state).or_default();
                    sets.into_iter().for_each(|(conditions, roles)| *fresh.entry(conditions).or_default() |= roles);
                }
            }
        }
    }

    /// Gives those who make a call what it leads to; what is new to a state goes on.
    fn enter(
        &mut self,
        reach: &Reach<'_, '_>,
        view: &View,
        call: &CallInto<'_>,
        (hops, conditions, fresh): (usize, usize, &RoaringBitmap),
        next: &mut BTreeMap<StateIx, Fresh>,
    ) {
        let estate = reach.estate();
        let mut roles = members(estate, call.edge).peekable();
        if roles.peek().is_none() {
            if !self.others.contains_key(&call.edge.from) {
                self.others.insert(call.edge.from.clone(), Known::default());
            }
            self.others.get_mut(&call.edge.from).and_then(|known| known.add(hops, conditions, fresh));
            return;
        }
        let new = match call.edge.from {
            Source::Class(class) => self.classes.entry((class, call.before)).or_default().add(hops, conditions, fresh),
            _ => Some(Cow::Borrowed(fresh)),
        };
        let Some(fresh) = new else { return };
        for role in roles {
            let Some(state) = view.states.at(reach.region(), role, call.before) else { continue };
            let Some(slot) = self.states.get_mut(state.get()) else { continue };
            if let Some(new) = slot.get_or_insert_default().add(hops, conditions, &fresh) {
                *next.entry(state).or_default().entry(conditions).or_default() |= &*new;
            }
        }
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
        if let Some(known) = self.table.edges.get(&(state, call.at)) {
            return *known;
        }
        let mut conditions = decision.conditions();
        if linked {
            conditions.retain(|key| ContextKey::new(key).kind().depends_on_credential());
            conditions.extend(view.states.conditions(reach.region(), call.edge, set));
        }
        let set = self.table.intern(conditions);
        self.table.edges.insert((state, call.at), set);
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
        let none = BTreeSet::new();
        add(&none, self.others.get(source));
        if let Source::Principal(ix) = source {
            for shared in reach.region().sources_of(*ix) {
                add(&none, self.others.get(&*shared));
            }
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

impl Table {
    fn new() -> Self {
        let mut table = Self::default();
        table.intern(BTreeSet::new());
        table
    }

    fn intern(&mut self, set: BTreeSet<String>) -> usize {
        if let Some(known) = self.at.get(&set) {
            return *known;
        }
        let at = self.sets.len();
        self.sets.push(set.clone());
        self.at.insert(set, at);
        at
    }

    fn get(&self, at: usize) -> impl Iterator<Item = &String> {
        self.sets.get(at).into_iter().flatten()
    }

    fn union(&mut self, a: usize, b: usize) -> usize {
        match (a, b) {
            (0, only) | (only, 0) => return only,
            _ if a == b => return a,
            _ => {}
        }
        if let Some(known) = self.unions.get(&(a, b)) {
            return *known;
        }
        let both: BTreeSet<String> = self.get(a).chain(self.get(b)).cloned().collect();
        let at = self.intern(both);
        self.unions.insert((a, b), at);
        at
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
                needed.iter().chain(layer.table.get(group.conditions)).cloned().collect()
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
