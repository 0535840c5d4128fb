//! CloudTrail: trails with status and selectors, and the event history.
//!
//! Owns: what a region shows of a trail, and the record behind an excerpt of the snapshot. A key that the snapshot does
//! not have is denied, as in `data::caller`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::paged::Pages;
use crate::emulator::data::caller::Caller;
use crate::emulator::data::organization;
use crate::emulator::data::value::text;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::{Call, Input};
use crate::emulator::state::State;

/// Keys of a trail in the snapshot that DescribeTrails does not have.
const ADDED: [&str; 3] = ["Status", "EventSelectors", "AdvancedEventSelectors"];
const PAGES: Pages = Pages {
    size: "MaxResults",
    token: "NextToken",
    most: 50,
    wrong: ("InvalidMaxResultsException", "InvalidNextTokenException"),
};
/// The event source of the records.
const SOURCE: &str = "sts.amazonaws.com";

/// The answer of an operation.
pub(crate) fn answer(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    match call.operation.as_str() {
        "DescribeTrails" => describe(caller, call),
        "GetTrailStatus" => {
            let trail = trail(caller, call, "Name")?;
            let status = trail.get("Status").ok_or_else(|| caller.denied(call))?;
            Ok(times_as_seconds(status))
        }
        "GetEventSelectors" => {
            let trail = trail(caller, call, "TrailName")?;
            let mut answer = json!({"TrailARN": trail.get("TrailARN")});
            for key in ["EventSelectors", "AdvancedEventSelectors"] {
                if let (Some(selectors), Some(object)) = (trail.get(key), answer.as_object_mut()) {
                    object.insert(key.to_owned(), selectors.clone());
                }
            }
            Ok(answer)
        }
        "LookupEvents" => lookup(state, caller, call),
        _ => Err(caller.denied(call)),
    }
}

fn is_home(trail: &Value, region: &str) -> bool {
    text(trail, "HomeRegion").is_none_or(|home| home == region)
}

/// Trails in their home region, and elsewhere as shadow trails if they cover all regions.
fn describe(caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    let flag = |value: &Value, key: &str| value.get(key).and_then(Value::as_bool);
    let shadows = match &call.input {
        Input::Json(input) => flag(input, "includeShadowTrails").unwrap_or(true),
        Input::Form(_) => true,
    };
    let shown =
        |trail: &&Value| is_home(trail, &call.region) || (shadows && flag(trail, "IsMultiRegionTrail") == Some(true));
    let trails = caller.list(call, "Trails")?.iter().filter(shown).map(|trail| {
        let fields = trail.as_object().into_iter().flatten();
        let fields = fields.filter(|(key, _)| !ADDED.contains(&key.as_str()));
        Value::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect())
    });
    Ok(json!({"trailList": trails.collect::<Vec<_>>()}))
}

/// By ARN in any region, by name in the home region.
fn trail<'a>(caller: &'a Caller, call: &Call, parameter: &str) -> Result<&'a Value, ErrorResponse> {
    let wanted = call.parameter(parameter).unwrap_or_default();
    let found = caller.list(call, "Trails")?.iter().find(|trail| {
        text(trail, "TrailARN") == Some(wanted) || (text(trail, "Name") == Some(wanted) && is_home(trail, &call.region))
    });
    found.ok_or_else(|| ErrorResponse::new(400, "TrailNotFoundException", format!("Unknown trail: {wanted}")))
}

fn times_as_seconds(object: &Value) -> Value {
    let fields = object.as_object().into_iter().flatten();
    let seconds = |value: &Value| match value.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
        Some(time) => json!(time.as_second()),
        None => value.clone(),
    };
    let convert = |(key, value): (&String, &Value)| {
        (key.clone(), if key.ends_with("Time") { seconds(value) } else { value.clone() })
    };
    Value::Object(fields.map(convert).collect())
}

/// The events of a role in the region of the request, newest first as in AWS.
fn lookup(state: &State, caller: &Caller, call: &Call) -> Result<Value, ErrorResponse> {
    let kept = caller.facet(call, "AssumeRoleEvents")?;
    let Input::Json(input) = &call.input else { return Err(caller.denied(call)) };
    let attribute = input.pointer("/LookupAttributes/0");
    let time = |key: &str| input.get(key).and_then(Value::as_f64);
    let within = |event: &Value| {
        let at = text(event, "EventTime").and_then(|text| text.parse::<Timestamp>().ok());
        let at = at.map_or(0.0, |at| at.as_second() as f64);
        time("StartTime").is_none_or(|start| start <= at) && time("EndTime").is_none_or(|end| at <= end)
    };
    let asked = |event: &&Value| {
        let named = attribute.is_none_or(|attribute| has(event, attribute));
        named && text(event, "Region") == Some(&call.region) && within(event)
    };
    let events = kept.get("Events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut events: Vec<&Value> = events.iter().filter(asked).collect();
    events.reverse();
    PAGES.page(state, call, "Events", events, event)
}

/// True for an event with the lookup attribute. Roles are found by ARN and by name.
fn has(event: &Value, attribute: &Value) -> bool {
    let Some(wanted) = text(attribute, "AttributeValue") else { return false };
    let role = text(event, "RoleArn").unwrap_or_default();
    match text(attribute, "AttributeKey").unwrap_or_default() {
        "ResourceName" => role == wanted || role.rsplit('/').next() == Some(wanted),
        "ResourceType" => wanted == "AWS::IAM::Role",
        "EventName" => text(event, "EventName") == Some(wanted),
        "EventId" => text(event, "EventId") == Some(wanted),
        "EventSource" => wanted == SOURCE,
        "ReadOnly" => wanted == "true",
        "Username" => user_name(event) == Some(wanted),
        _ => false,
    }
}

/// The last part of the caller's ARN, or its substitute.
fn user_name(event: &Value) -> Option<&str> {
    text(event, "Principal")?.rsplit('/').next()
}

/// The caller as a record identifies it: services and federated users have no ARN.
fn identity(kept: &Value) -> Map<String, Value> {
    let mut identity = Map::new();
    let caller = match text(kept, "Principal") {
        Some(principal) if principal.starts_with("arn:") => "arn",
        Some(principal) if principal.ends_with(".amazonaws.com") => "invokedBy",
        _ => "userName",
    };
    for (name, key) in [("type", "PrincipalType"), (caller, "Principal"), ("accountId", "PrincipalAccount")] {
        identity.extend(kept.get(key).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(mfa) = kept.get("MfaAuthenticated").and_then(Value::as_bool) {
        let attributes = json!({"attributes": {"mfaAuthenticated": mfa.to_string()}});
        identity.insert("sessionContext".to_owned(), attributes);
    }
    identity
}

/// An event with its record, as CloudTrail writes it ("CloudTrail record contents").
fn event(kept: &Value) -> Value {
    let field = |key: &str| kept.get(key).cloned();
    let mut request = Map::from_iter(field("RoleArn").map(|role| ("roleArn".to_owned(), role)));
    request.extend(field("SessionName").map(|name| ("roleSessionName".to_owned(), name)));
    let mut record = json!({"eventVersion": "1.08", "eventSource": SOURCE, "userIdentity": identity(kept),
        "requestParameters": request});
    if let Some(record) = record.as_object_mut() {
        let copied = [
            ("eventTime", "EventTime"),
            ("eventName", "EventName"),
            ("eventID", "EventId"),
            ("awsRegion", "Region"),
            ("sourceIPAddress", "SourceIpAddress"),
            ("errorCode", "ErrorCode"),
        ];
        for (name, key) in copied {
            record.extend(field(key).map(|value| (name.to_owned(), value)));
        }
    }
    let mut event = json!({"EventId": kept.get("EventId"), "EventName": kept.get("EventName"), "ReadOnly": "true",
        "EventSource": SOURCE, "Username": user_name(kept), "CloudTrailEvent": record.to_string(),
        "Resources": [{"ResourceType": "AWS::IAM::Role", "ResourceName": kept.get("RoleArn")}]});
    let time = kept.get("EventTime").map(organization::seconds);
    if let (Some(time), Some(event)) = (time, event.as_object_mut()) {
        event.insert("EventTime".to_owned(), time);
    }
    event
}
