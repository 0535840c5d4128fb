//! The account access manager: applications and entitlements.
//!
//! Owns: how an entry of `account-access.json` is shown. A snapshot without the file is an organization without an application.

use serde_json::{Value, json};

use super::people::{REST, absent};
use crate::emulator::data::caller::Caller;
use crate::emulator::data::organization;
use crate::emulator::data::people;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

/// The answer of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    if !organization::administers(&state.data, caller, "account-access.amazonaws.com") {
        return Err(caller.denied(call));
    }
    let here = || people::applications(&state.data).iter().filter(|entry| people::is_in(entry, &call.region));
    let named = |parameter: &str| {
        let arn = call.parameter(parameter);
        here().find(|entry| text(entry, "ApplicationArn") == arn).ok_or_else(|| absent("Application"))
    };
    match call.operation.as_str() {
        "ListApplications" => {
            let summary = |entry| json!({"applicationArn": text(entry, "ApplicationArn")});
            REST.page(state, call, "applications", here(), summary)
        }
        "GetApplication" => {
            let entry = named("0")?;
            let source = json!({"identityCenter": {"instanceArn": text(entry, "InstanceArn")}});
            let status = text(entry, "Status").unwrap_or("ACTIVE");
            Ok(json!({"status": status, "identitySource": source}))
        }
        "ListEntitlements" => {
            let entries = named("applicationArn")?.get("Entitlements").and_then(Value::as_array);
            let entries = entries.ok_or_else(|| caller.denied(call))?;
            REST.page(state, call, "entitlements", entries, entitlement)
        }
        _ => Err(caller.denied(call)),
    }
}

fn entitlement(entry: &Value) -> Value {
    let what = entry.get("Other").cloned().unwrap_or_else(|| {
        let role = entry.get("PrincipalRole").cloned().unwrap_or_default();
        let principal = match (text(&role, "UserId"), text(&role, "GroupId")) {
            (Some(user), _) => json!({"userId": user}),
            (None, group) => json!({"groupId": group}),
        };
        json!({"principalRole": {
            "principal": {"identityCenter": principal},
            "roleArn": text(&role, "RoleArn"),
            "account": text(&role, "Account"),
        }})
    });
    json!({"entitlementId": text(entry, "EntitlementId"), "entitlement": what})
}
