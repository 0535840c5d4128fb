//! Services that bring others into a role.

use super::source::Source;

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
