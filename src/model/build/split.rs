//! Classes, split by what policies can tell of their members.
//!
//! Owns: the last step of building classes. Users who share their policies are one class until some policy reads what sets
//! them apart: a tag, an ARN. Split once here, each part is decided as a whole; else every user would be decided alone
//! wherever such a policy has a say. Roles are split by their ARNs alone: what their sessions carry is not known.

use std::collections::{BTreeMap, HashMap};

use crate::id_vec::{IdRange, IdVec};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::estate::Estate;
use crate::model::principal::{Class, PrincipalType};
use crate::policy::{CallerTests, Outcome, RoleTests, UserFacts};

impl Estate {
    /// Splits classes and numbers them anew, in order of account.
    pub(super) fn split_classes(&mut self) {
        let tests = CallerTests::of_users(self.policies.iter());
        let tests_of_roles = CallerTests::of_roles(self.policies.iter());
        self.split(&tests, &tests_of_roles);
        self.tests_of_roles = tests_of_roles;
    }

    fn split(&mut self, tests: &CallerTests, tests_of_roles: &CallerTests) {
        if tests.is_empty() && tests_of_roles.is_empty() {
            return;
        }
        let mut numbers = HashMap::<Vec<Outcome>, u32>::new();
        let mut parts = IdVec::<ClassIx, Class>::default();
        let mut whole = std::mem::take(&mut self.classes).into_iter();
        let accounts: Vec<AccountIx> = self.accounts.indexes().collect();
        for account in accounts {
            let first = parts.next_index();
            let id = self.account(account).id();
            let (of_account, of_roles) = (tests.of_account(id), tests_of_roles.of_roles_in(id));
            let classes = self.account(account).classes;
            // classes stand in order of account
            for class in whole.by_ref().take(classes.iter().count()) {
                if class.kind() == PrincipalType::Role {
                    self.split_roles(&class, &of_roles).for_each(|part| _ = parts.push(part));
                    continue;
                }
                let mut groups = BTreeMap::<Vec<Outcome>, Vec<PrincipalIx>>::new();
                for user in class.members() {
                    let outcomes = self.outcomes(tests, &of_account, *user);
                    groups.entry(outcomes).or_default().push(*user);
                }
                let mut groups: Vec<(Vec<PrincipalIx>, Vec<Outcome>)> =
                    groups.into_iter().map(|(outcomes, members)| (members, outcomes)).collect();
                groups.sort();
                for (members, outcomes) in groups {
                    let next = numbers.len() as u32 + 1;
                    let number = *numbers.entry(outcomes).or_insert(next);
                    self.told_of_users.insert(parts.next_index(), number);
                    parts.push(class.with_members(members));
                }
            }
            self.accounts[account].classes = IdRange::new(first, parts.next_index());
        }
        for (ix, class) in parts.iter_indexed() {
            for member in class.members() {
                self.principals[*member].class = ix;
            }
        }
        self.classes = parts;
    }

    /// A class of roles, by what tests of their ARNs tell.
    fn split_roles(&self, class: &Class, tests: &RoleTests<'_>) -> impl Iterator<Item = Class> + use<> {
        if class.members().len() == 1 || !tests.tell_by_arn() {
            return vec![class.clone()].into_iter();
        }
        let mut parts = BTreeMap::<_, Vec<PrincipalIx>>::new();
        for role in class.members() {
            parts.entry(tests.outcomes(&self.arn(*role), None)).or_default().push(*role);
        }
        let mut parts: Vec<Vec<PrincipalIx>> = parts.into_values().collect();
        parts.sort();
        parts.into_iter().map(|members| class.with_members(members)).collect::<Vec<_>>().into_iter()
    }

    fn outcomes(
        &self,
        tests: &CallerTests,
        of_account: &[&crate::policy::condition::Condition],
        user: PrincipalIx,
    ) -> Vec<Outcome> {
        let principal = self.principal(user);
        let arn = self.arn(user);
        let facts = UserFacts { arn: &arn, name: principal.name(), unique_id: principal.unique_id() };
        tests.outcomes(of_account, facts, |key| principal.tag(key))
    }
}
