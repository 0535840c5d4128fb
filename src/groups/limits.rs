//! Limits that groups must keep, as headroom knows them.

use std::collections::BTreeSet;

use super::bindings::{self, Binding};
use crate::answer::PlanLimits;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, Group};
use crate::posture::quotas::{Quota, limit_of};

/// The groups of an account today, by what a plan does with them.
pub(super) struct Today<'e> {
    /// Groups that the plan may replace, with what they do.
    pub(super) bindings: Vec<(&'e Group, Binding)>,
    /// Groups that it leaves alone, and why.
    pub(super) kept: Vec<(&'e Group, String)>,
}

impl<'e> Today<'e> {
    pub(super) fn of(estate: &'e Estate, account: AccountIx, mfa: bool) -> Self {
        let mut today = Self { bindings: Vec::new(), kept: Vec::new() };
        for group in &estate.account(account).facts().groups {
            match bindings::of(estate, group, mfa) {
                Ok(binding) => today.bindings.push((group, binding)),
                Err(why) => today.kept.push((group, why)),
            }
        }
        today
    }

    pub(super) fn removed(&self) -> BTreeSet<Box<str>> {
        self.bindings.iter().map(|(group, _)| group.name.as_str().into()).collect()
    }

    /// How many groups a user is in that stay.
    pub(super) fn kept_of(&self, estate: &Estate, user: PrincipalIx) -> usize {
        let is_binding = |name: &str| self.bindings.iter().any(|(group, _)| group.name == name);
        estate.principal(user).groups().iter().filter(|name| !is_binding(name)).count()
    }
}

/// The limits of an account; what the plan makes of them is filled in later.
pub(super) fn limits(estate: &Estate, account: AccountIx) -> PlanLimits {
    let most = |quota| limit_of(estate, account, quota).most;
    PlanLimits {
        groups_per_user: most(Quota::GroupsPerUser),
        groups: most(Quota::Groups),
        inline_size: most(Quota::InlineSizeOfGroup),
        managed_size: most(Quota::ManagedPolicySize),
        managed_per_group: most(Quota::ManagedPoliciesPerGroup),
        managed_policies: most(Quota::CustomerManagedPolicies),
        most_groups_of_user: 0,
        groups_after: 0,
        managed_after: 0,
    }
}
