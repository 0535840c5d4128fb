//! GetAccountAuthorizationDetails, and single managed policies.
//!
//! Owns: the filter, and the distribution of the four lists over pages: one long sequence of users, groups, roles and
//! policies, so that a page may end in the middle of any list.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::emulator::data::caller::Caller;
use crate::emulator::data::value::{is_aws_managed, text};
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::protocol::shapes::{self, Kind};
use crate::emulator::protocol::xml::Xml;
use crate::emulator::state::State;

/// The lists in the order of the answer, with their shapes.
const LISTS: [(&str, Kind); 4] = [
    ("UserDetailList", Kind::Object(shapes::USER_DETAIL)),
    ("GroupDetailList", Kind::Object(shapes::GROUP_DETAIL)),
    ("RoleDetailList", Kind::Object(shapes::ROLE_DETAIL)),
    ("Policies", Kind::Object(shapes::POLICY_DETAIL)),
];

const FILTERS: [&str; 5] = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"];

/// The answer of GetAccountAuthorizationDetails.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let account = caller.data.as_deref();
    let collected = account.is_some_and(|account| LISTS.iter().any(|(key, _)| account.contains_key(*key)));
    if !collected {
        return Err(caller.denied(call));
    }
    let filter = call.members("Filter");
    if let Some(unknown) = filter.iter().find(|name| !FILTERS.contains(name)) {
        return Err(ErrorResponse::validation(format!("Value '{unknown}' at 'filter' is not an entity type")));
    }
    let attached = attached(caller);
    let wanted = |key: &str, entry: &Value| {
        let entity = entity(key, entry);
        let listed = filter.is_empty() || filter.contains(&entity);
        listed && (entity != "AWSManagedPolicy" || text(entry, "Arn").is_some_and(|arn| attached.contains(arn)))
    };
    let mut entries = Vec::new();
    for (key, _) in &LISTS {
        let list = entries_of(caller, key);
        entries.extend(list.filter(|entry| wanted(key, entry)).map(|entry| (*key, entry)));
    }
    let page = state.query_page(call, entries.len())?;
    let on_page: Vec<_> = page.cut(entries).collect();
    let mut xml = Xml::default();
    for (key, kind) in &LISTS {
        xml.list(key, kind, on_page.iter().filter(|(of, _)| of == key).map(|(_, entry)| *entry));
    }
    xml.marker(page.next.as_deref());
    Ok(xml)
}

/// ARNs of the policies that are attached in the account. AWS lists its own policies only if they are attached.
fn attached(caller: &Caller) -> BTreeSet<&str> {
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
    lists.iter().flat_map(|key| entries_of(caller, key)).flat_map(arns).filter(|arn| is_aws_managed(arn)).collect()
}

/// ARNs of the policies attached to one entry.
fn arns(entry: &Value) -> impl Iterator<Item = &str> {
    let policies = entry.get("AttachedManagedPolicies").and_then(Value::as_array).into_iter().flatten();
    let boundary = entry.get("PermissionsBoundary").and_then(|boundary| text(boundary, "PermissionsBoundaryArn"));
    policies.filter_map(|policy| text(policy, "PolicyArn")).chain(boundary)
}

/// The entries of a list: none if the account's file lacks it.
fn entries_of<'a>(caller: &'a Caller, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    caller.data.as_ref().and_then(|account| account.get(key)?.as_array()).into_iter().flatten()
}

/// The filter word for an entry of a list.
fn entity(key: &str, entry: &Value) -> &'static str {
    match key {
        "UserDetailList" => "User",
        "GroupDetailList" => "Group",
        "RoleDetailList" => "Role",
        _ if text(entry, "Arn").is_some_and(is_aws_managed) => "AWSManagedPolicy",
        _ => "LocalManagedPolicy",
    }
}

/// The answer of GetPolicy.
pub(crate) fn policy(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let policy = &find(state, caller, call)?;
    let mut xml = Xml::default();
    xml.element("Policy", |xml| xml.fields(shapes::POLICY, policy));
    Ok(xml)
}

/// The answer of GetPolicyVersion.
pub(crate) fn policy_version(state: &State, caller: &Caller, call: &Call) -> Result<Xml, ErrorResponse> {
    let policy = &find(state, caller, call)?;
    let id = call.parameter("VersionId").unwrap_or_default();
    let mut versions = policy.get("PolicyVersionList").and_then(Value::as_array).into_iter().flatten();
    let version = versions.find(|version| text(version, "VersionId") == Some(id));
    let version =
        version.ok_or_else(|| ErrorResponse::no_such_entity(format!("Policy version {id} does not exist.")))?;
    let mut xml = Xml::default();
    xml.element("PolicyVersion", |xml| xml.fields(shapes::POLICY_VERSION, version));
    Ok(xml)
}

/// A policy of the account, or an AWS managed one.
fn find(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    let arn = call.parameter("PolicyArn").unwrap_or_default();
    let own = entries_of(caller, "Policies").find(|policy| text(policy, "Arn") == Some(arn)).cloned();
    let policy = own.or_else(|| is_aws_managed(arn).then(|| state.data.aws_policy(arn)).flatten());
    policy.ok_or_else(|| ErrorResponse::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}
