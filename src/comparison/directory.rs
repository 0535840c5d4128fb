//! People, groups, assignments and entitlements of a side, by the ids that AWS gives them: what makes them the same on both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::pairing::Which;
use super::world::World;
use crate::ids::{AccountId, AssignmentIx, GapIx, InstanceIx, PeopleGroupIx, PersonIx};
use crate::model::People;
use crate::model::people::{Assignee, Grant};

/// The identity store, and the id there.
pub(super) type Key<'e> = (&'e str, &'e str);

/// Whom an assignment or entitlement is for. Ordered for output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who<'e> {
    Group(Key<'e>),
    Person(Key<'e>),
    /// An id of whom nothing else is known.
    Unknown(&'e str),
}

/// What makes an assignment the same: for whom, the ARN of the permission set, the account.
pub(super) type Assigned<'e> = (Who<'e>, &'e str, AccountId);

/// What makes an entitlement the same: for whom, and the ARN of the role.
pub(super) type Entitled<'e> = (Who<'e>, &'e str);

/// What was read of the people of a side.
#[derive(Debug)]
pub(super) struct Directory<'e> {
    pub(super) people: &'e People,
    pub(super) persons: BTreeMap<Key<'e>, PersonIx>,
    pub(super) groups: BTreeMap<Key<'e>, PeopleGroupIx>,
    pub(super) assignments: BTreeMap<Assigned<'e>, AssignmentIx>,
    pub(super) entitlements: BTreeSet<Entitled<'e>>,
}

impl<'e> Directory<'e> {
    fn new(people: &'e People) -> Self {
        let mut found = Self {
            people,
            persons: people.persons().map(|(ix, _)| (key_of_person(people, ix), ix)).collect(),
            groups: people.groups().map(|(ix, _)| (key_of_group(people, ix), ix)).collect(),
            assignments: BTreeMap::new(),
            entitlements: BTreeSet::new(),
        };
        for (ix, one) in people.assignments() {
            let key = (who(people, one.assignee()), people.permission_set(one.set()).arn(), one.account());
            found.assignments.insert(key, ix);
        }
        for (_, one) in people.entitlements() {
            if let Grant::Role { assignee, arn, .. } = one.grant() {
                found.entitlements.insert((who(people, assignee), arn));
            }
        }
        found
    }

    /// As it is printed.
    pub(super) fn name(&self, who: Who<'e>) -> String {
        match who {
            Who::Person(key) => self.persons.get(&key).map_or_else(|| key.1.to_owned(), |ix| self.people.name_of(*ix)),
            Who::Group(key) => {
                let name = self.groups.get(&key).map_or_else(|| key.1.to_owned(), |ix| self.people.name_of_group(*ix));
                format!("group {name}")
            }
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

pub(super) fn who<'e>(people: &'e People, assignee: &'e Assignee) -> Who<'e> {
    match assignee {
        Assignee::Person(ix) => Who::Person(key_of_person(people, *ix)),
        Assignee::Group(ix) => Who::Group(key_of_group(people, *ix)),
        Assignee::Unknown(unknown) => Who::Unknown(&unknown.id),
    }
}

impl<'e> World<'_, 'e> {
    /// The people of a side; `None` where Identity Center was not read.
    pub(super) fn directory(&self, which: Which) -> Option<&Directory<'e>> {
        let made = self
            .directories
            .get_or_init(|| [Which::Old, Which::New].map(|which| self.estate(which).people().map(Directory::new)));
        let [old, new] = made;
        match which {
            Which::Old => old.as_ref(),
            Which::New => new.as_ref(),
        }
    }
}
