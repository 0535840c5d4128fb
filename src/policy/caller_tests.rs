//! What policies can tell of a user, or a role: by which tests, and by which of its tags.
//!
//! Owns: from all policies to the facts about callers that requests are held against. Users of whom all of that is equal fare
//! alike, and so do roles, as far as nothing else is read of them. Tests that compare with a caller's own name or ARN tell every
//! caller apart: they are not among these (`tells_users_apart`, `tells_roles_apart`). Beside calls to assume a role, only tests of fixed
//! values count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::by_value::{ByValue, TagOf};
use super::condition::Condition;
use super::document::{Policy, Statement};
use super::key::{ContextKey, KeyKind};
use super::role_tests::RoleTests;
use super::sts;
use super::text::Text;
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
    /// Of a test that comes out otherwise than where no pattern fits; `None` where AWS does not say, or the fact is not known.
    Test(u32, Option<bool>),
    /// Of all tests of one tag, by number: equal numbers, equal outcomes. `None` where the tags were not read.
    Tests(Option<usize>),
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

/// What policies can tell of users, ready to be asked.
#[derive(Debug)]
pub struct UserTests<'t> {
    arns: ByValue<'t>,
    names: ByValue<'t>,
    ids: ByValue<'t>,
    of_tags: Vec<TagTests<'t>>,
    /// Keys of tags whose values count.
    tags: Vec<&'t str>,
}

/// The tests of one tag, of which there may be thousands: what they say of a value is found out once.
#[derive(Debug)]
struct TagTests<'t> {
    key: &'t str,
    tests: ByValue<'t>,
    known: Mutex<KnownValues>,
}

/// By value of a tag the number of what tests say of it; `None` is no tag.
#[derive(Debug, Default)]
struct KnownValues {
    numbers: HashMap<Option<Box<str>>, usize>,
    outcomes: HashMap<Vec<(u32, Option<bool>)>, usize>,
}

impl UserTests<'_> {
    /// What they say of a user.
    pub fn outcomes<'a>(&self, user: UserFacts<'_>, tag: impl Fn(&str) -> TagOf<'a>) -> Vec<Outcome> {
        let id = if user.unique_id.is_empty() { TagOf::Unread } else { TagOf::Value(user.unique_id) };
        let facts = [(&self.arns, TagOf::Value(user.arn)), (&self.names, TagOf::Value(user.name)), (&self.ids, id)];
        let of_facts = facts.into_iter().flat_map(|(tests, fact)| tests.outcomes(fact));
        let of_tests = self.of_tags.iter().map(|tests| Outcome::Tests(tests.outcome(tag(tests.key))));
        let of_tag = |key: &&str| match tag(key) {
            TagOf::Value(value) => Outcome::Tag(Some(value.into())),
            TagOf::Absent | TagOf::Unread => Outcome::Tag(None),
        };
        let of_facts = of_facts.map(|(test, outcome)| Outcome::Test(test, outcome));
        of_facts.chain(of_tests).chain(self.tags.iter().map(of_tag)).collect()
    }
}

impl TagTests<'_> {
    fn outcome(&self, of: TagOf<'_>) -> Option<usize> {
        let value: Option<Box<str>> = match of {
            TagOf::Value(value) => Some(value.into()),
            TagOf::Absent => None,
            TagOf::Unread => return None,
        };
        // an entry is made whole or not at all
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(&value) {
            return Some(*number);
        }
        let next = known.outcomes.len();
        let number = *known.outcomes.entry(self.tests.outcomes(of)).or_insert(next);
        known.numbers.insert(value, number);
        Some(number)
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

    /// These tests, ready to be asked of roles.
    #[must_use]
    pub fn prepared_for_roles(&self) -> RoleTests<'_> {
        RoleTests {
            arns: self.by_value(KeyKind::PrincipalArn),
            ids: self.by_value(KeyKind::UserId),
            paths: self.by_value(KeyKind::PrincipalOrgPaths),
            tags: self.of_tags().collect(),
            is_empty: self.tests.is_empty(),
        }
    }

    fn by_value(&self, kind: KeyKind) -> ByValue<'_> {
        let tests = (0..).zip(&self.tests).filter(|(_, test)| test.key.kind() == kind);
        ByValue::new(tests, kind == KeyKind::PrincipalArn)
    }

    /// The tests of tags, by key.
    fn of_tags(&self) -> impl Iterator<Item = (&str, ByValue<'_>)> {
        self.of_tags.values().filter_map(|places| {
            let tests = || places.iter().filter_map(|place| Some((*place as u32, self.tests.get(*place)?)));
            Some((tests().next()?.1.key.tag(), ByValue::new(tests(), false)))
        })
    }

    /// The tests of ARNs that callers of an account can fare differently in.
    pub fn of_arns_in(&self, account: AccountId) -> impl Iterator<Item = &Condition> {
        self.concerning(account).map(|(_, test)| test).filter(|test| test.key.kind() == KeyKind::PrincipalArn)
    }

    /// These tests, ready to be asked of users.
    #[must_use]
    pub fn prepared(&self) -> UserTests<'_> {
        let known = Mutex::default;
        UserTests {
            arns: self.by_value(KeyKind::PrincipalArn),
            names: self.by_value(KeyKind::Username),
            ids: self.by_value(KeyKind::UserId),
            of_tags: self.of_tags().map(|(key, tests)| TagTests { key, tests, known: known() }).collect(),
            tags: self.tags.iter().map(ContextKey::tag).collect(),
        }
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
