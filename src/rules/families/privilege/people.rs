//! Users who are administrators.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::power::{about_administrators, through};
use crate::facet::Facet;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Origin, Principal, PrincipalType};
use crate::posture::entry::Can;
use crate::rules::common::unknown_power;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, NAMED, Outcome, listed, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::credential::MfaKind;
use crate::snapshot::credential_report::{Cell, CredentialRow};
use crate::wildcard;

pub(super) const ADMINISTRATOR_WITHOUT_MFA: &dyn Rule =
    &Row::new(card_file!("privilege/administrator-without-mfa"), Judge::User(administrator_without_mfa))
        .reading(about_credentials);
pub(super) const ADMINISTRATOR_MFA_VIRTUAL: &dyn Rule =
    &Row::new(card_file!("privilege/administrator-mfa-virtual"), Judge::User(administrator_mfa_virtual))
        .reading(about_devices);
pub(super) const USER_IS_ADMINISTRATOR: &dyn Rule =
    &Row::new(card_file!("privilege/user-is-administrator"), Judge::People(user_is_administrator));

fn about_credentials(cx: &Context<'_>, account: AccountIx) -> Data {
    about_administrators(cx, account, Facet::CredentialReport, is_user)
}

fn about_devices(cx: &Context<'_>, account: AccountIx) -> Data {
    about_administrators(cx, account, Facet::MfaDevices, is_user)
}

fn is_user(principal: &Principal) -> bool {
    principal.kind() == PrincipalType::User
}

const NOT_TOLD: &str = "cannot be judged: the credential report does not say";

/// A user with a password or an active key and no MFA device, who is an administrator without MFA.
fn administrator_without_mfa(cx: &Context<'_>, _: &NoParameters, ix: PrincipalIx, outcome: &mut Outcome) {
    let power = cx.power(ix);
    if power.administrator.can() == Can::No {
        return;
    }
    let Some(user) = row_of(cx, ix) else {
        return outcome.unknown(format!("{NOT_TOLD} what this user signs in with: it is not listed"));
    };
    let Some(credentials) = credentials(user) else {
        return outcome.unknown(format!("{NOT_TOLD} what this user signs in with"));
    };
    if credentials.is_empty() || user.mfa_active == Cell::Value(true) {
        return;
    }
    let has_key = user.access_keys.iter().any(|key| key.active.is_true());
    match (power.administrator.without_mfa(has_key), user.mfa_active) {
        (Can::No, _) => {}
        (Can::Perhaps, _) => unknown_power(cx, &power.administrator, "they are administrators", "users", outcome),
        (Can::Yes, Cell::Value(false)) => {
            let class = cx.estate.principal(ix).class();
            let by = through(cx, class, &power.administrator);
            let message = format!("administrator{by}, with {} and no MFA device", listed(&credentials, "and"));
            let evidence = cx.powers().proof(class, &power.administrator);
            outcome.found(Found { message, evidence, ..Found::default() });
        }
        (Can::Yes, _) => outcome.unknown(format!("{NOT_TOLD} whether MFA is active")),
    }
}

/// The row of a user in the credential report.
fn row_of<'a>(cx: &Context<'a>, ix: PrincipalIx) -> Option<&'a CredentialRow> {
    let user = cx.estate.principal(ix);
    let report = cx.estate.account(user.account()).facts().credential_report.as_ref()?;
    report.users().find(|row| &*row.user == user.name())
}

/// What a user signs in with today; `None` if the report does not say.
fn credentials(user: &CredentialRow) -> Option<Vec<&'static str>> {
    let [first, second] = &user.access_keys;
    let cells =
        [(user.password.enabled, "a password"), (first.active, "access key 1"), (second.active, "access key 2")];
    if cells.iter().any(|(cell, _)| matches!(cell, Cell::Absent | Cell::Unreadable)) {
        return None;
    }
    Some(cells.into_iter().filter(|(cell, _)| cell.is_true()).map(|(_, name)| name).collect())
}

/// An administrator whose every MFA device can be copied or relayed.
fn administrator_mfa_virtual(cx: &Context<'_>, _: &NoParameters, ix: PrincipalIx, outcome: &mut Outcome) {
    let power = cx.power(ix);
    let user = cx.estate.principal(ix);
    let kinds: BTreeSet<MfaKind> =
        cx.estate.account(user.account()).facts().mfa_kinds_of(user.name()).into_iter().flatten().collect();
    let weak = |kind: &MfaKind| matches!(kind, MfaKind::Virtual | MfaKind::Sms);
    if kinds.is_empty() || !kinds.iter().all(weak) {
        return;
    }
    match power.administrator.can() {
        Can::No => {}
        Can::Perhaps => unknown_power(cx, &power.administrator, "they are administrators", "users", outcome),
        Can::Yes => {
            let class = user.class();
            let by = through(cx, class, &power.administrator);
            let how = if kinds.contains(&MfaKind::Sms) { "text messages" } else { "an authenticator app" };
            let evidence = cx.powers().proof(class, &power.administrator);
            let message = format!("administrator{by}, with {how} as the only kind of MFA");
            outcome.found(Found { message, evidence, ..Found::default() });
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Users {
    /// Globs.
    allowed_users: Vec<String>,
}

/// Users who are administrators, those of a group whose policies make them so together.
fn user_is_administrator(cx: &Context<'_>, users: &Users, account: AccountIx) -> Vec<(String, Outcome)> {
    let mut judged = Vec::new();
    let mut groups = BTreeMap::<Box<str>, Vec<PrincipalIx>>::new();
    let is_user = |class: &ClassIx| cx.estate.class(*class).kind() == PrincipalType::User;
    for class in cx.estate.classes_of(account).filter(is_user) {
        let fact = &cx.powers().of(class).administrator;
        let by_groups = if fact.is_certain() { granting_groups(cx, class) } else { BTreeSet::new() };
        for ix in cx.estate.class(class).members() {
            let mut outcome = Outcome::default();
            let name = cx.estate.principal(*ix).name();
            match fact.can() {
                _ if users.allowed_users.iter().any(|glob| wildcard::matches(glob, name)) => outcome.not_applicable(),
                Can::No => {}
                Can::Perhaps => unknown_power(cx, fact, "they are administrators", "users", &mut outcome),
                Can::Yes if by_groups.is_empty() => {
                    let message = format!("administrator{}", through(cx, class, fact));
                    let evidence = cx.powers().proof(class, fact);
                    outcome.found(Found { message, evidence, ..Found::default() });
                }
                Can::Yes => {
                    by_groups.iter().for_each(|group| groups.entry(group.clone()).or_default().push(*ix));
                    continue;
                }
            }
            judged.push((cx.estate.arn(*ix), outcome));
        }
    }
    judged.extend(groups.into_iter().map(|(group, users)| of_group(cx, account, &group, users)));
    judged
}

/// The groups without whose policies nobody of the class would be an administrator; none if its own policies are enough.
fn granting_groups(cx: &Context<'_>, class: ClassIx) -> BTreeSet<Box<str>> {
    let mut groups = BTreeSet::new();
    for attached in cx.powers().granting(class, &cx.powers().of(class).administrator) {
        match &attached.origin {
            Origin::GroupInline(group) | Origin::GroupManaged(group) => _ = groups.insert(group.clone()),
            Origin::Inline | Origin::Managed => return BTreeSet::new(),
        }
    }
    groups
}

/// One finding for the users whom a group makes administrators.
fn of_group(cx: &Context<'_>, account: AccountIx, group: &str, mut users: Vec<PrincipalIx>) -> (String, Outcome) {
    users.sort_unstable();
    let mut outcome = Outcome::default();
    if let Some(class) = users.first().map(|ix| cx.estate.principal(*ix).class()) {
        let fact = &cx.powers().of(class).administrator;
        let names: Vec<&str> = users.iter().map(|ix| cx.estate.principal(*ix).name()).collect();
        let by = through(cx, class, fact);
        let message = match names.as_slice() {
            [one] => format!("its user {one} is an administrator{by}"),
            all if all.len() > NAMED => format!("its {} users {} are administrators{by}", all.len(), some_of(all)),
            all => format!("its users {} are administrators{by}", some_of(all)),
        };
        outcome.found(Found { message, evidence: cx.powers().proof(class, fact), ..Found::default() });
    }
    (cx.group_arn(account, group), outcome)
}
