//! Expectations of the configuration: who may reach a target.
//!
//! Owns: what breaks an expectation, and what makes it unknown. Does not know how a breach is told (`breach`). INVARIANT: a way that
//! cannot be decided never counts as kept. Cost: one search back from each target, and one for each list of roles that ways may come
//! through; expectations that ask for the same share it.

use std::collections::btree_map;
use std::collections::{BTreeMap, BTreeSet};

use super::breach::{Breach, Breaches, Broken, Member};
use super::context::Context;
use super::error::RuleError;
use super::expected_principals::{idle, names, names_principal, names_some, outsiders};
use super::expected_vouchers::Vouchers;
use super::expected_workflows::{Entry, Which, Workflows};
use super::outcome::{Found, because, some_phrases};
use super::registry;
use super::running::{Judged, Running};
use super::selection::RuleSelection;
use crate::answer::Verdict;
use crate::config::{Expectation, MfaExpectation, PrincipalSelector};
use crate::finding::{Counts, Finding, Status};
use crate::graph::query::{Reaching, WhoCan, roles_of_target};
use crate::graph::{SelectError, Source, is_for_unread};
use crate::ids::PrincipalIx;
use crate::model::PrincipalType;
use crate::posture::unknown::reason;

/// Id of the rule.
pub const ID: &str = "expectation";

/// Searches by target, by the roles that ways do not go through, and by whether outsiders are asked about.
type Searches<'g, 'e> = BTreeMap<(String, BTreeSet<PrincipalIx>, bool), WhoCan<'g, 'e>>;

/// What is known of one expectation.
#[derive(Default)]
struct Known<'s, 'g, 'e> {
    breaches: Breaches<'s, 'g, 'e>,
    why_unknown: BTreeSet<String>,
    /// Users and roles of whom it is not known whether they break it, each with the reason.
    unclear: BTreeMap<String, String>,
}

/// Judges every expectation. One whose target may be among what was not read is unknown, and one about an account that cannot be used
/// does not apply.
pub(super) fn judged(cx: &Context<'_>, selection: &RuleSelection) -> Result<Judged, RuleError> {
    let card = registry::expectation()?;
    let never = selection.expectations.iter().flat_map(|one| outsiders(cx.estate, &one.never));
    let asking = cx.ways.asking(&never.collect::<Vec<_>>());
    let mut searches = Searches::new();
    let mut judged = Judged::default();
    let claimed = selection.mfa_of_people_is_claimed;
    let configured = selection.settings_of(ID).severity;
    let running =
        |expectation: &Expectation| Running::new(card, expectation.severity.or(configured).unwrap_or(card.severity));
    let refused = |at, name: &str, error: SelectError| RuleError::Expectation {
        at,
        name: name.to_owned(),
        why: Box::new(error.diagnostic()),
    };
    let mut wanted = Vec::new();
    for (at, expectation) in selection.expectations.iter().enumerate() {
        match roles_of_target(cx.ways, &expectation.target, &selection.targets) {
            Ok(own) => wanted.push((at, Wanted::of(cx, expectation, &own, claimed))),
            Err(error) if error.is_out_of_use() => {
                judged.counts.add(Counts { not_applicable: 1, ..Counts::default() });
            }
            Err(error) => {
                let why: BTreeSet<String> =
                    error.unread().into_iter().flatten().map(|gap| gap.reason.clone()).collect();
                if why.is_empty() {
                    return Err(refused(at, &expectation.name, error));
                }
                let why = [format!("{error}: {}", some_phrases(why.iter()))].into();
                judged.counts.add(Counts { unknown: 1, ..Counts::default() });
                judged.findings.push(unknown(cx, &running(expectation), expectation, &why, BTreeSet::new()));
            }
        }
    }
    for (at, one) in &wanted {
        for (around, asks) in one.searches() {
            let target = &one.expectation.target;
            if let btree_map::Entry::Vacant(free) = searches.entry((target.clone(), around.clone(), asks)) {
                let graph = asking.as_ref().filter(|_| asks).unwrap_or(cx.ways);
                let found = WhoCan::around(graph, target, &selection.targets, around);
                free.insert(found.map_err(|error| refused(*at, &one.expectation.name, error))?);
            }
        }
    }
    for (_, one) in &wanted {
        one.judge(cx, &running(one.expectation), &searches, &mut judged);
    }
    Ok(judged)
}

/// An expectation that cannot be judged, or not of these principals.
fn unknown(
    cx: &Context<'_>,
    running: &Running<'_>,
    expectation: &Expectation,
    why: &BTreeSet<String>,
    of_these: BTreeSet<String>,
) -> Finding {
    let found = Found {
        message: format!("`{}` {}", expectation.name, because(why)),
        discriminator: "unknown".to_owned(),
        stands_for: Some(expectation.name.clone()),
        principals: of_these,
        ..Found::default()
    };
    let management = cx.estate.organization().and_then(|organization| organization.management);
    let owner = management.and_then(|id| cx.estate.account_by_id(id));
    let subject = owner.map_or_else(|| "*".to_owned(), |ix| cx.root_arn(ix));
    let expectation = Some(expectation.name.as_str().into());
    Finding { expectation, ..running.of_owner(cx, owner, subject, Status::Unknown, found) }
}

/// Selectors of expectations that name nobody, with the place of the expectation in the list.
pub fn idle_selectors<'s>(
    estate: &crate::model::Estate,
    expectations: &'s [Expectation],
) -> Vec<(usize, &'s PrincipalSelector)> {
    let of = |expectation: &'s Expectation| {
        let mut found = idle(estate, expectation.only.as_deref().unwrap_or_default());
        found.extend(idle(estate, &expectation.never));
        found
    };
    expectations.iter().enumerate().flat_map(|(at, one)| of(one).into_iter().map(move |idle| (at, idle))).collect()
}

/// An expectation, and the roles that it expects ways to come through.
struct Wanted<'c> {
    expectation: &'c Expectation,
    /// Surely named by `only`.
    through: BTreeSet<PrincipalIx>,
    /// These, and those that may be.
    through_perhaps: BTreeSet<PrincipalIx>,
    none: BTreeSet<PrincipalIx>,
    /// Whether somebody answers for the MFA of people, which AWS does not see.
    mfa_of_people_is_claimed: bool,
}

impl<'c> Wanted<'c> {
    /// `own` are the roles of the target. Whoever is in one of them has arrived, so that the account, OU or tag that it has is no way
    /// there; only who names roles means these too.
    fn of(
        cx: &Context<'_>,
        expectation: &'c Expectation,
        own: &BTreeSet<PrincipalIx>,
        mfa_of_people_is_claimed: bool,
    ) -> Self {
        let only = expectation.only.as_deref().unwrap_or_default();
        let of_roles: Vec<PrincipalSelector> = only.iter().filter(|selector| selector.names_roles()).cloned().collect();
        let (mut through, mut through_perhaps) = (BTreeSet::new(), BTreeSet::new());
        for role in cx.estate.roles().filter(|_| !only.is_empty()) {
            let meant = if own.contains(&role) { &of_roles } else { only };
            match names_principal(cx.estate, meant, role) {
                Some(true) => {
                    through.insert(role);
                    through_perhaps.insert(role);
                }
                Some(false) => {}
                None => {
                    through_perhaps.insert(role);
                }
            }
        }
        Self { expectation, through, through_perhaps, none: BTreeSet::new(), mfa_of_people_is_claimed }
    }

    /// The searches that it needs, each by the roles that ways do not go through, and whether outsiders are asked about: only who must
    /// never get in is.
    fn searches(&self) -> impl Iterator<Item = (&BTreeSet<PrincipalIx>, bool)> {
        let of_only = self.expectation.only.is_some();
        let plain = !self.expectation.never.is_empty() || self.expectation.mfa.is_some();
        let only = [&self.through, &self.through_perhaps].into_iter().filter(move |_| of_only);
        only.map(|around| (around, false)).chain(std::iter::once((&self.none, true)).filter(move |_| plain))
    }

    fn judge(&self, cx: &Context<'_>, running: &Running<'_>, searches: &Searches<'_, '_>, judged: &mut Judged) {
        let expectation = self.expectation;
        let found =
            |around: &BTreeSet<PrincipalIx>, asks| searches.get(&(expectation.target.clone(), around.clone(), asks));
        let mut known = Known::default();
        if let (Some(only), Some(otherwise), Some(surely)) =
            (&expectation.only, found(&self.through, false), found(&self.through_perhaps, false))
        {
            only_these(cx, only, otherwise, surely, &mut known);
        }
        if let Some(all) = found(&self.none, true) {
            never_these(cx, &expectation.never, all, &mut known);
            if expectation.mfa == Some(MfaExpectation::Always) {
                always_with_mfa(cx, all, self.mfa_of_people_is_claimed, &mut known);
            }
        }
        let never = &expectation.never;
        let is_kept = known.breaches.is_empty();
        if is_kept && !never.is_empty() && idle(cx.estate, never).len() == never.len() {
            known.why_unknown.insert("`never` names nobody in the snapshot".to_owned());
        }
        for around in self.searches().filter_map(|(around, asks)| found(around, asks)) {
            let gaps = around.gaps_of_target().iter();
            known.why_unknown.extend(gaps.map(|gap| gap.reason.clone()));
        }
        let fails = !known.breaches.is_empty();
        let of_these: BTreeSet<String> = match known.why_unknown.is_empty() {
            true => known.unclear.keys().cloned().collect(),
            // others may break it as well
            false => BTreeSet::new(),
        };
        known.why_unknown.extend(known.unclear.into_values());
        let is_unknown = !known.why_unknown.is_empty();
        judged.counts.add(Counts {
            judged: usize::from(fails || !is_unknown),
            failed: usize::from(fails),
            unknown: usize::from(!fails && is_unknown),
            not_applicable: 0,
        });
        for breach in known.breaches.into_values() {
            let named = Some(expectation.name.as_str().into());
            judged.findings.push(Finding { expectation: named, ..breach.finding(cx, running, expectation) });
        }
        if is_unknown {
            judged.findings.push(unknown(cx, running, expectation, &known.why_unknown, of_these));
        }
    }
}

/// Who reaches the target otherwise than through those that are expected. A role is a way, not a beginning: somebody else is in its
/// session.
fn only_these<'s, 'g, 'e>(
    cx: &Context<'_>,
    only: &[PrincipalSelector],
    otherwise: &'s WhoCan<'g, 'e>,
    surely: &WhoCan<'_, '_>,
    known: &mut Known<'s, 'g, 'e>,
) {
    let is_role = |source: &Source| match source {
        Source::Principal(ix) => cx.estate.principal(*ix).kind() == PrincipalType::Role,
        _ => false,
    };
    let sure: BTreeSet<&Source> = surely.reaching().map(|one| one.source).collect();
    let workflows = Workflows::new(only, Which::All, otherwise);
    let vouchers = Vouchers::new(cx, only, Which::All, otherwise);
    let surely: BTreeSet<PrincipalIx> = surely.met().map(|(role, _)| role).collect();
    for one in otherwise.reaching() {
        if names(cx.estate, only, one.source) != Some(true) {
            known.why_unknown.extend(unread_behind(cx, one.source));
        }
        if is_role(one.source) {
            continue;
        }
        let is_sure = sure.contains(one.source);
        let entries = || workflows.as_ref().and_then(|workflows| workflows.entries(cx, one.source));
        let named = match names(cx.estate, only, one.source) {
            Some(false) => vouchers.as_ref().map_or(Some(false), |vouchers| vouchers.named(cx, one.source)),
            other => other,
        };
        match (named, entries()) {
            (Some(true), _) => {}
            (_, Some(entries)) => {
                for entry in entries.into_iter().filter(|entry| entry.named != Some(true)) {
                    match entry.named {
                        Some(false) if is_sure && surely.contains(&entry.hop.edge.to) => {
                            known.add(cx, Broken::Only, one, Some(entry), otherwise);
                        }
                        _ => known.unclear(cx, &one),
                    }
                }
            }
            (Some(false), None) if is_sure => known.add(cx, Broken::Only, one, None, otherwise),
            _ => known.unclear(cx, &one),
        }
    }
}

/// Why others may come through a role: its trust policy was not read, or it is in an account of ours that was not.
fn unread_behind(cx: &Context<'_>, source: &Source) -> Option<String> {
    let gap = match source {
        Source::Principal(ix) => cx.estate.unread_trust(*ix),
        Source::Account(id) | Source::Outsider(_, id) => {
            cx.estate.account_by_id(*id).and_then(|ix| cx.estate.account(ix).presence().gap())
        }
        _ => None,
    };
    gap.map(|gap| reason(cx.estate, gap))
}

/// Who reaches the target and never should, on whatever way.
fn never_these<'s, 'g, 'e>(
    cx: &Context<'_>,
    never: &[PrincipalSelector],
    all: &'s WhoCan<'g, 'e>,
    known: &mut Known<'s, 'g, 'e>,
) {
    let workflows = Workflows::new(never, Which::Some, all);
    let vouchers = Vouchers::new(cx, never, Which::Some, all);
    for one in all.reaching() {
        known.why_unknown.extend(unread_behind(cx, one.source));
        let named = match names_some(cx.estate, never, one.source) {
            Some(false) => vouchers.as_ref().map_or(Some(false), |vouchers| vouchers.named(cx, one.source)),
            other => other,
        };
        match named {
            Some(true) => known.add(cx, Broken::Never, one, None, all),
            None => known.unclear(cx, &one),
            Some(false) => {
                let entries = workflows.as_ref().and_then(|workflows| workflows.entries(cx, one.source));
                for entry in entries.into_iter().flatten() {
                    match entry.named {
                        Some(true) => known.add(cx, Broken::Never, one, Some(entry), all),
                        Some(false) => {}
                        None => known.unclear(cx, &one),
                    }
                }
            }
        }
    }
}

/// Users who reach some role of the target without MFA.
fn always_with_mfa<'s, 'g, 'e>(
    cx: &Context<'_>,
    all: &'s WhoCan<'g, 'e>,
    of_people_is_claimed: bool,
    known: &mut Known<'s, 'g, 'e>,
) {
    let is_user = |one: &Reaching<'_>| match one.source {
        Source::Principal(ix) => cx.estate.principal(*ix).kind() == PrincipalType::User,
        _ => false,
    };
    known.why_unknown.extend(all.reaching().filter_map(|one| unread_behind(cx, one.source)));
    if !of_people_is_claimed && all.reaching().any(|one| one.source.is_of_people() || is_for_unread(one.source)) {
        let why = "people of Identity Center reach it, and their MFA is outside AWS's view: `[people] mfa` states it";
        known.why_unknown.insert(why.to_owned());
    }
    for one in all.reaching().filter(is_user) {
        match one.without_mfa() {
            Some(true) => known.add(cx, Broken::Mfa, one, None, all),
            Some(false) => {}
            None => known.unclear(cx, &one),
        }
    }
}

impl<'s, 'g, 'e> Known<'s, 'g, 'e> {
    fn add(
        &mut self,
        cx: &Context<'_>,
        how: Broken,
        one: Reaching<'s>,
        entry: Option<Entry>,
        found: &'s WhoCan<'g, 'e>,
    ) {
        // nobody may be assigned or entitled
        if one.verdict == Verdict::Unknown || is_for_unread(one.source) {
            return self.unclear(cx, &one);
        }
        let key = Breach::key(cx, how, one.source, entry.as_ref());
        self.breaches.entry(key).or_insert_with(|| Breach::new(how, found)).add(Member { one, entry });
    }

    fn unclear(&mut self, cx: &Context<'_>, one: &Reaching<'_>) {
        let why = |name: String| format!("whether {name} reaches it unexpectedly is not known");
        match one.source {
            Source::Principal(ix) => _ = self.unclear.insert(cx.estate.arn(*ix), why(cx.shown(*ix))),
            source => _ = self.why_unknown.insert(why(source.name(cx.estate))),
        }
    }
}
