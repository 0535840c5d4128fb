//! Roles that are administrators.

use serde::Deserialize;

use super::power::{about_administrators, is_given, through};
use crate::facet::Facet;
use crate::graph::Source;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Principal, PrincipalType};
use crate::posture::entry::Can;
use crate::rules::common::unknown_power;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{Reads, Row, Rule, card_file};
use crate::wildcard;

pub(super) const ROLE_IS_ADMINISTRATOR: &dyn Rule =
    &Row::new(card_file!("privilege/role-is-administrator"), Judge::Role(role_is_administrator))
        .after(Reads::PathsWithoutMfa)
        .of_whole_accounts();
pub(super) const ADMINISTRATOR_SESSION_LONG: &dyn Rule =
    &Row::new(card_file!("privilege/administrator-session-long"), Judge::Role(administrator_session_long))
        .of_whole_accounts()
        .reading(about_sessions);

fn about_sessions(cx: &Context<'_>, account: AccountIx) -> Data {
    let judged = |principal: &Principal| principal.kind() == PrincipalType::Role && !is_given(principal);
    about_administrators(cx, account, Facet::RoleSettings, judged)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    /// Globs.
    allowed_roles: Vec<String>,
}

/// A role that is an administrator and that others than people with MFA reach, apart from roles that AWS's own tools bring.
fn role_is_administrator(cx: &Context<'_>, roles: &Roles, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    if is_given(role) || roles.allowed_roles.iter().any(|glob| wildcard::matches(glob, role.name())) {
        return outcome.not_applicable();
    }
    let fact = &cx.power(ix).administrator;
    if fact.can() == Can::No {
        return;
    }
    let Some(caller) = cx.paths_without_mfa().caller_but_people_with_mfa(ix) else {
        return outcome.unknown_because(&cx.paths_without_mfa().why_others_unknown(ix));
    };
    if fact.can() == Can::Perhaps {
        return unknown_power(cx, fact, "they are administrators", "roles", outcome);
    }
    let who = match caller {
        Source::Principal(caller) => cx.shown(caller),
        other => other.name(cx.estate),
    };
    let message = format!("administrator{}; {who} can assume it", through(cx, role.class(), fact));
    let evidence = cx.powers().proof(role.class(), fact);
    outcome.found(Found { message, evidence, ..Found::default() });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Longest {
    hours: u16,
}

const MINUTES_PER_HOUR: u16 = 60;

/// An administrator role whose sessions may last long.
fn administrator_session_long(cx: &Context<'_>, longest: &Longest, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    if is_given(role) {
        return outcome.not_applicable();
    }
    let minutes = role.role().and_then(|facts| facts.max_session);
    if minutes.is_some_and(|minutes| minutes <= longest.hours.saturating_mul(MINUTES_PER_HOUR)) {
        return;
    }
    let fact = &cx.power(ix).administrator;
    match (fact.can(), minutes) {
        (Can::No, _) => {}
        (Can::Perhaps, _) => unknown_power(cx, fact, "they are administrators", "roles", outcome),
        (Can::Yes, None) => outcome.unknown_among("cannot be judged: maximum session duration of", "roles not read"),
        (Can::Yes, Some(minutes)) => {
            let by = through(cx, role.class(), fact);
            let message = format!("a session may last {} hours; administrator{by}", minutes.div_ceil(MINUTES_PER_HOUR));
            let evidence = cx.powers().proof(role.class(), fact);
            outcome.found(Found { message, evidence, ..Found::default() });
        }
    }
}
