//! The shape of `identity-center.json`: what IAM Identity Center and its identity store list.
//!
//! Owns: key names and which of them may be absent. An absent list was not read; an empty one was read and has no entry. Does
//! not know which role a permission set became (`model::people`).
//! Source: API references of IAM Identity Center (`sso-admin`) and of the identity store (`identitystore`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::AccountId;

/// `identity-center.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityCenterFile {
    /// Every instance that was found. Accounts have one of their own at most, the organization has one.
    pub instances: Vec<Instance>,
    /// The regions that were asked for instances; empty if that is not known. Rolehop's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions_asked: Vec<String>,
}

/// An entry of ListInstances with what was read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Instance {
    pub instance_arn: String,
    #[serde(default)]
    pub identity_store_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_account_id: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `CREATE_IN_PROGRESS`, `DELETE_IN_PROGRESS`, `ACTIVE`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The region in which it was found; rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// False for an instance of one account, which has no permission sets. Rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_sets_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_sets: Option<Vec<PermissionSet>>,
    /// ListAccountAssignments, or ListAccountAssignmentsForPrincipal of every user and group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_assignments: Option<Vec<AccountAssignment>>,
    /// How they were asked for; absent where that is not known. Rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignments_by: Option<AskedBy>,
    /// Where assignments could not be asked for: what is assigned there is unknown. Rolehop's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_assignments: Vec<UnreadAssignments>,
    /// ListPermissionSetsProvisionedToAccount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioned: Option<Vec<Provisioned>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<User>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Group>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_memberships: Option<Vec<GroupMembership>>,
    /// Groups whose members could not be listed. Rolehop's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_groups: Vec<UnreadGroup>,
    /// DescribeInstanceAccessControlAttributeConfiguration; an empty list where nothing is mapped, or there is no such configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control_attributes: Option<Vec<AccessControlAttribute>>,
    /// Whether there is such a configuration: with one that maps nothing, an identity provider may still send attributes. Rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control_enabled: Option<bool>,
}

impl Instance {
    /// Whether it is the organization's, as far as its owner tells: that is the management account, and members may have an instance
    /// of their own.
    pub(crate) fn may_be_of(&self, management: Option<AccountId>) -> bool {
        self.owner_account_id.is_none() || management.is_none() || self.owner_account_id == management
    }
}

/// DescribePermissionSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct PermissionSet {
    pub permission_set_arn: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// ISO 8601: `PT8H`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_duration: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub created_date: Option<String>,
}

/// Who may enter an account with a permission set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccountAssignment {
    pub account_id: AccountId,
    pub permission_set_arn: String,
    /// `USER` or `GROUP`; anything else is kept and unknown.
    pub principal_type: String,
    pub principal_id: String,
}

/// The two ways to ask for assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskedBy {
    /// ListAccountAssignments of each account and permission set.
    Account,
    /// ListAccountAssignmentsForPrincipal of each user and group: those of a user or group that was deleted are not among them.
    Principal,
}

/// A call for assignments that failed, with all that it would have covered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnreadAssignments {
    /// The account that was asked for; `None` if the call was for a principal. If all three are `None`, it is not known what was
    /// asked for: any assignment may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The permission set that was asked for; `None` where every one of the account is unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_set_arn: Option<String>,
    /// The user or group that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// Why.
    pub reason: String,
}

/// The permission sets that an account has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Provisioned {
    pub account_id: AccountId,
    /// ARNs.
    pub permission_sets: Vec<String>,
}

/// ListUsers of the identity store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct User {
    pub user_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<Email>>,
    /// `ENABLED` or `DISABLED`; older answers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ids: Option<Vec<ExternalId>>,
    /// The attributes that session tags may come from, each a path as in `${path:enterprise.costCenter}` and its value.
    /// Only those that the identity store gives without further calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<String>,
    /// Further attributes by extension: `aws:identitystore:enterprise` has `costCenter`, `department`, `division`,
    /// `employeeNumber`, `organization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, Value>>,
}

/// The parts of a person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Name {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
}

/// An address of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Email {
    #[serde(default)]
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// Where a user or group comes from: SCIM or Active Directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct ExternalId {
    #[serde(default)]
    pub issuer: String,
    #[serde(default)]
    pub id: String,
}

/// ListGroups of the identity store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Group {
    pub group_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ids: Option<Vec<ExternalId>>,
}

/// ListGroupMemberships. Groups have users as members, never groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct GroupMembership {
    pub group_id: String,
    pub member_id: MemberId,
}

/// A union with one member today.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct MemberId {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// A group whose members are unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct UnreadGroup {
    pub group_id: String,
    /// Why.
    pub reason: String,
}

/// A session tag and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccessControlAttribute {
    /// The key of the tag.
    pub key: String,
    pub value: AccessControlAttributeValue,
}

/// The attributes of the identity source, in order: `${path:userName}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccessControlAttributeValue {
    #[serde(default)]
    pub source: Vec<String>,
}
