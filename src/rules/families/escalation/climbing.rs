//! Principals who can climb.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::causes::findings;
use crate::escalation::{Binding, administers_for};
use crate::ids::{AccountIx, PrincipalIx};
use crate::posture::entry::Can;
use crate::posture::escalation::{Climb, Reached};
use crate::posture::unknown;
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Outcome, because};
use crate::rules::rule::{Reads, Row, Rule, card_file};
use crate::wildcard;

pub(super) const MAKES_ITSELF_ADMINISTRATOR: &dyn Rule = &Row::new(
    card_file!("escalation/principal-makes-itself-administrator"),
    Judge::Principals(makes_itself_administrator),
)
.after(Reads::Climbs);
pub(super) const TAKES_OVER_STRONGER_PRINCIPAL: &dyn Rule = &Row::new(
    card_file!("escalation/principal-takes-over-stronger-one"),
    Judge::Principals(takes_over_stronger_principal),
)
.after(Reads::Climbs);
pub(super) const PASSES_STRONGER_ROLE: &dyn Rule =
    &Row::new(card_file!("escalation/stronger-role-can-be-passed"), Judge::Principals(passes_stronger_role))
        .after(Reads::Climbs);
pub(super) const REMOVES_ITS_OWN_LIMIT: &dyn Rule =
    &Row::new(card_file!("escalation/own-limit-can-be-removed"), Judge::Principals(removes_its_own_limit))
        .after(Reads::Climbs);

pub(super) const CHANGES_STRONGER_COMPUTE: &dyn Rule =
    &Row::new(card_file!("escalation/stronger-compute-can-be-changed"), Judge::Principals(changes_stronger_compute))
        .after(Reads::Climbs);
pub(super) const GIVES_ITSELF_ACCESS: &dyn Rule =
    &Row::new(card_file!("escalation/access-to-accounts-can-be-given"), Judge::Principals(gives_itself_access))
        .after(Reads::Climbs);

/// What all rules of this kind can be told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allowed {
    /// Globs of names of users and roles that may.
    allowed_principals: Vec<String>,
}

fn makes_itself_administrator(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| {
        let way = climb.attempt.way.way();
        (way.binding.is_own() || way.makes().is_some()) && !way.lifts_own_limit()
    })
}

fn takes_over_stronger_principal(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| {
        let binding = climb.attempt.way.way().binding;
        binding.is_of_user()
            || matches!(
                binding,
                Binding::Role
                    | Binding::RolePolicy
                    | Binding::RoleBoundaryPolicy
                    | Binding::ChangedRole
                    | Binding::SamlProvider
            )
    })
}

fn passes_stronger_role(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| climb.attempt.way.way().binding == Binding::PassedRole)
}

fn removes_its_own_limit(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| climb.attempt.way.way().lifts_own_limit())
}

fn changes_stronger_compute(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| climb.attempt.way.way().binding == Binding::Compute)
}

fn gives_itself_access(cx: &Context<'_>, allowed: &Allowed, account: AccountIx) -> Vec<(String, Outcome)> {
    judged(cx, allowed, account, |climb| climb.reached == Reached::Organization)
}

/// The users and roles of an account: a finding for each cause, a line for what is not known, and a pass for everybody else.
fn judged(
    cx: &Context<'_>,
    allowed: &Allowed,
    account: AccountIx,
    is_meant: fn(&Climb<'_>) -> bool,
) -> Vec<(String, Outcome)> {
    let is_allowed = |ix: &PrincipalIx| {
        let name = cx.estate.principal(*ix).name();
        allowed.allowed_principals.iter().any(|glob| wildcard::matches(glob, name))
    };
    let climbs = || {
        let of_account = cx.climbs_of(account).iter();
        of_account.filter(|climb| is_meant(climb) && !climb.by.iter().all(is_allowed))
    };
    let certain: Vec<&Climb<'_>> = climbs().filter(|climb| climb.can == Can::Yes).collect();
    let mut told: BTreeSet<PrincipalIx> = certain.iter().flat_map(|climb| climb.by.iter().copied()).collect();
    let mut found: Vec<(String, Outcome)> = Vec::new();
    for (subject, one) in findings(cx, account, &certain) {
        let mut outcome = Outcome::default();
        outcome.found(one);
        found.push((subject, outcome));
    }
    for climb in climbs().filter(|climb| climb.can == Can::Perhaps) {
        let new = climb.by.iter().filter(|ix| told.insert(**ix)).count();
        for _ in 0..new {
            let mut outcome = Outcome::default();
            let mut why = unknown::unclear(cx.estate, &climb.truth);
            if climb.reached == Reached::Organization
                && administers_for(cx.estate, account, climb.attempt.way).is_none()
            {
                why.insert("what the account administers for the organization was not read".to_owned());
            }
            let why = because(&why);
            outcome.unknown_among(format!("{why} (of"), "users and roles)");
            found.push((cx.root_arn(account), outcome));
        }
    }
    let others = cx.estate.principals_of(account).filter(|ix| !told.contains(ix));
    found.extend(others.map(|_| (String::new(), Outcome::default())));
    found
}
