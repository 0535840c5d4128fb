//! The base credentials over a whole run: cached while valid, re-fetched on expiry, and waited for if the user can sign
//! in again.
//!
//! Owns: when credentials are requested again. Does not know where they come from (`load`).
//! INVARIANT: an expiry that cannot be renewed is no account's fault: the run ends, and can be resumed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::text::{chain_of, one_line};

/// Credentials are re-fetched this long before they expire.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);
/// How long the source may take mid-run: a process that hangs must not block the run.
const ASKED_FOR: Duration = Duration::from_secs(60);
/// Renewals for one call.
const RENEWALS: u32 = 3;
/// Pause between two attempts to get new credentials.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The base credentials. Clones share them. The SDK would cache them per client, and an MFA code is valid only once.
#[derive(Clone, Debug)]
pub(crate) struct BaseCredentials(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: SharedCredentialsProvider,
    current: Mutex<Option<Credentials>>,
    /// How long to wait for new ones.
    wait: Duration,
    /// Held by the task that looks for new ones, so that a hundred accounts do not.
    search: Mutex<Search>,
    waiting: AtomicBool,
}

/// How an earlier search for new credentials ended.
#[derive(Debug, Default)]
struct Search {
    in_vain: bool,
}

impl BaseCredentials {
    pub(crate) fn new(source: SharedCredentialsProvider, wait: Duration) -> Self {
        let current = Mutex::default();
        let search = Mutex::default();
        Self(Arc::new(Inner { source, current, wait, search, waiting: AtomicBool::new(false) }))
    }

    /// Whether the run is waiting for a new sign-in.
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// The access key in use.
    pub(crate) async fn key(&self) -> Option<String> {
        self.0.current.lock().await.as_ref().map(|kept| kept.access_key_id().to_owned())
    }

    /// The credentials with the key `refused` have expired. True as soon as there are others: at once if a role is
    /// assumed or a sign-in can be renewed, otherwise once the user has signed in again. False if the run does not
    /// wait, or waited in vain.
    pub(crate) async fn renewed(&self, refused: Option<&str>) -> bool {
        let inner = &self.0;
        let mut search = inner.search.lock().await;
        let end = Instant::now() + inner.wait;
        while !search.in_vain {
            let key = self.key().await;
            if key.is_some() && key.as_deref() != refused {
                break;
            }
            let fresh = self.ask(ASKED_FOR).await.ok();
            let fresh = fresh.filter(|f| Some(f.access_key_id()) != refused && lives(f, Duration::ZERO));
            if fresh.is_some() {
                *inner.current.lock().await = fresh;
                break;
            }
            search.in_vain = Instant::now() + LOOK_EVERY > end;
            if !search.in_vain {
                inner.waiting.store(true, Ordering::Relaxed);
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        inner.waiting.store(false, Ordering::Relaxed);
        !search.in_vain
    }

    /// Makes a call that these credentials sign. If they have expired and there are others, the call is repeated, a few
    /// times.
    pub(crate) async fn send<T, E, F, Fut>(&self, operation: &'static str, call: F) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + RequestId + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut renewals = 0;
        loop {
            let key = self.key().await;
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => CallError::of(operation, &error),
            };
            if error.kind != Kind::Expired || renewals >= RENEWALS || !self.renewed(key.as_deref()).await {
                return Err(error);
            }
            renewals += 1;
        }
    }

    async fn ask(&self, limit: Duration) -> Result<Credentials, CredentialsError> {
        let asked = tokio::time::timeout(limit, self.0.source.provide_credentials()).await;
        asked.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(limit)))
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let mut current = self.0.current.lock().await;
        if let Some(kept) = current.as_ref().filter(|kept| lives(kept, RENEWED_BEFORE)) {
            return Ok(kept.clone());
        }
        let had = current.clone();
        // the first request may need a person who has to find the MFA device
        let limit = if had.is_some() { ASKED_FOR } else { Duration::MAX };
        match (self.ask(limit).await, had) {
            (Ok(fresh), _) => {
                *current = Some(fresh.clone());
                Ok(fresh)
            }
            // the source may recover before these expire
            (Err(_), Some(kept)) if lives(&kept, Duration::ZERO) => Ok(kept),
            (Err(error), Some(_)) => {
                let why = format!("the base credentials cannot be renewed: {}", one_line(&chain_of(&error)));
                Err(CredentialsError::provider_error(CallError::own("AssumeRole", Kind::Expired, why)))
            }
            (Err(error), None) => Err(error),
        }
    }
}

/// Whether credentials are valid for longer than `more`.
fn lives(credentials: &Credentials, more: Duration) -> bool {
    let then = SystemTime::now().checked_add(more);
    credentials.expiry().is_none_or(|end| then.is_some_and(|then| then < end))
}

impl ProvideCredentials for BaseCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what its list says, one after another: a key and the seconds that it is valid.
    #[derive(Debug)]
    struct Listed(std::sync::Mutex<Vec<Option<(&'static str, u64)>>>);

    impl ProvideCredentials for Listed {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let next = self.0.lock().unwrap().pop().flatten();
            future::ProvideCredentials::ready(match next {
                Some((key, seconds)) => {
                    let end = SystemTime::now() + Duration::from_secs(seconds);
                    Ok(Credentials::new(key, "secret", None, Some(end), "test"))
                }
                None => Err(CredentialsError::provider_error("the sign-in is over")),
            })
        }
    }

    fn base(wait: u64, list: &[Option<(&'static str, u64)>]) -> BaseCredentials {
        let list = list.iter().rev().copied().collect();
        BaseCredentials::new(
            SharedCredentialsProvider::new(Listed(std::sync::Mutex::new(list))),
            Duration::from_secs(wait),
        )
    }

    #[tokio::test]
    async fn they_are_asked_for_again_only_shortly_before_their_end() {
        let base = base(0, &[Some(("a", 3600)), None]);
        for _ in 0..3 {
            assert_eq!(base.credentials().await.unwrap().access_key_id(), "a");
        }
        let soon = self::base(0, &[Some(("a", 30)), None, Some(("b", 3600))]);
        for key in ["a", "a", "b", "b"] {
            assert_eq!(soon.credentials().await.unwrap().access_key_id(), key, "a source may fail while they live");
        }
    }

    #[tokio::test]
    async fn what_was_had_once_and_cannot_be_had_again_has_expired() {
        let never = base(0, &[]);
        assert!(matches!(never.credentials().await, Err(CredentialsError::ProviderError(_))));
        let over = base(0, &[Some(("a", 0)), None]);
        over.credentials().await.unwrap();
        let error = over.credentials().await.unwrap_err();
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<CallError>()).unwrap();
        assert_eq!(cause.kind, Kind::Expired);
        assert!(cause.message.contains("the sign-in is over"), "{cause}");
        assert!(!over.renewed(Some("a")).await, "nobody is waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_be_had_at_once_needs_nobody() {
        let base = base(0, &[Some(("a", 3600)), Some(("b", 3600)), None]);
        base.credentials().await.unwrap();
        assert!(base.renewed(Some("a")).await && base.renewed(Some("a")).await);
        assert!(!base.renewed(Some("b")).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_sign_in_is_waited_for_by_one_and_found_by_all() {
        let base = base(300, &[Some(("a", 3600)), None, Some(("a", 3600)), None, Some(("b", 3600)), None]);
        base.credentials().await.unwrap();
        let all = (0..20).map(|_| async { base.renewed(Some("a")).await });
        assert_eq!(futures::future::join_all(all).await, [true; 20]);
        assert_eq!(base.key().await.as_deref(), Some("b"));
        assert!(!base.is_waiting());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_for_ever_or_twice() {
        let base = base(300, &[Some(("a", 3600))]);
        base.credentials().await.unwrap();
        let start = Instant::now();
        assert!(!base.renewed(Some("a")).await);
        let waited = start.elapsed();
        assert!((290..=302).contains(&waited.as_secs()), "{waited:?}");
        assert!(!base.renewed(Some("a")).await);
        assert_eq!(start.elapsed(), waited);
    }
}
