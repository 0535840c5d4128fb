//! One target on both sides: who reaches it no more, who does now, and why.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::attribution::{Attribution, Key};
use super::blocks::{self, Block, Side};
use super::edges::Comparer;
use super::nodes::Nodes;
use super::pairing::Which;
use super::there::There;
use super::values::Values;
use super::world::World;
use crate::answer::PrincipalKind;
use crate::difference::{Change, ChangeKind, Example, Gaps, PathChange, TargetDifference, WayChange, WayGroup};
use crate::graph::SelectError;
use crate::graph::query::{self, Limits, Targets, WhoCan};

/// Changes of which a path is shown: others are as many as there are causes.
const EXAMPLES: usize = 100;

impl<'e> World<'_, 'e> {
    /// Who reaches a target on each side.
    ///
    /// # Errors
    /// Where the target is ambiguous on a side, or neither side has it.
    pub fn target(&self, target: &str, targets: &Targets) -> Result<TargetDifference, SelectError> {
        let ask = |which| WhoCan::new(self.graph(which), target, targets, &Limits::default());
        let (mut old, mut new) = match (ask(Which::Old), ask(Which::New)) {
            (Err(_), Err(error)) => return Err(error),
            (old, new) => (There::of(old)?, There::of(new)?),
        };
        old.gaps.extend(self.lost_organization(Which::Old));
        new.gaps.extend(self.lost_organization(Which::New));
        let mut nodes = Nodes::new(self);
        let before = Side::new(&old, Which::Old, &mut nodes, self);
        let after = Side::new(&new, Which::New, &mut nodes, self);
        let blocks::Ways { changed, alike, counts: mut ways } = blocks::compared(&before, &after);
        let mut changes = Vec::new();
        if !changed.is_empty() || !alike.is_empty() {
            let edges = Comparer::new(self).changed(old.found.as_ref(), new.found.as_ref(), &mut nodes);
            let mut attribution = Attribution::new(self, &edges, (&before, &after), &mut nodes);
            let mut values = Values::new(self, &edges, (&before, &after), &mut nodes);
            let mut found = attribution.of(changed, &nodes);
            // a way over an account that one side did not read is not lost, nor new
            let unread = |key: &Key| key.causes.iter().any(|what| what.kind == ChangeKind::NotRead);
            for (key, blocks) in found.extract_if(.., |key, _| unread(key)) {
                ways.set_unknown(key.change, blocks.iter().map(Block::ways).sum());
            }
            let values = values.of(&alike, &nodes);
            for (key, blocks, _) in &values {
                ways.set_changed(key.change, blocks.iter().map(Block::ways).sum());
            }
            let told = |(key, blocks)| {
                let causes = attribution.changes(&key);
                (key, blocks, causes)
            };
            changes = self.shown(found.into_iter().map(told).chain(values).collect(), &nodes);
        }
        // of a target that is not among what was read it is not known which roles it has
        let roles = |there: &There<'_, '_>| match &there.found {
            Some(found) => Some(found.roles().count()),
            None => (!there.gaps.is_empty()).then_some(0),
        };
        let (old_roles, new_roles) = (roles(&old), roles(&new));
        let gaps = Gaps { old: old.gaps, new: new.gaps };
        Ok(TargetDifference {
            target: query::shown_target(self.graph(Which::New).estate(), target, targets),
            comparable: gaps.is_empty() && ways.unknown == 0,
            old_roles,
            new_roles,
            ways,
            changes,
            gaps,
        })
    }

    fn shown(&self, mut changes: Vec<(Key, Vec<Block>, Vec<Change>)>, nodes: &Nodes) -> Vec<PathChange> {
        let ways = |blocks: &[Block]| blocks.iter().map(Block::ways).sum::<u64>();
        changes.sort_by_key(|(key, blocks, _)| (key.change, Reverse(ways(blocks))));
        let change = |(at, (key, blocks, causes)): (usize, (Key, Vec<Block>, Vec<Change>))| {
            let sources = blocks.iter().fold(roaring::RoaringBitmap::new(), |all, block| all | &block.sources);
            let roles = blocks.iter().fold(roaring::RoaringBitmap::new(), |all, block| all | &block.roles);
            PathChange {
                change: key.change,
                causes,
                principals: sources.len() as usize,
                roles: roles.len() as usize,
                ways: ways(&blocks),
                example: if at < EXAMPLES { self.example(&key, &blocks, nodes) } else { None },
                groups: self.groups(&blocks, nodes),
            }
        };
        changes.into_iter().enumerate().map(change).collect()
    }

    fn groups(&self, blocks: &[Block], nodes: &Nodes) -> Vec<WayGroup> {
        let mut groups = Vec::new();
        for block in blocks {
            let mut kinds = std::collections::BTreeMap::<PrincipalKind, BTreeSet<String>>::new();
            for source in &block.sources {
                kinds.entry(nodes.kind(source, self)).or_default().insert(nodes.name(source, self));
            }
            let roles: BTreeSet<String> = block.roles.iter().map(|role| self.arn(role)).collect();
            groups.extend(kinds.into_iter().map(|(kind, principals)| WayGroup {
                kind,
                principals: principals.into_iter().collect(),
                roles: roles.iter().cloned().collect(),
                old: block.old.clone(),
                new: block.new.clone(),
            }));
        }
        let order = |group: &WayGroup| (group.kind, group.principals.clone(), group.roles.clone());
        groups.sort_by_cached_key(order);
        groups
    }

    /// A path of the first pair, on the side that has it.
    fn example(&self, key: &Key, blocks: &[Block], nodes: &Nodes) -> Option<Example> {
        let which = if key.change == WayChange::Lost { Which::Old } else { Which::New };
        let block = blocks.first()?;
        let from = nodes.source(block.sources.min()?, which, self)?;
        let to = self.pairing.pair(block.roles.min()?).on(which)?;
        let estate = self.estate(which);
        let hops = query::hops(self.graph(which), &from, to);
        let roles = hops.iter().map(|hop| estate.arn(hop.edge.to));
        let path: Vec<String> = std::iter::once(from.name(estate)).chain(roles).collect();
        let kinds = hops.iter().map(|hop| hop.edge.kind.as_str().to_owned());
        let escalates = hops.iter().any(|hop| hop.edge.kind.is_escalation());
        let kinds: Vec<String> = if escalates { kinds.collect() } else { Vec::new() };
        Some(Example { is_old: which == Which::Old, path, kinds })
    }
}
