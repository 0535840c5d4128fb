//! The rows of the organization: SCPs and RCPs at each root, OU and account, and the size of each.

use super::quota::{Quota, Quotas};
use super::row::{Row, Subject, Why};
use crate::model::Estate;

/// Tells `tell` every row of the organization. Without one there are none.
pub(super) fn rows(estate: &Estate, wanted: Quotas, tell: &mut dyn FnMut(Row)) {
    let (Some(organization), Some(policies)) = (estate.organization(), estate.organization_policies()) else { return };
    let mut tell = |quota: Quota, subject, used| {
        if wanted.has(quota) {
            tell(Row { quota, subject, used, limit: quota.default_limit() });
        }
    };
    // without all features, policies cannot be attached: that there are none is known
    let (mut scps, mut rcps) = (Ok(()), Ok(()));
    if organization.all_features {
        scps = policies.scps_unread.as_ref().map_or(Ok(()), |_| Err(Why::Scps));
        rcps = policies.rcps_unread.as_ref().map_or(Ok(()), |_| Err(Why::Rcps));
    }
    let kinds = [(scps, Quota::ScpsPerTarget, Quota::ScpSize), (rcps, Quota::RcpsPerTarget, Quota::RcpSize)];
    for (known, per_target, of_size) in kinds {
        if let Err(why) = known {
            tell(per_target, Subject::Organization, Err(why));
            tell(of_size, Subject::Organization, Err(why));
        }
    }
    for (at, target) in policies.targets.iter().enumerate() {
        let account = target.account.and_then(|id| estate.account_by_id(id));
        let subject = account.map_or(Subject::Target(at), Subject::Account);
        // where some attachments are not known, no count is; the row of the organization says so
        for (known, quota, count) in
            [(scps, Quota::ScpsPerTarget, target.scps), (rcps, Quota::RcpsPerTarget, target.rcps)]
        {
            if known.is_ok() && count > 0 {
                tell(quota, subject, Ok(count));
            }
        }
    }
    for (at, policy) in policies.own.iter().enumerate() {
        let quota = if policy.is_rcp { Quota::RcpSize } else { Quota::ScpSize };
        tell(quota, Subject::OrganizationPolicy(at), policy.size.ok_or(Why::Content));
    }
}
