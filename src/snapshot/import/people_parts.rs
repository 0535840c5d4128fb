//! What has been read of people so far, call by call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::people_names::Named;
use crate::ids::AccountId;
use crate::snapshot::account_access::{Application, Entitlement};
use crate::snapshot::identity_center::{
    AccessControlAttribute, AccountAssignment, Group, GroupMembership, Instance, PermissionSet, User,
};

/// What the files have of one instance, or of the only one.
#[derive(Default)]
pub(super) struct Parts {
    /// The instance as ListInstances or a file of our own has it.
    pub(super) instance: Option<Instance>,
    /// ListPermissionSets.
    pub(super) listed: Option<BTreeSet<String>>,
    pub(super) sets: BTreeMap<String, PermissionSet>,
    pub(super) sets_of: BTreeMap<AccountId, BTreeSet<String>>,
    pub(super) accounts_of: BTreeMap<String, BTreeSet<AccountId>>,
    pub(super) assignments: Option<BTreeSet<AccountAssignment>>,
    pub(super) pairs: BTreeSet<(AccountId, String)>,
    pub(super) principals: BTreeSet<String>,
    pub(super) users: Option<BTreeMap<String, User>>,
    pub(super) groups: Option<BTreeMap<String, Group>>,
    pub(super) memberships: Option<BTreeSet<GroupMembership>>,
    pub(super) groups_asked: BTreeSet<String>,
    pub(super) attributes: Option<Vec<AccessControlAttribute>>,
}

/// Everything that was read, by the id of the instance; the empty id is of whichever there is.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) parts: BTreeMap<String, Parts>,
    /// The identity store of each file whose answer names one, before its instance is known.
    pub(super) stores: BTreeMap<String, Parts>,
    /// Lists of which pages came, and those of which the last came.
    pub(super) begun: BTreeMap<String, PathBuf>,
    pub(super) ended: BTreeSet<String>,
    pub(super) applications: Option<BTreeMap<String, Application>>,
    /// What files have of an application that only their name tells, which is settled once all are known.
    pub(super) of_applications: Vec<(PathBuf, Named, OfApplication)>,
    /// The accounts of the organization, if they are known.
    pub(super) accounts: Option<BTreeSet<AccountId>>,
    /// The management account, if it is known.
    pub(super) management: Option<AccountId>,
}

/// What a file has of an application.
pub(super) enum OfApplication {
    /// GetApplication: the ARN of its instance.
    Instance(Option<String>),
    /// ListEntitlements.
    Entitlements(Vec<Entitlement>),
}

/// `ps-0123456789abcdef` of an ARN.
pub(super) fn set_id(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}
