//! The only place where SDK clients are made, so that every client has the read-only guard, the whole-answer check, its
//! account's own retry budget and our time limits.
//!
//! Owns: client settings. Does not know who calls what.
//! INVARIANT: two accounts never share a retry budget. The SDK's default is one per service and region for the process:
//! measured, one throttled account leaves every other without a single retry.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{self, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::retries::strategy::StandardRetryStrategy;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::retry::{ErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use aws_types::{SdkConfig, SigningName};

use super::endpoint;
use super::flow::Flow;
use super::http::WholeAnswers;
use super::json_client::{JsonClient, Refused};
use super::layer::layered;
use super::operations::ReadOnly;
use super::pace::Pace;
use super::text;
use crate::facet::Service;

/// Retry tokens of an account: enough for a large account of which half of all calls are throttled. Endless throttling
/// is ended by the account's pace.
const TOKENS: usize = 10_000;
/// Longest pause that an answer may request; some proxies ask for hours.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(20);

/// Limits of time, size and patience. Tests shorten them.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// Attempts of one call, the first included.
    pub max_attempts: u32,
    /// First pause between attempts; it doubles, with full jitter.
    pub initial_backoff: Duration,
    /// Longest pause between attempts. Many short pauses outlast a burst of errors as well as few long ones, and notice
    /// a recovery sooner. The request rate of an account is set by its pace.
    pub max_backoff: Duration,
    /// Limit of one attempt.
    pub attempt_timeout: Duration,
    /// Limit of one call with all its attempts.
    pub operation_timeout: Duration,
    /// Limit of opening a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a credential report.
    pub report_wait: Duration,
    /// First pause between two polls of the credential report; it grows.
    pub report_poll: Duration,
    /// Limit of resolving the base credentials.
    pub credentials_timeout: Duration,
    /// How long to wait for a new sign-in if the base credentials expire during the run.
    pub sign_in_wait: Duration,
    /// Limit of one account.
    pub account_timeout: Duration,
    /// How long to wait for calls in flight after the deadline or a stop request.
    pub grace: Duration,
    /// How long accounts then have to write what they have read.
    pub saving: Duration,
    /// Number of accounts that must all refuse the role before the run is given up.
    pub refused_sample: usize,
    /// AWS's published rates are multiplied by this.
    pub quota_scale: f64,
    /// Largest answer in bytes.
    pub response_limit: usize,
    /// Most pages of one list, unless the list's own bound is lower (`pages`).
    pub page_limit: usize,
    /// Most bytes of one list, all its pages together, unless the list's own bound is lower.
    pub list_limit: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            max_attempts: 40,
            initial_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(30),
            operation_timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(5),
            report_wait: Duration::from_secs(180),
            report_poll: Duration::from_secs(1),
            credentials_timeout: Duration::from_secs(60),
            sign_in_wait: Duration::ZERO,
            account_timeout: Duration::from_secs(3600),
            grace: Duration::from_secs(2),
            saving: Duration::from_millis(2500),
            refused_sample: 25,
            quota_scale: 1.0,
            response_limit: 64 << 20,
            page_limit: usize::MAX,
            list_limit: u64::MAX,
        }
    }
}

/// Makes clients from one shared configuration.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    config: SdkConfig,
    http: SharedHttpClient,
    retry: RetryConfig,
    timeouts: TimeoutConfig,
    flow: Flow,
}

/// Calls whose retries come from one budget.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    partition: RetryPartition,
}

impl Budget {
    /// The budget of one account.
    pub(crate) fn of_account(account: impl std::fmt::Display) -> Self {
        let bucket = TokenBucket::builder().capacity(TOKENS).build();
        Self { partition: RetryPartition::custom(account.to_string()).token_bucket(bucket).build() }
    }

    /// The budget of discovery.
    pub(crate) fn of_organization() -> Self {
        Self::of_account("organizations")
    }
}

/// All settings of a client, for each service's own builder type.
macro_rules! configured {
    ($builder:ty, $clients:expr, $budget:expr, $pace:expr) => {
        <$builder>::from(&$clients.config)
            .http_client(layered($clients.http.clone(), $pace.clone()))
            .retry_config($clients.retry.clone())
            .timeout_config($clients.timeouts.clone())
            .retry_partition($budget.partition.clone())
            .retry_classifier(AskedToWait)
            .interceptor(ReadOnly)
            // the whole answer is read below the SDK; the attempt's time limit ends a stalled one
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    };
}

impl Clients {
    /// All clients share one HTTPS client, and so its connections.
    pub(crate) fn new(
        config: SdkConfig,
        http: SharedHttpClient,
        tuning: &Tuning,
        max_attempts: u32,
        flow: Flow,
    ) -> Self {
        let whole = WholeAnswers { answer_limit: tuning.response_limit, list_limit: tuning.list_limit };
        let http = layered(http, whole);
        let retry = RetryConfig::standard()
            .with_max_attempts(max_attempts)
            .with_initial_backoff(tuning.initial_backoff)
            .with_max_backoff(tuning.max_backoff);
        // the pace enforces the limit of an attempt, and does not count the wait for a turn
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(tuning.connect_timeout)
            .operation_timeout(tuning.operation_timeout)
            .build();
        Self { config, http, retry, timeouts, flow }
    }

    /// The slots and rates of the run.
    pub(crate) fn flow(&self) -> &Flow {
        &self.flow
    }

    /// The region that clients are made for.
    pub(crate) fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// The credentials that the run starts with.
    pub(crate) fn base_credentials(&self) -> Option<SharedCredentialsProvider> {
        self.config.credentials_provider()
    }

    /// Organizations, with the base credentials.
    pub(crate) fn organizations(&self, budget: &Budget, pace: &Pace) -> aws_sdk_organizations::Client {
        let config = configured!(aws_sdk_organizations::config::Builder, self, budget, pace);
        aws_sdk_organizations::Client::from_conf(config.build())
    }

    /// IAM, with the base credentials.
    pub(crate) fn iam(&self, budget: &Budget, pace: &Pace) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::from_conf(configured!(aws_sdk_iam::config::Builder, self, budget, pace).build())
    }

    /// STS of the configured region, with the base credentials.
    pub(crate) fn sts(&self, budget: &Budget, pace: &Pace) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(configured!(aws_sdk_sts::config::Builder, self, budget, pace).build())
    }

    /// STS inside a session.
    pub(crate) fn sts_as(
        &self,
        credentials: SharedCredentialsProvider,
        budget: &Budget,
        pace: &Pace,
    ) -> aws_sdk_sts::Client {
        let config = configured!(aws_sdk_sts::config::Builder, self, budget, pace)
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache());
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// IAM inside a session. The session renews itself, so nothing may cache its credentials.
    pub(crate) fn iam_as(
        &self,
        credentials: SharedCredentialsProvider,
        budget: &Budget,
        pace: &Pace,
    ) -> aws_sdk_iam::Client {
        let config = configured!(aws_sdk_iam::config::Builder, self, budget, pace)
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache());
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// A service of people in a region, with these credentials or, if none are given, the base credentials.
    pub(crate) fn json(
        &self,
        service: Service,
        region: &str,
        credentials: Option<SharedCredentialsProvider>,
        budget: &Budget,
        pace: &Pace,
    ) -> JsonClient {
        let mut layer = Layer::new("rolehop");
        layer.store_put(self.retry.clone());
        layer.store_put(self.timeouts.clone());
        layer.store_put(budget.partition.clone());
        layer.store_put(StalledStreamProtectionConfig::disabled());
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(region.to_owned()))),
            name: Some(SigningName::from_static(service.signing_name())),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(ApiMetadata::new(service.prefix(), env!("CARGO_PKG_VERSION")));
        if let Some(name) = self.config.app_name() {
            layer.store_put(name.clone());
        }
        let of_session = credentials.is_some();
        let cache = if of_session { None } else { self.config.identity_cache() };
        let schemes = StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("rolehop")
            .with_http_client(Some(layered(self.http.clone(), pace.clone())))
            .with_retry_strategy(Some(StandardRetryStrategy::new()))
            .with_retry_classifier(AskedToWait)
            .with_retry_classifier(HttpStatusCodeClassifier::default())
            .with_retry_classifier(TransientErrorClassifier::<Refused>::new())
            .with_retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
            .with_retry_classifier(ServiceClockSkewClassifier::<Refused>::new())
            .with_sleep_impl(self.config.sleep_impl())
            .with_time_source(self.config.time_source())
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(schemes))
            .with_identity_cache(Some(cache.unwrap_or_else(IdentityCache::no_cache)))
            .with_interceptor(ReadOnly)
            .with_interceptor(ServiceClockSkewInterceptor::new())
            .with_interceptor(RequestInfoInterceptor::new())
            .with_interceptor(UserAgentInterceptor::new())
            .with_interceptor(InvocationIdInterceptor::new());
        if let Some(credentials) = credentials.or_else(|| self.config.credentials_provider()) {
            components = components.with_identity_resolver(sigv4::SCHEME_ID, credentials);
        }
        let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        JsonClient { service, endpoint: self.endpoint(service, region), settings: SharedRuntimePlugin::new(plugin) }
    }

    /// The endpoint that is configured for a service, or else its own.
    fn endpoint(&self, service: Service, region: &str) -> String {
        let key = ServiceConfigKey::builder().service_id(service.sdk_id());
        let key = key.env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
        let of_service = || self.config.service_config()?.load_config(key?);
        let general = self.config.endpoint_url().map(str::to_owned);
        let configured =
            if self.config.get_origin("endpoint_url").is_client_config() { general } else { of_service().or(general) };
        configured.unwrap_or_else(|| endpoint::of(service, region, self.config.use_fips().unwrap_or_default()))
    }

    /// CloudTrail of a region, inside a session.
    pub(crate) fn cloudtrail_as(
        &self,
        credentials: SharedCredentialsProvider,
        budget: &Budget,
        pace: &Pace,
        region: &str,
    ) -> aws_sdk_cloudtrail::Client {
        let config = configured!(aws_sdk_cloudtrail::config::Builder, self, budget, pace)
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::no_cache());
        aws_sdk_cloudtrail::Client::from_conf(config.build())
    }
}

/// Three things that the SDK does not handle: a 429 without a known code is throttling too, a request that arrived too
/// late is in time once it is signed again, and the standard `Retry-After` of proxies and gateways is honored within
/// bounds. Runs after the SDK's own classifiers, and so has the last word.
#[derive(Debug)]
struct AskedToWait;

impl ClassifyRetry for AskedToWait {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        if text::says(response, &[text::LATE]) {
            return RetryAction::transient_error();
        }
        let kind = match response.status().as_u16() {
            429 => ErrorKind::ThrottlingError,
            500 | 502..=504 => ErrorKind::ServerError,
            _ => return RetryAction::NoActionIndicated,
        };
        // a date, a negative number or nonsense is ignored
        let seconds = response.headers().get("retry-after").and_then(|text| text.trim().parse::<u64>().ok());
        match (seconds.map(Duration::from_secs), kind) {
            (Some(wait), kind) if wait <= LONGEST_RETRY_AFTER => {
                RetryAction::retryable_error_with_explicit_delay(kind, wait)
            }
            (_, ErrorKind::ThrottlingError) => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "AskedToWait"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
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
        // the collector's own tests create one without the guard, to show that the HTTP layer refuses a write too
        let others: Vec<_> =
            makers.iter().filter(|path| !path.ends_with("clients.rs") && !path.contains("collect/tests")).collect();
        assert!(others.is_empty(), "{others:?}");
    }
}
