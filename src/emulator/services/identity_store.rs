//! The identity store: users, groups and memberships.
//!
//! Owns: which key of an instance answers which operation. A key that it does not have is denied, and so is a group that it
//! names as unread.

use serde_json::Value;

use super::people::{JSON, absent, invalid};
use crate::emulator::data::caller::Caller;
use crate::emulator::data::people;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

/// The answer of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    let id = call.parameter("IdentityStoreId").ok_or_else(|| invalid("IdentityStoreId is required."))?;
    let mut all = people::instances(&state.data).iter();
    let instance = all.find(|instance| text(instance, "IdentityStoreId") == Some(id));
    let instance =
        instance.filter(|instance| people::is_in(instance, &call.region)).ok_or_else(|| absent("IdentityStore"))?;
    if !people::may_use(&state.data, caller, instance) {
        return Err(caller.denied(call));
    }
    let list = |key: &str| {
        let list = instance.get(key).and_then(Value::as_array);
        list.ok_or_else(|| caller.denied(call))
    };
    let entries = match call.operation.as_str() {
        "ListUsers" => list("Users")?.clone(),
        "ListGroups" => list("Groups")?.clone(),
        "ListGroupMemberships" => {
            let group = call.parameter("GroupId").ok_or_else(|| invalid("GroupId is required."))?;
            let is_group = |entry: &&Value| text(entry, "GroupId") == Some(group);
            if !list("Groups")?.iter().any(|entry| is_group(&entry)) {
                return Err(absent("Group"));
            }
            if instance
                .get("UnreadGroups")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .any(|entry| is_group(&entry))
            {
                return Err(caller.denied(call));
            }
            list("GroupMemberships")?.iter().filter(is_group).cloned().collect()
        }
        _ => return Err(caller.denied(call)),
    };
    let key = call.operation.trim_start_matches("List").to_owned();
    let of_store = |mut entry: Value| {
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("IdentityStoreId".to_owned(), id.into());
        }
        entry
    };
    JSON.page(state, call, &key, entries, of_store)
}
