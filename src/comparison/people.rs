//! People of Identity Center: who came and went, groups, permission sets, assignments and entitlements.
//!
//! INVARIANT: what one side did not read is a gap, never somebody who came or went.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::Collector;
use super::directory::{Directory, Key, Who, key_of_person};
use super::pairing::Which;
use super::world::World;
use crate::difference::{ChangeKind, Clause, Section, What};
use crate::escalation::may_be_entitled;
use crate::facet::Facet;
use crate::ids::{GapIx, PeopleGroupIx, PersonIx, Scope};
use crate::model::people::{Instance, PermissionSet, TagValue};
use crate::snapshot::ledger::Gap;

impl<'e> World<'_, 'e> {
    /// Changes of users and groups of identity stores, of permission sets, and of who is assigned or entitled to what.
    #[must_use]
    pub fn people(&self) -> Section {
        let mut found = Collector::default();
        if let (Some(old), Some(new)) = (self.directory(Which::Old), self.directory(Which::New)) {
            persons(old, new, &mut found);
            groups(old, new, &mut found);
            permission_sets(old, new, &mut found);
            assignments(old, new, &mut found);
            entitlements(old, new, &mut found);
        }
        found.section(self.gaps(|which| self.unread_people(which)))
    }

    fn unread_people(&self, which: Which) -> BTreeSet<Gap> {
        let estate = self.estate(which);
        let Some(people) = estate.people() else {
            let is_used = self.estate(which.other()).people().is_some() || estate.has_reserved_roles();
            let gap = || Gap {
                scope: Scope::Organization,
                facet: Facet::IdentityCenter,
                reason: "Identity Center was not read".to_owned(),
            };
            return is_used.then(gap).into_iter().collect();
        };
        let of_groups = people.groups().filter_map(|(_, group)| group.unread());
        let of_roles = people.entrances().flat_map(|(_, entrance)| entrance.unread()).copied();
        let entitlements = if may_be_entitled(estate) { people.entitlements_unread() } else { &[] };
        let all = people.gaps().iter().chain(entitlements).copied().chain(of_groups).chain(of_roles);
        // many roles have the same one
        let all: BTreeSet<GapIx> = all.collect();
        let told = all.into_iter().map(|gap| estate.gap(gap).clone());
        told.chain(self.of_people_untold(which)).collect()
    }

    /// What the other side knows of all users, and this one does not.
    fn of_people_untold(&self, which: Which) -> Vec<Gap> {
        let (Some(own), Some(other)) = (self.directory(which), self.directory(which.other())) else {
            return Vec::new();
        };
        let told = |knows: fn(&Instance) -> bool| {
            let lacks = |side: &Directory<'_>| {
                side.people.persons().any(|(_, one)| !knows(side.people.instance(one.instance())))
            };
            lacks(own) && !lacks(other)
        };
        let gap =
            |reason: &str| Gap { scope: Scope::Organization, facet: Facet::IdentityCenter, reason: reason.to_owned() };
        let status = told(Instance::knows_status)
            .then(|| gap("which users are disabled was not told (`UserStatus`, which older AWS CLIs do not print)"));
        let tags = told(Instance::knows_tags)
            .then(|| gap("which tags sessions of people have was not read (`AccessControlAttributes`)"));
        status.into_iter().chain(tags).collect()
    }

    /// True where a user is disabled on one side, and the other does not know which of its users are.
    pub(super) fn is_status_open(&self, key: Key<'e>) -> bool {
        let on = |which| {
            let side = self.directory(which)?;
            let person = side.people.person(*side.persons.get(&key)?);
            Some((person.is_disabled(), side.people.instance(person.instance()).knows_status()))
        };
        let (Some(old), Some(new)) = (on(Which::Old), on(Which::New)) else { return false };
        old.0 != new.0 && !(old.1 && new.1)
    }

    /// What became of a user who is on both sides, or of whom one side knows that there is none.
    pub(super) fn changes_of_person(&self, key: Key<'e>) -> Vec<(What, String)> {
        let mut found = Vec::new();
        if let (Some(old), Some(new)) = (self.directory(Which::Old), self.directory(Which::New)) {
            person(key, old, new, &mut |what, subject| found.push((what, subject)));
        }
        found
    }
}

fn persons<'e>(old: &Directory<'e>, new: &Directory<'e>, found: &mut Collector) {
    let all: BTreeSet<Key<'e>> = old.persons.keys().chain(new.persons.keys()).copied().collect();
    for key in all {
        person(key, old, new, &mut |what, subject| found.add(what, subject));
    }
}

fn person<'e>(key: Key<'e>, old: &Directory<'e>, new: &Directory<'e>, add: &mut impl FnMut(What, String)) {
    let named = |side: &Directory<'e>| side.name(Who::Person(key));
    match (old.persons.get(&key), new.persons.get(&key)) {
        (None, Some(_)) if old.knows_persons(key.0) => add(What::of(ChangeKind::PersonAdded), named(new)),
        (Some(_), None) if new.knows_persons(key.0) => add(What::of(ChangeKind::PersonRemoved), named(old)),
        (Some(before), Some(after)) => {
            let (one, two) = (old.people.person(*before), new.people.person(*after));
            if one.name() != two.name() {
                let what = What { old: Some(Clause::text(one.name())), ..What::of(ChangeKind::PersonRenamed) };
                add(what, named(new));
            }
            let instances = (old.people.instance(one.instance()), new.people.instance(two.instance()));
            if one.is_disabled() != two.is_disabled() && instances.0.knows_status() && instances.1.knows_status() {
                add(changed(ChangeKind::PersonState, state(one.is_disabled()), state(two.is_disabled())), named(new));
            }
            let tags = (tags(old, *before), tags(new, *after));
            if tags.0 != tags.1 && instances.0.knows_tags() && instances.1.knows_tags() {
                add(changed(ChangeKind::TagsChanged, tags.0, tags.1), named(new));
            }
        }
        _ => {}
    }
}

fn state(is_disabled: bool) -> &'static str {
    if is_disabled { "disabled" } else { "enabled" }
}

fn changed(kind: ChangeKind, old: impl Into<String>, new: impl Into<String>) -> What {
    What { old: Some(Clause::text(old)), new: Some(Clause::text(new)), ..What::of(kind) }
}

/// The tags that sessions of a person have.
fn tags(side: &Directory<'_>, person: PersonIx) -> String {
    let own = side.people.person(person).tag_keys();
    let texts: Vec<String> = own
        .filter_map(|(key, value)| match value {
            TagValue::Value(value) => Some(format!("{key}={value}")),
            TagValue::Absent => None,
            TagValue::Unknown => Some(format!("{key} unknown")),
        })
        .collect();
    texts.join(", ")
}

fn groups<'e>(old: &Directory<'e>, new: &Directory<'e>, found: &mut Collector) {
    let all: BTreeSet<Key<'e>> = old.groups.keys().chain(new.groups.keys()).copied().collect();
    for key in all {
        let named =
            |side: &Directory<'e>| side.groups.get(&key).map(|ix| side.people.name_of_group(*ix)).unwrap_or_default();
        match (old.groups.get(&key), new.groups.get(&key)) {
            (None, Some(after)) if old.knows_groups(key.0) => {
                found.add(What::of(ChangeKind::PeopleGroupAdded), named(new));
                changed_members(new, ChangeKind::GroupJoined, named(new), members(new, *after), found);
            }
            (Some(_), None) if new.knows_groups(key.0) => {
                found.add(What::of(ChangeKind::PeopleGroupRemoved), named(old));
            }
            (Some(before), Some(after)) => {
                let (one, two) = (old.people.group(*before), new.people.group(*after));
                if one.name() != two.name() {
                    let what = What { old: Some(Clause::text(one.name())), ..What::of(ChangeKind::PeopleGroupRenamed) };
                    found.add(what, named(new));
                }
                let (were, are) = (members(old, *before), members(new, *after));
                if one.unread().is_none() {
                    let joined = are.difference(&were).copied();
                    changed_members(new, ChangeKind::GroupJoined, named(new), joined, found);
                }
                if two.unread().is_none() {
                    // users who are gone are told as that
                    let left = were.difference(&are).filter(|member| new.persons.contains_key(*member)).copied();
                    changed_members(old, ChangeKind::GroupLeft, named(old), left, found);
                }
            }
            _ => {}
        }
    }
}

fn members<'e>(side: &Directory<'e>, group: PeopleGroupIx) -> BTreeSet<Key<'e>> {
    side.people.group(group).members().iter().map(|ix| key_of_person(side.people, *ix)).collect()
}

fn changed_members<'e>(
    side: &Directory<'e>,
    kind: ChangeKind,
    group: String,
    members: impl IntoIterator<Item = Key<'e>>,
    found: &mut Collector,
) {
    let what = What { policy: group, ..What::of(kind) };
    members.into_iter().for_each(|member| found.add(what.clone(), side.name(Who::Person(member))));
}

fn permission_sets<'e>(old: &Directory<'e>, new: &Directory<'e>, found: &mut Collector) {
    let by_arn = |side: &Directory<'e>| -> BTreeMap<&'e str, &'e PermissionSet> {
        side.people.permission_sets().filter(|(_, set)| set.is_known()).map(|(_, set)| (set.arn(), set)).collect()
    };
    let (before, after) = (by_arn(old), by_arn(new));
    for (arn, set) in &after {
        match before.get(arn).map(|was| was.session_duration()) {
            None if old.people.gaps().is_empty() => {
                found.add(What::of(ChangeKind::PermissionSetAdded), set.name().to_owned())
            }
            Some(was) if was != set.session_duration() => {
                let text = |duration: Option<&str>| duration.unwrap_or_default().to_owned();
                let what = changed(ChangeKind::SessionDuration, text(was), text(set.session_duration()));
                found.add(what, set.name().to_owned());
            }
            _ => {}
        }
    }
    for (_, set) in before.iter().filter(|(arn, _)| !after.contains_key(*arn) && new.people.gaps().is_empty()) {
        found.add(What::of(ChangeKind::PermissionSetRemoved), set.name().to_owned());
    }
}

fn assignments(old: &Directory<'_>, new: &Directory<'_>, found: &mut Collector) {
    for (side, other, kind) in [(new, old, ChangeKind::AssignmentAdded), (old, new, ChangeKind::AssignmentRemoved)] {
        for ((who, arn, account), ix) in &side.assignments {
            let set = side.people.permission_set(side.people.assignment(*ix).set()).name();
            let is_told = !other.assignments.contains_key(&(*who, *arn, *account));
            if is_told && other.knows_assignments(*account, set) {
                found.add(granted(kind, set, side.name(*who)), account.to_string());
            }
        }
    }
}

fn entitlements(old: &Directory<'_>, new: &Directory<'_>, found: &mut Collector) {
    for (side, other, kind) in [(new, old, ChangeKind::EntitlementAdded), (old, new, ChangeKind::EntitlementRemoved)] {
        for ((id, arn), who) in &side.entitlements {
            if !other.entitlements.contains_key(&(*id, *arn)) && other.knows_entitlements() {
                found.add(granted(kind, "", side.name(*who)), (*arn).to_owned());
            }
        }
    }
}

/// To whom a permission set or a role is given, or from whom it is taken.
pub(super) fn granted(kind: ChangeKind, set: &str, who: String) -> What {
    let clause = Some(Clause::text(who));
    let is_new = matches!(kind, ChangeKind::AssignmentAdded | ChangeKind::EntitlementAdded);
    let (old, new) = if is_new { (None, clause) } else { (clause, None) };
    What { policy: set.to_owned(), old, new, ..What::of(kind) }
}
