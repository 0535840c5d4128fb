//! What all services and connections share: the data, the options, the sessions, and counters.
//!
//! Does not know any operation (`services`) nor how a request is answered (`router`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::data::files::EmulatorData;
use super::data::organization;
use super::data::reports::Reports;
use super::data::sessions::Sessions;
use super::error::EmulatorError;
use super::faults::quota::Quotas;
use super::options::EmulatorOptions;
use super::protocol::error_response::ErrorResponse;
use super::protocol::page::Page;
use super::protocol::request::Call;
use crate::ids::AccountId;

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredRequest {
    /// Such as `iam:ListRoles`.
    pub action: String,
    /// The account of the credentials.
    pub account: Option<AccountId>,
    /// From the credential scope.
    pub region: String,
    /// Time since the start of the emulator.
    pub at: Duration,
    /// The status of the reply.
    pub status: u16,
    /// The requested role of an AssumeRole call.
    pub role: Option<String>,
}

/// Everything that requests are answered from.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) data: EmulatorData,
    pub(crate) options: EmulatorOptions,
    pub(crate) sessions: Sessions,
    pub(crate) reports: Reports,
    /// Needed at every AssumeRole, so computed once.
    pub(crate) out_of_service: BTreeSet<AccountId>,
    calls: Mutex<BTreeMap<String, u64>>,
    /// How often each operation was called in each account.
    counts: Mutex<HashMap<(String, Option<AccountId>), u64>>,
    log: Mutex<Vec<AnsweredRequest>>,
    pub(crate) quotas: Quotas,
    since: Instant,
    /// Jobs that have been polled.
    looked_at: Mutex<BTreeSet<String>>,
    replies: AtomicU64,
}

impl State {
    pub(crate) fn new(data: EmulatorData, options: EmulatorOptions) -> Result<Self, EmulatorError> {
        let account = options.caller_account.or_else(|| organization::management_account(&data));
        let account = account.or_else(|| data.first_account()).ok_or(EmulatorError::NoAccount)?;
        Ok(Self {
            sessions: Sessions::new(data.partition(), account),
            reports: Reports::default(),
            out_of_service: organization::out_of_service(&data),
            calls: Mutex::default(),
            counts: Mutex::default(),
            log: Mutex::default(),
            quotas: Quotas::default(),
            since: Instant::now(),
            looked_at: Mutex::default(),
            replies: AtomicU64::new(1),
            data,
            options,
        })
    }

    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True the first time that a job is polled.
    pub(crate) fn first_look(&self, job: &str) -> bool {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).insert(job.to_owned())
    }

    /// How long the next answer takes.
    pub(crate) fn latency(&self) -> Duration {
        self.options.spread.draw(self.options.latency, self.replies.load(Ordering::Relaxed))
    }

    pub(crate) fn requests(&self) -> Vec<AnsweredRequest> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a call of an operation.
    pub(crate) fn count_call(&self, call: &Call) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(call.action()).or_default() += 1;
    }

    /// How often this call was made before.
    pub(crate) fn count(&self, call: &Call, account: Option<AccountId>) -> u64 {
        // every role is assumed with the base credentials: each role is counted separately
        let target = call.parameter("RoleArn").unwrap_or_default();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((format!("{}/{target}", call.action()), account)).or_default();
        *count += 1;
        *count - 1
    }

    /// Records an answered request.
    pub(crate) fn note(&self, call: &Call, account: Option<AccountId>, status: u16) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < self.options.remembered {
            log.push(AnsweredRequest {
                action: call.action(),
                account,
                region: call.region.clone(),
                at: self.since.elapsed(),
                status,
                role: call.parameter("RoleArn").map(str::to_owned),
            });
        }
    }

    /// The next request id: a counter where AWS's is random, so that a run can be repeated.
    pub(crate) fn request_id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.replies.fetch_add(1, Ordering::Relaxed))
    }

    /// The page of a query list that a call requests with `Marker` and `MaxItems`.
    pub(crate) fn query_page(&self, call: &Call, total: usize) -> Result<Page, ErrorResponse> {
        let size = match call.number("MaxItems") {
            None => self.options.page_size,
            Some(Some(asked @ 1..=1000)) => usize::try_from(asked).unwrap_or(1000).min(self.options.page_size),
            Some(_) => return Err(ErrorResponse::validation("Value at 'maxItems' must be between 1 and 1000")),
        };
        Page::of(&call.operation, call.parameter("Marker"), size, total)
            .ok_or_else(|| ErrorResponse::validation("Invalid Marker"))
    }
}
