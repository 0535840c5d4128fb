//! Rules about entitlements of the account access manager. Judged once, by the management account.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{deleted_id, is_wanted, read};
use crate::answer::Verdict;
use crate::escalation::may_be_entitled;
use crate::graph::EdgeKind;
use crate::ids::{AccountIx, GapIx, PersonIx, PrincipalIx};
use crate::model::People;
use crate::model::people::{Assignee, Grant};
use crate::posture::entry::Can;
use crate::posture::unknown;
use crate::rules::common::{id_of_assignee, id_of_person};
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("people/entitlement-of-one-person"), Judge::Account(entitlement_of_one_person))
        .of_organization(about_entitlements),
    &Row::new(card_file!("people/entitlement-leads-nowhere"), Judge::Account(entitlement_leads_nowhere))
        .of_organization(about_entitlements),
    &Row::new(card_file!("people/entitlement-to-administrator"), Judge::Account(entitlement_to_administrator))
        .of_organization(about_entitlements),
];

fn about_entitlements(cx: &Context<'_>, ix: AccountIx) -> Data {
    match cx.estate.people() {
        _ if !cx.estate.account(ix).is_management() => Data::NotApplicable,
        Some(people) if people.entitlements().next().is_some() => Data::Read,
        Some(people) if people.entitlements_unread().is_empty() => Data::NotApplicable,
        Some(_) | None if may_be_entitled(cx.estate) => Data::Unread,
        Some(_) | None => Data::NotApplicable,
    }
}

fn entitlement_of_one_person(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::entitlements_unread, outcome) else { return };
    let mut by_person = BTreeMap::<PersonIx, Vec<String>>::new();
    for (_, entitlement) in people.entitlements() {
        if let Grant::Role { assignee: Assignee::Person(person), arn, .. } = entitlement.grant() {
            by_person.entry(*person).or_default().push(arn.to_string());
        }
    }
    for (person, roles) in by_person {
        let message = format!("{} is entitled to {} directly", people.name_of(person), some_of(&roles));
        let who = id_of_person(people, person);
        let ways = roles.iter().map(|role| format!("{who} into {role}"));
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()).about(ways));
    }
}

fn entitlement_leads_nowhere(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::entitlements_unread, outcome) else { return };
    for (_, entitlement) in people.entitlements() {
        let Grant::Role { assignee, arn, role, unread, account } = entitlement.grant() else { continue };
        let why = match (deleted_id(assignee), role, unread) {
            (Some(id), ..) => format!("is for {id}, not in the identity store"),
            (None, None, None) => format!("names {arn}, which is not there"),
            (None, None, Some(_)) if !is_wanted(cx, *account) => continue,
            (None, None, Some(gap)) => {
                outcome.unknown_part(entitlement.id(), unknown::reason(cx.estate, *gap));
                continue;
            }
            (None, Some(_), _) => continue,
        };
        let message = format!("entitlement {} {why}", entitlement.id());
        let who = format!("{} into {arn}", id_of_assignee(people, assignee));
        outcome.found(Found::of(entitlement.id(), message, Vec::new()).about([who]));
    }
}

/// Roles with the power of an administrator that some entitlement lets people into.
fn entitlement_to_administrator(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::entitlements_unread, outcome) else { return };
    let mut by_role = BTreeMap::<PrincipalIx, Entitled<'_>>::new();
    for (_, entitlement) in people.entitlements() {
        let Grant::Role { assignee, arn, role, unread, account } = entitlement.grant() else { continue };
        let (name, not_known) = match assignee {
            Assignee::Person(person) => (Some(people.name_of(*person)), None),
            Assignee::Group(group) => (Some(format!("group {}", people.name_of_group(*group))), None),
            Assignee::Unknown(who) => (None, who.gap),
        };
        if let Some(role) = role {
            let of = by_role.entry(*role).or_default();
            of.arn = arn;
            of.names.extend(name);
            of.ids.insert(format!("{} into {arn}", id_of_assignee(people, assignee)));
            of.not_known.extend(not_known);
        } else if let Some(gap) = unread.filter(|_| is_wanted(cx, *account) && (name.is_some() || not_known.is_some()))
        {
            outcome.unknown_part(entitlement.id(), unknown::reason(cx.estate, gap));
        }
    }
    for (ix, of) in by_role {
        let fact = &cx.power(ix).administrator;
        if fact.can() == Can::No {
            continue;
        }
        let mut why: BTreeSet<String> = of.not_known.iter().map(|gap| unknown::reason(cx.estate, *gap)).collect();
        // an edge that is not known to be there is none
        why.extend(cx.estate.unread_trust(ix).map(|gap| unknown::reason(cx.estate, gap)));
        let mut is_entered = false;
        for edge in cx.graph.incoming(ix).iter().filter(|edge| edge.kind == EdgeKind::Entitlement) {
            let decision = edge.own(edge.from.kind(cx.estate));
            match decision.verdict() {
                Verdict::Denied => {}
                Verdict::Unknown => why.extend(unknown::unclear(cx.estate, &decision.truth())),
                Verdict::Allowed | Verdict::Conditional => is_entered = true,
            }
        }
        if is_entered && fact.can() == Can::Yes {
            let names: Vec<String> = of.names.into_iter().collect();
            let are = if names.len() == 1 { "is" } else { "are" };
            let message =
                format!("{} {are} entitled to {}, an administrator of its account", some_of(&names), cx.shown(ix));
            let evidence = cx.powers().proof(cx.estate.principal(ix).class(), fact);
            outcome.found(Found::of(of.arn, message, evidence).about(of.ids));
            continue;
        }
        if is_entered {
            why.extend(fact.why_unknown(cx.estate));
        }
        if !why.is_empty() {
            outcome.unknown_part(of.arn, why.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
}

/// The entitlements to one role.
#[derive(Default)]
struct Entitled<'a> {
    arn: &'a str,
    names: BTreeSet<String>,
    ids: BTreeSet<String>,
    /// Why it is not known who else is entitled.
    not_known: BTreeSet<GapIx>,
}
