//! Rules about what an organization leaves behind in its accounts.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::answer::Verdict;
use crate::graph::EdgeKind;
use crate::ids::{AccountIx, PrincipalIx};
use crate::posture::{aws_made, unknown};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(
        card_file!("organization/organization-admin-role-reachable"),
        Judge::Role(organization_admin_role_reachable),
    ),
    &Row::new(card_file!("organization/central-root-management-off"), Judge::Account(central_root_management_off))
        .reading(about_features),
];

/// An organization whose member accounts each guard root credentials of their own. Judged once, by the management account.
fn central_root_management_off(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    if cx.estate.organization().and_then(|organization| organization.manages_root_credentials()) == Some(false) {
        outcome.found(Found::saying("root credentials of member accounts are not managed centrally"));
    }
}

/// Central management needs all features of AWS Organizations, and members.
fn about_features(cx: &Context<'_>, ix: AccountIx) -> Data {
    let account = cx.estate.account(ix);
    let of_others = || cx.estate.accounts().iter().any(|other| other.is_member() && !other.is_management());
    match cx.estate.organization() {
        Some(organization) if account.is_management() && organization.all_features && of_others() => {
            // accounts in China have no root user
            match organization.manages_root_credentials() {
                _ if account.partition() == "aws-cn" => Data::NotApplicable,
                Some(_) => Data::Read,
                None => Data::Unread,
            }
        }
        _ => Data::NotApplicable,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminRoles {
    /// Globs.
    names: Vec<String>,
}

/// A default administrator role that some principal can assume.
fn organization_admin_role_reachable(cx: &Context<'_>, admin: &AdminRoles, role: PrincipalIx, outcome: &mut Outcome) {
    let principal = cx.estate.principal(role);
    if !admin.names.iter().any(|glob| wildcard::matches(glob, principal.name())) {
        return outcome.not_applicable();
    }
    let mut who = BTreeSet::new();
    let mut why_unknown = BTreeSet::new();
    for edge in cx.graph.incoming(role).iter().filter(|edge| edge.kind == EdgeKind::AssumeRole) {
        let mut callers = edge.callers(cx.estate).peekable();
        let is_principal = callers.peek().is_some();
        // a role that can assume itself is not reached by that
        let others: Vec<PrincipalIx> = callers.filter(|caller| *caller != role).collect();
        if others.is_empty() && is_principal {
            continue;
        }
        let decision = edge.own(edge.from.kind(cx.estate));
        match decision.verdict() {
            Verdict::Denied => {}
            Verdict::Unknown => why_unknown.extend(unknown::unclear(cx.estate, &decision.truth())),
            Verdict::Allowed | Verdict::Conditional if others.is_empty() => {
                who.insert(edge.from.name(cx.estate));
            }
            Verdict::Allowed | Verdict::Conditional => who.extend(others.iter().map(|member| cx.shown(*member))),
        }
    }
    let Some(first) = who.first() else { return outcome.unknown_because(&why_unknown) };
    let message = match who.len() {
        1 => format!("{first} can assume this default admin role"),
        count => format!("{first} and {} more can assume this default admin role", count - 1),
    };
    outcome.found(Found { message, fix_for: aws_made::maker(principal), ..Found::default() });
}
