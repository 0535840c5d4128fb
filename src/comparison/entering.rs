//! Why people may enter a role on one side and not on the other: they are assigned or entitled to it otherwise, or joined or left a
//! group that is.

use std::collections::BTreeSet;

use super::collector::Told;
use super::directory::{self, Assigned, Directory, Entitled, Who};
use super::nodes::Nodes;
use super::pairing::Which;
use super::people::granted;
use super::world::World;
use crate::difference::{ChangeKind, What};
use crate::graph::{Source, is_of_identity_center};
use crate::ids::PrincipalIx;
use crate::model::people::Grant;

/// A grant that is for a caller, by itself or by a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way<'e> {
    Assigned(Assigned<'e>),
    Entitled(Who<'e>, Entitled<'e>),
}

impl<'e> Way<'e> {
    fn who(self) -> Who<'e> {
        match self {
            Self::Assigned((who, ..)) | Self::Entitled(who, _) => who,
        }
    }
}

impl<'e> World<'_, 'e> {
    /// What changed of a person, or of a group with unread members, and of the ways into a role that are theirs. Nothing for others.
    pub(super) fn causes_of_people(&self, caller: u32, role: u32, nodes: &Nodes) -> Told {
        let ends = [Which::Old, Which::New].map(|which| {
            let source = nodes.source(caller, which, self);
            source.and_then(|source| self.caller_of_people(&source, which))
        });
        let unread = || vec![(What::of(ChangeKind::NotRead), "Identity Center".to_owned())];
        let directories = (self.directory(Which::Old), self.directory(Which::New));
        let Some(caller) = ends.into_iter().flatten().next() else {
            // the provider stands for people where those were not read
            let stands_for_people =
                matches!(nodes.other(caller), Some(Source::Provider(name)) if is_of_identity_center(name));
            let one_alone = directories.0.is_some() != directories.1.is_some();
            return if stands_for_people && one_alone { unread() } else { Told::new() };
        };
        let (Some(old), Some(new)) = directories else { return unread() };
        if let Who::Person(key) = caller {
            let may_have = |side: &Directory<'_>| !side.persons.contains_key(&key) && !side.knows_persons(key.0);
            if may_have(old) || may_have(new) || self.is_status_open(key) {
                return unread();
            }
            let mut of_person = self.changes_of_person(key);
            // what a session is called and tagged with counts where nothing else differs
            of_person.retain(|(what, _)| {
                matches!(what.kind, ChangeKind::PersonAdded | ChangeKind::PersonRemoved | ChangeKind::PersonState)
            });
            if !of_person.is_empty() {
                return of_person;
            }
        }
        let mut told = Told::new();
        let (before, after) = (self.ways(caller, role, Which::Old), self.ways(caller, role, Which::New));
        for way in after.difference(&before) {
            told.extend(gained(*way, caller, [old, new], Which::New));
        }
        for way in before.difference(&after) {
            told.extend(gained(*way, caller, [new, old], Which::Old));
        }
        told
    }

    /// The name and the tags of the sessions of a person, where they changed.
    pub(super) fn sessions_of_people(&self, caller: u32, nodes: &Nodes) -> Told {
        let source = nodes.source(caller, Which::New, self);
        match source.and_then(|source| self.caller_of_people(&source, Which::New)) {
            Some(Who::Person(key)) => self.changes_of_person(key),
            _ => Told::new(),
        }
    }

    fn caller_of_people(&self, source: &Source, which: Which) -> Option<Who<'e>> {
        let people = self.estate(which).people()?;
        match source {
            Source::Person(ix) => Some(Who::Person(directory::key_of_person(people, *ix))),
            Source::PeopleGroup(ix) => Some(Who::Group(directory::key_of_group(people, *ix))),
            _ => None,
        }
    }

    /// The grants that let a caller into a role on a side.
    fn ways(&self, caller: Who<'e>, role: u32, which: Which) -> BTreeSet<Way<'e>> {
        let (Some(side), Some(role)) = (self.directory(which), self.pairing.pair(role).on(which)) else {
            return BTreeSet::new();
        };
        let is_for = |who: Who<'e>| who == caller || is_member(caller, who, side);
        grants(side, role).filter(|way| is_for(way.who())).collect()
    }
}

/// What lets somebody into a role.
fn grants<'e>(side: &Directory<'e>, role: PrincipalIx) -> impl Iterator<Item = Way<'e>> {
    let people = side.people;
    let assigned =
        people.assigned(role).map(move |assignment| Way::Assigned(directory::key_of_assignment(people, assignment)));
    let entitled = people.entitled(role).iter().filter_map(move |ix| match people.entitlement(*ix).grant() {
        Grant::Role { assignee, arn, .. } => {
            let key = (directory::id_of(people, assignee), &**arn);
            side.entitlements.get(&key).map(|who| Way::Entitled(*who, key))
        }
        Grant::Unknown(_) => None,
    });
    assigned.chain(entitled)
}

fn is_member(caller: Who<'_>, group: Who<'_>, side: &Directory<'_>) -> bool {
    let (Who::Person(person), Who::Group(group)) = (caller, group) else { return false };
    let (Some(person), Some(group)) = (side.persons.get(&person), side.groups.get(&group)) else { return false };
    side.people.person(*person).groups().contains(group)
}

/// Why a way stands on one side alone: the grant is not on the other, or the caller is in no such group there.
fn gained<'e>(
    way: Way<'e>,
    caller: Who<'e>,
    [without, with]: [&Directory<'e>; 2],
    which: Which,
) -> Option<(What, String)> {
    let is_new = which == Which::New;
    let unread = || Some((What::of(ChangeKind::NotRead), "Identity Center".to_owned()));
    let (kind, set, subject, is_granted, is_known) = match way {
        Way::Assigned(key @ (_, _, account)) => {
            let ix = with.assignments.get(&key)?;
            let set = with.people.permission_set(with.people.assignment(*ix).set()).name();
            let kind = if is_new { ChangeKind::AssignmentAdded } else { ChangeKind::AssignmentRemoved };
            let is_known = without.knows_assignments(account, set);
            (kind, set, account.to_string(), without.assignments.contains_key(&key), is_known)
        }
        Way::Entitled(_, key @ (_, arn)) => {
            let kind = if is_new { ChangeKind::EntitlementAdded } else { ChangeKind::EntitlementRemoved };
            (kind, "", arn.to_owned(), without.entitlements.contains_key(&key), without.knows_entitlements())
        }
    };
    // of a permission set that was not read it is not known which roles it has
    let is_set_unread = |key: &Assigned<'e>| {
        let set = without.assignments.get(key).map(|ix| without.people.assignment(*ix).set());
        set.is_some_and(|set| !without.people.permission_set(set).is_known())
    };
    if matches!(&way, Way::Assigned(key) if is_set_unread(key)) {
        return unread();
    }
    if !is_granted {
        return if is_known { Some((granted(kind, set, with.name(way.who())), subject)) } else { unread() };
    }
    // the same grant on both sides, and the caller is not in the group on the other: or the role is another one
    let Who::Group(group) = way.who() else { return None };
    if caller == way.who() || is_member(caller, way.who(), without) {
        return None;
    }
    match without.groups.get(&group) {
        Some(ix) if without.people.group(*ix).unread().is_some() => return unread(),
        Some(_) => {}
        None if !without.knows_groups(group.0) => return unread(),
        None => {
            let kind = if is_new { ChangeKind::PeopleGroupAdded } else { ChangeKind::PeopleGroupRemoved };
            return Some((What::of(kind), with.groups.get(&group).map(|ix| with.people.name_of_group(*ix))?));
        }
    }
    let kind = if is_new { ChangeKind::GroupJoined } else { ChangeKind::GroupLeft };
    let name = with.groups.get(&group).map(|ix| with.people.name_of_group(*ix))?;
    Some((What { policy: name, ..What::of(kind) }, with.name(caller)))
}
