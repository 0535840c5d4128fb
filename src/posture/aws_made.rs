//! Roles that AWS's own tools create, and who can change them.
//!
//! Owns: how such roles are recognized by path and name.
//! Source: AWS Organizations User Guide, "Accessing member accounts in an organization"; AWS Control Tower User Guide, "How
//! AWS Control Tower works with roles"; AWS CloudFormation User Guide, "Grant permissions for stack sets"; AWS IAM Identity
//! Center User Guide, "Delete permission sets"; AWS re:Post, "Cannot perform the operation on the protected role".

use crate::model::Principal;
use crate::wildcard;

/// Administrator roles of member accounts.
const ADMINISTRATORS: &[&str] = &[
    "OrganizationAccountAccessRole",
    "AWSControlTowerExecution",
    "AWSCloudFormationStackSetExecutionRole",
    "stacksets-exec-*",
];

/// Others that trust the account that runs an organization, or a shared account of its landing zone.
const OF_ORGANIZATION: &[&str] = &[
    "aws-controltower-AdministratorExecutionRole",
    "aws-controltower-ReadOnlyExecutionRole",
    "aws-controltower-*ExecutionRole",
    "AWSControlTower_*",
    "AWSAFTExecution",
    "AWSAFTService",
    "AWS-SystemsManager-AutomationExecutionRole",
];

/// Who made a role that people cannot simply delete or change: a key of a card's `fix_for`.
pub(crate) fn maker(role: &Principal) -> &'static str {
    let named = |globs: &[&str]| globs.iter().any(|glob| wildcard::matches(glob, role.name()));
    if role.path().starts_with("/aws-reserved/sso.amazonaws.com/") {
        "identity-center"
    } else if role.is_of_aws() {
        "service"
    } else if named(&["AWSControlTowerExecution", "aws-controltower-*", "AWSControlTower*"]) {
        "control-tower"
    } else if named(&["stacksets-exec-*"]) {
        "stack-sets"
    } else {
        ""
    }
}

/// Whether AWS writes the trust policy of a role and lets nobody change it.
pub(crate) fn is_fixed(role: &Principal) -> bool {
    role.is_of_aws()
}

/// Whether a role is a default administrator of a member account.
pub(crate) fn is_default_admin_role(name: &str) -> bool {
    ADMINISTRATORS.iter().any(|glob| wildcard::matches(glob, name))
}

/// Whether a role is one that an organization's own tools assume in its accounts.
pub(crate) fn is_of_organization(name: &str) -> bool {
    is_default_admin_role(name) || OF_ORGANIZATION.iter().any(|glob| wildcard::matches(glob, name))
}
