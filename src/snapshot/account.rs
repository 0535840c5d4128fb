//! The shape of an account file: GetAccountAuthorizationDetails plus the optional data sets.
//!
//! Owns: key names and which of them may be absent. Text is borrowed from the file; policy documents stay raw until
//! their first distinct copy is parsed. The collector writes these shapes, the model reads them.
//! INVARIANT: an absent list is "not collected", an empty one "collected and empty"; `Option` distinguishes the two.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::facet::{AccountFacet, Facet, Facets, Owner};

use super::activity::{AssumeRoleEvents, LastAccessed, Trail};
use super::credential::{AccessKey, Begun, MfaDevice, ServerCertificate, ServiceCredentials, VirtualMfaDevice};

pub use super::activity::RoleLastUsed;
use super::credential_report::RawRow;
pub use super::identity_provider::{OpenIdConnectProvider, SamlProvider};
pub use super::tags::Tag;

/// `accounts/<12 digits>.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccountFile<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user_detail_list: Option<Vec<UserDetail<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub group_detail_list: Option<Vec<GroupDetail<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub role_detail_list: Option<Vec<RoleDetail<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<ManagedPolicy<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    /// As AWS wrote it; [`AccountSummary`](super::account_summary::AccountSummary) reads it.
    pub account_summary: Option<BTreeMap<String, i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    /// As AWS wrote it; [`CredentialReport`](super::credential_report::CredentialReport) reads it.
    pub credential_report: Option<Vec<RawRow>>,
    #[serde(rename = "VirtualMFADevices", borrow, default, skip_serializing_if = "Option::is_none")]
    pub virtual_mfa_devices: Option<Vec<VirtualMfaDevice<'a>>>,
    /// `Some(None)` is the collected `null`: the account has no password policy.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<Option<Box<RawValue>>>,
    #[serde(rename = "OpenIDConnectProviders", default, skip_serializing_if = "Option::is_none")]
    pub open_id_connect_providers: Option<Vec<OpenIdConnectProvider>>,
    #[serde(rename = "SAMLProviders", default, skip_serializing_if = "Option::is_none")]
    pub saml_providers: Option<Vec<SamlProvider>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_aliases: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trails: Option<Vec<Trail>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_keys: Option<Vec<AccessKey>>,
    /// MFA devices of every kind that belong to users; `VirtualMFADevices` also has unassigned ones.
    #[serde(rename = "MFADevices", default, skip_serializing_if = "Option::is_none")]
    pub mfa_devices: Option<Vec<MfaDevice>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_accessed: Option<Vec<LastAccessed>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_certificates: Option<Vec<ServerCertificate>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_credentials: Option<ServiceCredentials>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_events: Option<AssumeRoleEvents>,
    /// Set in output that was cut off after a page; the rest is then missing. Never written.
    #[serde(default, skip_serializing)]
    pub is_truncated: Option<bool>,
    /// As the AWS CLI prints it after `--max-items`; only present if something is missing. Never written.
    #[serde(default, skip_serializing)]
    pub next_token: Option<serde::de::IgnoredAny>,
    /// As the API answers if `IsTruncated` is true. Never written.
    #[serde(default, skip_serializing)]
    pub marker: Option<serde::de::IgnoredAny>,
    /// Set if another key of this object has the shape of a different call. Never written.
    #[serde(
        rename = "SummaryMap",
        alias = "Content",
        alias = "AccessKeyMetadata",
        alias = "ServerCertificateMetadataList",
        alias = "SSHPublicKeys",
        alias = "ServiceSpecificCredentials",
        alias = "OpenIDConnectProviderList",
        alias = "SAMLProviderList",
        alias = "Roles",
        alias = "Users",
        alias = "Groups",
        default,
        skip_serializing
    )]
    pub other_shape: Option<serde::de::IgnoredAny>,
    /// Lists of which an import has a part. Never written.
    #[serde(skip)]
    pub begun: Begun,
}

impl AccountFile<'_> {
    /// Whether a data set was read.
    #[must_use]
    pub fn has(&self, facet: AccountFacet) -> bool {
        let Self {
            user_detail_list,
            group_detail_list,
            role_detail_list,
            policies,
            account_summary,
            credential_report,
            virtual_mfa_devices,
            password_policy,
            open_id_connect_providers,
            saml_providers,
            account_aliases,
            trails,
            access_keys,
            mfa_devices,
            last_accessed,
            server_certificates,
            service_credentials,
            assume_role_events,
            is_truncated: _,
            next_token: _,
            marker: _,
            other_shape: _,
            begun,
        } = self;
        match facet {
            AccountFacet::AuthorizationDetails | AccountFacet::PolicyDocument => {
                user_detail_list.is_some()
                    && group_detail_list.is_some()
                    && role_detail_list.is_some()
                    && policies.is_some()
            }
            // ListRoles returns one for every role
            AccountFacet::RoleSettings => {
                role_detail_list.as_ref().is_some_and(|roles| roles.iter().all(|r| r.max_session_duration.is_some()))
            }
            AccountFacet::AccountSummary => account_summary.is_some(),
            AccountFacet::CredentialReport => credential_report.is_some(),
            AccountFacet::AccessKeys => access_keys.is_some(),
            AccountFacet::MfaDevices => mfa_devices.is_some(),
            AccountFacet::VirtualMfaDevices => virtual_mfa_devices.is_some(),
            AccountFacet::IdentityProviders => open_id_connect_providers.is_some() && saml_providers.is_some(),
            AccountFacet::PasswordPolicy => password_policy.is_some(),
            AccountFacet::AccountAliases => account_aliases.is_some(),
            AccountFacet::LastAccessed => last_accessed.is_some(),
            AccountFacet::ServerCertificates => server_certificates.is_some() && !begun.server_certificates,
            AccountFacet::ServiceCredentials => {
                service_credentials.is_some() && begun.service_credentials_of.is_empty()
            }
            AccountFacet::Trails => trails.is_some(),
            AccountFacet::AssumeRoleEvents => assume_role_events.is_some(),
        }
    }

    /// The data sets that were read.
    #[must_use]
    pub fn facets(&self) -> Facets {
        let of_account = |facet: &Facet| match facet.owner() {
            Owner::Account(facet) => self.has(facet),
            Owner::Organization(_) | Owner::People(_) => false,
        };
        Facet::ALL.iter().copied().filter(of_account).collect()
    }
}

/// A user with its policies and groups.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct UserDetail<'a> {
    #[serde(borrow, default = "root_path")]
    pub path: Cow<'a, str>,
    #[serde(borrow)]
    pub user_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub user_id: Cow<'a, str>,
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user_policy_list: Option<Vec<InlinePolicy<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_list: Option<Vec<String>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<AttachedBoundary<'a>>,
    #[serde(default, deserialize_with = "super::tags::any", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// Why the tags are not known, in a snapshot with changes.
    #[serde(skip)]
    pub unknown_tags: Option<&'a str>,
}

/// A group with its policies.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct GroupDetail<'a> {
    #[serde(borrow, default = "root_path")]
    pub path: Cow<'a, str>,
    #[serde(borrow)]
    pub group_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub group_id: Cow<'a, str>,
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub group_policy_list: Option<Vec<InlinePolicy<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy<'a>>>,
}

/// A role with its trust policy and policies.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct RoleDetail<'a> {
    #[serde(borrow, default = "root_path")]
    pub path: Cow<'a, str>,
    #[serde(borrow)]
    pub role_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub role_id: Cow<'a, str>,
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub assume_role_policy_document: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub instance_profile_list: Option<Vec<InstanceProfile<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub role_policy_list: Option<Vec<InlinePolicy<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<AttachedBoundary<'a>>,
    #[serde(default, deserialize_with = "super::tags::any", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_last_used: Option<RoleLastUsed>,
    /// From ListRoles; GetAccountAuthorizationDetails does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seconds; from ListRoles as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<i32>,
    /// Why the trust policy is not known, in a snapshot with changes.
    #[serde(skip)]
    pub unknown_trust: Option<&'a str>,
    /// Why the tags are not known, in a snapshot with changes.
    #[serde(skip)]
    pub unknown_tags: Option<&'a str>,
}

/// An instance profile; the roles inside it are not read again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct InstanceProfile<'a> {
    #[serde(borrow, default)]
    pub arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub instance_profile_name: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub instance_profile_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
}

/// An inline policy of a principal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct InlinePolicy<'a> {
    #[serde(borrow)]
    pub policy_name: Cow<'a, str>,
    #[serde(borrow)]
    pub policy_document: &'a RawValue,
    /// Why the document is not known, in a snapshot with changes; it is a stand-in then.
    #[serde(skip)]
    pub unknown: Option<&'a str>,
}

/// A managed policy attached to a principal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AttachedPolicy<'a> {
    #[serde(borrow, default)]
    pub policy_name: Cow<'a, str>,
    #[serde(borrow)]
    pub policy_arn: Cow<'a, str>,
}

/// The permissions boundary of a principal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AttachedBoundary<'a> {
    #[serde(borrow, default)]
    pub permissions_boundary_type: Cow<'a, str>,
    #[serde(borrow)]
    pub permissions_boundary_arn: Cow<'a, str>,
}

/// A managed policy with its versions; the default version is in force.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct ManagedPolicy<'a> {
    #[serde(borrow, default)]
    pub policy_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub policy_id: Cow<'a, str>,
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    #[serde(borrow, default = "root_path")]
    pub path: Cow<'a, str>,
    #[serde(borrow, default)]
    pub default_version_id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_usage_count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_attachable: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub update_date: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub policy_version_list: Option<Vec<PolicyVersion<'a>>>,
    /// Why the document is not known, in a snapshot with changes.
    #[serde(skip)]
    pub unknown: Option<&'a str>,
}

/// One version of a managed policy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct PolicyVersion<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub document: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub version_id: Cow<'a, str>,
    #[serde(default)]
    pub is_default_version: bool,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
}

fn root_path<'a>() -> Cow<'a, str> {
    Cow::Borrowed("/")
}

/// A key with the value `null` is `Some(None)`; serde would fold it into `None`.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Box<RawValue>>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(Some(if raw.get() == "null" { None } else { Some(raw) }))
}
