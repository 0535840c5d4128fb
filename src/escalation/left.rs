//! Groups that a user leaves.
//!
//! Owns: which of them are worth it: those that deny something. What else they grant goes with them.

use super::target::{Gain, Target};
use crate::model::{Attached, Estate, Group};
use crate::policy::Effect;

/// The policies of a group that deny something, or may.
pub(crate) fn denying<'e>(estate: &'e Estate, group: &'e Group) -> impl Iterator<Item = &'e Attached> {
    let denies = |attached: &&Attached| {
        let policy = attached.document.parsed().map(|ix| estate.policy(ix));
        policy.is_none_or(|policy| policy.statements.iter().any(|statement| statement.effect == Effect::Deny))
    };
    group.policies.iter().filter(denies)
}

/// Of groups that are left those that deny something, or may: without the others a user can do no more.
pub(super) fn limiting<'e>(estate: &'e Estate, mut groups: Vec<Target<'e>>) -> Vec<Target<'e>> {
    let limits = |target: &Target<'e>| match target.gain {
        Gain::Leaves(_, group) => denying(estate, group).next().is_some(),
        _ => false,
    };
    groups.retain(limits);
    groups
}
