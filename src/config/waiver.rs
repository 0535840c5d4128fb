//! Waivers: findings that were accepted, for a reason, until a date.
//!
//! Owns: which findings a waiver matches and when it has expired. An expired waiver has no effect; one that matches nothing is
//! reported.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{Finding, Status};
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

/// The effect of waivers on a set of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Expired waivers, and waivers that match no finding.
    pub warnings: Vec<Diagnostic>,
}

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
        let resource = finding.resource();
        let forms = [
            finding.subject.clone(),
            format!("{}/{resource}", finding.account_name),
            format!("{}/{resource}", finding.account),
        ];
        self.rule == finding.rule && forms.iter().any(|form| wildcard::matches(&self.place, form))
    }

    /// Marks what is waived; expired waivers mark nothing.
    pub fn apply(waivers: &[Self], findings: &mut [Finding], at: Timestamp) -> Applied {
        let today = at.to_zoned(TimeZone::UTC).date();
        let mut applied = Applied::default();
        for waiver in waivers {
            let mut hits = 0;
            for finding in findings.iter_mut().filter(|f| waiver.fits(f)) {
                hits += 1;
                if waiver.expires >= today && finding.status == Status::Open {
                    finding.status = Status::Waived;
                }
            }
            let place = format!("waiver of `{}` for `{}`, owner {}", waiver.rule, waiver.place, waiver.owner);
            if hits == 0 {
                let why = "the finding is gone, or the pattern is wrong";
                applied.warnings.push(Diagnostic::new(
                    Code::UnusableList,
                    "a waiver fits no finding",
                    place,
                    why,
                    "remove or correct it",
                ));
            } else if waiver.expires < today {
                let why = format!("it ended on {}; the finding is open again", waiver.expires);
                applied.warnings.push(Diagnostic::new(
                    Code::WaiverExpired,
                    "a waiver has expired",
                    place,
                    why,
                    "fix the finding, or renew the waiver",
                ));
            }
        }
        applied
    }
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
