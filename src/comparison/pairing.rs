//! Which user or role of one side is which of the other.
//!
//! Owns: one number for each ARN of either side, in the order of account, kind and name. A user or role that was deleted and made
//! again has one number: that it is another one is for the sections to say.

use std::cmp::Ordering;

use crate::ids::PrincipalIx;
use crate::model::Estate;

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
        let (most, least) = (old.principals().len(), new.principals().len());
        let mut pairing = Self {
            pairs: Vec::with_capacity(most.max(least)),
            old: Vec::with_capacity(most),
            new: Vec::with_capacity(least),
        };
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
            pairing.push(pair);
            left += usize::from(pair.old.is_some());
            right += usize::from(pair.new.is_some());
        }
        pairing
    }

    fn push(&mut self, pair: Pair) {
        let number = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        self.old.extend(pair.old.map(|_| number));
        self.new.extend(pair.new.map(|_| number));
        self.pairs.push(pair);
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

/// By account, kind, name and path: a role of another path is another role.
fn order(old: &Estate, ix: PrincipalIx, new: &Estate, other: PrincipalIx) -> Ordering {
    let (one, two) = (old.principal(ix), new.principal(other));
    let accounts = (old.account(one.account()), new.account(two.account()));
    let by_name = (accounts.0.id(), one.kind(), one.name()).cmp(&(accounts.1.id(), two.kind(), two.name()));
    by_name.then_with(|| (one.path(), accounts.0.partition()).cmp(&(two.path(), accounts.1.partition())))
}
