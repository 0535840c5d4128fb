//! The organization as AWS Organizations describes it, derived from `organization.json`.
//!
//! Owns: states, paths, ARNs and kinds of the nodes, and which keys of an entry are ours rather than AWS's.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::files::EmulatorData;
use super::index::Place;
use super::value::text;
use crate::emulator::protocol::document::document_text;
use crate::ids::AccountId;

/// Keys of the snapshot's entries that are not part of AWS's answer.
const OURS: [&str; 4] = ["ParentId", "Services", "Tags", "TargetIds"];

/// OUs nest five deep; anything deeper than this is a cycle.
const MAX_DEPTH: usize = 16;

/// A list of `organization.json`: `None` if it was not collected.
pub(crate) fn list<'a>(data: &'a EmulatorData, key: &str) -> Option<&'a [Value]> {
    data.organization.as_ref()?.get(key)?.as_array().map(Vec::as_slice)
}

/// The organization's own entry.
pub(crate) fn organization(data: &EmulatorData) -> Option<&Value> {
    data.organization.as_ref()?.get("Organization").filter(|value| value.is_object())
}

/// The management account.
pub(crate) fn management_account(data: &EmulatorData) -> Option<AccountId> {
    let organization = organization(data)?;
    let id = text(organization, "MasterAccountId").or(text(organization, "ManagementAccountId"));
    AccountId::parse(id.or_else(|| text(organization, "MasterAccountArn")?.rsplit('/').next())?)
}

/// The entry of an account.
pub(crate) fn account(data: &EmulatorData, id: AccountId) -> Option<&Value> {
    node(data, &id.to_string()).filter(|(kind, _, _)| *kind == "ACCOUNT").map(|(_, _, account)| account)
}

/// Accounts whose roles cannot be used any more, or not yet.
pub(crate) fn out_of_service(data: &EmulatorData) -> BTreeSet<AccountId> {
    let shut = |account: &&Value| {
        let state = text(account, "State").or(text(account, "Status"));
        matches!(state, Some("SUSPENDED" | "PENDING_CLOSURE" | "CLOSED" | "PENDING_ACTIVATION"))
    };
    let accounts = list(data, "Accounts").into_iter().flatten();
    accounts.filter(shut).filter_map(|account| AccountId::parse(text(account, "Id")?)).collect()
}

/// DescribeOrganization's `Organization`.
pub(crate) fn organization_answer(data: &EmulatorData, organization: &Value) -> Value {
    let mut answer = without_ours(organization);
    if let Some(management) = management_account(data) {
        let id = text(organization, "Id").unwrap_or_default();
        answer.remove("ManagementAccountId");
        answer.entry("MasterAccountId").or_insert_with(|| management.to_string().into());
        let arn = format!("arn:{}:organizations::{management}:account/{id}/{management}", data.partition());
        answer.entry("MasterAccountArn").or_insert_with(|| arn.into());
        let arn = format!("arn:{}:organizations::{management}:organization/{id}", data.partition());
        answer.entry("Arn").or_insert_with(|| arn.into());
    }
    Value::Object(answer)
}

/// An `Account`: with both `State` and the retired `Status`, and with `Paths` if the tree is known.
pub(crate) fn account_answer(data: &EmulatorData, account: &Value) -> Value {
    let mut answer = without_ours(account);
    let state = text(account, "State").or(text(account, "Status")).unwrap_or("ACTIVE").to_owned();
    // Status has only three values; an account that is not activated yet counts as suspended, like a closed one.
    let status = match state.as_str() {
        "CLOSED" | "PENDING_ACTIVATION" => "SUSPENDED".to_owned(),
        _ => state.clone(),
    };
    answer.entry("State").or_insert_with(|| state.into());
    answer.entry("Status").or_insert_with(|| status.into());
    if let Some(id) = text(account, "Id") {
        answer.entry("Arn").or_insert_with(|| arn(data, "account", id).into());
        if let Some(path) = path(data, account) {
            answer.entry("Paths").or_insert_with(|| json!([path]));
        }
    }
    Value::Object(answer)
}

/// An `OrganizationalUnit` or a `Root`.
pub(crate) fn node_answer(data: &EmulatorData, kind: &str, node: &Value) -> Value {
    let mut answer = without_ours(node);
    if let Some(id) = text(node, "Id") {
        answer.entry("Arn").or_insert_with(|| arn(data, kind, id).into());
    }
    Value::Object(answer)
}

/// A `PolicySummary`.
pub(crate) fn policy_summary(data: &EmulatorData, policy: &Value) -> Value {
    let id = text(policy, "Id").unwrap_or_default();
    let kind = text(policy, "Type").unwrap_or_default();
    let by_aws = matches!(id, "p-FullAWSAccess" | "p-RCPFullAWSAccess");
    let mut summary = without_ours(policy);
    summary.remove("Content");
    let kind = kind.to_ascii_lowercase();
    summary.entry("Arn").or_insert_with(|| {
        let own = || arn(data, "policy", &format!("{kind}/{id}"));
        let of_aws = || format!("arn:{}:organizations::aws:policy/{kind}/{id}", data.partition());
        if by_aws { of_aws() } else { own() }.into()
    });
    summary.entry("Description").or_insert_with(|| "".into());
    summary.entry("AwsManaged").or_insert(by_aws.into());
    Value::Object(summary)
}

/// A policy's `Content`, which AWS returns as a string.
pub(crate) fn policy_content(policy: &Value) -> Value {
    policy.get("Content").map_or(Value::Null, |content| document_text(content).into())
}

/// A `PolicyTargetSummary` for an id; an id that the tree does not know keeps its kind.
pub(crate) fn target(data: &EmulatorData, id: &str) -> Value {
    let known = node(data, id);
    let (kind, segment) = known.map_or_else(|| kind_of(id), |(kind, segment, _)| (kind, segment));
    let text = |key| known.and_then(|(_, _, node)| text(node, key));
    let arn = text("Arn").map_or_else(|| arn(data, segment, id), str::to_owned);
    json!({"TargetId": id, "Arn": arn, "Name": text("Name").unwrap_or_default(), "Type": kind})
}

fn kind_of(id: &str) -> (&'static str, &'static str) {
    match id {
        id if id.starts_with("r-") => ("ROOT", "root"),
        id if id.starts_with("ou-") => ("ORGANIZATIONAL_UNIT", "ou"),
        _ => ("ACCOUNT", "account"),
    }
}

/// A root, OU or account by its id, with its target type and the segment of its ARN.
pub(crate) fn node<'a>(data: &'a EmulatorData, id: &str) -> Option<(&'static str, &'static str, &'a Value)> {
    let Place { kind, segment, list: key, at } = data.index().place(id)?;
    Some((kind, segment, list(data, key)?.get(at)?))
}

fn arn(data: &EmulatorData, segment: &str, id: &str) -> String {
    let organization = organization(data).and_then(|value| text(value, "Id")).unwrap_or("o-unknown");
    let owner = management_account(data).map(|id| id.to_string()).unwrap_or_default();
    format!("arn:{}:organizations::{owner}:{segment}/{organization}/{id}", data.partition())
}

/// `o-…/r-…/ou-…/123456789012/`, or `None` if a parent is missing.
fn path(data: &EmulatorData, account: &Value) -> Option<String> {
    let mut parts = vec![text(account, "Id")?];
    let mut parent = text(account, "ParentId")?;
    for _ in 0..MAX_DEPTH {
        parts.push(parent);
        match node(data, parent)? {
            ("ROOT", _, _) => {
                parts.push(text(organization(data)?, "Id")?);
                parts.reverse();
                return Some(format!("{}/", parts.join("/")));
            }
            ("ORGANIZATIONAL_UNIT", _, unit) => parent = text(unit, "ParentId")?,
            _ => return None,
        }
    }
    None
}

/// An entry as AWS returns it: without our keys, and with times as seconds since 1970, as everywhere in AWS JSON.
pub(crate) fn without_ours(entry: &Value) -> Map<String, Value> {
    let fields = entry.as_object().into_iter().flatten().filter(|(key, _)| !OURS.contains(&key.as_str()));
    fields.map(|(key, value)| (key.clone(), if is_time(key) { seconds(value) } else { value.clone() })).collect()
}

fn is_time(key: &str) -> bool {
    key.ends_with("Timestamp") || key.ends_with("Date")
}

pub(crate) fn seconds(value: &Value) -> Value {
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    // Milliseconds are exact in a double for some 285,000 years.
    time.map_or_else(|| value.clone(), |time| json!(time.as_millisecond() as f64 / 1000.0))
}

/// Only the management account and delegated administrators may read the organization.
pub(crate) fn may_ask(data: &EmulatorData, caller: &Caller) -> bool {
    let id = caller.account.to_string();
    let delegated = list(data, "DelegatedAdministrators").into_iter().flatten();
    management_account(data).is_none_or(|management| management == caller.account)
        || delegated.filter_map(|entry| text(entry, "Id")).any(|other| other == id)
}

/// Whether the caller administers the organization for one service.
pub(crate) fn administers(data: &EmulatorData, caller: &Caller, service: &str) -> bool {
    let id = caller.account.to_string();
    let delegated = list(data, "DelegatedAdministrators").into_iter().flatten();
    let own = delegated.filter(|entry| text(entry, "Id") == Some(id.as_str()));
    let mut services = own.filter_map(|entry| entry.get("Services")?.as_array()).flatten();
    management_account(data).is_none_or(|management| management == caller.account)
        || services.any(|entry| text(entry, "ServicePrincipal") == Some(service))
}
