//! Who a line is about: a person of Identity Center, a group of whom nobody is known, or an IAM user.

use std::collections::BTreeSet;

use super::ways::{Via, Ways};
use crate::answer::{MfaOfPeople, PrincipalKind, Verdict};
use crate::graph::Source;
use crate::graph::query::needs_mfa;
use crate::ids::{PersonIx, PrincipalIx};
use crate::model::people::Assignee;
use crate::model::{Attached, Document, Estate, Origin, People, PrincipalType};
use crate::policy::{Effect, Policy, sts};

/// Somebody who signs in as themselves.
pub(super) struct Signer<'e> {
    estate: &'e Estate,
    who: Who<'e>,
}

enum Who<'e> {
    User(PrincipalIx),
    Person(&'e People, PersonIx),
    /// A group with members that were not read.
    Group(&'e People, Source),
}

impl<'e> Signer<'e> {
    /// Whoever signs in behind a source; `None` for roles, services and providers.
    pub(super) fn of(estate: &'e Estate, source: &Source) -> Option<Self> {
        let who = match (source, estate.people()) {
            (Source::Principal(ix), _) if estate.principal(*ix).kind() == PrincipalType::User => Who::User(*ix),
            (Source::Person(ix), Some(people)) => Who::Person(people, *ix),
            (Source::PeopleGroup(_), Some(people)) => Who::Group(people, source.clone()),
            _ => return None,
        };
        Some(Self { estate, who })
    }

    /// The name to read.
    pub(super) fn name(&self) -> String {
        match &self.who {
            Who::User(ix) => {
                let user = self.estate.principal(*ix);
                format!("{} ({})", user.name(), self.estate.account(user.account()).shown())
            }
            Who::Person(people, ix) => {
                people.person(*ix).display_name().map_or_else(|| people.name_of(*ix), str::to_owned)
            }
            Who::Group(_, source) => format!("unread members of {}", source.name(self.estate)),
        }
    }

    pub(super) fn kind(&self) -> PrincipalKind {
        match self.who {
            Who::User(_) => PrincipalKind::User,
            Who::Person(..) => PrincipalKind::Person,
            Who::Group(..) => PrincipalKind::Group,
        }
    }

    /// An ARN: of a person, that of the identity store's user.
    pub(super) fn id(&self) -> String {
        match &self.who {
            Who::User(ix) => self.estate.arn(*ix),
            Who::Person(people, ix) => format!("arn:aws:identitystore:::user/{}", people.person(*ix).id()),
            Who::Group(people, Source::PeopleGroup(ix)) => {
                format!("arn:aws:identitystore:::group/{}", people.group(*ix).id())
            }
            Who::Group(_, source) => source.name(self.estate),
        }
    }

    /// The primary address; else the name to sign in with, if that is not the name to read.
    pub(super) fn email(&self) -> String {
        let Who::Person(people, ix) = self.who else { return String::new() };
        let person = people.person(ix);
        let signs_in = person.user_name().filter(|_| person.display_name().is_some());
        person.email().or(signs_in).unwrap_or_default().to_owned()
    }

    /// By which groups, permission sets and entitlements somebody comes to each role; of a user, the IAM groups that let assume something.
    pub(super) fn via(&self, ways: &Ways<'_>) -> Via {
        match &self.who {
            Who::User(ix) => Via::Anywhere(self.granting(*ix)),
            Who::Person(people, ix) => {
                let groups = people.person(*ix).groups().iter().map(|group| Assignee::Group(*group));
                Via::ByRole(ways.of(&Source::Person(*ix), groups.chain([Assignee::Person(*ix)])))
            }
            Who::Group(_, source @ Source::PeopleGroup(ix)) => {
                Via::ByRole(ways.of(source, [Assignee::Group(*ix)].into_iter()))
            }
            Who::Group(..) => Via::Anywhere(Vec::new()),
        }
    }

    fn granting(&self, user: PrincipalIx) -> Vec<String> {
        let class = self.estate.class(self.estate.principal(user).class());
        let granting = class.policies().iter().filter(|attached| match attached.document {
            Document::Parsed(ix) => grants(self.estate.policy(ix)),
            Document::Missing(_) => true,
        });
        let group = |attached: &Attached| match &attached.origin {
            Origin::GroupInline(group) | Origin::GroupManaged(group) => Some(format!("group {group}")),
            Origin::Inline | Origin::Managed => None,
        };
        granting.filter_map(group).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether a way asks for MFA, as a sentence; of people, who sign in outside AWS's view, what is claimed.
    pub(super) fn mfa(&self, verdict: Verdict, conditions: &[String], of_people: &MfaOfPeople) -> String {
        match self.who {
            Who::Person(..) | Who::Group(..) => of_people.words(),
            Who::User(_) if verdict == Verdict::Unknown => "not known".to_owned(),
            Who::User(_) if needs_mfa(verdict, conditions) => "AWS asks for it".to_owned(),
            Who::User(_) => "AWS does not ask for it".to_owned(),
        }
    }
}

/// Whether a policy lets assume anything.
fn grants(policy: &Policy) -> bool {
    policy.statements.iter().any(|one| one.effect == Effect::Allow && one.actions.matches(&sts::ASSUME_ROLE))
}
