//! CloudTrail's trails: what they record, where to, and whether logging is on.
//!
//! Owns: the data set `trails`. Each trail is read in its home region; other regions list it as a shadow trail.
//! INVARIANT: a region that is not enabled in the account is left out; any other failure fails the whole data set.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types as sdk;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::snapshot::activity::{Trail, TrailStatus};

/// The trails that the run's region and `regions` list, each once.
pub(crate) async fn read(session: &Session, regions: &[String]) -> Result<Vec<Trail>, CallError> {
    let mut found: BTreeMap<String, sdk::Trail> = BTreeMap::new();
    let home = session.region().to_owned();
    for region in std::iter::once(&home).chain(regions.iter().filter(|region| **region != home)) {
        match describe(session, region).await {
            Ok(trails) => found.extend(trails),
            Err(error) if *region != home && error.is_region_off() => {}
            Err(error) => return Err(error),
        }
    }
    let mut trails = Vec::new();
    for (arn, trail) in found {
        let region = trail.home_region.clone().unwrap_or_else(|| home.clone());
        if let Some(trail) = complete(session, &region, arn, trail).await? {
            trails.push(trail);
        }
    }
    Ok(trails)
}

async fn describe(session: &Session, region: &str) -> Result<Vec<(String, sdk::Trail)>, CallError> {
    const OPERATION: &str = "DescribeTrails";
    let client = session.cloudtrail(region);
    let request = || client.describe_trails().include_shadow_trails(true).send();
    let answer = session.send(OPERATION, request).await?;
    let named = |trail: sdk::Trail| {
        let arn = trail.trail_arn.clone().filter(|arn| !arn.is_empty());
        arn.map(|arn| (arn, trail)).ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "a trail has no ARN"))
    };
    answer.trail_list.unwrap_or_default().into_iter().map(named).collect()
}

/// Status and selectors. `None` if the trail was deleted in the meantime.
async fn complete(session: &Session, region: &str, arn: String, trail: sdk::Trail) -> Result<Option<Trail>, CallError> {
    let client = session.cloudtrail(region);
    let status = match session.send("GetTrailStatus", || client.get_trail_status().name(&arn).send()).await {
        Err(error) if is_gone(&error) => return Ok(None),
        status => status?,
    };
    let request = || client.get_event_selectors().trail_name(&arn).send();
    let selectors = match session.send("GetEventSelectors", request).await {
        Err(error) if is_gone(&error) => return Ok(None),
        selectors => selectors?,
    };
    // a trail has selectors of one kind, and AWS sends the list of that kind
    if selectors.event_selectors.is_none() && selectors.advanced_event_selectors.is_none() {
        let missing = "the answer has neither `EventSelectors` nor `AdvancedEventSelectors`";
        return Err(CallError::own("GetEventSelectors", Kind::BadAnswer, missing));
    }
    let plain = selectors.event_selectors.unwrap_or_default();
    let advanced = selectors.advanced_event_selectors.unwrap_or_default();
    Ok(Some(Trail {
        name: trail.name,
        trail_arn: arn,
        home_region: trail.home_region,
        s3_bucket_name: trail.s3_bucket_name,
        s3_key_prefix: trail.s3_key_prefix,
        sns_topic_arn: trail.sns_topic_arn,
        include_global_service_events: trail.include_global_service_events,
        is_multi_region_trail: trail.is_multi_region_trail,
        is_organization_trail: trail.is_organization_trail,
        log_file_validation_enabled: trail.log_file_validation_enabled,
        cloud_watch_logs_log_group_arn: trail.cloud_watch_logs_log_group_arn,
        cloud_watch_logs_role_arn: trail.cloud_watch_logs_role_arn,
        kms_key_id: trail.kms_key_id,
        has_custom_event_selectors: trail.has_custom_event_selectors,
        has_insight_selectors: trail.has_insight_selectors,
        status: Some(self::status(status)),
        event_selectors: raw(plain.iter().map(Selector::of))?,
        advanced_event_selectors: raw(advanced.iter().map(AdvancedSelector::of))?,
    }))
}

fn status(status: GetTrailStatusOutput) -> TrailStatus {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    TrailStatus {
        is_logging: status.is_logging,
        latest_delivery_error: text(status.latest_delivery_error),
        latest_cloud_watch_logs_delivery_error: text(status.latest_cloud_watch_logs_delivery_error),
        start_logging_time: status.start_logging_time.as_ref().and_then(time),
        stop_logging_time: status.stop_logging_time.as_ref().and_then(time),
        latest_delivery_time: status.latest_delivery_time.as_ref().and_then(time),
        latest_notification_error: text(status.latest_notification_error),
        latest_notification_time: status.latest_notification_time.as_ref().and_then(time),
        latest_cloud_watch_logs_delivery_time: (status.latest_cloud_watch_logs_delivery_time.as_ref()).and_then(time),
        latest_digest_delivery_time: status.latest_digest_delivery_time.as_ref().and_then(time),
        latest_digest_delivery_error: text(status.latest_digest_delivery_error),
        latest_delivery_attempt_time: text(status.latest_delivery_attempt_time),
        latest_delivery_attempt_succeeded: text(status.latest_delivery_attempt_succeeded),
        latest_notification_attempt_time: text(status.latest_notification_attempt_time),
        latest_notification_attempt_succeeded: text(status.latest_notification_attempt_succeeded),
        time_logging_started: text(status.time_logging_started),
        time_logging_stopped: text(status.time_logging_stopped),
    }
}

fn is_gone(error: &CallError) -> bool {
    error.kind == Kind::NotFound || error.code.as_deref() == Some("TrailNotFoundException")
}

/// `None` for an empty list: a trail has selectors of one kind only.
fn raw(selectors: impl Iterator<Item = impl Serialize>) -> Result<Option<Vec<Box<RawValue>>>, CallError> {
    let raw: Result<Vec<_>, _> = selectors.map(|selector| to_raw_value(&selector)).collect();
    let raw = raw.map_err(|error| CallError::own("GetEventSelectors", Kind::BadAnswer, error.to_string()))?;
    Ok((!raw.is_empty()).then_some(raw))
}

/// `EventSelector` as the AWS CLI prints it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Selector<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    read_write_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_management_events: Option<bool>,
    data_resources: Vec<DataResource<'a>>,
    exclude_management_event_sources: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DataResource<'a> {
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    values: &'a [String],
}

impl<'a> Selector<'a> {
    fn of(selector: &'a sdk::EventSelector) -> Self {
        let resource = |of: &'a sdk::DataResource| DataResource { kind: of.r#type(), values: of.values() };
        Self {
            read_write_type: selector.read_write_type().map(|kind| kind.as_str()),
            include_management_events: selector.include_management_events,
            data_resources: selector.data_resources().iter().map(resource).collect(),
            exclude_management_event_sources: selector.exclude_management_event_sources(),
        }
    }
}

/// `AdvancedEventSelector` as the AWS CLI prints it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSelector<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    field_selectors: Vec<BTreeMap<&'static str, serde_json::Value>>,
}

impl<'a> AdvancedSelector<'a> {
    fn of(selector: &'a sdk::AdvancedEventSelector) -> Self {
        let field = |of: &sdk::AdvancedFieldSelector| {
            let lists = [
                ("Equals", of.equals()),
                ("StartsWith", of.starts_with()),
                ("EndsWith", of.ends_with()),
                ("NotEquals", of.not_equals()),
                ("NotStartsWith", of.not_starts_with()),
                ("NotEndsWith", of.not_ends_with()),
            ];
            let mut fields: BTreeMap<&'static str, serde_json::Value> = (lists.into_iter())
                .filter(|(_, list)| !list.is_empty())
                .map(|(name, list)| (name, list.into()))
                .collect();
            fields.insert("Field", of.field().into());
            fields
        };
        Self { name: selector.name(), field_selectors: selector.field_selectors().iter().map(field).collect() }
    }
}

/// Whether the data set may be read.
pub(crate) async fn probe(session: &Session) -> Permitted {
    let client = session.cloudtrail(session.region());
    permitted("DescribeTrails", client.describe_trails().send().await)
}
