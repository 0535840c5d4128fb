//! Classes, split by what policies can tell of their members.
//!
//! Owns: the last step of building classes. Users who share their policies are one class until some policy reads what sets
//! them apart: a tag, an ARN. Split once here, each part is decided as a whole; else every user would be decided alone
//! wherever such a policy has a say. Roles are split by their ARNs alone: what their sessions carry is not known.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::id_vec::{IdRange, IdVec};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::estate::Estate;
use crate::model::principal::{Class, PrincipalType};
use crate::policy::{AccountTests, CallerTests, Outcome, RoleTests, UserFacts, UserTests};

/// Accounts that are split before their parts are numbered.
const BATCH: usize = 256;

/// A part of a class; of users, with what tests tell of them.
type Part = (Class, Option<Vec<Outcome>>);

impl Estate {
    /// Splits classes and numbers them anew, in order of account.
    pub(super) fn split_classes(&mut self) {
        let tests = CallerTests::of_users(self.policies.as_slice());
        let tests_of_roles = CallerTests::of_roles(self.policies.as_slice());
        if !tests.is_empty() || !tests_of_roles.is_empty() {
            self.split(&tests, &tests_of_roles);
        }
        self.tests_of_roles = tests_of_roles;
    }

    fn split(&mut self, tests: &CallerTests, tests_of_roles: &CallerTests) {
        let tests = tests.prepared();
        let mut numbers = HashMap::<Vec<Outcome>, u32>::new();
        let mut parts = IdVec::<ClassIx, Class>::default();
        let mut whole = std::mem::take(&mut self.classes).into_iter();
        let accounts: Vec<AccountIx> = self.accounts.indexes().collect();
        for batch in accounts.chunks(BATCH) {
            // classes stand in order of account
            let count = |account: AccountIx| self.account(account).classes.iter().count();
            let classes: Vec<(AccountIx, Vec<Class>)> =
                batch.iter().map(|account| (*account, whole.by_ref().take(count(*account)).collect())).collect();
            let split: Vec<(AccountIx, Vec<Part>)> = classes
                .into_par_iter()
                .map(|(account, classes)| (account, self.parts(account, classes, &tests, tests_of_roles)))
                .collect();
            for (account, of_account) in split {
                let first = parts.next_index();
                for (class, outcomes) in of_account {
                    if let Some(outcomes) = outcomes {
                        let next = numbers.len() as u32 + 1;
                        let number = *numbers.entry(outcomes).or_insert(next);
                        self.told_of_users.insert(parts.next_index(), number);
                    }
                    parts.push(class);
                }
                self.accounts[account].classes = IdRange::new(first, parts.next_index());
            }
        }
        for (ix, class) in parts.iter_indexed() {
            for member in class.members() {
                self.principals[*member].class = ix;
            }
        }
        self.classes = parts;
    }

    /// The parts of the classes of an account, in order.
    fn parts(
        &self,
        account: AccountIx,
        classes: Vec<Class>,
        tests: &UserTests<'_>,
        tests_of_roles: &CallerTests,
    ) -> Vec<Part> {
        let id = self.account(account).id();
        let (of_users, of_roles) = (tests.of_account(id), tests_of_roles.of_roles_in(id));
        let mut parts = Vec::with_capacity(classes.len());
        for class in classes {
            match class.kind() {
                PrincipalType::Role => self.add_parts_of_roles(class, &of_roles, &mut parts),
                PrincipalType::User => self.add_parts_of_users(&class, &of_users, &mut parts),
            }
        }
        parts
    }

    /// A class of roles, by what tests of their ARNs tell.
    fn add_parts_of_roles(&self, class: Class, tests: &RoleTests<'_>, parts: &mut Vec<Part>) {
        if class.members().len() == 1 || !tests.tell_by_arn() {
            parts.push((class, None));
            return;
        }
        let mut alike = BTreeMap::<_, Vec<PrincipalIx>>::new();
        for role in class.members() {
            alike.entry(tests.outcomes(&self.arn(*role), None)).or_default().push(*role);
        }
        let mut alike: Vec<Vec<PrincipalIx>> = alike.into_values().collect();
        alike.sort();
        parts.extend(alike.into_iter().map(|members| (class.with_members(members), None)));
    }

    /// A class of users, by what tests and tags tell.
    fn add_parts_of_users(&self, class: &Class, tests: &AccountTests<'_, '_>, parts: &mut Vec<Part>) {
        let mut alike = BTreeMap::<Vec<Outcome>, Vec<PrincipalIx>>::new();
        for ix in class.members() {
            let (user, arn) = (self.principal(*ix), self.arn(*ix));
            let facts = UserFacts { arn: &arn, name: user.name(), unique_id: user.unique_id() };
            alike.entry(tests.outcomes(facts, |key| user.tag(key))).or_default().push(*ix);
        }
        let mut alike: Vec<(Vec<PrincipalIx>, Vec<Outcome>)> =
            alike.into_iter().map(|(outcomes, members)| (members, outcomes)).collect();
        alike.sort();
        parts.extend(alike.into_iter().map(|(members, outcomes)| (class.with_members(members), Some(outcomes))));
    }
}
