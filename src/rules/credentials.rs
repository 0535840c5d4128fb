//! Rules about the credentials of IAM users, from the credential report.

use super::context::{CheckContext, Found};
use crate::facet::Facet;
use crate::ids::AccountIx;
use crate::snapshot::credential_report::{Cell, CredentialReport, CredentialRow};

/// Active keys that were not rotated for long.
pub(super) fn access_key_old(cx: &mut CheckContext<'_, '_>) {
    let days = cx.number("days");
    for (account, row) in users(cx) {
        let subject = subject(cx, account, row);
        let [first_key, _] = &row.access_keys;
        if first_key.active == Cell::Absent {
            let why = "cannot be judged: the credential report does not tell of access keys";
            cx.unknown_subject(account, subject, why);
            continue;
        }
        for (slot, key) in ["1", "2"].into_iter().zip(&row.access_keys) {
            if !key.active.is_true() {
                continue;
            }
            let Some(rotated) = key.last_rotated.value() else {
                let why = format!("cannot be judged: the age of access key {slot} is not in the credential report");
                cx.unknown_slot(account, subject.clone(), slot, why);
                continue;
            };
            let age = (cx.estate.at().as_second() - rotated.as_second()).max(0) / 86_400;
            if age > days {
                let message = format!("access key {slot} is {age} days old");
                let found = Found { message, discriminator: slot.to_owned(), ..Found::default() };
                cx.in_account(account, subject.clone(), found);
            }
        }
    }
}

/// Users who can sign in with a password alone.
pub(super) fn console_user_without_mfa(cx: &mut CheckContext<'_, '_>) {
    for (account, row) in users(cx) {
        let subject = subject(cx, account, row);
        match (row.password.enabled, row.mfa_active) {
            (_, Cell::Value(true)) => {}
            (Cell::Value(true), Cell::Value(false)) => {
                let message = "signs in to the console with a password alone".to_owned();
                cx.in_account(account, subject, Found { message, ..Found::default() });
            }
            // columns that are not there, or say neither yes nor no
            (Cell::Value(true), _) => {
                let why = "cannot be judged: the credential report does not say whether MFA is active";
                cx.unknown_subject(account, subject, why);
            }
            (Cell::Absent, _) => {
                let why = "cannot be judged: the credential report does not say whether there is a password";
                cx.unknown_subject(account, subject, why);
            }
            _ => {}
        }
    }
}

/// Rows of all reports but those of root users, which have rules of their own.
fn users<'e>(cx: &mut CheckContext<'_, 'e>) -> Vec<(AccountIx, &'e CredentialRow)> {
    let estate = cx.estate;
    let mut found = Vec::new();
    for account in cx.accounts_with(Facet::CredentialReport) {
        let report = estate.account(account).facts().credential_report.as_ref();
        found.extend(report.into_iter().flat_map(CredentialReport::users).map(|row| (account, row)));
    }
    found
}

fn subject(cx: &CheckContext<'_, '_>, account: AccountIx, row: &CredentialRow) -> String {
    if !row.arn.is_empty() {
        return row.arn.to_string();
    }
    let account = cx.estate.account(account);
    format!("arn:{}:iam::{}:user/{}", account.partition(), account.id(), row.user)
}
