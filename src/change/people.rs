//! What people of Identity Center are in and are assigned.

use super::error::ChangeError;
use crate::graph::Source;
use crate::graph::query::people_group_named;
use crate::ids::{AccountId, AssignmentIx, EntitlementIx, GapIx, PeopleGroupIx, PersonIx};
use crate::model::people::Assignee;
use crate::model::{Estate, People};
use crate::snapshot::edit::Removal;
use crate::snapshot::identity_center::AccountAssignment;

/// The members of a group that is written as `group NAME`.
pub(super) fn members(estate: &Estate, name: &str, text: &str) -> Result<Vec<Source>, ChangeError> {
    let people = estate.people().ok_or_else(|| without_people(text))?;
    let group = group(estate, name, text)?;
    let of = people.group(group);
    let members = of.members().iter().map(|person| Source::Person(*person));
    Ok(members.chain(of.unread().map(|_| Source::PeopleGroup(group))).collect())
}

pub(super) fn membership(
    estate: &Estate,
    person: PersonIx,
    group_name: &str,
    text: &str,
) -> Result<Removal, ChangeError> {
    let people = estate.people().ok_or_else(|| without_people(text))?;
    let own: Vec<String> = people.person(person).groups().iter().map(|ix| people.name_of_group(*ix)).collect();
    let name = group_name.strip_prefix("group ").unwrap_or(group_name);
    let group = people.person(person).groups().iter().copied().find(|ix| is_called(people, *ix, name));
    let group = group.ok_or_else(|| {
        let who = people.name_of(person);
        let unread_group =
            people.groups().filter(|(ix, _)| is_called(people, *ix, name)).find_map(|(_, of)| of.unread());
        match unread(estate, people).or_else(|| unread_group.map(|gap| not_all(estate, gap))) {
            Some(why) => ChangeError::unread(format!("whether {who} is in a group `{name}` is not known"), text, why),
            None => {
                let what = format!("{who} is not in a group `{name}`");
                ChangeError::unknown(what, text, name, own.iter().map(String::as_str))
            }
        }
    })?;
    Ok(left(people, person, group))
}

/// The membership of a person.
pub(super) fn left(people: &People, person: PersonIx, group: PeopleGroupIx) -> Removal {
    let instance = people.instance(people.person(person).instance()).arn();
    Removal::Person(instance.into(), people.person(person).id().into(), people.group(group).id().into())
}

pub(super) fn assignment(
    estate: &Estate,
    (who, person): (&str, Option<PersonIx>),
    set: &str,
    account: AccountId,
    text: &str,
) -> Result<Removal, ChangeError> {
    let people = estate.people().ok_or_else(|| without_people(text))?;
    let assignee = match (person, who.strip_prefix("group ")) {
        (Some(person), _) => Assignee::Person(person),
        (None, name) => Assignee::Group(group(estate, name.unwrap_or(who), text)?),
    };
    let own = || people.assignments().filter(|(_, assignment)| *assignment.assignee() == assignee);
    let fits = |ix: &AssignmentIx| {
        let assignment = people.assignment(*ix);
        let of_set = people.permission_set(assignment.set());
        assignment.account() == account && (of_set.name() == set || of_set.arn() == set)
    };
    let found = own().map(|(ix, _)| ix).find(fits);
    let found = found.and_then(|ix| unassign(people, ix)).ok_or_else(|| {
        if let Some(why) = unread(estate, people) {
            let what = format!("whether `{who}` is assigned `{set}` in {account} is not known");
            return ChangeError::unread(what, text, why);
        }
        let there: Vec<&str> = own()
            .filter(|(_, assignment)| assignment.account() == account)
            .map(|(_, assignment)| people.permission_set(assignment.set()).name())
            .collect();
        ChangeError::unknown(format!("`{who}` is not assigned `{set}` in {account}"), text, set, there)
    })?;
    Ok(found)
}

/// An assignment to somebody who is known.
pub(super) fn unassign(people: &People, ix: AssignmentIx) -> Option<Removal> {
    let assignment = people.assignment(ix);
    let (kind, id) = match assignment.assignee() {
        Assignee::Person(person) => ("USER", people.person(*person).id()),
        Assignee::Group(group) => ("GROUP", people.group(*group).id()),
        Assignee::Unknown(_) => return None,
    };
    let set = people.permission_set(assignment.set());
    let raw = AccountAssignment {
        account_id: assignment.account(),
        permission_set_arn: set.arn().to_owned(),
        principal_type: kind.to_owned(),
        principal_id: id.to_owned(),
    };
    Some(Removal::Assignment(people.instance(set.instance()).arn().into(), raw))
}

/// The entitlement of this id.
pub(super) fn entitlement(estate: &Estate, id: &str) -> Option<Removal> {
    let people = estate.people()?;
    let (ix, _) = people.entitlements().find(|(_, entitlement)| entitlement.id() == id)?;
    Some(unentitle(people, ix))
}

pub(super) fn unentitle(people: &People, ix: EntitlementIx) -> Removal {
    let entitlement = people.entitlement(ix);
    Removal::Entitlement(entitlement.application().into(), entitlement.id().into())
}

fn is_called(people: &People, ix: PeopleGroupIx, name: &str) -> bool {
    let group = people.group(ix);
    [people.name_of_group(ix).as_str(), group.name(), group.id()].iter().any(|own| own.eq_ignore_ascii_case(name))
}

fn group(estate: &Estate, name: &str, text: &str) -> Result<PeopleGroupIx, ChangeError> {
    people_group_named(estate, name)?.ok_or_else(|| {
        if let Some(why) = estate.people().and_then(|people| unread(estate, people)) {
            let what = format!("whether a group of Identity Center is called `{name}` is not known");
            return ChangeError::unread(what, text, why);
        }
        let there = estate.people().into_iter().flat_map(People::groups).map(|(_, group)| group.name());
        ChangeError::unknown(format!("no group of Identity Center is called `{name}`"), text, name, there)
    })
}

/// Why more may be there than was read; none where all of Identity Center was.
fn unread(estate: &Estate, people: &People) -> Option<String> {
    people.gaps().first().map(|gap| not_all(estate, *gap))
}

fn not_all(estate: &Estate, gap: GapIx) -> String {
    format!("not all of Identity Center was read: {}", estate.gap(gap).sentence())
}

fn without_people(text: &str) -> ChangeError {
    ChangeError::refused(
        "the snapshot has no people of Identity Center",
        text,
        "`identity-center.json` is not among its files",
        "collect it: `rolehop collect` reads Identity Center with the management account's role",
    )
}
