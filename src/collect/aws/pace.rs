//! How fast and how much at once: calls in flight, rates, and giving way where AWS throttles.
//!
//! Owns: the slots of the run and of each account, and a lane for each kind of call (`lane`). It sits in
//! the HTTP client of one account, below the SDK's retry loop, so that every attempt counts and no wait counts against an
//! attempt's time. Does not know what a call means.
//! INVARIANT: a call that waits for its turn holds no slot of the run: a slow account costs the others nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error;
use super::http;
use super::lane::Lane;
use super::whole::Defect;

/// Transport failures in a row after which a host that does not answer is no longer waited for.
const STRIKES: u32 = 8;
/// The same for the first calls of a run.
const FIRST_STRIKES: u32 = 3;
/// Answers in a row that are nobody's, at STS: all accounts are entered there, and those of one account must not count against the
/// others, of which sixteen are entered at once.
const STRANGERS_AT_DOOR: u32 = 16 * STRIKES;
/// Throttled answers in a row after which an account is given up: as the rate falls to its least, these are some two minutes.
const REFUSALS: u32 = 100;

/// AWS's published rates, in calls a second and burst ("Quotas and service limits for AWS Organizations", "Quotas in AWS
/// CloudTrail"). Anything faster is only throttled, and shares the quota with the customer's own automation.
const PUBLISHED: &[(&str, f64, f64)] = &[
    ("ListAccounts", 8.0, 12.0),
    ("ListTagsForResource", 10.0, 15.0),
    ("ListAccountsForParent", 5.0, 8.0),
    ("ListOrganizationalUnitsForParent", 5.0, 8.0),
    ("ListPolicies", 5.0, 8.0),
    ("ListTargetsForPolicy", 5.0, 8.0),
    ("DescribePolicy", 2.0, 2.0),
    ("DescribeOrganization", 1.0, 2.0),
    ("ListRoots", 1.0, 2.0),
    ("LookupEvents", 2.0, 2.0),
];

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Calls in flight.
    pub(crate) calls: usize,
    /// Calls in flight of one account and service.
    pub(crate) calls_of_account: usize,
    /// Calls a second of one account and service; infinite where only AWS limits them.
    pub(crate) rate_of_account: f64,
    /// AssumeRole calls a second.
    pub(crate) assume_rate: f64,
    /// Published rates, and those that throttling leads to, are multiplied by this: tests have other quotas.
    pub(crate) quota_scale: f64,
    /// Limit of one attempt.
    pub(crate) attempt: Duration,
}

/// What all accounts share: the slots and the count.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    limits: Limits,
    slots: Arc<Semaphore>,
    traffic: Arc<Traffic>,
}

/// Attempts made so far, and what the answers said of the time.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    calls: AtomicU64,
    throttled: AtomicU64,
    /// Seconds that the last answer's clock was ahead of ours.
    ahead: AtomicI64,
}

impl Traffic {
    /// All attempts, and those that AWS throttled.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.throttled.load(Ordering::Relaxed))
    }

    /// Seconds that AWS's clock is ahead of this machine's, as its last answer said.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    fn note_time(&self, response: &HttpResponse) {
        let date = response.headers().get("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(date) = date {
            let ahead = date.timestamp().as_second().saturating_sub(Timestamp::now().as_second());
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }
}

impl Flow {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, slots: Arc::new(Semaphore::new(limits.calls.max(1))), traffic: Arc::default() }
    }

    pub(crate) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// Whether a call could be made at once: then there is room for one more account. Asks for no slot, so that nobody can
    /// be left with one that he does not use.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.available_permits() > 0
    }

    /// The pace of one account at one service, in one region where the service has regions.
    pub(crate) fn of_account(&self) -> Pace {
        self.pace(self.limits.calls_of_account, self.limits.rate_of_account, true, STRIKES, STRIKES)
    }

    /// The pace of the base credentials at STS.
    pub(crate) fn of_assume_role(&self) -> Pace {
        self.pace(self.limits.calls, self.limits.assume_rate, true, STRIKES, STRANGERS_AT_DOOR)
    }

    /// The pace of the calls with which a run begins: a service that is unwell is waited for as everywhere, but nobody should wait a
    /// minute to learn that an endpoint or a proxy is wrong.
    pub(crate) fn of_first_calls(&self) -> Pace {
        self.pace(self.limits.calls, self.limits.assume_rate, true, FIRST_STRIKES, FIRST_STRIKES)
    }

    /// The pace of discovery, which runs beside the accounts and must not wait for them.
    pub(crate) fn of_organization(&self) -> Pace {
        self.pace(8, f64::INFINITY, false, STRIKES, STRIKES)
    }

    fn pace(&self, in_flight: usize, ceiling: f64, in_run: bool, patience: u32, most_strangers: u32) -> Pace {
        Pace(Arc::new(Inner {
            own: Semaphore::new(in_flight.max(1)),
            of_run: in_run.then(|| Arc::clone(&self.slots)),
            ceiling,
            scale: self.limits.quota_scale,
            attempt: self.limits.attempt,
            lanes: Mutex::default(),
            patience,
            strikes: AtomicU32::new(0),
            most_strangers,
            strangers: AtomicU32::new(0),
            refusals: AtomicU32::new(0),
            traffic: Arc::clone(&self.traffic),
        }))
    }
}

/// The pace of one account at one service. Clones are the same pace.
#[derive(Clone, Debug)]
pub(crate) struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    own: Semaphore,
    /// `None` for calls that do not count against the run's slots.
    of_run: Option<Arc<Semaphore>>,
    ceiling: f64,
    scale: f64,
    attempt: Duration,
    /// By operation for those that have a quota of their own, under an empty name for all others.
    lanes: Mutex<HashMap<&'static str, Lane>>,
    /// Attempts without an answer after which the host is given up.
    patience: u32,
    strikes: AtomicU32,
    /// The same for answers that come too late or from somebody else.
    most_strangers: u32,
    strangers: AtomicU32,
    refusals: AtomicU32,
    traffic: Arc<Traffic>,
}

impl Inner {
    fn with_lane<T>(&self, operation: Option<&str>, work: impl FnOnce(&mut Lane) -> T) -> T {
        let published = PUBLISHED.iter().find(|(name, _, _)| Some(*name) == operation);
        let (name, rate, burst) = match published {
            Some((name, rate, burst)) => (*name, rate * self.scale, (burst * self.scale).max(1.0)),
            None if self.ceiling.is_infinite() => ("", self.ceiling, 1.0),
            // a tenth of a second's worth at once
            None => ("", self.ceiling, (self.ceiling / 10.0).clamp(1.0, 100.0)),
        };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        work(lanes.entry(name).or_insert_with(|| Lane::new(rate.min(self.ceiling), burst, self.scale, Instant::now())))
    }

    async fn call(&self, operation: Option<String>, host: &str, send: impl Future<Output = Sent>) -> Sent {
        let operation = operation.as_deref();
        // never closed, so that an error cannot come
        let _own = self.own.acquire().await;
        tokio::time::sleep(self.with_lane(operation, |lane| lane.turn(Instant::now()))).await;
        let _of_run = match &self.of_run {
            Some(slots) => Some(slots.acquire().await),
            None => None,
        };
        self.traffic.calls.fetch_add(1, Ordering::Relaxed);
        let sent = match tokio::time::timeout(self.attempt, send).await {
            Ok(sent) => sent,
            Err(_) => {
                let limit = format!("no whole answer within {} s", self.attempt.as_secs_f64());
                Err(ConnectorError::timeout(limit.into()))
            }
        };
        self.judge(operation, host, sent)
    }

    /// Counts an attempt that had no answer; true where there were enough.
    fn strike(&self) -> bool {
        self.strikes.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= self.patience
    }

    /// Counts an answer that is nobody's; true where there were enough.
    fn stranger(&self) -> bool {
        self.strangers.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= self.most_strangers
    }

    /// Learns from an attempt. Where nothing has answered for many attempts, the error is made one that is not retried.
    fn judge(&self, operation: Option<&str>, host: &str, sent: Sent) -> Sent {
        sent.iter().for_each(|response| self.traffic.note_time(response));
        match &sent {
            Ok(response) if throttles(response) => {
                self.traffic.throttled.fetch_add(1, Ordering::Relaxed);
                self.strikes.store(0, Ordering::Relaxed);
                self.with_lane(operation, Lane::throttled);
                if self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= REFUSALS {
                    let why = format!("throttled {REFUSALS} times in a row");
                    return Err(ConnectorError::other(Throttled(why).into(), None));
                }
            }
            // signed again it may be in time
            Ok(response) if says(response, &[error::LATE]) => {
                if self.stranger() {
                    return Err(ConnectorError::other(Late.into(), None));
                }
            }
            // an error page is nobody's answer; a gateway's passes, anything else stays
            Ok(response)
                if matches!(response.status().as_u16(), 500 | 501)
                    && error::is_web_page(response.body().bytes().unwrap_or_default()) =>
            {
                if self.strike() {
                    return Err(ConnectorError::other("what answers is a web page, not AWS".into(), None));
                }
            }
            Ok(response) => {
                self.strikes.store(0, Ordering::Relaxed);
                self.strangers.store(0, Ordering::Relaxed);
                self.refusals.store(0, Ordering::Relaxed);
                if response.status().is_success() {
                    self.with_lane(operation, Lane::succeeded);
                }
            }
            Err(error) if error.is_io() || error.is_timeout() => {
                if self.strike() {
                    return Err(given_up(host, self.patience, sent.err()));
                }
            }
            // not AWS's either; the same defect, not tried again
            Err(error) if is_of_a_stranger(error) => {
                if self.stranger() {
                    return sent.map_err(|error| ConnectorError::other(error.into_source(), None));
                }
            }
            Err(_) => {}
        }
        sent
    }
}

/// The same failure, as one that is not tried again.
fn given_up(host: &str, attempts: u32, error: Option<ConnectorError>) -> ConnectorError {
    let why = error.map_or_else(String::new, |error| error::chain_of(&error));
    ConnectorError::other(NoAnswer { host: host.to_owned(), attempts, why }.into(), None)
}

/// Whether what came is no answer of AWS, as far as anybody can tell.
fn is_of_a_stranger(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(defect) = error.downcast_ref::<Defect>() {
            return matches!(defect, Defect::WebPage(_) | Defect::Foreign(_) | Defect::NoCode(_));
        }
        next = error.source();
    }
    false
}

/// A host did not answer, attempt after attempt.
#[derive(Debug, thiserror::Error)]
#[error("{attempts} attempts in a row had no answer from {host}: {why}")]
pub(crate) struct NoAnswer {
    host: String,
    attempts: u32,
    why: String,
}

/// Requests come in too late, attempt after attempt.
#[derive(Debug, thiserror::Error)]
#[error(
    "RequestExpired, attempt after attempt: they come in too long after they were signed: a slow proxy, or a clock that is off"
)]
pub(crate) struct Late;

/// AWS throttles an account without end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Throttled(String);

type Sent = Result<HttpResponse, ConnectorError>;

/// Whether an answer says that there were too many requests: by status, or by any of AWS's many codes for it.
fn throttles(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    status >= 400 && (status == 429 || says(response, &error::THROTTLING))
}

/// Whether an error answer has one of these codes in its header or at its beginning.
pub(crate) fn says(response: &HttpResponse, codes: &[&str]) -> bool {
    if response.status().as_u16() < 400 {
        return false;
    }
    let body = response.body().bytes().unwrap_or_default();
    let start = String::from_utf8_lossy(body.get(..body.len().min(1024)).unwrap_or_default());
    let header = response.headers().get("x-amzn-errortype").unwrap_or_default();
    codes.iter().any(|code| header.contains(code) || start.contains(code))
}

/// An HTTP client that keeps the pace of one account.
#[derive(Debug)]
pub(crate) struct Paced {
    inner: SharedHttpClient,
    pace: Pace,
}

impl Paced {
    pub(crate) fn new(inner: SharedHttpClient, pace: Pace) -> Self {
        Self { inner, pace }
    }
}

impl HttpClient for Paced {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(PacedConnector { inner, pace: self.pace.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, cfg)
    }
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pace: Pace,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, pace) = (self.inner.clone(), Arc::clone(&self.pace.0));
        let operation = http::operation_name(&request);
        let host = request.uri().split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let host = host.to_owned();
        HttpConnectorFuture::new(async move { pace.call(operation, &host, async { inner.call(request).await }).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            calls: 4,
            calls_of_account: 2,
            rate_of_account: f64::INFINITY,
            assume_rate: f64::INFINITY,
            quota_scale: 1.0,
            attempt: Duration::from_secs(30),
        }
    }

    fn answer(status: u16, body: &'static str) -> Sent {
        Ok(HttpResponse::new(status.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(body)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_published_rate_is_kept_after_its_burst() {
        let pace = Flow::new(limits()).of_organization();
        let start = Instant::now();
        for _ in 0..10 {
            let call = pace.0.call(Some("DescribePolicy".into()), "host", async { answer(200, "{}") });
            assert!(call.await.is_ok());
        }
        // two at once, then two a second
        let waited = start.elapsed().as_secs_f64();
        assert!((3.9..4.2).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn each_spelling_of_throttling_slows_an_account_down() {
        for (status, body) in [(400, "<Code>Throttling</Code>"), (503, "<Code>RequestLimitExceeded</Code>"), (429, "")]
        {
            let pace = Flow::new(limits()).of_account();
            let wait = || pace.0.with_lane(None, |lane| lane.turn(Instant::now()));
            assert_eq!(wait(), Duration::ZERO);
            let _ = pace.0.call(None, "host", async { answer(status, body) }).await;
            assert!(wait() > Duration::ZERO, "{status} {body}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_is_not_run_against() {
        // ten a second and no more, as a token bucket gives them
        let pace = Flow::new(limits()).of_account();
        let (mut tokens, mut since, mut given, mut refused) = (1.0, Instant::now(), 0, 0);
        while given < 500 {
            let call = async {
                tokens = (tokens + 10.0 * since.elapsed().as_secs_f64()).min(1.0) - 1.0;
                since = Instant::now();
                if tokens < 0.0 {
                    tokens += 1.0;
                    refused += 1;
                    return answer(429, "");
                }
                given += 1;
                answer(200, "")
            };
            let _ = pace.0.call(None, "host", call).await;
        }
        assert!(refused < given, "{refused} refused for {given} given");
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_waits_holds_no_slot_of_the_run() {
        let flow = Flow::new(Limits { calls: 1, ..limits() });
        let slow = flow.of_account();
        for _ in 0..70 {
            let _ = slow.0.call(None, "host", async { answer(429, "") }).await;
        }
        let waiting = tokio::spawn({
            let slow = slow.clone();
            async move { slow.0.call(None, "host", async { answer(200, "") }).await.is_ok() }
        });
        tokio::task::yield_now().await;
        let start = Instant::now();
        assert!(flow.of_account().0.call(None, "host", async { answer(200, "") }).await.is_ok());
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(!waiting.is_finished());
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_answers_is_given_up() {
        let pace = Flow::new(limits()).of_account();
        let start = Instant::now();
        for n in 1..=STRIKES {
            let sent = pace.0.call(None, "host", std::future::pending()).await;
            let is_timeout = sent.unwrap_err().is_timeout();
            assert_eq!(is_timeout, n < STRIKES, "attempt {n}");
        }
        assert_eq!(start.elapsed(), Duration::from_secs(30) * STRIKES);
        assert!(pace.0.call(None, "host", async { answer(200, "") }).await.is_ok());
        assert!(
            pace.0.call(None, "host", std::future::pending()).await.unwrap_err().is_timeout(),
            "it is waited for again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_is_throttled_without_end_is_given_up() {
        let pace = Flow::new(limits()).of_account();
        for n in 1..=REFUSALS {
            let sent = pace.0.call(None, "host", async { answer(429, "") }).await;
            assert_eq!(sent.is_err(), n == REFUSALS, "answer {n}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_run_has_no_more_calls_in_flight_than_it_may() {
        let flow = Flow::new(limits());
        let (now, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let calls = (0..20).map(|_| {
            let (pace, now, most) = (flow.of_account(), Arc::clone(&now), Arc::clone(&most));
            async move {
                let call = async {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(80)).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    answer(200, "")
                };
                pace.0.call(None, "host", call).await.is_ok()
            }
        });
        assert!(futures::future::join_all(calls).await.into_iter().all(|ok| ok));
        assert_eq!(most.load(Ordering::SeqCst), 4);
        assert_eq!(flow.traffic().counts(), (20, 0));
    }
}
