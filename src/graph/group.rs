//! Principals who fare alike with a role.
//!
//! Owns: the classes behind an edge that many principals share. A group of users gives its members the same Allow, so that
//! hundreds of classes, one for each combination of groups, can assume the same roles; roles that were rolled out to every
//! account can. An edge stands for all of them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::Estate;

/// Classes of one account, or of roles of several, at least one; equal lists are best shared.
#[derive(Clone, Debug)]
pub struct Group(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    classes: Box<[ClassIx]>,
    members: Box<[PrincipalIx]>,
}

impl Group {
    /// Of these classes, in order.
    pub(super) fn new(estate: &Estate, classes: Vec<ClassIx>) -> Self {
        let mut members: Vec<PrincipalIx> =
            classes.iter().flat_map(|class| estate.class(*class).members()).copied().collect();
        members.sort_unstable();
        Self(Arc::new(Lists { classes: classes.into(), members: members.into() }))
    }

    /// The classes, in order.
    #[must_use]
    pub fn classes(&self) -> &[ClassIx] {
        &self.0.classes
    }

    /// Their members, in order.
    pub(super) fn members(&self) -> &[PrincipalIx] {
        &self.0.members
    }

    /// Its members in accounts before this one, in it, and after it: principals are numbered account by account.
    pub(super) fn split(&self, estate: &Estate, account: AccountIx) -> [&[PrincipalIx]; 3] {
        let of = |member: &PrincipalIx| estate.principal(*member).account();
        let (before, rest) = self.members().split_at(self.members().partition_point(|member| of(member) < account));
        let (own, after) = rest.split_at(rest.partition_point(|member| of(member) == account));
        [before, own, after]
    }
}

/// Which members of a group were visited, where each visit leaves out those of one account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visited(Option<Option<AccountIx>>);

/// What a visit adds to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Everything but what is of this account.
    AllBut(AccountIx),
    /// What is of this account, which the first visit left out.
    Only(AccountIx),
    /// Two visits that leave out different accounts have visited everything.
    Nothing,
}

impl Visited {
    /// A visit that leaves out what is of an account.
    pub fn visit_but(&mut self, account: AccountIx) -> Added {
        match self.0 {
            None => {
                self.0 = Some(Some(account));
                Added::AllBut(account)
            }
            Some(Some(left)) if left != account => {
                self.0 = Some(None);
                Added::Only(left)
            }
            Some(_) => Added::Nothing,
        }
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Group {}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.classes().cmp(other.classes()) }
    }
}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // lists that begin alike and are as long are nearly always equal
        (self.classes().first(), self.classes().len()).hash(state);
    }
}
