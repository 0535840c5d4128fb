//! The members of IAM's answers, in the order of its API model.
//!
//! Owns: names and kinds only. A key of the snapshot that is not named here is not part of AWS's answer and is omitted.

/// How a member is serialized.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text, number or flag.
    Plain,
    /// ISO 8601.
    Time,
    /// A policy document, percent-encoded.
    Document,
    /// `<member>` elements; omitted if there is no list.
    List(&'static Kind),
    /// `<member>` elements of a list that AWS always sends.
    Always(&'static Kind),
    /// An object with members of its own.
    Object(Shape),
}

/// Members with their kinds.
pub(crate) type Shape = &'static [(&'static str, Kind)];

use Kind::{Always, Document, List, Object, Plain, Time};

const TAG: Shape = &[("Key", Plain), ("Value", Plain)];
pub(crate) const TAGS: Kind = List(&Object(TAG));

const INLINE: Shape = &[("PolicyName", Plain), ("PolicyDocument", Document)];
const ATTACHED: Shape = &[("PolicyName", Plain), ("PolicyArn", Plain)];
const BOUNDARY: Shape = &[("PermissionsBoundaryType", Plain), ("PermissionsBoundaryArn", Plain)];
const LAST_USED: Shape = &[("LastUsedDate", Time), ("Region", Plain)];

/// Of GetAccountAuthorizationDetails.
pub(crate) const USER_DETAIL: Shape = &[
    ("Path", Plain),
    ("UserName", Plain),
    ("UserId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("UserPolicyList", List(&Object(INLINE))),
    ("GroupList", Always(&Plain)),
    ("AttachedManagedPolicies", Always(&Object(ATTACHED))),
    ("PermissionsBoundary", Object(BOUNDARY)),
    ("Tags", TAGS),
];

/// Of GetAccountAuthorizationDetails.
pub(crate) const GROUP_DETAIL: Shape = &[
    ("Path", Plain),
    ("GroupName", Plain),
    ("GroupId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("GroupPolicyList", Always(&Object(INLINE))),
    ("AttachedManagedPolicies", Always(&Object(ATTACHED))),
];

const PROFILE_ROLE: Shape = &[
    ("Path", Plain),
    ("RoleName", Plain),
    ("RoleId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("AssumeRolePolicyDocument", Document),
];

const INSTANCE_PROFILE: Shape = &[
    ("Path", Plain),
    ("InstanceProfileName", Plain),
    ("InstanceProfileId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("Roles", List(&Object(PROFILE_ROLE))),
    ("Tags", TAGS),
];

/// Of GetAccountAuthorizationDetails.
pub(crate) const ROLE_DETAIL: Shape = &[
    ("Path", Plain),
    ("RoleName", Plain),
    ("RoleId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("AssumeRolePolicyDocument", Document),
    ("InstanceProfileList", Always(&Object(INSTANCE_PROFILE))),
    ("RolePolicyList", Always(&Object(INLINE))),
    ("AttachedManagedPolicies", Always(&Object(ATTACHED))),
    ("PermissionsBoundary", Object(BOUNDARY)),
    ("Tags", TAGS),
    ("RoleLastUsed", Object(LAST_USED)),
];

/// Of GetPolicyVersion.
pub(crate) const POLICY_VERSION: Shape =
    &[("Document", Document), ("VersionId", Plain), ("IsDefaultVersion", Plain), ("CreateDate", Time)];

/// Of GetAccountAuthorizationDetails.
pub(crate) const POLICY_DETAIL: Shape = &[
    ("PolicyName", Plain),
    ("PolicyId", Plain),
    ("Arn", Plain),
    ("Path", Plain),
    ("DefaultVersionId", Plain),
    ("AttachmentCount", Plain),
    ("PermissionsBoundaryUsageCount", Plain),
    ("IsAttachable", Plain),
    ("Description", Plain),
    ("CreateDate", Time),
    ("UpdateDate", Time),
    ("PolicyVersionList", List(&Object(POLICY_VERSION))),
];

/// Of GetPolicy.
pub(crate) const POLICY: Shape = &[
    ("PolicyName", Plain),
    ("PolicyId", Plain),
    ("Arn", Plain),
    ("Path", Plain),
    ("DefaultVersionId", Plain),
    ("AttachmentCount", Plain),
    ("PermissionsBoundaryUsageCount", Plain),
    ("IsAttachable", Plain),
    ("Description", Plain),
    ("CreateDate", Time),
    ("UpdateDate", Time),
    ("Tags", TAGS),
];

const USER: Shape = &[
    ("Path", Plain),
    ("UserName", Plain),
    ("UserId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("PasswordLastUsed", Time),
    ("PermissionsBoundary", Object(BOUNDARY)),
    ("Tags", TAGS),
];

/// Of ListVirtualMFADevices. Seed and QR code are secrets that AWS returns only when the device is created.
pub(crate) const MFA_DEVICE: Shape =
    &[("SerialNumber", Plain), ("User", Object(USER)), ("EnableDate", Time), ("Tags", TAGS)];

/// Of GetOpenIDConnectProvider.
pub(crate) const OIDC_PROVIDER: Shape = &[
    ("Url", Plain),
    ("ClientIDList", List(&Plain)),
    ("ThumbprintList", List(&Plain)),
    ("CreateDate", Time),
    ("Tags", TAGS),
];

/// Of GetSAMLProvider. Private keys are listed by id only.
pub(crate) const SAML_PROVIDER: Shape = &[
    ("SAMLProviderUUID", Plain),
    ("SAMLMetadataDocument", Plain),
    ("CreateDate", Time),
    ("ValidUntil", Time),
    ("Tags", TAGS),
    ("AssertionEncryptionMode", Plain),
    ("PrivateKeyList", List(&Object(&[("KeyId", Plain), ("Timestamp", Time)]))),
];

/// Of ListOpenIDConnectProviders.
pub(crate) const OIDC_ENTRY: Shape = &[("Arn", Plain)];

/// Of ListSAMLProviders.
pub(crate) const SAML_ENTRY: Shape = &[("Arn", Plain), ("ValidUntil", Time), ("CreateDate", Time)];

/// Of GetAccountPasswordPolicy.
pub(crate) const PASSWORD_POLICY: Shape = &[
    ("MinimumPasswordLength", Plain),
    ("RequireSymbols", Plain),
    ("RequireNumbers", Plain),
    ("RequireUppercaseCharacters", Plain),
    ("RequireLowercaseCharacters", Plain),
    ("AllowUsersToChangePassword", Plain),
    ("ExpirePasswords", Plain),
    ("MaxPasswordAge", Plain),
    ("PasswordReusePrevention", Plain),
    ("HardExpiry", Plain),
];

/// Of ListAccessKeys.
pub(crate) const ACCESS_KEY: Shape =
    &[("UserName", Plain), ("AccessKeyId", Plain), ("Status", Plain), ("CreateDate", Time)];

/// Of ListMFADevices.
pub(crate) const USER_DEVICE: Shape = &[("UserName", Plain), ("SerialNumber", Plain), ("EnableDate", Time)];

/// Of ListServerCertificates.
pub(crate) const SERVER_CERTIFICATE: Shape = &[
    ("Path", Plain),
    ("ServerCertificateName", Plain),
    ("ServerCertificateId", Plain),
    ("Arn", Plain),
    ("UploadDate", Time),
    ("Expiration", Time),
];

/// Of ListSSHPublicKeys.
pub(crate) const SSH_PUBLIC_KEY: Shape =
    &[("UserName", Plain), ("SSHPublicKeyId", Plain), ("Status", Plain), ("UploadDate", Time)];

/// Of ListServiceSpecificCredentials. The password is a secret that AWS returns only when it is made.
pub(crate) const SERVICE_SPECIFIC_CREDENTIAL: Shape = &[
    ("UserName", Plain),
    ("Status", Plain),
    ("ServiceUserName", Plain),
    ("CreateDate", Time),
    ("ExpirationDate", Time),
    ("ServiceSpecificCredentialId", Plain),
    ("ServiceName", Plain),
];

/// Of ListRoles, which has fewer members than the authorization details and one more.
pub(crate) const ROLE: Shape = &[
    ("Path", Plain),
    ("RoleName", Plain),
    ("RoleId", Plain),
    ("Arn", Plain),
    ("CreateDate", Time),
    ("AssumeRolePolicyDocument", Document),
    ("MaxSessionDuration", Plain),
];

/// Of GetServiceLastAccessedDetails.
pub(crate) const SERVICE_LAST_ACCESSED: Shape = &[
    ("ServiceName", Plain),
    ("LastAuthenticated", Time),
    ("ServiceNamespace", Plain),
    ("LastAuthenticatedEntity", Plain),
    ("LastAuthenticatedRegion", Plain),
    ("TotalAuthenticatedEntities", Plain),
];
