//! Rules about people of IAM Identity Center and the account access manager. Judged once, by the management account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::Deserialize;

use crate::answer::Verdict;
use crate::facet::Facet;
use crate::graph::{EdgeKind, may_be_entitled};
use crate::ids::{AccountId, AccountIx, GapIx, PermissionSetIx, PersonIx, PrincipalIx};
use crate::model::People;
use crate::model::people::{Assignee, Assignment, Grant, Landing, PermissionSet, reserved};
use crate::posture::entry::Can;
use crate::posture::unknown;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("people/person-assigned-directly"), Judge::Account(person_assigned_directly))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/disabled-person-assigned"), Judge::Account(disabled_person_assigned))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/assignment-of-deleted-principal"), Judge::Account(assignment_of_deleted_principal))
        .of_organization(about_assignments_of_all),
    &Row::new(
        card_file!("people/permission-set-without-assignment"),
        Judge::Account(permission_set_without_assignment),
    )
    .of_organization(about_assignments),
    &Row::new(card_file!("people/administrator-set-held-by-many"), Judge::Account(administrator_set_held_by_many))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/administrator-set-session-long"), Judge::Account(administrator_set_session_long))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/reserved-role-left-over"), Judge::Account(reserved_role_left_over))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/assignment-without-role"), Judge::Account(assignment_without_role))
        .of_organization(about_assignments),
    &Row::new(card_file!("people/entitlement-of-one-person"), Judge::Account(entitlement_of_one_person))
        .of_organization(about_entitlements),
    &Row::new(card_file!("people/entitlement-leads-nowhere"), Judge::Account(entitlement_leads_nowhere))
        .of_organization(about_entitlements),
    &Row::new(card_file!("people/entitlement-to-administrator"), Judge::Account(entitlement_to_administrator))
        .of_organization(about_entitlements),
];

/// Of an organization with an instance that has permission sets; not of a member, or where no account has a role of Identity Center.
fn about_assignments(cx: &Context<'_>, ix: AccountIx) -> Data {
    match cx.estate.people() {
        _ if !cx.estate.account(ix).is_management() => Data::NotApplicable,
        Some(people) if people.instances().any(|(_, instance)| instance.has_permission_sets()) => Data::Read,
        Some(people) if people.gaps().is_empty() => Data::NotApplicable,
        Some(_) | None if cx.estate.has_reserved_roles() => Data::Unread,
        Some(_) | None => Data::NotApplicable,
    }
}

/// As [`about_assignments`], where assignments were asked for by account: by user and group, those of deleted ones are not found.
fn about_assignments_of_all(cx: &Context<'_>, ix: AccountIx) -> Data {
    let is_by_principal =
        |people: &People| people.instances().any(|(_, of)| of.has_permission_sets() && of.is_asked_by_principal());
    match about_assignments(cx, ix) {
        Data::Read if cx.estate.people().is_some_and(is_by_principal) => Data::NotApplicable,
        data => data,
    }
}

fn about_entitlements(cx: &Context<'_>, ix: AccountIx) -> Data {
    match cx.estate.people() {
        _ if !cx.estate.account(ix).is_management() => Data::NotApplicable,
        Some(people) if people.entitlements().next().is_some() => Data::Read,
        Some(people) if people.entitlements_unread().is_empty() => Data::NotApplicable,
        Some(_) | None if may_be_entitled(cx.estate) => Data::Unread,
        Some(_) | None => Data::NotApplicable,
    }
}

/// What was read, and that what was not may have the same defect.
fn read<'a>(cx: &Context<'a>, gaps: fn(&People) -> &[GapIx], outcome: &mut Outcome) -> Option<&'a People> {
    let people = cx.estate.people()?;
    outcome.unknown_because(&reasons(cx, gaps(people)));
    Some(people)
}

fn reasons(cx: &Context<'_>, gaps: &[GapIx]) -> BTreeSet<String> {
    gaps.iter().map(|gap| unknown::reason(cx.estate, *gap)).collect()
}

/// `permission set Admin in prod`, `permission sets Admin and Ops in prod, dev and 3 more`.
fn assigned(cx: &Context<'_>, people: &People, of: &[&Assignment]) -> String {
    let sets: BTreeSet<PermissionSetIx> = of.iter().map(|one| one.set()).collect();
    let names: Vec<&str> = sets.iter().map(|set| people.permission_set(*set).name()).collect();
    let s = if names.len() == 1 { "" } else { "s" };
    format!("permission set{s} {} in {}", some_of(&names), accounts(cx, of.iter().map(|one| one.account())))
}

fn accounts(cx: &Context<'_>, of: impl Iterator<Item = AccountId>) -> String {
    let ids: BTreeSet<AccountId> = of.collect();
    let name = |id: AccountId| cx.estate.account_by_id(id).map_or_else(|| id.to_string(), |ix| cx.account_name(ix));
    some_of(&ids.into_iter().map(name).collect::<Vec<_>>())
}

/// Assignments of single people, by person.
fn of_persons(people: &People) -> BTreeMap<PersonIx, Vec<&Assignment>> {
    let mut found = BTreeMap::<PersonIx, Vec<&Assignment>>::new();
    for (_, assignment) in people.assignments() {
        if let Assignee::Person(person) = assignment.assignee() {
            found.entry(*person).or_default().push(assignment);
        }
    }
    found
}

fn person_assigned_directly(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    for (person, of) in of_persons(people).into_iter().filter(|(person, _)| !people.person(*person).is_disabled()) {
        let message = format!("{} is assigned {} directly", people.name_of(person), assigned(cx, people, &of));
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()));
    }
}

fn disabled_person_assigned(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    for (person, of) in of_persons(people).into_iter().filter(|(person, _)| people.person(*person).is_disabled()) {
        let name = people.name_of(person);
        let message = format!("{name} is disabled and still assigned {}", assigned(cx, people, &of));
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()));
    }
}

fn assignment_of_deleted_principal(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    for (set, of) in by_set(people, |assignment| deleted_id(assignment.assignee()).is_some()) {
        let ids: BTreeSet<&str> = of.iter().filter_map(|one| deleted_id(one.assignee())).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let message = format!("{} assigned to {}, not in the identity store", assigned(cx, people, &of), some_of(&ids));
        outcome.found(Found::of(people.permission_set(set).arn(), message, Vec::new()));
    }
}

fn deleted_id(assignee: &Assignee) -> Option<&str> {
    if let Assignee::Unknown(who) = assignee {
        Some(&who.id).filter(|_| who.gap.is_none()).map(AsRef::as_ref)
    } else {
        None
    }
}

/// Some assignments by permission set.
fn by_set(people: &People, fits: impl Fn(&Assignment) -> bool) -> BTreeMap<PermissionSetIx, Vec<&Assignment>> {
    let mut found = BTreeMap::<PermissionSetIx, Vec<&Assignment>>::new();
    for (_, assignment) in people.assignments().filter(|(_, assignment)| fits(assignment)) {
        found.entry(assignment.set()).or_default().push(assignment);
    }
    found
}

fn permission_set_without_assignment(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    let used: BTreeSet<PermissionSetIx> = people.assignments().map(|(_, assignment)| assignment.set()).collect();
    // one whose assignments were not read may have some: `read` says so
    let is_unused = |(ix, set): &(PermissionSetIx, &PermissionSet)| {
        !used.contains(ix) && set.is_known() && set.assignments_unread().is_none()
    };
    for (_, set) in people.permission_sets().filter(is_unused) {
        let message = format!("permission set {} is assigned to nobody", set.name());
        outcome.found(Found::of(set.arn(), message, Vec::new()));
    }
}

/// The permission sets by which whoever has them is surely an administrator of some account, each with its assignments there.
struct Administrators<'a> {
    people: &'a People,
    sets: BTreeMap<PermissionSetIx, Vec<&'a Assignment>>,
    /// Why that is not known of others, with what else was not read.
    why: BTreeSet<String>,
}

fn administrators<'a>(cx: &Context<'a>) -> Option<Administrators<'a>> {
    let people = cx.estate.people()?;
    let mut why = reasons(cx, people.gaps());
    let mut found = BTreeMap::<PermissionSetIx, Vec<&Assignment>>::new();
    for (_, assignment) in people.assignments() {
        why.extend(landing_unread(cx, assignment));
        let (mut certain, mut others) = (false, false);
        for role in assignment.landing().roles() {
            let administrator = &cx.power(*role).administrator;
            match administrator.can() {
                Can::Yes => certain = true,
                Can::Perhaps => why.extend(administrator.why_unknown(cx.estate)),
                Can::No => {}
            }
            others |= administrator.can() != Can::Yes;
        }
        if certain && others {
            let set = people.permission_set(assignment.set()).name();
            why.insert(format!("which of several roles of permission set {set} people enter is not known"));
        } else if certain {
            found.entry(assignment.set()).or_default().push(assignment);
        }
    }
    Some(Administrators { people, sets: found, why })
}

/// Why it is not known which role an assignment leads into. Accounts that nobody asked for are not missed.
fn landing_unread(cx: &Context<'_>, assignment: &Assignment) -> Option<String> {
    let Landing::Unread(gap) = assignment.landing() else { return None };
    is_wanted(cx, Some(assignment.account())).then(|| unknown::reason(cx.estate, *gap))
}

/// False for an account that cannot be used, or that was left out.
fn is_wanted(cx: &Context<'_>, account: Option<AccountId>) -> bool {
    let account = account.and_then(|id| cx.estate.account_by_id(id));
    account.is_none_or(|ix| cx.estate.account(ix).presence().is_judged())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Most {
    most: usize,
}

fn administrator_set_held_by_many(cx: &Context<'_>, of: &Most, _: AccountIx, outcome: &mut Outcome) {
    let Some(Administrators { people, sets, mut why }) = administrators(cx) else { return };
    for (set, assignments) in sets {
        let (mut held, mut unread) = (BTreeSet::new(), BTreeSet::new());
        for assignment in &assignments {
            match assignment.assignee() {
                Assignee::Person(person) => held.extend([*person]),
                Assignee::Group(group) => {
                    held.extend(people.group(*group).members());
                    unread.extend(people.group(*group).unread());
                }
                Assignee::Unknown(who) => unread.extend(who.gap),
            }
        }
        held.retain(|person| !people.person(*person).is_disabled());
        if held.len() > of.most {
            let names: Vec<String> = held.iter().map(|person| people.name_of(*person)).collect();
            let message = format!(
                "{} people are administrators by {}: {}",
                held.len(),
                assigned(cx, people, &assignments),
                some_of(&names)
            );
            outcome.found(Found::of(people.permission_set(set).arn(), message, Vec::new()));
        } else {
            why.extend(unread.into_iter().map(|gap| unknown::reason(cx.estate, gap)));
        }
    }
    outcome.unknown_because(&why);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Longest {
    hours: u16,
}

fn administrator_set_session_long(cx: &Context<'_>, of: &Longest, _: AccountIx, outcome: &mut Outcome) {
    let Some(Administrators { people, sets, why }) = administrators(cx) else { return };
    outcome.unknown_because(&why);
    for (set, assignments) in sets {
        let of_set = people.permission_set(set);
        let Some(lasts) = of_set.session_duration().and_then(|text| text.parse::<SignedDuration>().ok()) else {
            let name = of_set.name();
            outcome.unknown_part(of_set.arn(), format!("how long sessions of permission set {name} last was not read"));
            continue;
        };
        if lasts > SignedDuration::from_hours(i64::from(of.hours)) {
            let message = format!("sessions last {lasts:#} by {}", assigned(cx, people, &assignments));
            outcome.found(Found::of(of_set.arn(), message, Vec::new()));
        }
    }
}

fn reserved_role_left_over(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = cx.estate.people() else { return };
    let mut why = reasons(cx, people.gaps());
    let unread = cx
        .estate
        .indexed_accounts()
        .filter(|(_, account)| account.presence().is_judged() && !account.has(Facet::AuthorizationDetails));
    why.extend(unread.map(|(ix, _)| format!("authorization-details of {} not read", cx.account_name(ix))));
    outcome.unknown_because(&why);
    let mut by_name = BTreeMap::<&str, Vec<PrincipalIx>>::new();
    for (role, _) in people.entrances().filter(|(_, entrance)| entrance.is_left_over()) {
        let principal = cx.estate.principal(role);
        let set = reserved(principal.path(), principal.name()).map(|of| of.set);
        by_name.entry(set.unwrap_or(principal.name())).or_default().push(role);
    }
    for (set, roles) in by_name {
        let account = |role: &PrincipalIx| cx.estate.account(cx.estate.principal(*role).account()).id();
        let place = accounts(cx, roles.iter().map(account));
        let message = format!("permission set {set} has a role and no assignment in {place}");
        outcome.found(Found::of(set, message, Vec::new()));
    }
}

fn assignment_without_role(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = cx.estate.people() else { return };
    let mut why = reasons(cx, people.gaps());
    why.extend(people.assignments().filter_map(|(_, assignment)| landing_unread(cx, assignment)));
    outcome.unknown_because(&why);
    for (set, of) in by_set(people, |assignment| *assignment.landing() == Landing::NotProvisioned) {
        let message = format!("{} is assigned, and has no role there", assigned(cx, people, &of));
        outcome.found(Found::of(people.permission_set(set).arn(), message, Vec::new()));
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
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()));
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
        outcome.found(Found::of(entitlement.id(), format!("entitlement {} {why}", entitlement.id()), Vec::new()));
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
            outcome.found(Found::of(of.arn, message, evidence));
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
    /// Why it is not known who else is entitled.
    not_known: BTreeSet<GapIx>,
}
