//! The identity that the run starts with: region, credentials, and who they belong to.
//!
//! Owns: loading the SDK's configuration with our limits. Does not know accounts.

use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig, imds, profile};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use super::base::BaseCredentials;
use super::environment;
use super::profile_chain::{self, Chain, Walker};
use crate::arn::Arn;
use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::flow::Flow;
use crate::collect::aws::text::{chain_of, one_line};
use crate::collect::error::{Cause, CredentialError};
use crate::collect::options::CollectOptions;
use crate::ids::AccountId;

/// An absent metadata service must not look like a hang: one attempt, with both of its limits within two seconds.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// Attempts of a call that gets credentials from Identity Center or for a web identity: some ten seconds, because a
/// service may fail for that long, and not a minute, because it may be unreachable.
const SIGN_IN_ATTEMPTS: u32 = 12;

/// How long a person has to answer.
const PROMPT_TIMEOUT: Duration = Duration::from_secs(300);

/// The region of STS if none is configured.
const FALLBACK_REGION: &str = "us-east-1";

/// The loaded configuration.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) config: SdkConfig,
    /// The credentials of the configuration.
    pub(crate) credentials: BaseCredentials,
    /// Where the credentials come from, in words.
    pub(crate) source: String,
    /// An endpoint that is not AWS's own, if one is set.
    pub(crate) endpoint: Option<String>,
}

/// Who the credentials belong to.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) arn: String,
    pub(crate) account: AccountId,
    pub(crate) partition: String,
}

/// Loads the configuration and resolves the credentials once, so that a failure is reported before anything else is
/// tried.
pub(crate) async fn load(
    options: &CollectOptions,
    http: &SharedHttpClient,
    attempts: u32,
    flow: Flow,
) -> Result<Base, Cause> {
    let profiles = profiles(options).await?;
    let choice = Choice::of(options, profiles.as_ref())?;
    let region = region(options).await;
    let unsigned = unsigned(options, region.clone()).await;
    let endpoint = endpoint(&unsigned);
    if let Some(endpoint) = &endpoint {
        environment::check_endpoint("endpoint_url of the AWS profile", endpoint)?;
    }
    let first = SharedCredentialsProvider::new(Source {
        options: options.clone(),
        profile: choice.walks_roles.then(|| choice.chain.leaf.clone()).or_else(|| options.profile.clone()),
        region,
        http: http.clone(),
    });
    // the environment of a process does not change while it runs
    let wait = if choice.by_profile { options.tuning.sign_in_wait } else { Duration::ZERO };
    let provider = if choice.walks_roles || choice.chain.device.is_some() {
        let clients = Clients::new(unsigned.clone(), http.clone(), &options.tuning, attempts, flow);
        let Chain { hops, device, .. } = choice.chain;
        SharedCredentialsProvider::new(Walker { clients, first, hops, device, mfa: options.mfa.clone() })
    } else {
        first
    };
    let credentials = BaseCredentials::new(provider, wait);
    let provider = SharedCredentialsProvider::new(credentials.clone());
    let left = resolve(&provider, options, &choice.source, &choice.selected).await?;
    // these are their own cache; one of the SDK would keep using what AWS has refused
    let config =
        unsigned.into_builder().credentials_provider(provider).identity_cache(IdentityCache::no_cache()).build();
    let mut source = choice.source;
    if choice.has_fixed_sign_in {
        source.push_str(" (SSO without an sso_session: its sign-in is not renewed)");
    }
    if let Some(left) = left {
        source.push_str(&format!(", {left} left"));
    }
    Ok(Base { config, credentials, source, endpoint })
}

/// Which credentials are used, according to options, environment and profiles.
struct Choice {
    /// The profile that is selected, by name or by default.
    selected: String,
    /// Whether the credentials come from a profile, and not from the options or the environment.
    by_profile: bool,
    chain: Chain,
    /// Whether roles of the profile's chain are assumed here, and not by the SDK.
    walks_roles: bool,
    /// Whether the profile uses a legacy sign-in, which cannot be renewed.
    has_fixed_sign_in: bool,
    /// Where the credentials come from, in words.
    source: String,
}

impl Choice {
    fn of(options: &CollectOptions, profiles: Option<&ProfileSet>) -> Result<Self, Cause> {
        let in_environment = options.environment.get("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty());
        let by_profile = options.credentials.is_none() && (options.profile.is_some() || !in_environment);
        let selected = profiles.map_or("default", ProfileSet::selected_profile).to_owned();
        let profile = |name: &str| profiles?.get_profile(name);
        let get = |name: &str, key: &str| profile(name)?.get(key).map(str::to_owned);
        let mut chain = if by_profile {
            profile_chain::read(&selected, &get, &|name| profile(name).is_some())?
        } else {
            Chain { leaf: selected.clone(), ..Chain::default() }
        };
        if let Some(serial) = &options.mfa.serial {
            chain.device = Some((selected.clone(), serial.clone()));
        }
        if let Some((profile, serial)) = &chain.device
            && options.mfa.ask.is_none()
        {
            return Err(CredentialError::NeedsMfa { profile: profile.clone(), serial: serial.clone() }.into());
        }
        let source = match (&options.credentials, &options.profile) {
            (Some(_), _) => "given credentials".to_owned(),
            (None, Some(profile)) => format!("profile {profile}"),
            (None, None) if in_environment => "environment".to_owned(),
            (None, None) if profile(&selected).is_some() => format!("profile {selected} or default chain"),
            (None, None) => "default chain".to_owned(),
        };
        let of_leaf = |key| get(&chain.leaf, key).is_some();
        let has_fixed_sign_in = by_profile && of_leaf("sso_start_url") && !of_leaf("sso_session");
        let walks_roles = by_profile && !chain.hops.is_empty();
        Ok(Self { selected, by_profile, chain, walks_roles, has_fixed_sign_in, source })
    }
}

/// The SDK's configuration without credentials.
async fn unsigned(options: &CollectOptions, region: Region) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        // explicit, so that the SDK does not read its own variables for it: it panics on some values
        .retry_config(RetryConfig::standard());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &options.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Ok(name) = AppName::new(concat!("rolehop-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    loader.no_credentials().load().await
}

/// The profile files; if credentials are given, the files need not be readable.
async fn profiles(options: &CollectOptions) -> Result<Option<ProfileSet>, Cause> {
    let selected = options.profile.clone().map(Into::into);
    let profiles = profile::load(&Fs::real(), &Env::real(), &Default::default(), selected).await;
    let profiles = match profiles {
        Ok(profiles) => profiles,
        Err(_) if options.credentials.is_some() => return Ok(None),
        Err(error) => {
            let why = one_line(&chain_of(&error));
            return Err(CredentialError::BadCredentials {
                from: "the AWS config and credentials files".to_owned(),
                why,
            }
            .into());
        }
    };
    match &options.profile {
        Some(name) if options.credentials.is_none() && profiles.get_profile(name).is_none() => {
            Err(CredentialError::NoSuchProfile(name.clone()).into())
        }
        _ => Ok(Some(profiles)),
    }
}

/// Option, environment, profile; never the metadata service, which the SDK's own chain would wait for.
async fn region(options: &CollectOptions) -> Region {
    let mut from_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = &options.profile {
        from_profile = from_profile.profile_name(profile);
    }
    RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(from_profile.build())
        .or_else(Region::new(FALLBACK_REGION))
        .region()
        .await
        .unwrap_or_else(|| Region::new(FALLBACK_REGION))
}

/// Where the first credentials come from: the options, a profile, or the SDK's default chain. Files are read again each
/// time, so that a new sign-in is noticed: the SDK keeps what a profile said the first time.
#[derive(Debug)]
struct Source {
    options: CollectOptions,
    profile: Option<String>,
    region: Region,
    http: SharedHttpClient,
}

impl ProvideCredentials for Source {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(Box::pin(self.credentials()))
    }
}

impl Source {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        if let Some(given) = &self.options.credentials {
            let token = given.session_token.clone();
            return Ok(Credentials::new(
                &given.access_key_id,
                &given.secret_access_key,
                token,
                None,
                "rolehop options",
            ));
        }
        let region = self.region.clone();
        let tuning = &self.options.tuning;
        let retry = RetryConfig::standard()
            .with_max_attempts(SIGN_IN_ATTEMPTS)
            .with_initial_backoff(tuning.initial_backoff)
            .with_max_backoff(tuning.max_backoff);
        let config = ProviderConfig::without_region()
            .with_region(Some(region.clone()))
            .with_http_client(self.http.clone())
            .with_retry_config(retry);
        match &self.profile {
            // the SDK's default chain would prefer keys in the environment to a profile that was named explicitly
            Some(profile) => {
                let provider = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config);
                provider.build().provide_credentials().await
            }
            None => {
                let metadata = imds::Client::builder()
                    .configure(&config)
                    .connect_timeout(METADATA_TIMEOUT)
                    .read_timeout(METADATA_TIMEOUT)
                    .max_attempts(1)
                    .build();
                let chain = DefaultCredentialsChain::builder().configure(config).region(region).imds_client(metadata);
                chain.build().await.provide_credentials().await
            }
        }
    }
}

async fn resolve(
    provider: &SharedCredentialsProvider,
    options: &CollectOptions,
    source: &str,
    selected: &str,
) -> Result<Option<String>, Cause> {
    // a person who is asked for a code may have to find the device first
    let asks = options.mfa.ask.is_some();
    let limit = if asks { PROMPT_TIMEOUT } else { options.tuning.credentials_timeout };
    let from = source.to_owned();
    let error = match tokio::time::timeout(limit, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => return Ok(credentials.expiry().and_then(left)),
        Ok(Err(error)) => error,
        Err(_) => {
            return Err(CredentialError::BadCredentials {
                from,
                why: format!("no answer within {} s", limit.as_secs()),
            }
            .into());
        }
    };
    let why = one_line(&chain_of(&error));
    // the last resort of the chain: a host without metadata service, or with one that refuses, has no credentials
    let nothing_left = matches!(error, CredentialsError::CredentialsNotLoaded(_)) || why.contains("IMDS");
    if nothing_left && options.profile.is_none() {
        let looked_in = format!("environment, profile {selected}, web identity, container, instance metadata");
        let why = match error {
            CredentialsError::CredentialsNotLoaded(_) => "none of these has any".to_owned(),
            _ => format!("none of these has any; the last said: {why}"),
        };
        return Err(CredentialError::NoCredentials { looked_in, why }.into());
    }
    // a missing cached sign-in needs the same fix as an expired one
    let of_sign_in =
        ["expired", "sso/cache", "sso\\cache", "login/cache", "login\\cache", "SSO token", "login session"];
    if of_sign_in.iter().any(|words| why.contains(words)) {
        Err(CredentialError::SignInExpired { from, why }.into())
    } else {
        Err(CredentialError::BadCredentials { from, why }.into())
    }
}

/// `7 h 12 min`.
fn left(end: SystemTime) -> Option<String> {
    let minutes = end.duration_since(SystemTime::now()).ok()?.as_secs() / 60;
    Some(match minutes / 60 {
        0 => format!("{minutes} min"),
        hours => format!("{hours} h {} min", minutes % 60),
    })
}

/// The first overridden endpoint, for all services or for one, in environment or profile.
fn endpoint(config: &SdkConfig) -> Option<String> {
    let of_service = |service| {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        config.service_config()?.load_config(key.build().ok()?)
    };
    let overridden = config.endpoint_url().map(str::to_owned);
    overridden.or_else(|| ["STS", "IAM", "Organizations"].into_iter().find_map(of_service))
}

/// GetCallerIdentity with the base credentials.
pub(crate) async fn identity(clients: &Clients) -> Result<Identity, Cause> {
    const OPERATION: &str = "GetCallerIdentity";
    let budget = Budget::of_account("base");
    let pace = clients.flow().of_first_calls();
    let answer = clients.sts(&budget, &pace).get_caller_identity().send().await;
    let answer = answer.map_err(|error| {
        let mut error = CallError::of(OPERATION, &error);
        if let Some(off) = clock_off(clients.flow().traffic().ahead()) {
            error.message = format!("{}; {off}", error.message);
        }
        CredentialError::Identity(error)
    })?;
    let bad = || CredentialError::Identity(CallError::own(OPERATION, Kind::BadAnswer, "the answer names no account"));
    let account = answer.account().and_then(AccountId::parse).ok_or_else(bad)?;
    let arn = answer.arn.ok_or_else(bad)?;
    let partition = Arn::parse(&arn).map(|parsed| parsed.partition.to_owned()).ok_or_else(bad)?;
    Ok(Identity { arn, account, partition })
}

/// What is wrong with this machine's clock if AWS's is `ahead` seconds ahead of it: AWS rejects a signature that is off
/// by more than five minutes ("Troubleshoot Signature Version 4 signing", IAM User Guide).
pub(crate) fn clock_off(ahead: i64) -> Option<String> {
    const TOLERATED: u64 = 240;
    let off = ahead.unsigned_abs();
    let way = if ahead > 0 { "behind" } else { "ahead of" };
    (off >= TOLERATED).then(|| format!("the clock of this machine is {} min {way} AWS's", off.div_ceil(60)))
}
