//! Rules about what an organization leaves behind in its accounts.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::answer::Verdict;
use crate::graph::EdgeKind;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Account;
use crate::posture::crossing::{Crossings, Level};
use crate::posture::entry::Can;
use crate::posture::{aws_made, unknown};
use crate::rules::common::{arns, of_way, unknown_power};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Reads, Row, Rule, card_file};
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(
        card_file!("organization/organization-admin-role-reachable"),
        Judge::Role(organization_admin_role_reachable),
    ),
    &Row::prepared(
        card_file!("organization/management-account-reachable"),
        from_members,
        Judge::Role(management_account_reachable),
    )
    .after(Reads::Edges),
    &Row::new(card_file!("organization/central-root-management-off"), Judge::Account(central_root_management_off))
        .of_organization(about_features),
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
    let of_others = || {
        let is_other = |other: &Account| other.is_member() && !other.is_management();
        cx.estate.unlisted().is_some() || cx.estate.accounts().iter().any(is_other)
    };
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
    let (mut who, mut outside, mut known) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
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
                outside.insert(edge.from.name(cx.estate));
            }
            Verdict::Allowed | Verdict::Conditional => {
                who.extend(others.iter().map(|member| cx.shown(*member)));
                known.extend(others);
            }
        }
    }
    let Some(first) = who.first() else { return outcome.unknown_because(&why_unknown) };
    let message = match who.len() {
        1 => format!("{first} can assume this default admin role"),
        count => format!("{first} and {} more can assume this default admin role", count - 1),
    };
    let principals = outside.into_iter().chain(arns(cx, &known)).collect();
    outcome.found(Found { message, principals, fix_for: aws_made::maker(principal), ..Found::default() });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    /// Ids or names.
    allowed_accounts: Vec<String>,
    /// Globs.
    allowed_roles: Vec<String>,
}

/// The ways from member accounts into the management account; the names of roles that are not judged.
struct FromMembers {
    ways: Crossings,
    allowed_roles: Vec<String>,
}

fn from_members(cx: &Context<'_>, of: Trusted) -> FromMembers {
    let level = |account: &Account| {
        let is_allowed = |name: &String| *name == account.id().to_string() || name == account.name();
        match account.is_management() {
            true => Level::Of(1),
            false if of.allowed_accounts.iter().any(is_allowed) => Level::None,
            false if account.membership_gap().is_some() => Level::Unknown,
            false if account.is_member() => Level::Of(0),
            false => Level::None,
        }
    };
    let levels = cx.estate.accounts().iter().map(level).collect();
    FromMembers { ways: Crossings::new(cx.callers_of_ways(), levels), allowed_roles: of.allowed_roles }
}

/// A role of the management account with write access that principals of member accounts can get into.
fn management_account_reachable(cx: &Context<'_>, from: &FromMembers, role: PrincipalIx, outcome: &mut Outcome) {
    let principal = cx.estate.principal(role);
    let named = from.allowed_roles.iter().any(|glob| wildcard::matches(glob, principal.name()));
    if !cx.estate.account(principal.account()).is_management() || named || aws_made::is_fixed(principal) {
        return outcome.not_applicable();
    }
    let writes = &cx.power(role).writes;
    if writes.can() == Can::No {
        return;
    }
    let Some(hops) = from.ways.certain(cx.estate, role) else {
        return outcome.unknown_because(&from.ways.why_unknown(cx.estate, role));
    };
    if writes.can() == Can::Perhaps {
        return unknown_power(cx, writes, "they can write", "roles", outcome);
    }
    let says = |first| format!("{} of a member account can get into the management account by it", cx.shown(first));
    if let Some(found) = of_way(cx, &hops, says) {
        outcome.found(found.about(arns(cx, &from.ways.entering(cx.ways, role))));
    }
}
