//! What the principals of an account can do to it, and what does not belong into it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::power::{is_given, policies, through};
use crate::facet::Facet;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Principal, PrincipalType};
use crate::policy::principal::PrincipalEntry;
use crate::posture::aws_made;
use crate::posture::entry::{self, Can};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, because, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::wildcard;

pub(super) const WORKLOAD_IN_MANAGEMENT_ACCOUNT: &dyn Rule =
    &Row::new(card_file!("privilege/workload-in-management-account"), Judge::Account(workload_in_management_account))
        .reading(management);
pub(super) const LOGGING_CAN_BE_STOPPED: &dyn Rule =
    &Row::new(card_file!("privilege/logging-can-be-stopped"), Judge::Account(logging_can_be_stopped)).reading(trails);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    /// Globs.
    allowed_users: Vec<String>,
    /// Globs.
    allowed_roles: Vec<String>,
    /// Service principals that run code of the customer.
    services: BTreeSet<String>,
}

fn management(cx: &Context<'_>, account: AccountIx) -> Data {
    let account = cx.estate.account(account);
    match account.has(Facet::AuthorizationDetails) {
        _ if !account.is_management() => Data::NotApplicable,
        true => Data::Read,
        false => Data::Unread,
    }
}

/// IAM users of the management account, and roles that workloads in it run with.
fn workload_in_management_account(cx: &Context<'_>, allowed: &Allowed, account: AccountIx, outcome: &mut Outcome) {
    let named = |globs: &[String], ix: &PrincipalIx| {
        globs.iter().any(|glob| wildcard::matches(glob, cx.estate.principal(*ix).name()))
    };
    let of = |kind| cx.estate.principals_of(account).filter(move |ix| cx.estate.principal(*ix).kind() == kind);
    let users = of(PrincipalType::User).filter(|ix| !named(&allowed.allowed_users, ix));
    let workloads = of(PrincipalType::Role).filter(|ix| !named(&allowed.allowed_roles, ix) && runs(cx, allowed, *ix));
    let names = |principals: &mut dyn Iterator<Item = PrincipalIx>| -> Vec<&str> {
        principals.map(|ix| cx.estate.principal(ix).name()).collect()
    };
    let (users, workloads) = (names(&mut users.into_iter()), names(&mut workloads.into_iter()));
    let mut found = |count: &[&str], one: &str, many: &str, discriminator: &str| {
        let message = match count {
            [] => return,
            [only] => format!("the management account has {one}: {only}"),
            all => format!("the management account has {} {many}: {}", all.len(), some_of(all)),
        };
        outcome.found(Found { message, discriminator: discriminator.to_owned(), ..Found::default() });
    };
    found(&users, "an IAM user", "IAM users", "users");
    found(&workloads, "a role that a workload runs with", "roles that workloads run with", "workloads");
    let unread = of(PrincipalType::Role).filter(|ix| !named(&allowed.allowed_roles, ix));
    let why: BTreeSet<String> = unread.filter_map(|ix| cx.estate.unread_trust(ix)).map(|gap| cx.reason(gap)).collect();
    if workloads.is_empty() && !why.is_empty() {
        outcome.unknown_part("workloads", because(&why));
    }
}

/// Whether a service that runs the customer's code can assume the role.
fn runs(cx: &Context<'_>, allowed: &Allowed, ix: PrincipalIx) -> bool {
    let role = cx.estate.principal(ix);
    if is_given(role) || !aws_made::maker(role).is_empty() {
        return false;
    }
    let trust = cx.trust(ix);
    let mut entries = trust.into_iter().flat_map(entry::assume_allows).flat_map(|statement| statement.entries());
    // in China services have names of their own
    let usual = |name: &str| name.strip_suffix(".cn").unwrap_or(name).to_owned();
    entries.any(|entry| matches!(entry, PrincipalEntry::Service(name) if allowed.services.contains(&usual(name))))
}

/// An account without a trail of its own has none that its principals could stop: those of the organization are the management
/// account's. Where trails were not read there may be one.
fn trails(cx: &Context<'_>, account: AccountIx) -> Data {
    let account = cx.estate.account(account);
    match account.has(Facet::AuthorizationDetails) {
        _ if account.own_trails().is_some_and(|mut own| own.next().is_none()) => Data::NotApplicable,
        true => Data::Read,
        false => Data::Unread,
    }
}

/// Principals that are no administrators and can stop, delete or change trails; one finding for those with the same policies.
fn logging_can_be_stopped(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let mut by_policy = BTreeMap::<Vec<String>, (Vec<&str>, ClassIx)>::new();
    let mut why_unknown = BTreeSet::new();
    for class in cx.estate.classes_of(account) {
        let members = || cx.estate.class(class).members().iter().map(|ix| cx.estate.principal(*ix));
        let power = cx.powers().of(class);
        // service-linked roles act for AWS itself
        if members().all(Principal::is_service_linked) {
            continue;
        }
        match (power.administrator.can(), power.stops_logging.can()) {
            (Can::Yes, _) | (_, Can::No) => {}
            (_, Can::Perhaps) => why_unknown.extend(power.stops_logging.why_unknown(cx.estate)),
            (Can::Perhaps, _) => why_unknown.extend(power.administrator.why_unknown(cx.estate)),
            (Can::No, Can::Yes) => {
                let policies = policies(cx, class, &power.stops_logging);
                let found = by_policy.entry(policies).or_insert_with(|| (Vec::new(), class));
                found.0.extend(members().map(|principal| principal.name()));
            }
        }
    }
    for (policies, (mut names, class)) in by_policy {
        names.sort_unstable();
        let fact = &cx.powers().of(class).stops_logging;
        let by = through(cx, class, fact);
        let who = match names.as_slice() {
            [one] => format!("{one}, which is no administrator, can stop or change logging{by}"),
            all => {
                let (count, some) = (all.len(), some_of(all));
                format!("{count} principals that are no administrators can stop or change logging{by}: {some}")
            }
        };
        let evidence = cx.powers().proof(class, fact);
        outcome.found(Found { message: who, discriminator: policies.join(" "), evidence, ..Found::default() });
    }
    if outcome.found.is_empty() {
        outcome.unknown_because(&why_unknown);
    }
}
