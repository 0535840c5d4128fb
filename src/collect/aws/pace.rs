//! How fast and how much at once: calls in flight, rates, and slowing down when AWS throttles.
//!
//! Owns: the slots of each account, and a lane for each kind of call (`lane`). It is a layer of the HTTP client of one
//! account, below the SDK's retry loop, so that every attempt counts and no wait counts against an attempt's time. Does
//! not know what a call means.
//! INVARIANT: a call that waits for its turn holds no slot of the run: a slow account costs the others nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::defect::{Defect, Late, NoAnswer, Throttled};
use super::lane::Lane;
use super::layer::Layer;
use super::operations;
use super::reach;
use super::record::Attempt;
use super::text;
use super::traffic::Traffic;
use crate::facet::{Operation, Service};

/// Throttled answers in a row after which an account is given up: about two minutes while the rate falls to its
/// minimum.
pub(crate) const REFUSALS: u32 = 100;

/// The parameters of a pace.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Calls in flight.
    pub(crate) in_flight: usize,
    /// The slots of the run; `None` for calls that do not take one.
    pub(crate) of_run: Option<Arc<Semaphore>>,
    /// Calls a second; infinite if only AWS limits them.
    pub(crate) ceiling: f64,
    /// Published rates are multiplied by this.
    pub(crate) scale: f64,
    /// Limit of one attempt.
    pub(crate) attempt: Duration,
    /// Attempts in a row without an answer after which the host is given up.
    pub(crate) strikes: u32,
    /// The same for answers that arrive too late or are not AWS's.
    pub(crate) strangers: u32,
    pub(crate) traffic: Arc<Traffic>,
}

/// The pace of one account at one service. Clones are the same pace.
#[derive(Clone, Debug)]
pub(crate) struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    terms: Terms,
    own: Semaphore,
    /// One lane for each operation that has a published rate of its own; all others share one.
    lanes: Mutex<HashMap<Option<(Service, &'static str)>, Lane>>,
    strikes: AtomicU32,
    strangers: AtomicU32,
    refusals: AtomicU32,
}

impl Pace {
    pub(crate) fn new(terms: Terms) -> Self {
        Self(Arc::new(Inner {
            own: Semaphore::new(terms.in_flight.max(1)),
            lanes: Mutex::default(),
            strikes: AtomicU32::new(0),
            strangers: AtomicU32::new(0),
            refusals: AtomicU32::new(0),
            terms,
        }))
    }

    /// Sends an attempt when it is its turn.
    pub(crate) async fn attempt(
        &self,
        operation: Option<&'static Operation>,
        host: &str,
        send: impl Future<Output = Sent>,
    ) -> Sent {
        self.0.call(operation, host, send).await
    }

    /// Takes the next turn of an operation and returns the wait until then.
    #[cfg(test)]
    pub(crate) fn turn(&self, operation: Option<&Operation>) -> Duration {
        self.0.with_lane(operation, |lane| lane.turn(Instant::now()))
    }
}

impl Inner {
    fn with_lane<T>(&self, operation: Option<&Operation>, work: impl FnOnce(&mut Lane) -> T) -> T {
        let published = operation.and_then(|operation| Some((operation, operation.rate?)));
        let (key, rate, burst) = match published {
            Some((operation, rate)) => {
                let burst = (rate.burst * self.terms.scale).max(1.0);
                (Some((operation.service, operation.name)), rate.per_second * self.terms.scale, burst)
            }
            None if self.terms.ceiling.is_infinite() => (None, self.terms.ceiling, 1.0),
            // a tenth of a second's worth at once
            None => (None, self.terms.ceiling, (self.terms.ceiling / 10.0).clamp(1.0, 100.0)),
        };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        work(
            lanes
                .entry(key)
                .or_insert_with(|| Lane::new(rate.min(self.terms.ceiling), burst, self.terms.scale, Instant::now())),
        )
    }

    async fn call(&self, operation: Option<&'static Operation>, host: &str, send: impl Future<Output = Sent>) -> Sent {
        // never closed, so that an error cannot come
        let _own = self.own.acquire().await;
        tokio::time::sleep(self.with_lane(operation, |lane| lane.turn(Instant::now()))).await;
        let _of_run = match &self.terms.of_run {
            Some(slots) => Some(slots.acquire().await),
            None => None,
        };
        self.terms.traffic.calls.fetch_add(1, Ordering::Relaxed);
        let sent = match tokio::time::timeout(self.terms.attempt, send).await {
            Ok(sent) => sent,
            Err(_) => {
                let limit = format!("no whole answer within {} s", self.terms.attempt.as_secs_f64());
                Err(ConnectorError::timeout(limit.into()))
            }
        };
        self.judge(operation, host, sent)
    }

    /// Counts an attempt without an answer; true once the limit is reached.
    fn strike(&self) -> bool {
        self.strikes.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= self.terms.strikes
    }

    /// Counts an answer that is not AWS's; true once the limit is reached.
    fn stranger(&self) -> bool {
        self.strangers.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= self.terms.strangers
    }

    /// Learns from an attempt. If many attempts in a row had no answer, the error becomes one that is not retried.
    fn judge(&self, operation: Option<&Operation>, host: &str, sent: Sent) -> Sent {
        sent.iter().for_each(|response| self.terms.traffic.note_time(response));
        match &sent {
            Ok(response) if throttles(response) => {
                self.terms.traffic.throttled.fetch_add(1, Ordering::Relaxed);
                self.strikes.store(0, Ordering::Relaxed);
                self.with_lane(operation, Lane::throttled);
                if self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1) >= REFUSALS {
                    let why = format!("throttled {REFUSALS} times in a row");
                    return Err(ConnectorError::other(Throttled(why).into(), None));
                }
            }
            // signed again it may arrive in time
            Ok(response) if text::says(response, &[text::LATE]) => {
                if self.stranger() {
                    return Err(ConnectorError::other(Late.into(), None));
                }
            }
            // an error page is not an answer of AWS; a gateway's error passes, anything else stays
            Ok(response)
                if matches!(response.status().as_u16(), 500 | 501)
                    && text::is_web_page(response.body().bytes().unwrap_or_default()) =>
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
                    return Err(given_up(host, self.terms.strikes, sent.err()));
                }
            }
            // not an answer of AWS either; the same defect, not retried
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

/// The same failure, as one that is not retried.
fn given_up(host: &str, attempts: u32, error: Option<ConnectorError>) -> ConnectorError {
    let why = error.map_or_else(String::new, |error| reach::plain(&text::chain_of(&error)));
    ConnectorError::other(NoAnswer { host: host.to_owned(), attempts, why }.into(), None)
}

/// Whether the answer is recognizably not from AWS.
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

/// Host and port of a URL, the port also where the scheme implies it.
fn host(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let port = if scheme == "http" { 80 } else { 443 };
    let has_port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
    if has_port { host.to_owned() } else { format!("{host}:{port}") }
}

/// How an attempt ended.
pub(crate) type Sent = Result<HttpResponse, ConnectorError>;

/// Whether an answer reports too many requests: by status, or by any of AWS's many codes for it.
fn throttles(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    status >= 400 && (status == 429 || text::says(response, &text::THROTTLING))
}

impl Layer for Pace {
    fn call(&self, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        let pace = self.clone();
        let inner = inner.clone();
        let operation = operations::identify(&request).ok();
        let host = host(request.uri());
        let record = Attempt::of(&request, operation, &host);
        HttpConnectorFuture::new(async move {
            let asked = Instant::now();
            let began = OnceLock::new();
            let send = async {
                record.sent(asked.elapsed());
                let _ = began.set(Instant::now());
                inner.call(request).await
            };
            let sent = pace.attempt(operation, &host, send).await;
            record.ended(began.get().map_or_else(|| asked.elapsed(), Instant::elapsed), &sent);
            sent
        })
    }
}
