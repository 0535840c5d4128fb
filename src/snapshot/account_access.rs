//! The shape of `account-access.json`: applications of the account access manager and their entitlements.
//!
//! Owns: key names and which of them may be absent. An absent list was not read; an empty one was read and has no entry.
//! INVARIANT: an entitlement of a kind that is not known here stays in the file as AWS wrote it.
//! Source: API reference of the account access manager (`account-access`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::AccountId;

/// `account-access.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountAccessFile {
    /// Every application that was found.
    pub applications: Vec<Application>,
}

/// GetApplication with its entitlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Application {
    #[serde(alias = "applicationArn")]
    pub application_arn: String,
    #[serde(default, alias = "status", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The ARN of the Identity Center instance whose users and groups it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_arn: Option<String>,
    /// The region in which it was found; rolehop's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlements: Option<Vec<Entitlement>>,
}

/// An entry of ListEntitlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Entitlement {
    #[serde(alias = "entitlementId")]
    pub entitlement_id: String,
    /// A union with one member today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_role: Option<PrincipalRole>,
    /// An entitlement of another kind, as AWS wrote it: what it grants is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Value>,
}

/// A user or group that may enter a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct PrincipalRole {
    pub role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Of the identity store; exactly one of the two is present, else who it is for is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
}
