//! What the tags of one call have to do with each other.
//!
//! Owns: that a call which passes a tag lists its key, lists no other, and passes on only keys that it lists. Three context
//! keys tell of the same tags: `aws:RequestTag/…`, `aws:TagKeys`, `sts:TransitiveTagKeys`.
//! Source: AWS IAM User Guide, "Pass session tags in AWS STS", "AWS global condition context keys" (`aws:TagKeys`).

use std::collections::BTreeSet;

use super::possible::Possible;
use super::test::Test;
use super::truth::Truth;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Quantifier;

/// What holds of the tags of every call that these tests are about, whatever their outcome; true where nothing links them.
pub(super) fn linked<'t>(tests: impl Iterator<Item = &'t Test> + Clone) -> Truth {
    let of = |kind: KeyKind| {
        tests.clone().filter(move |test| test.variable.kind() == kind && test.possible != Possible::Opaque)
    };
    let listed: BTreeSet<u32> = of(KeyKind::TagKeys).map(|test| test.scope).collect();
    let passed_on: BTreeSet<u32> = of(KeyKind::TransitiveTagKeys).map(|test| test.scope).collect();
    if listed.is_empty() && passed_on.is_empty() {
        return Truth::True;
    }
    let mut all = Truth::True;
    // a test against a variable is about the tag as well, as far as it asks that there is one
    let of_passed = || tests.clone().filter(|test| test.variable.kind() == KeyKind::RequestTag);
    let passed: BTreeSet<(u32, &ContextKey)> = of_passed().map(|test| (test.scope, &test.variable)).collect();
    for test in of_passed().filter(|test| test.possible == Possible::Opaque && fails_without_tag(test)) {
        all = all.and(implies(Truth::test(test.clone()), absent(test.scope, &test.variable).not()));
    }
    for (scope, tag) in passed {
        let there = absent(scope, tag).not();
        if listed.contains(&scope) {
            let lists = lists(scope, "aws:TagKeys", tag.tag());
            all = all.and(same(there.clone(), lists));
        }
        if passed_on.contains(&scope) {
            all = all.and(implies(lists(scope, "sts:TransitiveTagKeys", tag.tag()), there));
        }
    }
    for scope in listed.intersection(&passed_on) {
        let none = |list: &str| test(*scope, &ContextKey::new(list), "Null", "true");
        all = all.and(implies(none("aws:TagKeys"), none("sts:TransitiveTagKeys")));
    }
    for listed in of(KeyKind::TagKeys).filter(|test| passed_on.contains(&test.scope)) {
        all = all.and(narrowed(listed));
    }
    all
}

/// What a test of all keys says of those that are passed on: they are some of them. INVARIANT: each key that no test of all
/// keys excludes may be among them, so that these implications say everything.
fn narrowed(listed: &Test) -> Truth {
    let key = ContextKey::new("sts:TransitiveTagKeys");
    let passed_on = Test { key: key.clone(), undecided: vec![key.clone()], variable: key, ..listed.clone() };
    let truth = |test: &Test| Truth::test(test.clone());
    match listed.operator.quantifier {
        Some(Quantifier::ForAnyValue) => implies(truth(&passed_on), truth(listed)),
        Some(Quantifier::ForAllValues) => implies(truth(listed), truth(&passed_on)),
        // it tests only whether there are any
        None => Truth::True,
    }
}

fn fails_without_tag(test: &Test) -> bool {
    test.operator.holds_when_absent(&test.patterns()) == Some(false)
}

fn implies(a: Truth, b: Truth) -> Truth {
    a.not().or(b)
}

fn same(a: Truth, b: Truth) -> Truth {
    a.clone().and(b.clone()).or(a.not().and(b.not()))
}

fn absent(scope: u32, tag: &ContextKey) -> Truth {
    test(scope, tag, "Null", "true")
}

fn lists(scope: u32, list: &str, key: &str) -> Truth {
    test(scope, &ContextKey::new(list), "ForAnyValue:StringEqualsIgnoreCase", key)
}

fn test(scope: u32, key: &ContextKey, operator: &str, value: &str) -> Truth {
    Truth::test(Test { scope, ..Test::of(key, operator, value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::residual::settle;

    #[test]
    fn a_tag_that_is_passed_is_listed_and_no_other_is() {
        let tag = ContextKey::new("aws:RequestTag/team");
        let there = absent(0, &tag).not();
        let listed = lists(0, "aws:TagKeys", "team");
        assert_eq!(settle(there.clone().and(listed.clone().not())), Truth::False);
        assert_eq!(settle(listed.clone().and(absent(0, &tag))), Truth::False);
        assert_eq!(settle(there.clone().or(listed.clone().not())), Truth::True);
        let passed_on = lists(0, "sts:TransitiveTagKeys", "team");
        assert_eq!(settle(passed_on.clone().and(absent(0, &tag))), Truth::False);
        assert_eq!(settle(passed_on.and(listed.not())), Truth::False);
        // whatever the list of all keys excludes, no key that is passed on is of it
        let all = |list: &str| test(0, &ContextKey::new(list), "ForAllValues:StringLike", "t*");
        assert_eq!(settle(all("aws:TagKeys").and(all("sts:TransitiveTagKeys").not())), Truth::False);
        assert!(matches!(settle(all("sts:TransitiveTagKeys").and(all("aws:TagKeys").not())), Truth::Depends(_)));
        let none = |list: &str| test(0, &ContextKey::new(list), "Null", "true");
        assert_eq!(settle(none("aws:TagKeys").and(none("sts:TransitiveTagKeys").not())), Truth::False);
        // tags of another call are others
        let elsewhere = lists(1, "aws:TagKeys", "team");
        assert!(matches!(settle(there.and(elsewhere.not())), Truth::Depends(_)));
    }
}
