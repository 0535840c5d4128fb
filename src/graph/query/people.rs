//! What answers about people, or without them, rest on.

use std::collections::BTreeSet;

use crate::answer::MfaOfPeople;
use crate::escalation::{ACCOUNT_ACCESS, may_be_entitled};
use crate::facet::Facet;
use crate::graph::edge::Edge;
use crate::graph::edges::{is_for_unread, is_of_identity_center, stands_for};
use crate::graph::search::backward::Reach;
use crate::graph::source::Source;
use crate::ids::{AccountId, GapIx, PeopleGroupIx, Scope};
use crate::model::people::{Assignee, Grant, Landing};
use crate::model::{Estate, People};
use crate::snapshot::ledger::Gap;

/// What is told of MFA where some of these are people.
pub(super) fn mfa(sources: &[Source]) -> Option<MfaOfPeople> {
    sources.iter().any(Source::is_of_people).then(MfaOfPeople::default)
}

/// What people reach beside what was found: what was not read of groups, assignments and entitlements.
pub(super) fn gaps(estate: &Estate, sources: &[Source]) -> BTreeSet<Gap> {
    let Some(people) = estate.people().filter(|_| sources.iter().any(|source| may_sign_in(estate, source))) else {
        return BTreeSet::new();
    };
    // a person may be in any group; members of one are asked about as such
    let store = |ix| people.instance(ix).identity_store();
    let concerns = |ix: PeopleGroupIx| {
        sources.iter().any(|source| match source {
            Source::Cohort(cohort) => people.cohort(*cohort).group() == ix,
            Source::PeopleGroup(own) => *own == ix,
            // nobody is in a group of another store
            Source::Person(person) => store(people.person(*person).instance()) == store(people.group(ix).instance()),
            _ => source.is_of_people(),
        })
    };
    let of_groups = people.groups().filter(|(ix, _)| concerns(*ix)).filter_map(|(_, group)| group.unread());
    // where no role lets the account access manager in, entitlements lead nowhere
    let entitlements = if may_be_entitled(estate) { people.entitlements_unread() } else { &[] };
    let all =
        people.gaps().iter().chain(entitlements).copied().chain(of_groups).chain(outside(estate, people, sources));
    all.map(|gap| estate.gap(gap).clone()).collect()
}

/// What leads these people into accounts that the snapshot does not have. Those that are listed and were not read are told anyway.
fn outside<'e>(estate: &Estate, people: &'e People, sources: &[Source]) -> impl Iterator<Item = GapIx> + use<'e> {
    let is_theirs = |assignee: &Assignee| sources.iter().any(|source| stands_for(people, source, assignee));
    let is_outside = |id: Option<AccountId>| id.and_then(|id| estate.account_by_id(id)).is_none();
    let mut found = BTreeSet::new();
    for (_, assignment) in people.assignments() {
        if let Landing::Unread(gap) = assignment.landing()
            && is_outside(Some(assignment.account()))
            && is_theirs(assignment.assignee())
        {
            found.insert(*gap);
        }
    }
    for (_, entitlement) in people.entitlements() {
        if let Grant::Role { assignee, account, unread: Some(gap), .. } = entitlement.grant()
            && is_outside(*account)
            && is_theirs(assignee)
        {
            found.insert(*gap);
        }
    }
    found.into_iter()
}

/// As [`gaps`], of what could lead to some targets: groups whose members were not read, roles whose people were not.
pub(super) fn gaps_before(reach: &Reach<'_, '_>, sources: &[Source]) -> BTreeSet<Gap> {
    let estate = reach.estate();
    let Some(people) = estate.people().filter(|_| sources.iter().any(|source| may_sign_in(estate, source))) else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for edge in reach.edges() {
        match &edge.from {
            Source::PeopleGroup(group) => found.extend(people.group(*group).unread()),
            Source::Provider(name) if is_of_identity_center(name) => {
                found.extend(people.entrance(edge.to).into_iter().flat_map(|entrance| entrance.unread()).copied());
            }
            Source::Service(name) if **name == *ACCOUNT_ACCESS => found.extend(people.entitlements_unread()),
            _ => {}
        }
    }
    found.into_iter().map(|gap| estate.gap(gap).clone()).collect()
}

fn may_sign_in(estate: &Estate, source: &Source) -> bool {
    match (source, estate.people()) {
        (Source::Person(person), Some(people)) => !people.person(*person).is_disabled(),
        _ => source.is_of_people(),
    }
}

/// Why a person or a group reaches nothing, or what is meant by a group.
pub(super) fn note(estate: &Estate, sources: &[Source]) -> Option<&'static str> {
    match (sources, estate.people()) {
        ([Source::Person(person)], Some(people)) => {
            let is_disabled = people.person(*person).is_disabled();
            is_disabled.then_some("the user is disabled in Identity Center, and cannot sign in")
        }
        ([], _) => Some("the group has no member who can sign in"),
        ([Source::Cohort(_) | Source::PeopleGroup(_)], _) => {
            Some("this means members of the group as such: each of them may reach more by other groups")
        }
        ([Source::Cohort(_), ..], _) => {
            Some("policies tell members of this group apart: at least one of them reaches this by being in it")
        }
        _ => None,
    }
}

/// That people are unknown, where some of these edges stand for people and those were not read.
pub(super) fn unknown<'a>(estate: &Estate, edges: impl Iterator<Item = &'a Edge>) -> BTreeSet<Gap> {
    if estate.people().is_some() {
        return BTreeSet::new();
    }
    let gap = |edge: &Edge| {
        let (facet, what) = match &edge.from {
            Source::Provider(_) => (Facet::IdentityCenter, ""),
            _ => (Facet::AccountAccess, ", whose users the account access manager lets in,"),
        };
        let reason = format!("people unknown: Identity Center{what} was not read");
        Gap { scope: Scope::Organization, facet, reason }
    };
    edges.filter(|edge| is_for_unread(&edge.from)).map(gap).collect()
}
