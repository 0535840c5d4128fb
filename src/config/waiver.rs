//! Waivers: findings that were accepted, for a reason, until a date.
//!
//! Owns: which findings a waiver matches and when it has expired. An expired waiver has no effect. One that has
//! expired, that expires soon or that fits nothing is reported.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{Acceptance, Finding, Status, WaiverNotice, WaiverState};
use crate::wildcard;

/// `[[waivers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Rule id.
    pub rule: String,
    /// Glob on the subject: its ARN, or `account/kind/name` with the account's name or id.
    #[serde(rename = "where")]
    pub place: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
    /// Where it is tracked.
    #[serde(default)]
    pub ticket: Option<String>,
    /// Last day, inclusive, in UTC.
    #[serde(deserialize_with = "day")]
    pub expires: Date,
}

/// Days before its end at which a waiver is announced.
const NOTICE_DAYS: i32 = 14;

impl Waiver {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let blank = |text: &str| text.trim().is_empty();
        match (blank(&self.rule), blank(&self.place), blank(&self.reason), blank(&self.owner)) {
            (true, ..) => Err("`rule` is empty"),
            (_, true, ..) => Err("`where` is empty"),
            (_, _, true, _) => Err("`reason` is empty"),
            (.., true) => Err("`owner` is empty"),
            _ => Ok(()),
        }
    }

    fn fits(&self, finding: &Finding) -> bool {
        if self.rule != finding.rule {
            return false;
        }
        let resource = finding.resource();
        let forms = [
            finding.subject.clone(),
            format!("{}/{resource}", finding.account_name),
            format!("{}/{resource}", finding.account),
        ];
        forms.iter().any(|form| wildcard::matches(&self.place, form))
    }

    fn acceptance(&self) -> Acceptance {
        Acceptance {
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: self.expires,
            ticket: self.ticket.clone(),
        }
    }

    /// Marks what is waived, on the day of `at`; expired waivers mark nothing. Of two that fit a finding, the one that lasts longer
    /// counts. Waivers of rules that did not run are left alone.
    ///
    /// Returns those that somebody has to look after, in the order given.
    pub fn apply(
        waivers: &[Self],
        findings: &mut [Finding],
        at: Timestamp,
        ran: impl Fn(&str) -> bool,
    ) -> Vec<WaiverNotice> {
        let today = day_of(at);
        for waiver in waivers {
            for finding in findings.iter_mut().filter(|f| waiver.expires >= today && waiver.fits(f)) {
                let outlasts = finding.waiver.as_ref().is_none_or(|other| other.expires < waiver.expires);
                if matches!(finding.status, Status::Open | Status::Waived) && outlasts {
                    finding.status = Status::Waived;
                    finding.waiver = Some(waiver.acceptance());
                }
            }
        }
        let mut notices = Vec::new();
        for (index, waiver) in waivers.iter().enumerate() {
            let fitting: Vec<&Finding> = findings.iter().filter(|f| waiver.fits(f)).collect();
            // what another waiver accepts for longer does not hang on this one
            let hanging = || fitting.iter().any(|f| f.waiver.as_ref().is_none_or(|by| by.expires <= waiver.expires));
            let idle = fitting.is_empty() && ran(&waiver.rule);
            let due = waiver.due(today).filter(|_| hanging());
            let state = if idle { Some(WaiverState::Unmatched) } else { due };
            notices.extend(state.map(|state| waiver.notice(index, state, today, fitting.len())));
        }
        notices
    }

    /// Those that have expired or expire soon, whatever they fit.
    #[must_use]
    pub fn calendar(waivers: &[Self], at: Timestamp) -> Vec<WaiverNotice> {
        let today = day_of(at);
        let due = |(index, waiver): (usize, &Self)| Some(waiver.notice(index, waiver.due(today)?, today, 0));
        waivers.iter().enumerate().filter_map(due).collect()
    }

    /// Whether it has ended, or ends soon.
    fn due(&self, today: Date) -> Option<WaiverState> {
        match days_from(today, self.expires) {
            ..0 => Some(WaiverState::Expired),
            0..=NOTICE_DAYS => Some(WaiverState::Expiring),
            _ => None,
        }
    }

    fn notice(&self, index: usize, state: WaiverState, today: Date, findings: usize) -> WaiverNotice {
        WaiverNotice {
            state,
            rule: self.rule.clone(),
            place: self.place.clone(),
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            expires: self.expires,
            days_left: days_from(today, self.expires),
            findings,
            index,
        }
    }
}

/// The day of a time, in UTC.
fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn days_from(today: Date, expires: Date) -> i32 {
    today.until(expires).map_or(i32::MAX, |span| span.get_days())
}

/// The warning about a waiver that somebody has to look after; `unknown` if results of its rule are, so that a finding may be missed.
/// `file` says where it stands.
#[must_use]
pub fn warning(notice: &WaiverNotice, unknown: bool, file: Option<String>) -> Diagnostic {
    let what = format!("a waiver {}", notice.what());
    let open_again = "it is valid up to and including that day; then the finding is open again";
    let (code, why, next) = match notice.state {
        WaiverState::Expired => {
            (Code::WaiverExpired, "the finding is open again", "fix the finding, or renew the waiver")
        }
        WaiverState::Expiring => {
            (Code::WaiverExpiresSoon, open_again, "fix the finding, or renew the waiver, before that day")
        }
        WaiverState::Unmatched if unknown => (
            Code::UnusableList,
            "results of the rule are unknown, since data is missing: the finding may be among them",
            "keep it until the data was read",
        ),
        WaiverState::Unmatched => {
            (Code::UnusableList, "the finding is gone, or the pattern is wrong", "remove or correct it")
        }
    };
    let file = file.map_or_else(String::new, |file| format!("{file}: "));
    Diagnostic::new(code, what, format!("{file}{}", notice.which()), why, next)
}

/// A TOML date, or a string that holds one.
fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Toml(toml::value::Datetime),
        Text(String),
    }
    let text = match Form::deserialize(deserializer)? {
        Form::Toml(date) => date.to_string(),
        Form::Text(text) => text,
    };
    text.parse().map_err(|_| serde::de::Error::custom(format_args!("`{text}` is no date like 2027-02-28")))
}
