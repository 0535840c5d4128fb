//! Typed values of conditions: numbers, times, addresses, booleans.
//!
//! Owns: parsing one. Text that is not of the type is `None`, and satisfies no comparison.
//! Source: AWS IAM User Guide, "Condition operators".

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{Timestamp, civil, tz::TimeZone};

/// A decimal number, compared exactly: two large integers that round to the same float are not equal.
#[derive(PartialEq, Eq)]
pub(super) struct Decimal<'t> {
    negative: bool,
    /// Without leading zeros.
    whole: &'t str,
    /// Without trailing zeros.
    fraction: &'t str,
}

impl<'t> Decimal<'t> {
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let size = |n: &Self| (n.whole.len(), n.whole.to_owned(), n.fraction.to_owned());
        Some(match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        })
    }
}

/// A number as IAM compares them.
pub(crate) fn number(text: &str) -> Option<f64> {
    Decimal::read(text)?;
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
}

/// The instants that a text may stand for, as seconds since the epoch: ISO 8601 or such seconds; none where it is no date. Four digits
/// are a year, or seconds.
/// Source: AWS IAM User Guide, "Condition operators" (date values in the W3C implementations of ISO 8601 or in epoch time).
pub(crate) fn instants(text: &str) -> Vec<f64> {
    let text = text.trim();
    let seconds = number(text);
    let is_year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let date = match seconds {
        Some(_) if is_year => iso(&format!("{text}-01-01")),
        Some(_) => None,
        // year and month
        None if text.len() == 7 => iso(&format!("{text}-01")),
        None => iso(text),
    };
    seconds.into_iter().chain(date).collect()
}

fn iso(text: &str) -> Option<f64> {
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<civil::DateTime>().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
    })?;
    Some(at.as_millisecond() as f64 / 1000.0)
}

/// True or false, in any case; other text is neither.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A range of addresses; a bare address is a range of one.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
