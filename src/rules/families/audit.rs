//! Rules about the audit trail: what CloudTrail records, and whether the records can be relied on.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::AccountIx;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, listed};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::trail::TrailFacts;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("audit/no-organization-trail"), Judge::Account(no_organization_trail)).reading(about_trails),
    &Row::new(card_file!("audit/trail-without-management-events"), Judge::Account(trail_without_management_events))
        .reading(about_trails),
    &Row::new(card_file!("audit/trail-without-delivery"), Judge::Account(trail_without_delivery)),
    &Row::new(card_file!("audit/trail-without-kms-key"), Judge::Account(trail_without_kms_key)),
    &Row::new(card_file!("audit/trail-without-validation"), Judge::Account(trail_without_validation)),
];

/// The trails that an account's file lists; nothing if they were not read.
fn trails_of<'a>(cx: &Context<'a>, ix: AccountIx) -> &'a [TrailFacts] {
    cx.estate.account(ix).facts().trails.as_deref().unwrap_or_default()
}

/// Whether an account stands for its organization. Without all features there are no trails of an organization.
fn stands_for_organization(cx: &Context<'_>, ix: AccountIx) -> bool {
    cx.estate.account(ix).is_management() && cx.estate.organization().is_some_and(|of| of.all_features)
}

/// The trails that are to record an account: of the whole organization if it stands for that.
fn recording<'a>(cx: &Context<'a>, ix: AccountIx) -> Vec<&'a TrailFacts> {
    if !stands_for_organization(cx, ix) {
        return trails_of(cx, ix).iter().collect();
    }
    // every member lists the trails of its organization too
    let members = cx.estate.indexed_accounts().filter(|(_, account)| account.is_member());
    let all = members.flat_map(|(ix, _)| trails_of(cx, ix)).filter(|trail| trail.of_organization == Some(true));
    let mut seen = BTreeSet::new();
    all.filter(|trail| seen.insert(trail.arn.as_str())).collect()
}

/// An organization is judged once, by its management account; its members are not judged beside it.
fn about_trails(cx: &Context<'_>, ix: AccountIx) -> Data {
    let all_features = cx.estate.organization().is_some_and(|organization| organization.all_features);
    if all_features && cx.is_judged_with_management(ix) {
        Data::NotApplicable
    } else if cx.estate.account(ix).has(Facet::Trails) || !recording(cx, ix).is_empty() {
        Data::Read
    } else {
        Data::Unread
    }
}

/// Where nothing records every account, in every Region.
fn no_organization_trail(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let trails = recording(cx, ix);
    let states: Vec<Option<bool>> = trails.iter().map(|trail| trail.is_on_everywhere()).collect();
    if states.contains(&Some(true)) {
        return;
    }
    // one that was listed without saying whether it is of the organization may be
    let perhaps = |trail: &TrailFacts| trail.of_organization.is_none() && trail.is_on_everywhere() != Some(false);
    if states.contains(&None) || stands_for_organization(cx, ix) && trails_of(cx, ix).iter().any(perhaps) {
        return outcome.unknown("cannot be judged: whether a trail is on, or records all Regions, was not read");
    }
    let whose = if stands_for_organization(cx, ix) { "the organization" } else { "the account" };
    let message = match trails.as_slice() {
        [] => format!("{whose} has no trail"),
        [only] if only.is_logging == Some(false) => format!("the trail `{}` of {whose} is switched off", only.name()),
        [only] => format!("the trail `{}` of {whose} records one Region only", only.name()),
        more => format!("none of the {} trails of {whose} is on and records all Regions", more.len()),
    };
    outcome.found(Found::saying(message));
}

/// Where a trail is on and leaves out calls that change or read resources.
fn trail_without_management_events(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let trails: Vec<&TrailFacts> =
        recording(cx, ix).into_iter().filter(|trail| trail.is_on_everywhere() == Some(true)).collect();
    let whole = |trail: &&TrailFacts| trail.management.as_ref().is_some_and(|events| events.are_all());
    if trails.iter().any(whole) {
        return;
    }
    let Some(first) = trails.first() else { return outcome.not_applicable() };
    if trails.iter().any(|trail| trail.management.is_none()) {
        return outcome.unknown("cannot be judged: which events a trail records was not read");
    }
    let Some(events) = &first.management else { return };
    let lacks = match (events.reads, events.writes) {
        (false, false) => "no management events".to_owned(),
        (false, true) => "no management events that read".to_owned(),
        (true, false) => "no management events that write".to_owned(),
        (true, true) => {
            let without: Vec<&str> = events.without.iter().map(String::as_str).collect();
            format!("all management events but those of {}", listed(&without, "and"))
        }
    };
    let of = if trails.len() > 1 {
        format!("of {} trails, `{}`", trails.len(), first.name())
    } else {
        format!("the trail `{}`", first.name())
    };
    outcome.found(Found::saying(format!("{of} records {lacks}")));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivery {
    /// From how many days without delivery on.
    days: i64,
}

/// The trails that an account owns and that are on; those of others are told by their owners.
fn own_trails<'a>(cx: &Context<'a>, ix: AccountIx) -> impl Iterator<Item = &'a TrailFacts> {
    cx.estate.account(ix).own_trails().into_iter().flatten().filter(|trail| trail.is_logging != Some(false))
}

fn found(trail: &TrailFacts, defect: &str) -> Found {
    Found::of(&trail.arn, format!("the trail `{}` {defect}", trail.name()), Vec::new())
}

fn trail_without_validation(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    for trail in own_trails(cx, ix) {
        match trail.validates_files {
            Some(true) => {}
            Some(false) => outcome.found(found(trail, "writes no digests of its log files")),
            None => outcome.unknown_part(
                &trail.arn,
                format!("cannot be judged: whether the trail `{}` writes digests was not read", trail.name()),
            ),
        }
    }
}

fn trail_without_kms_key(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    for trail in own_trails(cx, ix).filter(|trail| !trail.has_key) {
        outcome.found(found(trail, "has no KMS key of the customer for its log files"));
    }
}

/// A trail that is on and of which no log file came for so long, or whose last delivery failed.
fn trail_without_delivery(cx: &Context<'_>, delivery: &Delivery, ix: AccountIx, outcome: &mut Outcome) {
    for trail in own_trails(cx, ix) {
        let days = |at| Some(cx.days_since(at)).filter(|days| *days >= delivery.days);
        match (trail.delivered.map(days), trail.switched_on.map(days)) {
            _ if trail.delivery_fails => outcome.found(found(trail, "failed to deliver its last log file")),
            (Some(None), _) | (None, Some(None)) => {}
            (Some(Some(days)), _) => {
                outcome.found(found(trail, &format!("delivered its last log file {days} days ago")));
            }
            (None, Some(Some(days))) => {
                outcome.found(found(trail, &format!("was switched on {days} days ago and delivered no log file")));
            }
            (None, None) => outcome.unknown_part(
                &trail.arn,
                format!("cannot be judged: when the trail `{}` delivered log files was not read", trail.name()),
            ),
        }
    }
}
