//! Users who fare alike with a role.
//!
//! Owns: the classes behind an edge that many users share. A group gives its members the same Allow, so that hundreds of
//! classes, one for each combination of groups, can assume the same roles; an edge stands for all of them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::ids::{ClassIx, PrincipalIx};
use crate::model::Estate;

/// Classes of users of one account, at least one; equal lists are best shared.
#[derive(Clone, Debug)]
pub struct Users(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    classes: Box<[ClassIx]>,
    members: Box<[PrincipalIx]>,
}

impl Users {
    /// Of these classes, in order.
    pub(super) fn new(estate: &Estate, classes: Vec<ClassIx>) -> Self {
        let mut members: Vec<PrincipalIx> =
            classes.iter().flat_map(|class| estate.class(*class).members()).copied().collect();
        members.sort_unstable();
        Self(Arc::new(Lists { classes: classes.into(), members: members.into() }))
    }

    /// The classes, in order.
    pub(super) fn classes(&self) -> &[ClassIx] {
        &self.0.classes
    }

    /// Their members, in order.
    pub(super) fn members(&self) -> &[PrincipalIx] {
        &self.0.members
    }
}

impl PartialEq for Users {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Users {}

impl PartialOrd for Users {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Users {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.classes().cmp(other.classes()) }
    }
}

impl Hash for Users {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // lists that begin alike and are as long are nearly always equal
        (self.classes().first(), self.classes().len()).hash(state);
    }
}
