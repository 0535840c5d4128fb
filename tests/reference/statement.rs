//! Statements: which requests a statement covers.

use serde_json::Value;

use super::text::{action_like, expand_resource, resource_like};
use super::{Asked, Context, condition, strings};

/// The caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    User {
        account: String,
        arn: String,
    },
    /// A session; `arn` is the role's.
    Role {
        account: String,
        name: String,
        arn: String,
    },
    Service {
        name: String,
    },
    /// Somebody for whom an identity provider vouches.
    Provider {
        name: String,
    },
}

/// How a trust statement names the caller: what else must allow depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The account: its own policies decide.
    Account,
    User,
    Role,
    Session,
    Everybody,
    Service,
}

/// One request.
pub struct Request<'a> {
    pub caller: &'a Caller,
    pub action: &'a str,
    pub resource: &'a str,
    pub context: &'a dyn Context,
}

/// Statements of a document, with whether `${…}` are variables in it.
pub fn statements(document: &Value) -> (bool, Vec<&Value>) {
    let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let list = match &document["Statement"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    (variables, list)
}

pub fn is_deny(statement: &Value) -> bool {
    match statement["Effect"].as_str() {
        Some("Deny") => true,
        Some("Allow") => false,
        _ => panic!("a statement without effect: {statement}"),
    }
}

/// Action, resource and condition; the principal is ignored.
pub fn covers(statement: &Value, variables: bool, request: &Request<'_>) -> Asked<bool> {
    Ok(covers_action(statement, request.action)
        && covers_resource(statement, variables, request)?
        && match statement.get("Condition") {
            Some(block) => condition::holds(block, variables, request.context)?,
            None => true,
        })
}

pub fn covers_action(statement: &Value, action: &str) -> bool {
    let listed = |element: &Value| strings(element).iter().any(|p| action_like(p, action));
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(element), None) => listed(element),
        (None, Some(element)) => !listed(element),
        _ => panic!("a statement needs one of Action and NotAction: {statement}"),
    }
}

fn covers_resource(statement: &Value, variables: bool, request: &Request<'_>) -> Asked<bool> {
    let listed = |element: &Value| -> Asked<bool> {
        for text in strings(element) {
            if text == "*" {
                return Ok(true);
            }
            // a pattern with a variable that has no value names no resource
            if let Some(pieces) = expand_resource(&text, variables, request.context)?
                && resource_like(&pieces, request.resource)
            {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(element), None) => listed(element),
        (None, Some(element)) => Ok(!listed(element)?),
        // trust policies: the role itself
        (None, None) => Ok(true),
        _ => panic!("a statement has Resource or NotResource: {statement}"),
    }
}

/// Every way in which the Principal element names the caller.
pub fn named(statement: &Value, request: &Request<'_>) -> Asked<Vec<Named>> {
    let mut found = Vec::new();
    match statement.get("Principal") {
        None => {}
        Some(Value::String(text)) if text == "*" => found.extend(everybody(request.caller)),
        Some(Value::Object(kinds)) => {
            for (kind, names) in kinds {
                for name in strings(names) {
                    found.extend(names_caller(kind, &name, request)?);
                }
            }
        }
        Some(other) => panic!("no principal element: {other}"),
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// `*` is every principal; whether that includes services is not decided here: they need to be named.
fn everybody(caller: &Caller) -> Option<Named> {
    match caller {
        Caller::User { .. } | Caller::Role { .. } => Some(Named::Everybody),
        Caller::Service { .. } | Caller::Provider { .. } => None,
    }
}

fn names_caller(kind: &str, name: &str, request: &Request<'_>) -> Asked<Option<Named>> {
    let of_account = |account: &str| name == account || name == format!("arn:aws:iam::{account}:root");
    Ok(match (kind, request.caller) {
        ("AWS", caller) if name == "*" => everybody(caller),
        ("AWS", Caller::User { account, .. } | Caller::Role { account, .. }) if of_account(account) => {
            Some(Named::Account)
        }
        ("AWS", Caller::User { arn, .. }) if name == arn => Some(Named::User),
        ("AWS", Caller::Role { arn, .. }) if name == arn => Some(Named::Role),
        ("AWS", Caller::Role { account, name: role, .. }) => {
            match name.strip_prefix(&format!("arn:aws:sts::{account}:assumed-role/{role}/")) {
                Some(session) if session == request.context.session_name()? => Some(Named::Session),
                _ => None,
            }
        }
        ("Service", Caller::Service { name: service }) if name == service => Some(Named::Service),
        ("Federated", Caller::Provider { name: provider }) if name == provider => Some(Named::Service),
        _ => None,
    })
}
