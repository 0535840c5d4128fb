//! Rules about the root user of an account.

use crate::ids::AccountIx;
use crate::rules::context::Context;
use crate::rules::credential_report::Row as User;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("root/root-access-key"), Judge::Account(root_access_key)).reading(about_keys),
    &Row::new(card_file!("root/root-without-mfa"), Judge::Account(root_without_mfa)).reading(about_mfa),
];

/// Partitions whose accounts have no root user. Source: Amazon Web Services in China, "Amazon Identity and Access Management":
/// "there is no concept of the root user".
const WITHOUT_ROOT_USER: &[&str] = &["aws-cn"];
/// Partitions whose root users cannot sign in to the console and can have no MFA device; access keys they can have.
/// Source: AWS GovCloud (US) User Guide, "AWS GovCloud (US) account root user", "AWS Identity and Access Management".
const WITHOUT_ROOT_SIGN_IN: &[&str] = &["aws-cn", "aws-us-gov"];

/// Entries of the account summary.
const MFA_ENABLED: &str = "AccountMFAEnabled";
const ACCESS_KEYS: &str = "AccountAccessKeysPresent";
const PASSWORD: &str = "AccountPasswordPresent";

/// Root users that have credentials and no MFA.
fn root_without_mfa(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let with_mfa = match summary(cx, account, MFA_ENABLED) {
        Some(enabled) => enabled != 0,
        None => User::of_root(cx.estate, account).is_some_and(|root| root.has_mfa() == Some(true)),
    };
    // credentials that were removed centrally need no MFA
    let none_left = summary(cx, account, PASSWORD) == Some(0) && summary(cx, account, ACCESS_KEYS) == Some(0);
    if !with_mfa && !none_left {
        outcome.found(Found::saying("the root user has no MFA device"));
    }
}

/// Root users that have an access key.
fn root_access_key(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let in_summary = summary(cx, account, ACCESS_KEYS).is_some_and(|keys| keys > 0);
    let in_report = User::of_root(cx.estate, account).is_some_and(|root| root.has_active_key());
    if in_summary || in_report {
        outcome.found(Found::saying("the root user has an access key"));
    }
}

fn about_keys(cx: &Context<'_>, account: AccountIx) -> Data {
    data(cx, account, WITHOUT_ROOT_USER, ACCESS_KEYS)
}

fn about_mfa(cx: &Context<'_>, account: AccountIx) -> Data {
    data(cx, account, WITHOUT_ROOT_SIGN_IN, MFA_ENABLED)
}

/// Either facet tells of the root user: the summary where it has the entry, the credential report where it has the row.
fn data(cx: &Context<'_>, account: AccountIx, not_applicable: &[&str], entry: &str) -> Data {
    if not_applicable.contains(&cx.estate.account(account).partition()) {
        Data::NotApplicable
    } else if summary(cx, account, entry).is_some() || User::of_root(cx.estate, account).is_some() {
        Data::Read
    } else {
        Data::Unread
    }
}

fn summary(cx: &Context<'_>, account: AccountIx, entry: &str) -> Option<i64> {
    cx.estate.account(account).facts().summary.as_ref()?.get(entry).copied()
}
