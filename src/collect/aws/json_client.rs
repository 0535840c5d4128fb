//! Calls to services without an SDK crate here: signed JSON over the SDK's own runtime.
//!
//! Owns: how such a request is made and how a refusal is read. Retries, time limits, pace, the allow-list and the check of whole
//! answers are those of every client (`clients`). Does not know who calls what.
//!
//! The SDK has three crates for the fifteen calls to IAM Identity Center, its identity store and the account access manager:
//! aws-sdk-ssoadmin 1.125.0, aws-sdk-identitystore 1.122.0, aws-sdk-accountaccess 1.15.0. They have 168,000 lines, 9.1 MB, of source. In a
//! project that has aws-sdk-sts 1.124.0 alone, they add 40 s to the 82 s of processor time of a debug build, and 131 s to the 205 s of a
//! release build (two cores, features `default-https-client` and `rt-tokio`). This file and `endpoint` stand in for them.
//!
//! Source: "AWS JSON 1.1 protocol" and "AWS restJson1 protocol", Smithy; service models of the three services.

use std::fmt;
use std::io;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::SharedRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::facet::{Protocol, Service, operation};

/// What stays as it is in a segment of a path: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A client of one service in one region.
#[derive(Clone, Debug)]
pub(crate) struct JsonClient {
    pub(super) service: Service,
    pub(super) endpoint: String,
    /// Credentials, signature, retries, limits and guards.
    pub(super) settings: SharedRuntimePlugin,
}

/// What a call is sent with.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// The segments of the path in place of each `{}`, for a REST call.
    pub(crate) segments: Vec<String>,
    pub(crate) fields: Value,
}

impl From<Value> for Input {
    fn from(fields: Value) -> Self {
        Self { segments: Vec::new(), fields }
    }
}

/// An error answer.
#[derive(Debug)]
pub(crate) struct Refused(ErrorMetadata);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl RequestId for Refused {
    fn request_id(&self) -> Option<&str> {
        self.0.request_id()
    }
}

impl JsonClient {
    pub(crate) fn service(&self) -> Service {
        self.service
    }

    /// Makes a call and returns the answer's fields.
    ///
    /// # Errors
    /// As a client of the SDK.
    pub(crate) async fn call(
        &self,
        name: &'static str,
        input: Input,
    ) -> Result<Value, SdkError<Refused, HttpResponse>> {
        let service = self.service;
        let operation = Operation::builder()
            .service_name(service.sdk_id())
            .operation_name(name)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .runtime_plugin(self.settings.clone())
            .serializer(move |input: Input| Ok(request(service, name, &input)?))
            .deserializer(answer)
            .build();
        operation.invoke(input).await
    }
}

/// The request of a call, without host and signature.
fn request(service: Service, name: &str, input: &Input) -> Result<HttpRequest, io::Error> {
    let rest = operation(service, name).and_then(|operation| match operation.protocol {
        Protocol::Rest { method, path } => Some((method, path)),
        Protocol::Json | Protocol::Query => None,
    });
    let mut request = HttpRequest::new(SdkBody::empty());
    let has_body = if let Some((method, path)) = rest {
        request.set_method(method).map_err(io::Error::other)?;
        request.set_uri(filled(path, &input.segments)).map_err(io::Error::other)?;
        request.headers_mut().insert("content-type", "application/json");
        method != "GET"
    } else {
        request.set_method("POST").map_err(io::Error::other)?;
        request.set_uri("/".to_owned()).map_err(io::Error::other)?;
        request.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        request.headers_mut().insert("x-amz-target", format!("{}.{name}", target(service)));
        true
    };
    if has_body {
        let body = input.fields.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
    }
    Ok(request)
}

/// The path with each `{}` replaced by a segment.
fn filled(path: &str, segments: &[String]) -> String {
    let mut segments = segments.iter();
    let parts = path.split('/').map(|part| match part {
        "{}" => utf8_percent_encode(segments.next().map_or("", String::as_str), SEGMENT).to_string(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The name of a service in the header `x-amz-target`.
fn target(service: Service) -> &'static str {
    match service {
        Service::SsoAdmin => "SWBExternalService",
        Service::IdentityStore => "AWSIdentityStore",
        other => other.sdk_id(),
    }
}

fn answer(response: &HttpResponse) -> Result<Value, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(OrchestratorError::other);
    }
    Err(OrchestratorError::operation(Refused(refusal(response, body))))
}

/// Code and message of an error answer. A reason of AWS KMS takes the place of the code: the call is not what was refused.
fn refusal(response: &HttpResponse, body: &[u8]) -> ErrorMetadata {
    let fields: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |keys: &[&str]| keys.iter().find_map(|key| fields.get(key)?.as_str());
    let named = response.headers().get("x-amzn-errortype").or_else(|| text(&["__type", "code", "Code"]));
    // `namespace#Code:http://…`
    let code = named.map(|named| named.split(':').next().unwrap_or(named)).and_then(|named| named.rsplit('#').next());
    let reason = text(&["Reason", "reason"]).filter(|reason| is_of_key(reason));
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = reason.or(code).filter(|code| !code.is_empty()) {
        meta = meta.code(code);
    }
    if let Some(message) = text(&["message", "Message", "errorMessage"]) {
        meta = meta.message(message);
    }
    let request = response.headers().get("x-amzn-requestid").map(str::to_owned);
    if let Some(request) = request {
        meta = meta.custom("aws_request_id", request);
    }
    meta.build()
}

/// `KMS_ACCESS_DENIED`, `KMS_KEY_NOT_FOUND`, … Throttling by KMS is throttling.
fn is_of_key(reason: &str) -> bool {
    reason.starts_with("KMS_") && reason != "KMS_THROTTLING"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_keeps_nothing_that_could_be_read_as_a_path() {
        let arn = "arn:aws:account-access:us-east-1:111122223333:application/a?b".to_owned();
        assert_eq!(
            filled("/applications/{}", &[arn]),
            "/applications/arn%3Aaws%3Aaccount-access%3Aus-east-1%3A111122223333%3Aapplication%2Fa%3Fb"
        );
        assert_eq!(filled("/applications-list", &[]), "/applications-list");
    }

    #[test]
    fn the_code_of_a_refusal_comes_from_header_or_body_and_a_key_of_kms_is_named() {
        let told = |header: Option<&'static str>, body: &'static str| {
            let mut response = HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body));
            if let Some(header) = header {
                response.headers_mut().insert("x-amzn-errortype", header);
            }
            let meta = refusal(&response, body.as_bytes());
            (meta.code().unwrap_or_default().to_owned(), meta.message().unwrap_or_default().to_owned())
        };
        let of = |code: &str, message: &str| (code.to_owned(), message.to_owned());
        let body = r#"{"__type":"com.amazonaws.sso#AccessDeniedException","Message":"no"}"#;
        assert_eq!(told(None, body), of("AccessDeniedException", "no"));
        assert_eq!(told(Some("ThrottlingException:http://x/"), "{}"), of("ThrottlingException", ""));
        let body = r#"{"__type":"AccessDeniedException","Message":"no","Reason":"KMS_ACCESS_DENIED"}"#;
        assert_eq!(told(None, body), of("KMS_ACCESS_DENIED", "no"));
        let body = r#"{"__type":"ThrottlingException","Message":"no","Reason":"KMS_THROTTLING"}"#;
        assert_eq!(told(None, body), of("ThrottlingException", "no"));
    }
}
