//! What a trail of CloudTrail records, and whether its records can be relied on.
//!
//! Owns: reading event selectors of both kinds. Does not know which trail an account needs (`rules`).
//! Source: AWS CloudTrail User Guide, "Logging management events"; AWS CloudTrail API Reference, EventSelector, AdvancedFieldSelector.

use jiff::Timestamp;
use serde::Deserialize;

use super::activity::Trail;
use super::dates;

/// A trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailFacts {
    /// Its ARN: the account and home Region that own it.
    pub arn: String,
    /// Whether it records every account of the organization.
    pub of_organization: Option<bool>,
    /// Whether it records every Region.
    pub multi_region: Option<bool>,
    /// Whether it is switched on.
    pub is_logging: Option<bool>,
    /// Whether CloudTrail writes digests by which a changed log file is found.
    pub validates_files: Option<bool>,
    /// Whether log files are encrypted by a key of the customer.
    pub has_key: bool,
    /// When it was last switched on.
    pub switched_on: Option<Timestamp>,
    /// When a log file was last delivered.
    pub delivered: Option<Timestamp>,
    /// Whether the last delivery failed.
    pub delivery_fails: bool,
    /// Which management events it records; `None` if its selectors were not read.
    pub management: Option<ManagementEvents>,
}

/// The management events that a trail records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagementEvents {
    /// Those that read.
    pub reads: bool,
    /// Those that change something.
    pub writes: bool,
    /// Services that are left out: `kms.amazonaws.com`.
    pub without: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Selector {
    #[serde(default)]
    read_write_type: Option<String>,
    #[serde(default)]
    include_management_events: Option<bool>,
    #[serde(default)]
    exclude_management_event_sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSelector {
    #[serde(default)]
    field_selectors: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Field {
    field: String,
    #[serde(default)]
    equals: Vec<String>,
    #[serde(default)]
    not_equals: Vec<String>,
}

impl TrailFacts {
    /// What an entry of the snapshot says.
    #[must_use]
    pub fn read(trail: &Trail) -> Self {
        let status = trail.status.as_ref();
        Self {
            arn: trail.trail_arn.clone(),
            of_organization: trail.is_organization_trail,
            multi_region: trail.is_multi_region_trail,
            is_logging: status.and_then(|status| status.is_logging),
            validates_files: trail.log_file_validation_enabled,
            has_key: trail.kms_key_id.as_deref().is_some_and(|key| !key.is_empty()),
            switched_on: status.and_then(|status| status.start_logging_time.as_deref()).and_then(dates::read),
            delivered: status.and_then(|status| status.latest_delivery_time.as_deref()).and_then(dates::read),
            delivery_fails: status
                .and_then(|status| status.latest_delivery_error.as_deref())
                .is_some_and(|error| !error.is_empty()),
            management: management(trail),
        }
    }

    /// Its name, from its ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }

    /// Whether it records the whole account, and now; `None` if that was not read.
    #[must_use]
    pub fn is_on_everywhere(&self) -> Option<bool> {
        match (self.multi_region, self.is_logging) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }
}

impl ManagementEvents {
    /// Whether none is left out.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.reads && self.writes && self.without.is_empty()
    }

    /// What several selectors record together: an event that one of them selects is recorded.
    fn together(all: &[Self]) -> Self {
        let (reads, writes) = (all.iter().any(|one| one.reads), all.iter().any(|one| one.writes));
        let records =
            |of: fn(&Self) -> bool, source: &String| all.iter().any(|one| of(one) && !one.without.contains(source));
        let is_left_out = |source: &&String| {
            reads && !records(|one| one.reads, source) || writes && !records(|one| one.writes, source)
        };
        let mut without: Vec<String> = all.iter().flat_map(|one| &one.without).filter(is_left_out).cloned().collect();
        without.sort_unstable();
        without.dedup();
        Self { reads, writes, without }
    }
}

/// `None` if a selector cannot be read: nothing is guessed.
fn management(trail: &Trail) -> Option<ManagementEvents> {
    if trail.event_selectors.is_none() && trail.advanced_event_selectors.is_none() {
        return None;
    }
    let mut found = Vec::new();
    for raw in trail.event_selectors.iter().flatten() {
        let selector: Selector = serde_json::from_str(raw.get()).ok()?;
        if selector.include_management_events != Some(false) {
            let kind = selector.read_write_type.as_deref().unwrap_or("All");
            let sources = selector.exclude_management_event_sources;
            found.push(ManagementEvents { reads: kind != "WriteOnly", writes: kind != "ReadOnly", without: sources });
        }
    }
    for raw in trail.advanced_event_selectors.iter().flatten() {
        let selector: AdvancedSelector = serde_json::from_str(raw.get()).ok()?;
        let field = |name: &str| selector.field_selectors.iter().find(|field| field.field == name);
        if !field("eventCategory").is_some_and(|field| field.equals.iter().any(|value| value == "Management")) {
            continue;
        }
        let only = field("readOnly").and_then(|field| field.equals.first()).map(String::as_str);
        let sources = field("eventSource").map(|field| field.not_equals.clone()).unwrap_or_default();
        // other fields narrow what is recorded: the rest is left out
        let narrowed = selector.field_selectors.iter().find(|field| {
            !["eventCategory", "readOnly", "eventSource"].contains(&field.field.as_str()) || {
                field.field == "eventSource" && !field.equals.is_empty()
            }
        });
        let narrowed = narrowed.map(|field| format!("calls that `{}` does not select", field.field));
        let without = sources.into_iter().chain(narrowed).collect();
        found.push(ManagementEvents { reads: only != Some("false"), writes: only != Some("true"), without });
    }
    Some(ManagementEvents::together(&found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(trail: serde_json::Value) -> TrailFacts {
        TrailFacts::read(&serde_json::from_str(&trail.to_string()).unwrap())
    }

    #[test]
    fn selectors_of_both_kinds_say_which_management_events_are_recorded() {
        let of =
            |key: &str, selectors| facts(json!({"TrailARN": "arn:aws:cloudtrail:eu-west-1:1:trail/t", key: selectors}));
        let all = of("EventSelectors", json!([{"ReadWriteType": "All", "IncludeManagementEvents": true}]));
        assert!(all.management.unwrap().are_all());
        let writes = of("EventSelectors", json!([{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}]));
        assert_eq!(writes.management, Some(ManagementEvents { writes: true, ..ManagementEvents::default() }));
        let field = |name: &str, test: &str, value: &str| json!({"Field": name, test: [value]});
        let management = field("eventCategory", "Equals", "Management");
        let advanced = |fields: serde_json::Value| {
            of("AdvancedEventSelectors", json!([{"FieldSelectors": fields}])).management.unwrap()
        };
        assert!(advanced(json!([management])).are_all());
        assert!(!advanced(json!([management, field("readOnly", "Equals", "false")])).reads);
        let without = advanced(json!([management, field("eventSource", "NotEquals", "kms.amazonaws.com")]));
        assert_eq!((without.are_all(), without.without.as_slice()), (false, &["kms.amazonaws.com".to_owned()][..]));
        assert!(!advanced(json!([management, field("eventName", "NotEquals", "Decrypt")])).are_all());
        assert!(!advanced(json!([management, field("eventSource", "Equals", "iam.amazonaws.com")])).are_all());
        assert!(!advanced(json!([field("eventCategory", "Equals", "Data")])).writes);
        // an event that one selector selects is recorded
        let kms = json!({"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]});
        let both = |other| of("EventSelectors", json!([kms, other])).management.unwrap();
        assert!(both(json!({"ReadWriteType": "All"})).are_all());
        assert_eq!(both(json!({"ReadWriteType": "ReadOnly"})).without, ["kms.amazonaws.com"]);
        assert_eq!(facts(json!({"TrailARN": "arn:aws:cloudtrail:eu-west-1:1:trail/t"})).management, None);
    }

    #[test]
    fn a_trail_is_on_where_all_of_it_is_known_to_be() {
        let of = |trail| facts(trail).is_on_everywhere();
        assert_eq!(of(json!({"IsMultiRegionTrail": true, "Status": {"IsLogging": true}})), Some(true));
        assert_eq!(of(json!({"IsMultiRegionTrail": true, "Status": {"IsLogging": false}})), Some(false));
        assert_eq!(of(json!({"IsMultiRegionTrail": false})), Some(false));
        assert_eq!(of(json!({"IsMultiRegionTrail": true})), None);
    }
}
