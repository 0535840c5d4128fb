//! Permission sets, the accounts that have them, and the attributes that become session tags.
//!
//! Owns: these lists. Which accounts have a set is asked by account or by set, whichever takes fewer calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::client::{Calls, typed};
use super::directory::of_many;
use super::draft::Draft;
use super::units;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;
use crate::ids::AccountId;
use crate::snapshot::identity_center::{AccessControlAttribute, Instance, PermissionSet, Provisioned};

/// Accounts of a page.
const PAGE: usize = 100;

/// ListPermissionSets and DescribePermissionSet of each; a set that is deleted meanwhile is left out.
pub(super) async fn sets(sso: &Calls, draft: &mut Draft, over: &Over) -> Result<(), CallError> {
    let instance = draft.instance.instance_arn.clone();
    let input = json!({"InstanceArn": instance});
    let mut arns: Vec<String> = over.or(sso.list("ListPermissionSets", "PermissionSets", &input)).await?;
    arns.sort();
    arns.dedup();
    let mut sets: BTreeMap<String, PermissionSet> = BTreeMap::new();
    let ask = async |arn: &String| -> Result<PermissionSet, CallError> {
        let input = json!({"InstanceArn": instance, "PermissionSetArn": arn});
        sso.record("DescribePermissionSet", "PermissionSet", input).await
    };
    let failure = units::each(arns, over, draft, ask, |_, arn, answer| {
        if let Ok(set) = answer {
            sets.insert(arn, set);
        }
    })
    .await;
    // without its name, nobody knows which role a set became
    failure.map_or(Ok(()), Err)?;
    draft.instance.permission_sets = Some(sets.into_values().collect());
    Ok(())
}

/// The sets of each account, asked by set or by account; returns the first failure. An account whose sets are unknown is named in
/// the draft, and those that an earlier run found in it are kept.
pub(super) async fn provisioned(
    sso: &Calls,
    draft: &mut Draft,
    accounts: &[AccountId],
    earlier: Option<&Instance>,
    over: &Over,
) -> Option<CallError> {
    let sets = draft.instance.permission_sets.as_ref()?;
    let sets: BTreeSet<String> = sets.iter().map(|set| set.permission_set_arn.clone()).collect();
    let is_fewer = sets.len() * accounts.len().div_ceil(PAGE).max(1) <= accounts.len();
    let mut found: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
    let mut failure = None;
    if is_fewer {
        failure = by_set(sso, draft, sets.iter().cloned().collect(), &mut found, over).await;
    }
    // where a set could not be asked for, its accounts may be
    if !is_fewer || failure.is_some() {
        failure = by_account(sso, draft, accounts, &mut found, over).await;
    }
    // else what was assigned there would be asked for once more, or be lost with a run that is stopped
    for known in earlier.and_then(|earlier| earlier.provisioned.as_ref()).into_iter().flatten() {
        if draft.unread_accounts.contains_key(&known.account_id) {
            let still = known.permission_sets.iter().filter(|set| sets.contains(*set)).cloned();
            found.entry(known.account_id).or_default().extend(still);
        }
    }
    let entry = |(account_id, sets): (AccountId, BTreeSet<String>)| Provisioned {
        account_id,
        permission_sets: sets.into_iter().collect(),
    };
    draft.instance.provisioned = Some(found.into_iter().map(entry).collect());
    failure.map(|error| of_many(error, draft.unread_accounts.len(), "accounts"))
}

async fn by_set(
    sso: &Calls,
    draft: &mut Draft,
    sets: Vec<String>,
    found: &mut BTreeMap<AccountId, BTreeSet<String>>,
    over: &Over,
) -> Option<CallError> {
    let instance = draft.instance.instance_arn.clone();
    let ask = async |set: &String| -> Result<Vec<AccountId>, CallError> {
        let input = json!({"InstanceArn": instance, "PermissionSetArn": set});
        sso.list("ListAccountsForProvisionedPermissionSet", "AccountIds", &input).await
    };
    units::each(sets, over, draft, ask, |_, set, answer| {
        for account in answer.unwrap_or_default() {
            found.entry(account).or_default().insert(set.clone());
        }
    })
    .await
}

async fn by_account(
    sso: &Calls,
    draft: &mut Draft,
    accounts: &[AccountId],
    found: &mut BTreeMap<AccountId, BTreeSet<String>>,
    over: &Over,
) -> Option<CallError> {
    let instance = draft.instance.instance_arn.clone();
    let ask = async |account: &AccountId| -> Result<Vec<String>, CallError> {
        let input = json!({"InstanceArn": instance, "AccountId": account.to_string()});
        sso.list("ListPermissionSetsProvisionedToAccount", "PermissionSets", &input).await
    };
    units::each(accounts.to_vec(), over, draft, ask, |draft, account, answer| match answer {
        Ok(sets) if sets.is_empty() => {}
        Ok(sets) => found.entry(account).or_default().extend(sets),
        Err(error) if error.kind == Kind::NotFound => {}
        Err(error) => drop(draft.unread_accounts.insert(account, error.to_string())),
    })
    .await
}

/// The attributes that become session tags; `None` for an instance without the feature. One that has it and maps none is another
/// thing: an identity provider may send attributes of its own.
pub(super) async fn attributes(
    sso: &Calls,
    instance: &Instance,
) -> Result<Option<Vec<AccessControlAttribute>>, CallError> {
    const OPERATION: &str = "DescribeInstanceAccessControlAttributeConfiguration";
    let answer = sso.get(OPERATION, json!({"InstanceArn": instance.instance_arn})).await;
    let mut answer = match answer {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        answer => answer?,
    };
    let key = "/InstanceAccessControlAttributeConfiguration/AccessControlAttributes";
    match answer.pointer_mut(key).map(Value::take) {
        Some(list) if !list.is_null() => typed(OPERATION, list).map(Some),
        _ => Ok(Some(Vec::new())),
    }
}
