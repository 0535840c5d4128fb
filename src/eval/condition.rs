//! Truth of one test of a condition block for one request.
//!
//! Owns: weighing what is known of a key (`context`) against what the operator asks (`policy::operator`).
//! Does not know statements or layers. INVARIANT: a key that the snapshot cannot know never yields a plain true or
//! false unless every value it could have gives the same.

use std::borrow::Cow;
use std::sync::Arc;

use super::context::{Domain, RequestContext};
use super::credential::Credential;
use super::residual::{Possible, Test, Truth, Unclear, settle_one};
use crate::policy::condition::Condition;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::{Base, Comparison, Operator, Range};
use crate::policy::text::{Pattern, Text};
use crate::policy::value::instants;

/// Whether all tests of a block hold.
pub(super) fn block(conditions: &[Condition], request: &impl RequestContext) -> Truth {
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
pub(super) fn one(condition: &Condition, request: &impl RequestContext) -> Truth {
    let operator = &condition.operator;
    let domain = request.domain(&condition.key);
    let mut read = std::iter::once(&condition.key).chain(condition.values.iter().flat_map(|v| v.variables()));
    if let Some(why) = read.find_map(|key| request.unclear(key)) {
        return Truth::unclear(why);
    }
    if let Some(told) = told_by_session(condition, request) {
        return told;
    }
    let unset: Vec<&ContextKey> =
        condition.values.iter().flat_map(|v| v.variables()).filter(|key| request.variable(key).is_none()).collect();
    let value = |key: &ContextKey| request.variable(key).flatten();
    let patterns: Vec<Pattern<'_>> = condition.values.iter().map(|v| v.expand(value)).collect();
    let unknown = || Truth::unclear(Unclear::Undocumented(undocumented(condition)));
    let depends = |possible| {
        // one credential decides all of its keys together
        let credentials = request.credentials().filter(|_| condition.key.kind().depends_on_credential());
        let fact = request.fact_of(&condition.key);
        let possible = credentials.map_or(possible, Possible::Credentials);
        depends(condition, &patterns, vec![&condition.key], possible, fact)
    };
    if !unset.is_empty() {
        if let Some(plain) = plain(condition, &patterns, request) {
            return plain;
        }
        if let Some(turned) = turned(condition, &domain) {
            return one(&turned, request);
        }
        if let Domain::Unread { why, .. } = domain {
            return Truth::unclear(why);
        }
        let fact = request.fact_of(&condition.key);
        return with_unset_variables(condition, &patterns, unset, &domain, fact);
    }
    let of = |values: &[Cow<'_, str>]| {
        let values: Vec<&str> = values.iter().map(|v| &**v).collect();
        operator.holds(&patterns, &values)
    };
    match domain {
        Domain::Known(values) => of(&values).map_or_else(unknown, Truth::from),
        Domain::Many(values) if !values.is_empty() && operator.needs_quantifier() => Truth::False,
        Domain::Many(values) => of(&values).map_or_else(unknown, Truth::from),
        Domain::OneOf(choices) => {
            let Some(truths) = choices.iter().map(|c| of(c)).collect::<Option<Vec<bool>>>() else { return unknown() };
            let owned = |choice: Vec<Cow<'_, str>>| choice.into_iter().map(Cow::into_owned).collect();
            uniform(truths.iter().any(|t| *t), truths.iter().any(|t| !*t), || {
                depends(Possible::OneOf(choices.into_iter().map(owned).collect()))
            })
        }
        Domain::Prefixed(_) if operator.holds(&patterns, &[""]).is_none() => unknown(),
        // only the beginning of the value is known, as of `aws:userid` of a role session
        Domain::Prefixed(prefix) => settle_one(depends(Possible::After(prefix))),
        Domain::Issued(_) | Domain::Shaped { .. } if operator.holds(&patterns, &[""]).is_none() => unknown(),
        Domain::Issued(issues) => settle_one(depends(Possible::Issued(issues))),
        Domain::Shaped { may_be_absent, .. } if may_be_absent && operator.holds_when_absent(&patterns).is_none() => {
            unknown()
        }
        Domain::Shaped { shape, may_be_absent } => settle_one(depends(Possible::Shaped(shape, may_be_absent))),
        Domain::Unread { .. } if operator.needs_quantifier() => Truth::False,
        // what holds, or fails, for every text of the shape needs no reading
        Domain::Unread { shape, why } => match settle_one(depends(Possible::Shaped(shape, false))) {
            decided @ (Truth::True | Truth::False) => decided,
            _ => Truth::unclear(why),
        },
        Domain::Unclear(why) => Truth::unclear(why),
        Domain::Free { may_be_absent, except } => {
            let range = operator.range(&patterns, |v| request.admits(except, v));
            let open = || depends(Possible::Any { absent: may_be_absent });
            free(condition, &patterns, range, may_be_absent, open).unwrap_or_else(unknown)
        }
    }
}

/// A comparison of when the session was made with times before any session that still lives, or after now: it asks no more than
/// whether the caller has a session.
fn told_by_session(condition: &Condition, request: &impl RequestContext) -> Option<Truth> {
    let Condition { operator, key, values, .. } = condition;
    let (from, to) = request.session_made().filter(|_| key.kind() == KeyKind::TokenIssueTime)?;
    let times = values.iter().map(|text| instants(text.as_str())).collect::<Vec<_>>();
    let is_outside = |times: &Vec<f64>| matches!(times[..], [time] if time < from || time > to);
    if values.is_empty() || !operator.needs_quantifier() || !times.iter().all(is_outside) {
        return None;
    }
    let patterns: Vec<Pattern<'_>> = values.iter().map(|text| Pattern::Plain(text.as_str())).collect();
    let there = operator.holds(&patterns, &[&to.to_string()])?;
    let absent = operator.holds_when_absent(&patterns)?;
    if there == absent {
        return Some(Truth::from(there));
    }
    let null = Operator { base: Base::Null, if_exists: false, quantifier: None };
    let values = [Text::new(if there { "false" } else { "true" }, false)].into();
    Some(one(&Condition { written: null.to_string().into(), operator: null, key: key.clone(), values }, request))
}

/// A test of a key that can have any value; `None` where AWS does not say what the test means.
fn free(
    condition: &Condition,
    patterns: &[Pattern<'_>],
    range: Option<Range>,
    may_be_absent: bool,
    open: impl FnOnce() -> Truth,
) -> Option<Truth> {
    let operator = &condition.operator;
    let kind = condition.key.kind();
    let range = match range? {
        _ if kind.is_multivalued() && operator.needs_quantifier() => Range { can_hold: false, can_fail: true },
        range => range,
    };
    let absent = if may_be_absent { Some(operator.holds_when_absent(patterns)?) } else { None };
    let can_hold = range.can_hold || absent == Some(true);
    let can_fail = range.can_fail || absent == Some(false);
    let open = uniform(can_hold, can_fail, open);
    // not every text can be the name of a session, and not every credential has a session's age
    let bounded = kind.alphabet().is_some() || kind.depends_on_credential();
    Some(if bounded { settle_one(open) } else { open })
}

/// A comparison of a single value in its plainest form, so that the same question is always the same test: whether the value
/// is any of the texts that are known, or one of those that are not, apart from what an absent key means. `None` where it
/// cannot be plainer.
fn plain(condition: &Condition, patterns: &[Pattern<'_>], request: &impl RequestContext) -> Option<Truth> {
    let Base::Compare { how, negated } = condition.operator.base else { return None };
    if condition.key.kind().is_multivalued() {
        return None;
    }
    let operator = plainly(how);
    let asked = |operator: &Operator, values: Box<[Text]>| {
        let written = operator.to_string().into();
        one(&Condition { written, operator: operator.clone(), key: condition.key.clone(), values }, request)
    };
    if let ([text], true) = (&*condition.values, operator == condition.operator) {
        // the value of a variable is text: nothing in it is a wildcard
        let is_text = how == Comparison::StringLike && text.only_variable().is_some();
        return is_text.then(|| asked(&plainly(Comparison::StringEquals), [text.clone()].into()));
    }
    let holds_when_absent = condition.operator.holds_when_absent(patterns)?;
    let is_open = |text: &Text| text.variables().any(|key| request.variable(key).is_none());
    let (open, known): (Vec<Text>, Vec<Text>) = condition.values.iter().cloned().partition(is_open);
    let known = if known.is_empty() { Truth::False } else { asked(&operator, known.into()) };
    let any = open.into_iter().fold(known, |any, text| any.or(asked(&operator, [text].into())));
    let absent = || {
        let null = Operator { base: Base::Null, if_exists: false, quantifier: None };
        asked(&null, [Text::new("true", false)].into())
    };
    Some(match (negated, holds_when_absent) {
        (false, false) => any,
        (false, true) => absent().or(any),
        (true, true) => any.not(),
        (true, false) => absent().not().and(any.not()),
    })
}

fn plainly(how: Comparison) -> Operator {
    Operator { base: Base::Compare { how, negated: false }, if_exists: false, quantifier: None }
}

/// The same comparison from the other side: where the tested value is known and the variable it is compared with is not, the
/// variable is tested.
fn turned(condition: &Condition, domain: &Domain<'_>) -> Option<Condition> {
    let (Domain::Known(values), [text]) = (domain, &*condition.values) else { return None };
    let [known] = values.as_slice() else { return None };
    let key = text.only_variable()?;
    let compares = |how| matches!(how, Comparison::StringEquals | Comparison::StringEqualsIgnoreCase);
    let is_plain = matches!(condition.operator.base, Base::Compare { how, .. } if compares(how) && condition.operator == plainly(how));
    let turned = || Condition { key: key.clone(), values: [Text::new(known, false)].into(), ..condition.clone() };
    (is_plain && !key.kind().is_multivalued()).then(turned)
}

/// A test whose values hold variables that are not known; an absent key settles it all the same.
fn with_unset_variables<'c>(
    condition: &'c Condition,
    patterns: &[Pattern<'_>],
    mut unset: Vec<&'c ContextKey>,
    domain: &Domain<'_>,
    fact: ContextKey,
) -> Truth {
    match domain {
        Domain::Known(values) | Domain::Many(values) if values.is_empty() => {
            let unknown = || Truth::unclear(Unclear::Undocumented(undocumented(condition)));
            return condition.operator.holds_when_absent(patterns).map_or_else(unknown, Truth::from);
        }
        Domain::Known(_) | Domain::Many(_) => {}
        _ => unset.push(&condition.key),
    }
    depends(condition, patterns, unset, Possible::Opaque, fact)
}

/// The test as an undecided one; `keys` are those that are not known.
fn depends(
    condition: &Condition,
    patterns: &[Pattern<'_>],
    keys: Vec<&ContextKey>,
    possible: Possible,
    fact: ContextKey,
) -> Truth {
    let mut undecided: Vec<ContextKey> = keys.into_iter().cloned().collect();
    undecided.sort();
    undecided.dedup();
    let literal = condition.operator.globs() && patterns.iter().any(Pattern::has_literal_wildcard);
    let exact = (literal && possible != Possible::Opaque)
        .then(|| patterns.iter().filter(|p| **p != Pattern::Nothing).map(|p| Pattern::Expanded(p.glyphs())).collect());
    Truth::test(Test {
        key: condition.key.clone(),
        variable: match possible {
            Possible::After(_) => ContextKey::caller_session(),
            Possible::Credentials(_) => ContextKey::credential(),
            Possible::Issued(_) => ContextKey::issuer(),
            _ => fact,
        },
        scope: 0,
        operator: condition.operator.clone(),
        values: shown(condition, patterns, &possible),
        undecided,
        possible,
        exact,
    })
}

/// Values as they are compared; where a variable is not known, as written.
fn shown(condition: &Condition, patterns: &[Pattern<'_>], possible: &Possible) -> Vec<String> {
    if *possible == Possible::Opaque {
        return condition.values.iter().map(|raw| raw.as_str().to_owned()).collect();
    }
    patterns.iter().filter_map(Pattern::literal).collect()
}

fn uniform(can_hold: bool, can_fail: bool, otherwise: impl FnOnce() -> Truth) -> Truth {
    match (can_hold, can_fail) {
        (true, false) => Truth::True,
        (false, _) => Truth::False,
        (true, true) => otherwise(),
    }
}

/// What is known of a key, in words.
pub(super) fn known_value(key: &ContextKey, request: &impl RequestContext) -> String {
    let name = key.as_str();
    let list = |values: &[Cow<'_, str>]| if values.is_empty() { "absent".to_owned() } else { values.join(", ") };
    let no_mfa = |c: &Credential| !c.has_mfa();
    let without_mfa = request.credentials().is_none_or(|all| all.iter().all(no_mfa));
    let why = match key.kind() {
        KeyKind::MfaPresent | KeyKind::MfaAge if without_mfa => " (such a caller brings no MFA)",
        _ => "",
    };
    if key.kind() == KeyKind::UnknownGlobal {
        return format!("{name} is not known");
    }
    match request.domain(key) {
        Domain::Known(values) | Domain::Many(values) => format!("{name} is {}{why}", list(&values)),
        Domain::OneOf(choices) => {
            let each: Vec<String> = choices.iter().map(|c| list(c)).collect();
            format!("{name} is {}{why}", each.join(" or "))
        }
        Domain::Prefixed(prefix) => format!("{name} starts with {prefix}"),
        Domain::Unread { .. } | Domain::Unclear(Unclear::Gap(_)) => format!("{name} was not read"),
        _ => format!("no value that {name} can have satisfies it"),
    }
}

fn undocumented(condition: &Condition) -> Arc<str> {
    match &condition.operator.base {
        Base::Unknown(name) => format!("condition operator `{name}` is not known").into(),
        Base::Null | Base::Compare { .. } => {
            let operator = &condition.operator;
            let key = condition.key.as_str();
            if let Some(text) = condition.values.iter().map(Text::as_str).find(|text| !operator.reads(text)) {
                return format!("AWS does not document what `{operator}` makes of `{text}`").into();
            }
            format!("AWS does not document what `{operator}` means where `{key}` is absent").into()
        }
    }
}
