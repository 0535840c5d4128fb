//! The longest of the tables of required fields, and those that several calls share.
//!
//! Source: IAM API Reference, response elements and data types. What AWS omits if it is empty (`UserPolicyList`, `Tags`,
//! `PermissionsBoundary`) is in no row.

use super::operation::Rows;

pub(super) const AUTHORIZATION_DETAILS: Rows = &[
    ("", "UserDetailList GroupDetailList RoleDetailList Policies"),
    ("UserDetailList/member", "UserName+ UserId+ Arn+ GroupList AttachedManagedPolicies"),
    ("UserDetailList/member/UserPolicyList/member", "PolicyName+ PolicyDocument+"),
    ("UserDetailList/member/AttachedManagedPolicies/member", "PolicyArn+"),
    ("UserDetailList/member/PermissionsBoundary", "PermissionsBoundaryArn+"),
    ("UserDetailList/member/Tags/member", "Key+ Value"),
    ("GroupDetailList/member", "GroupName+ GroupId+ Arn+ GroupPolicyList AttachedManagedPolicies"),
    ("GroupDetailList/member/GroupPolicyList/member", "PolicyName+ PolicyDocument+"),
    ("GroupDetailList/member/AttachedManagedPolicies/member", "PolicyArn+"),
    (
        "RoleDetailList/member",
        "RoleName+ RoleId+ Arn+ AssumeRolePolicyDocument+ RolePolicyList AttachedManagedPolicies",
    ),
    ("RoleDetailList/member/RolePolicyList/member", "PolicyName+ PolicyDocument+"),
    ("RoleDetailList/member/AttachedManagedPolicies/member", "PolicyArn+"),
    ("RoleDetailList/member/PermissionsBoundary", "PermissionsBoundaryArn+"),
    ("RoleDetailList/member/Tags/member", "Key+ Value"),
    ("Policies/member", "Arn+ DefaultVersionId+ PolicyVersionList"),
    ("Policies/member/PolicyVersionList/member", "VersionId+ IsDefaultVersion+ Document+"),
];

/// Fields of an account assignment, whichever call lists it.
pub(super) const ASSIGNMENT: &str = "AccountId+ PermissionSetArn+ PrincipalType+ PrincipalId+";
