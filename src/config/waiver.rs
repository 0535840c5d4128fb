//! Waivers: findings that were accepted, for a reason, until a date.
//!
//! Owns: which findings a waiver matches and when it has expired. An expired waiver has no effect. One that has
//! expired, that expires soon or that fits nothing is reported.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};

use crate::arn::Arn;
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{Acceptance, Finding, Status, WaiverNotice, WaiverState, whom};
use crate::ids::{AccountId, Scope};
use crate::nearest::edits;
use crate::selection::Selector;
use crate::wildcard;

/// `[[waivers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Rule id.
    pub rule: String,
    /// Globs on the subject: its ARN, or `account/kind/name` with the account's name or id. Any if there is none.
    #[serde(rename = "where", default, deserialize_with = "one_or_more")]
    pub places: Vec<String>,
    /// The accounts of the findings; any if there is none.
    #[serde(default)]
    pub accounts: Vec<Selector>,
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

/// What is known of the accounts that findings belong to.
pub trait Accounts {
    /// Whether a selector names what a finding belongs to; `None` where that is not known.
    fn lies_in(&self, selector: &Selector, scope: &Scope) -> Option<bool>;

    /// The name by which waivers call it, whatever findings show; `None` where none is known.
    fn name(&self, scope: &Scope) -> Option<&str>;
}

/// Days before its end at which a waiver is announced.
const NOTICE_DAYS: i32 = 14;

impl Waiver {
    /// Days that a waiver may last, unless configured: a year, of which some have a day more.
    pub const MAX_DAYS: u32 = 366;

    /// What is wrong with it; `given` says whether it has a key, `told` whether that key's value is known to be wrong.
    pub(super) fn defect(&self, given: impl Fn(&str) -> bool, told: impl Fn(&str) -> bool) -> Option<&'static str> {
        let blank = |text: &str| text.trim().is_empty();
        let (place, accounts) = (given("where"), given("accounts"));
        match () {
            () if blank(&self.rule) => Some("`rule` is empty"),
            () if place
                && !told("where")
                && (self.places.is_empty() || self.places.iter().any(|place| blank(place))) =>
            {
                Some("`where` is empty")
            }
            () if accounts && self.accounts.is_empty() && !told("accounts") => Some("`accounts` is empty"),
            () if !place && !accounts => {
                Some("it has neither `where` nor `accounts`; `where = \"*\"` stands for every subject")
            }
            () if blank(&self.reason) => Some("`reason` is empty"),
            () if blank(&self.owner) => Some("`owner` is empty"),
            () => None,
        }
    }

    /// The error if it lasts longer than so many days from a time on.
    #[must_use]
    pub fn too_long(&self, most: u32, at: Timestamp, place: Option<String>) -> Option<Diagnostic> {
        let days = days_from(day_of(at), self.expires);
        let is_long = u32::try_from(days).is_ok_and(|days| days > most);
        is_long.then(|| {
            let place = place.map_or_else(String::new, |place| format!("{place}: "));
            Diagnostic::new(
                Code::BadWaiver,
                format!("the waiver of `{}` lasts too long, until {}", self.rule, self.expires),
                format!("{place}`expires`"),
                format!("that is in {days} days, and a waiver may last {most}, so that somebody looks at it again"),
                "choose an earlier day, or raise `max_waiver_days` in [check]",
            )
        })
    }

    /// Whether it accepts the finding for one of those that it is about; `who` is `None` of a finding that is about its subject alone. A
    /// waiver that names what they share, a group or the account, accepts all of them. `None` where that hangs on what was not read.
    fn fits_for(&self, finding: &Finding, who: Option<&String>, accounts: &impl Accounts) -> Option<bool> {
        if self.rule != finding.rule {
            return Some(false);
        }
        let whole = who.map(|who| self.is_about(finding, who, finding.scope_of(who), accounts));
        // whoever names somebody means all that it gets into
        let own = who.map(|who| self.is_about(finding, whom(who), finding.scope_of(who), accounts));
        let is_shared = who.is_none() || !finding.principals.iter().any(|who| whom(who) == finding.subject);
        let shared = is_shared.then(|| self.is_about(finding, &finding.subject, finding.account, accounts));
        any(whole.into_iter().chain(own).chain(shared))
    }

    /// Whether it accepts the finding, for somebody at least.
    fn fits(&self, finding: &Finding, accounts: &impl Accounts) -> Option<bool> {
        any(about(finding).map(|who| self.fits_for(finding, who, accounts)))
    }

    fn fits_account(&self, scope: Scope, accounts: &impl Accounts) -> Option<bool> {
        if self.accounts.is_empty() {
            return Some(true);
        }
        any(self.accounts.iter().map(|selector| accounts.lies_in(selector, &scope)))
    }

    fn is_about(&self, finding: &Finding, arn: &str, scope: Scope, accounts: &impl Accounts) -> Option<bool> {
        let is_named = || {
            let forms = forms(finding, arn, scope, accounts);
            self.places.iter().any(|place| forms.iter().any(|form| wildcard::matches(place, form)))
        };
        if self.places.is_empty() || is_named() { self.fits_account(scope, accounts) } else { Some(false) }
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
    /// counts. A finding about several is waived where each of them is, until the first of these waivers ends. Waivers of rules that did
    /// not run are left alone; where it is not known whether one fits, the finding stays as it is.
    ///
    /// Returns those that somebody has to look after, in the order given.
    pub fn apply(
        waivers: &[Self],
        findings: &mut [Finding],
        at: Timestamp,
        ran: impl Fn(&str) -> bool,
        accounts: &impl Accounts,
    ) -> Vec<WaiverNotice> {
        let today = day_of(at);
        let in_force: Vec<&Self> = waivers.iter().filter(|waiver| waiver.expires >= today).collect();
        for finding in findings.iter_mut().filter(|finding| finding.status == Status::Open) {
            let longest = |who| {
                let fitting =
                    in_force.iter().rev().filter(|waiver| waiver.fits_for(finding, who, accounts) == Some(true));
                fitting.max_by_key(|waiver| waiver.expires)
            };
            let by: Vec<Option<&&Self>> = about(finding).map(longest).collect();
            if let Some(all) = by.iter().copied().collect::<Option<Vec<&&Self>>>() {
                finding.waiver = all.into_iter().min_by_key(|waiver| waiver.expires).map(|by| by.acceptance().into());
                finding.status = Status::Waived;
            } else {
                let each = finding.principals.iter().zip(&by);
                finding.accepted = each.filter(|(_, by)| by.is_some()).map(|(who, _)| who.clone()).collect();
            }
        }
        let mut notices = Vec::new();
        for (index, waiver) in waivers.iter().enumerate() {
            let fitting: Vec<&Finding> = findings.iter().filter(|f| waiver.fits(f, accounts) == Some(true)).collect();
            let is_open = waiver.expires >= today && findings.iter().any(|f| waiver.fits(f, accounts).is_none());
            // what another waiver accepts for longer does not hang on this one
            let hanging = || fitting.iter().any(|f| f.waiver.as_ref().is_none_or(|by| by.expires <= waiver.expires));
            let idle = fitting.is_empty() && !is_open && ran(&waiver.rule);
            let due = waiver.due(today).filter(|_| hanging());
            let state = if idle { Some(WaiverState::Unmatched) } else { due };
            let open = is_open.then_some(WaiverState::Unread);
            notices.extend(open.into_iter().chain(state).map(|state| {
                let near = idle.then(|| waiver.near(findings, accounts)).flatten();
                WaiverNotice { near, ..waiver.notice(index, state, today, fitting.len()) }
            }));
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
            place: self.places.join(", "),
            accounts: self.accounts.iter().map(ToString::to_string).collect(),
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            expires: self.expires,
            days_left: days_from(today, self.expires),
            findings,
            near: None,
            index,
        }
    }

    /// Whom or what a finding of the rule is about that has the name that the waiver asks for, where it fits none: `prod/role/team/app` for
    /// `*/role/app`, which has no path.
    fn near(&self, findings: &[Finding], accounts: &impl Accounts) -> Option<String> {
        let name = |text: &str| text.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
        let wanted: Vec<String> = self.places.iter().map(|place| name(place)).filter(|name| name != "*").collect();
        let of_rule = findings.iter().filter(|finding| finding.rule == self.rule);
        let all = of_rule.flat_map(|finding| {
            let each = finding.principals.iter().map(move |who| (finding, who.as_str(), finding.scope_of(who)));
            std::iter::once((finding, finding.subject.as_str(), finding.account)).chain(each)
        });
        let in_accounts = all.filter(|(.., scope)| self.fits_account(*scope, accounts) == Some(true));
        let named = in_accounts.filter(|(_, arn, _)| {
            let own = name(arn);
            wanted.iter().any(|wanted| wildcard::matches(wanted, &own))
        });
        // of those of several accounts the one that is written most alike: whoever takes the hint accepts it
        let (finding, arn, scope) = named.min_by_key(|(finding, arn, scope)| {
            let forms = forms(finding, arn, *scope, accounts);
            self.places.iter().flat_map(|place| forms.iter().map(|form| edits(place, form))).min()
        })?;
        if arn == finding.subject {
            return Some(format!("{}/{}", finding.account_name, finding.resource()));
        }
        // the last form is the one that people write; who has no ARN is written by id
        if Arn::parse(arn).is_some() { forms(finding, arn, scope, accounts).pop() } else { Some(arn.to_owned()) }
    }
}

/// What a waiver may call one of those that a finding is about. Digits are an id: an account may give itself the id of another as its name.
fn forms(finding: &Finding, arn: &str, scope: Scope, accounts: &impl Accounts) -> Vec<String> {
    let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
    let shown = if scope == finding.account { finding.account_name.as_str() } else { "" };
    let name = accounts.name(&scope).unwrap_or(shown);
    let by_name = AccountId::parse(name).is_none().then(|| format!("{name}/{resource}"));
    [arn.to_owned(), format!("{scope}/{resource}")].into_iter().chain(by_name).collect()
}

/// True if one is, not known if one may be.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<Option<bool>> = answers.collect();
    match answers {
        all if all.contains(&Some(true)) => Some(true),
        all if all.contains(&None) => None,
        _ => Some(false),
    }
}

/// Those that a finding is about; once `None` if that is its subject alone.
fn about(finding: &Finding) -> impl Iterator<Item = Option<&String>> {
    let alone = finding.principals.is_empty().then_some(None);
    finding.principals.iter().map(Some).chain(alone)
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
    let named = notice.near.as_ref().map(|near| format!("is `{near}` meant? Correct it, or remove it"));
    let open_again = "it is valid up to and including that day; then the finding is open again";
    let (code, why, next) = match notice.state {
        WaiverState::Expired => {
            (Code::WaiverExpired, "the finding is open again", "fix the finding, or renew the waiver")
        }
        WaiverState::Expiring => {
            (Code::WaiverExpiresSoon, open_again, "fix the finding, or renew the waiver, before that day")
        }
        WaiverState::Unread => (
            Code::UnusableList,
            "without them nobody knows which accounts it names: what it may accept there stays open",
            "collect what is missing, or name the accounts by id",
        ),
        WaiverState::Unmatched if unknown => (
            Code::UnusableList,
            "results of the rule are unknown, since data is missing: the finding may be among them",
            "keep it until the data was read",
        ),
        WaiverState::Unmatched => {
            let next = named.as_deref().unwrap_or("remove or correct it");
            (Code::UnusableList, "the finding is gone, or the pattern is wrong", next)
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

/// Text, or a list of texts.
fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct OneOrMore;

    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text, or a list of texts")
        }

        fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<String>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    // not an untagged enum, whose errors say neither what is wrong nor where
    deserializer.deserialize_any(OneOrMore)
}
