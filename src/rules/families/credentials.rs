//! Rules about the credentials of IAM users, from the credential report.

use serde::Deserialize;

use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::credential_report::{Cell, CredentialRow};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("credentials/access-key-old"), Judge::UserCredentials(access_key_old)),
    &Row::new(card_file!("credentials/console-user-without-mfa"), Judge::UserCredentials(console_user_without_mfa)),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    days: i64,
}

/// Active keys that have not been rotated for a long time.
fn access_key_old(cx: &Context<'_>, max: &MaxAge, user: &CredentialRow, outcome: &mut Outcome) {
    let [first_key, _] = &user.access_keys;
    if first_key.active == Cell::Absent {
        outcome.unknown("cannot be judged: the credential report has no access key columns");
        return;
    }
    for (slot, key) in ["1", "2"].into_iter().zip(&user.access_keys).filter(|(_, key)| key.active.is_true()) {
        let Some(rotated) = key.last_rotated.value() else {
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
        (Cell::Absent, _) => {
            outcome.unknown("cannot be judged: the credential report does not say whether there is a password");
        }
        _ => {}
    }
}
