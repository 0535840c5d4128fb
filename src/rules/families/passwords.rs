//! Rules about what an account asks of the passwords of its users.
//!
//! They apply where somebody signs in with a password. Source: AWS IAM User Guide, "Set an account password policy for IAM users".

use serde::Deserialize;

use crate::ids::AccountIx;
use crate::posture::console_users::console_users;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::password_policy::PasswordPolicy;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("passwords/password-policy-missing"), Judge::Account(password_policy_missing))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-length-short"), Judge::Account(password_length_short))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-reuse-allowed"), Judge::Account(password_reuse_allowed))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-without-lowercase"), Judge::Account(password_without_lowercase))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-without-number"), Judge::Account(password_without_number))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-without-symbol"), Judge::Account(password_without_symbol))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-without-uppercase"), Judge::Account(password_without_uppercase))
        .reading(about_policy),
    &Row::new(card_file!("passwords/password-expiry-off"), Judge::Account(password_expiry_off))
        .reading(about_policy)
        .where_asked(|asked| asked.days > 0),
];

/// Without anyone who signs in with a password, there is nothing to ask of passwords.
fn about_policy(cx: &Context<'_>, account: AccountIx) -> Data {
    match (console_users(cx.estate, account), cx.estate.account(account).facts().password_policy) {
        (Some(0), _) => Data::NotApplicable,
        (Some(_), Some(_)) => Data::Read,
        _ => Data::Unread,
    }
}

/// The policy of the account's own. Where there is none, `password-policy-missing` says so, and no other rule repeats it.
fn own_policy(cx: &Context<'_>, account: AccountIx) -> Option<PasswordPolicy> {
    cx.estate.account(account).facts().password_policy.flatten()
}

/// How many users a finding is about.
fn people(cx: &Context<'_>, account: AccountIx) -> String {
    match console_users(cx.estate, account).unwrap_or_default() {
        1 => "1 user signs in with a password".to_owned(),
        count => format!("{count} users sign in with a password"),
    }
}

/// Console users under AWS's default policy.
fn password_policy_missing(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    if own_policy(cx, account).is_none() {
        let people = people(cx, account);
        outcome.found(Found::saying(format!("{people}, and the account has no password policy of its own")));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Length {
    length: u32,
}

/// A minimum length that is too short.
fn password_length_short(cx: &Context<'_>, asked: &Length, account: AccountIx, outcome: &mut Outcome) {
    let Some(policy) = own_policy(cx, account) else { return outcome.not_applicable() };
    match policy.minimum_password_length {
        None => outcome.unknown("cannot be judged: the password policy does not say how long passwords must be"),
        Some(least) if least < asked.length => {
            let people = people(cx, account);
            let message = format!("{people}, which may be as short as {least} characters");
            outcome.found(Found { message, holds_to: Some(i64::from(least) + 1), ..Found::default() });
        }
        Some(_) => {}
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    passwords: u32,
}

/// Former passwords that can be used again too soon.
fn password_reuse_allowed(cx: &Context<'_>, asked: &Remembered, account: AccountIx, outcome: &mut Outcome) {
    let Some(policy) = own_policy(cx, account) else { return outcome.not_applicable() };
    // AWS leaves the number out if none is remembered
    let remembered = policy.password_reuse_prevention.unwrap_or(0);
    if remembered < asked.passwords {
        let people = people(cx, account);
        let message = match remembered {
            0 => format!("{people}, and any former one can be used again"),
            1 => format!("{people}, and only the last one cannot be used again"),
            count => format!("{people}, and only the last {count} cannot be used again"),
        };
        outcome.found(Found { message, holds_to: Some(i64::from(remembered) + 1), ..Found::default() });
    }
}

/// One kind of characters that passwords need not have: each is a control of its own.
fn without(
    cx: &Context<'_>,
    account: AccountIx,
    outcome: &mut Outcome,
    what: &str,
    required: impl Fn(&PasswordPolicy) -> Option<bool>,
) {
    let Some(policy) = own_policy(cx, account) else { return outcome.not_applicable() };
    match required(&policy) {
        Some(true) => {}
        Some(false) => outcome.found(Found::saying(format!("{}, which need not have {what}", people(cx, account)))),
        None => {
            outcome
                .unknown(format!("cannot be judged: the password policy does not say whether passwords need {what}"));
        }
    }
}

fn password_without_uppercase(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    without(cx, account, outcome, "an uppercase letter", |policy| policy.require_uppercase_characters);
}

fn password_without_lowercase(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    without(cx, account, outcome, "a lowercase letter", |policy| policy.require_lowercase_characters);
}

fn password_without_number(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    without(cx, account, outcome, "a number", |policy| policy.require_numbers);
}

fn password_without_symbol(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    without(cx, account, outcome, "a symbol", |policy| policy.require_symbols);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expiry {
    days: u32,
}

/// Passwords that never expire, or late, where the configuration asks for it.
fn password_expiry_off(cx: &Context<'_>, asked: &Expiry, account: AccountIx, outcome: &mut Outcome) {
    let Some(policy) = own_policy(cx, account) else { return outcome.not_applicable() };
    let (how, holds_to) = match (policy.expire_passwords, policy.max_password_age) {
        (Some(false), _) | (_, Some(0)) => ("never expires".to_owned(), i64::MAX),
        (_, Some(age)) if age > asked.days => (format!("expires after {age} days"), i64::from(age) - 1),
        (_, Some(_)) => return,
        (_, None) => {
            return outcome.unknown("cannot be judged: the password policy does not say when passwords expire");
        }
    };
    let message = format!("{}, which {how}", people(cx, account));
    outcome.found(Found { message, holds_to: Some(holds_to), ..Found::default() });
}
