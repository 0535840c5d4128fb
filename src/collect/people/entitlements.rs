//! Entitlements of the account access manager: which user or group may enter which role.
//!
//! Owns: the data set `account-access`. An entitlement of a kind that is not known here is kept as AWS wrote it.
//! Source: API reference of the account access manager, ListApplications, GetApplication, ListEntitlements.

use serde_json::{Value, json};

use super::client::PeopleClient;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::json_client::Input;
use crate::facet::Service;
use crate::snapshot::account_access::{AccountAccessFile, Application, Entitlement};

/// Every application of a region with its entitlements.
pub(super) async fn read(client: &PeopleClient, region: &str) -> Result<AccountAccessFile, CallError> {
    let calls = client.calls(Service::AccountAccess, region);
    let listed: Vec<Value> = calls.list("ListApplications", "applications", &json!({})).await?;
    let mut applications = Vec::new();
    for summary in listed {
        let arn = summary.get("applicationArn").and_then(Value::as_str).unwrap_or_default().to_owned();
        let input = Input { segments: vec![arn.clone()], fields: json!({}) };
        let details = calls.get("GetApplication", input).await?;
        let text = |pointer: &str| details.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let entries: Vec<Value> =
            calls.list("ListEntitlements", "entitlements", &json!({"applicationArn": arn})).await?;
        let entitlement = |entry| {
            Entitlement::of(entry)
                .ok_or_else(|| CallError::own("ListEntitlements", Kind::BadAnswer, "an entitlement has no id"))
        };
        let mut entitlements: Vec<Entitlement> = entries.iter().map(entitlement).collect::<Result<_, _>>()?;
        entitlements.sort_by(|a, b| a.entitlement_id.cmp(&b.entitlement_id));
        entitlements.dedup_by(|a, b| a.entitlement_id == b.entitlement_id);
        applications.push(Application {
            application_arn: arn,
            status: text("/status"),
            instance_arn: text("/identitySource/identityCenter/instanceArn"),
            region: Some(region.to_owned()),
            entitlements: Some(entitlements),
        });
    }
    applications.sort_by(|a, b| a.application_arn.cmp(&b.application_arn));
    Ok(AccountAccessFile { applications })
}
