//! Rules about what an organisation leaves behind in its accounts.

use std::collections::BTreeSet;

use super::context::{CheckContext, Found};
use super::{aws_made, entry};
use crate::answer::Verdict;
use crate::facet::Facet;
use crate::graph::EdgeKind;
use crate::ids::PrincipalIx;
use crate::model::PrincipalType;
use crate::wildcard;

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
        let (mut who, mut unknown) = (Vec::new(), BTreeSet::new());
        for edge in edges.iter().filter(|e| e.kind == EdgeKind::AssumeRole) {
            // a role that may enter itself is not reached by that
            let others: Vec<PrincipalIx> =
                edge.from.members(cx.estate).iter().copied().filter(|m| *m != role).collect();
            if others.is_empty() && !edge.from.members(cx.estate).is_empty() {
                continue;
            }
            let decision = edge.own(edge.from.kind(cx.estate));
            match decision.verdict() {
                Verdict::Denied => {}
                Verdict::Unknown => unknown.extend(entry::unclear(cx, &decision.truth())),
                Verdict::Allowed | Verdict::Conditional if others.is_empty() => who.push(edge.from.name(cx.estate)),
                Verdict::Allowed | Verdict::Conditional => who.extend(others.iter().map(|m| cx.shown(*m))),
            }
        }
        who.sort();
        who.dedup();
        let message = match who.as_slice() {
            [] => {
                cx.unknown_principal(role, &unknown);
                continue;
            }
            [only] => format!("{only} can enter it"),
            [first, rest @ ..] => format!("{first} and {} more can enter it", rest.len()),
        };
        let fix_for = aws_made::maker(principal);
        cx.principal(role, Found { message, fix_for, ..Found::default() });
    }
}
