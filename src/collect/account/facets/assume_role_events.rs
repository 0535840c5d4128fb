//! Who actually assumed a role: CloudTrail's event history of the last 90 days.
//!
//! Owns: the data set `assume-role-events`, which is only read on request: CloudTrail allows two requests a second for
//! each account and region.
//! Keeps an excerpt of each record. Does not judge whether a use was legitimate.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;
use crate::collect::options::EventSearch;
use crate::facet::Service;
use crate::snapshot::activity::{AssumeRoleEvent, AssumeRoleEvents};

const OPERATION: &str = "LookupEvents";

/// Looks up `roles`, which are ARNs of the account, in every region of the search, up to `now`.
pub(crate) async fn read(
    session: &Session,
    search: &EventSearch,
    roles: Vec<String>,
    now: Timestamp,
    page_limit: usize,
) -> Result<AssumeRoleEvents, CallError> {
    let days = SignedDuration::from_hours(24 * i64::from(search.days));
    let from = now.checked_sub(days).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut found: BTreeMap<String, AssumeRoleEvent> = BTreeMap::new();
    let home = session.region().to_owned();
    let mut regions = vec![home.clone()];
    regions.extend(search.regions.iter().filter(|region| **region != home).cloned());
    regions.dedup();
    let mut searched = Vec::new();
    for region in regions {
        let client = session.cloudtrail(&region);
        let of_region = async {
            let mut events = Vec::new();
            for role in &roles {
                events.extend(lookup(session, &client, role, (from, now), page_limit).await?);
            }
            Ok::<_, CallError>(events)
        };
        match of_region.await {
            Err(error) if region != home && error.is_region_off() => continue,
            events => found.extend(events?.into_iter().map(|event| (event.event_id.clone(), event))),
        }
        searched.push(region);
    }
    let mut events: Vec<AssumeRoleEvent> = found.into_values().collect();
    events.sort();
    Ok(AssumeRoleEvents { from: from.to_string(), to: now.to_string(), regions: searched, roles, events })
}

async fn lookup(
    session: &Session,
    client: &aws_sdk_cloudtrail::Client,
    role: &str,
    (from, to): (Timestamp, Timestamp),
    page_limit: usize,
) -> Result<Vec<AssumeRoleEvent>, CallError> {
    let by_role = LookupAttribute::builder().attribute_key(LookupAttributeKey::ResourceName).attribute_value(role);
    let by_role = by_role.build().map_err(|error| CallError::own(OPERATION, Kind::Internal, error.to_string()))?;
    let by_role = &by_role;
    let events = pages::all(Service::CloudTrail, OPERATION, page_limit, |token| async move {
        let request = || {
            (client.lookup_events().lookup_attributes(by_role.clone()))
                .start_time(DateTime::from_secs(from.as_second()))
                .end_time(DateTime::from_secs(to.as_second()))
                .max_results(50)
                .set_next_token(token.clone())
                .send()
        };
        let answer = session.send(OPERATION, request).await?;
        Ok((answer.events.unwrap_or_default(), Next::Token(answer.next_token)))
    })
    .await?;
    let assumed = |event: &Event| event.event_name().is_some_and(|name| name.starts_with("AssumeRole"));
    events.iter().filter(|event| assumed(event)).map(|event| excerpt(event, role)).collect()
}

/// The part of a record that is kept. A record that cannot be read is an error: it might be the one that matters.
fn excerpt(event: &Event, role: &str) -> Result<AssumeRoleEvent, CallError> {
    let bad = |why: &str| CallError::own(OPERATION, Kind::BadAnswer, format!("an event cannot be read: {why}"));
    let id = event.event_id().filter(|id| !id.is_empty()).ok_or_else(|| bad("it has no id"))?;
    let text = event.cloud_trail_event().ok_or_else(|| bad("it has no record"))?;
    let record: Value = serde_json::from_str(text).map_err(|_| bad("its record is no JSON"))?;
    let at = |path: &str| record.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let time = at("/eventTime").or_else(|| event.event_time().and_then(crate::collect::aws::text::time));
    let caller =
        ["/userIdentity/arn", "/userIdentity/invokedBy", "/userIdentity/userName", "/userIdentity/principalId"];
    let mfa = at("/userIdentity/sessionContext/attributes/mfaAuthenticated");
    Ok(AssumeRoleEvent {
        event_time: time.ok_or_else(|| bad("it has no time"))?,
        event_id: id.to_owned(),
        event_name: event.event_name().unwrap_or_default().to_owned(),
        region: at("/awsRegion").unwrap_or_default(),
        role_arn: at("/requestParameters/roleArn").unwrap_or_else(|| role.to_owned()),
        principal: caller.into_iter().find_map(at),
        principal_type: at("/userIdentity/type"),
        principal_account: at("/userIdentity/accountId"),
        session_name: at("/requestParameters/roleSessionName"),
        source_ip_address: at("/sourceIPAddress"),
        mfa_authenticated: mfa.map(|text| text == "true"),
        error_code: at("/errorCode"),
    })
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    let client = session.cloudtrail(session.region());
    permitted("LookupEvents", client.lookup_events().max_results(1).send().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(record: &str) -> Event {
        Event::builder().event_id("e-1").event_name("AssumeRole").cloud_trail_event(record).build()
    }

    #[test]
    fn the_excerpt_says_who_assumed_what_from_where() {
        let record = r#"{"eventTime":"2026-11-01T10:00:00Z","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7",
            "userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333",
                "sessionContext":{"attributes":{"mfaAuthenticated":"true"}}},
            "requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/admin","roleSessionName":"ann"}}"#;
        let kept = excerpt(&event(record), "arn:aws:iam::444455556666:role/admin").unwrap();
        assert_eq!(kept.principal.as_deref(), Some("arn:aws:iam::111122223333:user/ann"));
        assert_eq!(kept.mfa_authenticated, Some(true));
        assert_eq!((kept.session_name.as_deref(), kept.error_code), (Some("ann"), None));
        assert_eq!(kept.event_time, "2026-11-01T10:00:00Z");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_an_error_and_not_left_out() {
        assert!(excerpt(&event("{"), "r").is_err());
        assert!(excerpt(&event("{}"), "r").is_err(), "no time");
    }
}
