//! What went wrong with one call to AWS, read from the SDK's many error types.
//!
//! Owns: the kinds of failure that the collector distinguishes, and the one line that the ledger keeps. The SDK's own
//! error is not kept: it holds the raw answer, which may be large and sensitive.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::defect::{Defect, Late, NoAnswer, NotAllowed, Throttled};
use super::reach;
use super::text::{self, chain_of, is_throttling, is_web_page, one_line};

/// The reason of services that encrypt with a customer managed key which the caller may not use.
pub(crate) const KEY_DENIED: &str = "KMS_ACCESS_DENIED";

/// Kinds of failure that lead to different actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// AWS denied the call: by policy, SCP or trust policy.
    Denied,
    /// What was asked for does not exist.
    NotFound,
    /// The base credentials have expired: no role can be assumed with them.
    Expired,
    /// AWS reports the session of one account's role as expired, and a new one did not help. This affects only that
    /// account.
    SessionExpired,
    /// AWS does not know the credentials: wrong key, wrong signature, clock.
    BadCredentials,
    /// Too many requests, even after all attempts.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection.
    Network,
    /// The certificate of the other side is not trusted: TLS is inspected in transit.
    Untrusted,
    /// The answer cannot be used.
    BadAnswer,
    /// Pages that contradict each other.
    Pagination,
    /// The deadline of the run passed.
    Deadline,
    /// The run ended before this was tried.
    NotTried,
    /// A bug in rolehop.
    Internal,
    /// Any other answer of AWS.
    Other,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}")]
pub(crate) struct CallError {
    pub(crate) operation: &'static str,
    pub(crate) kind: Kind,
    /// AWS's error code, if it gave one.
    pub(crate) code: Option<String>,
    /// Why, in one line.
    pub(crate) message: String,
    /// HTTP status of AWS's answer, if there is one.
    pub(crate) status: Option<u16>,
    /// For AWS support. Not part of the ledger, which must not differ between equal runs.
    pub(crate) request_id: Option<String>,
}

impl CallError {
    /// A failure that rolehop itself found.
    pub(crate) fn own(operation: &'static str, kind: Kind, message: impl Into<String>) -> Self {
        Self { operation, kind, code: None, message: message.into(), status: None, request_id: None }
    }

    /// Whether AWS gave one of these codes. The documentation omits the suffix `Exception` that the answers have.
    pub(crate) fn is_any(&self, codes: &[&str]) -> bool {
        let plain = |code: &str| codes.contains(&code.strip_suffix("Exception").unwrap_or(code));
        self.code.as_deref().is_some_and(plain)
    }

    /// Whether the service itself is failing or overloaded: neither credentials nor policies are the cause.
    pub(crate) fn is_passing(&self) -> bool {
        self.kind == Kind::Throttled
            || (self.code.is_none() && self.kind == Kind::Other && self.status.is_some_and(|status| status >= 500))
            || self.is_any(&[
                "ServiceUnavailable",
                "ServiceFailure",
                "InternalFailure",
                "InternalError",
                "InternalService",
            ])
    }

    /// Whether this is AWS's answer for a region that the account has not opted into, or that does not exist.
    pub(crate) fn is_region_off(&self) -> bool {
        let codes = ["OptInRequired", "InvalidClientTokenId", "UnrecognizedClientException", "RegionDisabledException"];
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// The same failure, of a call signed by a role's session: that session has expired, not the base credentials. An
    /// expiry without AWS's code is one of the base credentials, which were to renew the session.
    pub(crate) fn of_session(mut self) -> Self {
        if self.kind == Kind::Expired && self.code.is_some() {
            self.kind = Kind::SessionExpired;
        }
        self
    }

    /// Whether STS refuses the session itself: it is denied, or the requested duration is too long.
    pub(crate) fn refuses_session(&self) -> bool {
        self.operation == "AssumeRole" && (self.kind == Kind::Denied || self.is_too_long())
    }

    /// Longer than the role's own limit, or than the hour that role chaining allows.
    pub(crate) fn is_too_long(&self) -> bool {
        self.message.contains("DurationSeconds exceeds")
    }

    /// Reads the SDK's error.
    pub(crate) fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + RequestId + 'static,
    {
        Self::hiding(operation, error, None)
    }

    /// The same without a secret of the request, which AWS quotes where it refuses its form.
    pub(crate) fn hiding<E>(operation: &'static str, error: &SdkError<E, HttpResponse>, secret: Option<&str>) -> Self
    where
        E: ProvideErrorMetadata + Error + RequestId + 'static,
    {
        let service = error.as_service_error();
        let failed = match error {
            SdkError::TimeoutError(_) => Failed::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Failed::Timeout,
            SdkError::DispatchFailure(_) => Failed::Dispatch,
            SdkError::ResponseError(_) => Failed::Response,
            _ => Failed::Otherwise,
        };
        let told = Told {
            error,
            failed,
            raw: error.raw_response(),
            code: service.and_then(ProvideErrorMetadata::code),
            text: service.and_then(ProvideErrorMetadata::message),
        };
        told.call_error(operation, secret)
    }
}

/// What an error of the SDK says, whichever operation it is of: what is made of it is there once, not once an operation.
struct Told<'e> {
    error: &'e (dyn Error + 'static),
    failed: Failed,
    raw: Option<&'e HttpResponse>,
    code: Option<&'e str>,
    text: Option<&'e str>,
}

/// How a call failed, as the SDK sees it.
#[derive(Clone, Copy)]
enum Failed {
    Timeout,
    Dispatch,
    Response,
    Otherwise,
}

impl Told<'_> {
    fn call_error(&self, operation: &'static str, secret: Option<&str>) -> CallError {
        let request_id = self.raw.and_then(|raw| raw.request_id()).map(str::to_owned);
        let code = self.code.map(str::to_owned);
        let text = self.text.map(|text| match secret.filter(|secret| !secret.is_empty()) {
            Some(secret) => text.replace(secret, "***"),
            None => text.to_owned(),
        });
        let text = text.map(|text| one_line(without_signed(&text))).filter(|text| !text.is_empty());
        let status = self.raw.map(|raw| raw.status().as_u16());
        let kind = match own_error(self.error).or_else(|| web_page(self.raw?)) {
            Some((kind, message)) => return CallError { operation, kind, code, message, status, request_id },
            None => self.kind(status),
        };
        let message = match (&code, text) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => code.clone(),
            (None, _) => match status {
                Some(status) => format!("status {status} without an error code"),
                None => one_line(&reach::plain(&chain_of(self.error))),
            },
        };
        CallError { operation, kind, code, message, status, request_id }
    }

    fn kind(&self, status: Option<u16>) -> Kind {
        match self.code {
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | KEY_DENIED) => {
                return Kind::Denied;
            }
            Some(
                "NoSuchEntity"
                | "NoSuchEntityException"
                | "PolicyNotFoundException"
                | "TargetNotFoundException"
                | "ResourceNotFoundException",
            ) => return Kind::NotFound,
            Some("ExpiredToken" | "ExpiredTokenException") => return Kind::Expired,
            // the signature was too old on arrival, which says nothing about the credentials
            Some(text::LATE) => return Kind::BadCredentials,
            Some(
                "InvalidClientTokenId"
                | "UnrecognizedClientException"
                | "SignatureDoesNotMatch"
                | "InvalidSignatureException"
                | "MissingAuthenticationToken"
                | "IncompleteSignature",
            ) => return Kind::BadCredentials,
            Some(code) if is_throttling(code) => return Kind::Throttled,
            _ => {}
        }
        match self.failed {
            Failed::Timeout => Kind::Timeout,
            Failed::Dispatch if is_untrusted(&chain_of(self.error)) => Kind::Untrusted,
            Failed::Dispatch => Kind::Network,
            Failed::Response => Kind::BadAnswer,
            Failed::Otherwise if status == Some(429) => Kind::Throttled,
            Failed::Otherwise => Kind::Other,
        }
    }
}

/// AWS quotes the request where a signature does not match, with the session token in it.
fn without_signed(text: &str) -> &str {
    text.split("The Canonical String").next().unwrap_or(text).trim_end()
}

/// An error answer that is a web page: AWS never sends one.
fn web_page(raw: &HttpResponse) -> Option<(Kind, String)> {
    let body = raw.body().bytes().unwrap_or_default();
    let status = raw.status().as_u16();
    let from = raw.headers().get("server");
    (is_web_page(body) || matches!(status, 301 | 302 | 303 | 307 | 407)).then(|| {
        let defect = Defect::web_page(from, raw.headers().get(text::THROUGH));
        (Kind::BadAnswer, format!("{defect} (status {status})"))
    })
}

/// Our own errors, wherever the SDK has wrapped them.
fn own_error(error: &(dyn Error + 'static)) -> Option<(Kind, String)> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(defect) = error.downcast_ref::<Defect>() {
            return Some((Kind::BadAnswer, defect.to_string()));
        }
        if let Some(throttled) = error.downcast_ref::<Throttled>() {
            return Some((Kind::Throttled, throttled.to_string()));
        }
        if let Some(late) = error.downcast_ref::<Late>() {
            return Some((Kind::BadCredentials, late.to_string()));
        }
        if let Some(silent) = error.downcast_ref::<NoAnswer>() {
            let text = one_line(&silent.to_string());
            return Some((if is_untrusted(&text) { Kind::Untrusted } else { Kind::Network }, text));
        }
        if let Some(refused) = error.downcast_ref::<NotAllowed>() {
            return Some((Kind::Internal, refused.to_string()));
        }
        if let Some(call) = error.downcast_ref::<CallError>() {
            return Some((call.kind, call.to_string()));
        }
        next = error.source();
    }
    None
}

/// Matches the text of the TLS library; its error type is not accessible here.
fn is_untrusted(text: &str) -> bool {
    text.contains("invalid peer certificate")
}

/// `None` if the entity was deleted after it was listed.
pub(crate) fn existing<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
