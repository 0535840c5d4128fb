//! AWS's rates: token buckets that throttle calls above the rate.
//!
//! Owns: the published rates of Organizations and of CloudTrail's event history ("Quotas and service limits for AWS
//! Organizations", "Quotas in AWS CloudTrail"). They hold for an account, whatever principal calls.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::emulator::data::caller::Caller;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;

/// Operation, calls a second, burst.
const RATES: &[(&str, f64, f64)] = &[
    ("ListAccounts", 8.0, 12.0),
    ("ListTagsForResource", 10.0, 15.0),
    ("ListAccountsForParent", 5.0, 8.0),
    ("ListOrganizationalUnitsForParent", 5.0, 8.0),
    ("ListPolicies", 5.0, 8.0),
    ("ListPoliciesForTarget", 5.0, 8.0),
    ("ListTargetsForPolicy", 5.0, 8.0),
    ("DescribePolicy", 2.0, 2.0),
    ("DescribeOrganization", 1.0, 2.0),
    ("ListRoots", 1.0, 2.0),
    ("LookupEvents", 2.0, 2.0),
];

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    since: Instant,
}

/// The buckets of a run.
#[derive(Debug, Default)]
pub(crate) struct Quotas(Mutex<HashMap<String, Bucket>>);

impl Quotas {
    /// Refuses a call that comes too early. Rates and bursts are multiplied by `scale`.
    pub(crate) fn admit(&self, call: &Call, caller: &Caller, scale: f64) -> Result<(), ErrorResponse> {
        let Some((name, rate, burst)) = RATES.iter().find(|(name, _, _)| *name == call.operation) else {
            return Ok(());
        };
        let (rate, burst, now) = (rate * scale, (burst * scale).max(1.0), Instant::now());
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{name}/{}/{}", caller.account, call.region);
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
