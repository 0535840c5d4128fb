//! A user or role that is not there yet: what somebody makes who may.
//!
//! Owns: what is known of it before it is there. Its policies are those that a question adds (`Added`): it has none beside them, is in no
//! group, and has no tags but those that its maker gives it.

use crate::ids::{AccountIx, PolicyIx};
use crate::model::PrincipalType;

/// A user or role that is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Made<'e> {
    /// Which of the two.
    pub kind: PrincipalType,
    /// Where.
    pub account: AccountIx,
    /// Its ARN, path included.
    pub arn: &'e str,
    /// Its permissions boundary.
    pub boundary: Bound,
    /// Whether its maker gives it tags as it likes; else it has none.
    pub is_tagged: bool,
}

/// What a permissions boundary lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// Everything, or there is none.
    Everything,
    /// What this document allows.
    Document(PolicyIx),
    /// Nobody read it.
    Unread,
}

impl<'e> Made<'e> {
    /// What follows its path.
    pub(super) fn name(&self) -> &'e str {
        self.arn.rsplit('/').next().unwrap_or(self.arn)
    }

    /// The unique id that AWS will give it: no policy speaks of it yet.
    pub(super) fn unique_id(&self) -> &'static str {
        match self.kind {
            PrincipalType::User => "AIDAQ7X2M4K9ZTW3V8N1C",
            PrincipalType::Role => "AROAQ7X2M4K9ZTW3V8N1C",
        }
    }
}
