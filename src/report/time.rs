//! Times, as people read them.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// Fractions of a second tell a reader nothing.
pub(in crate::report) fn seconds(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc)).unwrap_or(at)
}

/// The same of a time as files have it; other text stays as it is.
pub(in crate::report) fn seconds_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |at| seconds(at).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_seconds_are_cut_off() {
        assert_eq!(seconds_of("2026-11-29T23:59:59.999999999Z"), "2026-11-29T23:59:59Z");
        assert_eq!(seconds_of("2026-11-29T23:59:59Z"), "2026-11-29T23:59:59Z");
        assert_eq!(seconds_of("not read"), "not read");
    }
}
