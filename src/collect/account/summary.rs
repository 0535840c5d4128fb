//! The small facets of an account, each read on its own, so that one denial costs one facet.
//!
//! Owns: one function per facet. Does not know what happens to a failure (`account`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;

use super::authorization_details::RoleSettings;
use super::convert::tags;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::collect::options::Tuning;
use crate::facet::Service;
use crate::snapshot::account::{MfaUser, OpenIdConnectProvider, SamlProvider, VirtualMfaDevice};
use crate::snapshot::hex_digest;

/// Longest pause between two looks at a report that is being made.
pub(crate) const LONGEST_POLL: Duration = Duration::from_secs(10);

/// GetAccountSummary.
pub(crate) async fn summary(session: &Session) -> Result<BTreeMap<String, i64>, CallError> {
    const OPERATION: &str = "GetAccountSummary";
    let answer = session.send(OPERATION, || session.iam.get_account_summary().send()).await?;
    let map = answer.summary_map.filter(|map| !map.is_empty());
    let map = map.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "the summary is empty"))?;
    Ok(map.into_iter().map(|(key, value)| (key.as_str().to_owned(), i64::from(value))).collect())
}

/// ListVirtualMFADevices, without the seeds that stand-ins of AWS send along.
pub(crate) async fn virtual_mfa_devices(
    session: &Session,
    page_limit: usize,
) -> Result<Vec<VirtualMfaDevice<'static>>, CallError> {
    const OPERATION: &str = "ListVirtualMFADevices";
    let devices = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_virtual_mfa_devices().set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.virtual_mfa_devices, next))
    })
    .await?;
    let mut devices: Vec<_> = (devices.into_iter())
        .map(|device| VirtualMfaDevice {
            serial_number: device.serial_number.into(),
            enable_date: device.enable_date.as_ref().and_then(time),
            user: device.user.map(|user| MfaUser { arn: user.arn.into(), user_name: user.user_name.into() }),
        })
        .collect();
    devices.sort_by(|a, b| a.serial_number.cmp(&b.serial_number));
    // what two pages name is one device
    devices.dedup_by(|a, b| a.serial_number == b.serial_number);
    Ok(devices)
}

/// The OIDC providers with their settings. One that goes away between list and look is gone.
pub(crate) async fn oidc_providers(session: &Session) -> Result<Vec<OpenIdConnectProvider>, CallError> {
    const LIST: &str = "ListOpenIDConnectProviders";
    const GET: &str = "GetOpenIDConnectProvider";
    let answer = session.send(LIST, || session.iam.list_open_id_connect_providers().send()).await?;
    let mut providers = Vec::new();
    for entry in answer.open_id_connect_provider_list.unwrap_or_default() {
        let arn = entry.arn.ok_or_else(|| CallError::own(LIST, Kind::BadAnswer, "a provider has no ARN"))?;
        let request = || session.iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send();
        let found = match session.send(GET, request).await {
            Err(error) if error.kind == Kind::NotFound => continue,
            found => found?,
        };
        providers.push(OpenIdConnectProvider {
            url: found.url,
            client_id_list: found.client_id_list,
            thumbprint_list: found.thumbprint_list,
            create_date: found.create_date.as_ref().and_then(time),
            tags: found.tags.as_deref().map(tags).filter(|tags| !tags.is_empty()),
            arn,
        });
    }
    providers.sort_by(|a, b| a.arn.cmp(&b.arn));
    providers.dedup_by(|a, b| a.arn == b.arn);
    Ok(providers)
}

/// The SAML providers. Of their metadata documents a digest is kept: it tells whether a provider's keys were changed.
pub(crate) async fn saml_providers(session: &Session) -> Result<Vec<SamlProvider>, CallError> {
    const LIST: &str = "ListSAMLProviders";
    const GET: &str = "GetSAMLProvider";
    let answer = session.send(LIST, || session.iam.list_saml_providers().send()).await?;
    let mut providers = Vec::new();
    for entry in answer.saml_provider_list.unwrap_or_default() {
        let arn = entry.arn.ok_or_else(|| CallError::own(LIST, Kind::BadAnswer, "a provider has no ARN"))?;
        let request = || session.iam.get_saml_provider().saml_provider_arn(&arn).send();
        let found = match session.send(GET, request).await {
            Err(error) if error.kind == Kind::NotFound => continue,
            found => found?,
        };
        providers.push(SamlProvider {
            create_date: found.create_date.as_ref().and_then(time),
            valid_until: found.valid_until.as_ref().and_then(time),
            saml_provider_uuid: found.saml_provider_uuid,
            saml_metadata_digest: found.saml_metadata_document.as_deref().map(|text| hex_digest(text.as_bytes())),
            assertion_encryption_mode: found.assertion_encryption_mode.map(|mode| mode.as_str().to_owned()),
            tags: found.tags.as_deref().map(tags).filter(|tags| !tags.is_empty()),
            arn,
        });
    }
    providers.sort_by(|a, b| a.arn.cmp(&b.arn));
    providers.dedup_by(|a, b| a.arn == b.arn);
    Ok(providers)
}

/// GetAccountPasswordPolicy; `None` where the account has none.
pub(crate) async fn password_policy(session: &Session) -> Result<Option<Box<RawValue>>, CallError> {
    const OPERATION: &str = "GetAccountPasswordPolicy";
    let answer = match session.send(OPERATION, || session.iam.get_account_password_policy().send()).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        answer => answer?,
    };
    let bad = || CallError::own(OPERATION, Kind::BadAnswer, "the answer has no policy");
    let policy = answer.password_policy.ok_or_else(bad)?;
    let raw = to_raw_value(&PasswordPolicy {
        minimum_password_length: policy.minimum_password_length,
        require_symbols: policy.require_symbols,
        require_numbers: policy.require_numbers,
        require_uppercase_characters: policy.require_uppercase_characters,
        require_lowercase_characters: policy.require_lowercase_characters,
        allow_users_to_change_password: policy.allow_users_to_change_password,
        expire_passwords: policy.expire_passwords,
        max_password_age: policy.max_password_age,
        password_reuse_prevention: policy.password_reuse_prevention,
        hard_expiry: policy.hard_expiry,
    });
    raw.map(Some).map_err(|_| bad())
}

/// `PasswordPolicy` as the AWS CLI prints it.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct PasswordPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_password_length: Option<i32>,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_password_age: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reuse_prevention: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expiry: Option<bool>,
}

/// ListAccountAliases.
pub(crate) async fn aliases(session: &Session, page_limit: usize) -> Result<Vec<String>, CallError> {
    const OPERATION: &str = "ListAccountAliases";
    let mut aliases = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_account_aliases().set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.account_aliases, next))
    })
    .await?;
    aliases.sort();
    aliases.dedup();
    Ok(aliases)
}

/// ListRoles, for what the authorization details do not have, by ARN.
pub(crate) async fn role_settings(
    session: &Session,
    page_limit: usize,
) -> Result<BTreeMap<String, RoleSettings>, CallError> {
    const OPERATION: &str = "ListRoles";
    let roles = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.roles, next))
    })
    .await?;
    let settings = |role: aws_sdk_iam::types::Role| {
        let description = role.description.filter(|text| !text.is_empty());
        (role.arn, RoleSettings { description, max_session_duration: role.max_session_duration })
    };
    Ok(roles.into_iter().map(settings).collect())
}

/// Asks for a credential report to be made. AWS hands out one of up to four hours ago where it has one.
pub(crate) async fn start_credential_report(session: &Session) -> Result<(), CallError> {
    session.send("GenerateCredentialReport", || session.iam.generate_credential_report().send()).await.map(drop)
}

/// Waits for the credential report and reads it: a map per row, keyed by the report's own columns.
pub(crate) async fn credential_report(
    session: &Session,
    tuning: &Tuning,
) -> Result<Vec<BTreeMap<String, String>>, CallError> {
    const OPERATION: &str = "GetCredentialReport";
    let end = Instant::now() + tuning.report_wait;
    let mut pause = tuning.report_poll;
    loop {
        let error = match session.send(OPERATION, || session.iam.get_credential_report().send()).await {
            Ok(answer) => return rows(answer.content.as_ref().map_or(&[][..], |blob| blob.as_ref())),
            Err(error) => error,
        };
        match error.code.as_deref() {
            Some("ReportInProgress") => {}
            // it was there when it was asked for and has lapsed since, or a stand-in forgot it
            Some("ReportNotPresent" | "ReportExpired") => start_credential_report(session).await?,
            _ => return Err(error),
        }
        if Instant::now() + pause > end {
            let waited = tuning.report_wait.as_secs();
            let message = format!("the credential report was not ready within {waited} s");
            return Err(CallError::own(OPERATION, Kind::Timeout, message));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_POLL);
    }
}

/// Columns that this version does not know are kept.
fn rows(content: &[u8]) -> Result<Vec<BTreeMap<String, String>>, CallError> {
    let bad = |why: String| CallError::own("GetCredentialReport", Kind::BadAnswer, why);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
    if !header.iter().any(|column| column == "user") {
        return Err(bad("the report has no column `user`".to_owned()));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad(error.to_string()))?;
        if record.len() != header.len() {
            return Err(bad(format!("a row of the report has {} fields instead of {}", record.len(), header.len())));
        }
        rows.push(header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect());
    }
    let is_root = |row: &BTreeMap<String, String>| row.get("user").is_some_and(|user| user == "<root_account>");
    if !rows.iter().any(is_root) {
        return Err(bad("the report has no row of the root user, which it always has".to_owned()));
    }
    rows.sort_by(|a: &BTreeMap<String, String>, b| a.get("user").cmp(&b.get("user")).then_with(|| a.cmp(b)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_keyed_by_its_own_columns() {
        let csv = b"user,arn,new_column\n<root_account>,arn:aws:iam::111122223333:root,x\n\"an,n\",a,N/A\n";
        let rows = rows(csv).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row["user"] == "an,n" && row["new_column"] == "N/A"));
    }

    #[test]
    fn a_damaged_report_is_an_error_and_not_fewer_rows() {
        assert!(rows(b"").is_err());
        assert!(rows(b"user,arn\nann\n").is_err());
        assert!(rows(b"<html>").is_err());
    }
}
