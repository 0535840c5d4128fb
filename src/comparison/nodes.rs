//! Numbers for everybody that a way can start at.

use std::collections::HashMap;

use super::pairing::Which;
use super::world::World;
use crate::answer::PrincipalKind;
use crate::graph::Source;

/// Who a way starts at, on either side: users and roles by the number of their ARN, others after them.
#[derive(Debug)]
pub(super) struct Nodes {
    first: u32,
    others: Vec<Source>,
    numbers: HashMap<Source, u32>,
}

impl Nodes {
    pub(super) fn new(world: &World<'_, '_>) -> Self {
        Self { first: world.pairing.len(), others: Vec::new(), numbers: HashMap::new() }
    }

    /// The number of a source of a side that is no group.
    pub(super) fn number(&mut self, source: &Source, which: Which, world: &World<'_, '_>) -> u32 {
        if let Source::Principal(ix) = source {
            return world.pairing.number(which, *ix);
        }
        if let Some(number) = self.numbers.get(source) {
            return *number;
        }
        let number = self.first.saturating_add(u32::try_from(self.others.len()).unwrap_or(u32::MAX));
        self.others.push(source.clone());
        self.numbers.insert(source.clone(), number);
        number
    }

    /// The number of a source that is no user or role, if it has one.
    pub(super) fn known(&self, other: &Source) -> Option<u32> {
        self.numbers.get(other).copied()
    }

    /// The source of a number that is no user or role.
    pub(super) fn other(&self, number: u32) -> Option<&Source> {
        number.checked_sub(self.first).and_then(|at| self.others.get(at as usize))
    }

    /// The source of a number on a side; `None` for a user or role that is not there.
    pub(super) fn source(&self, number: u32, which: Which, world: &World<'_, '_>) -> Option<Source> {
        match self.other(number) {
            Some(other) => Some(other.clone()),
            None => world.pairing.pair(number).on(which).map(Source::Principal),
        }
    }

    /// As it is printed.
    pub(super) fn name(&self, number: u32, world: &World<'_, '_>) -> String {
        match self.other(number) {
            Some(other) => other.name(world.estate(Which::New)),
            None => world.arn(number),
        }
    }

    pub(super) fn kind(&self, number: u32, world: &World<'_, '_>) -> PrincipalKind {
        let of = |which| self.source(number, which, world).map(|source| source.kind(world.estate(which)));
        of(Which::New).or_else(|| of(Which::Old)).unwrap_or(PrincipalKind::Role)
    }
}
