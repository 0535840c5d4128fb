//! What trust policies, SCPs and RCPs tell principals of one account apart by.
//!
//! Owns: the tests of their names and tags, and how a principal fares in each. Does not know what comes of it.

use std::collections::{BTreeSet, HashSet};

use super::abroad::{guardrails, trusts};
use crate::ids::{PolicyIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::TagOf;
use crate::policy::condition::Condition;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::sts;

/// The tests, each once.
#[derive(Debug)]
pub(super) struct Told {
    tests: Vec<Condition>,
}

/// How a principal fares in one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fare {
    /// It passes, or fails.
    Known(bool),
    /// What comes of it is for other facts of the request to say: what the principal brings to them.
    Brings(Option<String>),
    /// Its tags were not read.
    Unread,
}

impl Told {
    pub(super) fn new(estate: &Estate) -> Self {
        let statements = documents(estate).into_iter().flat_map(|ix| &estate.policy(ix).statements);
        let telling =
            statements.flat_map(|statement| &statement.conditions).filter(|test| test.keys().any(tells_apart));
        let tests: HashSet<&Condition> = telling.collect();
        Self { tests: tests.into_iter().cloned().collect() }
    }

    /// How a principal fares in all of them, in order.
    pub(super) fn fares(&self, estate: &Estate, ix: PrincipalIx) -> Vec<Fare> {
        self.tests.iter().flat_map(|test| fare(estate, ix, test)).collect()
    }
}

/// Trust policies, SCPs and RCPs.
fn documents(estate: &Estate) -> BTreeSet<PolicyIx> {
    let trusts = trusts(estate).map(|(_, trust)| trust);
    trusts.chain(guardrails(estate)).collect()
}

/// Those that tell callers of AssumeRole apart, users and roles, by what one of an account has and another has not.
pub(super) fn telling(estate: &Estate) -> HashSet<PolicyIx> {
    // a pattern for root users is none for users or roles
    let is_of_root = |test: &Condition| {
        test.key.kind() == KeyKind::PrincipalArn && test.values.iter().all(|value| value.as_str().ends_with(":root"))
    };
    let tells = |test: &Condition| {
        !is_of_root(test) && test.keys().any(|key| tells_apart(key) || key.kind() == KeyKind::PrincipalType)
    };
    let is_telling = |ix: &PolicyIx| {
        let mut asked = estate.policy(*ix).statements.iter().filter(|s| s.actions.matches(&sts::ASSUME_ROLE));
        asked.any(|statement| statement.conditions.iter().any(tells))
    };
    documents(estate).into_iter().filter(is_telling).collect()
}

fn fare(estate: &Estate, ix: PrincipalIx, test: &Condition) -> Vec<Fare> {
    let has_variables = test.values.iter().any(|value| value.has_variables());
    if has_variables {
        let told = test.keys().filter(|key| tells_apart(key));
        return told.map(|key| value(estate, ix, key).map_or(Fare::Unread, Fare::Brings)).collect();
    }
    let Some(value) = value(estate, ix, &test.key) else { return vec![Fare::Unread] };
    let patterns: Vec<_> = test.values.iter().map(|value| value.expand(|_| None)).collect();
    let holds = test.operator.holds(&patterns, &value.iter().map(String::as_str).collect::<Vec<&str>>());
    vec![holds.map_or(Fare::Brings(value), Fare::Known)]
}

/// What a principal has for a key; `None` inside where it has nothing, outside where it was not read.
fn value(estate: &Estate, ix: PrincipalIx, key: &ContextKey) -> Option<Option<String>> {
    let principal = estate.principal(ix);
    Some(match key.kind() {
        KeyKind::PrincipalTag => match principal.tag(key.tag()) {
            TagOf::Value(value) => Some(value.to_owned()),
            TagOf::Absent => None,
            TagOf::Unread => return None,
        },
        KeyKind::UserId if principal.role().is_some() => Some(format!("{}:x", principal.unique_id())),
        KeyKind::UserId => Some(principal.unique_id().to_owned()),
        KeyKind::Username => principal.role().is_none().then(|| principal.name().to_owned()),
        _ => Some(estate.arn(ix)),
    })
}

/// True for what a principal always has, and another of its account has not.
pub(super) fn tells_apart(key: &ContextKey) -> bool {
    matches!(key.kind(), KeyKind::PrincipalArn | KeyKind::PrincipalTag | KeyKind::UserId | KeyKind::Username)
}
