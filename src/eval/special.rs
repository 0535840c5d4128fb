//! Which policies an action needs: the general rule, and the actions that do not follow it.
//!
//! Source: AWS IAM User Guide, "Policy evaluation logic", "Comparing the AWS STS API operations", "Granting a user
//! permissions to switch roles"; AWS KMS Developer Guide, "Key policies"; AWS STS API Reference, GetCallerIdentity,
//! GetSessionToken, AssumeRoot.

use super::sides::{CallerKind, Sides};
use crate::arn::{Arn, Named};
use crate::policy::action::Action;

/// Which policies an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Identity or resource in the same account, both across accounts.
    General,
    /// The resource's own policy must allow, also in the same account: trust policies and key policies.
    OwnerDecides,
    /// The caller's policies decide, whatever account the resource belongs to.
    CallerDecides,
    /// No policy can forbid it.
    Always,
    /// No policy can allow it.
    Never(&'static str),
}

/// Changes to what AWS itself owns.
const ROLE_CHANGES: &[&str] = &[
    "attachrolepolicy",
    "createrole",
    "createservicelinkedrole",
    "deleterole",
    "deleterolepermissionsboundary",
    "deleterolepolicy",
    "deleteservicelinkedrole",
    "detachrolepolicy",
    "passrole",
    "putrolepermissionsboundary",
    "putrolepolicy",
    "tagrole",
    "untagrole",
    "updateassumerolepolicy",
    "updaterole",
    "updateroledescription",
];
const POLICY_CHANGES: &[&str] = &[
    "createpolicy",
    "createpolicyversion",
    "deletepolicy",
    "deletepolicyversion",
    "setdefaultpolicyversion",
    "tagpolicy",
    "untagpolicy",
];
const ALIAS_CHANGES: &[&str] = &["createalias", "deletealias", "updatealias"];

/// The rule for an action of this caller on this resource.
pub(super) fn rule(action: &Action, resource: &str, sides: &Sides) -> Rule {
    match action.service() {
        "sts" => of_sts(action.operation(), resource, sides),
        "iam" => of_iam(action.operation(), Arn::parse(resource)),
        "kms" => of_kms(action.operation(), Arn::parse(resource)),
        _ => Rule::General,
    }
}

fn of_sts(operation: &str, resource: &str, sides: &Sides) -> Rule {
    match operation {
        "getcalleridentity" => Rule::Always,
        "getsessiontoken" => match sides.caller {
            CallerKind::User | CallerKind::Root => Rule::Always,
            _ => Rule::Never("only long-term credentials may call GetSessionToken"),
        },
        "assumerole" | "assumerolewithsaml" | "assumerolewithwebidentity" => match sides.caller {
            CallerKind::Root => Rule::Never("the root user cannot assume a role"),
            CallerKind::FederatedUser => Rule::Never("a GetFederationToken session cannot assume a role"),
            CallerKind::Anonymous if operation == "assumerole" => Rule::Never("AssumeRole must be signed"),
            // AWS IAM User Guide, "Federating AWS identities across AWS partitions"
            _ if operation == "assumerole" && sides.crosses_partitions => {
                Rule::Never("AssumeRole does not cross partitions")
            }
            _ => Rule::OwnerDecides,
        },
        "assumeroot" => match sides.caller {
            CallerKind::Root => Rule::Never("the root user cannot call AssumeRoot"),
            _ => Rule::CallerDecides,
        },
        "tagsession" | "setsourceidentity" | "setcontext" if is_role(resource) => Rule::OwnerDecides,
        _ => Rule::General,
    }
}

fn is_role(resource: &str) -> bool {
    matches!(Arn::parse(resource).map(|a| a.named()), Some(Named::Role { .. }))
}

fn of_iam(operation: &str, arn: Option<Arn<'_>>) -> Rule {
    let Some(arn) = arn else { return Rule::General };
    if let Named::Role { path, .. } = arn.named()
        && ROLE_CHANGES.contains(&operation)
    {
        if path.starts_with("/aws-reserved/") {
            return Rule::Never("roles under /aws-reserved/ are changed by AWS alone");
        }
        let allowed = ["createservicelinkedrole", "deleteservicelinkedrole", "updateroledescription", "passrole"];
        if path.starts_with("/aws-service-role/") && !allowed.contains(&operation) {
            return Rule::Never("service-linked roles are changed by their service alone");
        }
    }
    if arn.account == "aws" && POLICY_CHANGES.contains(&operation) {
        return Rule::Never("AWS managed policies are changed by AWS alone");
    }
    Rule::General
}

fn of_kms(operation: &str, arn: Option<Arn<'_>>) -> Rule {
    let Some(arn) = arn else { return Rule::General };
    if arn.resource.starts_with("alias/aws/") && ALIAS_CHANGES.contains(&operation) {
        return Rule::Never("aliases under alias/aws/ are changed by AWS alone");
    }
    if arn.resource.starts_with("key/") { Rule::OwnerDecides } else { Rule::General }
}
