//! What has been read of an organization so far, and which lists are complete.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::list::List;
use crate::ids::AccountId;
use crate::snapshot::account::Tag;
use crate::snapshot::organization::{OrganizationAccount, OrganizationFile, OrganizationPolicy, OrganizationalUnit};

/// What has been read of an organization so far.
#[derive(Default)]
pub(super) struct Gathered<'a> {
    pub(super) file: OrganizationFile,
    pub(super) units: BTreeMap<String, OrganizationalUnit>,
    pub(super) accounts: BTreeMap<AccountId, OrganizationAccount>,
    pub(super) policies: BTreeMap<String, OrganizationPolicy>,
    pub(super) parents: BTreeMap<String, String>,
    /// Lists that were read to the end, and those of which pages came without the last one.
    pub(super) ended: BTreeSet<Call>,
    pub(super) begun: BTreeSet<Call>,
    /// Targets of a policy, page by page.
    pub(super) targets: BTreeMap<String, List<'a, String>>,
    /// Policies of a target, by ListPoliciesForTarget.
    pub(super) of_target: BTreeMap<String, Vec<String>>,
    /// ListTagsForResource of accounts.
    pub(super) tags: BTreeMap<AccountId, List<'a, Tag>>,
    /// ListDelegatedServicesForAccount, page by page.
    pub(super) delegated_services: BTreeMap<String, Vec<Value>>,
    /// True if a policy came as ListPolicies prints it, not joined with its content and targets.
    pub(super) bare: bool,
}

/// A list, distinguished by what it lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    /// Of the whole tree, as a script joins them.
    Units,
    /// Those directly below a root or an OU.
    UnitsOf(String),
    Accounts,
    AccountsOf(String),
    /// Of one type.
    Policies(String),
    TargetsOf(String),
    /// Of a target, of one type.
    PoliciesOf(String, String),
    TagsOf(String),
    Delegated,
    DelegatedTo(String),
}
