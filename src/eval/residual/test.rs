//! One undecided test of a condition block.
//!
//! Owns: what is compared with what, and whether the test holds for values that are tried. Does not know how tests
//! combine (`truth`).

use std::sync::Arc;

use super::possible::{Possible, Shape};
use crate::eval::credential::Credential;
use crate::policy::key::ContextKey;
use crate::policy::operator::{Base, Comparison, Operator};
use crate::policy::text::Pattern;

/// One undecided test of a condition block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Test {
    /// The key that is tested.
    pub key: ContextKey,
    /// How.
    pub operator: Operator,
    /// With what, variables expanded where they are known.
    pub values: Vec<String>,
    /// The keys that are not known: the tested one, those of variables, or both.
    pub undecided: Vec<ContextKey>,
    /// The fact that is not known: the key itself, but for keys that tell of the caller's session.
    pub variable: ContextKey,
    /// Which call of a path the fact belongs to, from 0.
    pub scope: u32,
    /// What the fact can be.
    pub possible: Possible,
    /// The patterns themselves, where `values` cannot tell a literal `*` or `?` from a wildcard.
    pub exact: Option<Arc<[Pattern<'static>]>>,
}

/// What no id and no ARN of AWS has, wildcards and the marks of variables: a policy that names one as it stands names
/// nothing.
pub(super) const WILDCARDS: [char; 5] = ['*', '?', '$', '{', '}'];

impl Test {
    /// A test of a key of which nothing is known: it has any value, or none.
    #[must_use]
    pub fn of(key: &ContextKey, operator: &str, value: &str) -> Self {
        Self {
            key: key.clone(),
            operator: Operator::parse(operator),
            values: vec![value.to_owned()],
            undecided: vec![key.clone()],
            variable: key.clone(),
            scope: 0,
            possible: Possible::Any { absent: true },
            exact: None,
        }
    }

    /// That a user signed with MFA.
    #[must_use]
    pub fn of_mfa() -> Self {
        let possible = Possible::Credentials(Credential::OF_USER);
        Self { possible, ..Self::of(&ContextKey::new("aws:MultiFactorAuthPresent"), "Bool", "true") }
    }

    /// The test where the key has these values, or is absent; `None` where AWS does not say.
    #[must_use]
    pub fn holds(&self, values: &[&str]) -> Option<bool> {
        if self.key.kind().is_multivalued() && !values.is_empty() && self.operator.needs_quantifier() {
            return Some(false);
        }
        self.operator.holds(&self.patterns(), values)
    }

    /// The resource pattern that names the resource for some values of its variable; `None` for tests of conditions.
    #[must_use]
    pub(in crate::eval) fn open_pattern(&self) -> Option<&str> {
        let [pattern] = self.values.as_slice() else { return None };
        let is_own = self.possible == Possible::Opaque && self.undecided.first() == Some(&self.key);
        (is_own && pattern.starts_with("arn:") && pattern.contains("${")).then_some(pattern)
    }

    /// The values as they are shown: an external id may not be for everybody.
    pub(in crate::eval) fn shown_values(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|value| self.key.shown_value(value).to_owned())
    }

    /// What values of the fact are compared with.
    #[must_use]
    pub fn patterns(&self) -> Vec<Pattern<'_>> {
        match &self.exact {
            Some(exact) => exact.to_vec(),
            None => self.values.iter().map(|v| Pattern::Plain(v)).collect(),
        }
    }
}

impl Shape {
    /// True for a text of the shape.
    pub(super) fn admits(&self, text: &str) -> bool {
        let fits = |test: &Test| test.holds(&[text]) == Some(true);
        self.is_any() || (!text.contains(WILDCARDS) && self.tests().iter().all(fits))
    }

    /// The shape as tests that all its texts satisfy.
    pub(super) fn tests(&self) -> Vec<Test> {
        let how = if self.is_arn { Comparison::ArnLike } else { Comparison::StringLike };
        let test = |patterns: &[String], negated| Test {
            key: ContextKey::issuer(),
            variable: ContextKey::issuer(),
            scope: 0,
            operator: Operator { base: Base::Compare { how, negated }, if_exists: false, quantifier: None },
            values: patterns.to_vec(),
            undecided: Vec::new(),
            possible: Possible::Any { absent: false },
            exact: None,
        };
        let like = (!self.like.is_empty()).then(|| test(&self.like, false));
        like.into_iter().chain((!self.unlike.is_empty()).then(|| test(&self.unlike, true))).collect()
    }
}
