//! GetAccountAuthorizationDetails, and the managed policies on their own.
//!
//! Owns: the filter, and the spread of the four lists over pages: one long sequence of users, groups, roles and policies, so
//! that a page may end in the midst of any list.

use std::collections::BTreeSet;

use serde_json::Value;

use super::desk::{Desk, denied};
use super::fault::Fault;
use super::iam::write_marker;
use super::request::Call;
use super::sessions::Caller;
use super::shapes::{self, Kind};
use super::world::{is_aws_managed, text};
use super::xml::Xml;

/// The lists in the order of the answer, with their shapes.
const LISTS: [(&str, Kind); 4] = [
    ("UserDetailList", Kind::Object(shapes::USER_DETAIL)),
    ("GroupDetailList", Kind::Object(shapes::GROUP_DETAIL)),
    ("RoleDetailList", Kind::Object(shapes::ROLE_DETAIL)),
    ("Policies", Kind::Object(shapes::POLICY_DETAIL)),
];

const FILTERS: [&str; 5] = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"];

/// The answer of GetAccountAuthorizationDetails.
pub(super) fn authorization_details(desk: &Desk, caller: &Caller, call: &Call) -> Result<Xml, Fault> {
    let account = desk.world.accounts.get(&caller.account);
    let collected = account.is_some_and(|account| LISTS.iter().any(|(key, _)| account.contains_key(*key)));
    if !collected {
        return Err(denied(caller, call, "*"));
    }
    let filter = call.members("Filter");
    if let Some(unknown) = filter.iter().find(|name| !FILTERS.contains(name)) {
        return Err(Fault::validation(format!("Value '{unknown}' at 'filter' is not an entity type")));
    }
    let attached = attached(desk, caller);
    let wanted = |key: &str, entry: &Value| {
        let entity = entity(key, entry);
        let listed = filter.is_empty() || filter.contains(&entity);
        listed && (entity != "AWSManagedPolicy" || text(entry, "Arn").is_some_and(|arn| attached.contains(arn)))
    };
    let mut entries = Vec::new();
    for (key, _) in &LISTS {
        let list = desk.world.account_list(caller.account, key).into_iter().flatten();
        entries.extend(list.filter(|entry| wanted(key, entry)).map(|entry| (*key, entry)));
    }
    let page = desk.query_page(call, entries.len())?;
    let on_page: Vec<_> = page.cut(entries).collect();
    let mut xml = Xml::default();
    for (key, kind) in &LISTS {
        xml.list(key, kind, on_page.iter().filter(|(of, _)| of == key).map(|(_, entry)| *entry));
    }
    write_marker(&mut xml, page.next.as_deref());
    Ok(xml)
}

/// ARNs of the policies that somebody in the account has. AWS lists its own policies only where they are attached.
fn attached<'a>(desk: &'a Desk, caller: &Caller) -> BTreeSet<&'a str> {
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
    let entries = lists.iter().filter_map(|key| desk.world.account_list(caller.account, key)).flatten();
    let arns = |entry: &'a Value| {
        let policies = entry.get("AttachedManagedPolicies").and_then(Value::as_array).into_iter().flatten();
        let boundary = entry.get("PermissionsBoundary").and_then(|boundary| text(boundary, "PermissionsBoundaryArn"));
        policies.filter_map(|policy| text(policy, "PolicyArn")).chain(boundary)
    };
    entries.flat_map(arns).filter(|arn| is_aws_managed(arn)).collect()
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
pub(super) fn policy(desk: &Desk, caller: &Caller, call: &Call) -> Result<Xml, Fault> {
    let policy = find(desk, caller, call)?;
    let mut xml = Xml::default();
    xml.element("Policy", |xml| xml.fields(shapes::POLICY, policy));
    Ok(xml)
}

/// The answer of GetPolicyVersion.
pub(super) fn policy_version(desk: &Desk, caller: &Caller, call: &Call) -> Result<Xml, Fault> {
    let policy = find(desk, caller, call)?;
    let id = call.parameter("VersionId").unwrap_or_default();
    let mut versions = policy.get("PolicyVersionList").and_then(Value::as_array).into_iter().flatten();
    let version = versions.find(|version| text(version, "VersionId") == Some(id));
    let version = version.ok_or_else(|| Fault::no_such_entity(format!("Policy version {id} does not exist.")))?;
    let mut xml = Xml::default();
    xml.element("PolicyVersion", |xml| xml.fields(shapes::POLICY_VERSION, version));
    Ok(xml)
}

fn find<'a>(desk: &'a Desk, caller: &Caller, call: &Call) -> Result<&'a Value, Fault> {
    let arn = call.parameter("PolicyArn").unwrap_or_default();
    let policy = desk.world.managed_policy(caller.account, arn);
    policy.ok_or_else(|| Fault::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}
