//! Rules about the credentials of IAM users: from the credential report, and from the list of access keys where the report does not
//! tell a key that is not active from one that does not exist.
//!
//! Source: AWS IAM User Guide, "Getting credential reports for your AWS account": a key that was never used has `N/A` as its last
//! use, and a password that was never used `no_information`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::{AccountIx, PrincipalIx};
use crate::posture::console_users::may_have_users;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::credential::{AccessKey, AccessKeyLastUsed};
use crate::snapshot::credential_report::{AccessKeyCells, Cell, CredentialRow};
use crate::snapshot::dates;
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("credentials/access-key-old"), Judge::UserCredentials(access_key_old)),
    &Row::new(card_file!("credentials/console-user-without-mfa"), Judge::UserCredentials(console_user_without_mfa)),
    &Row::new(card_file!("credentials/two-active-access-keys"), Judge::UserCredentials(two_active_access_keys)),
    &Row::new(card_file!("credentials/access-key-never-used"), Judge::UserCredentials(access_key_never_used)),
    &Row::new(card_file!("credentials/credential-unused"), Judge::UserCredentials(credential_unused)),
    &Row::new(card_file!("credentials/user-with-password-and-key"), Judge::UserCredentials(user_with_password_and_key)),
    &Row::new(card_file!("credentials/user-signing-certificate"), Judge::UserCredentials(user_signing_certificate)),
    &Row::new(card_file!("credentials/long-lived-key-used-beyond-sts"), Judge::User(long_lived_key_used_beyond_sts))
        .reading(about_keys),
    &Row::new(card_file!("credentials/inactive-access-key-kept"), Judge::User(inactive_access_key_kept))
        .reading(about_keys),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    days: i64,
}

/// Active keys that have not been rotated for a long time.
fn access_key_old(cx: &Context<'_>, max: &MaxAge, user: &CredentialRow, outcome: &mut Outcome) {
    for (slot, key) in ["1", "2"].into_iter().zip(&user.access_keys).filter(|(_, key)| key.active.is_true()) {
        let Some(rotated) = key.last_rotated.value() else {
            let why = format!("cannot be judged: the age of access key {slot} is not in the credential report");
            outcome.unknown_part(slot, why);
            continue;
        };
        let age = cx.days_since(rotated);
        if age > max.days {
            let message = format!("access key {slot} is {age} days old");
            outcome.found(Found {
                message,
                discriminator: slot.to_owned(),
                holds_to: Some(age - 1),
                ..Found::default()
            });
        }
    }
    // a key that is not known of may be older
    if keys(user).is_none() && outcome.unknown.is_empty() {
        outcome.unknown(NO_KEY_COLUMNS);
    }
}

/// Users with a console password and no MFA device.
fn console_user_without_mfa(_: &Context<'_>, _: &NoParameters, user: &CredentialRow, outcome: &mut Outcome) {
    match (user.password.enabled, user.mfa_active) {
        (_, Cell::Value(true)) => {}
        (Cell::Value(true), Cell::Value(false)) => {
            outcome.found(Found::saying("has a console password and no MFA device"));
        }
        // columns that are missing, or neither true nor false
        (Cell::Value(true), _) => {
            outcome.unknown("cannot be judged: the credential report does not say whether MFA is active");
        }
        (Cell::Absent | Cell::Unreadable, _) => {
            outcome.unknown("cannot be judged: the credential report does not say whether there is a password");
        }
        _ => {}
    }
}

const NO_KEY_COLUMNS: &str = "cannot be judged: the credential report does not say whether access keys are active";

/// The access keys of a user by number; `None` if the report does not say whether there are any.
fn keys(user: &CredentialRow) -> Option<impl Iterator<Item = (&'static str, &AccessKeyCells)>> {
    let told = |key: &AccessKeyCells| !matches!(key.active, Cell::Absent | Cell::Unreadable);
    user.access_keys.iter().all(told).then(|| ["1", "2"].into_iter().zip(&user.access_keys))
}

/// What a report says of the last use of a credential.
enum LastUse {
    At(Timestamp),
    Never,
    Untold,
}

fn last_use(cell: Cell<Timestamp>) -> LastUse {
    match cell {
        Cell::Value(at) => LastUse::At(at),
        Cell::NotApplicable | Cell::NoInformation => LastUse::Never,
        Cell::NotSupported | Cell::Unreadable | Cell::Absent => LastUse::Untold,
    }
}

/// Users with two active keys for longer than it takes to replace one by the other.
fn two_active_access_keys(cx: &Context<'_>, rotation: &MaxAge, user: &CredentialRow, outcome: &mut Outcome) {
    let [first, second] = &user.access_keys;
    match (first.active, second.active) {
        (Cell::Value(true), Cell::Value(true)) => {}
        (Cell::Absent | Cell::Unreadable, _) | (_, Cell::Absent | Cell::Unreadable) => {
            return outcome.unknown(NO_KEY_COLUMNS);
        }
        _ => return,
    }
    let (Some(one), Some(other)) = (first.last_rotated.value(), second.last_rotated.value()) else {
        return outcome.unknown("cannot be judged: the age of two active access keys is not in the credential report");
    };
    let days = cx.days_since(one.max(other));
    if days < rotation.days {
        return;
    }
    let use_of = |key: &AccessKeyCells| match last_use(key.last_used) {
        LastUse::At(at) => format!("last used {} days ago", cx.days_since(at)),
        LastUse::Never => "never used".to_owned(),
        LastUse::Untold => "last use not known".to_owned(),
    };
    let (first, second) = (use_of(first), use_of(second));
    let message = format!("two access keys have been active for {days} days: key 1 {first}, key 2 {second}");
    outcome.found(Found { message, holds_to: Some(days), ..Found::default() });
}

/// Active keys that were made and never used.
fn access_key_never_used(cx: &Context<'_>, max: &MaxAge, user: &CredentialRow, outcome: &mut Outcome) {
    let Some(keys) = keys(user) else { return outcome.unknown(NO_KEY_COLUMNS) };
    let mut unused = Vec::new();
    let mut longest = None;
    for (slot, key) in keys.filter(|(_, key)| key.active.is_true()) {
        match (last_use(key.last_used), key.last_rotated.value()) {
            (LastUse::At(_), _) => {}
            (LastUse::Never, Some(made)) => {
                let days = cx.days_since(made);
                if days >= max.days {
                    longest = longest.max(Some(days));
                    unused.push(format!("access key {slot} was never used in {days} days"));
                }
            }
            (LastUse::Untold, _) | (LastUse::Never, None) => {
                let why = format!(
                    "cannot be judged: the credential report does not say when access key {slot} was made and used"
                );
                outcome.unknown_part(slot, why);
            }
        }
    }
    if !unused.is_empty() {
        outcome.found(Found { message: unused.join(", "), holds_to: longest, ..Found::default() });
    }
}

/// Users whose password or keys nobody needs any more. A key that was never used is for `access-key-never-used` to tell.
fn credential_unused(cx: &Context<'_>, max: &MaxAge, user: &CredentialRow, outcome: &mut Outcome) {
    let mut unused = Vec::new();
    let mut untold = Vec::new();
    let mut longest = None;
    let mut long = |days: &i64| {
        longest = longest.max(Some(*days));
        *days >= max.days
    };
    // a credential that was renewed lately is about to be used
    let days_unused =
        |used: Timestamp, renewed: Cell<Timestamp>| cx.days_since(renewed.value().map_or(used, |at| at.max(used)));
    match (user.password.enabled, last_use(user.password.last_used), user.password.last_changed.value()) {
        (Cell::Absent | Cell::Unreadable, ..) => untold.push("whether there is a password".to_owned()),
        (Cell::Value(true), LastUse::At(at), _) => {
            let days = Some(days_unused(at, user.password.last_changed)).filter(&mut long);
            unused.extend(days.map(|days| format!("the password was not used for {days} days")));
        }
        (Cell::Value(true), LastUse::Never, Some(set)) => {
            let days = Some(cx.days_since(set)).filter(&mut long);
            unused.extend(days.map(|days| format!("the password was never used in {days} days")));
        }
        (Cell::Value(true), ..) => untold.push("when the password was set and used".to_owned()),
        _ => {}
    }
    match keys(user) {
        None => untold.push("whether access keys are active".to_owned()),
        Some(keys) => {
            for (slot, key) in keys.filter(|(_, key)| key.active.is_true()) {
                match last_use(key.last_used) {
                    LastUse::At(at) => {
                        let days = Some(days_unused(at, key.last_rotated)).filter(&mut long);
                        unused.extend(days.map(|days| format!("access key {slot} was not used for {days} days")));
                    }
                    LastUse::Never => {}
                    LastUse::Untold => untold.push(format!("when access key {slot} was used")),
                }
            }
        }
    }
    if !unused.is_empty() {
        outcome.found(Found { message: unused.join(", "), holds_to: longest, ..Found::default() });
    }
    if !untold.is_empty() {
        outcome.unknown(format!("cannot be judged: the credential report does not say {}", untold.join(", ")));
    }
}

/// Users that are a person and a program at once.
fn user_with_password_and_key(_: &Context<'_>, _: &NoParameters, user: &CredentialRow, outcome: &mut Outcome) {
    match (user.password.enabled, keys(user)) {
        (Cell::Value(true), Some(keys)) => {
            let active: Vec<&str> = keys.filter(|(_, key)| key.active.is_true()).map(|(slot, _)| slot).collect();
            match active.as_slice() {
                [] => {}
                [slot] => outcome.found(Found::saying(format!("has a console password and access key {slot}"))),
                _ => outcome.found(Found::saying("has a console password and two access keys")),
            }
        }
        (Cell::Value(true), None) => outcome.unknown(NO_KEY_COLUMNS),
        (Cell::Absent | Cell::Unreadable, _) if user.has_active_access_key() || keys(user).is_none() => {
            outcome.unknown("cannot be judged: the credential report does not say whether there is a password");
        }
        _ => {}
    }
}

/// Users with an X.509 certificate, which signs requests like an access key.
fn user_signing_certificate(cx: &Context<'_>, _: &NoParameters, user: &CredentialRow, outcome: &mut Outcome) {
    let active = || user.certificates.iter().filter(|certificate| certificate.active.is_true());
    let oldest = active().filter_map(|certificate| certificate.last_rotated.value()).min();
    let age = oldest.map_or_else(String::new, |at| format!(", {} days old", cx.days_since(at)));
    match active().count() {
        0 if user.certificates.iter().any(|c| matches!(c.active, Cell::Absent | Cell::Unreadable)) => {
            outcome
                .unknown("cannot be judged: the credential report does not say whether there are signing certificates");
        }
        0 => {}
        1 => outcome.found(Found::saying(format!("has an active signing certificate{age}"))),
        _ => outcome.found(Found::saying(format!("has two active signing certificates, the older{age}"))),
    }
}

/// An account without users has no keys, whatever was read.
fn about_keys(cx: &Context<'_>, account: AccountIx) -> Data {
    let read = cx.estate.account(account).facts().access_keys.is_some();
    if !may_have_users(cx.estate, account) || (read && cx.estate.account(account).has(Facet::AuthorizationDetails)) {
        Data::Read
    } else {
        Data::Unread
    }
}

/// Keys that were switched off and never deleted.
fn inactive_access_key_kept(cx: &Context<'_>, max: &MaxAge, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    let keys = cx.estate.account(user.account()).facts().access_keys_of(user.name()).unwrap_or_default();
    let mut kept = Vec::new();
    for key in keys.iter().filter(|key| !is_active(key)) {
        let id = key.access_key_id.as_str();
        match idle_since(key).map(|at| cx.days_since(at)) {
            Some(days) if days >= max.days => {
                kept.push(format!("access key {id} is not active and was not used for {days} days"));
            }
            Some(_) => {}
            None => outcome
                .unknown_part(id, format!("cannot be judged: status or last use of access key {id} was not read")),
        }
    }
    if !kept.is_empty() {
        outcome.found(Found::saying(kept.join(", ")));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Temporary {
    /// Prefixes of services that a key may be used for.
    allowed_services: Vec<String>,
    /// Globs.
    allowed_users: Vec<String>,
}

/// Keys that work with services themselves, instead of getting a session that ends.
fn long_lived_key_used_beyond_sts(cx: &Context<'_>, may: &Temporary, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    let facts = cx.estate.account(user.account()).facts();
    if may.allowed_users.iter().any(|glob| wildcard::matches(glob, user.name())) {
        return outcome.not_applicable();
    }
    let beyond = |service: &str| !may.allowed_services.iter().any(|allowed| allowed.eq_ignore_ascii_case(service));
    let keys = facts.access_keys_of(user.name()).unwrap_or_default();
    let used: Vec<&str> = keys.iter().filter(|key| is_active(key)).filter_map(service_of).collect();
    let row = facts.credential_report.as_ref().and_then(|report| report.users().find(|row| *row.user == *user.name()));
    // the list may lack what the report has
    let untold = keys.iter().filter(|key| is_untold(key) && is_active(key)).count();
    let in_report = keys.iter().any(is_untold).then(|| row.and_then(|row| services_in_report(row, untold)));
    let in_list = used.into_iter().map(str::to_owned);
    let used: Vec<String> =
        in_list.chain(in_report.iter().flatten().flatten().cloned()).filter(|service| beyond(service)).collect();
    match used.as_slice() {
        [] => {}
        [one] => return outcome.found(Found::saying(format!("an active access key was last used for {one}"))),
        more => {
            return outcome.found(Found::saying(format!("active access keys were last used for {}", some_of(more))));
        }
    }
    // AWS tells a service, and not whether a key or the console used it
    let by_key_alone = row.is_some_and(|row| row.password.enabled == Cell::Value(false));
    if by_key_alone && keys.iter().any(is_active) {
        let services = facts.services_of(&cx.estate.arn(ix)).unwrap_or_default().iter();
        let services = services.filter(|service| service.last_used.is_some() && beyond(&service.prefix));
        let services: Vec<String> = services.map(|service| service.prefix.to_string()).collect();
        if !services.is_empty() {
            return outcome.found(Found::saying(format!("its access keys were used for {}", some_of(&services))));
        }
    }
    if in_report == Some(None) {
        outcome.unknown("cannot be judged: what an active access key was last used for was not read");
    }
}

/// The service that a key was last used for, if it was used.
fn service_of(key: &AccessKey) -> Option<&str> {
    let last = key.last_used.as_ref().filter(|last| last.last_used_date.is_some())?;
    last.service_name.as_deref().filter(|service| *service != "N/A")
}

/// Whether a key may be active and the list of keys does not say what it was last used for.
fn is_untold(key: &AccessKey) -> bool {
    let is_told = |last: &AccessKeyLastUsed| last.last_used_date.is_none() || last.service_name.is_some();
    key.status.is_none() || is_active(key) && !key.last_used.as_ref().is_some_and(is_told)
}

/// The services that the active keys of a user were last used for; `None` if the credential report does not say, or does not have that many keys.
fn services_in_report(row: &CredentialRow, untold: usize) -> Option<Vec<String>> {
    let keys = keys(row)?.zip(&row.access_key_services);
    let of_active: Vec<_> = keys.filter(|((_, key), _)| key.active.is_true()).collect();
    // used at some time, and for nothing that the report names
    let is_lost =
        of_active.iter().any(|((_, key), service)| &***service == "N/A" && matches!(key.last_used, Cell::Value(_)));
    let services: Vec<String> = of_active.iter().map(|(_, service)| service.to_string()).collect();
    let is_told = services.len() >= untold && !is_lost && services.iter().all(|service| !service.is_empty());
    is_told.then(|| services.into_iter().filter(|service| service != "N/A").collect())
}

/// When a key was used last, or made; `None` if that or its status is not known. AWS does not say since when it is not active.
fn idle_since(key: &AccessKey) -> Option<Timestamp> {
    key.status.as_ref()?;
    match &key.last_used.as_ref()?.last_used_date {
        Some(used) => dates::read(used),
        None => dates::read(key.create_date.as_deref()?),
    }
}

fn is_active(key: &AccessKey) -> bool {
    key.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("active"))
}
