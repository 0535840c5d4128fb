//! What a caller would have beside its own policies, or without some of them.
//!
//! Owns: which policies are gone then. Does not know who may change them (`escalation`).

use crate::model::{Attached, Origin};

/// What differs from the caller's own policies, where a question is about what it would have then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added<'e> {
    /// None.
    Nothing,
    /// These.
    Policies(&'e [Attached]),
    /// One that allows everything, in place of these: what is left are its other Denies, the boundary and the policies of the
    /// organization.
    Anything(Replaced<'e>),
    /// The same, beside these of a group, which may deny.
    AnythingAmong(&'e [Attached], Replaced<'e>),
    /// None, and its permissions boundary is gone.
    Unbounded,
    /// None, and this one of its own is gone.
    Without(&'e Attached),
    /// None, and those of this group are gone.
    Left(&'e str),
    /// None, and its tags are what somebody gives it: they are open.
    Retagged,
}

/// Which policies of a principal are gone where another is written in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replaced<'e> {
    /// None: it comes in addition.
    Nothing,
    /// This one, wherever it is attached, also as the boundary.
    Policy(&'e Attached),
    /// Inline policies of its own: a policy of the same name takes the place of each.
    Inline,
    /// Inline policies of this group.
    InlineOf(&'e str),
}

impl Added<'_> {
    /// True where a permissions boundary is gone.
    #[must_use]
    pub fn lifts(self, boundary: &Attached) -> bool {
        match self {
            Self::Unbounded => true,
            Self::Anything(replaced) | Self::AnythingAmong(_, replaced) => replaced.takes(boundary),
            Self::Nothing | Self::Policies(_) | Self::Without(_) | Self::Left(_) | Self::Retagged => false,
        }
    }
}

impl Replaced<'_> {
    /// True for a policy that is gone.
    #[must_use]
    pub fn takes(self, attached: &Attached) -> bool {
        match (self, &attached.origin) {
            (Self::Nothing, _) => false,
            (Self::Policy(own), _) => own.is_same_policy(attached),
            (Self::Inline, origin) => *origin == Origin::Inline,
            (Self::InlineOf(group), Origin::GroupInline(name)) => **name == *group,
            (Self::InlineOf(_), _) => false,
        }
    }
}
