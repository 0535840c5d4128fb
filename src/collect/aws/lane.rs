//! The rate of one kind of call: a token bucket that slows down on throttling and recovers (AIMD).
//!
//! Owns: how far a rate falls and how fast it rises. Does not know calls, accounts or slots (`pace`).
//! INVARIANT: no rate is above its ceiling, which is AWS's published rate if there is one.

use std::time::Duration;

use tokio::time::Instant;

/// Rate after the first throttling, in calls a second: two in flight at 80 ms.
const FIRST_RATE: f64 = 25.0;
/// Lowest rate that throttling leads to.
const LEAST_RATE: f64 = 0.5;
/// Answers after which the rate is adjusted.
const WINDOW: u32 = 10;
/// Share of the rate that is taken off if all of these answers were throttled; if only some were, proportionally less.
/// One throttled call in twenty is a hiccup, half of them is too fast: the proportion is that of DCTCP (RFC 8257).
const DECREASE: f64 = 0.5;
/// What a successful call adds to the rate.
const INCREASE: f64 = 0.5;
/// If a known rate is the ceiling, at least this part of it is added: the rates that all accounts wait for recover as
/// fast as needed.
const INCREASE_OF_CEILING: f64 = 1.0 / 20.0;
/// A rate above this is no longer a limit.
const FREE_RATE: f64 = 100.0;

/// A token bucket whose rate falls on throttling and recovers.
#[derive(Debug)]
pub(crate) struct Lane {
    ceiling: f64,
    scale: f64,
    burst: f64,
    rate: f64,
    tokens: f64,
    since: Instant,
    /// Answers since the rate was set, and those of them that were throttled.
    answers: u32,
    throttled: u32,
}

impl Lane {
    pub(crate) fn new(ceiling: f64, burst: f64, scale: f64, now: Instant) -> Self {
        Self { ceiling, scale, burst, rate: ceiling, tokens: burst, since: now, answers: 0, throttled: 0 }
    }

    /// Takes the next turn and returns the wait until then.
    pub(crate) fn turn(&mut self, now: Instant) -> Duration {
        if self.rate.is_infinite() {
            return Duration::ZERO;
        }
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        self.since = now;
        self.tokens = (self.tokens + passed * self.rate).min(self.burst) - 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.rate) }
    }

    pub(crate) fn throttled(&mut self) {
        if self.rate.is_infinite() {
            self.rate = (FIRST_RATE * self.scale).min(self.ceiling);
        }
        self.tokens = self.tokens.min(0.0);
        self.throttled += 1;
        self.answered();
    }

    pub(crate) fn succeeded(&mut self) {
        if self.rate < self.ceiling {
            let of_ceiling = if self.ceiling.is_finite() { INCREASE_OF_CEILING * self.ceiling } else { 0.0 };
            self.rate += of_ceiling.max(INCREASE * self.scale);
            if self.rate >= FREE_RATE * self.scale || self.rate >= self.ceiling {
                self.rate = self.ceiling;
            }
        }
        self.answered();
    }

    fn answered(&mut self) {
        self.answers += 1;
        if self.answers >= WINDOW {
            let share = f64::from(self.throttled) / f64::from(self.answers);
            let rate = (self.rate * (1.0 - DECREASE * share)).max(LEAST_RATE * self.scale);
            self.rate = rate.min(self.ceiling);
            (self.answers, self.throttled) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> Lane {
        Lane::new(f64::INFINITY, 1.0, 1.0, Instant::now())
    }

    #[test]
    fn throttling_slows_a_lane_down_and_success_lets_it_recover() {
        let mut lane = free();
        assert!(lane.rate.is_infinite());
        lane.throttled();
        assert_eq!(lane.rate, FIRST_RATE);
        for _ in 1..WINDOW {
            lane.throttled();
        }
        assert_eq!(lane.rate, FIRST_RATE * DECREASE);
        for _ in 0..70 {
            lane.throttled();
        }
        assert_eq!(lane.rate, LEAST_RATE);
        for _ in 0..400 {
            lane.succeeded();
        }
        assert!(lane.rate.is_infinite(), "{}", lane.rate);
    }

    #[test]
    fn a_hiccup_costs_little() {
        // one in twenty, whatever the rate: as fast as without
        let mut lane = free();
        for n in 0..400 {
            if n % 20 == 0 { lane.throttled() } else { lane.succeeded() }
        }
        assert!(lane.rate > FIRST_RATE);
    }
}
