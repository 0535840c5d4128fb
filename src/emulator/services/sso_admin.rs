//! IAM Identity Center: instances, permission sets and account assignments.
//!
//! Owns: which key of `identity-center.json` answers which operation. A key that the file does not have is denied, and so is what it
//! names as unread. A snapshot without the file is an organization without an instance.

use serde_json::{Value, json};

use super::people::{JSON, absent, invalid};
use crate::emulator::data::caller::Caller;
use crate::emulator::data::organization::{management_account, seconds};
use crate::emulator::data::people;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

/// What ListInstances tells of an instance.
const OF_INSTANCE: [&str; 5] = ["InstanceArn", "IdentityStoreId", "OwnerAccountId", "Name", "Status"];

/// The answer of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    if call.operation == "ListInstances" {
        let seen = people::instances(&state.data).iter().filter(|instance| {
            let is_organization = people::is_of_organization(&state.data, instance);
            people::is_in(instance, &call.region) && (is_organization || people::may_use(&state.data, caller, instance))
        });
        return JSON.page(state, call, "Instances", seen, summary);
    }
    let request = Request { state, caller, call, instance: instance(state, caller, call)? };
    if call.operation == "DescribeInstance" {
        let mut answer = summary(request.instance);
        if let Some(fields) = answer.as_object_mut() {
            let enabled = people::is_of_organization(&state.data, request.instance);
            fields.insert("PermissionSetsEnabled".to_owned(), enabled.into());
        }
        return Ok(answer);
    }
    if !people::is_of_organization(&state.data, request.instance) {
        return Err(invalid("The operation is not supported for this IAM Identity Center instance"));
    }
    match call.operation.as_str() {
        "ListPermissionSets" => {
            let sets = request.list("PermissionSets")?;
            request.paged("PermissionSets", sets.iter().filter_map(|set| set.get("PermissionSetArn").cloned()))
        }
        "DescribePermissionSet" => Ok(json!({"PermissionSet": shown(request.set()?)})),
        "ListAccountsForProvisionedPermissionSet" => {
            let set = text(request.set()?, "PermissionSetArn").unwrap_or_default();
            let with = request.list("Provisioned")?.iter().filter(|entry| has_set(entry, set));
            request.paged("AccountIds", with.filter_map(|entry| entry.get("AccountId").cloned()))
        }
        "ListPermissionSetsProvisionedToAccount" => {
            let account = request.required("AccountId")?;
            let of = request.list("Provisioned")?.iter().filter(|entry| text(entry, "AccountId") == Some(account));
            let sets = of.filter_map(|entry| entry.get("PermissionSets")?.as_array());
            request.paged("PermissionSets", sets.flatten().cloned())
        }
        "ListAccountAssignments" => request.by_account(),
        "ListAccountAssignmentsForPrincipal" => request.by_principal(),
        "DescribeInstanceAccessControlAttributeConfiguration" => match request.list("AccessControlAttributes")? {
            [] if !request.is_set("AccessControlEnabled") => Err(absent("InstanceAccessControlAttributeConfiguration")),
            list => Ok(json!({
                "Status": "ENABLED",
                "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": list},
            })),
        },
        _ => Err(caller.denied(call)),
    }
}

/// The instance that a call names.
fn instance<'a>(state: &'a State, caller: &Caller, call: &Call) -> Result<&'a Value, ErrorResponse> {
    let arn = call.parameter("InstanceArn").ok_or_else(|| invalid("InstanceArn is required."))?;
    let found = people::instances(&state.data).iter();
    let found = found.into_iter().find(|instance| text(instance, "InstanceArn") == Some(arn));
    let found = found.filter(|instance| people::is_in(instance, &call.region)).ok_or_else(|| absent("Instance"))?;
    if people::may_use(&state.data, caller, found) { Ok(found) } else { Err(caller.denied(call)) }
}

fn summary(instance: &Value) -> Value {
    let fields = OF_INSTANCE.iter().filter_map(|key| Some(((*key).to_owned(), instance.get(*key)?.clone())));
    let primary = instance.get("Regions").and_then(|_| instance.get("Region"));
    let primary = primary.map(|region| ("PrimaryRegion".to_owned(), region.clone()));
    fields.chain(primary).collect::<serde_json::Map<_, _>>().into()
}

/// A permission set as AWS shows it: times are seconds since 1970.
fn shown(set: &Value) -> Value {
    let mut set = set.clone();
    if let Some(date) = set.get_mut("CreatedDate") {
        *date = seconds(date);
    }
    set
}

fn has_set(entry: &Value, set: &str) -> bool {
    let sets = entry.get("PermissionSets").and_then(Value::as_array).into_iter().flatten();
    sets.filter_map(Value::as_str).any(|own| own == set)
}

/// A call about an instance that the caller may use.
struct Request<'a> {
    state: &'a State,
    caller: &'a Caller,
    call: &'a Call,
    instance: &'a Value,
}

impl<'a> Request<'a> {
    fn list(&self, key: &str) -> Result<&'a [Value], ErrorResponse> {
        let list = self.instance.get(key).and_then(Value::as_array).map(Vec::as_slice);
        list.ok_or_else(|| self.caller.denied(self.call))
    }

    fn is_set(&self, key: &str) -> bool {
        self.instance.get(key).and_then(Value::as_bool) == Some(true)
    }

    fn required(&self, name: &str) -> Result<&'a str, ErrorResponse> {
        self.call.parameter(name).ok_or_else(|| invalid(&format!("{name} is required.")))
    }

    fn paged(&self, key: &str, entries: impl Iterator<Item = Value>) -> Result<Value, ErrorResponse> {
        JSON.page(self.state, self.call, key, entries, |entry| entry)
    }

    fn set(&self) -> Result<&'a Value, ErrorResponse> {
        let arn = self.required("PermissionSetArn")?;
        let found = self.list("PermissionSets")?.iter().find(|set| text(set, "PermissionSetArn") == Some(arn));
        found.ok_or_else(|| absent("PermissionSet"))
    }

    /// Denied where the file says that it was not read.
    fn is_read(&self, fits: impl Fn(&Value) -> bool) -> Result<(), ErrorResponse> {
        let unread = self.instance.get("UnreadAssignments").and_then(Value::as_array).into_iter().flatten();
        if unread.into_iter().any(fits) { Err(self.caller.denied(self.call)) } else { Ok(()) }
    }

    fn by_account(&self) -> Result<Value, ErrorResponse> {
        let account = self.required("AccountId")?;
        let set = text(self.set()?, "PermissionSetArn");
        let fits = |entry: &Value| text(entry, "AccountId") == Some(account) && text(entry, "PermissionSetArn") == set;
        self.is_read(fits)?;
        let found = self.list("AccountAssignments")?.iter().filter(|entry| fits(entry));
        self.paged("AccountAssignments", found.cloned())
    }

    /// Of a user also those of the user's groups, each with the principal that it was made for.
    fn by_principal(&self) -> Result<Value, ErrorResponse> {
        if management_account(&self.state.data).is_some_and(|management| management != self.caller.account) {
            return Err(self.caller.denied(self.call));
        }
        let id = self.required("PrincipalId")?;
        self.is_read(|entry| text(entry, "PrincipalId") == Some(id))?;
        let members = self.instance.get("GroupMemberships").and_then(Value::as_array).into_iter().flatten();
        let of_user = |entry: &&Value| entry.pointer("/MemberId/UserId").and_then(Value::as_str) == Some(id);
        let groups: Vec<&str> = members.filter(of_user).filter_map(|entry| text(entry, "GroupId")).collect();
        let is_own = |entry: &&Value| {
            text(entry, "PrincipalId").is_some_and(|principal| principal == id || groups.contains(&principal))
        };
        let found = self.list("AccountAssignments")?.iter().filter(is_own);
        self.paged("AccountAssignments", found.cloned())
    }
}
