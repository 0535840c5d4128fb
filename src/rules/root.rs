//! Rules about the root user.

use std::collections::BTreeMap;

use super::context::{CheckContext, Found};
use crate::ids::AccountIx;
use crate::model::Estate;

/// Partitions whose accounts have no root user. Source: Amazon Web Services in China, "Amazon Identity and Access Management":
/// "there is no concept of the root user".
const WITHOUT_ROOT_USER: &[&str] = &["aws-cn"];
/// Partitions whose root users cannot sign in to the console and can have no MFA device; access keys they can have.
/// Source: AWS GovCloud (US) User Guide, "AWS GovCloud (US) account root user", "AWS Identity and Access Management".
const WITHOUT_ROOT_SIGN_IN: &[&str] = &["aws-cn", "aws-us-gov"];

/// The root user's row of a credential report.
const ROOT_ROW: &str = "<root_account>";

/// Root users that have credentials and no MFA.
pub(super) fn root_without_mfa(cx: &mut CheckContext<'_, '_>) {
    for account in cx.judged_accounts_of(WITHOUT_ROOT_SIGN_IN, |estate, ix| readable(estate, ix, "AccountMFAEnabled")) {
        let summary = cx.estate.account(account).facts().summary.as_ref();
        let value = |key: &str| summary.and_then(|s| s.get(key)).copied();
        let with_mfa = match value("AccountMFAEnabled") {
            Some(enabled) => enabled != 0,
            None => root_row(cx.estate, account).is_some_and(|row| is_true(row, "mfa_active")),
        };
        // credentials that were removed centrally need no MFA
        let none_left = value("AccountPasswordPresent") == Some(0) && value("AccountAccessKeysPresent") == Some(0);
        if !with_mfa && !none_left {
            let subject = cx.root_arn(account);
            cx.in_account(
                account,
                subject,
                Found { message: "the root user has no MFA device".into(), ..Found::default() },
            );
        }
    }
}

/// Root users that have an access key.
pub(super) fn root_access_key(cx: &mut CheckContext<'_, '_>) {
    for account in
        cx.judged_accounts_of(WITHOUT_ROOT_USER, |estate, ix| readable(estate, ix, "AccountAccessKeysPresent"))
    {
        let summary = cx.estate.account(account).facts().summary.as_ref();
        let in_summary = summary.and_then(|s| s.get("AccountAccessKeysPresent")).is_some_and(|n| *n > 0);
        let row = root_row(cx.estate, account);
        let in_report = row.is_some_and(|r| is_true(r, "access_key_1_active") || is_true(r, "access_key_2_active"));
        if in_summary || in_report {
            let subject = cx.root_arn(account);
            cx.in_account(
                account,
                subject,
                Found { message: "the root user has an access key".into(), ..Found::default() },
            );
        }
    }
}

/// Either facet tells of the root user: the summary where it has the key, the report where it has the row.
fn readable(estate: &Estate, account: AccountIx, key: &str) -> bool {
    let summary = estate.account(account).facts().summary.as_ref();
    summary.is_some_and(|s| s.contains_key(key)) || root_row(estate, account).is_some()
}

fn root_row(estate: &Estate, account: AccountIx) -> Option<&BTreeMap<String, String>> {
    let rows = estate.account(account).facts().credential_report.as_ref()?;
    rows.iter().find(|row| row.get("user").is_some_and(|u| u == ROOT_ROW))
}

fn is_true(row: &BTreeMap<String, String>, column: &str) -> bool {
    row.get(column).is_some_and(|v| v.eq_ignore_ascii_case("true"))
}
