//! Rules about the life of roles, and what users share with them.

use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{LastUsed, PrincipalType};
use crate::policy::TagOf;
use crate::policy::principal::PrincipalEntry;
use crate::posture::{anyone, aws_made, entry};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, listed, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("roles/instance-profile-mismatch"), Judge::Role(instance_profile_mismatch))
        .of_whole_accounts(),
    &Row::new(card_file!("roles/required-tag-missing"), Judge::Role(required_tag_missing))
        .of_whole_accounts()
        .where_asked(asks_for_tags),
    &Row::new(card_file!("users/user-required-tag-missing"), Judge::User(required_tag_missing))
        .where_asked(asks_for_tags),
    &Row::prepared(card_file!("roles/role-unused"), unused_since, Judge::Role(role_unused)).of_whole_accounts(),
    &Row::new(card_file!("roles/service-never-used"), Judge::Role(service_never_used))
        .reading(about_services)
        .of_whole_accounts(),
    &Row::new(card_file!("users/user-service-never-used"), Judge::User(service_never_used)).reading(about_services),
];

/// AWS tracks the use of roles for at most this many days.
const TRACKED_DAYS: i64 = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    days: i64,
}

/// A role that was last used before this time is unused; if `None`, no role is.
struct Threshold(Option<Timestamp>);

fn unused_since(cx: &Context<'_>, max: MaxAge) -> Threshold {
    let days = max.days.clamp(1, TRACKED_DAYS);
    Threshold(cx.estate.at().checked_sub((days * 24).hours()).ok())
}

/// A role that has not been used for a long time.
fn role_unused(cx: &Context<'_>, threshold: &Threshold, ix: PrincipalIx, outcome: &mut Outcome) {
    let Threshold(Some(threshold)) = threshold else { return outcome.not_applicable() };
    let role = cx.estate.principal(ix);
    let young = role.created().is_some_and(|created| created > *threshold);
    if role.is_service_linked() || young {
        return outcome.not_applicable();
    }
    let message = match (role.role().map(|facts| facts.last_used), role.created()) {
        (Some(LastUsed::At(at)), _) if at > *threshold => return,
        (Some(LastUsed::At(at)), _) => format!("last used {} days ago", cx.days_since(at)),
        (Some(LastUsed::Never), Some(created)) => {
            format!("no recorded use in {} days (AWS keeps 400)", cx.days_since(created).min(TRACKED_DAYS))
        }
        // a role of unknown age that was never used may be new
        (Some(LastUsed::Never | LastUsed::NotCollected) | None, _) => {
            return outcome.unknown_among("cannot be judged: last use of", "roles not read");
        }
    };
    let fix_for = aws_made::maker(role);
    outcome.found(Found { message, fix_for, ..Found::default() });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Granted {
    /// Younger roles are not judged.
    days: i64,
    /// Roles that may use more services are administrators, whom other rules tell.
    most_services: usize,
}

/// Last accessed services are read on request.
fn about_services(cx: &Context<'_>, account: AccountIx) -> Data {
    cx.on_request(account, Facet::LastAccessed)
}

/// A role or user that uses some services and may use others. One that uses none is for `role-unused` or `credential-unused` to tell.
fn service_never_used(cx: &Context<'_>, granted: &Granted, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    let young = role.created().is_some_and(|at| cx.days_since(at) < granted.days);
    let by_aws = !aws_made::maker(role).is_empty() || aws_made::is_default_admin_role(role.name());
    if young || by_aws {
        return outcome.not_applicable();
    }
    let Some(services) = cx.estate.account(role.account()).facts().services_of(&cx.estate.arn(ix)) else {
        let of = if role.kind() == PrincipalType::Role { "roles not read" } else { "users not read" };
        return outcome.unknown_among("cannot be judged: last accessed services of", of);
    };
    let none_used = services.iter().all(|service| service.last_used.is_none());
    if none_used || services.len() > granted.most_services {
        return outcome.not_applicable();
    }
    let never = services.iter().filter(|service| service.last_used.is_none());
    let never: Vec<String> = never.map(|service| format!("`{}`", service.prefix)).collect();
    if !never.is_empty() {
        let (count, all) = (never.len(), services.len());
        outcome
            .found(Found::saying(format!("never used {count} of {all} services that it may use: {}", some_of(&never))));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Required {
    tags: Vec<String>,
}

fn asks_for_tags(required: &Required) -> bool {
    !required.tags.is_empty()
}

/// A role or user that lacks a tag that all must have; keys of tags ignore case.
fn required_tag_missing(cx: &Context<'_>, required: &Required, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    if aws_made::is_fixed(role) {
        return outcome.not_applicable();
    }
    if role.tags_gap().is_some() {
        let of = if role.kind() == PrincipalType::Role { "roles not read" } else { "users not read" };
        return outcome.unknown_among("cannot be judged: tags of", of);
    }
    let missing = |key: &&String| role.tag(key) == TagOf::Absent;
    let missing: Vec<&str> = required.tags.iter().filter(missing).map(String::as_str).collect();
    if !missing.is_empty() {
        let plural = if missing.len() > 1 { "s" } else { "" };
        outcome.found(Found::saying(format!("lacks tag{plural} {}", listed(&missing, "and"))));
    }
}

/// A role for instances that is in no instance profile, or one in an instance profile that no instance can use.
fn instance_profile_mismatch(cx: &Context<'_>, _: &NoParameters, ix: PrincipalIx, outcome: &mut Outcome) {
    let role = cx.estate.principal(ix);
    let Some(facts) = role.role().filter(|_| !aws_made::is_fixed(role)) else { return outcome.not_applicable() };
    let Some(trust) = cx.trust_or_unknown(ix, outcome) else { return };
    let is_ec2 = |entry: &PrincipalEntry| matches!(entry, PrincipalEntry::Service(name) if matches!(&**name, "ec2.amazonaws.com" | "ec2.amazonaws.com.cn"));
    let named = || entry::assume_allows(trust).flat_map(|statement| statement.principal.iter());
    let some = named().flat_map(|clause| &clause.entries).any(is_ec2);
    let only = some && named().all(|clause| !clause.negated && clause.entries.iter().all(is_ec2));
    match facts.in_instance_profile {
        None if only => outcome.unknown_among("cannot be judged: instance profiles of", "roles not read"),
        Some(false) if only => {
            outcome.found(Found::saying("only EC2 can assume it, and it is in no instance profile"));
        }
        Some(true) if !some && !entry::assume_allows(trust).any(anyone::names_everybody) => {
            outcome.found(Found::saying("it is in an instance profile, and EC2 cannot assume it"));
        }
        _ if some || facts.in_instance_profile == Some(true) => {}
        _ => outcome.not_applicable(),
    }
}
