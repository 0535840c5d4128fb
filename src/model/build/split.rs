//! Classes, split by what policies can tell of their members.
//!
//! Owns: the last step of building classes. Users who share their policies are one class until some policy reads what sets
//! them apart: a tag, an ARN. Split once here, each part is decided as a whole; else every user would be decided alone
//! wherever such a policy has a say. Roles are split alike; where a tag counts, also by their trust policies, which say whether
//! a session can have another one. Roles that AWS alone changes are by themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use crate::id_vec::{IdRange, IdVec};
use crate::ids::{AccountIx, ClassIx, PolicyIx, PrincipalIx};
use crate::model::estate::Estate;
use crate::model::principal::{Class, Document, PrincipalType};
use crate::policy::{CallerTests, Outcome, RoleFacts, RoleTests, TagOf, UserFacts, UserTests, tests_tags};

/// Accounts that are split before their parts are numbered.
const BATCH: usize = 256;

/// A part of a class; of users, with what tests tell of them.
type Part = (Class, Option<Vec<Outcome>>);

impl Estate {
    /// Splits classes and numbers them anew, in order of account.
    pub(super) fn split_classes(&mut self) {
        let tests = CallerTests::of_users(self.policies.as_slice());
        let tests_of_roles = CallerTests::of_roles_anywhere(self.policies.as_slice());
        self.split(&tests, &tests_of_roles);
        self.tests_of_roles = CallerTests::of_roles(self.policies.as_slice());
    }

    fn split(&mut self, tests: &CallerTests, tests_of_roles: &CallerTests) {
        let tagged: HashSet<PolicyIx> =
            self.policies.iter_indexed().filter(|(_, policy)| tests_tags(policy)).map(|(ix, _)| ix).collect();
        let tests = (!tests.is_empty()).then(|| tests.prepared());
        let tests_of_roles = tests_of_roles.prepared_for_roles();
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
                .map(|(account, classes)| {
                    (account, self.parts(account, classes, tests.as_ref(), &tests_of_roles, &tagged))
                })
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
        tests: Option<&UserTests<'_>>,
        tests_of_roles: &RoleTests<'_>,
        tagged: &HashSet<PolicyIx>,
    ) -> Vec<Part> {
        let is_tagged = |document: Document| document.parsed().is_some_and(|ix| tagged.contains(&ix));
        let all_are_tagged = !tagged.is_empty() && self.account(account).scps().documents().any(is_tagged);
        let mut parts = Vec::with_capacity(classes.len());
        for class in classes {
            match class.kind() {
                PrincipalType::Role => {
                    let by_tags = all_are_tagged || class.attached.iter().any(|own| is_tagged(own.document));
                    self.add_parts_of_roles(class, tests_of_roles, by_tags, &mut parts);
                }
                PrincipalType::User => match tests {
                    Some(tests) => self.add_parts_of_users(&class, tests, &mut parts),
                    None => parts.push((class, None)),
                },
            }
        }
        parts
    }

    /// A class of roles, by what tests tell.
    fn add_parts_of_roles(&self, class: Class, tests: &RoleTests<'_>, by_tags: bool, parts: &mut Vec<Part>) {
        if class.members().len() == 1 {
            parts.push((class, None));
            return;
        }
        let mut alike = BTreeMap::<_, Vec<PrincipalIx>>::new();
        for ix in class.members() {
            let (role, arn) = (self.principal(*ix), self.arn(*ix));
            let facts = RoleFacts { arn: &arn, path: None, unique_id: role.unique_id() };
            let outcomes = tests.outcomes(facts, |key| if by_tags { role.tag(key) } else { TagOf::Absent });
            let trust = role.role().filter(|_| by_tags).map(|facts| facts.trust);
            alike.entry((role.is_of_aws(), outcomes, trust)).or_default().push(*ix);
        }
        let mut alike: Vec<Vec<PrincipalIx>> = alike.into_values().collect();
        alike.sort();
        parts.extend(alike.into_iter().map(|members| (class.with_members(members), None)));
    }

    /// A class of users, by what tests and tags tell.
    fn add_parts_of_users(&self, class: &Class, tests: &UserTests<'_>, parts: &mut Vec<Part>) {
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
