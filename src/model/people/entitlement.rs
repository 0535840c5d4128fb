//! Entitlements of the account access manager.

use super::assignment::Assignee;
use crate::ids::{AccountId, GapIx, PrincipalIx};

/// Who may enter a role by the account access manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    pub(in crate::model) application: Box<str>,
    pub(in crate::model) id: Box<str>,
    pub(in crate::model) grant: Grant,
}

/// What an entitlement grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A user or group may enter a role.
    Role {
        /// Who.
        assignee: Assignee,
        /// The ARN of the role.
        arn: Box<str>,
        /// The account of the role.
        account: Option<AccountId>,
        /// The role, where the snapshot has it.
        role: Option<PrincipalIx>,
        /// Why it may be there although the snapshot has none.
        unread: Option<GapIx>,
    },
    /// A kind of entitlement that is newer than rolehop.
    Unknown(GapIx),
}

impl Entitlement {
    /// The ARN of the application that has it.
    #[must_use]
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it grants.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
}
