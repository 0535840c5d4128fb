//! Rules about the credentials of IAM users, by the credential report.

use serde::Deserialize;

use crate::rules::context::Context;
use crate::rules::credential_report::Row as User;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("credentials/access-key-old"), Judge::UserCredentials(access_key_old)),
    &Row::new(card_file!("credentials/console-user-without-mfa"), Judge::UserCredentials(console_user_without_mfa)),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    days: i64,
}

/// Active keys that were not rotated for long.
fn access_key_old(cx: &Context<'_>, max: &MaxAge, user: &User<'_>, outcome: &mut Outcome) {
    let Some(keys) = user.access_keys() else {
        outcome.unknown("cannot be judged: the credential report does not tell of access keys");
        return;
    };
    for key in keys.iter().filter(|key| key.active) {
        let slot = key.slot;
        let Some(rotated) = key.last_rotated else {
            let why = format!("cannot be judged: the age of access key {slot} is not in the credential report");
            outcome.unknown_part(slot, why);
            continue;
        };
        let age = cx.days_since(rotated);
        if age > max.days {
            let message = format!("access key {slot} is {age} days old");
            outcome.found(Found { message, discriminator: slot.to_owned(), ..Found::default() });
        }
    }
}

/// Users who can sign in with a password alone.
fn console_user_without_mfa(_: &Context<'_>, _: &NoParameters, user: &User<'_>, outcome: &mut Outcome) {
    match (user.has_password(), user.has_mfa()) {
        (Some(true), Some(false)) => {
            outcome.found(Found::saying("signs in to the console with a password alone"));
        }
        (Some(true), None) => {
            outcome.unknown("cannot be judged: the credential report does not say whether MFA is active");
        }
        (None, Some(false) | None) => {
            outcome.unknown("cannot be judged: the credential report does not say whether there is a password");
        }
        (Some(false), _) | (_, Some(true)) => {}
    }
}
