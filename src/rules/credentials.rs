//! Rules about the credentials of IAM users, from the credential report.

use std::collections::BTreeMap;

use super::context::{CheckContext, Found};
use crate::facet::Facet;
use crate::ids::AccountIx;
use crate::snapshot::dates;

/// Active keys that were not rotated for long.
pub(super) fn access_key_old(cx: &mut CheckContext<'_, '_>) {
    let days = cx.number("days");
    for (account, row) in users(cx) {
        if !row.contains_key("access_key_1_active") {
            let why = "cannot be judged: the credential report does not tell of access keys";
            cx.unknown_subject(account, subject(cx, account, &row), why);
            continue;
        }
        for slot in ["1", "2"] {
            let column =
                |name: &str| row.get(&format!("access_key_{slot}_{name}")).map(String::as_str).unwrap_or_default();
            if !column("active").eq_ignore_ascii_case("true") {
                continue;
            }
            let (subject, rotated) = (subject(cx, account, &row), dates::read(column("last_rotated")));
            let Some(rotated) = rotated else {
                let why = format!("cannot be judged: the age of access key {slot} is not in the credential report");
                cx.unknown_slot(account, subject, slot, why);
                continue;
            };
            let age = (cx.estate.at().as_second() - rotated.as_second()).max(0) / 86_400;
            if age > days {
                let message = format!("access key {slot} is {age} days old");
                cx.in_account(account, subject, Found { message, discriminator: slot.to_owned(), ..Found::default() });
            }
        }
    }
}

/// Users who can sign in with a password alone.
pub(super) fn console_user_without_mfa(cx: &mut CheckContext<'_, '_>) {
    for (account, row) in users(cx) {
        let subject = subject(cx, account, &row);
        let value = |column: &str| row.get(column).map(|v| v.to_ascii_lowercase());
        match (value("password_enabled").as_deref(), value("mfa_active").as_deref()) {
            (Some("true"), Some("false")) => {
                let message = "signs in to the console with a password alone".to_owned();
                cx.in_account(account, subject, Found { message, ..Found::default() });
            }
            // columns that are not there, or say neither yes nor no
            (Some("true"), other) if other != Some("true") => {
                cx.unknown_subject(
                    account,
                    subject,
                    "cannot be judged: the credential report does not say whether MFA is active",
                );
            }
            (None, other) if other != Some("true") => {
                cx.unknown_subject(
                    account,
                    subject,
                    "cannot be judged: the credential report does not say whether there is a password",
                );
            }
            _ => {}
        }
    }
}

type Row = BTreeMap<String, String>;

/// Rows of all reports but those of root users, which have rules of their own.
fn users(cx: &mut CheckContext<'_, '_>) -> Vec<(AccountIx, Row)> {
    let mut found = Vec::new();
    for account in cx.accounts_with(Facet::CredentialReport) {
        let rows = cx.estate.account(account).facts().credential_report.iter().flatten();
        let is_root = |row: &&Row| row.get("user").is_some_and(|u| u == "<root_account>");
        found.extend(rows.filter(|row| !is_root(row)).map(|row| (account, row.clone())));
    }
    found
}

fn subject(cx: &CheckContext<'_, '_>, account: AccountIx, row: &Row) -> String {
    row.get("arn").filter(|arn| !arn.is_empty()).cloned().unwrap_or_else(|| {
        let account = cx.estate.account(account);
        let user = row.get("user").map(String::as_str).unwrap_or_default();
        format!("arn:{}:iam::{}:user/{user}", account.partition(), account.id())
    })
}
