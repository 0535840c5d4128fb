//! Rules about the root user of an account.

use serde::Deserialize;

use crate::ids::AccountIx;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, listed};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::account_summary::AccountSummary;
use crate::snapshot::credential_report::{Cell, CredentialRow};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("root/root-access-key"), Judge::Account(root_access_key)).reading(about_keys),
    &Row::new(card_file!("root/root-without-mfa"), Judge::Account(root_without_mfa)).reading(about_mfa),
    &Row::new(card_file!("root/root-signing-certificate"), Judge::Account(root_signing_certificate))
        .reading(about_certificates),
    &Row::new(card_file!("root/root-mfa-virtual"), Judge::Account(root_mfa_virtual)).reading(about_devices),
    &Row::new(card_file!("root/root-used-recently"), Judge::Account(root_used_recently)).reading(about_use),
    &Row::new(card_file!("root/member-root-credentials-kept"), Judge::Account(member_root_credentials_kept))
        .of_organization(about_credentials),
];

/// Partitions whose accounts have no root user. Source: Amazon Web Services in China, "Amazon Identity and Access Management":
/// "there is no concept of the root user".
const WITHOUT_ROOT_USER: &[&str] = &["aws-cn"];
/// Partitions whose root users cannot sign in to the console and can have no MFA device; access keys they can have.
/// Source: AWS GovCloud (US) User Guide, "AWS GovCloud (US) account root user", "AWS Identity and Access Management".
const WITHOUT_ROOT_SIGN_IN: &[&str] = &["aws-cn", "aws-us-gov"];

/// Root users that have credentials and no MFA.
fn root_without_mfa(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    // credentials that were removed centrally need no MFA
    let none_left = has_password(cx, account) == Some(false) && has_keys(cx, account) == Some(false);
    match has_mfa(cx, account) {
        Some(true) => {}
        _ if none_left => {}
        Some(false) => outcome.found(Found::saying("the root user has no MFA device")),
        None => outcome.unknown("cannot be judged: the credential report does not say whether the root user has MFA"),
    }
}

/// Root users that have an access key.
fn root_access_key(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    match has_keys(cx, account) {
        Some(true) => outcome.found(Found::saying("the root user has an access key")),
        Some(false) => {}
        None => {
            outcome
                .unknown("cannot be judged: the credential report does not say whether the root user has access keys");
        }
    }
}

/// Root users that have a signing certificate.
fn root_signing_certificate(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let in_summary = summary(cx, account).root_has_certificates == Some(true);
    let in_report =
        in_report(cx, account).is_some_and(|root| root.certificates.iter().any(|cert| cert.active.is_true()));
    if in_summary || in_report {
        outcome.found(Found::saying("the root user has a signing certificate"));
    }
}

/// Root users whose MFA is an authenticator app. One without MFA is for `root-without-mfa` to tell.
fn root_mfa_virtual(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    if has_virtual_device(cx, account) == Some(true) {
        match is_managed_centrally(cx, account) {
            Some(_) => outcome.found(Found::saying("the root user has a virtual MFA device")),
            None => outcome.unknown(
                "cannot be judged: whether the organization manages its root credentials was not read (organization-features)",
            ),
        }
    } else if has_mfa(cx, account) == Some(false) {
        outcome.not_applicable();
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    days: i64,
}

/// Root users that signed in or used an access key lately.
fn root_used_recently(cx: &Context<'_>, window: &Window, account: AccountIx, outcome: &mut Outcome) {
    let Some(root) = in_report(cx, account) else { return outcome.not_applicable() };
    let [first, second] = &root.access_keys;
    let uses = [
        ("signed in", root.password.last_used, true),
        ("used access key 1", first.last_used, first.active != Cell::Value(false)),
        ("used access key 2", second.last_used, second.active != Cell::Value(false)),
    ];
    let mut recent = Vec::new();
    // the report tells the last use alone: of one that came later, nobody knows what came before
    let mut later = false;
    for (what, at, _) in &uses {
        let Some(at) = at.value() else { continue };
        let days = cx.days_since(at);
        if at > cx.estate.at() {
            later = true;
        } else if days < window.days {
            recent.push(format!("{what} {}", ago(days)));
        }
    }
    let recent: Vec<&str> = recent.iter().map(String::as_str).collect();
    // the column of a key that is not there need not be
    let untold = uses.iter().any(|(_, at, there)| *there && matches!(at, Cell::Absent | Cell::Unreadable));
    if !recent.is_empty() {
        outcome.found(Found::saying(format!("the root user {}", listed(&recent, "and"))));
    } else if untold {
        outcome.unknown("cannot be judged: the credential report does not say when the root user was last used");
    } else if later {
        outcome.unknown("cannot be judged: the root user was used after the time that is asked about");
    }
}

fn ago(days: i64) -> String {
    match days {
        0 => "less than a day ago".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// Member accounts whose root user still has credentials, although the organization manages them centrally.
fn member_root_credentials_kept(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let summary = summary(cx, account);
    let of = [
        ("a password", summary.root_has_password),
        ("an access key", summary.root_has_access_keys),
        ("a signing certificate", summary.root_has_certificates),
    ];
    let mut kept: Vec<&str> = of.iter().filter(|(_, there)| *there == Some(true)).map(|(what, _)| *what).collect();
    if !kept.is_empty() {
        // alone it lets nobody in
        kept.extend((summary.root_has_mfa == Some(true)).then_some("an MFA device"));
        outcome.found(Found::saying(format!("the root user keeps {}", listed(&kept, "and"))));
    } else if summary.root_has_password.is_none() {
        outcome.unknown("cannot be judged: the account summary does not say whether the root user has a password");
    }
}

fn about_certificates(cx: &Context<'_>, account: AccountIx) -> Data {
    let in_report =
        in_report(cx, account).is_some_and(|root| root.certificates.iter().all(|cert| cert.active.value().is_some()));
    if WITHOUT_ROOT_USER.contains(&cx.estate.account(account).partition()) {
        Data::NotApplicable
    } else if summary(cx, account).root_has_certificates.is_some() || in_report {
        Data::Read
    } else {
        Data::Unread
    }
}

/// Where root credentials are to be removed (`member_root_credentials_kept`), nobody is told to buy a device for them first.
fn about_devices(cx: &Context<'_>, account: AccountIx) -> Data {
    if WITHOUT_ROOT_SIGN_IN.contains(&cx.estate.account(account).partition())
        || is_managed_centrally(cx, account) == Some(true)
    {
        return Data::NotApplicable;
    }
    match (has_virtual_device(cx, account), has_mfa(cx, account)) {
        (Some(true), _) | (Some(false), Some(_)) => Data::Read,
        _ => Data::Unread,
    }
}

fn about_use(cx: &Context<'_>, account: AccountIx) -> Data {
    if WITHOUT_ROOT_USER.contains(&cx.estate.account(account).partition()) {
        Data::NotApplicable
    } else if in_report(cx, account).is_some() {
        Data::Read
    } else {
        Data::Unread
    }
}

/// Whether the organization manages root credentials is one fact: if it was not read, the management account says so for all.
fn about_credentials(cx: &Context<'_>, ix: AccountIx) -> Data {
    let account = cx.estate.account(ix);
    let management = cx.estate.organization().and_then(|organization| organization.management);
    let of_management = management.and_then(|id| cx.estate.account_by_id(id)).is_some();
    let may_be_managed = account.membership_gap().is_some() && !WITHOUT_ROOT_USER.contains(&account.partition());
    match (is_managed_centrally(cx, ix), is_managed_anywhere(cx)) {
        (_, of) if may_be_managed && of != Some(false) => Data::Unread,
        _ if WITHOUT_ROOT_USER.contains(&account.partition()) => Data::NotApplicable,
        (Some(true), _) if account.facts().summary.is_some() => Data::Read,
        (Some(true), _) => Data::Unread,
        (_, None) if account.is_management() || (account.is_member() && !of_management) => Data::Unread,
        _ => Data::NotApplicable,
    }
}

/// Whether there is an organization that manages the root credentials of its members. It needs all features for that.
fn is_managed_anywhere(cx: &Context<'_>) -> Option<bool> {
    match cx.estate.organization() {
        Some(organization) if organization.all_features => organization.manages_root_credentials(),
        _ => Some(false),
    }
}

/// Whether an organization manages the root credentials of the account: of its members, not of the management account.
fn is_managed_centrally(cx: &Context<'_>, ix: AccountIx) -> Option<bool> {
    let account = cx.estate.account(ix);
    if account.is_management() || WITHOUT_ROOT_USER.contains(&account.partition()) {
        return Some(false);
    }
    match (account.is_member(), account.membership_gap()) {
        (true, _) => is_managed_anywhere(cx),
        (false, Some(_)) => is_managed_anywhere(cx).filter(|is_managed| !is_managed),
        (false, None) => Some(false),
    }
}

/// Whether a virtual MFA device is the root user's.
fn has_virtual_device(cx: &Context<'_>, account: AccountIx) -> Option<bool> {
    let owners = cx.estate.account(account).facts().virtual_mfa_users.as_ref()?;
    Some(owners.iter().any(|arn| arn.ends_with(":root")))
}

/// Whether the root user has an MFA device of any kind.
fn has_mfa(cx: &Context<'_>, account: AccountIx) -> Option<bool> {
    let in_report = || in_report(cx, account)?.mfa_active.value();
    summary(cx, account).root_has_mfa.or_else(in_report)
}

/// Whether the root user has a password. The report says so only where root credentials can be removed: for other root users, the column
/// is not supported.
fn has_password(cx: &Context<'_>, account: AccountIx) -> Option<bool> {
    let in_report = || in_report(cx, account)?.password.enabled.value();
    summary(cx, account).root_has_password.or_else(in_report)
}

/// Whether the root user has an access key: either data set may show one.
fn has_keys(cx: &Context<'_>, account: AccountIx) -> Option<bool> {
    let row = in_report(cx, account);
    if row.is_some_and(CredentialRow::has_active_access_key) {
        return Some(true);
    }
    let none = |row: &&CredentialRow| row.access_keys.iter().all(|key| key.active == Cell::Value(false));
    summary(cx, account).root_has_access_keys.or_else(|| row.filter(none).map(|_| false))
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
