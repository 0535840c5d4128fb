//! What the actions of a way are done to, and what the caller has then.

use std::sync::Arc;

use crate::eval::Replaced;
use crate::ids::PrincipalIx;
use crate::model::{Attached, Group};

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
            | Self::Freed(ix, _) => Some(ix),
            Self::Organization => None,
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
