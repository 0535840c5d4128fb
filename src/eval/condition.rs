//! Truth of one test of a condition block for one request.
//!
//! Owns: weighing what is known of a key (`context`) against what the operator asks (`policy::operator`).
//! Does not know statements or layers. INVARIANT: a key that the snapshot cannot know never yields a plain true or false
//! unless every value it could have gives the same.

use std::borrow::Cow;
use std::sync::Arc;

use super::context::Domain;
use super::request::Request;
use super::truth::{Residual, Test, Truth, Unclear};
use crate::policy::condition::Condition;
use crate::policy::key::ContextKey;
use crate::policy::operator::{Base, Comparison, Operator};
use crate::policy::text::Pattern;
use crate::wildcard::{AfterPrefix, after_prefix};

/// Whether all tests of a block hold.
pub(super) fn block(conditions: &[Condition], request: &Request<'_>) -> Truth {
    let mut truth = Truth::True;
    for condition in conditions {
        if truth == Truth::False {
            break;
        }
        truth = truth.and(one(condition, request));
    }
    truth
}

/// Whether one test holds.
pub(super) fn one(condition: &Condition, request: &Request<'_>) -> Truth {
    let undecided: Vec<&ContextKey> =
        condition.values.iter().flat_map(|v| v.variables()).filter(|key| request.variable(key).is_none()).collect();
    let value = |key: &ContextKey| request.variable(key).flatten();
    let patterns: Vec<Pattern<'_>> = condition.values.iter().map(|v| v.expand(value)).collect();
    let depends = |keys: Vec<&ContextKey>| depends(condition, &patterns, keys);
    if !undecided.is_empty() {
        return depends(undecided);
    }
    let operator = &condition.operator;
    let unknown = || Truth::unclear(Unclear::Undocumented(undocumented(condition)));
    let of = |values: &[Cow<'_, str>]| {
        let values: Vec<&str> = values.iter().map(|v| &**v).collect();
        operator.holds(&patterns, &values)
    };
    match request.domain(&condition.key) {
        Domain::Known(values) => of(&values).map_or_else(unknown, Truth::from),
        Domain::OneOf(choices) => {
            let Some(truths) = choices.iter().map(|c| of(c)).collect::<Option<Vec<bool>>>() else { return unknown() };
            uniform(truths.iter().any(|t| *t), truths.iter().any(|t| !*t), || depends(vec![&condition.key]))
        }
        Domain::Prefixed(prefix) => prefixed(operator, &patterns, &prefix, || depends(vec![&condition.key]), unknown),
        Domain::Free { may_be_absent, except } => {
            let range = operator.range(&patterns, |v| except.admits(request.estate, v));
            let absent = may_be_absent.then(|| operator.holds_when_absent(&patterns));
            match (range, absent) {
                (None, _) | (_, Some(None)) => unknown(),
                (Some(range), absent) => {
                    let absent = absent.flatten();
                    let can_hold = range.can_hold || absent == Some(true);
                    let can_fail = range.can_fail || absent == Some(false);
                    uniform(can_hold, can_fail, || depends(vec![&condition.key]))
                }
            }
        }
    }
}

/// The test as an undecided one; `keys` are those that are not known.
fn depends(condition: &Condition, patterns: &[Pattern<'_>], keys: Vec<&ContextKey>) -> Truth {
    let shown = condition.values.iter().zip(patterns);
    let mut undecided: Vec<ContextKey> = keys.into_iter().cloned().collect();
    undecided.sort();
    undecided.dedup();
    let test = Test {
        key: condition.key.clone(),
        operator: condition.operator.clone(),
        values: shown.map(|(raw, p)| p.literal().unwrap_or_else(|| raw.as_str().to_owned())).collect(),
        undecided,
    };
    Truth::Depends(Residual::Test { test: Arc::new(test), negated: false })
}

fn uniform(can_hold: bool, can_fail: bool, otherwise: impl FnOnce() -> Truth) -> Truth {
    match (can_hold, can_fail) {
        (true, false) => Truth::True,
        (false, _) => Truth::False,
        (true, true) => otherwise(),
    }
}

/// A value of which only the beginning is known, as `aws:userid` of a role session.
fn prefixed(
    operator: &Operator,
    patterns: &[Pattern<'_>],
    prefix: &str,
    depends: impl FnOnce() -> Truth,
    unknown: impl FnOnce() -> Truth,
) -> Truth {
    let (how, negated) = match &operator.base {
        Base::Unknown(_) => return unknown(),
        Base::Null => return operator.holds(patterns, &[prefix]).map_or_else(unknown, Truth::from),
        Base::Compare { how, negated } => (*how, *negated),
    };
    let (mut some, mut all) = (false, false);
    for text in patterns.iter().filter_map(Pattern::literal) {
        let reach = match how {
            Comparison::StringLike => after_prefix(&text, prefix),
            _ if text.len() > prefix.len() && text.starts_with(prefix) => AfterPrefix::Some,
            _ => AfterPrefix::None,
        };
        all |= reach == AfterPrefix::All;
        some |= reach != AfterPrefix::None;
    }
    let (can_hold, can_fail) = if negated { (!all, some) } else { (some, !all) };
    uniform(can_hold, can_fail, depends)
}

fn undocumented(condition: &Condition) -> Arc<str> {
    match &condition.operator.base {
        Base::Unknown(name) => format!("condition operator `{name}` is not known").into(),
        Base::Null | Base::Compare { .. } => {
            let (operator, key) = (&condition.operator, condition.key.as_str());
            format!("AWS does not document what `{operator}` means where `{key}` is absent").into()
        }
    }
}
