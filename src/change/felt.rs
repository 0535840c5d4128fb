//! Which edges a removal can change.
//!
//! Owns: that every other edge is decided as before. A trust policy decides who enters its role; a policy, what its holders may do.

use std::collections::BTreeSet;

use crate::graph::Source;
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::people::Grant;
use crate::model::{Attached, Estate, Origin, Principal, PrincipalType};
use crate::snapshot::edit::{DocumentAt, Holder, Removal};

/// Edges by one of their ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Felt {
    /// Those into these roles.
    pub roles: BTreeSet<PrincipalIx>,
    /// Those of these callers.
    pub callers: BTreeSet<Source>,
}

impl Felt {
    /// Adds what a removal can change.
    pub fn add(&mut self, estate: &Estate, removal: &Removal) {
        match removal {
            Removal::Statement(DocumentAt::Trust(account, name), _) => {
                let account = estate.account_by_id(*account);
                self.roles.extend(account.and_then(|ix| estate.principal_by_name(ix, PrincipalType::Role, name)));
            }
            Removal::Statement(DocumentAt::Inline(account, holder, _), _)
            | Removal::Inline(account, holder, _)
            | Removal::Attachment(account, holder, ..) => self.add_holder(estate, *account, holder),
            Removal::Statement(DocumentAt::Managed(account, arn), _) => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let is_it = |policy: &Attached| !policy.is_aws_managed && &*policy.name == name;
                self.add_callers(estate, *account, |principal| {
                    let class = estate.class(principal.class());
                    class.policies().iter().chain(class.boundary()).any(is_it)
                });
            }
            Removal::Statement(DocumentAt::Organization(_), _) => {
                self.roles.extend((0..estate.principals().len()).map(PrincipalIx::new));
            }
            Removal::Membership(account, user, _) => {
                self.add_holder(estate, *account, &Holder::User(user.clone()));
            }
            Removal::Person(_, user, _) => {
                let people = estate.people();
                let persons = people.iter().flat_map(|people| people.persons());
                let is_it = persons.filter(|(_, person)| person.id() == &**user);
                self.callers.extend(is_it.map(|(ix, _)| Source::Person(ix)));
            }
            Removal::Assignment(_, assignment) => {
                let account = estate.account_by_id(assignment.account_id);
                let entrances = estate.people().into_iter().flat_map(|people| people.entrances());
                let is_there = |role: &PrincipalIx| account == Some(estate.principal(*role).account());
                self.roles.extend(entrances.map(|(role, _)| role).filter(is_there));
            }
            Removal::Entitlement(application, id) => {
                let entitlements = estate.people().into_iter().flat_map(|people| people.entitlements());
                let is_it = entitlements.filter(|(_, own)| own.application() == &**application && own.id() == &**id);
                self.roles.extend(is_it.filter_map(|(_, own)| match own.grant() {
                    Grant::Role { role, .. } => *role,
                    Grant::Unknown(_) => None,
                }));
            }
        }
    }

    fn add_holder(&mut self, estate: &Estate, account: AccountId, holder: &Holder) {
        let named = |ix: AccountIx, kind, name| estate.principal_by_name(ix, kind, name).map(Source::Principal);
        let ix = estate.account_by_id(account);
        match holder {
            Holder::User(name) => self.callers.extend(ix.and_then(|ix| named(ix, PrincipalType::User, name))),
            Holder::Role(name) => self.callers.extend(ix.and_then(|ix| named(ix, PrincipalType::Role, name))),
            Holder::Group(name) => {
                let is_of = |policy: &Attached| match &policy.origin {
                    Origin::GroupInline(group) | Origin::GroupManaged(group) => group == name,
                    Origin::Inline | Origin::Managed => false,
                };
                self.add_callers(estate, account, |principal| {
                    estate.class(principal.class()).policies().iter().any(is_of)
                });
            }
        }
    }

    fn add_callers(&mut self, estate: &Estate, account: AccountId, is_one: impl Fn(&Principal) -> bool) {
        let all = estate.account_by_id(account).into_iter().flat_map(|ix| estate.principals_of(ix));
        self.callers.extend(all.filter(|ix| is_one(estate.principal(*ix))).map(Source::Principal));
    }
}
