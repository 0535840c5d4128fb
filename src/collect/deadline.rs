//! When the time is up: at the deadline, on a stop request, and for each account when it has taken too long.
//!
//! Owns: the end of every wait. What was read by then is kept; everything else is a failure that says why. Does not
//! know what is waited for.
//! INVARIANT: once the time is up, nothing is started: later requests fail at once.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::error::Cause;
use super::options::{CollectOptions, Stop};
use crate::collect::aws::error::{CallError, Kind};

/// The end of the available time. Clones end together.
#[derive(Clone, Debug)]
pub(crate) struct Over {
    deadline: Option<Instant>,
    /// The time that the deadline allowed, for messages.
    limit: Duration,
    stop: Stop,
    /// How long calls in flight may still take when the time is up.
    grace: Duration,
    /// The end of one account's own time, and how long that was.
    own: Option<(Instant, Duration)>,
}

impl Over {
    pub(crate) fn new(options: &CollectOptions, deadline: Option<Instant>) -> Self {
        let limit = options.deadline.unwrap_or_default();
        let grace = options.tuning.grace;
        Self { deadline, limit, stop: options.stop.clone(), grace, own: None }
    }

    /// The same, with a limit from now on.
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self { own: Some((Instant::now() + limit, limit)), ..self.clone() }
    }

    /// The result of `work`, or why there was no time for it.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
        tokio::select! {
            biased;
            why = self.called() => Err(why),
            done = work => done,
        }
    }

    /// Waits until the time is up, and returns the reason.
    pub(crate) async fn called(&self) -> CallError {
        let asked = async {
            let since = self.stop.asked().await;
            tokio::time::sleep_until(since + self.grace).await;
        };
        tokio::select! {
            biased;
            () = at(self.deadline.map(|deadline| deadline + self.grace)) => self.late(),
            () = at(self.own.map(|(end, _)| end)) => {
                let seconds = self.own.map_or(0, |(_, limit)| limit.as_secs());
                CallError::own("collect", Kind::Timeout, format!("the account was not read within {seconds} s"))
            }
            () = asked => CallError::own("collect", Kind::NotTried, "not read: the run was asked to stop"),
        }
    }

    /// The error for what the deadline cut off.
    pub(crate) fn late(&self) -> CallError {
        late(self.limit)
    }
}

/// The error for what a deadline of this length cut off.
pub(crate) fn late(limit: Duration) -> CallError {
    CallError::own("collect", Kind::Deadline, format!("not read before the deadline of {} s", limit.as_secs()))
}

/// A step without which nothing can be read; `doing` describes it. At the deadline nothing of it can be kept.
pub(crate) async fn before<T>(
    deadline: Option<Instant>,
    limit: Option<Duration>,
    doing: &'static str,
    step: impl Future<Output = Result<T, Cause>>,
) -> Result<T, Cause> {
    tokio::select! {
        biased;
        done = step => done,
        () = at(deadline) => Err(Cause::Late { doing, seconds: limit.unwrap_or_default().as_secs() }),
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(deadline: u64) -> CollectOptions {
        let mut options = CollectOptions::new("audit", "unused", "2026-01-02T03:04:05Z".parse().unwrap());
        options.deadline = Some(Duration::from_secs(deadline));
        options
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_kept_and_what_does_not_says_why() {
        let start = Instant::now();
        let over = Over::new(&options(10), Some(start + Duration::from_secs(10)));
        assert_eq!(over.or(async { Ok(1) }).await, Ok(1));
        let why = over.or(std::future::pending::<Result<(), CallError>>()).await.unwrap_err();
        assert_eq!((why.kind, start.elapsed()), (Kind::Deadline, Duration::from_secs(12)));
        assert!(why.message.contains("deadline of 10 s"), "{why}");
        assert_eq!(over.or(async { Ok(1) }).await, Err(why), "nothing is begun any more");
    }

    #[tokio::test(start_paused = true)]
    async fn an_accounts_own_time_is_its_own_affair() {
        let over = Over::new(&options(1000), Some(Instant::now() + Duration::from_secs(1000)));
        let own = over.within(Duration::from_secs(5));
        assert_eq!(own.called().await.kind, Kind::Timeout);
        assert_eq!(over.or(async { Ok(1) }).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_late_waits_no_longer() {
        let over = Over::new(&options(1000), None);
        over.stop.ask();
        let start = Instant::now();
        assert_eq!(over.called().await.kind, Kind::NotTried);
        assert_eq!(over.called().await.kind, Kind::NotTried);
        assert_eq!(start.elapsed(), Duration::from_secs(2), "the grace is given once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_step_that_never_ends_is_told_by_its_name() {
        let never = std::future::pending::<Result<(), Cause>>();
        let deadline = Some(Instant::now() + Duration::from_secs(5));
        let error = before(deadline, Some(Duration::from_secs(5)), "STS GetCallerIdentity", never).await.unwrap_err();
        assert!(matches!(error, Cause::Late { doing: "STS GetCallerIdentity", seconds: 5 }), "{error:?}");
    }
}
