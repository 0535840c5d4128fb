//! One request against every policy that applies.

use serde_json::Value;

use super::Asked;
use super::statement::{Caller, Named, Request, covers, is_deny, named, statements};

/// The policies of one (caller, role) pair.
#[derive(Clone, Debug, Default)]
pub struct Layers<'a> {
    /// The policies of the user and its groups, or of the role.
    pub identity: Vec<&'a Value>,
    pub boundary: Option<&'a Value>,
    /// From the root down to the account; `None` if no SCP applies to the caller.
    pub scp: Option<Vec<Vec<&'a Value>>>,
    /// Of all levels of the role's account; empty if none applies.
    pub rcp: Vec<&'a Value>,
    pub trust: Option<&'a Value>,
    pub same_account: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// Decides one request to assume a role: a Deny anywhere ends it, then everything that must allow has to.
pub fn decide(layers: &Layers<'_>, request: &Request<'_>) -> Asked<Outcome> {
    if denied(layers, request)? {
        return Ok(Outcome::ExplicitDeny);
    }
    Ok(if granted(layers, request)? { Outcome::Allow } else { Outcome::ImplicitDeny })
}

/// Whether the answer is Allow; evaluates the most decisive part first, because it is called for many worlds.
pub fn allows(layers: &Layers<'_>, request: &Request<'_>) -> Asked<bool> {
    Ok(granted(layers, request)? && !denied(layers, request)?)
}

fn denied(layers: &Layers<'_>, request: &Request<'_>) -> Asked<bool> {
    let of_caller = layers.identity.iter().chain(layers.boundary.iter());
    for document in of_caller.chain(layers.scp.iter().flatten().flatten()) {
        if has_matching(document, true, request)? {
            return Ok(true);
        }
    }
    for document in layers.rcp.iter().chain(layers.trust.iter()) {
        let (variables, all) = statements(document);
        for statement in all {
            let about_caller = || Ok(is_everybody(statement) || !named(statement, request)?.is_empty());
            if is_deny(statement) && about_caller()? && covers(statement, variables, request)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A Deny for `*` also applies to services.
fn is_everybody(statement: &Value) -> bool {
    statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*"
}

fn granted(layers: &Layers<'_>, request: &Request<'_>) -> Asked<bool> {
    let Some(trust) = layers.trust else { return Ok(false) };
    let (variables, all) = statements(trust);
    for statement in all {
        if is_deny(statement) {
            continue;
        }
        for name in named(statement, request)? {
            if caller_side_allows(layers, name, request)? && covers(statement, variables, request)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Everything on the caller's side that must allow, depending on how the trust policy names the caller.
fn caller_side_allows(layers: &Layers<'_>, name: Named, request: &Request<'_>) -> Asked<bool> {
    if matches!(request.caller, Caller::Service { .. } | Caller::Provider { .. }) {
        return Ok(true);
    }
    let (identity, boundary) = needs(name, layers.same_account);
    if identity && !any_allows(&layers.identity, request)? {
        return Ok(false);
    }
    if let Some(document) = layers.boundary
        && boundary
        && !any_allows(&[document], request)?
    {
        return Ok(false);
    }
    // an Allow at every level
    for level in layers.scp.iter().flatten() {
        if !any_allows(level, request)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the caller's identity policies and its boundary must allow too. Within one account it is enough to be named:
/// as a user, a session or by `*`; as a role, only within its boundary.
fn needs(name: Named, same_account: bool) -> (bool, bool) {
    match name {
        Named::Account => (true, true),
        _ if !same_account => (true, true),
        Named::Role => (false, true),
        Named::User | Named::Session | Named::Everybody | Named::Service => (false, false),
    }
}

fn any_allows(documents: &[&Value], request: &Request<'_>) -> Asked<bool> {
    for document in documents {
        if has_matching(document, false, request)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_matching(document: &Value, deny: bool, request: &Request<'_>) -> Asked<bool> {
    let (variables, all) = statements(document);
    for statement in all {
        if is_deny(statement) == deny && covers(statement, variables, request)? {
            return Ok(true);
        }
    }
    Ok(false)
}
