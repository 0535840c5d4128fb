//! Rules about what IAM stores beside passwords and access keys: server certificates, SSH public keys, credentials of single services.
//!
//! Both data sets are read on request: where nobody asked for them, the rules do not apply. Source: AWS IAM User Guide, "Manage server
//! certificates in IAM", "Use IAM with CodeCommit", "Service-specific credentials for IAM users".

use jiff::Timestamp;
use serde::Deserialize;

use crate::facet::Facet;
use crate::ids::{AccountIx, PrincipalIx};
use crate::posture::console_users::may_have_users;
use crate::rules::context::Context;
use crate::rules::judge::{Data, Judge};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::credential::ServerCertificate;
use crate::snapshot::dates;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("credentials/server-certificate-expired"), Judge::Account(server_certificate_expired))
        .reading(about_certificates),
    &Row::new(card_file!("credentials/server-certificate-expiring"), Judge::Account(server_certificate_expiring))
        .reading(about_certificates),
    &Row::new(card_file!("credentials/service-credential-old"), Judge::User(service_credential_old))
        .reading(about_service_credentials),
];

/// An account whose summary counts none has none. What a part of the list has is judged.
fn about_certificates(cx: &Context<'_>, account: AccountIx) -> Data {
    let facts = cx.estate.account(account).facts();
    let summary = facts.summary;
    match cx.on_request(account, Facet::ServerCertificates) {
        _ if facts.begun.server_certificates && cx.estate.account(account).has(Facet::AuthorizationDetails) => {
            Data::Read
        }
        Data::Unread if summary.and_then(|of| of.number("ServerCertificates")) == Some(0) => Data::Read,
        data => data,
    }
}

fn about_service_credentials(cx: &Context<'_>, account: AccountIx) -> Data {
    let is_begun = !cx.estate.account(account).facts().begun.service_credentials_of.is_empty();
    match cx.on_request(account, Facet::ServiceCredentials) {
        _ if is_begun && cx.estate.account(account).has(Facet::AuthorizationDetails) => Data::Read,
        Data::Unread if !may_have_users(cx.estate, account) => Data::Read,
        data => data,
    }
}

/// Certificates whose end is in a period; one without a date is not known.
fn certificates(
    cx: &Context<'_>,
    account: AccountIx,
    outcome: &mut Outcome,
    says: impl Fn(Timestamp) -> Option<String>,
) {
    let all: &[ServerCertificate] =
        cx.estate.account(account).facts().server_certificates.as_deref().unwrap_or_default();
    for certificate in all {
        let name = &certificate.server_certificate_name;
        match certificate.expiration.as_deref().and_then(dates::read) {
            Some(end) => {
                let found = says(end).map(|what| format!("server certificate `{name}` {what}"));
                let found = found.map(|message| Found::of(&certificate.arn, message, Vec::new()));
                found.into_iter().for_each(|found| outcome.found(found));
            }
            None => outcome.unknown_part(
                &certificate.arn,
                format!("cannot be judged: when server certificate `{name}` expires was not read"),
            ),
        }
    }
    if cx.estate.account(account).facts().begun.server_certificates {
        outcome.unknown_part("the rest", "cannot be judged: not all server certificates were read");
    }
}

fn server_certificate_expired(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    certificates(cx, account, outcome, |end| {
        (end <= cx.estate.at()).then(|| match cx.days_since(end) {
            0 => "has expired".to_owned(),
            1 => "expired 1 day ago".to_owned(),
            days => format!("expired {days} days ago"),
        })
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    days: i64,
}

fn server_certificate_expiring(cx: &Context<'_>, ahead: &Ahead, account: AccountIx, outcome: &mut Outcome) {
    certificates(cx, account, outcome, |end| {
        let left = (end.as_second() - cx.estate.at().as_second()).max(0) / 86_400;
        (end > cx.estate.at() && left < ahead.days).then(|| match left {
            0 => "expires within a day".to_owned(),
            1 => "expires in 1 day".to_owned(),
            days => format!("expires in {days} days"),
        })
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxAge {
    days: i64,
}

/// A user with an SSH public key, or a password or key of a single service, that nobody has renewed for long.
fn service_credential_old(cx: &Context<'_>, max: &MaxAge, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    let all = cx.estate.account(user.account()).facts().service_credentials_of(user.name()).unwrap_or_default();
    let mut old = Vec::new();
    for credential in all.iter().filter(|of| of.is_active != Some(false)) {
        let what = match credential.service.as_str() {
            "" => "an SSH public key".to_owned(),
            service => format!("a credential of {service}"),
        };
        match (credential.is_active, credential.created.map(|at| cx.days_since(at))) {
            (Some(true), Some(days)) if days > max.days => old.push(format!("{what} that is {days} days old")),
            (Some(true), Some(_)) => {}
            _ => outcome.unknown_part(
                &credential.id,
                format!("cannot be judged: whether {what} is active, and its age, was not read"),
            ),
        }
    }
    if !old.is_empty() {
        outcome.found(Found::saying(format!("has {}", some_of(&old))));
    }
    if cx.estate.account(user.account()).facts().begun.service_credentials_of.contains(user.name()) {
        outcome.unknown_among("cannot be judged: not all service-credentials were read of", "users");
    }
}
