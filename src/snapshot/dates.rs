//! Dates as AWS, its CLI and the scripts around it write them.
//!
//! Owns: which texts and numbers denote exactly one instant. Anything ambiguous is rejected: local time without a zone,
//! a day, another language's format.
//! INVARIANT: a date that cannot be parsed stays in the data as text, so that "unreadable" and "absent" are never the
//! same.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// 2001-09-09: a smaller number is not a timestamp of AWS but a day (`20240102`) or a count.
const FIRST_SECOND: i64 = 1_000_000_000;

/// 5138-11-16: a larger number counts milliseconds.
const LAST_SECOND: i64 = 99_999_999_999;

/// The instant that a text denotes: ISO 8601 with a zone, seconds or milliseconds since the epoch, or `/Date(…)/`.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(at) = usual(text) {
        return Some(at);
    }
    let known = text.parse::<Timestamp>().ok();
    known.or_else(|| number(text)).or_else(|| milliseconds(text.strip_prefix("/Date(")?.strip_suffix(")/")?))
}

/// `2026-11-01T00:00:00Z` and `2026-11-01T00:00:00+00:00`, as AWS writes nearly all of a million roles; any other text is `None`.
fn usual(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let (date, zone) = bytes.split_at_checked(19)?;
    matches!(zone, b"Z" | b"+00:00").then_some(())?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = date else { return None };
    let number = |from: usize, to: usize| {
        let digits = date.get(from..to)?;
        digits.iter().try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // the last days of months are left to jiff
    let is_usual = (1..=12).contains(&month) && (1..=28).contains(&day) && hour < 24 && minute < 60 && second < 60;
    is_usual.then_some(())?;
    // years from March, so that a leap day is a year's last: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468;
    Timestamp::from_second(days * 86_400 + hour * 3_600 + minute * 60 + second).ok()
}

/// `1793491200`, `1793491200.25`, `1793491200250`.
fn number(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    match whole {
        FIRST_SECOND..=LAST_SECOND => {
            let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
            Timestamp::new(whole, nanoseconds.parse().ok()?).ok()
        }
        _ if whole / 1000 >= FIRST_SECOND => Timestamp::from_millisecond(whole).ok(),
        _ => None,
    }
}

/// The content of `/Date(1793491200000+0100)/`: the zone is only for display, the number is the instant.
fn milliseconds(inside: &str) -> Option<Timestamp> {
    let number = inside.split_once(['+', '-']).map_or(inside, |(number, _)| number);
    Timestamp::from_millisecond(number.parse().ok()?).ok()
}

/// True for a text that stays as it is: it ends in its zone, as what AWS writes. The dates of a million roles are not parsed twice.
pub(super) fn stays(text: &str) -> bool {
    text.len() >= 20 && text.contains('T') && (text.ends_with('Z') || text.contains('+'))
}

/// Any JSON value as the text of a date: an instant as RFC 3339 if it had another format, anything else unchanged.
pub(in crate::snapshot) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(AnyDate)
}

struct AnyDate;

impl<'de> Visitor<'de> for AnyDate {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a date")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let other = if stays(text) { None } else { read(text) };
        Ok(Some(other.map_or_else(|| text.to_owned(), |at| at.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        any(deserializer)
    }

    /// `{"value": "/Date(…)/", "DateTime": "…"}`: a date of Windows PowerShell with its display text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = "an object".to_owned();
        while let Some(key) = map.next_key::<String>()? {
            let value: serde_json::Value = map.next_value()?;
            if key.eq_ignore_ascii_case("value") {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                found = read(&text).map_or(text, |at| at.to_string());
            }
        }
        Ok(Some(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Some("a list".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "any")]
        at: Option<String>,
    }

    fn of(json: &str) -> Option<Timestamp> {
        let holder: Holder = serde_json::from_str(&format!("{{\"at\": {json}}}")).unwrap();
        holder.at.as_deref().and_then(read)
    }

    #[test]
    fn every_form_that_names_one_instant_is_read() {
        let wanted: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        for json in [
            r#""2026-11-01T00:00:00Z""#,
            r#""2026-11-01T00:00:00+00:00""#,
            r#""2026-11-01T00:00:00.000Z""#,
            r#""2026-11-01T00:00:00.000000+00:00""#,
            r#""2026-11-01T05:30:00+05:30""#,
            r#""2026-11-01T05:30:00+0530""#,
            r#""2026-10-31T17:00:00-07:00""#,
            r#""2026-11-01 00:00:00+00:00""#,
            r#"" 2026-11-01T00:00:00Z ""#,
            r#""\/Date(1793491200000)\/""#,
            r#""/Date(1793491200000+0100)/""#,
            r#"{"value": "\/Date(1793491200000)\/", "DisplayHint": 2, "DateTime": "Sunday, November 1, 2026"}"#,
            "1793491200",
            "1793491200.0",
            "1.7934912e9",
            "1793491200000",
            r#""1793491200""#,
            r#""1793491200.000""#,
        ] {
            assert_eq!(of(json), Some(wanted), "{json}");
        }
        assert_eq!(of("1793491200.25").unwrap().as_millisecond(), 1_793_491_200_250);
    }

    #[test]
    fn the_usual_form_is_read_as_jiff_reads_it() {
        for year in [0, 1, 4, 1899, 1900, 1970, 1999, 2000, 2024, 2026, 2100, 9999] {
            for month in 0..14 {
                for day in 0..33 {
                    for zone in ["Z", "+00:00"] {
                        let text = format!("{year:04}-{month:02}-{day:02}T23:05:59{zone}");
                        let by_jiff = text.parse::<Timestamp>().ok();
                        assert!(usual(&text).is_none_or(|at| Some(at) == by_jiff), "{text}");
                        assert_eq!(
                            usual(&text).is_some(),
                            (1..13).contains(&month) && (1..29).contains(&day),
                            "{text}"
                        );
                    }
                }
            }
        }
        for text in
            ["2026-11-01T24:00:00Z", "2026-11-01T00:00:60Z", "2026-11-01T00:00:00+01:00", "2026-11-0aT00:00:00Z"]
        {
            assert_eq!(usual(text), None, "{text}");
        }
    }

    #[test]
    fn what_may_be_several_instants_is_none_and_damages_nothing() {
        for json in [
            r#""2026-11-01 00:00:00""#,
            r#""2026-11-01T00:00:00""#,
            r#""2026-11-01""#,
            r#""01/11/2026 00:00""#,
            r#""Sun, 01 Nov 2026 00:00:00 GMT""#,
            r#""""#,
            r#""N/A""#,
            "20261101",
            "0",
            "-1",
            "1e300",
            "true",
            "[]",
            "{}",
            "null",
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }
}
