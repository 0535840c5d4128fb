//! Roles that workloads run with and that can escalate.

use std::collections::BTreeSet;

use super::causes::findings;
use crate::escalation::without_mfa;
use crate::ids::PrincipalIx;
use crate::model::PrincipalType;
use crate::posture::entry::{self, Can};
use crate::posture::escalation::{Climb, Reached};
use crate::posture::unknown;
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Outcome, because};
use crate::rules::rule::{Row, Rule, card_file};
use serde::Deserialize;

pub(super) const SERVICE_ROLE_CAN_ESCALATE: &dyn Rule =
    &Row::new(card_file!("escalation/service-role-can-escalate"), Judge::Role(service_role_can_escalate))
        .of_whole_accounts();

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services {
    /// Service principals that run code of the customer.
    services: Vec<String>,
}

/// A role that code of the customer runs with, and that becomes an administrator in one step.
fn service_role_can_escalate(cx: &Context<'_>, services: &Services, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    debug_assert_eq!(role.kind(), PrincipalType::Role);
    let facts = cx.climbs().facts();
    let runs = services.services.iter().find(|service| facts.trusting(role.account(), service).contains(&ix));
    let unread = cx.estate.unread_trust(ix);
    if runs.is_none() && unread.is_none() {
        return outcome.not_applicable();
    }
    let of = |can: Can| {
        let climbs = cx.climbs_of(role.account()).iter();
        // no service brings MFA
        let is_so = move |climb: &&Climb<'_>| climb.can == can && entry::can(&without_mfa(&climb.truth)) != Can::No;
        climbs.filter(move |climb| climb.by.contains(&ix) && climb.reached == Reached::Administrator && is_so(climb))
    };
    let climbs: Vec<&Climb<'_>> = of(Can::Yes).collect();
    let mut why: BTreeSet<String> =
        of(Can::Perhaps).flat_map(|climb| unknown::unclear(cx.estate, &climb.truth)).collect();
    let Some(service) = runs else {
        // whether a service runs code with it matters where it may escalate
        if !climbs.is_empty() || !why.is_empty() {
            why.extend(unread.map(|gap| cx.reason(gap)));
            outcome.unknown_because(&why);
        }
        return;
    };
    let Some((_, mut found)) = findings(cx, role.account(), &climbs).into_iter().next() else {
        if !why.is_empty() {
            outcome.unknown_among(format!("{} (of", because(&why)), "roles that services run code with)");
        }
        return;
    };
    found.message = format!("{service} runs code with it, and {}", found.message);
    found.discriminator = String::new();
    found.stands_for = None;
    found.principals.clear();
    outcome.found(found);
}
