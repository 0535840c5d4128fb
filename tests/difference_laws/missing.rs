//! What was not read of one side is never told as a change, and what differs behind it never as none.

use proptest::prelude::*;
use rolehop::answer::Verdict;
use rolehop::comparison::World as Compared;
use rolehop::difference::WayChange;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use serde_json::Value;

use super::{changed, config, estate, expanded};
use crate::reference::organization::Organization;

/// Something that a snapshot can lack.
#[derive(Debug)]
enum Loss {
    /// The content of an SCP or RCP, by place.
    Guardrail(usize),
    Account(String),
    /// Users, groups, roles or policies of an account.
    List(String, &'static str),
    /// A part of one of them.
    Part(String, &'static str, usize, &'static str),
}

/// Everything that a snapshot of an organization can lack.
fn losses(whole: &Organization) -> Vec<Loss> {
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let mut found: Vec<Loss> = (0..count(&whole.organization["Policies"])).map(Loss::Guardrail).collect();
    for (id, account) in &whole.accounts {
        found.push(Loss::Account(id.clone()));
        for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
            found.push(Loss::List(id.clone(), list));
            // AWS leaves the inline policies of a user out where there are none
            let keys = [
                "AssumeRolePolicyDocument",
                "RolePolicyList",
                "GroupPolicyList",
                "GroupList",
                "AttachedManagedPolicies",
                "PolicyVersionList",
            ];
            for at in 0..count(&account[list]) {
                let there = keys.into_iter().filter(|key| account[list][at].get(key).is_some());
                found.extend(there.map(|key| Loss::Part(id.clone(), list, at, key)));
            }
        }
    }
    found
}

impl Loss {
    fn of(&self, whole: &Organization) -> Organization {
        let mut part = whole.clone();
        let accounts = &mut part.accounts;
        let lost = match self {
            Self::List(id, list) => accounts.get_mut(id).unwrap().as_object_mut().unwrap().remove(*list),
            Self::Part(id, list, at, key) => {
                accounts.get_mut(id).unwrap()[*list][*at].as_object_mut().unwrap().remove(*key)
            }
            Self::Account(id) => accounts.remove(id),
            Self::Guardrail(at) => part.organization["Policies"].get_mut(*at).map(|policy| policy["Content"].take()),
        };
        assert!(lost.is_some(), "{self:?}");
        part
    }
}

/// Compares an organization with another one, of which something was not read; whether nothing of it mattered, by target.
fn compared(seed: u64, choice: u64, lost: usize) -> Vec<bool> {
    let (before, after) = changed(seed, choice);
    let losses = losses(&after);
    let what = &losses[lost % losses.len()];
    let (old, new, half) = (estate(&before), estate(&after), estate(&what.of(&after)));
    let (of_old, of_new, of_half) = (TrustGraph::new(&old), TrustGraph::new(&new), TrustGraph::new(&half));
    let (whole, part) = (Compared::new(&of_old, &of_new), Compared::new(&of_old, &of_half));
    let mut complete = Vec::new();
    for account in old.accounts() {
        let target = account.id().to_string();
        let on = |world: &Compared<'_, '_>| world.target(&target, &Targets::new());
        let (Ok(truth), Ok(found)) = (on(&whole), on(&part)) else { continue };
        let told = expanded(&found);
        if found.comparable {
            assert_eq!(told, expanded(&truth), "complete without {what:?}");
        }
        for ((from, to), (change, ..)) in told {
            // not `who-can`, which leaves out roles that nobody can be: without its trust policy, that is not known of a role
            let is =
                query::path(&of_new, &from, &to, &Targets::new()).is_ok_and(|path| path.verdict != Verdict::Denied);
            assert_eq!(is, change != WayChange::Lost, "without {what:?}: {from} to {to} is told to be {change:?}");
        }
        complete.push(found.comparable);
    }
    complete
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn missing_data_is_no_change_and_hides_none((seed, choice, lost) in (any::<u64>(), any::<u64>(), any::<usize>())) {
        compared(seed, choice, lost);
    }
}

#[test]
fn what_was_not_read_matters_to_some_targets_alone() {
    let all: Vec<bool> = (0..20).flat_map(|seed| compared(seed, seed << 20, seed as usize * 7)).collect();
    let complete = all.iter().filter(|complete| **complete).count();
    assert!(complete > 5 && all.len() - complete > 5, "{complete} of {}", all.len());
}
