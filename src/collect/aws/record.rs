//! What the log says of calls and phases.
//!
//! Owns: these events. Does not know who reads them, nor whether anybody does (`tracing` without a subscriber costs a
//! comparison).
//! INVARIANT: an event holds names, numbers and codes only: no header, no body, no URL, and no message of AWS, which may
//! quote what was signed.

use std::future::Future;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use tracing::{Instrument, debug, info, info_span, trace};

use super::defect::Defect;
use super::http::attempt;
use super::reach;
use super::text;
use crate::facet::Operation;
use crate::ids::AccountId;

/// Longest code or id that is logged.
const LONGEST: usize = 64;

/// An attempt at a call, before it is sent.
#[derive(Debug)]
pub(crate) struct Attempt {
    service: &'static str,
    operation: &'static str,
    region: String,
    number: u32,
    host: String,
}

impl Attempt {
    pub(crate) fn of(request: &HttpRequest, operation: Option<&'static Operation>, host: &str) -> Self {
        Self {
            service: operation.map_or("?", |operation| operation.service.prefix()),
            operation: operation.map_or("?", |operation| operation.name),
            region: request.headers().get("authorization").and_then(region).map(word).unwrap_or_default(),
            number: attempt(request),
            host: host.to_owned(),
        }
    }

    /// It is sent now, after it has waited for its turn.
    pub(crate) fn sent(&self, waited: Duration) {
        let Self { service, operation, region, number, host } = self;
        trace!(service, operation, region, attempt = number, host, waited_ms = millis(waited), "call sent");
    }

    /// How it ended: what is tried again is worth a line where calls are not.
    pub(crate) fn ended(&self, took: Duration, sent: &Result<HttpResponse, ConnectorError>) {
        let Self { service, operation, region, number, .. } = self;
        let took_ms = millis(took);
        let (outcome, status, request) = match sent {
            Ok(response) => (outcome(response), response.status().as_u16(), request_id(response)),
            Err(error) => (failure(error), 0, String::new()),
        };
        let bytes = sent.as_ref().ok().and_then(|response| response.body().bytes()).map_or(0, <[u8]>::len);
        let passes = sent.as_ref().map_or(true, |r| text::says(r, &text::THROTTLING) || matches!(status, 429 | 500..));
        if passes {
            info!(service, operation, region, attempt = number, outcome, status, took_ms, request, "attempt failed");
        } else {
            debug!(service, operation, region, attempt = number, outcome, status, took_ms, request, bytes, "call");
        }
    }
}

/// A phase of the run.
pub(crate) async fn phase<T>(phase: &'static str, work: impl Future<Output = T>) -> T {
    info!(phase, "begins");
    let since = Instant::now();
    let done = work.await;
    info!(phase, took_ms = millis(since.elapsed()), "ends");
    done
}

/// The reading of an account: what is logged in the meantime names it. `end` says how it ended, and what is missing.
pub(crate) async fn account<T>(
    account: AccountId,
    work: impl Future<Output = T>,
    end: impl FnOnce(&T) -> (&'static str, usize),
) -> T {
    let reading = async {
        debug!("account begins");
        let since = Instant::now();
        let done = work.await;
        let (state, missing) = end(&done);
        info!(state, missing, took_ms = millis(since.elapsed()), "account done");
        done
    };
    reading.instrument(info_span!("account", account = %account)).await
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `Credential=KEY/20260102/eu-west-1/iam/aws4_request`.
fn region(authorization: &str) -> Option<&str> {
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    scope.trim().rsplit('/').nth(2)
}

/// AWS's code, or `ok`.
fn outcome(response: &HttpResponse) -> String {
    if response.status().is_success() {
        return "ok".to_owned();
    }
    let body = response.body().bytes().unwrap_or_default();
    let start = String::from_utf8_lossy(body.get(..body.len().min(1024)).unwrap_or_default());
    let between = |from: &str, to: char| start.split_once(from).and_then(|(_, rest)| rest.split(to).next());
    let of_json = || between("\"__type\":\"", '"').or_else(|| between("\"__type\": \"", '"'));
    let header = response.headers().get("x-amzn-errortype").and_then(|code| code.split(':').next());
    let code = between("<Code>", '<').or(header).or_else(of_json);
    code.map(|code| word(code.rsplit('#').next().unwrap_or(code))).unwrap_or_default()
}

/// Why there is no answer, in words of ours.
fn failure(error: &ConnectorError) -> String {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(defect) = cause.downcast_ref::<Defect>() {
            return defect.to_string();
        }
        next = cause.source();
    }
    let words = reach::cause(&text::chain_of(error)).map(|cause| cause.words().to_owned());
    words.unwrap_or_else(|| if error.is_timeout() { "no answer in time" } else { "no answer" }.to_owned())
}

fn request_id(response: &HttpResponse) -> String {
    let headers = response.headers();
    let id = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"));
    id.map(word).unwrap_or_default()
}

/// What can be a code, an id or the name of a region; anything else is not one.
fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(LONGEST).collect()
}
