//! Rules about people of IAM Identity Center. Judged once, by the management account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, GapIx, PermissionSetIx, PersonIx, PrincipalIx};
use crate::model::People;
use crate::model::people::{Assignee, Assignment, Landing, PermissionSet, reserved};
use crate::posture::entry::Can;
use crate::posture::unknown;
use crate::rules::common::{id_of_assignment, id_of_person};
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
];

/// What is not known where assignments were asked for by user and group.
const DELETED: &str = "is not known: assignments were asked for by user and group";

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
    match about_assignments(cx, ix) {
        Data::Read if cx.estate.people().is_some_and(People::misses_deleted) => Data::NotApplicable,
        data => data,
    }
}

/// What was read, and that what was not may have the same defect.
pub(super) fn read<'a>(cx: &Context<'a>, gaps: fn(&People) -> &[GapIx], outcome: &mut Outcome) -> Option<&'a People> {
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

fn ids(people: &People, of: &[&Assignment]) -> impl Iterator<Item = String> {
    of.iter().map(|one| id_of_assignment(people, one))
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
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()).about(ids(people, &of)));
    }
}

fn disabled_person_assigned(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    for (person, of) in of_persons(people).into_iter().filter(|(person, _)| people.person(*person).is_disabled()) {
        let name = people.name_of(person);
        let message = format!("{name} is disabled and still assigned {}", assigned(cx, people, &of));
        outcome.found(Found::of(people.person(person).id(), message, Vec::new()).about(ids(people, &of)));
    }
}

fn assignment_of_deleted_principal(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = read(cx, People::gaps, outcome) else { return };
    for (set, of) in by_set(people, |assignment| deleted_id(assignment.assignee()).is_some()) {
        let ids: BTreeSet<&str> = of.iter().filter_map(|one| deleted_id(one.assignee())).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let message = format!("{} assigned to {}, not in the identity store", assigned(cx, people, &of), some_of(&ids));
        outcome.found(Found::of(people.permission_set(set).arn(), message, Vec::new()).about(self::ids(people, &of)));
    }
}

pub(super) fn deleted_id(assignee: &Assignee) -> Option<&str> {
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
        if people.instance(set.instance()).is_asked_by_principal() {
            let why =
                format!("whether permission set {} is assigned to somebody who was deleted {DELETED}", set.name());
            outcome.unknown_part(set.arn(), why);
            continue;
        }
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
pub(super) fn is_wanted(cx: &Context<'_>, account: Option<AccountId>) -> bool {
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
            let arn = people.permission_set(set).arn();
            let who = held.iter().map(|person| format!("{} into {arn}", id_of_person(people, *person)));
            outcome.found(Found::of(arn, message, Vec::new()).about(who));
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
        if people.misses_deleted() {
            let why =
                format!("whether permission set {set} is assigned in {place} to somebody who was deleted {DELETED}");
            outcome.unknown_part(set, why);
            continue;
        }
        let message = format!("permission set {set} has a role and no assignment in {place}");
        outcome.found(Found::of(set, message, Vec::new()).about(roles.iter().map(|role| cx.estate.arn(*role))));
    }
}

fn assignment_without_role(cx: &Context<'_>, _: &NoParameters, _: AccountIx, outcome: &mut Outcome) {
    let Some(people) = cx.estate.people() else { return };
    let mut why = reasons(cx, people.gaps());
    why.extend(people.assignments().filter_map(|(_, assignment)| landing_unread(cx, assignment)));
    outcome.unknown_because(&why);
    for (set, of) in by_set(people, |assignment| *assignment.landing() == Landing::NotProvisioned) {
        let message = format!("{} is assigned, and has no role there", assigned(cx, people, &of));
        outcome.found(Found::of(people.permission_set(set).arn(), message, Vec::new()).about(ids(people, &of)));
    }
}
