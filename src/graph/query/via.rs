//! How people come in, in names.

use crate::answer::{PersonFacts, Via};
use crate::graph::edge::{EdgeKind, Hop};
use crate::graph::edges::{PeopleCall, assignments, entitlements};
use crate::graph::source::Source;
use crate::model::people::{Assignee, Grant};
use crate::model::{Estate, People};

/// What leads the people of a hop into its role; `None` where nobody of Identity Center calls.
pub(super) fn via(estate: &Estate, hop: &Hop) -> Option<Via> {
    let people = estate.people().filter(|_| hop.edge.kind.is_for_people())?;
    let from = &hop.edge.from;
    let call = PeopleCall { from, kind: hop.edge.kind, to: hop.edge.to };
    if hop.edge.kind == EdgeKind::Entitlement {
        let (_, entitlement) = entitlements(people, call).next()?;
        let Grant::Role { assignee, .. } = entitlement.grant() else { return None };
        return Some(Via { entitlement: Some(entitlement.id().to_owned()), ..of_assignee(people, assignee) });
    }
    let assignment = assignments(people, call).next()?;
    let set = people.permission_set(assignment.set()).name().to_owned();
    Some(Via { permission_set: Some(set), ..of_assignee(people, assignment.assignee()) })
}

fn of_assignee(people: &People, assignee: &Assignee) -> Via {
    let group = if let Assignee::Group(group) = assignee { Some(people.name_of_group(*group)) } else { None };
    Via { group, ..Via::default() }
}

/// Who a source is, if it is a person.
pub(super) fn person(estate: &Estate, source: &Source) -> Option<PersonFacts> {
    let (Source::Person(ix), Some(people)) = (source, estate.people()) else { return None };
    let person = people.person(*ix);
    Some(PersonFacts {
        id: person.id().to_owned(),
        display_name: person.display_name().map(str::to_owned),
        email: person.email().map(str::to_owned),
    })
}
