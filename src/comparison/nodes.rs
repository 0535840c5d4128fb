//! Numbers for everybody that a way can start at.

use std::collections::HashMap;

use super::pairing::Which;
use super::world::World;
use crate::answer::PrincipalKind;
use crate::graph::{Source, query};
use crate::model::Estate;

/// Who a way starts at, on either side: users and roles by the number of their ARN, others after them.
#[derive(Debug)]
pub(super) struct Nodes {
    first: u32,
    /// By side, what has the number there.
    others: Vec<[Option<Source>; 2]>,
    numbers: HashMap<Key, u32>,
}

/// What makes a source of two sides the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Same(Source),
    /// A user or group of an identity store, by its id: indexes of people are those of one side.
    OfStore(String, String),
}

fn key(source: &Source, estate: &Estate) -> Key {
    let of_store = |instance, id: &str| {
        let people = estate.people()?;
        Some(Key::OfStore(people.instance(instance).identity_store().to_owned(), id.to_owned()))
    };
    let found = match (source, estate.people()) {
        (Source::Person(ix), Some(people)) => of_store(people.person(*ix).instance(), people.person(*ix).id()),
        (Source::PeopleGroup(ix), Some(people)) => of_store(people.group(*ix).instance(), people.group(*ix).id()),
        _ => None,
    };
    found.unwrap_or_else(|| Key::Same(source.clone()))
}

fn side(which: Which) -> usize {
    match which {
        Which::Old => 0,
        Which::New => 1,
    }
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
        let key = key(source, world.estate(which));
        if let Some(number) = self.numbers.get(&key).copied() {
            if let Some(slot) = self.slot(number, which) {
                slot.get_or_insert_with(|| source.clone());
            }
            return number;
        }
        let number = self.first.saturating_add(u32::try_from(self.others.len()).unwrap_or(u32::MAX));
        self.others.push([None, None]);
        if let Some(slot) = self.slot(number, which) {
            *slot = Some(source.clone());
        }
        self.numbers.insert(key, number);
        number
    }

    fn slot(&mut self, number: u32, which: Which) -> Option<&mut Option<Source>> {
        let at = number.checked_sub(self.first)?;
        self.others.get_mut(at as usize)?.get_mut(side(which))
    }

    /// The number of a source that is no user or role, if it has one.
    pub(super) fn known(&self, other: &Source, which: Which, world: &World<'_, '_>) -> Option<u32> {
        self.numbers.get(&key(other, world.estate(which))).copied()
    }

    /// The source of a number that is no user or role.
    pub(super) fn other(&self, number: u32) -> Option<&Source> {
        let both = number.checked_sub(self.first).and_then(|at| self.others.get(at as usize))?;
        let [old, new] = both;
        new.as_ref().or(old.as_ref())
    }

    /// The source of a number on a side; `None` for a user or role that is not there.
    pub(super) fn source(&self, number: u32, which: Which, world: &World<'_, '_>) -> Option<Source> {
        let both = number.checked_sub(self.first).and_then(|at| self.others.get(at as usize));
        match both {
            Some(both) => {
                let own = both.get(side(which)).cloned().flatten();
                // what is no person is the same on both sides
                own.or_else(|| self.other(number).filter(|other| !other.is_of_people()).cloned())
            }
            None => world.pairing.pair(number).on(which).map(Source::Principal),
        }
    }

    /// The hops of the best path of a side: who calls, and which role, as numbers.
    pub(super) fn calls(&self, source: u32, role: u32, which: Which, world: &World<'_, '_>) -> Vec<(u32, u32)> {
        let ends = self.source(source, which, world).zip(world.pairing.pair(role).on(which));
        let hops = ends.map(|(from, to)| query::hops(world.graph(which), &from, to)).unwrap_or_default();
        let numbered = hops.iter().filter_map(|hop| {
            let caller = match &hop.from {
                Source::Principal(ix) => world.pairing.number(which, *ix),
                other => self.known(other, which, world)?,
            };
            Some((caller, world.pairing.number(which, hop.edge.to)))
        });
        numbered.collect()
    }

    /// As it is printed.
    pub(super) fn name(&self, number: u32, world: &World<'_, '_>) -> String {
        let of = |which| self.source(number, which, world).map(|source| source.name(world.estate(which)));
        match self.other(number) {
            Some(_) => of(Which::New).or_else(|| of(Which::Old)).unwrap_or_default(),
            None => world.arn(number),
        }
    }

    pub(super) fn kind(&self, number: u32, world: &World<'_, '_>) -> PrincipalKind {
        let of = |which| self.source(number, which, world).map(|source| source.kind(world.estate(which)));
        of(Which::New).or_else(|| of(Which::Old)).unwrap_or(PrincipalKind::Role)
    }
}
