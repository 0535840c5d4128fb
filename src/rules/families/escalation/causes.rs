//! Climbs by what causes them: one statement that lets many principals escalate is one finding.
//!
//! Owns: the cause, the words that tell it, and the smallest change that removes it. Does not know which climbs a rule is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Evidence, EvidenceEffect, Layer};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Attached, Estate, Origin};
use crate::policy::{Statement, wording};
use crate::posture::escalation::{Climb, Reached};
use crate::posture::held::{Holder, named};
use crate::rules::context::Context;
use crate::rules::outcome::{Found, listed, some_of};

/// What makes climbs one: the statement that allows their first action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    policy: String,
    statement: Option<u32>,
    /// All that it says, in an order of its own.
    said: String,
}

/// Climbs of one cause.
struct Caused<'c, 'e> {
    climbs: Vec<&'c Climb<'e>>,
    evidence: Vec<Evidence>,
    /// Names of the first actions.
    actions: BTreeSet<&'static str>,
    /// Whether no other statement of the caller allows any of these.
    is_alone: bool,
}

/// The finding of each cause, with the ARN of its subject.
pub(super) fn findings<'a>(cx: &Context<'a>, account: AccountIx, climbs: &[&Climb<'a>]) -> Vec<(String, Found)> {
    let mut causes = BTreeMap::<Cause, Caused<'_, '_>>::new();
    for climb in climbs {
        let proof = cx.climbs().proof(climb);
        let Some((action, first)) = proof.first() else { continue };
        let allows =
            |evidence: &&Evidence| evidence.effect == EvidenceEffect::Allow && evidence.layer == Layer::Identity;
        let Some(statement) = first.iter().find(allows) else { continue };
        // one that allows several resources of the action is there for each
        let is_other = |other: &Evidence| (&other.policy, other.statement) != (&statement.policy, statement.statement);
        let is_alone = !first.iter().filter(allows).any(is_other);
        let policy = statement.policy.clone();
        let mut cause = Cause { policy, statement: statement.statement, said: String::new() };
        cause.said = climb.by.first().and_then(|ix| said(cx, *ix, &cause)).unwrap_or_default();
        let of = || proof.iter().flat_map(|(_, evidence)| evidence.iter().cloned());
        let new = || Caused { climbs: Vec::new(), evidence: of().collect(), actions: BTreeSet::new(), is_alone: true };
        let caused = causes.entry(cause).or_insert_with(new);
        caused.climbs.push(climb);
        caused.actions.insert(action.name());
        caused.is_alone &= is_alone;
    }
    causes.into_iter().map(|(cause, caused)| finding(cx, account, &cause, caused)).collect()
}

fn finding(cx: &Context<'_>, account: AccountIx, cause: &Cause, mut caused: Caused<'_, '_>) -> (String, Found) {
    let by: BTreeSet<PrincipalIx> = caused.climbs.iter().flat_map(|climb| climb.by.iter().copied()).collect();
    let holders: Vec<Holder<'_>> = by.iter().map(|ix| Holder::Principal(*ix)).collect();
    // what must exist already is not known
    let exists = caused.climbs.iter().any(|climb| climb.attempt.is_about_what_exists());
    let can = if exists { "can" } else { "may" };
    let each = if holders.len() == 1 { "" } else { " each" };
    let depends = if exists { through(&caused.climbs) } else { ", if something runs with the role".to_owned() };
    let what = what(cx.estate, &caused.climbs);
    let kinds = kinds(&caused.climbs);
    let first = by.first().copied();
    let edit = first.map_or(Edit::Take, |ix| edit(cx, ix, cause, &caused.actions));
    let change = change(cause, &caused, edit);
    let message = format!("{} {can}{each} {what}{depends} ({kinds}){change}", named(cx.estate, &holders));
    let mut seen = BTreeSet::new();
    let key = |evidence: &Evidence| (evidence.policy.clone(), evidence.statement, evidence.text.clone());
    caused.evidence.retain(|evidence| seen.insert(key(evidence)));
    let found = Found {
        message,
        discriminator: format!("{} {}", cause.policy, cause.said),
        stands_for: Some(cx.root_arn(account)),
        principals: by.iter().map(|ix| cx.estate.arn(*ix)).collect(),
        evidence: caused.evidence,
        ..Found::default()
    };
    let first = by.first().map_or_else(|| cx.root_arn(account), |ix| subject(cx, account, *ix, cause));
    (first, found)
}

/// The policy that a cause is in, as it is attached.
fn attached<'a>(cx: &Context<'a>, ix: PrincipalIx, cause: &Cause) -> Option<&'a Attached> {
    let is_it = |attached: &&Attached| {
        let rest = cause.policy.strip_prefix(&*attached.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    };
    cx.estate.class(cx.estate.principal(ix).class()).policies().iter().find(is_it)
}

/// The statement that is a cause.
fn statement<'a>(cx: &Context<'a>, ix: PrincipalIx, cause: &Cause) -> Option<&'a Statement> {
    let document = attached(cx, ix, cause)?.document.parsed()?;
    cx.estate.policy(document).statements.iter().find(|statement| Some(statement.index) == cause.statement)
}

/// What the statement of a cause says, in an order of its own: the finding is known by it.
fn said(cx: &Context<'_>, ix: PrincipalIx, cause: &Cause) -> Option<String> {
    statement(cx, ix, cause).map(|statement| wording(std::iter::once(statement)))
}

/// How actions are taken out of the statement that allows them.
#[derive(Clone, Copy)]
enum Edit {
    /// It names them.
    Take,
    /// It allows them by a pattern, or by `NotAction`.
    Deny,
    /// Nobody changes AWS's own policies.
    Replace,
}

fn edit(cx: &Context<'_>, ix: PrincipalIx, cause: &Cause, actions: &BTreeSet<&str>) -> Edit {
    if attached(cx, ix, cause).is_some_and(|attached| attached.is_aws_managed) {
        return Edit::Replace;
    }
    let named = |statement: &Statement| actions.iter().all(|action| statement.actions.names(action));
    if statement(cx, ix, cause).is_none_or(named) { Edit::Take } else { Edit::Deny }
}

/// The managed policy or group that a cause is in; for an inline policy who has it.
fn subject(cx: &Context<'_>, account: AccountIx, ix: PrincipalIx, cause: &Cause) -> String {
    match attached(cx, ix, cause).map(|attached| (attached, &attached.origin)) {
        Some((_, Origin::GroupInline(group) | Origin::GroupManaged(group))) => cx.group_arn(account, group),
        Some((attached, Origin::Managed)) if !attached.is_aws_managed => {
            let own = cx.estate.account(account).facts().customer_policies.iter().flatten();
            let arn =
                own.into_iter().find(|policy| policy.name() == &*attached.name).map(|policy| policy.arn.to_string());
            arn.unwrap_or_else(|| cx.estate.arn(ix))
        }
        _ => cx.estate.arn(ix),
    }
}

/// `become administrator as role/admin and role/ops`
fn what(estate: &Estate, climbs: &[&Climb<'_>]) -> String {
    let reached = climbs.iter().map(|climb| climb.reached).min().unwrap_or(Reached::Freed);
    let targets: BTreeSet<PrincipalIx> = climbs
        .iter()
        .filter(|climb| climb.reached == reached)
        .filter_map(|climb| climb.attempt.target.gain.principal().filter(|ix| !climb.by.contains(ix)))
        .collect();
    let holders: Vec<Holder<'_>> = targets.iter().map(|ix| Holder::Principal(*ix)).collect();
    let is_made = climbs.iter().any(|climb| climb.reached == reached && climb.attempt.way.way().makes().is_some());
    let through = match (holders.is_empty(), is_made) {
        (true, true) => " as somebody that it makes".to_owned(),
        (true, false) => String::new(),
        (false, _) => format!(" as {}", named(estate, &holders)),
    };
    let lifts = climbs.iter().any(|climb| climb.reached == reached && climb.attempt.way.way().lifts_own_limit());
    let first = if lifts { "remove what limits it and " } else { "" };
    match reached {
        Reached::Administrator => format!("{first}become administrator{through}"),
        Reached::AnyData => format!("{first}read any data of the account{through}"),
        Reached::Logging => format!("{first}stop what CloudTrail records{through}"),
        Reached::Freed => "remove what limits it".to_owned(),
        Reached::Organization => "give itself access to accounts of the organization".to_owned(),
    }
}

/// ` through function:app and 2 more`: what runs with the stronger role; empty for other ways.
fn through(climbs: &[&Climb<'_>]) -> String {
    let arns: BTreeSet<&str> = climbs.iter().filter_map(|climb| climb.attempt.running()).collect();
    let names: Vec<&str> = arns.iter().filter_map(|arn| arn.splitn(6, ':').nth(5)).collect();
    if names.is_empty() { String::new() } else { format!(" through {}", some_of(&names)) }
}

/// `pass-role-lambda lambda-001, pass-role-glue glue-003 and 2 more`; an id of our own that repeats the kind says nothing more
fn kinds(climbs: &[&Climb<'_>]) -> String {
    let mut told = BTreeSet::new();
    let mut words = Vec::new();
    for way in climbs.iter().map(|climb| climb.attempt.way.way()) {
        if told.insert(&*way.id) {
            let is_said = way.id.strip_prefix("rh-").is_some_and(|rest| *rest == *way.kind);
            words.push(if is_said { way.kind.to_string() } else { format!("{} {}", way.kind, way.id) });
        }
    }
    some_of(&words)
}

/// The smallest change that removes all of it.
fn change(cause: &Cause, caused: &Caused<'_, '_>, edit: Edit) -> String {
    let conditions: BTreeSet<String> =
        caused.climbs.iter().flat_map(|climb| climb.truth.keys()).map(|key| key.as_str().to_owned()).collect();
    let conditions: Vec<String> = conditions.into_iter().collect();
    let given = if conditions.is_empty() { String::new() } else { format!(", if {} allows it", some_of(&conditions)) };
    let actions: Vec<&str> = caused.actions.iter().copied().collect();
    let statement = cause.statement.map_or_else(|| "the policy".to_owned(), |at| format!("statement {at}"));
    // whoever takes them out needs every one
    let (actions, policy) = (listed(&actions, "and"), &cause.policy);
    let ends = if caused.is_alone { "ends it" } else { "is one part of the fix: others allow it too" };
    match edit {
        Edit::Take => format!("{given}; taking {actions} out of {statement} of `{policy}` {ends}"),
        // that holds whatever else allows them
        Edit::Deny => format!("{given}; a Deny of {actions} beside {statement} of `{policy}` ends it"),
        Edit::Replace => format!("{given}; a policy of your own in place of `{policy}`, without {actions}, {ends}"),
    }
}
