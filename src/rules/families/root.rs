//! Rules about the root user of an account.

use crate::ids::AccountIx;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential_report::CredentialRow;

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

/// Root users that have credentials and no MFA.
fn root_without_mfa(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let summary = summary(cx, account);
    let in_report = || in_report(cx, account).is_some_and(|root| root.mfa_active.is_true());
    let with_mfa = summary.root_has_mfa.unwrap_or_else(in_report);
    // credentials that were removed centrally need no MFA
    let none_left = summary.root_has_password == Some(false) && summary.root_has_access_keys == Some(false);
    if !with_mfa && !none_left {
        outcome.found(Found::saying("the root user has no MFA device"));
    }
}

/// Root users that have an access key.
fn root_access_key(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let in_summary = summary(cx, account).root_has_access_keys == Some(true);
    let in_report = in_report(cx, account).is_some_and(CredentialRow::has_active_access_key);
    if in_summary || in_report {
        outcome.found(Found::saying("the root user has an access key"));
    }
}

fn about_keys(cx: &Context<'_>, account: AccountIx) -> Data {
    data(cx, account, WITHOUT_ROOT_USER, |summary| summary.root_has_access_keys)
}

fn about_mfa(cx: &Context<'_>, account: AccountIx) -> Data {
    data(cx, account, WITHOUT_ROOT_SIGN_IN, |summary| summary.root_has_mfa)
}

/// Either data set covers the root user: the summary if it has the entry, the credential report if it has the row.
fn data(
    cx: &Context<'_>,
    account: AccountIx,
    not_applicable: &[&str],
    entry: fn(AccountSummary) -> Option<bool>,
) -> Data {
    if not_applicable.contains(&cx.estate.account(account).partition()) {
        Data::NotApplicable
    } else if entry(summary(cx, account)).is_some() || in_report(cx, account).is_some() {
        Data::Read
    } else {
        Data::Unread
    }
}

/// What the account summary says; nothing if it was not read.
fn summary(cx: &Context<'_>, account: AccountIx) -> AccountSummary {
    cx.estate.account(account).facts().summary.unwrap_or_default()
}

/// The root user's row of the credential report.
fn in_report<'a>(cx: &Context<'a>, account: AccountIx) -> Option<&'a CredentialRow> {
    cx.estate.account(account).facts().credential_report.as_ref()?.root()
}
