//! How many calls were made, and what the answers say about the clock.
//!
//! Owns: the counters of a run. Does not know what a call is for.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use jiff::Timestamp;

/// Attempts made so far, and what the answers say about the clock.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) calls: AtomicU64,
    pub(crate) throttled: AtomicU64,
    /// Seconds that the clock of the last answer was ahead of ours.
    ahead: AtomicI64,
}

impl Traffic {
    /// All attempts, and those that AWS throttled.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.throttled.load(Ordering::Relaxed))
    }

    /// Seconds that AWS's clock is ahead of this machine's, according to its last answer.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    pub(crate) fn note_time(&self, response: &HttpResponse) {
        let date = response.headers().get("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(date) = date {
            let ahead = date.timestamp().as_second().saturating_sub(Timestamp::now().as_second());
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }
}
