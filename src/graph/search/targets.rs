//! Which targets each source reaches: with which verdict, on which conditions and in how many hops.
//!
//! Owns: sets of targets that grow from the targets outwards, shared by the members of a class. What is equal of
//! several targets is kept once, as a group of them, so that cost follows edges and not pairs. The groups know nothing
//! of sessions (`chaining`). INVARIANT: a round is a hop, so a target is in the group of its shortest path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::backward::Reach;
use crate::answer::{PrincipalKind, Verdict};
use crate::graph::edge::Edge;
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Targets that a source reaches alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) verdict: Verdict,
    pub(crate) hops: usize,
    pub(crate) conditions: Vec<String>,
    pub(crate) roles: RoaringBitmap,
}

/// What every path passes before those of a sweep: its hops and conditions.
pub(crate) type Before = (usize, BTreeSet<String>);

/// Which targets each source reaches.
#[derive(Debug, Default)]
pub(crate) struct Reaches {
    layers: Vec<Layer>,
}

/// Everything under one verdict and mode, with the conditions of paths that start at users, or at others.
#[derive(Debug)]
struct Layer {
    way: Way,
    classes: Vec<Option<Box<Known>>>,
    principals: Vec<Option<Box<Known>>>,
    others: BTreeMap<Source, Known>,
    table: Table,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    lens: Lens,
    of_users: bool,
}

/// What is known of one source.
#[derive(Debug, Default)]
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
    edges: HashMap<(PrincipalIx, usize), usize>,
}

/// Sets that are new to a role in a round, by their conditions.
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
        Reaches { layers: ways.into_par_iter().map(|way| self.gather(way, max_hops)).collect() }
    }

    /// Sets grow from the targets outwards; only what is new to a role is carried on.
    fn gather(&self, way: Way, max_hops: usize) -> Layer {
        let estate = self.estate();
        let mut found = Layer::new(way, estate);
        let own = |t: &PrincipalIx| (*t, Fresh::from([(0, RoaringBitmap::from_iter([t.get() as u32]))]));
        let mut round: BTreeMap<PrincipalIx, Fresh> = self.targets().iter().map(own).collect();
        let mut hops = 0;
        while !round.is_empty() && hops < max_hops {
            hops += 1;
            let mut next = BTreeMap::<PrincipalIx, Fresh>::new();
            for (role, sets) in &round {
                for (at, edge) in self.edges_into(*role).iter().enumerate() {
                    if !way.lens.shows(edge) {
                        continue;
                    }
                    let own = found.table.of_edge((*role, at), edge, way, estate);
                    for (conditions, fresh) in sets {
                        let conditions = found.table.union(own, *conditions);
                        let Some(new) = found.of_mut(&edge.from).and_then(|k| k.add(hops, conditions, fresh)) else {
                            continue;
                        };
                        for member in edge.from.members(estate).iter().filter(|m| self.has_met(**m)) {
                            *next.entry(*member).or_default().entry(conditions).or_default() |= &new;
                        }
                    }
                }
            }
            round = next;
        }
        found
    }
}

impl Known {
    /// Adds to what is known; what was new to it, if anything. Most sets that travel hold one target.
    fn add(&mut self, hops: usize, conditions: usize, fresh: &RoaringBitmap) -> Option<RoaringBitmap> {
        let new = match (fresh.min(), fresh.len()) {
            (Some(only), 1) => self.all.insert(only).then(|| fresh.clone())?,
            _ => fresh - &self.all,
        };
        if new.is_empty() {
            return None;
        }
        self.all |= &new;
        match self.groups.iter_mut().rev().find(|g| g.hops == hops && g.conditions == conditions) {
            Some(group) => group.roles |= &new,
            None => self.groups.push(Group { hops, conditions, roles: new.clone() }),
        }
        Some(new)
    }
}

impl Layer {
    fn new(way: Way, estate: &Estate) -> Self {
        let mut classes = Vec::new();
        let mut principals = Vec::new();
        classes.resize_with(estate.classes().len(), || None);
        principals.resize_with(estate.principals().len(), || None);
        Self { way, classes, principals, others: BTreeMap::new(), table: Table::new() }
    }

    fn of_mut(&mut self, source: &Source) -> Option<&mut Known> {
        match source {
            Source::Class(class) => self.classes.get_mut(class.get()).map(|k| &mut **k.get_or_insert_default()),
            Source::Principal(ix) => self.principals.get_mut(ix.get()).map(|k| &mut **k.get_or_insert_default()),
            other => {
                if !self.others.contains_key(other) {
                    self.others.insert(other.clone(), Known::default());
                }
                self.others.get_mut(other)
            }
        }
    }

    /// What a source reaches by itself and as a member of its class.
    fn of(&self, source: &Source, estate: &Estate) -> impl Iterator<Item = &Group> {
        let (own, shared) = match source {
            Source::Principal(ix) => {
                let class = estate.principal(*ix).class();
                let own = self.principals.get(ix.get()).and_then(Option::as_deref);
                (own, self.classes.get(class.get()).and_then(Option::as_deref))
            }
            other => (self.others.get(other), None),
        };
        own.into_iter().chain(shared).flat_map(|known| &known.groups)
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

    /// The conditions that an edge is shown with, by who starts the path.
    fn of_edge(&mut self, at: (PrincipalIx, usize), edge: &Edge, way: Way, estate: &Estate) -> usize {
        // users stand at the start of paths alone
        let first = edge.from.kind(estate) == PrincipalKind::User;
        let decision = signing::shown(edge, way.of_users, first, way.lens.mode);
        if decision.verdict() == Verdict::Allowed {
            return 0;
        }
        if let Some(known) = self.edges.get(&at) {
            return *known;
        }
        let set = self.intern(decision.conditions());
        self.edges.insert(at, set);
        set
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

impl Reaches {
    /// What a source reaches, itself left out, best verdict and fewest hops first. `start` is where the paths of the
    /// sets begin, after what `before` says of the way there; `None` where there is no such way.
    pub(crate) fn of(
        &self,
        source: &Source,
        start: &Source,
        estate: &Estate,
        before: &dyn Fn(Lens) -> Option<Before>,
    ) -> Vec<Part> {
        let user = source.kind(estate) == PrincipalKind::User;
        let mut candidates = Vec::new();
        for lens in lens::of_source(estate, source) {
            let Some((passed, needed)) = before(lens) else { continue };
            let Some(layer) = self.layer(lens, user) else { continue };
            candidates.extend(layer.of(start, estate).map(|group| {
                let conditions: BTreeSet<String> =
                    needed.iter().chain(layer.table.get(group.conditions)).cloned().collect();
                (lens.verdict, passed + group.hops, conditions, &group.roles)
            }));
        }
        candidates.sort_by_key(|found| (found.0, found.1));
        let mut seen = RoaringBitmap::new();
        if let Source::Principal(ix) = source {
            seen.insert(ix.get() as u32);
        }
        let mut parts = Vec::new();
        for (verdict, hops, conditions, roles) in candidates {
            let roles = roles - &seen;
            if !roles.is_empty() {
                seen |= &roles;
                parts.push(Part { verdict, hops, conditions: conditions.into_iter().collect(), roles });
            }
        }
        parts
    }

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
