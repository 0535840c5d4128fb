//! Users, groups, roles and policies of an account, as AWS sent them.
//!
//! Owns: the records by ARN. Does not know where they come from.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types as sdk;

use crate::arn::Arn;
use crate::collect::aws::documents::Documents;

/// Everything on the pages, each list by ARN. If a record came twice, the last one is kept.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) users: BTreeMap<String, sdk::UserDetail>,
    pub(crate) groups: BTreeMap<String, sdk::GroupDetail>,
    pub(crate) roles: BTreeMap<String, sdk::RoleDetail>,
    pub(crate) policies: BTreeMap<String, sdk::ManagedPolicyDetail>,
}

/// What ListRoles says about a role and the authorization details do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleSettings {
    pub(crate) description: Option<String>,
    /// Longest session in seconds.
    pub(crate) max_session_duration: Option<i32>,
}

/// Whether a policy is managed by AWS, and so has the same text in every account.
pub(crate) fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|parsed| parsed.account == "aws")
}

impl Details {
    /// ARNs of the managed policies that are attached or used as a boundary.
    pub(crate) fn used_policies(&self) -> BTreeSet<String> {
        let attached = (self.users.values().flat_map(|user| user.attached_managed_policies()))
            .chain(self.groups.values().flat_map(|group| group.attached_managed_policies()))
            .chain(self.roles.values().flat_map(|role| role.attached_managed_policies()))
            .filter_map(|policy| policy.policy_arn());
        let boundaries = (self.users.values().filter_map(|user| user.permissions_boundary()))
            .chain(self.roles.values().filter_map(|role| role.permissions_boundary()))
            .filter_map(|boundary| boundary.permissions_boundary_arn());
        attached.chain(boundaries).filter(|arn| !arn.is_empty()).map(str::to_owned).collect()
    }

    /// Used policies whose text was not on the pages.
    pub(crate) fn missing_policies(&self) -> Vec<String> {
        let has_text = |policy: &sdk::ManagedPolicyDetail| {
            policy
                .policy_version_list()
                .iter()
                .any(|version| version.is_default_version && version.document().is_some())
        };
        let known = |arn: &String| self.policies.get(arn).is_some_and(has_text);
        self.used_policies().into_iter().filter(|arn| !known(arn)).collect()
    }

    /// Decodes every document once.
    pub(crate) fn documents(&self) -> Documents {
        let inline = (self.users.values().flat_map(|user| user.user_policy_list()))
            .chain(self.groups.values().flat_map(|group| group.group_policy_list()))
            .chain(self.roles.values().flat_map(|role| role.role_policy_list()))
            .filter_map(|policy| policy.policy_document());
        let trust = self.roles.values().filter_map(|role| role.assume_role_policy_document());
        let managed = (self.policies.values().flat_map(|policy| policy.policy_version_list()))
            .filter_map(|version| version.document());
        let mut documents = Documents::default();
        inline.chain(trust).chain(managed).for_each(|sent| documents.add(sent));
        documents
    }
}
