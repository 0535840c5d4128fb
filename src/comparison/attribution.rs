//! From ways that changed to what caused them.
//!
//! Owns: which cause a way is told under. A way that is new has an edge that is new; so where the edges of one cause alone can be on
//! it, that cause is the one, and no path is followed. Where several can be, paths are followed, as long as they are not too many.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::blocks::{Block, Open, Side};
use super::causes::{Causes, CausesOfSide, Span};
use super::edges::ChangedEdges;
use super::nodes::Nodes;
use super::pairing::Which;
use super::parts::{by_way, crossed};
use super::world::World;
use crate::difference::{Change, ChangeKind, WayChange, What};

/// What is told together: the change, what caused it, and on which side that is seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) change: WayChange,
    pub(super) causes: Causes,
    pub(super) side: Which,
}

/// Ways by what caused them.
pub(super) type Attributed = BTreeMap<Key, Vec<Block>>;

/// What is known of one side.
struct OfSide {
    causes: CausesOfSide,
    spans: Vec<Span>,
    /// Roles of the target.
    targets: RoaringBitmap,
    /// What else may belong to it.
    open: Open,
}

pub(super) struct Attribution<'w, 'g, 'e> {
    world: &'w World<'g, 'e>,
    old: OfSide,
    new: OfSide,
    followed: u64,
    /// Causes that are no changed edge: a role belongs to the target on one side alone, a person's sessions are others.
    others: BTreeMap<Causes, Vec<Change>>,
}

impl<'w, 'g, 'e> Attribution<'w, 'g, 'e> {
    pub(super) fn new(
        world: &'w World<'g, 'e>,
        edges: &ChangedEdges,
        (old, new): (&Side, &Side),
        nodes: &mut Nodes,
    ) -> Self {
        let mut of = |which, side: &Side| {
            let causes = CausesOfSide::new(edges.on(which), which, nodes, world);
            let spans = causes.spans(which, side, nodes, world);
            OfSide { causes, spans, targets: side.targets.clone(), open: side.open.clone() }
        };
        Self { old: of(Which::Old, old), new: of(Which::New, new), world, followed: 0, others: BTreeMap::new() }
    }

    fn side(&self, which: Which) -> &OfSide {
        match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        }
    }

    /// Every block, divided by cause.
    pub(super) fn of(&mut self, blocks: Vec<Block>, nodes: &Nodes) -> Attributed {
        let mut found = Attributed::new();
        for block in blocks {
            let sides: &[Which] = match block.change {
                WayChange::New | WayChange::Easier => &[Which::New],
                WayChange::Lost | WayChange::Harder => &[Which::Old],
                WayChange::Changed => &[Which::New, Which::Old],
            };
            let mut left = self.of_membership(block, &mut found);
            for side in sides {
                let blocks = std::mem::take(&mut left);
                for block in blocks {
                    self.divide(&block, *side, nodes, &mut found, &mut left);
                }
            }
            let side = sides.first().copied().unwrap_or(Which::New);
            for block in self.of_sessions(left, side, nodes, &mut found) {
                let causes = Causes::from([What::of(ChangeKind::Untold)]);
                found.entry(Key { change: block.change, causes, side }).or_default().push(block);
            }
        }
        found
    }

    /// Takes out the ways of people whose sessions are called or tagged otherwise: every hop is what it was, and they come to it as
    /// others.
    fn of_sessions(&mut self, left: Vec<Block>, side: Which, nodes: &Nodes, found: &mut Attributed) -> Vec<Block> {
        let mut rest = Vec::new();
        for block in left {
            let mut by_causes = BTreeMap::<Causes, RoaringBitmap>::new();
            for source in &block.sources {
                let told = self.world.sessions_of_people(source, nodes);
                let causes: Causes = told.iter().map(|(what, _)| what.clone()).collect();
                if !causes.is_empty() {
                    let changes = self.others.entry(causes.clone()).or_default();
                    told.into_iter().for_each(|(what, subject)| add_subject(changes, what, subject));
                    by_causes.entry(causes).or_default().insert(source);
                }
            }
            let mut without = block.sources.clone();
            for (causes, sources) in by_causes {
                without -= &sources;
                let key = Key { change: block.change, causes, side };
                found.entry(key).or_default().push(block.part(sources, block.roles.clone()));
            }
            let without = block.part(without, block.roles.clone());
            rest.extend((!without.is_empty()).then_some(without));
        }
        rest
    }

    /// Everything that has a cause.
    pub(super) fn changes(&self, key: &Key) -> Vec<Change> {
        let found = self.side(key.side).causes.changes(&key.causes);
        if !found.is_empty() {
            return found;
        }
        let others = self.others.get(&key.causes).cloned();
        let alone = || {
            key.causes
                .iter()
                .map(|what| Change { what: what.clone(), subjects: Vec::new(), sources: Vec::new() })
                .collect()
        };
        others.unwrap_or_else(alone)
    }

    /// Takes out the ways to roles that belong to the target on one side alone and exist on both.
    fn of_membership(&mut self, block: Block, found: &mut Attributed) -> Vec<Block> {
        let (side, kind) = match block.change {
            WayChange::New => (Which::New, ChangeKind::TargetGrew),
            WayChange::Lost => (Which::Old, ChangeKind::TargetShrank),
            _ => return vec![block],
        };
        let there = &self.side(side.other()).targets;
        let exists = |role: &u32| self.world.pairing.pair(*role).on(side.other()).is_some();
        let moved: RoaringBitmap = (&block.roles - there).iter().filter(exists).collect();
        let mut by_causes = BTreeMap::<Causes, RoaringBitmap>::new();
        for role in &moved {
            let told = self.why_of_target(role, kind, side);
            let causes: Causes = told.iter().map(|(what, _)| what.clone()).collect();
            let changes = self.others.entry(causes.clone()).or_default();
            for (what, subject) in told {
                add_subject(changes, what, subject);
            }
            by_causes.entry(causes).or_default().insert(role);
        }
        for (causes, roles) in by_causes {
            let key = Key { change: block.change, causes, side };
            found.entry(key).or_default().push(block.part(block.sources.clone(), roles));
        }
        let rest = &block.roles - &moved;
        let rest = block.part(block.sources.clone(), rest);
        if rest.is_empty() { Vec::new() } else { vec![rest] }
    }

    /// What happened to the account of a role that belongs to the target on one side alone, or that the other side does not know
    /// whether it does.
    fn why_of_target(&self, role: u32, kind: ChangeKind, side: Which) -> Vec<(What, String)> {
        let Some(id) = self.world.account_of(role) else { return Vec::new() };
        if self.side(side.other()).open.may_have(Some(id)) {
            return vec![(What::of(ChangeKind::NotRead), id.to_string())];
        }
        let changes = self.world.changes_of_account(id);
        if changes.is_empty() {
            return vec![(What::of(kind), self.world.arn(role))];
        }
        changes.into_iter().map(|what| (what, id.to_string())).collect()
    }

    /// Divides a block by the causes that can have made each way.
    fn divide(&mut self, block: &Block, which: Which, nodes: &Nodes, found: &mut Attributed, left: &mut Vec<Block>) {
        let spans = &self.side(which).spans;
        let (mut assigned, mut unclear) = (Vec::new(), Vec::new());
        for (of, part) in crossed(block, spans.iter()) {
            let mut of = of.iter();
            match (of.next(), of.next()) {
                (None, _) => left.push(part),
                (Some(only), None) => {
                    assigned.extend(spans.get(*only).map(|span| (Some(span.causes.clone()), part)));
                }
                _ => unclear.push(part),
            }
        }
        for part in unclear {
            let mut followed = self.followed;
            let first_changed = |source, role| self.first_changed(source, role, which, nodes);
            match by_way(&part, &mut followed, first_changed) {
                Some(parts) => assigned.extend(parts),
                None => left.push(part),
            }
            self.followed = followed;
        }
        for (causes, part) in assigned {
            match causes {
                Some(causes) => {
                    found.entry(Key { change: block.change, causes, side: which }).or_default().push(part);
                }
                None => left.push(part),
            }
        }
    }

    /// The cause on the path of a way: that of the first hop that changed.
    fn first_changed(&self, source: u32, role: u32, which: Which, nodes: &Nodes) -> Option<Causes> {
        let causes = &self.side(which).causes;
        let calls = nodes.calls(source, role, which, self.world);
        calls.iter().find_map(|(caller, role)| causes.of_hop(*caller, *role).cloned())
    }
}

pub(super) fn add_subject(changes: &mut Vec<Change>, what: What, subject: String) {
    match changes.iter_mut().find(|change| change.what == what) {
        Some(change) => {
            if let Err(at) = change.subjects.binary_search(&subject) {
                change.subjects.insert(at, subject);
            }
        }
        None => changes.push(Change { what, subjects: vec![subject], sources: Vec::new() }),
    }
}
