//! What the actions of a way are done to, and what the caller has then.

use std::sync::Arc;

use crate::eval::{Added, Bound, Replaced};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Attached, Group, PrincipalType};

/// What the actions of a way are done to.
#[derive(Clone, Debug)]
pub struct Target<'e> {
    /// Its ARN.
    pub(super) arn: Arc<str>,
    /// The user or role that it is; `None` for groups, policies and services.
    pub(super) principal: Option<PrincipalIx>,
    /// What the caller has then.
    pub gain: Gain<'e>,
}

/// A user or role that is made.
#[derive(Clone, Copy, Debug)]
pub struct Making<'e> {
    /// Which of the two.
    pub(super) kind: PrincipalType,
    /// Where.
    pub(super) account: AccountIx,
    /// What its permissions boundary lets through.
    pub(super) bound: Bound,
    /// The group whose policies it has; without one it has any policy.
    pub(super) group: Option<&'e Group>,
}

/// What a principal that is made is called.
#[derive(Clone, Debug)]
pub(super) struct New {
    /// Its ARN.
    pub(super) arn: Arc<str>,
    /// ARN of its permissions boundary.
    pub(super) boundary: Option<Box<str>>,
}

impl<'e> Making<'e> {
    /// What it has of policies.
    pub(super) fn added(self) -> Added<'e> {
        self.group.map_or(Added::Anything(Replaced::Nothing), |group| Added::Policies(&group.policies))
    }
}

/// What a way leads to.
#[derive(Clone, Copy, Debug)]
pub enum Gain<'e> {
    /// Sessions of this user or role.
    Is(PrincipalIx),
    /// Sessions of this user or role with any policy, in place of these, within its boundary and the policies of the organization.
    AnyPolicy(PrincipalIx, Replaced<'e>),
    /// Sessions of this user or role, which may be itself, with the policies that it has and without its boundary.
    Unbounded(PrincipalIx),
    /// Its own sessions, with the policies of a group beside its own.
    Joins(PrincipalIx, &'e Group),
    /// Its own sessions with any policy, in place of these, with the policies of a group beside its own.
    JoinsWithAny(PrincipalIx, &'e Group, Replaced<'e>),
    /// Its own sessions, without a policy that held it back.
    Freed(PrincipalIx, &'e Attached),
    /// Its own sessions, without the policies of a group of which some hold it back.
    Leaves(PrincipalIx, &'e Group),
    /// Its own sessions, with other tags.
    Retagged(PrincipalIx),
    /// Sessions of a user or role that is made.
    Makes(Making<'e>),
    /// Sessions in other accounts.
    Organization,
}

impl Gain<'_> {
    /// Whose sessions the caller has; `None` where that is not one of the estate.
    #[must_use]
    pub fn principal(self) -> Option<PrincipalIx> {
        match self {
            Self::Is(ix)
            | Self::AnyPolicy(ix, _)
            | Self::Unbounded(ix)
            | Self::Joins(ix, _)
            | Self::JoinsWithAny(ix, ..)
            | Self::Freed(ix, _)
            | Self::Leaves(ix, _)
            | Self::Retagged(ix) => Some(ix),
            Self::Makes(_) | Self::Organization => None,
        }
    }
}

impl Target<'_> {
    /// ARN of what is changed or passed.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }
}
