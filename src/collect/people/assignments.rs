//! Account assignments: who may enter which account with which permission set.
//!
//! Owns: whether they are asked for by account and set or by user and group, and going on with what an earlier run has. There
//! is no call for all of them. AWS answers the call by principal to the management account alone.
//! Source: API reference of IAM Identity Center, ListAccountAssignments and ListAccountAssignmentsForPrincipal.

use std::collections::BTreeSet;

use serde_json::json;

use super::client::Calls;
use super::directory::of_many;
use super::draft::{Draft, Unit};
use super::units;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;
use crate::collect::options::AssignmentsBy;
use crate::snapshot::identity_center::{AccountAssignment, AskedBy, Instance};

/// Entries of a page.
const PAGE: usize = 100;

/// How assignments are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) by: AskedBy,
    /// Calls of each way; `None` where its list is unknown.
    pub(crate) pairs: Option<usize>,
    pub(crate) principals: Option<usize>,
}

impl Plan {
    /// The way with fewer calls, or that of the earlier run, whose answers are kept. `None` if neither list is known.
    pub(super) fn make(
        instance: &Instance,
        asked: AssignmentsBy,
        is_management: bool,
        earlier: Option<&Instance>,
    ) -> Option<Self> {
        let pairs = instance.provisioned.as_ref().map(|all| all.iter().map(|one| one.permission_sets.len()).sum());
        let principals = match (&instance.users, &instance.groups) {
            // a pair has one assignment at least, and these come in pages too
            (Some(users), Some(groups)) if is_management || asked == AssignmentsBy::Principal => {
                Some(users.len() + groups.len() + pairs.unwrap_or(0) / PAGE)
            }
            _ => None,
        };
        let fewer = match (pairs, principals) {
            (Some(pairs), Some(principals)) if principals < pairs => AskedBy::Principal,
            (None, Some(_)) => AskedBy::Principal,
            (Some(_), _) => AskedBy::Account,
            (None, None) => return None,
        };
        let by = match asked {
            AssignmentsBy::Account if pairs.is_some() => AskedBy::Account,
            AssignmentsBy::Principal if principals.is_some() => AskedBy::Principal,
            _ => {
                // without its list, nothing would be asked, and what is unread would read as empty
                let can = |by: &AskedBy| match by {
                    AskedBy::Account => pairs.is_some(),
                    AskedBy::Principal => principals.is_some(),
                };
                earlier.and_then(|earlier| earlier.assignments_by).filter(can).unwrap_or(fewer)
            }
        };
        Some(Self { by, pairs, principals })
    }

    /// In words, for the log.
    pub(super) fn told(&self) -> String {
        let calls = |calls: Option<usize>| calls.map_or_else(|| "unknown".to_owned(), |calls| calls.to_string());
        let (way, other, rest) = match self.by {
            AskedBy::Account => ("account and permission set", "user and group", (self.pairs, self.principals)),
            AskedBy::Principal => ("user and group", "account and permission set", (self.principals, self.pairs)),
        };
        let other = match rest.1 {
            None => String::new(),
            Some(more) => format!("; by {other} it would be {more}"),
        };
        format!("assignments are asked for by {way}, about {} calls{other}", calls(rest.0))
    }
}

/// Everything that is asked for, in order.
fn units_of(instance: &Instance, by: AskedBy) -> BTreeSet<Unit> {
    let pairs = instance.provisioned.iter().flatten().flat_map(|provisioned| {
        provisioned.permission_sets.iter().map(|set| Unit::Pair(provisioned.account_id, set.clone()))
    });
    let users = instance.users.iter().flatten().map(|user| Unit::Principal(user.user_id.clone(), "USER"));
    let groups = instance.groups.iter().flatten().map(|group| Unit::Principal(group.group_id.clone(), "GROUP"));
    match by {
        AskedBy::Account => pairs.collect(),
        AskedBy::Principal => users.chain(groups).collect(),
    }
}

/// What an earlier run has asked for.
fn kept(earlier: &Instance, by: AskedBy) -> BTreeSet<Unit> {
    if earlier.account_assignments.is_none() || earlier.assignments_by != Some(by) {
        return BTreeSet::new();
    }
    let unread = earlier.unread_assignments.iter();
    let unread: BTreeSet<_> = unread
        .map(|unread| (unread.account_id, unread.permission_set_arn.as_deref(), unread.principal_id.as_deref()))
        .collect();
    let is_unread = |unit: &Unit| match unit {
        Unit::Pair(account, set) => unread.contains(&(Some(*account), Some(set.as_str()), None)),
        Unit::Principal(id, _) => unread.contains(&(None, None, Some(id.as_str()))),
    };
    units_of(earlier, by).into_iter().filter(|unit| !is_unread(unit)).collect()
}

/// Asks, and returns the first failure.
pub(super) async fn read(
    sso: &Calls,
    draft: &mut Draft,
    by: AskedBy,
    earlier: Option<&Instance>,
    over: &Over,
) -> Option<CallError> {
    let wanted = units_of(&draft.instance, by);
    let mut kept = earlier.map(|earlier| kept(earlier, by)).unwrap_or_default();
    kept.retain(|unit| wanted.contains(unit));
    let before = earlier.and_then(|earlier| earlier.account_assignments.as_ref()).into_iter().flatten();
    let of = |entry: &AccountAssignment| match by {
        AskedBy::Account => kept.contains(&Unit::Pair(entry.account_id, entry.permission_set_arn.clone())),
        AskedBy::Principal => ["USER", "GROUP"]
            .iter()
            .any(|of| *of == entry.principal_type && kept.contains(&Unit::Principal(entry.principal_id.clone(), of))),
    };
    draft.assignments = before.filter(|entry| of(entry)).cloned().collect();
    let units: Vec<Unit> = wanted.into_iter().filter(|unit| !kept.contains(unit)).collect();
    draft.unread = units.iter().map(|unit| (unit.clone(), "not read".to_owned())).collect();
    draft.instance.account_assignments = Some(Vec::new());
    draft.instance.assignments_by = Some(by);
    let instance = draft.instance.instance_arn.clone();
    let ask = async |unit: &Unit| -> Result<Vec<AccountAssignment>, CallError> {
        let (name, input) = match unit {
            Unit::Pair(account, set) => (
                "ListAccountAssignments",
                json!({"InstanceArn": instance, "AccountId": account.to_string(), "PermissionSetArn": set}),
            ),
            Unit::Principal(id, of) => (
                "ListAccountAssignmentsForPrincipal",
                json!({"InstanceArn": instance, "PrincipalId": id, "PrincipalType": of}),
            ),
        };
        sso.list(name, "AccountAssignments", &input).await
    };
    let failure = units::each(units, over, draft, ask, |draft, unit, answer| match answer {
        Ok(found) => {
            draft.unread.remove(&unit);
            draft.assignments.extend(found);
        }
        // set or principal was deleted after it was listed: nobody enters with it
        Err(error) if error.kind == Kind::NotFound => drop(draft.unread.remove(&unit)),
        Err(error) => drop(draft.unread.insert(unit, error.to_string())),
    })
    .await;
    let of = if by == AskedBy::Account { "pairs of account and permission set" } else { "users and groups" };
    failure.map(|error| of_many(error, draft.unread.len(), of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::snapshot::identity_center::{Provisioned, User};

    #[test]
    fn a_way_whose_list_is_unknown_is_never_taken() {
        let provisioned =
            Provisioned { account_id: AccountId::parse("111122223333").unwrap(), permission_sets: vec!["a".into(); 9] };
        let user = User { user_id: "u".to_owned(), ..User::default() };
        for n in 0..16 {
            let instance = Instance {
                provisioned: (n & 1 != 0).then(|| vec![provisioned.clone()]),
                users: (n & 2 != 0).then(|| vec![user.clone()]),
                groups: (n & 4 != 0).then(Vec::new),
                ..Instance::default()
            };
            let is_management = n & 8 != 0;
            let earlier = |by| Some(Instance { assignments_by: by, ..Instance::default() });
            let earlier = [None, earlier(None), earlier(Some(AskedBy::Account)), earlier(Some(AskedBy::Principal))];
            for asked in [AssignmentsBy::FewerCalls, AssignmentsBy::Account, AssignmentsBy::Principal] {
                for earlier in &earlier {
                    let Some(plan) = Plan::make(&instance, asked, is_management, earlier.as_ref()) else {
                        let by_principal = instance.users.is_some() && instance.groups.is_some();
                        let may = is_management || asked == AssignmentsBy::Principal;
                        assert!(instance.provisioned.is_none() && !(by_principal && may), "{n} {asked:?}");
                        continue;
                    };
                    let calls = if plan.by == AskedBy::Account { plan.pairs } else { plan.principals };
                    assert!(calls.is_some(), "{n} {asked:?} {earlier:?}");
                }
            }
        }
    }
}
