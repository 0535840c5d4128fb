//! What has been read of an organization so far, and which lists were read to their end.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::AccountId;
use crate::snapshot::account::Tag;
use crate::snapshot::organization::{OrganizationAccount, OrganizationFile, OrganizationPolicy, OrganizationalUnit};

/// What has been read of an organization so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) file: OrganizationFile,
    pub(super) units: BTreeMap<String, OrganizationalUnit>,
    pub(super) accounts: BTreeMap<AccountId, OrganizationAccount>,
    pub(super) policies: BTreeMap<String, OrganizationPolicy>,
    pub(super) parents: BTreeMap<String, String>,
    /// Lists that were read to their end, and those of which a page came without the last.
    pub(super) ended: BTreeSet<Call>,
    pub(super) begun: BTreeSet<Call>,
    /// Targets of a policy, page by page.
    pub(super) targets: BTreeMap<String, Vec<String>>,
    /// Policies of a target, by ListPoliciesForTarget.
    pub(super) of_target: BTreeMap<String, Vec<String>>,
    /// ListTagsForResource of accounts.
    pub(super) tags: BTreeMap<AccountId, Vec<Tag>>,
    /// True where a policy came as ListPolicies prints it, and not joined with its content and targets.
    pub(super) bare: bool,
}

/// A list, as far as it is a list of one thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Units,
    Accounts,
    AccountsOf(String),
    /// Of one type; empty where an answer does not tell.
    Policies(String),
    TargetsOf(String),
    PoliciesOf(String),
    TagsOf(String),
}
