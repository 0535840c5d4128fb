//! Whether the data of an organization is complete.
//!
//! Owns: which lists are whole, and the parent of each account. What AWS always returns and is absent was not read.
//! Source: AWS Organizations API Reference, ListAccounts, ListPolicies, ListPoliciesForTarget.

use std::collections::BTreeSet;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::gathered::{Call, Gathered};
use super::policy::{RCP, SCP};
use crate::snapshot::organization::OrganizationFile;

/// A delegated administrator with the services that another answer tells of it; `None` if there is nothing to add.
fn with_services(administrator: &RawValue, services: impl Fn(&str) -> Option<Vec<Value>>) -> Option<Box<RawValue>> {
    let mut entry: Map<String, Value> = serde_json::from_str(administrator.get()).ok()?;
    let told = services(entry.get("Id")?.as_str()?)?;
    entry.entry("Services").or_insert(Value::Array(told));
    to_raw_value(&entry).ok()
}

/// Everything that is known, as one file.
pub(super) fn whole(gathered: Gathered<'_>) -> OrganizationFile {
    let Gathered {
        mut file,
        mut units,
        mut accounts,
        mut policies,
        parents,
        ended,
        begun,
        targets,
        of_target,
        bare,
        tags,
        delegated_services,
    } = gathered;
    if begun.contains(&Call::Delegated) && !ended.contains(&Call::Delegated) {
        file.delegated_administrators = None;
    }
    for administrator in file.delegated_administrators.iter_mut().flatten() {
        let services = |id: &str| {
            let is_read = ended.contains(&Call::DelegatedTo(id.to_owned()));
            is_read.then(|| delegated_services.get(id).cloned().unwrap_or_default())
        };
        if let Some(joined) = with_services(administrator, services) {
            *administrator = joined;
        }
    }
    file.roots = file.roots.filter(|roots| !roots.is_empty());
    if let Some(roots) = &mut file.roots {
        roots.sort_by(|a, b| a.id.cmp(&b.id));
    }
    for (id, unit) in &mut units {
        unit.parent_id = parents.get(id).cloned().unwrap_or_default();
    }
    for (id, account) in &mut accounts {
        let id = id.to_string();
        account.parent_id = parents.get(&id).cloned();
        if ended.contains(&Call::TagsOf(id)) {
            account.tags = account.tags.take().or_else(|| tags.get(&account.id).map(|list| list.records.clone()));
        }
    }
    // an OU may be known by nothing but what is in it
    let above = parents.iter().flat_map(|(child, parent)| [child, parent]).filter(|id| id.starts_with("ou-"));
    let places: BTreeSet<String> =
        (file.roots.iter().flatten().map(|root| root.id.clone())).chain(units.keys().chain(above).cloned()).collect();
    // both calls go one level deep: below a place whose OUs were not listed there may be more
    let is_listed = |place: &String| {
        let units = [Call::Units, Call::UnitsOf(place.clone())];
        ended.contains(&Call::AccountsOf(place.clone())) && units.iter().any(|call| ended.contains(call))
    };
    let listed = ended.contains(&Call::Accounts) || (file.roots.is_some() && places.iter().all(is_listed));
    file.cut.accounts = !listed;
    for policy in policies.values_mut() {
        let read = ended.contains(&Call::TargetsOf(policy.id.clone()));
        let listed = || read.then(|| targets.get(&policy.id).map(|list| list.records.clone()).unwrap_or_default());
        policy.target_ids = policy.target_ids.take().or_else(listed);
    }
    // the policies of every target together give the targets of every policy
    let everywhere: BTreeSet<String> = places.iter().cloned().chain(accounts.keys().map(ToString::to_string)).collect();
    for kind in [SCP, RCP] {
        let is_kind = |id: &String| policies.get(id).is_some_and(|policy| policy.kind == kind);
        let asked = |target: &String| {
            ended.contains(&Call::PoliciesOf(target.clone(), kind.to_owned()))
                && of_target.get(target).is_some_and(|ids| ids.iter().any(is_kind))
        };
        if everywhere.is_empty() || file.roots.is_none() || !everywhere.iter().all(asked) {
            continue;
        }
        for policy in policies.values_mut().filter(|policy| policy.kind == kind && policy.target_ids.is_none()) {
            let of = |(target, ids): (&String, &Vec<String>)| ids.contains(&policy.id).then(|| target.clone());
            policy.target_ids = Some(of_target.iter().filter_map(of).collect());
        }
    }
    let named = |id: &str| policies.contains_key(id);
    // a list that was started and not finished, or never requested; a description of one policy is not a list
    let list = |calls: &BTreeSet<Call>, kind: &str| calls.contains(&Call::Policies(kind.to_owned()));
    let no_list = !ended.iter().any(|call| matches!(call, Call::Policies(_))) && !policies.is_empty();
    // AWS managed policies are in every list: one without them was filtered. A policy that is described was not listed by that
    let cut = |kind: &str, managed: &str| {
        let is_listed = list(&ended, kind);
        no_list || (list(&begun, kind) && !is_listed) || (bare && !(is_listed && named(managed)))
    };
    file.cut.scps = cut(SCP, "p-FullAWSAccess");
    file.cut.rcps = cut(RCP, "p-RCPFullAWSAccess");
    if !policies.is_empty() {
        file.policies = Some(policies.into_values().collect());
    }
    let units_read = !units.is_empty() || ended.iter().any(|call| matches!(call, Call::Units | Call::UnitsOf(_)));
    file.organizational_units = units_read.then(|| units.into_values().collect());
    file.accounts = (!accounts.is_empty()).then(|| accounts.into_values().collect());
    let management = file.described().and_then(|organization| organization.master_account_id);
    let lacks = |id| file.accounts.iter().flatten().all(|account| account.id != id);
    file.cut.accounts |= management.is_some_and(lacks);
    file
}
