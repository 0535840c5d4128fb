//! Calls that must pass a tag of their caller's session on: `aws:RequestTag/k` is compared with `${aws:PrincipalTag/k}`.
//!
//! Owns: taking such a test apart. Either the two are the same, and what is asked of the one is asked of the other; or they
//! are not, which a caller who chooses what it passes can see to unless both must be one text.

use std::collections::BTreeSet;

use super::facts::{CALL, CALLER, compared_tags, is_there, moved, reads_requested_tag};
use crate::eval::{Possible, Test, Truth, texts};
use crate::policy::key::ContextKey;

/// The formula without such tests; of calls by roles.
pub(super) fn told_apart(whole: Truth) -> Truth {
    let found = whole.tests().into_iter().find(|test| compared_tags(test).is_some()).map(|test| (**test).clone());
    match found.as_ref().and_then(|test| Some((test, compared_tags(test)?))) {
        Some((test, tags)) => told_apart(without(&whole, test, &tags)),
        None => whole,
    }
}

/// The formula without one of them.
fn without(whole: &Truth, compared: &Test, (passed, own): &(ContextKey, ContextKey)) -> Truth {
    let given = |outcome: bool| {
        whole.replace(&mut |test| {
            if **test == *compared { Truth::from(outcome) } else { Truth::test((**test).clone()) }
        })
    };
    let as_own = |test: &Test| moved(test, CALLER, own.clone(), Possible::Any { absent: true });
    let same = given(true).replace(&mut |test| {
        let of_passed = reads_requested_tag(test) && test.variable == *passed && test.scope == CALL;
        if of_passed { as_own(test) } else { Truth::test((**test).clone()) }
    });
    let both_there = is_there(passed, passed.clone(), CALL).and(is_there(own, own.clone(), CALLER));
    let tests = whole.tests();
    let of_either = tests.iter().filter(|test| {
        (test.scope == CALL && test.variable == *passed) || (test.scope == CALLER && test.variable == *own)
    });
    let texts: BTreeSet<&str> = of_either.flat_map(|test| texts(test)).collect();
    let is = |key: &ContextKey, scope, text: &str| Truth::test(Test { scope, ..Test::of(key, "StringEquals", text) });
    let differ = texts
        .into_iter()
        .fold(given(false), |all, text| all.and(is(passed, CALL, text).and(is(own, CALLER, text)).not()));
    same.and(both_there).or(differ)
}
