//! What is missing in a sheet that was filled in.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Serialize;

use super::change::Changes;
use super::dates::dates;
use super::line::Line;
use super::remark::{Remark, of_sheet};
use super::seal::{covers_names, day_made, fits_population};
use super::sheet::Sheet;

/// Why a sheet was not compared with a later snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum NotCompared {
    /// Only the sheet was asked about.
    SheetOnly,
    /// The snapshot is the one that the sheet was made from.
    SameSnapshot,
    /// The sheet does not say what it is about.
    NoTargets,
}

/// A sheet that was filled in, looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Always [`Checked::SCHEMA`].
    pub schema: &'static str,
    /// Lines with a decision, a reviewer and a date.
    pub decided: usize,
    /// Lines of the sheet that are to go.
    pub revoked: usize,
    /// False for a sheet of an earlier version, whose seal is over its lines alone: that rows of its population were lost cannot be told.
    pub seals_population: bool,
    /// False for a sheet of an earlier version, whose seal is not over what reviewers read: that a name was changed cannot be told.
    pub seals_names: bool,
    /// Those of the whole sheet first.
    pub remarks: Vec<Remark>,
    /// What is another in a later snapshot; `None` where it was not compared with one.
    pub since: Option<Changes>,
    /// Why it was not.
    pub not_compared: Option<NotCompared>,
}

impl Checked {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/review-check/v1";

    /// True if nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.remarks.is_empty() && self.since.as_ref().is_none_or(Changes::is_as_decided)
    }

    /// True if all of it could be told.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.since.as_ref().is_none_or(Changes::is_whole)
    }
}

/// Looks a sheet through: every line decided, by somebody, on a day that was, and none lost. `since` is what a later snapshot shows;
/// `now` is when the sheet is looked through.
#[must_use]
pub fn check(sheet: &Sheet, since: Result<Changes, NotCompared>, now: Timestamp) -> Checked {
    let days = days_of(sheet, now);
    let mut remarks = of_sheet(sheet);
    let mut seen = BTreeMap::new();
    let mut decided = 0;
    for line in &sheet.lines {
        let before = remarks.len();
        let times = seen.entry(line.key()).or_insert(0);
        *times += 1;
        if *times == 2 {
            remarks.push(Remark::Twice { line: line.clone() });
        }
        remarks.extend(of_line(line, &days));
        decided += usize::from(remarks.len() == before);
    }
    let revoked = sheet.lines.iter().filter(|line| line.is_revoked()).count();
    let (since, not_compared) = match since {
        Ok(since) => (Some(since), None),
        Err(why) => (None, Some(why)),
    };
    let seals_population = fits_population(&sheet.frozen).is_some();
    let seals_names = covers_names(&sheet.frozen);
    Checked { schema: Checked::SCHEMA, decided, revoked, seals_population, seals_names, remarks, since, not_compared }
}

/// The days on which a sheet can have been decided, wherever on earth: from when it was made until now.
fn days_of(sheet: &Sheet, now: Timestamp) -> RangeInclusive<Date> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let beside = |date: Date, days: i32| date.saturating_add(Span::new().days(days));
    let made = day_made(&sheet.frozen).filter(|made| *made <= day(now)).unwrap_or(Date::MIN);
    beside(made, -1)..=beside(day(now), 1)
}

fn of_line(line: &Line, days: &RangeInclusive<Date>) -> Vec<Remark> {
    let mark = &line.mark;
    let line = || line.clone();
    if mark.decision.is_empty() {
        return vec![Remark::Undecided { line: line() }];
    }
    if mark.decided().is_none() {
        return vec![Remark::UnknownDecision { line: line() }];
    }
    let mut remarks = Vec::new();
    if mark.reviewer.is_empty() {
        remarks.push(Remark::NoReviewer { line: line() });
    }
    let readings = dates(&mark.date);
    if mark.date.is_empty() {
        remarks.push(Remark::NoDate { line: line() });
    } else if readings.is_empty() {
        remarks.push(Remark::UnknownDate { line: line() });
    } else if !readings.iter().any(|day| days.contains(day)) {
        remarks.push(Remark::ImpossibleDate { line: line() });
    }
    remarks
}
