//! Conditions: every operator, what a list means, and what an absent key means.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::text::{arn_like, expand, glob_text, literal};
use super::{Asked, Context, strings};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    None,
    ForAllValues,
    ForAnyValue,
}

/// Whether every test of a Condition element is satisfied.
pub fn holds(block: &Value, variables: bool, context: &dyn Context) -> Asked<bool> {
    for (operator, tests) in block.as_object().expect("a condition is an object") {
        for (key, values) in tests.as_object().expect("an operator holds keys") {
            if !test(operator, key, &strings(values), variables, context)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn test(operator: &str, key: &str, wanted: &[Cow<'_, str>], variables: bool, context: &dyn Context) -> Asked<bool> {
    let (quantifier, operator) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (Quantifier::ForAllValues, rest),
        Some(("ForAnyValue", rest)) => (Quantifier::ForAnyValue, rest),
        _ => (Quantifier::None, operator),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (operator, false),
    };
    let given = context.values(&key.to_lowercase())?.filter(|v| !v.is_empty());
    if operator == "Null" {
        return Ok(wanted.iter().any(|w| (w == "true") == given.is_none()));
    }
    let (operator, negated) = positive(operator);
    let Some(given) = given else {
        return Ok(match quantifier {
            Quantifier::ForAllValues => true,
            Quantifier::ForAnyValue => false,
            Quantifier::None => if_exists || negated,
        });
    };
    let mut fits = Vec::new();
    for value in &given {
        let mut any = false;
        for text in wanted {
            any |= matches(operator, value, text, variables, context)?;
        }
        // a negated operator with a list means none of them
        fits.push(any != negated);
    }
    Ok(match quantifier {
        Quantifier::ForAllValues => fits.iter().all(|f| *f),
        Quantifier::ForAnyValue => fits.iter().any(|f| *f),
        Quantifier::None => {
            assert_eq!(fits.len(), 1, "`{key}` has several values and `{operator}` asks for one");
            fits[0]
        }
    })
}

/// The operator without its negation.
fn positive(operator: &str) -> (&str, bool) {
    match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        "NotIpAddress" => ("IpAddress", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "ArnEquals" => ("ArnLike", false),
        other => (other, false),
    }
}

/// One value of the request against one value of the policy.
fn matches(operator: &str, given: &str, wanted: &str, variables: bool, context: &dyn Context) -> Asked<bool> {
    if operator.starts_with("String") || operator.starts_with("Arn") {
        let Some(pieces) = expand(wanted, variables, context)? else { return Ok(false) };
        return Ok(match operator {
            "StringEquals" => literal(&pieces) == given,
            "StringEqualsIgnoreCase" => literal(&pieces).to_lowercase() == given.to_lowercase(),
            "StringLike" => glob_text(&pieces, given),
            "ArnLike" => arn_like(&pieces, given),
            other => panic!("no operator `{other}`"),
        });
    }
    if let Some(comparison) = operator.strip_prefix("Numeric") {
        return Ok(compared(comparison, number(given), number(wanted)));
    }
    if let Some(comparison) = operator.strip_prefix("Date") {
        return Ok(compared(comparison, instant(given), instant(wanted)));
    }
    Ok(match operator {
        "Bool" => given == wanted,
        "IpAddress" => in_network(given, wanted),
        other => panic!("no operator `{other}`"),
    })
}

fn compared(comparison: &str, given: f64, wanted: f64) -> bool {
    match comparison {
        #[expect(clippy::float_cmp, reason = "both are read from text, nothing was computed")]
        "Equals" => given == wanted,
        "LessThan" => given < wanted,
        "LessThanEquals" => given <= wanted,
        "GreaterThan" => given > wanted,
        "GreaterThanEquals" => given >= wanted,
        other => panic!("no comparison `{other}`"),
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Epoch seconds, written as such or as ISO 8601.
fn instant(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| {
        #[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact")]
        let seconds = text.parse::<Timestamp>().unwrap_or_else(|_| panic!("`{text}` is no date")).as_second() as f64;
        seconds
    })
}

/// Whether an address is in `network/bits`; a network without bits is one address.
fn in_network(address: &str, network: &str) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, Some(bits.parse::<u32>().unwrap())),
        None => (network, None),
    };
    match (address.parse().unwrap(), base.parse().unwrap()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let ignored = 32 - bits.unwrap_or(32);
            u64::from(a.to_bits()) >> ignored == u64::from(b.to_bits()) >> ignored
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let ignored = 128 - bits.unwrap_or(128);
            a.to_bits().checked_shr(ignored) == b.to_bits().checked_shr(ignored)
        }
        _ => false,
    }
}
