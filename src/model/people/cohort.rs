//! Members of a group who fare alike: no policy tells their sessions apart.
//!
//! As principals have classes: a group is decided as a whole until some policy reads what sets its members apart.

use crate::ids::{PeopleGroupIx, PersonIx};

/// Members of a group, at least one, who can sign in and fare alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    pub(in crate::model) group: PeopleGroupIx,
    pub(in crate::model) members: Box<[PersonIx]>,
}

impl Cohort {
    /// The group.
    #[must_use]
    pub fn group(&self) -> PeopleGroupIx {
        self.group
    }

    /// The people, in order.
    #[must_use]
    pub fn members(&self) -> &[PersonIx] {
        &self.members
    }
}
