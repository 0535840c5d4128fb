//! The shape of activity data: trails, services last accessed, when a role was last used, and who assumed it.
//!
//! Owns: key names. Data from AWS has AWS's names; an entry of `AssumeRoleEvents` is an excerpt of a CloudTrail record.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An entry of DescribeTrails with its status and selectors.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Trail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "TrailARN", default)]
    pub trail_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_bucket_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_key_prefix: Option<String>,
    #[serde(rename = "SnsTopicARN", default, skip_serializing_if = "Option::is_none")]
    pub sns_topic_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_global_service_events: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_multi_region_trail: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_organization_trail: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_file_validation_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_custom_event_selectors: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_insight_selectors: Option<bool>,
    /// GetTrailStatus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TrailStatus>,
    /// GetEventSelectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_selectors: Option<Vec<Box<RawValue>>>,
    /// GetEventSelectors; a trail has either these or the basic ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced_event_selectors: Option<Vec<Box<RawValue>>>,
}

/// GetTrailStatus: the times distinguish a trail that delivers from one that has stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct TrailStatus {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_logging: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_cloud_watch_logs_delivery_error: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub start_logging_time: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub stop_logging_time: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_delivery_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_notification_error: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_notification_time: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_cloud_watch_logs_delivery_time: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_digest_delivery_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_digest_delivery_error: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_delivery_attempt_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_attempt_succeeded: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub latest_notification_attempt_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_notification_attempt_succeeded: Option<String>,
    /// As AWS sends it: text, or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_logging_started: Option<String>,
    /// As AWS sends it: text, or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_logging_stopped: Option<String>,
}

/// GetServiceLastAccessedDetails of one user, group, role or policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct LastAccessed {
    pub arn: String,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub job_completion_date: Option<String>,
    /// As saved by hand; rolehop itself writes what a finished job says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_status: Option<String>,
    /// As saved by hand: further pages were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_truncated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services_last_accessed: Option<Vec<ServiceLastAccessed>>,
}

impl LastAccessed {
    /// The services, if all are there: the job was finished, and every page read.
    #[must_use]
    pub fn services(&self) -> Option<&[ServiceLastAccessed]> {
        let services = self.services_last_accessed.as_deref()?;
        let is_done = match &self.job_status {
            Some(status) => status == "COMPLETED",
            // an answer without services says nothing of the job
            None => self.job_completion_date.is_some() || !services.is_empty(),
        };
        (is_done && self.is_truncated != Some(true)).then_some(services)
    }
}

/// When a service that the entity may use was last used; without a date, not within the tracking period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct ServiceLastAccessed {
    #[serde(default)]
    pub service_name: String,
    pub service_namespace: String,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub last_authenticated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_authenticated_entity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_authenticated_region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_authenticated_entities: Option<i32>,
}

/// The events of chosen roles, and what the search covered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleEvents {
    /// Start of the searched period, RFC 3339.
    pub from: String,
    /// End of the searched period.
    pub to: String,
    /// Regions that were searched.
    pub regions: Vec<String>,
    /// Role ARNs that were searched for.
    pub roles: Vec<String>,
    /// What was found, oldest first.
    pub events: Vec<AssumeRoleEvent>,
}

/// When and where a role was last used within the tracking period; both absent if it was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct RoleLastUsed {
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub last_used_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// One CloudTrail record in which a role was assumed, or the call was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleEvent {
    /// RFC 3339.
    pub event_time: String,
    /// CloudTrail's own id.
    pub event_id: String,
    /// `AssumeRole`, `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity`.
    pub event_name: String,
    /// Where it was recorded.
    pub region: String,
    /// The requested role.
    pub role_arn: String,
    /// `userIdentity.arn`, or the service that called, or `userName` of a federated caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// `userIdentity.type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// `userIdentity.accountId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_account: Option<String>,
    /// The session's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// `sourceIPAddress`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
    /// Whether the caller's session had MFA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_authenticated: Option<bool>,
    /// Set if AWS refused the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
}
