//! What a new principal may be called, and which of its names policies tell apart.
//!
//! Owns: the names that are taken, and the tests of ARNs that trust policies, SCPs and RCPs make. Does not know who may make it.

use std::collections::{BTreeSet, HashSet};

use super::made;
use crate::ids::AccountIx;
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::Statement;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::text::Pattern;
use crate::wildcard;

/// Names that only policies of others speak of and that are tried at most.
const MAX_NAMES: usize = 1024;

/// Characters of a name that AWS allows beside letters and digits.
const MARKS: &str = "+=,.@_-";

/// What new users, or new roles, of one account are told apart by.
#[derive(Debug)]
pub(super) struct Naming<'e> {
    kind: PrincipalType,
    account: String,
    /// `arn:aws:iam::123456789012:role/`
    before: String,
    /// In lower case: AWS makes no second one, in any case of letters, whatever its path.
    taken: BTreeSet<String>,
    tests: Vec<(&'e Condition, Vec<Pattern<'e>>)>,
}

/// How a name fares in all tests: names that fare alike are one.
pub(super) type Fares = Box<[Option<bool>]>;

impl<'e> Naming<'e> {
    pub(super) fn of(estate: &'e Estate, ix: AccountIx, kind: PrincipalType) -> Self {
        let account = estate.account(ix);
        let own = estate.principals_of(ix).map(|ix| estate.principal(ix)).filter(|own| own.kind() == kind);
        let documents: BTreeSet<_> = account.scps().documents().filter_map(Document::parsed).collect();
        let of_scps = documents.into_iter().flat_map(|ix| &estate.policy(ix).statements).flat_map(of_names);
        let of_roles = estate.tests_of_roles().of_arns_in(account.id());
        let mut seen = HashSet::new();
        let tests = of_roles.chain(of_scps).filter(|test| seen.insert(*test)).map(|test| {
            let patterns = test.values.iter().map(|value| value.expand(|_| None)).collect();
            (test, patterns)
        });
        let word = match kind {
            PrincipalType::User => "user",
            PrincipalType::Role => "role",
        };
        Self {
            kind,
            account: account.id().to_string(),
            before: format!("arn:{}:iam::{}:{word}/", account.partition(), account.id()),
            taken: own.map(|own| own.name().to_ascii_lowercase()).collect(),
            tests: tests.collect(),
        }
    }

    /// The ARN of one that is called so, below its path.
    pub(super) fn arn(&self, name: &str) -> String {
        format!("{}{name}", self.before)
    }

    /// The names that are worth a try for somebody whose policies say this of resources, the plainest first.
    pub(super) fn names(&self, texts: &[String]) -> Vec<Box<str>> {
        let own: Vec<&str> = texts.iter().filter_map(|text| made::name_in(text, self.kind, &self.account)).collect();
        let mut found = made::principals(&own);
        // of those that others ask for, such as its own policies speak of
        let is_within = |name: &str| texts.iter().any(|text| wildcard::matches(text, &self.arn(name)));
        let asked = self.tests.iter().flat_map(|(test, _)| test.values.iter());
        let asked: BTreeSet<&str> =
            asked.filter_map(|text| made::name_in(text.as_str(), self.kind, &self.account)).collect();
        let mut others = 0;
        for name in asked.into_iter().flat_map(|pattern| made::together(pattern, &own)) {
            if others < MAX_NAMES && is_within(&name) && !found.contains(&name) {
                others += 1;
                found.push(name);
            }
        }
        found.retain(|name| self.is_free(name));
        found
    }

    /// How one that is called so fares where policies tell callers apart by ARN or name.
    pub(super) fn fares(&self, arn: &str) -> Fares {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let of = |(test, patterns): &(&Condition, Vec<Pattern<'_>>)| match (test.key.kind(), self.kind) {
            (KeyKind::Username, PrincipalType::User) => test.operator.holds(patterns, &[name]),
            (KeyKind::Username, PrincipalType::Role) => test.operator.holds(patterns, &[]),
            _ => test.operator.holds(patterns, &[arn]),
        };
        self.tests.iter().map(of).collect()
    }

    /// Whether AWS lets something be called so, below its path, and nothing is.
    fn is_free(&self, path: &str) -> bool {
        const LONGEST: usize = 64;
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_name = (1..=LONGEST).contains(&name.len())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || MARKS.contains(letter));
        is_name && !path.starts_with('/') && !path.contains("//") && !self.taken.contains(&name.to_ascii_lowercase())
    }
}

/// The tests of a statement of what its caller is called, with fixed values.
fn of_names(statement: &Statement) -> impl Iterator<Item = &Condition> {
    let is_fixed = |test: &&Condition| test.values.iter().all(|value| !value.has_variables());
    let is_of_names = |test: &&Condition| matches!(test.key.kind(), KeyKind::PrincipalArn | KeyKind::Username);
    statement.conditions.iter().filter(is_of_names).filter(is_fixed)
}
