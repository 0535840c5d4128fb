//! Ways that ask for the keys that they asked for, and compare one of them with other values.
//!
//! Owns: which ways these are. An edge that has other values is on a way if it is a hop of the best path of a side; where that would be
//! too many paths to follow, every way that can take the edge is one.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::attribution::{Key, add_subject};
use super::blocks::{Block, Compared, Side};
use super::causes::{Causes, CausesOfSide, Span};
use super::edges::{ChangedEdge, ChangedEdges};
use super::nodes::Nodes;
use super::pairing::Which;
use super::parts::{by_way, crossed};
use super::world::World;
use crate::difference::Change;

/// Both sides.
const SIDES: [Which; 2] = [Which::Old, Which::New];

/// Ways that changed alike, with what caused it.
type Told = (Key, Vec<Block>, Vec<Change>);

/// Edges that have other values.
pub(super) struct Values<'w, 'g, 'e> {
    world: &'w World<'g, 'e>,
    /// By how the new values are beside the old ones.
    causes: Vec<(Compared, CausesOfSide)>,
    /// Which ways can take the edges of a cause, with its place in `causes`.
    spans: Vec<(usize, Span)>,
    followed: u64,
}

impl<'w, 'g, 'e> Values<'w, 'g, 'e> {
    pub(super) fn new(
        world: &'w World<'g, 'e>,
        edges: &ChangedEdges,
        (old, new): (&Side, &Side),
        nodes: &mut Nodes,
    ) -> Self {
        let (mut causes, mut spans) = (Vec::new(), Vec::new());
        for how in [Compared::Easier, Compared::Other, Compared::Harder] {
            let edges: Vec<ChangedEdge> =
                edges.values.iter().filter(|(of, _)| *of == how).map(|(_, edge)| edge.clone()).collect();
            let of = CausesOfSide::new(&edges, Which::New, nodes, world);
            let mut there = of.spans(Which::New, new, nodes, world);
            // causes are in one order, so that each meets itself
            for (span, before) in there.iter_mut().zip(of.spans(Which::Old, old, nodes, world)) {
                span.sources |= before.sources;
                span.roles |= before.roles;
            }
            spans.extend(there.into_iter().map(|span| (causes.len(), span)));
            causes.push((how, of));
        }
        Self { world, causes, spans, followed: 0 }
    }

    /// Of ways that ask for the same keys on both sides, those that ask for other values.
    pub(super) fn of(&mut self, alike: &[Block], nodes: &Nodes) -> Vec<Told> {
        let can = self.spans.iter().fold(RoaringBitmap::new(), |all, (_, span)| all | &span.sources);
        let mut found = BTreeMap::<BTreeSet<usize>, Vec<Block>>::new();
        for block in alike.iter().filter(|block| !block.sources.is_disjoint(&can)) {
            for (spans, part) in crossed(block, self.spans.iter().map(|(_, span)| span)) {
                if !spans.is_empty() {
                    self.sort(part, spans, nodes, &mut found);
                }
            }
        }
        let mut told = BTreeMap::<Key, (Vec<Block>, Vec<Change>)>::new();
        for (spans, blocks) in found {
            let Some((key, changes)) = self.told(&spans) else { continue };
            let (known, causes) = told.entry(key).or_default();
            known.extend(blocks);
            for change in changes {
                let what = change.what;
                change.subjects.into_iter().for_each(|subject| add_subject(causes, what.clone(), subject));
            }
        }
        let whole = |(key, (mut blocks, causes)): (Key, (Vec<Block>, Vec<Change>))| {
            blocks.iter_mut().for_each(|block| block.change = key.change);
            (key, blocks, causes)
        };
        told.into_iter().map(whole).collect()
    }

    /// Divides ways by the edges that are on them.
    fn sort(
        &mut self,
        block: Block,
        spans: BTreeSet<usize>,
        nodes: &Nodes,
        found: &mut BTreeMap<BTreeSet<usize>, Vec<Block>>,
    ) {
        let mut followed = self.followed;
        match by_way(&block, &mut followed, |source, role| self.on_way(source, role, &spans, nodes)) {
            None => found.entry(spans).or_default().push(block),
            Some(parts) => {
                for (spans, part) in parts.into_iter().filter(|(spans, _)| !spans.is_empty()) {
                    found.entry(spans).or_default().push(part);
                }
            }
        }
        self.followed = followed;
    }

    fn on_way(&self, source: u32, role: u32, spans: &BTreeSet<usize>, nodes: &Nodes) -> BTreeSet<usize> {
        let calls = SIDES.into_iter().flat_map(|which| nodes.calls(source, role, which, self.world));
        let calls: Vec<(u32, u32)> = calls.collect();
        let is_on = |number: &&usize| {
            let (of, span) = self.spans.get(**number)?;
            let (_, causes) = self.causes.get(*of)?;
            Some(calls.iter().any(|(caller, role)| causes.is_of(&span.causes, *caller, *role)))
        };
        spans.iter().filter(|number| is_on(number) == Some(true)).copied().collect()
    }

    /// What is told of ways that these edges are on; all of them together are the cause.
    fn told(&self, spans: &BTreeSet<usize>) -> Option<(Key, Vec<Change>)> {
        let (mut how, mut causes, mut changes) = (Compared::Equal, Causes::new(), Vec::new());
        for (of, span) in spans.iter().filter_map(|number| self.spans.get(*number)) {
            let (other, of) = self.causes.get(*of)?;
            how = how.and(*other);
            causes.extend(span.causes.iter().cloned());
            changes.extend(of.changes(&span.causes));
        }
        Some((Key { change: how.change()?, causes, side: Which::New }, changes))
    }
}
