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
use crate::policy::operator::{Base, Comparison};
use crate::policy::text::Text;

/// A test that compares the value of a key with that of another, character by character or without regard to case: the other
/// key.
#[must_use]
pub fn compared_with(test: &Test) -> Option<ContextKey> {
    let ([value], Possible::Opaque, None) = (test.values.as_slice(), &test.possible, test.operator.quantifier) else {
        return None;
    };
    let compares = |how| matches!(how, Comparison::StringEquals | Comparison::StringEqualsIgnoreCase);
    let is_plain = matches!(test.operator.base, Base::Compare { how, negated: false } if compares(how));
    if is_plain && !test.operator.if_exists { Text::new(value, true).only_variable().cloned() } else { None }
}

/// What holds of the facts that these tests compare, whatever their outcome; true where no other test reads
/// them.
pub(super) fn linked<'t>(tests: impl Iterator<Item = &'t Test> + Clone) -> Truth {
    let mut all = Truth::True;
    for test in tests.clone() {
        let Some(other) = compared_with(test) else { continue };
        let of = |key: &ContextKey| -> BTreeSet<&Test> {
            tests.clone().filter(|t| fact(t) == Some((test.scope, key))).collect()
        };
        let own = &test.variable;
        let (of_own, of_other) = (of(own), of(&other));
        let is_text = |t: &&Test| matches!(t.possible, Possible::Any { .. } | Possible::Shaped(..));
        if !of_own.iter().chain(&of_other).all(is_text) {
            continue;
        }
        let absent = Test { scope: test.scope, ..Test::of(own, "Null", "true") };
        let mut alike = Truth::True;
        for (key, read) in [(own, &of_own), (&other, &of_other)] {
            if let Some(first) = read.first() {
                alike = alike.and(about(&absent, key, &first.possible).not());
            }
        }
        let is_same = matches!(test.operator.base, Base::Compare { how: Comparison::StringEquals, .. });
        if let (true, Some(own_test), Some(other_test)) = (is_same, of_own.first(), of_other.first()) {
            for read in of_own.iter().chain(&of_other) {
                let (a, b) = (about(read, own, &own_test.possible), about(read, &other, &other_test.possible));
                // both are this text: then they are the same
                if is_of_one_text(read) {
                    all = all.and(a.clone().and(b.clone()).not().or(Truth::test(test.clone())));
                }
                alike = alike.and(a.clone().and(b.clone()).or(a.not().and(b.not())));
            }
        }
        if alike != Truth::True {
            all = all.and(Truth::test(test.clone()).not().or(alike));
        }
    }
    all
}

/// True for tests that one text alone satisfies.
#[must_use]
pub fn is_of_one_text(test: &Test) -> bool {
    let [value] = test.values.as_slice() else { return false };
    let compares = |how| match how {
        Comparison::StringEquals => true,
        Comparison::StringLike => test.exact.is_none() && !value.contains(['*', '?']),
        _ => false,
    };
    let is_positive = matches!(test.operator.base, Base::Compare { how, negated: false } if compares(how));
    is_positive && !test.operator.if_exists && test.operator.quantifier.is_none()
}

/// The test of another key.
fn about(test: &Test, key: &ContextKey, possible: &Possible) -> Truth {
    let (key, variable, undecided) = (key.clone(), key.clone(), vec![key.clone()]);
    Truth::test(Test { key, variable, undecided, possible: possible.clone(), ..test.clone() })
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
