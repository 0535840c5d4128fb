//! Shortest distances from every source to the targets, through one lens.
//!
//! Owns: breadth-first passes from the targets outwards over states. Members of a class share one entry. A role that is a
//! target does not reach itself, so the paths to two targets are kept where they differ.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::sources::SourceIx;
use super::states::{CallInto, Region, StateIx, States};
use crate::graph::edge::Hop;
use crate::graph::session::SetIx;
use crate::graph::source::Source;
use crate::ids::{AccountIx, PrincipalIx};

/// The first call of a shortest path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Calls of the whole path.
    pub(crate) hops: u32,
    /// Place of the edge among those into the role of the next state.
    at: u32,
    next: StateIx,
    /// The target that the path ends in.
    goal: PrincipalIx,
}

/// Shortest paths to two different targets.
type Entries = [Option<Entry>; 2];

/// What the roles of a source have been entered with, but those of the accounts that an entry left out.
#[derive(Debug, Default)]
struct Entered {
    entries: Entries,
    left_out: Vec<AccountIx>,
}

/// A state, with how many calls lead from there to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seed {
    state: StateIx,
    goal: PrincipalIx,
    hops: u32,
}

/// One pass.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// Targets themselves.
    ends: FixedBitSet,
    /// What else the pass started from.
    seeds: Vec<Seed>,
    /// By state.
    entries: Vec<Entries>,
    /// By source of several roles, and the sessions of them that count: its roles have been entered.
    classes: HashMap<(SourceIx, SetIx), Entered>,
    /// By source, where paths can only start: users, alone and in classes, and everybody who is no role of the estate.
    others: HashMap<SourceIx, Entries>,
}

impl Sweep {
    /// Paths to the targets. A path past a target is a path to that target, but for those who start there by calls of their own
    /// (`goes_past`): they may come back to make others.
    pub(crate) fn new(
        region: &Region<'_>,
        states: &States,
        is_target: &dyn Fn(PrincipalIx) -> bool,
        goes_past: &dyn Fn(PrincipalIx) -> bool,
    ) -> Self {
        let targets = region.roles.iter().copied().filter(|role| is_target(*role));
        let seed = |goal| Some(Seed { state: states.at(region, goal, SetIx::ANY)?, goal, hops: 0 });
        let goes_on = |role| !is_target(role) || goes_past(role);
        Self::spread(region, states, targets.filter_map(seed).collect(), &goes_on)
    }

    /// Those of the paths that pass a role, which may be a target itself.
    pub(crate) fn through(&self, region: &Region<'_>, states: &States, role: PrincipalIx, is_target: bool) -> Self {
        let own = states.at(region, role, SetIx::ANY).filter(|_| is_target);
        let mut seeds: Vec<Seed> = own.map(|state| Seed { state, goal: role, hops: 0 }).into_iter().collect();
        for state in states.of_role(region, role) {
            let known = self.entries.get(state.get()).into_iter().flatten().flatten();
            seeds.extend(known.map(|entry| Seed { state, goal: entry.goal, hops: entry.hops }));
        }
        Self::spread(region, states, seeds, &|_| true)
    }

    fn spread(region: &Region<'_>, states: &States, seeds: Vec<Seed>, goes_on: &dyn Fn(PrincipalIx) -> bool) -> Self {
        let mut pending = BTreeMap::<u32, Vec<Seed>>::new();
        seeds.iter().for_each(|seed| pending.entry(seed.hops).or_default().push(*seed));
        let (ends, seeds): (Vec<Seed>, Vec<Seed>) = seeds.into_iter().partition(|seed| seed.hops == 0);
        let mut found = Self {
            ends: ends.iter().map(|seed| seed.state.get()).collect(),
            seeds,
            entries: vec![[None; 2]; states.len()],
            classes: HashMap::new(),
            others: HashMap::new(),
        };
        while let Some((_, mut level)) = pending.pop_first() {
            level.sort_unstable();
            for seed in level {
                for call in states.calls(region, seed.state) {
                    for state in found.enter(region, states, &call, seed) {
                        let hops = seed.hops + 1;
                        if goes_on(states.state(region, state).0) {
                            pending.entry(hops).or_default().push(Seed { state, goal: seed.goal, hops });
                        }
                    }
                }
            }
        }
        found
    }

    /// Enters those who make a call; the states that this is new to.
    fn enter(&mut self, region: &Region<'_>, states: &States, call: &CallInto<'_>, seed: Seed) -> Vec<StateIx> {
        let entry = Entry { hops: seed.hops + 1, at: call.at, next: seed.state, goal: seed.goal };
        let roles = region.sources.roles(call.from);
        if roles.is_empty() {
            add(self.others.entry(call.from).or_default(), entry);
            return Vec::new();
        }
        let across = call.across(region);
        let mut new = Vec::new();
        let mut enter = |role: PrincipalIx| {
            let Some(state) = states.at(region, role, call.before) else { return };
            if self.entries.get_mut(state.get()).is_some_and(|known| add(known, entry)) {
                new.push(state);
            }
        };
        if roles.len() == 1 && across.is_none() {
            roles.iter().for_each(|role| enter(*role));
            return new;
        }
        let entered = self.classes.entry((call.from, call.before)).or_default();
        let left_out = across.map(|(_, account)| account);
        if add(&mut entered.entries, entry) {
            call.edge.callers(region.estate).for_each(&mut enter);
            entered.left_out.extend(left_out);
        } else if let Some((group, account)) = across {
            // what others have by now, those that were left out then may lack
            for other in entered.left_out.iter().filter(|other| **other != account) {
                let [_, own, _] = group.split(region.estate, *other);
                own.iter().for_each(|role| enter(*role));
            }
        }
        new
    }

    /// The shortest path from a source; none from a role into itself.
    pub(crate) fn entry(&self, region: &Region<'_>, states: &States, source: &Source) -> Option<Entry> {
        let of = |source: SourceIx| self.others.get(&source).and_then(|known| known[0]);
        let own = region.numbers_of(source).filter_map(of);
        let Source::Principal(ix) = source else { return own.min_by_key(order) };
        let of_role = states.of_role(region, *ix).filter_map(|state| {
            let known = self.entries.get(state.get())?.iter().flatten().find(|entry| entry.goal != *ix)?;
            let (_, set) = states.state(region, state);
            states.may_start(region, source, set).then_some(*known)
        });
        of_role.chain(own).min_by_key(order)
    }

    /// The shortest path from a state that somebody entered, which ends in another target than this; `None` where there is
    /// none, or the state is a target itself.
    pub(crate) fn entry_of(&self, state: StateIx, but: &Source) -> Option<Entry> {
        let known = self.entries.get(state.get())?.iter().flatten();
        known.copied().find(|entry| Source::Principal(entry.goal) != *but)
    }

    /// True for targets.
    pub(crate) fn ends(&self, state: StateIx) -> bool {
        self.ends.contains(state.get())
    }

    /// Calls that lead from a state to a target, at least.
    pub(crate) fn distance(&self, state: StateIx) -> Option<u32> {
        if self.ends.contains(state.get()) {
            return Some(0);
        }
        let known = self.entries.get(state.get()).into_iter().flatten().flatten();
        known.map(|entry| entry.hops).min()
    }

    /// The hops of the path behind an entry; `before` is the pass that its seeds are of.
    pub(crate) fn hops(
        &self,
        region: &Region<'_>,
        states: &States,
        source: &Source,
        entry: Entry,
        before: Option<&Self>,
    ) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut from = source.clone();
        let mut entry = Some(entry);
        let mut pass = self;
        while let Some(call) = entry {
            let (role, _) = states.state(region, call.next);
            let Some(edge) = region.edges_into(role).get(call.at as usize) else { break };
            hops.push(Hop { from, edge: edge.clone() });
            from = Source::Principal(role);
            let left = call.hops - 1;
            if left == 0 {
                break;
            }
            let is_seed = |seed: &Seed| *seed == Seed { state: call.next, goal: call.goal, hops: left };
            if let Some(first) = before.filter(|_| pass.seeds.iter().any(is_seed)) {
                pass = first;
            }
            let known = pass.entries.get(call.next.get()).into_iter().flatten().flatten();
            entry = known.copied().find(|next| next.goal == call.goal && next.hops == left);
        }
        hops
    }

    /// Everybody that some path starts at, in order: principals first.
    pub(crate) fn sources(&self, region: &Region<'_>, states: &States) -> Vec<Source> {
        let starts = |role: &PrincipalIx| self.entry(region, states, &Source::Principal(*role)).is_some();
        let mut all: Vec<Source> = region.roles.par_iter().copied().filter(starts).map(Source::Principal).collect();
        for (number, source) in region.sources.iter() {
            match source {
                _ if !self.others.contains_key(&number) => {}
                Source::Class(_) | Source::Classes(_) | Source::Roles(_) => {
                    all.extend(source.members(region.estate).iter().copied().map(Source::Principal))
                }
                Source::Cohort(_) => all.extend(source.persons(region.estate).iter().copied().map(Source::Person)),
                other => all.push(other.clone()),
            }
        }
        all
    }
}

fn order(entry: &Entry) -> (u32, StateIx, u32) {
    (entry.hops, entry.next, entry.at)
}

/// Keeps an entry that ends in another target than those that are known; whether it is new.
fn add(known: &mut Entries, entry: Entry) -> bool {
    let [first, second] = known;
    let slot = match (&first, &second) {
        (None, _) => first,
        (Some(own), None) if own.goal != entry.goal => second,
        _ => return false,
    };
    *slot = Some(entry);
    true
}
