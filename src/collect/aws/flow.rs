//! The slots and rates that the accounts of a run share.
//!
//! Owns: how many calls may be in flight, and which pace a client gets. Does not know calls (`pace`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::pace::{Pace, Terms};
use super::traffic::Traffic;

/// Transport failures in a row after which an unresponsive host is given up.
const STRIKES: u32 = 8;
/// The same for the first calls of a run.
const FIRST_STRIKES: u32 = 3;
/// Answers in a row that are not AWS's, at STS. The roles of all accounts are assumed there, sixteen at a time, and the
/// answers for one account must not count against the others.
const STRANGERS_AT_DOOR: u32 = 16 * STRIKES;

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Calls in flight.
    pub(crate) calls: usize,
    /// Calls in flight for one account and service.
    pub(crate) calls_of_account: usize,
    /// Calls a second for one account and service; infinite if only AWS limits them.
    pub(crate) rate_of_account: f64,
    /// AssumeRole calls a second.
    pub(crate) assume_rate: f64,
    /// Factor for published rates and for those that throttling leads to: tests have other quotas.
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

impl Flow {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, slots: Arc::new(Semaphore::new(limits.calls.max(1))), traffic: Arc::default() }
    }

    pub(crate) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// Whether a call could be made at once: then there is room for one more account. Takes no slot, so that no caller
    /// can hold one that it does not use.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.available_permits() > 0
    }

    /// The pace of one account at one service, in one region if the service is regional.
    pub(crate) fn of_account(&self) -> Pace {
        self.pace(self.limits.calls_of_account, self.limits.rate_of_account, true, STRIKES, STRIKES)
    }

    /// The pace of the base credentials at STS.
    pub(crate) fn of_assume_role(&self) -> Pace {
        self.pace(self.limits.calls, self.limits.assume_rate, true, STRIKES, STRANGERS_AT_DOOR)
    }

    /// The pace of the first calls of a run: a failing service is retried as everywhere, but a wrong endpoint or proxy
    /// should not take a minute to be reported.
    pub(crate) fn of_first_calls(&self) -> Pace {
        self.pace(self.limits.calls, self.limits.assume_rate, true, FIRST_STRIKES, FIRST_STRIKES)
    }

    /// The pace of discovery, which runs concurrently with the accounts and must not wait for them.
    pub(crate) fn of_organization(&self) -> Pace {
        self.pace(8, f64::INFINITY, false, STRIKES, STRIKES)
    }

    /// The pace of people: one for IAM Identity Center, its identity store and the account access manager, which share their
    /// quota and are asked beside the accounts.
    pub(crate) fn of_people(&self, rate: f64) -> Pace {
        self.pace(8, rate * self.limits.quota_scale, false, STRIKES, STRIKES)
    }

    fn pace(&self, in_flight: usize, ceiling: f64, in_run: bool, strikes: u32, strangers: u32) -> Pace {
        Pace::new(Terms {
            in_flight,
            of_run: in_run.then(|| Arc::clone(&self.slots)),
            ceiling,
            scale: self.limits.quota_scale,
            attempt: self.limits.attempt,
            strikes,
            strangers,
            traffic: Arc::clone(&self.traffic),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use tokio::time::Instant;

    use super::*;
    use crate::collect::aws::pace::{REFUSALS, Sent};
    use crate::facet::{Service, operation};

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
            let call =
                pace.attempt(operation(Service::Organizations, "DescribePolicy"), "host", async { answer(200, "{}") });
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
            let wait = || pace.turn(None);
            assert_eq!(wait(), Duration::ZERO);
            let _ = pace.attempt(None, "host", async { answer(status, body) }).await;
            assert!(wait() > Duration::ZERO, "{status} {body}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_is_not_run_against() {
        // ten a second and no more, as a token bucket allows
        let pace = Flow::new(limits()).of_account();
        let mut tokens = 1.0;
        let mut since = Instant::now();
        let mut given = 0;
        let mut refused = 0;
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
            let _ = pace.attempt(None, "host", call).await;
        }
        assert!(refused < given, "{refused} refused for {given} given");
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_waits_holds_no_slot_of_the_run() {
        let flow = Flow::new(Limits { calls: 1, ..limits() });
        let slow = flow.of_account();
        for _ in 0..70 {
            let _ = slow.attempt(None, "host", async { answer(429, "") }).await;
        }
        let waiting = tokio::spawn({
            let slow = slow.clone();
            async move { slow.attempt(None, "host", async { answer(200, "") }).await.is_ok() }
        });
        tokio::task::yield_now().await;
        let start = Instant::now();
        assert!(flow.of_account().attempt(None, "host", async { answer(200, "") }).await.is_ok());
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(!waiting.is_finished());
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_answers_is_given_up() {
        let pace = Flow::new(limits()).of_account();
        let start = Instant::now();
        for n in 1..=STRIKES {
            let sent = pace.attempt(None, "host", std::future::pending()).await;
            let is_timeout = sent.unwrap_err().is_timeout();
            assert_eq!(is_timeout, n < STRIKES, "attempt {n}");
        }
        assert_eq!(start.elapsed(), Duration::from_secs(30) * STRIKES);
        assert!(pace.attempt(None, "host", async { answer(200, "") }).await.is_ok());
        assert!(
            pace.attempt(None, "host", std::future::pending()).await.unwrap_err().is_timeout(),
            "it is waited for again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_is_throttled_without_end_is_given_up() {
        let pace = Flow::new(limits()).of_account();
        for n in 1..=REFUSALS {
            let sent = pace.attempt(None, "host", async { answer(429, "") }).await;
            assert_eq!(sent.is_err(), n == REFUSALS, "answer {n}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_run_has_no_more_calls_in_flight_than_it_may() {
        let flow = Flow::new(limits());
        let now = Arc::new(AtomicU32::new(0));
        let most = Arc::new(AtomicU32::new(0));
        let calls = (0..20).map(|_| {
            let pace = flow.of_account();
            let now = Arc::clone(&now);
            let most = Arc::clone(&most);
            async move {
                let call = async {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(80)).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    answer(200, "")
                };
                pace.attempt(None, "host", call).await.is_ok()
            }
        });
        assert!(futures::future::join_all(calls).await.into_iter().all(|ok| ok));
        assert_eq!(most.load(Ordering::SeqCst), 4);
        assert_eq!(flow.traffic().counts(), (20, 0));
    }
}
