//! People, groups, assignments and entitlements of a side, by the ids that AWS gives them: what makes them the same on both sides.

use std::collections::BTreeMap;

use crate::ids::{AccountId, AssignmentIx, GapIx, InstanceIx, PeopleGroupIx, PersonIx};
use crate::model::People;
use crate::model::people::{Assignee, Assignment, Grant};

/// The identity store, and the id there.
pub(super) type Key<'e> = (&'e str, &'e str);

/// Whom an assignment or entitlement is for. Ordered for output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who<'e> {
    Group(Key<'e>),
    Person(Key<'e>),
    /// An id of an unknown kind.
    Unknown(&'e str),
}

/// What makes an assignment the same: for whom, the ARN of the permission set, the account.
pub(super) type Assigned<'e> = (Who<'e>, &'e str, AccountId);

/// What makes an entitlement the same: the id for whom it is, and the ARN of the role.
pub(super) type Entitled<'e> = (&'e str, &'e str);

/// What was read of the people of a side.
#[derive(Debug)]
pub(super) struct Directory<'e> {
    pub(super) people: &'e People,
    pub(super) persons: BTreeMap<Key<'e>, PersonIx>,
    pub(super) groups: BTreeMap<Key<'e>, PeopleGroupIx>,
    pub(super) assignments: BTreeMap<Assigned<'e>, AssignmentIx>,
    pub(super) entitlements: BTreeMap<Entitled<'e>, Who<'e>>,
}

impl<'e> Directory<'e> {
    pub(super) fn new(people: &'e People) -> Self {
        let mut found = Self {
            people,
            persons: people.persons().map(|(ix, _)| (key_of_person(people, ix), ix)).collect(),
            groups: people.groups().map(|(ix, _)| (key_of_group(people, ix), ix)).collect(),
            assignments: BTreeMap::new(),
            entitlements: BTreeMap::new(),
        };
        for (ix, one) in people.assignments() {
            found.assignments.insert(key_of_assignment(people, one), ix);
        }
        for (_, one) in people.entitlements() {
            if let Grant::Role { assignee, arn, .. } = one.grant() {
                found.entitlements.insert((id_of(people, assignee), arn), who(people, assignee, ""));
            }
        }
        found
    }

    /// As it is printed.
    pub(super) fn name(&self, who: Who<'e>) -> String {
        match who {
            Who::Person(key) => match self.persons.get(&key) {
                Some(ix) => self.people.name_of(*ix),
                None => format!("unknown user {}", key.1),
            },
            Who::Group(key) => match self.groups.get(&key) {
                Some(ix) => format!("group {}", self.people.name_of_group(*ix)),
                None => format!("unknown group {}", key.1),
            },
            Who::Unknown(id) => format!("unknown principal {id}"),
        }
    }

    /// True if a user who is not listed does not exist: the users of this identity store were read, or the side has no such store.
    pub(super) fn knows_persons(&self, store: &str) -> bool {
        self.knows(store, |people, ix| people.instance(ix).users_unread())
    }

    /// The same of groups.
    pub(super) fn knows_groups(&self, store: &str) -> bool {
        self.knows(store, |people, ix| people.instance(ix).groups_unread())
    }

    fn knows(&self, store: &str, unread: fn(&People, InstanceIx) -> Option<GapIx>) -> bool {
        let mut of_store =
            self.people.instances().filter(|(_, instance)| instance.identity_store() == store).peekable();
        match of_store.peek() {
            Some(_) => of_store.all(|(ix, _)| unread(self.people, ix).is_none()),
            None => self.people.gaps().is_empty(),
        }
    }

    /// True if an assignment that is not listed does not exist. `set` is the name of the permission set.
    pub(super) fn knows_assignments(&self, account: AccountId, set: &str) -> bool {
        self.people.assignments_unread(account, set).is_none()
    }

    /// True if an entitlement that is not listed does not exist.
    pub(super) fn knows_entitlements(&self) -> bool {
        self.people.entitlements_unread().is_empty()
    }
}

/// Which user, on any side.
pub(super) fn key_of_person(people: &People, ix: PersonIx) -> Key<'_> {
    let person = people.person(ix);
    (people.instance(person.instance()).identity_store(), person.id())
}

/// Which group, on any side.
pub(super) fn key_of_group(people: &People, ix: PeopleGroupIx) -> Key<'_> {
    let group = people.group(ix);
    (people.instance(group.instance()).identity_store(), group.id())
}

/// Which assignment, on any side.
pub(super) fn key_of_assignment<'e>(people: &'e People, one: &'e Assignment) -> Assigned<'e> {
    let set = people.permission_set(one.set());
    let store = people.instance(set.instance()).identity_store();
    (who(people, one.assignee(), store), set.arn(), one.account())
}

/// Whom an id of this identity store means, whether or not the store lists it.
fn who<'e>(people: &'e People, assignee: &'e Assignee, store: &'e str) -> Who<'e> {
    match assignee {
        Assignee::Person(ix) => Who::Person(key_of_person(people, *ix)),
        Assignee::Group(ix) => Who::Group(key_of_group(people, *ix)),
        Assignee::Unknown(unknown) => match &*unknown.kind {
            "USER" => Who::Person((store, &unknown.id)),
            "GROUP" => Who::Group((store, &unknown.id)),
            _ => Who::Unknown(&unknown.id),
        },
    }
}

/// The id for whom a grant is.
pub(super) fn id_of<'e>(people: &'e People, assignee: &'e Assignee) -> &'e str {
    match who(people, assignee, "") {
        Who::Person((_, id)) | Who::Group((_, id)) | Who::Unknown(id) => id,
    }
}
