//! Which user or role of one side is which of the other.
//!
//! Owns: one number for each ARN of either side, in the order of account, kind and name. A user or role that was deleted and made
//! again has one number: that it is another one is for the sections to say. So has a role of Identity Center that has a new suffix.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::reserved::{reserved, without_suffix};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Which {
    Old,
    New,
}

impl Which {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// A user or role of either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: Option<PrincipalIx>,
    pub(super) new: Option<PrincipalIx>,
}

impl Pair {
    pub(super) fn on(self, which: Which) -> Option<PrincipalIx> {
        match which {
            Which::Old => self.old,
            Which::New => self.new,
        }
    }

    /// One that both sides have.
    pub(super) fn ends(self) -> Option<(PrincipalIx, PrincipalIx)> {
        self.old.zip(self.new)
    }
}

/// All users and roles of both sides.
#[derive(Debug)]
pub(super) struct Pairing {
    pairs: Vec<Pair>,
    old: Vec<u32>,
    new: Vec<u32>,
}

impl Pairing {
    /// Both tables are sorted by account, kind and name, so one walk meets all of them.
    pub(super) fn new(old: &Estate, new: &Estate) -> Self {
        let most = (old.principals().len(), new.principals().len());
        let mut pairs = Vec::with_capacity(most.0.max(most.1));
        let (mut left, mut right) = (0, 0);
        loop {
            let at = |estate: &Estate, at: usize| (at < estate.principals().len()).then(|| PrincipalIx::new(at));
            let (one, other) = (at(old, left), at(new, right));
            let pair = match (one, other) {
                (None, None) => break,
                (Some(ix), Some(same)) => match order(old, ix, new, same) {
                    Ordering::Less => Pair { old: one, new: None },
                    Ordering::Greater => Pair { old: None, new: other },
                    Ordering::Equal => Pair { old: one, new: other },
                },
                _ => Pair { old: one, new: other },
            };
            pairs.push(pair);
            left += usize::from(pair.old.is_some());
            right += usize::from(pair.new.is_some());
        }
        join_renewed(&mut pairs, old, new);
        let mut pairing = Self { old: vec![0; most.0], new: vec![0; most.1], pairs };
        for (number, pair) in (0u32..).zip(&pairing.pairs) {
            let places = [(pair.old, &mut pairing.old), (pair.new, &mut pairing.new)];
            for (ix, numbers) in places {
                if let Some(slot) = ix.and_then(|ix| numbers.get_mut(ix.get())) {
                    *slot = number;
                }
            }
        }
        pairing
    }

    /// How many there are on both sides together.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.pairs.len()).unwrap_or(u32::MAX)
    }

    /// Who has this number; nobody for numbers of others.
    pub(super) fn pair(&self, number: u32) -> Pair {
        self.pairs.get(number as usize).copied().unwrap_or_default()
    }

    /// The number of a user or role of a side.
    pub(super) fn number(&self, which: Which, ix: PrincipalIx) -> u32 {
        let numbers = match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        };
        let number = numbers.get(ix.get()).copied();
        number.unwrap_or_else(|| unreachable!("every user and role was numbered"))
    }
}

/// Makes one pair of the roles that an account has had for a permission set: AWS gives a new suffix when the set comes back.
fn join_renewed(pairs: &mut Vec<Pair>, old: &Estate, new: &Estate) {
    let mut of_sets = HashMap::<String, [Vec<PrincipalIx>; 2]>::new();
    for pair in pairs.iter() {
        let alone = match (pair.old, pair.new) {
            (Some(ix), None) => (old, ix, 0),
            (None, Some(ix)) => (new, ix, 1),
            _ => continue,
        };
        let (estate, ix, side) = alone;
        let role = estate.principal(ix);
        if reserved(role.path(), role.name()).is_none() {
            continue;
        }
        if let Some(of_set) = without_suffix(&estate.arn(ix)) {
            let sides = of_sets.entry(of_set.to_owned()).or_default();
            sides.get_mut(side).into_iter().for_each(|roles| roles.push(ix));
        }
    }
    let renewed: HashMap<PrincipalIx, PrincipalIx> = of_sets
        .into_values()
        .filter_map(|sides| match sides.each_ref().map(Vec::as_slice) {
            [[was], [is]] => Some((*was, *is)),
            // which of several became which nobody says
            _ => None,
        })
        .collect();
    if renewed.is_empty() {
        return;
    }
    let joined: HashSet<PrincipalIx> = renewed.values().copied().collect();
    pairs.retain(|pair| pair.old.is_some() || pair.new.is_none_or(|new| !joined.contains(&new)));
    for pair in pairs.iter_mut().filter(|pair| pair.new.is_none()) {
        pair.new = pair.old.and_then(|old| renewed.get(&old).copied());
    }
}

/// By account, kind, name and path: a role of another path is another role.
fn order(old: &Estate, ix: PrincipalIx, new: &Estate, other: PrincipalIx) -> Ordering {
    let (one, two) = (old.principal(ix), new.principal(other));
    let accounts = (old.account(one.account()), new.account(two.account()));
    let by_name = (accounts.0.id(), one.kind(), one.name()).cmp(&(accounts.1.id(), two.kind(), two.name()));
    by_name.then_with(|| (one.path(), accounts.0.partition()).cmp(&(two.path(), accounts.1.partition())))
}
