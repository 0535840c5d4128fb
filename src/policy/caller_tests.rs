//! What policies can tell of a user: by which tests, and by which of its tags; and of a role, by its ARN and its OUs.
//!
//! Owns: from all policies to the facts about callers that calls to assume a role are held against. Users of whom all of
//! that is equal fare alike, and so do roles, as far as nothing else is read of them. Tests that compare with a caller's own
//! name or ARN tell every caller apart: they are not among these (`tells_users_apart`, `tells_roles_apart`).

use std::collections::BTreeSet;

use super::condition::Condition;
use super::document::{Policy, Statement};
use super::key::{ContextKey, KeyKind};
use super::operator::Base;
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

/// What of a user's tags decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOf<'a> {
    /// The value.
    Value(&'a str),
    /// It has none of this key.
    Absent,
    /// Tags were not read.
    Unread,
}

/// One outcome that users are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Of a test; `None` where AWS does not say, or the fact is not known.
    Test(Option<bool>),
    /// The value of a tag.
    Tag(Option<Box<str>>),
}

/// Everything that policies can tell of a user.
#[derive(Debug, Default)]
pub struct CallerTests {
    tests: Vec<Condition>,
    tags: BTreeSet<ContextKey>,
}

/// The tests of roles' ARNs and OUs, as they are asked of the roles of one account.
#[derive(Debug)]
pub struct RoleTests<'t>(Vec<(u32, &'t Condition, Vec<Pattern<'t>>)>);

impl RoleTests<'_> {
    /// The tests that a role passes otherwise than one that no pattern fits, each with its outcome; of its OUs where the path
    /// of its account is known.
    #[must_use]
    pub fn outcomes(&self, arn: &str, path: Option<&str>) -> Vec<(u32, Option<bool>)> {
        let outcome = |(number, condition, patterns): &(u32, &Condition, Vec<Pattern<'_>>)| {
            let value = if condition.key.kind() == KeyKind::PrincipalArn { arn } else { path? };
            let outcome = condition.operator.holds(patterns, &[value]);
            let fits_none = match condition.operator.base {
                Base::Compare { negated, .. } => outcome == Some(negated),
                Base::Null | Base::Unknown(_) => false,
            };
            (!fits_none).then_some((*number, outcome))
        };
        self.0.iter().filter_map(outcome).collect()
    }

    /// True where all roles of the account fare alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True where roles of the account can fare differently by their ARNs.
    #[must_use]
    pub fn tell_by_arn(&self) -> bool {
        self.0.iter().any(|(_, condition, _)| condition.key.kind() == KeyKind::PrincipalArn)
    }
}

impl CallerTests {
    /// The tests of roles' ARNs and OUs in all policies that may be held against a call to assume a role.
    pub fn of_roles<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut found = Self::default();
        for statement in policies.flat_map(|policy| policy.statements.iter()) {
            let mut tests = statement.conditions.iter().filter(|condition| is_of_roles(condition)).peekable();
            if tests.peek().is_some() && speaks_of_roles(statement) {
                found.tests.extend(tests.cloned());
            }
        }
        found.sort();
        found
    }

    /// The tests that roles of an account can fare differently in.
    pub fn of_roles_in(&self, account: AccountId) -> RoleTests<'_> {
        let concerning = (0..).zip(&self.tests).filter(|(_, condition)| may_concern(condition, account));
        let prepared = concerning.map(|(number, condition)| (number, condition, patterns(condition)));
        RoleTests(prepared.collect())
    }

    /// Of users, of all policies that may be held against a call to assume a role.
    pub fn of_users<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut found = Self::default();
        // most statements read nothing of the caller: that is looked at first, because it costs least
        let statements = policies.flat_map(|policy| policy.statements.iter());
        let statements = statements.filter(|s| reads_caller(s) && speaks_of_roles(s));
        for statement in statements {
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
        }
        found.sort();
        found
    }

    /// Puts the tests in order, each once.
    fn sort(&mut self) {
        let order = |c: &Condition| (c.key.lower().to_owned(), c.operator.to_string(), texts(c));
        self.tests.sort_by_cached_key(order);
        self.tests.dedup_by_key(|condition| order(condition));
    }

    /// True where no policy tells callers apart.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.tags.is_empty()
    }

    /// The tests that users of an account can fare differently in.
    pub fn of_account(&self, account: AccountId) -> Vec<&Condition> {
        self.tests.iter().filter(|condition| may_concern(condition, account)).collect()
    }

    /// What the tests of an account say of one of its users.
    pub fn outcomes<'a>(
        &self,
        tests: &[&Condition],
        user: UserFacts<'_>,
        tag: impl Fn(&str) -> TagOf<'a>,
    ) -> Vec<Outcome> {
        let of_test = |condition: &&Condition| {
            let value = match condition.key.kind() {
                KeyKind::PrincipalArn => Some(user.arn),
                KeyKind::Username => Some(user.name),
                KeyKind::UserId if user.unique_id.is_empty() => return Outcome::Test(None),
                KeyKind::UserId => Some(user.unique_id),
                _ => match tag(condition.key.tag()) {
                    TagOf::Value(value) => Some(value),
                    TagOf::Absent => None,
                    TagOf::Unread => return Outcome::Test(None),
                },
            };
            Outcome::Test(condition.operator.holds(&patterns(condition), value.as_slice()))
        };
        let of_tag = |key: &ContextKey| match tag(key.tag()) {
            TagOf::Value(value) => Outcome::Tag(Some(value.into())),
            TagOf::Absent | TagOf::Unread => Outcome::Tag(None),
        };
        tests.iter().map(of_test).chain(self.tags.iter().map(of_tag)).collect()
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

/// False for a test of ARNs that are all of other accounts: it comes out alike for every user of this one.
fn may_concern(condition: &Condition, account: AccountId) -> bool {
    let elsewhere = |text: &Text| {
        let of_other = |arn: Arn<'_>| arn.account_id().is_some_and(|id| id != account);
        Arn::parse(text.as_str()).is_some_and(of_other)
    };
    condition.key.kind() != KeyKind::PrincipalArn || !condition.values.iter().all(elsewhere)
}
