//! What rules of several families tell alike.
//!
//! Owns: the words for a way through roles, for a power that is not known, and by what people are known over time.

use std::collections::BTreeSet;

use super::context::Context;
use super::outcome::{Found, Outcome, because, some_of};
use crate::graph::{Hop, Source, query};
use crate::ids::{AccountIx, PeopleGroupIx, PersonIx, PrincipalIx};
use crate::model::People;
use crate::model::people::{Assignee, Assignment};
use crate::posture::power::Fact;

/// A way that starts at a user or role: `says` is told of the first, then how far the way is. `None` if it starts at anybody else.
pub(super) fn of_way(cx: &Context<'_>, hops: &[Hop], says: impl FnOnce(PrincipalIx) -> String) -> Option<Found> {
    let start = hops.first().map(|hop| &hop.from)?;
    let Source::Principal(first) = *start else { return None };
    let far = if hops.len() > 1 { format!(" in {} hops", hops.len()) } else { String::new() };
    Some(Found {
        message: format!("{}{far}{}", says(first), by_escalation(hops)),
        evidence: hops.iter().flat_map(|hop| query::evidence(cx.estate, hop, start)).collect(),
        path: std::iter::once(first).chain(hops.iter().map(|hop| hop.edge.to)).map(|ix| cx.estate.arn(ix)).collect(),
        ..Found::default()
    })
}

/// ` by pass-role-lambda`: the ways to escalate among these hops; empty where there are none.
pub(super) fn by_escalation(hops: &[Hop]) -> String {
    let kinds: Vec<&str> =
        hops.iter().filter(|hop| hop.edge.kind.is_escalation()).map(|hop| hop.edge.kind.as_str()).collect();
    if kinds.is_empty() { String::new() } else { format!(" by {}", some_of(&kinds)) }
}

/// One line for all principals of an account of which a power is not known for the same reason.
pub(super) fn unknown_power(cx: &Context<'_>, fact: &Fact, whether: &str, of: &str, outcome: &mut Outcome) {
    let why = because(&fact.why_unknown(cx.estate));
    outcome.unknown_among(format!("{why} (whether {whether}, of"), format!("{of})"));
}

/// Principals whom one finding tells one by one.
pub(super) const TOLD: usize = 1000;

/// Principals by ARN; where they are very many, the accounts that they are in: a trust of everybody does not cost a line for each.
pub(super) fn arns(cx: &Context<'_>, principals: &BTreeSet<PrincipalIx>) -> BTreeSet<String> {
    if principals.len() <= TOLD {
        return principals.iter().map(|ix| cx.estate.arn(*ix)).collect();
    }
    let accounts: BTreeSet<AccountIx> = principals.iter().map(|ix| cx.estate.principal(*ix).account()).collect();
    accounts.into_iter().map(|account| cx.root_arn(account)).collect()
}

/// `person d-9067/94482488`: by what AWS does not let anybody change.
pub(super) fn id_of_person(people: &People, ix: PersonIx) -> String {
    let person = people.person(ix);
    format!("person {}/{}", people.instance(person.instance()).identity_store(), person.id())
}

/// `d-9067/94482489`
pub(super) fn id_of_group(people: &People, ix: PeopleGroupIx) -> String {
    let group = people.group(ix);
    format!("{}/{}", people.instance(group.instance()).identity_store(), group.id())
}

pub(super) fn id_of_assignee(people: &People, assignee: &Assignee) -> String {
    match assignee {
        Assignee::Person(ix) => id_of_person(people, *ix),
        Assignee::Group(ix) => format!("group {}", id_of_group(people, *ix)),
        Assignee::Unknown(who) => who.id.to_string(),
    }
}

/// Who is let in by an assignment, into what: a finding that tells several is accepted for each of them.
pub(super) fn id_of_assignment(people: &People, of: &Assignment) -> String {
    let set = people.permission_set(of.set()).arn();
    format!("{} into {set} in {}", id_of_assignee(people, of.assignee()), of.account())
}
