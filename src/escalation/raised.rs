//! Who is changed, or taken over, and enters roles then.
//!
//! Owns: how they are found for one role: users who are taken over as they are enter the roles that they could enter before, and are
//! asked about no others.

use std::collections::{BTreeMap, BTreeSet};

use super::table::WayIx;
use crate::eval::Truth;
use crate::ids::{ClassIx, PrincipalIx};

/// Who goes a way, for itself or for all of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Climber {
    /// Who is asked about.
    pub by: PrincipalIx,
    /// Its class, where all others of it fare alike.
    pub alike: Option<ClassIx>,
}

/// Who may let itself into roles of other accounts.
#[derive(Debug)]
pub struct Opener {
    /// Who, for itself or for all of its class.
    pub climber: Climber,
    /// Which way.
    pub way: WayIx,
    /// Whether its policies allow the actions, where they tell no role from another.
    pub of_any: Option<Truth>,
}

/// Somebody who may change somebody, or become a user: where it is in its list of attempts (`attempts_on`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Who goes the way.
    pub climber: Climber,
    /// Which way.
    pub way: WayIx,
    /// Whose sessions it has then.
    pub through: PrincipalIx,
    /// Which of several attempts.
    pub nth: u16,
    /// Whether it succeeds, whatever the caller signs with.
    pub truth: Truth,
    /// Whether whoever enters roles then may change the trust policy of some: of their policies one speaks of it, or they have more then.
    pub may_change_trust: bool,
}

/// All such of one account.
#[derive(Debug, Default)]
pub struct RaisedIn {
    all: Vec<Raised>,
    /// By class, places of the users who are taken over as they are.
    users: BTreeMap<ClassIx, Vec<usize>>,
    /// Places of those of them who may change trust policies, one of each class for each who goes the way.
    changers: BTreeMap<(PrincipalIx, ClassIx), usize>,
    /// Places of the others.
    others: Vec<usize>,
    /// Who surely gives whom any policy and has its sessions then, and whether inline ones are replaced.
    surely_changed: BTreeSet<(PrincipalIx, PrincipalIx, bool)>,
}

impl RaisedIn {
    /// Adds one; `user` is the class of a user who is taken over as it is.
    pub(super) fn add(&mut self, raised: Raised, user: Option<ClassIx>) {
        match user {
            Some(class) => {
                if raised.may_change_trust {
                    self.changers.entry((raised.climber.by, class)).or_insert(self.all.len());
                }
                self.users.entry(class).or_default().push(self.all.len());
            }
            None => self.others.push(self.all.len()),
        }
        self.all.push(raised);
    }

    /// Notes that somebody surely gives another any policy, perhaps in place of inline ones, and has its sessions then.
    pub(super) fn add_surely_changed(&mut self, by: PrincipalIx, whom: PrincipalIx, replaces_inline: bool) {
        self.surely_changed.insert((by, whom, replaces_inline));
    }

    /// Whether somebody is known to do that, or more.
    pub(super) fn is_surely_changed(&self, by: PrincipalIx, whom: PrincipalIx, replaces_inline: bool) -> bool {
        let knows = |replaces| self.surely_changed.contains(&(by, whom, replaces));
        knows(true) || !replaces_inline && knows(false)
    }

    /// True where somebody takes over a user as it is.
    #[must_use]
    pub fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// Those who may take over a user of a class as it is, in order.
    pub fn taking_over(&self, class: ClassIx) -> impl Iterator<Item = &Raised> {
        self.users.get(&class).into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// Those who change themselves, in order.
    pub fn changing_themselves(&self) -> impl Iterator<Item = &Raised> {
        let others = self.others.iter().filter_map(|place| self.all.get(*place));
        others.filter(|raised| raised.through == raised.climber.by && raised.way.way().retags().is_none())
    }

    /// Those who may enter a role then, in order: of the users who are taken over as they are, these classes, and in the role's own account
    /// those who may change its trust policy.
    #[must_use]
    pub fn of(&self, classes: &BTreeSet<ClassIx>, is_own: bool) -> Vec<&Raised> {
        let users = classes.iter().filter_map(|class| self.users.get(class)).flatten();
        let changers = is_own.then_some(&self.changers).into_iter().flat_map(BTreeMap::values);
        let mut places: Vec<usize> = users.chain(changers).chain(&self.others).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.all.get(place)).collect()
    }
}
