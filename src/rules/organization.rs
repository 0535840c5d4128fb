//! Rules about what an organisation leaves behind in its accounts.

use super::context::{CheckContext, Found};
use crate::answer::Verdict;
use crate::facet::Facet;
use crate::graph::{Edge, EdgeKind};
use crate::model::PrincipalType;
use crate::wildcard;

/// Names of the roles that AWS's own tools make as administrators of member accounts.
const DEFAULT_ADMIN_ROLES: &[&str] = &[
    "OrganizationAccountAccessRole",
    "AWSControlTowerExecution",
    "AWSCloudFormationStackSetExecutionRole",
    "stacksets-exec-*",
];

/// Whether a role is one of them.
pub(super) fn is_default_admin_role(name: &str) -> bool {
    DEFAULT_ADMIN_ROLES.iter().any(|glob| wildcard::matches(glob, name))
}

/// A default administrator role that somebody can enter.
pub(super) fn organization_admin_role_reachable(cx: &mut CheckContext<'_, '_>) {
    cx.accounts_with(Facet::AuthorizationDetails);
    let names = cx.list("names");
    for role in cx.estate.roles() {
        let principal = cx.estate.principal(role);
        if principal.kind() != PrincipalType::Role
            || !names.iter().any(|glob| wildcard::matches(glob, principal.name()))
        {
            continue;
        }
        let edges = cx.graph.incoming(role);
        let passable = |e: &&Edge| {
            let verdict = e.own(e.from.kind(cx.estate)).verdict();
            e.kind == EdgeKind::AssumeRole && matches!(verdict, Verdict::Allowed | Verdict::Conditional)
        };
        let mut who: Vec<String> = Vec::new();
        for edge in edges.iter().filter(passable) {
            let members = edge.from.members(cx.estate);
            if members.is_empty() {
                who.push(edge.from.name(cx.estate));
            }
            who.extend(members.iter().map(|m| cx.shown(*m)));
        }
        who.sort();
        who.dedup();
        let message = match who.as_slice() {
            [] => continue,
            [only] => format!("{only} can enter it"),
            [first, rest @ ..] => format!("{first} and {} more can enter it", rest.len()),
        };
        cx.principal(role, Found { message, ..Found::default() });
    }
}
