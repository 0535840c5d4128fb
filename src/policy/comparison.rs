//! Comparisons of one request value with one value of a policy.
//!
//! Owns: what each compares, and which values of a policy it can read. Does not know what an absent key means (`operator`).
//! Source: AWS IAM User Guide, "Condition operators"; "IAM policy elements: Variables and tags" (where variables can be used);
//! "AWS: Allows access based on date and time" (no variables with dates).

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::text::Pattern;
use super::value::{Decimal, boolean, instants, network, number};

/// A comparison of one request value with one policy value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "IAM's own words")]
pub enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    /// `ArnEquals` too: both accept wildcards, so they are one operator.
    ArnLike,
}

impl Comparison {
    /// True where AWS fills in policy variables; Bool is among them on one page and not on another.
    #[must_use]
    pub fn takes_variables(self) -> bool {
        matches!(
            self,
            Self::StringEquals | Self::StringEqualsIgnoreCase | Self::StringLike | Self::ArnLike | Self::Bool
        )
    }

    fn is_of_dates(self) -> bool {
        matches!(
            self,
            Self::DateEquals
                | Self::DateLessThan
                | Self::DateLessThanEquals
                | Self::DateGreaterThan
                | Self::DateGreaterThanEquals
        )
    }
}

/// The name of an operator.
pub(super) fn spelling(how: Comparison, negated: bool) -> &'static str {
    match (how, negated) {
        (Comparison::StringEquals, false) => "StringEquals",
        (Comparison::StringEquals, true) => "StringNotEquals",
        (Comparison::StringEqualsIgnoreCase, false) => "StringEqualsIgnoreCase",
        (Comparison::StringEqualsIgnoreCase, true) => "StringNotEqualsIgnoreCase",
        (Comparison::StringLike, false) => "StringLike",
        (Comparison::StringLike, true) => "StringNotLike",
        (Comparison::NumericEquals, false) => "NumericEquals",
        (Comparison::NumericEquals, true) => "NumericNotEquals",
        (Comparison::NumericLessThan, _) => "NumericLessThan",
        (Comparison::NumericLessThanEquals, _) => "NumericLessThanEquals",
        (Comparison::NumericGreaterThan, _) => "NumericGreaterThan",
        (Comparison::NumericGreaterThanEquals, _) => "NumericGreaterThanEquals",
        (Comparison::DateEquals, false) => "DateEquals",
        (Comparison::DateEquals, true) => "DateNotEquals",
        (Comparison::DateLessThan, _) => "DateLessThan",
        (Comparison::DateLessThanEquals, _) => "DateLessThanEquals",
        (Comparison::DateGreaterThan, _) => "DateGreaterThan",
        (Comparison::DateGreaterThanEquals, _) => "DateGreaterThanEquals",
        (Comparison::Bool, _) => "Bool",
        (Comparison::BinaryEquals, _) => "BinaryEquals",
        (Comparison::IpAddress, false) => "IpAddress",
        (Comparison::IpAddress, true) => "NotIpAddress",
        (Comparison::ArnLike, false) => "ArnLike",
        (Comparison::ArnLike, true) => "ArnNotLike",
    }
}

/// Whether AWS says what a value of a policy means to a comparison: nothing is said of a variable that is not filled in, nor of text
/// that is no date.
fn is_readable(how: Comparison, pattern: &Pattern<'_>) -> bool {
    let Pattern::Plain(text) = pattern else { return true };
    how.takes_variables() || !(text.contains("${") || how.is_of_dates() && instants(text).is_empty())
}

/// As that, and in one way: four digits are a year, or seconds since the epoch.
pub(super) fn is_plain(how: Comparison, pattern: &Pattern<'_>) -> bool {
    let has_two = |text: &str| how.is_of_dates() && instants(text).len() > 1;
    is_readable(how, pattern) && !matches!(pattern, Pattern::Plain(text) if has_two(text))
}

/// Whether a value matches; `None` where that depends on how AWS reads the policy's.
pub(super) fn compare(how: Comparison, pattern: &Pattern<'_>, value: &str) -> Option<bool> {
    use Comparison as C;
    if !is_readable(how, pattern) {
        return None;
    }
    if how == C::StringLike {
        return Some(pattern.globs(value));
    }
    if how == C::ArnLike {
        return Some(arn_like(pattern, value));
    }
    let Some(wanted) = pattern.literal() else { return Some(false) };
    Some(match how {
        C::StringEquals => wanted == value,
        C::StringEqualsIgnoreCase => wanted.to_lowercase() == value.to_lowercase(),
        C::Bool => boolean(&wanted).is_some_and(|wanted| boolean(value) == Some(wanted)),
        C::BinaryEquals => BASE64.decode(&wanted).is_ok_and(|w| BASE64.decode(value).is_ok_and(|v| v == w)),
        C::IpAddress => network(&wanted).is_some_and(|n| value.parse::<IpAddr>().is_ok_and(|ip| n.contains(&ip))),
        C::NumericEquals => numeric(value, &wanted, Ordering::is_eq),
        C::NumericLessThan => numeric(value, &wanted, Ordering::is_lt),
        C::NumericLessThanEquals => numeric(value, &wanted, Ordering::is_le),
        C::NumericGreaterThan => numeric(value, &wanted, Ordering::is_gt),
        C::NumericGreaterThanEquals => numeric(value, &wanted, Ordering::is_ge),
        C::DateEquals => return dated(value, &wanted, Ordering::is_eq),
        C::DateLessThan => return dated(value, &wanted, Ordering::is_lt),
        C::DateLessThanEquals => return dated(value, &wanted, Ordering::is_le),
        C::DateGreaterThan => return dated(value, &wanted, Ordering::is_gt),
        C::DateGreaterThanEquals => return dated(value, &wanted, Ordering::is_ge),
        // decided above, while wildcards are still known as such
        C::StringLike | C::ArnLike => false,
    })
}

/// True if each of the six parts of `value` matches its part of the pattern; the sixth may itself contain colons.
fn arn_like(pattern: &Pattern<'_>, value: &str) -> bool {
    let Some(parts) = pattern.split(6) else { return false };
    let mut values = value.splitn(6, ':');
    parts.len() == 6 && parts.iter().all(|part| values.next().is_some_and(|v| part.globs(v)))
}

fn numeric(value: &str, wanted: &str, accept: fn(Ordering) -> bool) -> bool {
    let ordering = Decimal::read(value).zip(Decimal::read(wanted)).and_then(|(v, w)| v.partial_cmp(&w));
    ordering.is_some_and(accept)
}

/// `None` where a text has two readings that do not agree.
fn dated(value: &str, wanted: &str, accept: fn(Ordering) -> bool) -> Option<bool> {
    let readings = instants(wanted);
    let mut truths =
        instants(value).into_iter().flat_map(|v| readings.iter().map(move |w| v.partial_cmp(w).is_some_and(accept)));
    let first = truths.next().unwrap_or(false);
    truths.all(|truth| truth == first).then_some(first)
}

/// Whether some value could match the pattern at all; text that is not a number, address or ARN matches none.
pub(super) fn can_match(how: Comparison, pattern: &Pattern<'_>, possible: &impl Fn(&str) -> bool) -> bool {
    use Comparison as C;
    let Some(text) = pattern.literal() else { return false };
    match how {
        C::StringEquals | C::StringEqualsIgnoreCase => possible(&text),
        // a pattern may name what no value has, such as an account
        C::StringLike => possible(&text),
        C::Bool => boolean(&text).is_some(),
        C::BinaryEquals => BASE64.decode(&text).is_ok(),
        C::IpAddress => network(&text).is_some(),
        C::ArnLike => pattern.split(6).is_some_and(|p| p.len() == 6) && possible(&text),
        C::NumericEquals
        | C::NumericLessThan
        | C::NumericLessThanEquals
        | C::NumericGreaterThan
        | C::NumericGreaterThanEquals => number(&text).is_some(),
        _ => !instants(&text).is_empty(),
    }
}

/// Whether no value of the key's type can fail to match one of the patterns.
pub(super) fn matches_everything(how: Comparison, patterns: &[Pattern<'_>]) -> bool {
    let texts: Vec<String> = patterns.iter().filter_map(Pattern::literal).collect();
    let has = |wanted: &str| texts.iter().any(|t| t.eq_ignore_ascii_case(wanted));
    match how {
        Comparison::StringLike => patterns.iter().any(Pattern::is_all),
        Comparison::Bool => has("true") && has("false"),
        Comparison::IpAddress => has("0.0.0.0/0") && has("::/0"),
        _ => false,
    }
}
