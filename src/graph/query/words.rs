//! What answers say in words beside statements and verdicts.

use crate::eval::Unclear;
use crate::graph::edge::Source;
use crate::ids::AccountId;

/// Services whose sessions are people or workloads that IAM does not know: who trusts them trusts those.
/// Source: AWS account access manager, "Prepare IAM roles"; IAM Roles Anywhere and EKS Pod Identity user guides.
const CARRIERS: &[(&str, &str)] = &[
    ("account-access.amazonaws.com", "people of Identity Center"),
    ("rolesanywhere.amazonaws.com", "holders of X.509 certificates"),
    ("pods.eks.amazonaws.com", "pods of EKS clusters"),
];

/// Whom a service carries into a role.
pub(super) fn carried_by(service: &str) -> Option<&'static str> {
    CARRIERS.iter().find(|(name, _)| *name == service).map(|(_, whom)| *whom)
}

/// As [`carried_by`], as something to know about a hop.
pub(super) fn carried(from: &Source) -> Option<String> {
    let Source::Service(name) = from else { return None };
    carried_by(name).map(|whom| format!("{name} brings {whom}: humans or workloads outside IAM"))
}

/// A search that stopped before it had tried every way.
pub(super) fn search_given_up() -> Unclear {
    Unclear::Undocumented("too many ways to try them all: whether one of them fits the session it needs is open".into())
}

/// What an account's id or `…:root` stands for as the start of a question. Source: AWS IAM User Guide, "Granting a user
/// permissions to switch roles" and "AWS JSON policy elements: Principal".
pub(super) fn of_account(shown: &str) -> Option<&'static str> {
    let is_account = shown.ends_with(":root") || AccountId::parse(shown).is_some();
    is_account.then_some("this speaks of the account's users and roles: its root user itself cannot assume roles")
}
