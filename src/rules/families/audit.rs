//! Rules about the audit trail: what CloudTrail records, and whether the records can be relied on.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::AccountIx;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, listed, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::trail::{ManagementEvents, TrailFacts};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(
        card_file!("audit/account-recorded-in-part"),
        of_organization,
        Judge::Account(account_recorded_in_part),
    )
    .reading(about_accounts),
    &Row::prepared(card_file!("audit/account-without-trail"), of_organization, Judge::Account(account_without_trail))
        .reading(about_accounts),
    &Row::new(card_file!("audit/no-organization-trail"), Judge::Account(no_organization_trail))
        .of_organization(about_organization),
    &Row::new(card_file!("audit/trail-without-management-events"), Judge::Account(trail_without_management_events))
        .of_organization(about_organization),
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

/// Whether trails of one Region may have been missed: those of all Regions are listed everywhere.
fn misses_regions(cx: &Context<'_>) -> bool {
    !cx.estate.trail_regions().iter().any(|region| region == "all")
}

/// `us-east-1`, where a run read the trails of it alone; nothing if it read all, or does not say.
fn regions_read(cx: &Context<'_>) -> Option<String> {
    let regions: Vec<&str> = cx.estate.trail_regions().iter().map(String::as_str).collect();
    (misses_regions(cx) && !regions.is_empty()).then(|| listed(&regions, "and"))
}

/// The trails of the organization, each once, as the account lists it that tells most: every member lists them too.
fn recording<'a>(cx: &Context<'a>) -> Vec<&'a TrailFacts> {
    let told = |trail: &TrailFacts| {
        [trail.multi_region, trail.is_logging].iter().flatten().count() + usize::from(trail.management.is_some())
    };
    let mut found: Vec<&TrailFacts> = Vec::new();
    for trail in listed_of_organization(cx) {
        match found.iter_mut().find(|known| known.arn == trail.arn) {
            Some(known) if told(known) < told(trail) => *known = trail,
            Some(_) => {}
            None => found.push(trail),
        }
    }
    found
}

/// The trails of the organization, as often as they are listed.
fn listed_of_organization<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a TrailFacts> {
    let members = cx.estate.indexed_accounts().filter(|(ix, _)| is_member_with_trails(cx, *ix));
    members.flat_map(|(ix, _)| trails_of(cx, ix)).filter(|trail| trail.of_organization == Some(true))
}

/// An organization is judged by its management account; every account by itself has rules of its own.
fn about_organization(cx: &Context<'_>, ix: AccountIx) -> Data {
    if !stands_for_organization(cx, ix) {
        Data::NotApplicable
    } else if cx.estate.account(ix).has(Facet::Trails) || !recording(cx).is_empty() {
        Data::Read
    } else {
        Data::Unread
    }
}

/// Where nothing records every account, in every Region.
fn no_organization_trail(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let trails = recording(cx);
    let states: Vec<Option<bool>> = trails.iter().map(|trail| trail.is_on_everywhere()).collect();
    if states.contains(&Some(true)) {
        return;
    }
    // one that was listed without saying whether it is of the organization may be
    let perhaps = |trail: &TrailFacts| trail.of_organization.is_none() && trail.is_on_everywhere() != Some(false);
    if states.contains(&None) || trails_of(cx, ix).iter().any(perhaps) {
        return outcome.unknown("cannot be judged: whether a trail is on, or records all Regions, was not read");
    }
    let message = match trails.as_slice() {
        [] => "the organization has no trail".to_owned(),
        [only] if only.is_logging == Some(false) => {
            format!("the trail `{}` of the organization is switched off", only.name())
        }
        [only] => format!("the trail `{}` of the organization records one Region only", only.name()),
        more => format!("none of the {} trails of the organization is on and records all Regions", more.len()),
    };
    outcome.found(Found::saying(message));
}

/// Where a trail is on and leaves out calls that change or read resources.
fn trail_without_management_events(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let trails: Vec<&TrailFacts> =
        recording(cx).into_iter().filter(|trail| trail.is_on_everywhere() == Some(true)).collect();
    let whole = |trail: &&TrailFacts| trail.management.as_ref().is_some_and(|events| events.are_all());
    if trails.iter().any(whole) {
        return;
    }
    let Some(first) = trails.first() else { return outcome.not_applicable() };
    if trails.iter().any(|trail| trail.management.is_none()) {
        return outcome.unknown("cannot be judged: which events a trail records was not read");
    }
    let Some(lacks) = first.management.as_ref().map(lacking) else { return };
    let of = if trails.len() > 1 {
        format!("of {} trails, `{}`", trails.len(), first.name())
    } else {
        format!("the trail `{}`", first.name())
    };
    outcome.found(Found::saying(format!("{of} records {lacks}")));
}

/// Which management events are left out, where some are.
fn lacking(events: &ManagementEvents) -> String {
    match (events.reads, events.writes) {
        (false, false) => "no management events".to_owned(),
        (false, true) => "no management events that read".to_owned(),
        (true, false) => "no management events that write".to_owned(),
        (true, true) => {
            let without: Vec<&str> = events.without.iter().map(String::as_str).collect();
            format!("all management events but those of {}", listed(&without, "and"))
        }
    }
}

/// What the trails of the organization record of every member.
struct OfOrganization {
    /// Whether one is on; `None` if that was not read of one.
    is_on: Option<bool>,
}

fn of_organization(cx: &Context<'_>, _: NoParameters) -> OfOrganization {
    OfOrganization { is_on: any_is_on(listed_of_organization(cx)) }
}

/// Whether one of them is on: each account that lists a trail may be the one that tells.
fn any_is_on<'a>(trails: impl Iterator<Item = &'a TrailFacts>) -> Option<bool> {
    let mut told = BTreeMap::<&str, Option<bool>>::new();
    for trail in trails {
        let is_on = told.entry(&trail.arn).or_default();
        *is_on = (*is_on).max(trail.is_logging);
    }
    let (mut all_told, mut one_is_on) = (true, false);
    for is_on in told.into_values() {
        all_told &= is_on.is_some();
        one_is_on |= is_on == Some(true);
    }
    (all_told || one_is_on).then_some(one_is_on)
}

impl OfOrganization {
    /// Whether a trail of the organization records an account.
    fn records(&self, cx: &Context<'_>, ix: AccountIx) -> Option<bool> {
        if is_member_with_trails(cx, ix) { self.is_on } else { Some(false) }
    }
}

/// A member of an organization that can have trails of its own: without all features there are none.
fn is_member_with_trails(cx: &Context<'_>, ix: AccountIx) -> bool {
    cx.estate.organization().is_some_and(|of| of.all_features) && cx.estate.account(ix).is_member()
}

/// What was not read of an account matters only where no trail of the organization records it: the functions say so.
fn about_accounts(_: &Context<'_>, _: AccountIx) -> Data {
    Data::Read
}

const UNREAD: &str = "cannot be judged: trails not read";

/// An account of which nothing is recorded, not even by its organization.
fn account_without_trail(cx: &Context<'_>, of: &OfOrganization, ix: AccountIx, outcome: &mut Outcome) {
    let trails = trails_of(cx, ix);
    let (by_organization, by_own) = (of.records(cx, ix), any_is_on(trails.iter()));
    if by_organization == Some(true) || by_own == Some(true) {
        return;
    }
    if !cx.estate.account(ix).has(Facet::Trails) {
        return outcome.unknown(UNREAD);
    }
    if by_organization.is_none() || by_own.is_none() {
        return outcome.unknown("cannot be judged: whether a trail is on was not read");
    }
    outcome.found(Found::saying(match trails {
        [] => match regions_read(cx) {
            Some(regions) => format!("no trail records it in {regions}, where trails were read"),
            None if misses_regions(cx) => "no trail that was read records it".to_owned(),
            None => "no trail records it in any Region".to_owned(),
        },
        [only] => format!("its only trail{}, `{}`, is switched off", that_was_read(cx), only.name()),
        more => format!("all its {} trails{} are switched off", more.len(), that_was_read(cx)),
    }));
}

/// An account that only trails of its own record, and those not all Regions, or not all management events. What trails of the
/// organization leave out is told once, of the organization.
fn account_recorded_in_part(cx: &Context<'_>, of: &OfOrganization, ix: AccountIx, outcome: &mut Outcome) {
    let by_organization = of.records(cx, ix);
    if by_organization == Some(true) {
        return if stands_for_organization(cx, ix) {
            recorded_in_one_region(cx, outcome)
        } else {
            outcome.not_applicable()
        };
    }
    if !cx.estate.account(ix).has(Facet::Trails) {
        return outcome.unknown(UNREAD);
    }
    let own: Vec<&TrailFacts> = trails_of(cx, ix).iter().filter(|trail| trail.of_organization != Some(true)).collect();
    let wholes: Vec<Option<bool>> = own.iter().map(|trail| is_whole(trail)).collect();
    if wholes.contains(&Some(true)) {
        return;
    }
    if by_organization.is_none() || wholes.contains(&None) {
        return outcome.unknown("cannot be judged: whether a trail is on, and what it records, was not read");
    }
    let on: Vec<&TrailFacts> = own.into_iter().filter(|trail| trail.is_logging == Some(true)).collect();
    let everywhere = on.iter().find(|trail| trail.is_on_everywhere() == Some(true));
    // one that is off is for `account-without-trail` to tell
    let Some(best) = everywhere.or(on.first()) else { return outcome.not_applicable() };
    let lacks = match (everywhere, &best.management) {
        (Some(_), Some(events)) => lacking(events),
        _ => "one Region only".to_owned(),
    };
    outcome.found(Found::saying(match on.len() {
        1 => format!("its only trail{}, `{}`, records {lacks}", that_was_read(cx), best.name()),
        count => format!(
            "of its {count} trails{}, `{}` records {lacks}, and none records everything",
            that_was_read(cx),
            best.name()
        ),
    }));
}

/// An organization of which trails of one Region are on: its accounts that have no trail of all Regions of their own. That a trail of all
/// Regions leaves out events is for `trail-without-management-events` to tell.
fn recorded_in_one_region(cx: &Context<'_>, outcome: &mut Outcome) {
    let everywhere = |trail: &TrailFacts| trail.is_on_everywhere();
    let states: Vec<Option<bool>> = recording(cx).into_iter().map(everywhere).collect();
    if states.contains(&Some(true)) {
        return outcome.not_applicable();
    }
    let (mut all, mut lacking, mut unread) = (0, Vec::new(), states.contains(&None));
    for (ix, account) in cx.estate.indexed_accounts().filter(|(_, account)| account.is_member()) {
        if !account.presence().is_judged() {
            continue;
        }
        all += 1;
        let own = trails_of(cx, ix).iter().filter(|trail| trail.of_organization != Some(true));
        let own: Vec<Option<bool>> = own.map(everywhere).collect();
        match own.contains(&Some(true)) {
            true => {}
            false if !account.has(Facet::Trails) || own.contains(&None) => unread = true,
            false => lacking.push(account.shown()),
        }
    }
    if lacking.is_empty() || states.contains(&None) {
        if unread {
            outcome.unknown("cannot be judged: whether a trail is on, or records all Regions, was not read");
        }
        return;
    }
    let message = format!(
        "trails of the organization record one Region only, and {} of {all} accounts have none of all Regions: {}",
        lacking.len(),
        some_of(&lacking)
    );
    outcome.found(Found::saying(message));
}

/// Where there may be others.
fn that_was_read(cx: &Context<'_>) -> String {
    regions_read(cx).map_or_else(String::new, |regions| format!(" in {regions}, where trails were read"))
}

/// Whether a trail that is on records all management events of every Region.
fn is_whole(trail: &TrailFacts) -> Option<bool> {
    match (trail.is_on_everywhere(), &trail.management) {
        (Some(false), _) => Some(false),
        (Some(true), Some(events)) => Some(events.are_all()),
        (None, Some(events)) if !events.are_all() => Some(false),
        _ => None,
    }
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

/// What is left open of the trails that an account owns where none has a defect: without one there is nothing to judge, and beside those of
/// one Region there may be others where nobody looked.
fn judge_unread(cx: &Context<'_>, ix: AccountIx, outcome: &mut Outcome) {
    if !outcome.found.is_empty() || !outcome.unknown.is_empty() {
        return;
    }
    let mut own = own_trails(cx, ix).peekable();
    if own.peek().is_none() {
        outcome.not_applicable();
    } else if misses_regions(cx) && own.all(|trail| trail.multi_region != Some(true)) {
        let why = match regions_read(cx) {
            Some(regions) => format!("trails were read in {regions} only"),
            None => "in which Regions trails were read is not recorded".to_owned(),
        };
        let next = "a trail of one Region may be elsewhere (`--trail-regions all` reads every Region)";
        outcome.unknown(format!("cannot be judged: {why}; {next}"));
    }
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
    judge_unread(cx, ix, outcome);
}

fn trail_without_kms_key(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    for trail in own_trails(cx, ix).filter(|trail| !trail.has_key) {
        outcome.found(found(trail, "has no KMS key of the customer for its log files"));
    }
    judge_unread(cx, ix, outcome);
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
    judge_unread(cx, ix, outcome);
}
