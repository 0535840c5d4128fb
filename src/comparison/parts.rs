//! How ways are divided: by the edges that can be on them, and by those that are.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::blocks::Block;
use super::causes::Span;

/// Ways whose paths are followed.
const FOLLOWED: u64 = 512;

/// A block, divided by which of the spans its ways can take, by their place in the list.
pub(super) fn crossed<'s>(
    block: &Block,
    spans: impl Iterator<Item = &'s Span> + Clone,
) -> Vec<(BTreeSet<usize>, Block)> {
    let sources = divided(&block.sources, spans.clone().map(|span| &span.sources));
    let roles = divided(&block.roles, spans.map(|span| &span.roles));
    let mut parts = Vec::with_capacity(sources.len() * roles.len());
    for (of_sources, sources) in &sources {
        for (of_roles, roles) in &roles {
            let both = of_sources.intersection(of_roles).copied().collect();
            parts.push((both, block.part(sources.clone(), roles.clone())));
        }
    }
    parts
}

/// A block, divided by what is said of each way, by source and role; `None` if that would be too many with those followed before.
pub(super) fn by_way<H: Ord>(block: &Block, followed: &mut u64, of: impl Fn(u32, u32) -> H) -> Option<Vec<(H, Block)>> {
    if *followed + block.ways() > FOLLOWED {
        return None;
    }
    *followed += block.ways();
    let mut by_role = BTreeMap::<(H, u32), RoaringBitmap>::new();
    for role in &block.roles {
        for source in &block.sources {
            by_role.entry((of(source, role), role)).or_default().insert(source);
        }
    }
    let parts = together(by_role).into_iter();
    Some(parts.map(|(heading, sources, roles)| (heading, block.part(sources, roles))).collect())
}

/// Principals of single roles: roles with the same principals under the same heading are together again.
fn together<H: PartialEq>(by_role: BTreeMap<(H, u32), RoaringBitmap>) -> Vec<(H, RoaringBitmap, RoaringBitmap)> {
    let mut found = Vec::<(H, RoaringBitmap, RoaringBitmap)>::new();
    for ((heading, role), sources) in by_role {
        match found.iter_mut().find(|(known, of, _)| *known == heading && *of == sources) {
            Some((.., roles)) => {
                roles.insert(role);
            }
            None => found.push((heading, sources, RoaringBitmap::from_iter([role]))),
        }
    }
    found
}

/// A set, divided by which of these sets its members are in.
fn divided<'a>(
    all: &RoaringBitmap,
    sets: impl Iterator<Item = &'a RoaringBitmap>,
) -> Vec<(BTreeSet<usize>, RoaringBitmap)> {
    let mut parts = vec![(BTreeSet::new(), all.clone())];
    for (number, set) in sets.enumerate() {
        let mut next = Vec::with_capacity(parts.len());
        for (of, members) in parts {
            let (inside, outside) = (&members & set, &members - set);
            if !inside.is_empty() {
                let with = of.iter().copied().chain([number]).collect();
                next.push((with, inside));
            }
            if !outside.is_empty() {
                next.push((of, outside));
            }
        }
        parts = next;
    }
    parts
}
