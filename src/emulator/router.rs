//! Answers one request: the caller, errors that the options configure, the service, and faults of the schedule.
//!
//! Does not know HTTP (`http`) nor any operation (`services`).

use hyper::HeaderMap;
use hyper::http::request::Parts;
use jiff::Timestamp;

use super::data::caller::Caller;
use super::faults::corrupt;
use super::protocol::error_response::ErrorResponse;
use super::protocol::reply::{Reply, framed};
use super::protocol::request::{Call, Protocol};
use super::services::{account_access, cloudtrail, iam, identity_store, organizations, sso_admin, sts};
use super::state::State;
use crate::facet::Service;
use crate::ids::AccountId;

const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers a request that came in at `now`.
pub(crate) fn answer(state: &State, head: &Parts, body: &[u8], now: Timestamp) -> Reply {
    let headers = &head.headers;
    let request_id = state.request_id();
    let Some(call) = Call::read(&head.method, &head.uri, headers, body) else {
        let error = ErrorResponse::new(400, "SerializationException", "The request body is not JSON.");
        return Reply::error(Protocol::Json, IAM_NAMESPACE, request_id, error);
    };
    if call.operation == "AssumeRoleWithWebIdentity" && call.protocol == Protocol::Query {
        // the only call that is not signed
        let answer = sts::web_identity(state, &call, now).map(|xml| framed(&call, STS_NAMESPACE, &request_id, xml));
        return reply(Protocol::Query, STS_NAMESPACE, request_id, answer);
    }
    state.count_call(&call);
    let caller = clock_agrees(state, headers, &call, now).and_then(|()| admit(state, &call, now));
    let account = caller.as_ref().ok().map(|caller| caller.account);
    // an AssumeRole call counts for the role's account, whichever principal makes it
    let entered = call.parameter("RoleArn").and_then(|arn| AccountId::parse(arn.split(':').nth(4)?));
    let nth = state.count(&call, account);
    let faults = &state.options.faults;
    let fault = entered.or(account).and_then(|of| faults.fault(&call.action(), of, &call.region, nth));
    let answer = caller.and_then(|caller| match fault.and_then(|(fault, _)| fault.error_response(&call)) {
        Some(error) => Err(error),
        None => answer_of_service(state, &call, &caller, &request_id, now),
    });
    let namespace = if call.service == "sts" { STS_NAMESPACE } else { IAM_NAMESPACE };
    let mut reply = reply(call.protocol, namespace, request_id, answer);
    if let Some((fault, draw)) = fault {
        corrupt::corrupt(fault, &mut reply, &call, draw, nth);
    }
    state.note(&call, account, reply.status);
    reply
}

fn reply(protocol: Protocol, namespace: &str, request_id: String, answer: Result<String, ErrorResponse>) -> Reply {
    match answer {
        Ok(body) => Reply::answer(protocol, request_id, body),
        Err(error) => Reply::error(protocol, namespace, request_id, error),
    }
}

/// The error for a request that is too large to be read.
pub(crate) fn too_large(state: &State) -> Reply {
    let error = ErrorResponse::new(413, "RequestEntityTooLarge", "The request is larger than 1 MiB.");
    Reply::error(Protocol::Query, IAM_NAMESPACE, state.request_id(), error)
}

fn answer_of_service(
    state: &State,
    call: &Call,
    caller: &Caller,
    request_id: &str,
    now: Timestamp,
) -> Result<String, ErrorResponse> {
    if let Some(scale) = state.options.quotas {
        state.quotas.admit(call, caller, scale)?;
    }
    let framed = |namespace, xml| framed(call, namespace, request_id, xml);
    match (call.service.as_str(), call.protocol) {
        ("organizations", Protocol::Json) => organizations::answer(state, caller, call).map(|value| value.to_string()),
        ("sso", Protocol::Json) => sso_admin::answer(state, caller, call).map(|value| value.to_string()),
        ("identitystore", Protocol::Json) => identity_store::answer(state, caller, call).map(|value| value.to_string()),
        ("account-access", Protocol::Json) => {
            account_access::answer(state, caller, call).map(|value| value.to_string())
        }
        ("cloudtrail", Protocol::Json) => cloudtrail::answer(state, caller, call).map(|value| value.to_string()),
        ("iam", Protocol::Query) => iam::answer(state, caller, call, now).map(|xml| framed(IAM_NAMESPACE, xml)),
        ("sts", Protocol::Query) => sts::answer(state, caller, call, now).map(|xml| framed(STS_NAMESPACE, xml)),
        _ => Err(caller.denied(call)),
    }
}

/// A signature is valid for five minutes, according to AWS's clock.
fn clock_agrees(state: &State, headers: &HeaderMap, call: &Call, now: Timestamp) -> Result<(), ErrorResponse> {
    let ahead = state.options.clock_ahead;
    if ahead == 0 {
        return Ok(());
    }
    let signed = headers.get("x-amz-date").and_then(|date| date.to_str().ok());
    let signed = signed.and_then(|date| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok());
    let signed = signed.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|date| date.timestamp());
    let off = signed.map_or(0, |signed| now.as_second() + ahead - signed.as_second());
    if off.abs() <= 300 {
        return Ok(());
    }
    let (status, code) = match call.protocol {
        Protocol::Json => (400, "InvalidSignatureException"),
        Protocol::Query => (403, "SignatureDoesNotMatch"),
    };
    Err(ErrorResponse::new(status, code, "Signature expired: it is not within five minutes."))
}

/// The caller, unless there is none or the options deny the operation.
fn admit(state: &State, call: &Call, now: Timestamp) -> Result<Caller, ErrorResponse> {
    let mut caller = state.sessions.caller(call, now)?;
    caller.data = state.data.account(caller.account);
    if Service::signed(&call.service).is_none() {
        return Err(caller.denied(call));
    }
    if call.operation.is_empty() {
        return Err(match call.protocol {
            Protocol::Query => ErrorResponse::new(400, "MissingAction", "Could not find an operation in the request."),
            Protocol::Json => ErrorResponse::new(400, "UnknownOperationException", "The request names no operation."),
        });
    }
    let refused = &state.options.denied_operations;
    if refused.contains(&call.operation) || refused.contains(&call.action()) {
        return Err(caller.denied(call));
    }
    Ok(caller)
}
