//! A role that is reserved for Identity Center, seen from the role: who enters it.

use crate::ids::{AssignmentIx, GapIx};

/// What is known of who enters a reserved role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrance {
    pub(in crate::model) entries: Vec<AssignmentIx>,
    pub(in crate::model) unread: Vec<GapIx>,
}

impl Entrance {
    /// The assignments that lead into it, in order of their assignees.
    #[must_use]
    pub fn entries(&self) -> &[AssignmentIx] {
        &self.entries
    }

    /// Why others may enter it as well: what was not read of its assignments.
    #[must_use]
    pub fn unread(&self) -> &[GapIx] {
        &self.unread
    }

    /// True for a role without assignment: what could lead into it was read, and nothing does.
    #[must_use]
    pub fn is_left_over(&self) -> bool {
        self.entries.is_empty() && self.unread.is_empty()
    }
}
