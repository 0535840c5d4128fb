//! AWS's rates: token buckets that throttle calls above the rate.
//!
//! Owns: the buckets. The published rates are those of `crate::facet`; they apply per account, whichever principal
//! calls.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::emulator::data::caller::Caller;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::facet::{Rate, Service, operation};

/// The rate of a call that rolehop does not make but others do.
const POLICIES_FOR_TARGET: Rate = Rate { per_second: 5.0, burst: 8.0 };

/// The quota that the services of people share ("Quotas in IAM Identity Center").
const PEOPLE: Rate = Rate { per_second: 20.0, burst: 20.0 };

fn rate(call: &Call) -> Option<Rate> {
    match call.operation.as_str() {
        _ if is_of_people(call) => Some(PEOPLE),
        "ListPoliciesForTarget" => Some(POLICIES_FOR_TARGET),
        name => operation(Service::signed(&call.service)?, name)?.rate,
    }
}

fn is_of_people(call: &Call) -> bool {
    Service::signed(&call.service).is_some_and(Service::is_of_people)
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    since: Instant,
}

/// The buckets of a run.
#[derive(Debug, Default)]
pub(crate) struct Quotas(Mutex<HashMap<String, Bucket>>);

impl Quotas {
    /// Throttles a call that comes too early. Rates and bursts are multiplied by `scale`.
    pub(crate) fn admit(&self, call: &Call, caller: &Caller, scale: f64) -> Result<(), ErrorResponse> {
        let Some(published) = rate(call) else { return Ok(()) };
        let rate = published.per_second * scale;
        let burst = (published.burst * scale).max(1.0);
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = if is_of_people(call) { "people".to_owned() } else { call.action() };
        let key = format!("{of}/{}/{}", caller.account, call.region);
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: burst, since: now });
        bucket.tokens = (bucket.tokens + now.duration_since(bucket.since).as_secs_f64() * rate).min(burst);
        bucket.since = now;
        if bucket.tokens < 1.0 {
            let code = if call.service == "organizations" { "TooManyRequestsException" } else { "ThrottlingException" };
            return Err(ErrorResponse::new(400, code, "Rate exceeded"));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}
