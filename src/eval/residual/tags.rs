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
    let passed: BTreeSet<(u32, &ContextKey)> =
        of(KeyKind::RequestTag).map(|test| (test.scope, &test.variable)).collect();
    for (scope, tag) in passed {
        let there = absent(scope, tag).not();
        if listed.contains(&scope) {
            let lists = lists(scope, "aws:TagKeys", tag.tag());
            all = all.and(same(there.clone(), lists));
        }
        if passed_on.contains(&scope) {
            all = all.and(lists(scope, "sts:TransitiveTagKeys", tag.tag()).not().or(there));
        }
    }
    let named: BTreeSet<(u32, &str)> = of(KeyKind::TransitiveTagKeys)
        .flat_map(|test| test.values.iter().map(|key| (test.scope, key.as_str())))
        .collect();
    for (scope, key) in named.into_iter().filter(|(scope, key)| listed.contains(scope) && !key.contains(['*', '?'])) {
        all = all.and(lists(scope, "sts:TransitiveTagKeys", key).not().or(lists(scope, "aws:TagKeys", key)));
    }
    all
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
        // tags of another call are others
        let elsewhere = lists(1, "aws:TagKeys", "team");
        assert!(matches!(settle(there.and(elsewhere.not())), Truth::Depends(_)));
    }
}
