//! What of an answer rests on data that was not read.

use std::collections::BTreeSet;

use super::shown::Shown;
use super::words;
use crate::answer::Verdict;
use crate::eval::{Truth, Unclear};
use crate::facet::Facet;
use crate::graph::edge::{Edge, Hop};
use crate::graph::passed::Passed;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::search::path::Path;
use crate::graph::selector::Resolved;
use crate::graph::source::Source;
use crate::ids::{AccountIx, ClassIx, PrincipalIx, Scope};
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

pub(super) fn gaps_of(estate: &Estate, hops: &[Hop], start: &Source) -> Vec<Gap> {
    let shown = Shown::of(hops, start, estate);
    let unclear =
        hops.iter().flat_map(|s| shown.decision(&s.edge, s.from == *start).unclear().into_iter().map(move |u| (s, u)));
    unclear.map(|(hop, why)| as_gap(estate, &hop.edge, &why)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Why it is not known whether a path is one; at least one reason for a path that is unknown, none for others.
pub(super) fn of_path(estate: &Estate, path: &Path, start: &Source) -> Vec<Gap> {
    if path.verdict != Verdict::Unknown {
        return Vec::new();
    }
    let mut gaps = gaps_of(estate, &path.hops, start);
    // what is unclear of the calls together
    if let (true, Some(joint), Some(last)) = (gaps.is_empty(), &path.joint, path.hops.last()) {
        gaps.extend(joint.unclear_parts().into_iter().map(|why| as_gap(estate, &last.edge, why)));
    }
    if gaps.is_empty() {
        gaps.extend(of_session(estate, &path.hops));
    }
    if gaps.is_empty() {
        gaps.extend(path.hops.last().map(|hop| as_gap(estate, &hop.edge, &words::too_many_combinations())));
    }
    gaps
}

/// Why it is not known what people reach: of each of these sources and roles, by its best path.
pub(super) fn of_people<'s>(
    reach: &Reach<'_, '_>,
    unknown: impl Iterator<Item = (&'s Source, Option<PrincipalIx>)>,
    max_hops: usize,
) -> BTreeSet<Gap> {
    let mut found = BTreeSet::new();
    for (source, role) in unknown {
        let to_one = role.map(|role| reach.to_one(role));
        let path = best_within(to_one.as_ref().unwrap_or(reach), source, max_hops);
        found.extend(path.iter().flat_map(|path| of_path(reach.estate(), path, source)));
    }
    found
}

/// What is not known of the session that AWS makes for a person at the start of a path, and is asked for further on.
fn of_session(estate: &Estate, hops: &[Hop]) -> BTreeSet<Gap> {
    let Some((first, rest)) = hops.split_first() else { return BTreeSet::new() };
    let Some(passed) = Passed::of(estate, &first.from, first.edge.kind) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for hop in rest {
        for decision in hop.edge.decisions() {
            for test in decision.truth().tests() {
                let truth = passed.of_session(test, |_, _| Truth::True);
                found.extend(truth.unclear_parts().into_iter().map(|why| as_gap(estate, &hop.edge, why)));
            }
        }
    }
    found
}

/// What an unclear part of an edge's decision rests on.
pub(crate) fn as_gap(estate: &Estate, edge: &Edge, why: &Unclear) -> Gap {
    match why {
        Unclear::Gap(ix) => estate.gap(*ix).clone(),
        Unclear::Undocumented(text) => Gap {
            scope: estate.account(estate.principal(edge.to).account()).id().into(),
            facet: Facet::PolicyDocument,
            reason: format!("{text} (on the way into `{}`)", estate.arn(edge.to)),
        },
    }
}

/// Everything unread that could add to who reaches a target.
pub(super) fn all_gaps(reach: &Reach<'_, '_>, resolved: &Resolved) -> Vec<Gap> {
    let estate = reach.estate();
    let mut gaps = BTreeSet::new();
    for edge in reach.edges() {
        for decision in edge.decisions() {
            gaps.extend(decision.unclear().iter().map(|why| as_gap(estate, edge, why)));
        }
    }
    gaps.extend(super::people::unknown(estate, reach.edges()));
    gaps.extend(gaps_of_target(estate, resolved));
    if reach.graph().has_escalations() {
        gaps.extend(unread_climbers(reach).into_iter().filter_map(|ix| unread(estate, ix)));
        gaps.extend(unread_delegations(reach, |_| true));
    }
    gaps.into_iter().collect()
}

/// The accounts with a role on the way whose users or roles were not read: one of them may change that role, or be taken over.
pub(super) fn unread_climbers(reach: &Reach<'_, '_>) -> BTreeSet<AccountIx> {
    let estate = reach.estate();
    let accounts: BTreeSet<AccountIx> = reach.roles().map(|role| estate.principal(role).account()).collect();
    accounts.into_iter().filter(|ix| unread(estate, *ix).is_some()).collect()
}

/// That one of these may let itself into a role on the way: nobody read whether its account administers a service for people.
pub(super) fn unread_delegations(reach: &Reach<'_, '_>, concerns: impl Fn(ClassIx) -> bool) -> Option<Gap> {
    let facts = reach.graph().escalations()?;
    let is_led_to = reach.roles().any(|role| facts.may_be_opened(role));
    let concerns = |class: &ClassIx| concerns(*class);
    (is_led_to && facts.unread_openers().iter().any(concerns)).then(delegations_unread)
}

/// That nobody read which accounts administer services for people.
pub(super) fn delegations_unread() -> Gap {
    let reason = "delegated administrators were not read".to_owned();
    Gap { scope: Scope::Organization, facet: Facet::Delegations, reason }
}

/// What says which roles a target has, and who there is, and was not read.
pub(super) fn gaps_of_target(estate: &Estate, resolved: &Resolved) -> Vec<Gap> {
    let mut gaps = BTreeSet::new();
    gaps.extend(resolved.unread.iter().filter_map(|ix| unread(estate, *ix)));
    gaps.extend(resolved.gaps.iter().cloned());
    // somebody of an account that is not listed may be among those who reach it
    gaps.extend(estate.unlisted().map(|gap| estate.gap(gap).clone()));
    gaps.into_iter().collect()
}

pub(super) fn unread(estate: &Estate, ix: AccountIx) -> Option<Gap> {
    estate.account(ix).presence().gap().map(|gap| estate.gap(gap).clone())
}
