//! Instances of IAM Identity Center and their permission sets.

use crate::ids::{AccountId, GapIx, InstanceIx};

/// An instance: that of the organization, or one of a single account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub(in crate::model) arn: Box<str>,
    pub(in crate::model) identity_store: Box<str>,
    pub(in crate::model) owner: Option<AccountId>,
    pub(in crate::model) region: Option<Box<str>>,
    pub(in crate::model) has_permission_sets: bool,
    /// Whether its assignments were asked for by user and group.
    pub(in crate::model) is_asked_by_principal: bool,
    /// Why it may have users, or groups, that are not listed.
    pub(in crate::model) users_unread: Option<GapIx>,
    pub(in crate::model) groups_unread: Option<GapIx>,
    /// False where no user has a status: whoever listed them did not print it.
    pub(in crate::model) knows_status: bool,
    /// False where the attributes for access control were not read.
    pub(in crate::model) knows_tags: bool,
}

impl Instance {
    /// `arn:aws:sso:::instance/ssoins-…`.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// `d-…`; the ARN of the instance where it is not known.
    #[must_use]
    pub fn identity_store(&self) -> &str {
        if self.identity_store.is_empty() { &self.arn } else { &self.identity_store }
    }

    /// The account that it belongs to, whoever administers it, and its identity store with it.
    #[must_use]
    pub fn owner(&self) -> Option<AccountId> {
        self.owner
    }

    /// Where it was found.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// False for instances of one account, which assign nobody to accounts.
    #[must_use]
    pub fn has_permission_sets(&self) -> bool {
        self.has_permission_sets
    }

    /// Why it may have users that are not listed.
    #[must_use]
    pub fn users_unread(&self) -> Option<GapIx> {
        self.users_unread
    }

    /// Why it may have groups that are not listed.
    #[must_use]
    pub fn groups_unread(&self) -> Option<GapIx> {
        self.groups_unread
    }

    /// True if it is known of its users whether they are disabled. Older AWS CLIs print no status; users without one are taken as enabled.
    #[must_use]
    pub fn knows_status(&self) -> bool {
        self.knows_status
    }

    /// True if it is known which attributes of users become tags of their sessions.
    #[must_use]
    pub fn knows_tags(&self) -> bool {
        self.knows_tags
    }

    /// Whether its assignments were asked for by user and group: those of a user or group that was deleted are unknown then.
    #[must_use]
    pub fn is_asked_by_principal(&self) -> bool {
        self.is_asked_by_principal
    }
}

/// A permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSet {
    pub(in crate::model) instance: InstanceIx,
    pub(in crate::model) arn: Box<str>,
    pub(in crate::model) name: Option<Box<str>>,
    pub(in crate::model) session_duration: Option<Box<str>>,
    pub(in crate::model) assignments_unread: Option<GapIx>,
}

impl PermissionSet {
    /// The instance that it belongs to.
    #[must_use]
    pub fn instance(&self) -> InstanceIx {
        self.instance
    }

    /// `arn:aws:sso:::permissionSet/ssoins-…/ps-…`.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Its name; its ARN for one that only an assignment names.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.arn)
    }

    /// True if it was read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.name.is_some()
    }

    /// ISO 8601: `PT8H`.
    #[must_use]
    pub fn session_duration(&self) -> Option<&str> {
        self.session_duration.as_deref()
    }

    /// Why it may be assigned where no assignment says so.
    #[must_use]
    pub fn assignments_unread(&self) -> Option<GapIx> {
        self.assignments_unread
    }
}
