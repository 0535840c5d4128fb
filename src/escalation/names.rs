//! Names that AWS makes of other names.

use crate::model::{Account, Estate, Principal};

/// ARN of the permissions boundary that somebody has.
pub(super) fn boundary_of(estate: &Estate, principal: &Principal) -> Option<String> {
    let boundary = estate.class(principal.class()).boundary()?;
    Some(policy_arn(estate.account(principal.account()), &boundary.name, boundary.is_aws_managed))
}

/// ARN of a managed policy by its name, which is unique in an account.
pub(super) fn policy_arn(account: &Account, name: &str, is_aws_managed: bool) -> String {
    let partition = account.partition();
    if is_aws_managed {
        return format!("arn:{partition}:iam::aws:policy/{name}");
    }
    let own = account.facts().customer_policies.iter().flatten().find(|policy| policy.name() == name);
    own.map_or_else(|| format!("arn:{partition}:iam::{}:policy/{name}", account.id()), |policy| policy.arn.to_string())
}
