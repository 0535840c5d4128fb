//! The organization's people, as `identity-center.json` and `account-access.json` have them.
//!
//! Owns: finding an instance, an identity store or an application, and who may ask for it.

use serde_json::{Map, Value};

use super::caller::Caller;
use super::files::EmulatorData;
use super::organization;
use super::value::text;

/// The service that delegated administrators of IAM Identity Center are registered for.
const SERVICE: &str = "sso.amazonaws.com";

/// Every instance.
pub(crate) fn instances(data: &EmulatorData) -> &[Value] {
    list(data.identity_center.as_ref(), "Instances")
}

/// Every application of the account access manager.
pub(crate) fn applications(data: &EmulatorData) -> &[Value] {
    list(data.account_access.as_ref(), "Applications")
}

fn list<'a>(file: Option<&'a Map<String, Value>>, key: &str) -> &'a [Value] {
    file.and_then(|file| file.get(key)?.as_array()).map_or(&[], Vec::as_slice)
}

/// Whether an instance is the organization's, and not that of one account.
pub(crate) fn is_of_organization(data: &EmulatorData, instance: &Value) -> bool {
    let owner = text(instance, "OwnerAccountId");
    let management = organization::management_account(data).map(|id| id.to_string());
    owner.is_none() || management.is_none() || owner == management.as_deref()
}

/// Whether the caller may use an instance: the organization's if it administers it, and otherwise its own.
pub(crate) fn may_use(data: &EmulatorData, caller: &Caller, instance: &Value) -> bool {
    if is_of_organization(data, instance) {
        return organization::administers(data, caller, SERVICE);
    }
    text(instance, "OwnerAccountId") == Some(caller.account.to_string().as_str())
}

/// Whether a region serves an entry: one without a region is served by all. `Regions`, which no snapshot has, names those of an
/// instance that several serve; `Region` is the primary one then.
pub(crate) fn is_in(entry: &Value, region: &str) -> bool {
    match entry.get("Regions").and_then(Value::as_array) {
        Some(regions) => regions.iter().any(|one| one == region),
        None => text(entry, "Region").is_none_or(|own| own == region),
    }
}
