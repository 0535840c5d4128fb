//! Rules about the root user.

use super::context::{CheckContext, Found};
use crate::ids::AccountIx;
use crate::model::Estate;
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential_report::CredentialRow;

/// Partitions whose accounts have no root user. Source: Amazon Web Services in China, "Amazon Identity and Access Management":
/// "there is no concept of the root user".
const WITHOUT_ROOT_USER: &[&str] = &["aws-cn"];
/// Partitions whose root users cannot sign in to the console and can have no MFA device; access keys they can have.
/// Source: AWS GovCloud (US) User Guide, "AWS GovCloud (US) account root user", "AWS Identity and Access Management".
const WITHOUT_ROOT_SIGN_IN: &[&str] = &["aws-cn", "aws-us-gov"];

/// Root users that have credentials and no MFA.
pub(super) fn root_without_mfa(cx: &mut CheckContext<'_, '_>) {
    for account in
        cx.judged_accounts_of(WITHOUT_ROOT_SIGN_IN, |estate, ix| readable(estate, ix, |summary| summary.root_has_mfa))
    {
        let summary = cx.estate.account(account).facts().summary.unwrap_or_default();
        let in_report = || root_row(cx.estate, account).is_some_and(|row| row.mfa_active.is_true());
        let with_mfa = summary.root_has_mfa.unwrap_or_else(in_report);
        // credentials that were removed centrally need no MFA
        let none_left = summary.root_has_password == Some(false) && summary.root_has_access_keys == Some(false);
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
    for account in cx.judged_accounts_of(WITHOUT_ROOT_USER, |estate, ix| {
        readable(estate, ix, |summary| summary.root_has_access_keys)
    }) {
        let summary = cx.estate.account(account).facts().summary.unwrap_or_default();
        let in_summary = summary.root_has_access_keys == Some(true);
        let in_report = root_row(cx.estate, account).is_some_and(CredentialRow::has_active_access_key);
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

/// Either facet tells of the root user: the summary where it has the entry, the report where it has the row.
fn readable(estate: &Estate, account: AccountIx, entry: impl Fn(AccountSummary) -> Option<bool>) -> bool {
    let summary = estate.account(account).facts().summary;
    summary.and_then(entry).is_some() || root_row(estate, account).is_some()
}

fn root_row(estate: &Estate, account: AccountIx) -> Option<&CredentialRow> {
    estate.account(account).facts().credential_report.as_ref()?.root()
}
