//! A role that is reserved for Identity Center, seen from the role: who enters it.

use crate::ids::{AssignmentIx, GapIx};

/// What is known of who enters a reserved role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrance {
    pub(in crate::model) entries: Vec<Entry>,
    pub(in crate::model) unread: Vec<GapIx>,
}

/// An assignment that leads into a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub assignment: AssignmentIx,
    /// It may lead into another role of the account instead: both are of the permission set's name.
    pub is_ambiguous: bool,
}

impl Entrance {
    /// The assignments that lead into it, in order of their assignees.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
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
