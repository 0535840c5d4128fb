//! The causes of changed edges, and which ways each cause can have made.
//!
//! Owns: from edges to causes. Callers of one class that are in the same groups, and were so before, share every input on their side:
//! one of them stands for all.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::blocks::Side;
use super::collector::{Collector, Told};
use super::edges::ChangedEdge;
use super::nodes::Nodes;
use super::pairing::Which;
use super::world::World;
use crate::difference::{Change, ChangeKind, What};
use crate::graph::Reach;
use crate::ids::{ClassIx, PrincipalIx};

/// What changed, whatever has it: what makes causes one.
pub(super) type Causes = BTreeSet<What>;

/// A cause, with the edges that it changed.
#[derive(Debug, Default)]
pub(super) struct Cause {
    told: Collector,
    edges: Vec<(RoaringBitmap, u32)>,
}

impl Cause {
    fn has(&self, caller: u32, role: u32) -> bool {
        self.edges.iter().any(|(callers, to)| *to == role && callers.contains(caller))
    }
}

/// Causes of edges that give more on a side.
#[derive(Debug, Default)]
pub(super) struct CausesOfSide {
    pub(super) causes: BTreeMap<Causes, Cause>,
}

/// Which ways a cause can have made: all from these nodes to these roles.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) causes: Causes,
    pub(super) sources: RoaringBitmap,
    pub(super) roles: RoaringBitmap,
}

/// What callers share, where one stands for all.
type SharedBy = (Option<(ClassIx, ClassIx)>, Vec<What>, Option<u32>);

impl CausesOfSide {
    /// The edges are as they are on a side.
    pub(super) fn new(edges: &[ChangedEdge], which: Which, nodes: &Nodes, world: &World<'_, '_>) -> Self {
        let mut found = Self::default();
        for edge in edges {
            let mut alike = BTreeMap::<SharedBy, RoaringBitmap>::new();
            for caller in &edge.callers {
                alike.entry(shared(caller, world)).or_default().insert(caller);
            }
            for ((_, groups, _), callers) in alike {
                let Some(one) = callers.min() else { continue };
                let told = match &edge.escalation {
                    Some(escalation) => world.causes_of_escalation(one, escalation, which, nodes),
                    None => world.causes_of_hop(one, edge.role, which, nodes),
                };
                found.add(told, &groups, callers, edge.role, world);
            }
        }
        found
    }

    fn add(&mut self, told: Told, groups: &[What], callers: RoaringBitmap, role: u32, world: &World<'_, '_>) {
        let told: BTreeSet<(What, String)> =
            told.into_iter().map(|(what, subject)| (of_membership(what, groups), subject)).collect();
        let causes: Causes = told.iter().map(|(what, _)| what.clone()).collect();
        let cause = self.causes.entry(causes).or_default();
        for (what, subject) in told {
            // what is said of the one caller is true of all of them
            let is_of_caller = callers.min().is_some_and(|one| world.arn(one) == subject) && is_own(&what);
            if is_of_caller {
                callers.iter().for_each(|caller| cause.told.add(what.clone(), world.arn(caller)));
            } else {
                cause.told.add(what, subject);
            }
        }
        cause.edges.push((callers, role));
    }

    /// Which ways each cause can have made: whoever reaches a caller of its edges, to whatever the roles of its edges reach.
    pub(super) fn spans(&self, which: Which, side: &Side, nodes: &mut Nodes, world: &World<'_, '_>) -> Vec<Span> {
        let mut spans = Vec::new();
        for (causes, cause) in &self.causes {
            let mut sources = RoaringBitmap::new();
            let mut roles = RoaringBitmap::new();
            for (callers, role) in &cause.edges {
                sources |= callers;
                roles.extend(side.targets.contains(*role).then_some(*role));
                roles |= side.reached(*role);
            }
            sources |= behind(&sources, which, nodes, world);
            spans.push(Span { causes: causes.clone(), sources, roles });
        }
        spans
    }

    /// The causes with everything that has them.
    pub(super) fn changes(&self, causes: &Causes) -> Vec<Change> {
        self.causes.get(causes).map(|cause| cause.told.clone().changes()).unwrap_or_default()
    }

    /// True where these causes changed the hop.
    pub(super) fn is_of(&self, causes: &Causes, caller: u32, role: u32) -> bool {
        self.causes.get(causes).is_some_and(|cause| cause.has(caller, role))
    }

    /// The causes of a hop, if it changed.
    pub(super) fn of_hop(&self, caller: u32, role: u32) -> Option<&Causes> {
        self.causes.iter().find(|(_, cause)| cause.has(caller, role)).map(|(causes, _)| causes)
    }
}

/// A policy of a group is new to a user who joined the group: that is what happened.
pub(super) fn of_membership(what: What, groups: &[What]) -> What {
    let kind = match what.kind {
        ChangeKind::PolicyAttached => ChangeKind::GroupJoined,
        ChangeKind::PolicyDetached => ChangeKind::GroupLeft,
        _ => return what,
    };
    let names = |group: &&What| {
        let name = &group.policy;
        let forms = [format!(" (of group {name})"), format!(" (inline in group {name})")];
        group.kind == kind && forms.iter().any(|form| what.policy.ends_with(form))
    };
    groups.iter().find(names).cloned().unwrap_or(what)
}

/// True for what is the caller's own: its policies, groups, sign-in.
fn is_own(what: &What) -> bool {
    use crate::answer::Layer;
    matches!(what.layer, Some(Layer::Identity | Layer::Boundary))
        || matches!(what.kind, ChangeKind::GroupJoined | ChangeKind::GroupLeft)
}

fn shared(caller: u32, world: &World<'_, '_>) -> SharedBy {
    match (world.principal(Which::Old, caller), world.principal(Which::New, caller)) {
        (Some(old), Some(new)) if world.is_otherwise_the_same(caller) => {
            (Some((old.class(), new.class())), world.changes_of_groups(caller), None)
        }
        (Some(old), Some(new)) => (Some((old.class(), new.class())), world.changes_of_groups(caller), Some(caller)),
        _ => (None, Vec::new(), Some(caller)),
    }
}

/// Whoever reaches one of these on a side.
fn behind(callers: &RoaringBitmap, which: Which, nodes: &mut Nodes, world: &World<'_, '_>) -> RoaringBitmap {
    let estate = world.estate(which);
    let there = callers.iter().filter_map(|caller| world.pairing.pair(caller).on(which));
    let roles: BTreeSet<PrincipalIx> = there.filter(|ix| estate.principal(*ix).role().is_some()).collect();
    if roles.is_empty() {
        return RoaringBitmap::new();
    }
    let reach = Reach::new(world.graph(which), roles);
    reach.sources().iter().map(|source| nodes.number(source, which, world)).collect()
}
