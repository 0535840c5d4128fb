//! The only place where SDK clients are made, so that every client has the read-only guard, the whole-answer check, its
//! account's own retry budget and our time limits.
//!
//! Owns: client settings. Does not know who calls what.
//! INVARIANT: two accounts never share a retry budget. The SDK's default is one per service and region for the process:
//! measured, one throttled account leaves every other without a single retry.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use super::allow::ReadOnly;
use super::wire::{self, WholeAnswers};

/// Retry tokens of the organisation's client: its quotas are so low that a large organisation is throttled throughout.
const ORGANIZATION_TOKENS: usize = 10_000;

/// Limits of time, size and patience. Tests shorten them.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// Attempts of one call, the first included.
    pub max_attempts: u32,
    /// First pause between attempts; it doubles, with jitter.
    pub initial_backoff: Duration,
    /// Limit of one attempt.
    pub attempt_timeout: Duration,
    /// Limit of one call with all its attempts.
    pub operation_timeout: Duration,
    /// Limit of making a connection.
    pub connect_timeout: Duration,
    /// How long a credential report is waited for.
    pub report_wait: Duration,
    /// First pause between two looks at the credential report; it grows.
    pub report_poll: Duration,
    /// Limit of resolving the base credentials.
    pub credentials_timeout: Duration,
    /// Limit of one account.
    pub account_timeout: Duration,
    /// Longest time between two notes of the manifest: as much work as an interruption can cost.
    pub note_every: Duration,
    /// Largest answer in bytes.
    pub response_limit: usize,
    /// Most pages of one list.
    pub page_limit: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            max_attempts: 8,
            initial_backoff: Duration::from_secs(1),
            attempt_timeout: Duration::from_secs(30),
            operation_timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(5),
            report_wait: Duration::from_secs(180),
            report_poll: Duration::from_secs(1),
            credentials_timeout: Duration::from_secs(60),
            account_timeout: Duration::from_secs(3600),
            note_every: Duration::from_secs(2),
            response_limit: 64 << 20,
            page_limit: 100_000,
        }
    }
}

/// Makes clients from one shared configuration.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    config: SdkConfig,
    http: SharedHttpClient,
    retry: RetryConfig,
    timeouts: TimeoutConfig,
}

/// Calls whose retries come from one budget.
#[derive(Clone, Debug)]
pub(super) struct Budget(RetryPartition);

impl Budget {
    /// The budget of one account.
    pub(super) fn of_account(account: impl std::fmt::Display) -> Self {
        Self(RetryPartition::custom(account.to_string()).build())
    }

    /// The budget of discovery.
    pub(super) fn of_organization() -> Self {
        let bucket = TokenBucket::builder().capacity(ORGANIZATION_TOKENS).build();
        Self(RetryPartition::custom("organizations").token_bucket(bucket).build())
    }
}

/// All settings of a client, for each service's own builder type.
macro_rules! configured {
    ($builder:ty, $clients:expr, $budget:expr) => {
        <$builder>::from(&$clients.config)
            .http_client($clients.http.clone())
            .retry_config($clients.retry.clone())
            .timeout_config($clients.timeouts.clone())
            .retry_partition($budget.0.clone())
            .retry_classifier(BareTooManyRequests)
            .interceptor(ReadOnly)
            // the answer is read whole below the SDK; the attempt's time limit ends a stalled one
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    };
}

impl Clients {
    /// `None` where the build has no HTTPS client.
    pub(super) fn new(config: SdkConfig, tuning: &Tuning, max_attempts: u32) -> Option<Self> {
        let http = SharedHttpClient::new(WholeAnswers::new(wire::default_client()?, tuning.response_limit));
        let retry =
            RetryConfig::standard().with_max_attempts(max_attempts).with_initial_backoff(tuning.initial_backoff);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(tuning.connect_timeout)
            .operation_attempt_timeout(tuning.attempt_timeout)
            .operation_timeout(tuning.operation_timeout)
            .build();
        Some(Self { config, http, retry, timeouts })
    }

    /// The same with fewer attempts: nobody should wait a minute to learn that an endpoint is wrong.
    pub(super) fn impatient(&self) -> Self {
        let attempts = self.retry.max_attempts().min(3);
        Self { retry: self.retry.clone().with_max_attempts(attempts), ..self.clone() }
    }

    /// The credentials that everything starts from.
    pub(super) fn base_credentials(&self) -> Option<SharedCredentialsProvider> {
        self.config.credentials_provider()
    }

    /// Organizations, with the base credentials.
    pub(super) fn organizations(&self, budget: &Budget) -> aws_sdk_organizations::Client {
        let config = configured!(aws_sdk_organizations::config::Builder, self, budget);
        aws_sdk_organizations::Client::from_conf(config.build())
    }

    /// STS of the configured region, with the base credentials.
    pub(super) fn sts(&self, budget: &Budget) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(configured!(aws_sdk_sts::config::Builder, self, budget).build())
    }

    /// STS inside a session.
    pub(super) fn sts_as(&self, credentials: SharedCredentialsProvider, budget: &Budget) -> aws_sdk_sts::Client {
        let config = configured!(aws_sdk_sts::config::Builder, self, budget)
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache());
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// IAM inside a session. The session renews itself, so that nothing must cache its credentials.
    pub(super) fn iam_as(&self, credentials: SharedCredentialsProvider, budget: &Budget) -> aws_sdk_iam::Client {
        let config = configured!(aws_sdk_iam::config::Builder, self, budget)
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache());
        aws_sdk_iam::Client::from_conf(config.build())
    }
}

/// A 429 whose code the SDK does not know is throttling too; proxies and newer limits send it bare.
#[derive(Debug)]
struct BareTooManyRequests;

impl ClassifyRetry for BareTooManyRequests {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let status = context.response().map(|response| response.status().as_u16());
        if status == Some(429) { RetryAction::throttling_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "BareTooManyRequests"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::http_status_code_classifier())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    /// A client made elsewhere would have neither guard nor budget.
    #[test]
    fn sdk_clients_are_made_in_this_file_only() {
        let mut found = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let makes = |text: &str| {
            text.contains("aws_sdk_") && (text.contains("Client::from_conf(") || text.contains("Client::new("))
        };
        let makers: Vec<_> = found.iter().filter(|(_, text)| makes(text)).map(|(path, _)| path.as_str()).collect();
        assert!(makers.iter().any(|path| path.ends_with("clients.rs")), "{makers:?}");
        // the collector's own tests make one without the guard, to show that the wire refuses a write too
        let others: Vec<_> =
            makers.iter().filter(|path| !path.ends_with("clients.rs") && !path.contains("collect/tests")).collect();
        assert!(others.is_empty(), "{others:?}");
    }
}
