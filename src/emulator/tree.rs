//! The organisation as AWS Organizations describes it, worked out from `organization.json`.
//!
//! Owns: states, paths, ARNs and kinds of the nodes, and which keys of an entry are ours and not AWS's.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::world::{World, document_text, text};
use crate::ids::AccountId;

/// Keys of the snapshot's entries that are no members of AWS's answer.
const OURS: [&str; 4] = ["ParentId", "Services", "Tags", "TargetIds"];

/// Units nest five deep; more is a cycle.
const MAX_DEPTH: usize = 16;

/// Kinds of nodes: target type, the segment of their ARN, and their list.
const KINDS: [(&str, &str, &str); 3] = [
    ("ROOT", "root", "Roots"),
    ("ORGANIZATIONAL_UNIT", "ou", "OrganizationalUnits"),
    ("ACCOUNT", "account", "Accounts"),
];

/// Where each node is, by its id: ten thousand accounts are looked up for ten thousand answers.
#[derive(Debug)]
pub(super) struct Index(HashMap<String, (usize, usize)>);

impl Index {
    /// Of two nodes with one id the first is found.
    pub(super) fn of(world: &World) -> Self {
        let mut places = HashMap::new();
        for (kind, (_, _, key)) in KINDS.iter().enumerate() {
            for (at, node) in list(world, key).into_iter().flatten().enumerate() {
                if let Some(id) = text(node, "Id") {
                    places.entry(id.to_owned()).or_insert((kind, at));
                }
            }
        }
        Self(places)
    }
}

/// A list of `organization.json`: `None` where it was not collected.
pub(super) fn list<'a>(world: &'a World, key: &str) -> Option<&'a [Value]> {
    world.organization.as_ref()?.get(key)?.as_array().map(Vec::as_slice)
}

/// The organisation's own entry.
pub(super) fn organization(world: &World) -> Option<&Value> {
    world.organization.as_ref()?.get("Organization").filter(|value| value.is_object())
}

/// The management account.
pub(super) fn management_account(world: &World) -> Option<AccountId> {
    let organization = organization(world)?;
    let id = text(organization, "MasterAccountId").or(text(organization, "ManagementAccountId"));
    AccountId::parse(id.or_else(|| text(organization, "MasterAccountArn")?.rsplit('/').next())?)
}

/// The entry of an account.
pub(super) fn account(world: &World, id: AccountId) -> Option<&Value> {
    node(world, &id.to_string()).filter(|(kind, _, _)| *kind == "ACCOUNT").map(|(_, _, account)| account)
}

/// Accounts whose roles cannot be used any more, or not yet.
pub(super) fn out_of_service(world: &World) -> BTreeSet<AccountId> {
    let shut = |account: &&Value| {
        let state = text(account, "State").or(text(account, "Status"));
        matches!(state, Some("SUSPENDED" | "PENDING_CLOSURE" | "CLOSED" | "PENDING_ACTIVATION"))
    };
    let accounts = list(world, "Accounts").into_iter().flatten();
    accounts.filter(shut).filter_map(|account| AccountId::parse(text(account, "Id")?)).collect()
}

/// DescribeOrganization's `Organization`.
pub(super) fn organization_answer(world: &World, organization: &Value) -> Value {
    let mut answer = without_ours(organization);
    if let Some(management) = management_account(world) {
        let id = text(organization, "Id").unwrap_or_default();
        answer.remove("ManagementAccountId");
        answer.entry("MasterAccountId").or_insert_with(|| management.to_string().into());
        let arn = format!("arn:{}:organizations::{management}:account/{id}/{management}", world.partition());
        answer.entry("MasterAccountArn").or_insert_with(|| arn.into());
        let arn = format!("arn:{}:organizations::{management}:organization/{id}", world.partition());
        answer.entry("Arn").or_insert_with(|| arn.into());
    }
    Value::Object(answer)
}

/// An `Account`: with both `State` and the retired `Status`, and with `Paths` where the tree is known.
pub(super) fn account_answer(world: &World, account: &Value) -> Value {
    let mut answer = without_ours(account);
    let state = text(account, "State").or(text(account, "Status")).unwrap_or("ACTIVE").to_owned();
    // Status has three words; an account before its activation is shut, as a closed one is.
    let status = match state.as_str() {
        "CLOSED" | "PENDING_ACTIVATION" => "SUSPENDED".to_owned(),
        _ => state.clone(),
    };
    answer.entry("State").or_insert_with(|| state.into());
    answer.entry("Status").or_insert_with(|| status.into());
    if let Some(id) = text(account, "Id") {
        answer.entry("Arn").or_insert_with(|| arn(world, "account", id).into());
        if let Some(path) = path(world, account) {
            answer.entry("Paths").or_insert_with(|| json!([path]));
        }
    }
    Value::Object(answer)
}

/// An `OrganizationalUnit` or a `Root`.
pub(super) fn node_answer(world: &World, kind: &str, node: &Value) -> Value {
    let mut answer = without_ours(node);
    if let Some(id) = text(node, "Id") {
        answer.entry("Arn").or_insert_with(|| arn(world, kind, id).into());
    }
    Value::Object(answer)
}

/// A `PolicySummary`.
pub(super) fn policy_summary(world: &World, policy: &Value) -> Value {
    let id = text(policy, "Id").unwrap_or_default();
    let kind = text(policy, "Type").unwrap_or_default();
    let by_aws = matches!(id, "p-FullAWSAccess" | "p-RCPFullAWSAccess");
    let mut summary = without_ours(policy);
    summary.remove("Content");
    let kind = kind.to_ascii_lowercase();
    summary.entry("Arn").or_insert_with(|| {
        let own = || arn(world, "policy", &format!("{kind}/{id}"));
        let of_aws = || format!("arn:{}:organizations::aws:policy/{kind}/{id}", world.partition());
        if by_aws { of_aws() } else { own() }.into()
    });
    summary.entry("Description").or_insert_with(|| "".into());
    summary.entry("AwsManaged").or_insert(by_aws.into());
    Value::Object(summary)
}

/// A policy's `Content`, which AWS gives as a string.
pub(super) fn policy_content(policy: &Value) -> Value {
    policy.get("Content").map_or(Value::Null, |content| document_text(content).into())
}

/// A `PolicyTargetSummary` of whatever the id stands for; an id that the tree does not know keeps its kind.
pub(super) fn target(world: &World, id: &str) -> Value {
    let known = node(world, id);
    let (kind, segment) = known.map_or_else(|| kind_of(id), |(kind, segment, _)| (kind, segment));
    let text = |key| known.and_then(|(_, _, node)| text(node, key));
    let arn = text("Arn").map_or_else(|| arn(world, segment, id), str::to_owned);
    json!({"TargetId": id, "Arn": arn, "Name": text("Name").unwrap_or_default(), "Type": kind})
}

fn kind_of(id: &str) -> (&'static str, &'static str) {
    match id {
        id if id.starts_with("r-") => ("ROOT", "root"),
        id if id.starts_with("ou-") => ("ORGANIZATIONAL_UNIT", "ou"),
        _ => ("ACCOUNT", "account"),
    }
}

/// A root, unit or account by its id, with its target type and the segment of its ARN.
pub(super) fn node<'a>(world: &'a World, id: &str) -> Option<(&'static str, &'static str, &'a Value)> {
    let (kind, at) = world.index().0.get(id)?;
    let (kind, segment, key) = KINDS.get(*kind)?;
    Some((kind, segment, list(world, key)?.get(*at)?))
}

fn arn(world: &World, segment: &str, id: &str) -> String {
    let organization = organization(world).and_then(|value| text(value, "Id")).unwrap_or("o-unknown");
    let owner = management_account(world).map(|id| id.to_string()).unwrap_or_default();
    format!("arn:{}:organizations::{owner}:{segment}/{organization}/{id}", world.partition())
}

/// `o-…/r-…/ou-…/123456789012/`, or `None` where the tree has a hole.
fn path(world: &World, account: &Value) -> Option<String> {
    let mut parts = vec![text(account, "Id")?];
    let mut parent = text(account, "ParentId")?;
    for _ in 0..MAX_DEPTH {
        parts.push(parent);
        match node(world, parent)? {
            ("ROOT", _, _) => {
                parts.push(text(organization(world)?, "Id")?);
                parts.reverse();
                return Some(format!("{}/", parts.join("/")));
            }
            ("ORGANIZATIONAL_UNIT", _, unit) => parent = text(unit, "ParentId")?,
            _ => return None,
        }
    }
    None
}

/// An entry as AWS gives it: without our keys, and with times as seconds since 1970, as in all of AWS JSON.
pub(super) fn without_ours(entry: &Value) -> Map<String, Value> {
    let fields = entry.as_object().into_iter().flatten().filter(|(key, _)| !OURS.contains(&key.as_str()));
    fields.map(|(key, value)| (key.clone(), if is_time(key) { seconds(value) } else { value.clone() })).collect()
}

fn is_time(key: &str) -> bool {
    key.ends_with("Timestamp") || key.ends_with("Date")
}

pub(super) fn seconds(value: &Value) -> Value {
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    // Milliseconds are exact in a double for some 285,000 years.
    time.map_or_else(|| value.clone(), |time| json!(time.as_millisecond() as f64 / 1000.0))
}
