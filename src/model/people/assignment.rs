//! Assignments: who may enter an account with a permission set, and the role that this became.

use crate::ids::{AccountId, GapIx, PeopleGroupIx, PermissionSetIx, PersonIx, PrincipalIx};

/// Whom an assignment or an entitlement is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignee {
    /// A user.
    Person(PersonIx),
    /// Every member of a group.
    Group(PeopleGroupIx),
    /// Who that is, is not known.
    Unknown(UnknownAssignee),
}

/// Somebody of whom only an id is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownAssignee {
    /// As AWS writes it: `USER`, `GROUP`, or something newer than rolehop; empty where nothing says.
    pub kind: Box<str>,
    /// The id in the identity store.
    pub id: Box<str>,
    /// Why it is not known. `None` for the id of a user or group that the identity store does not list: it was deleted, and
    /// nobody signs in by it.
    pub gap: Option<GapIx>,
}

/// Where the people of an assignment come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// In this role.
    Role(PrincipalIx),
    /// In one of several roles of this permission set; which of them, no API tells.
    Ambiguous(Box<[PrincipalIx]>),
    /// The roles of the account were read, and none is of this permission set: it is not provisioned.
    NotProvisioned,
    /// The role may be there: roles of the account, or the name of the permission set, were not read.
    Unread(GapIx),
}

impl Landing {
    /// The roles; several where it is one of them.
    #[must_use]
    pub fn roles(&self) -> &[PrincipalIx] {
        match self {
            Self::Role(role) => std::slice::from_ref(role),
            Self::Ambiguous(roles) => roles,
            Self::NotProvisioned | Self::Unread(_) => &[],
        }
    }
}

/// Who may enter an account with a permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub(in crate::model) account: AccountId,
    pub(in crate::model) set: PermissionSetIx,
    pub(in crate::model) assignee: Assignee,
    pub(in crate::model) landing: Landing,
}

impl Assignment {
    /// The account that is entered; the snapshot may not have it.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The permission set.
    #[must_use]
    pub fn set(&self) -> PermissionSetIx {
        self.set
    }

    /// Who enters.
    #[must_use]
    pub fn assignee(&self) -> &Assignee {
        &self.assignee
    }

    /// Where they come in.
    #[must_use]
    pub fn landing(&self) -> &Landing {
        &self.landing
    }
}

/// Assignments that were not read: of an account or of all, of a permission set or of all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) struct UnreadAssignments {
    pub(in crate::model) account: Option<AccountId>,
    /// The name of the permission set.
    pub(in crate::model) set: Option<Box<str>>,
    pub(in crate::model) gap: GapIx,
}
