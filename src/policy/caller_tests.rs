//! What policies can tell of a user, or a role: by which tests, and by which of its tags.
//!
//! Owns: from all policies to the facts about callers that requests are held against. Users of whom all of that is equal fare
//! alike, and so do roles, as far as nothing else is read of them. Tests that compare with a caller's own name or ARN tell every
//! caller apart: they are not among these (`tells_users_apart`, `tells_roles_apart`). Beside calls to assume a role, only tests of fixed
//! values count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::condition::Condition;
use super::document::{Policy, Statement};
use super::key::{ContextKey, KeyKind};
use super::role_tests::{RoleTests, TagOf};
use super::sts;
use super::text::{Pattern, Text};
use crate::arn::Arn;
use crate::ids::AccountId;

/// The facts of a user that a test can be about.
#[derive(Clone, Copy, Debug)]
pub struct UserFacts<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// Its name.
    pub name: &'a str,
    /// `AIDA…`; empty where it is not known.
    pub unique_id: &'a str,
}

/// One outcome that users are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Of a test; `None` where AWS does not say, or the fact is not known.
    Test(Option<bool>),
    /// Of all tests of one tag, by number: equal numbers, equal outcomes.
    Tests(usize),
    /// The value of a tag.
    Tag(Option<Box<str>>),
}

/// Everything that policies can tell of a caller.
#[derive(Debug, Default)]
pub struct CallerTests {
    tests: Vec<Condition>,
    tags: BTreeSet<ContextKey>,
    /// The places of tests of tags, by key in lower case.
    of_tags: BTreeMap<String, Vec<usize>>,
    /// The places of tests of ARNs that are all of named accounts, by account: each comes out alike for all callers of others.
    of_accounts: HashMap<AccountId, Vec<usize>>,
    /// The places of the other tests.
    of_all: Vec<usize>,
}

/// A test and its values.
type Prepared<'t> = (&'t Condition, Vec<Pattern<'t>>);

/// What policies can tell of users, ready to be asked.
#[derive(Debug)]
pub struct UserTests<'t> {
    all: &'t CallerTests,
    of_tags: Vec<TagTests<'t>>,
}

/// The tests of one tag, of which there may be thousands: what they say of a value is found out once.
#[derive(Debug)]
struct TagTests<'t> {
    key: &'t str,
    tests: Vec<Prepared<'t>>,
    known: Mutex<KnownValues>,
}

/// By value of a tag the number of what tests say of it; `None` is no tag.
#[derive(Debug, Default)]
struct KnownValues {
    numbers: HashMap<Option<Box<str>>, usize>,
    outcomes: HashMap<Vec<Option<bool>>, usize>,
}

/// What policies can tell of the users of one account.
#[derive(Debug)]
pub struct AccountTests<'u, 't> {
    tests: Vec<Prepared<'t>>,
    of_tags: &'u [TagTests<'t>],
    /// Keys of tags whose values count.
    tags: Vec<&'t str>,
}

impl<'t> UserTests<'t> {
    /// What users of an account can fare differently in.
    #[must_use]
    pub fn of_account(&self, account: AccountId) -> AccountTests<'_, 't> {
        AccountTests {
            tests: self.all.concerning(account).map(|(_, test)| (test, patterns(test))).collect(),
            of_tags: &self.of_tags,
            tags: self.all.tags.iter().map(ContextKey::tag).collect(),
        }
    }
}

impl AccountTests<'_, '_> {
    /// What they say of a user.
    pub fn outcomes<'a>(&self, user: UserFacts<'_>, tag: impl Fn(&str) -> TagOf<'a>) -> Vec<Outcome> {
        let of_test = |(condition, patterns): &Prepared<'_>| {
            let value = match condition.key.kind() {
                KeyKind::PrincipalArn => user.arn,
                KeyKind::Username => user.name,
                _ if user.unique_id.is_empty() => return Outcome::Test(None),
                _ => user.unique_id,
            };
            Outcome::Test(condition.operator.holds(patterns, &[value]))
        };
        let of_tag = |key: &&str| match tag(key) {
            TagOf::Value(value) => Outcome::Tag(Some(value.into())),
            TagOf::Absent | TagOf::Unread => Outcome::Tag(None),
        };
        let of_tests = self.of_tags.iter().map(|tests| tests.outcome(tag(tests.key)));
        self.tests.iter().map(of_test).chain(of_tests).chain(self.tags.iter().map(of_tag)).collect()
    }
}

impl<'t> TagTests<'t> {
    fn new(key: &'t str, tests: impl Iterator<Item = &'t Condition>) -> Self {
        Self { key, tests: tests.map(|test| (test, patterns(test))).collect(), known: Mutex::default() }
    }

    fn outcome(&self, of: TagOf<'_>) -> Outcome {
        let value = match of {
            TagOf::Value(value) => Some(value),
            TagOf::Absent => None,
            TagOf::Unread => return Outcome::Test(None),
        };
        // an entry is made whole or not at all
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let boxed = value.map(Box::from);
        if let Some(number) = known.numbers.get(&boxed) {
            return Outcome::Tests(*number);
        }
        let holds = |(test, patterns): &Prepared<'_>| test.operator.holds(patterns, value.as_slice());
        let outcomes = self.tests.iter().map(holds).collect();
        let next = known.outcomes.len();
        let number = *known.outcomes.entry(outcomes).or_insert(next);
        known.numbers.insert(boxed, number);
        Outcome::Tests(number)
    }
}

impl CallerTests {
    /// The tests of roles' ARNs and OUs in all policies that may be held against a call to assume a role.
    #[must_use]
    pub fn of_roles(policies: &[Policy]) -> Self {
        Self::of(policies, |found, statement| {
            let mut tests = statement.conditions.iter().filter(|condition| is_of_roles(condition)).peekable();
            if tests.peek().is_some() && speaks_of_roles(statement) {
                found.tests.extend(tests.cloned());
            }
        })
    }

    /// The tests of roles' ARNs, unique ids and tags in all policies, whatever they are about.
    #[must_use]
    pub fn of_roles_anywhere(policies: &[Policy]) -> Self {
        Self::of(policies, |found, statement| found.tests.extend(fixed_tests(statement).cloned()))
    }

    /// Of users, of all policies.
    #[must_use]
    pub fn of_users(policies: &[Policy]) -> Self {
        Self::of(policies, |found, statement| {
            // most statements read nothing of the caller: that is looked at first, because it costs least
            if !reads_caller(statement) {
                return;
            }
            if !speaks_of_roles(statement) {
                found.tests.extend(fixed_tests(statement).cloned());
                return;
            }
            for condition in &statement.conditions {
                found.tags.extend(condition.values.iter().flat_map(Text::variables).filter(|k| is_tag(k)).cloned());
                match (reads(&condition.key), has_variables(condition)) {
                    (true, false) => found.tests.push(condition.clone()),
                    (true, true) if is_tag(&condition.key) => _ = found.tags.insert(condition.key.clone()),
                    _ => {}
                }
            }
            let variables = statement.resources.iter().flat_map(|clause| clause.variables());
            found.tags.extend(variables.filter(|key| is_tag(key)).cloned());
        })
    }

    fn of(policies: &[Policy], add: impl Fn(&mut Self, &Statement) + Sync) -> Self {
        let part = |mut found: Self, policy: &Policy| {
            policy.statements.iter().for_each(|statement| add(&mut found, statement));
            found
        };
        let both = |mut all: Self, found: Self| {
            all.tests.extend(found.tests);
            all.tags.extend(found.tags);
            all
        };
        policies.par_iter().fold(Self::default, part).reduce(Self::default, both).in_order()
    }

    /// With its tests in order, each once, and placed by the accounts that they are about.
    fn in_order(mut self) -> Self {
        let order = |c: &Condition| (c.key.lower().to_owned(), c.operator.to_string(), texts(c));
        self.tests.sort_by_cached_key(order);
        self.tests.dedup_by_key(|condition| order(condition));
        for (place, condition) in self.tests.iter().enumerate() {
            if is_tag(&condition.key) {
                self.of_tags.entry(condition.key.lower().to_owned()).or_default().push(place);
                continue;
            }
            match accounts(condition) {
                Some(accounts) => {
                    for account in accounts {
                        self.of_accounts.entry(account).or_default().push(place);
                    }
                }
                None => self.of_all.push(place),
            }
        }
        self
    }

    /// True where no policy tells callers apart.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.tags.is_empty()
    }

    /// The tests that roles of an account can fare differently in.
    #[must_use]
    pub fn of_roles_in(&self, account: AccountId) -> RoleTests<'_> {
        let of_tags = self.of_tags.values().flatten().filter_map(|place| Some((*place, self.tests.get(*place)?)));
        let all = self.concerning(account).chain(of_tags);
        RoleTests::new(all.map(|(place, test)| (place as u32, test, patterns(test))).collect())
    }

    /// The tests of ARNs that callers of an account can fare differently in.
    pub fn of_arns_in(&self, account: AccountId) -> impl Iterator<Item = &Condition> {
        self.concerning(account).map(|(_, test)| test).filter(|test| test.key.kind() == KeyKind::PrincipalArn)
    }

    /// These tests, ready to be asked of users.
    #[must_use]
    pub fn prepared(&self) -> UserTests<'_> {
        let of_key = |places: &'_ Vec<usize>| {
            let tests = || places.iter().filter_map(|place| self.tests.get(*place));
            tests().next().map(|first| TagTests::new(first.key.tag(), tests()))
        };
        UserTests { all: self, of_tags: self.of_tags.values().filter_map(of_key).collect() }
    }

    /// The tests that callers of an account can fare differently in, but those of tags, in order of their places.
    fn concerning(&self, account: AccountId) -> impl Iterator<Item = (usize, &Condition)> {
        let of_account = self.of_accounts.get(&account).into_iter().flatten();
        let mut places: Vec<usize> = self.of_all.iter().chain(of_account).copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| Some((place, self.tests.get(place)?)))
    }
}

/// True for statements whose facts tell users apart beyond what [`CallerTests`] knows: each is compared with itself.
#[must_use]
pub fn tells_users_apart(statement: &Statement) -> bool {
    let own = |key: &ContextKey| matches!(key.kind(), KeyKind::PrincipalArn | KeyKind::UserId | KeyKind::Username);
    let compares = |condition: &Condition| {
        let mut variables = condition.values.iter().flat_map(Text::variables).peekable();
        let has_variables = variables.peek().is_some();
        variables.any(own) || (has_variables && own(&condition.key))
    };
    let mut of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
    statement.conditions.iter().any(compares) || of_resources.any(own)
}

/// True for statements that read what roles of a class differ in, or may differ in, but for tests that [`CallerTests`] knows.
#[must_use]
pub fn tells_roles_apart(statement: &Statement) -> bool {
    let own = |key: &ContextKey| key.kind().differs_within_class() || key.kind() == KeyKind::PrincipalOrgPaths;
    let reads = |condition: &Condition| condition.keys().any(own) && !is_of_roles(condition);
    let mut of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
    statement.conditions.iter().any(reads) || of_resources.any(own)
}

/// True for statements that a call to assume a role, or what it passes, may be held against.
#[must_use]
pub fn speaks_of_roles(statement: &Statement) -> bool {
    let actions = [&*sts::ASSUME_ROLE, &*sts::TAG_SESSION, &*sts::SET_SOURCE_IDENTITY];
    actions.iter().any(|action| statement.actions.matches(action))
}

/// The tests of a statement that compare what is the caller's own with fixed values.
fn fixed_tests(statement: &Statement) -> impl Iterator<Item = &Condition> {
    statement.conditions.iter().filter(|condition| reads(&condition.key) && !has_variables(condition))
}

/// True for policies that compare tags of the caller with fixed values.
#[must_use]
pub fn tests_tags(policy: &Policy) -> bool {
    policy.statements.iter().flat_map(fixed_tests).any(|condition| is_tag(&condition.key))
}

fn reads_caller(statement: &Statement) -> bool {
    let of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
    statement.conditions.iter().flat_map(Condition::keys).chain(of_resources).any(reads)
}

fn reads(key: &ContextKey) -> bool {
    is_tag(key) || matches!(key.kind(), KeyKind::PrincipalArn | KeyKind::UserId | KeyKind::Username)
}

fn is_tag(key: &ContextKey) -> bool {
    key.kind() == KeyKind::PrincipalTag
}

/// True for statements that read what [`CallerTests`] can tell of a user or a role.
#[must_use]
pub fn reads_callers(statement: &Statement) -> bool {
    let of_paths = |condition: &Condition| condition.key.kind() == KeyKind::PrincipalOrgPaths;
    reads_caller(statement) || statement.conditions.iter().any(of_paths)
}

fn is_of_roles(condition: &Condition) -> bool {
    let is_known = matches!(condition.key.kind(), KeyKind::PrincipalArn | KeyKind::PrincipalOrgPaths);
    is_known && !has_variables(condition)
}

fn has_variables(condition: &Condition) -> bool {
    condition.values.iter().any(|value| value.variables().next().is_some())
}

/// The values of a test without variables.
fn patterns(condition: &Condition) -> Vec<Pattern<'_>> {
    condition.values.iter().map(|text| text.expand(|_| None)).collect()
}

fn texts(condition: &Condition) -> Vec<String> {
    condition.values.iter().map(|value| value.as_str().to_owned()).collect()
}

/// The accounts of a test of ARNs that all name one: it comes out alike for every caller of another. `None` for other tests.
fn accounts(condition: &Condition) -> Option<BTreeSet<AccountId>> {
    let of_arn = |text: &Text| Arn::parse(text.as_str())?.account_id();
    let is_of_arns = condition.key.kind() == KeyKind::PrincipalArn;
    is_of_arns.then(|| condition.values.iter().map(of_arn).collect()).flatten()
}

#[cfg(test)]
mod tests;
