//! Dates as spreadsheets and people write them.
//!
//! Owns: which days a text can mean. `03/04/2026` means two, and it is not ours to say which.

use jiff::civil::Date;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const FULL_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Every day that a text can mean, a time after it left out; none if it is no date.
pub(super) fn dates(text: &str) -> Vec<Date> {
    let mut parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let (Some(first), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
        return Vec::new();
    };
    let read = match number(first) {
        Some(1000..) => vec![(number(first), month(second), number(third))],
        _ => vec![(year(third), month(second), number(first)), (year(third), month(first), number(second))],
    };
    let day = |(year, month, day): (Option<i16>, Option<i8>, Option<i16>)| {
        Date::new(year?, month?, i8::try_from(day?).ok()?).ok()
    };
    read.into_iter().filter_map(day).collect()
}

/// `26` and `2026`, also before a time: `30T10` is the thirtieth.
fn number(text: &str) -> Option<i16> {
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn year(text: &str) -> Option<i16> {
    number(text).map(|year| if text.len() == 2 { 2000 + year } else { year })
}

/// `11`, `Nov` and `November`.
fn month(text: &str) -> Option<i8> {
    let number = match number(text) {
        Some(number) => usize::try_from(number).ok()?,
        None => 1 + MONTHS.iter().position(|month| text.to_lowercase().starts_with(month))?,
    };
    i8::try_from(number).ok()
}

/// True for `Nov` and `November`, in English.
pub(super) fn is_month(text: &str) -> bool {
    let text = text.to_lowercase();
    text.len() > 2 && FULL_MONTHS.iter().any(|month| month.starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_every_day_that_it_can_mean() {
        for text in [
            "2026-11-30",
            "2026-11-30T10:00:00Z",
            "2026-11-30 10:00",
            "2026/11/30",
            "30.11.2026",
            "30.11.26",
            "11/30/2026",
            "30/11/2026 10:00",
            "30-Nov-26",
            "30 November 2026",
            "Nov 30, 2026",
            "2026. 11. 30.",
            "30th November 2026",
        ] {
            assert_eq!(dates(text), [Date::constant(2026, 11, 30)], "{text}");
        }
        assert_eq!(dates("03/04/2026"), [Date::constant(2026, 4, 3), Date::constant(2026, 3, 4)]);
    }

    #[test]
    fn what_is_no_date_means_none() {
        for text in [
            "",
            "banana",
            "yes",
            "2026",
            "2026-11",
            "2026-02-30",
            "31/31/2026",
            "46356",
            "32.12.2026",
            "10:00:00x",
            "1/1/1/",
            "ü-ü-ü",
        ] {
            let read = dates(text);
            assert!(read.iter().all(|day| day.year() < 2000), "{text}: {read:?}");
        }
    }
}
