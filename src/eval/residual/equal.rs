//! What a comparison of two facts says of each: `aws:RequestTag/team` is `${aws:PrincipalTag/team}`.
//!
//! Owns: that two facts which are equal satisfy the same tests, and are both there. Does not know which facts are compared
//! by an operator that takes more than one text for equal.

use std::collections::BTreeSet;

use super::parts::fact;
use super::possible::Possible;
use super::test::Test;
use super::truth::Truth;
use crate::policy::key::ContextKey;
use crate::policy::operator::{Base, Comparison as How};
use crate::policy::text::Text;

/// A test that compares the value of a key with that of another, character by character or without regard to case: the other
/// key.
#[must_use]
pub fn compared_with(test: &Test) -> Option<ContextKey> {
    let ([value], Possible::Opaque, None) = (test.values.as_slice(), &test.possible, test.operator.quantifier) else {
        return None;
    };
    let compares = |how| matches!(how, How::StringEquals | How::StringEqualsIgnoreCase);
    let is_plain = matches!(test.operator.base, Base::Compare { how, negated: false } if compares(how));
    if is_plain && !test.operator.if_exists { Text::new(value, true).only_variable().cloned() } else { None }
}

/// What holds of the facts that these tests compare, whatever their outcome; true where no other test reads them.
pub(super) fn linked<'t>(tests: impl Iterator<Item = &'t Test> + Clone) -> Truth {
    tests.clone().fold(Truth::True, |all, test| match compared_with(test) {
        Some(other) => all.and(Compared::new(test, other, tests.clone()).says()),
        None => all,
    })
}

/// Two facts that a test compares, each with the other tests that read it.
struct Compared<'t> {
    test: &'t Test,
    sides: [Side<'t>; 2],
}

struct Side<'t> {
    key: ContextKey,
    read: BTreeSet<&'t Test>,
}

impl<'t> Compared<'t> {
    fn new(test: &'t Test, other: ContextKey, tests: impl Iterator<Item = &'t Test> + Clone) -> Self {
        let side = |key: ContextKey| {
            let read = tests.clone().filter(|t| fact(t) == Some((test.scope, &key))).collect();
            Side { key, read }
        };
        Self { test, sides: [side(test.variable.clone()), side(other)] }
    }

    /// What the comparison says of both.
    fn says(&self) -> Truth {
        let is_text = |test: &&Test| matches!(test.possible, Possible::Any { .. } | Possible::Shaped(..));
        if !self.sides.iter().flat_map(|side| &side.read).all(is_text) {
            return Truth::True;
        }
        let equal = || Truth::test(self.test.clone());
        let null = self.asks("Null", "true");
        let there = self.sides.iter().fold(Truth::True, |all, side| match side.asked(&null) {
            Some(absent) => all.and(absent.not()),
            None => all,
        });
        let implied = |what: Truth| if what == Truth::True { what } else { equal().not().or(what) };
        let Base::Compare { how: How::StringEquals, .. } = self.test.operator.base else { return implied(there) };
        let [own, other] = &self.sides;
        let both = |test: &Test| own.asked(test).zip(other.asked(test));
        let read = || own.read.iter().chain(&other.read);
        let alike = read()
            .filter_map(|test| both(test))
            .fold(there, |all, (a, b)| all.and(a.clone().and(b.clone()).or(a.not().and(b.not()))));
        // what is one text on both sides is the same
        let one_text = read().flat_map(|test| texts(test)).filter_map(|text| both(&self.asks("StringEquals", text)));
        one_text.fold(implied(alike), |all, (a, b)| all.and(a.and(b).not().or(equal())))
    }

    fn asks(&self, operator: &str, value: &str) -> Test {
        Test { scope: self.test.scope, ..Test::of(&self.test.variable, operator, value) }
    }
}

impl Side<'_> {
    /// The test of this side; `None` where no other test reads it.
    fn asked(&self, test: &Test) -> Option<Truth> {
        let possible = self.read.first()?.possible.clone();
        let key = self.key.clone();
        Some(Truth::test(Test { variable: key.clone(), undecided: vec![key.clone()], key, possible, ..test.clone() }))
    }
}

/// The texts that a test looks for, or excludes, character by character.
pub fn texts(test: &Test) -> impl Iterator<Item = &str> {
    let is_exact = match test.operator.base {
        Base::Compare { how: How::StringEquals, .. } => true,
        Base::Compare { how: How::StringLike, .. } => test.exact.is_none(),
        _ => false,
    };
    let values = if is_exact && test.possible != Possible::Opaque { test.values.as_slice() } else { &[] };
    let globs = test.operator.globs();
    values.iter().map(String::as_str).filter(move |text| !globs || !text.contains(['*', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::residual::settle;

    fn is(key: &str, value: &str) -> Truth {
        Truth::test(Test::of(&ContextKey::new(key), "StringEquals", value))
    }

    fn same() -> Truth {
        let (own, other) = ("aws:RequestTag/team", "aws:PrincipalTag/team");
        let test = Test::of(&ContextKey::new(own), "StringEquals", &format!("${{{other}}}"));
        let undecided = vec![ContextKey::new(other), ContextKey::new(own)];
        Truth::test(Test { undecided, possible: Possible::Opaque, ..test })
    }

    #[test]
    fn what_is_equal_satisfies_the_same_tests() {
        let (own, other) = ("aws:RequestTag/team", "aws:PrincipalTag/team");
        assert_eq!(settle(same().and(is(own, "red")).and(is(other, "blue"))), Truth::False);
        assert!(matches!(settle(same().and(is(own, "red")).and(is(other, "red"))), Truth::Depends(_)));
        assert!(matches!(settle(same().not().and(is(own, "red")).and(is(other, "blue"))), Truth::Depends(_)));
        assert_eq!(settle(same().not().and(is(own, "red")).and(is(other, "red"))), Truth::False);
        let absent = Truth::test(Test::of(&ContextKey::new(other), "Null", "true"));
        assert_eq!(settle(same().and(is(own, "red")).and(absent)), Truth::False);
        let like = Truth::test(Test::of(&ContextKey::new(own), "StringLike", "r*"));
        assert_eq!(settle(same().and(like).and(is(other, "blue"))), Truth::False);
    }
}
