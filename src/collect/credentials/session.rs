//! A session in one account: our own AssumeRole, proof that it is the right account, and renewal on expiry.
//!
//! Owns: session credentials. They stay in memory and are never printed. Does not know what is read with them.
//! INVARIANT: no session is handed out whose GetCallerIdentity did not show the account that was asked for.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use tokio::sync::{Mutex, Semaphore};

use super::base::BaseCredentials;
use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pace::Pace;
use crate::collect::options::{ExternalId, SessionMarks, SessionOptions};
use crate::ids::AccountId;

/// Renewed this long before expiry, so that no page outlives its credentials.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// New sessions for one call that AWS reports as expired, and sessions in a row that were refused on first use: after
/// so many, no other is requested.
const RENEWALS: u32 = 3;

/// Accounts whose role is assumed concurrently: at 80 ms a call, more than the AssumeRole rate per second.
pub(crate) const ENTERED_AT_ONCE: usize = 16;

/// How to assume the role in any account.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) clients: Clients,
    pub(crate) base: BaseCredentials,
    /// The pace of the base credentials at STS: all roles are assumed with it.
    pub(crate) pace: Pace,
    /// Accounts whose role is assumed concurrently. The others wait before their call begins, outside its time limit.
    pub(crate) door: Semaphore,
    pub(crate) partition: String,
    pub(crate) role: Role,
    pub(crate) external_id: Option<ExternalId>,
    pub(crate) session: SessionOptions,
    /// `None` if the options turn it off.
    pub(crate) policy: Option<String>,
}

/// The role in each account.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    /// With `{account}` and `{role}` in it; otherwise the ARN is built from partition, account and name.
    pub(crate) template: Option<String>,
}

impl Role {
    fn arn(&self, partition: &str, account: AccountId) -> String {
        let name = self.name.trim_start_matches('/');
        match &self.template {
            Some(template) => template.replace("{account}", &account.to_string()).replace("{role}", name),
            None => format!("arn:{partition}:iam::{account}:role/{name}"),
        }
    }
}

/// An open session; clones share its credentials.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    held: Option<Arc<Held>>,
    entry: Arc<Entry>,
    credentials: SharedCredentialsProvider,
    budget: Budget,
    pub(crate) iam: aws_sdk_iam::Client,
}

/// The renewable credentials of a session.
struct Held {
    entry: Arc<Entry>,
    account: AccountId,
    budget: Budget,
    current: Mutex<Option<Credentials>>,
    /// Renewals since a call was last answered: if none helps, the account is given up, so that AWS is not asked
    /// forever.
    in_vain: AtomicU32,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Session {
    /// Assumes the role in `account` and checks where it led.
    pub(crate) async fn open(entry: &Arc<Entry>, account: AccountId) -> Result<Self, CallError> {
        let budget = Budget::of_account(account);
        let credentials = assume(entry, account, &budget).await?;
        let held = Arc::new(Held {
            entry: Arc::clone(entry),
            account,
            budget: budget.clone(),
            current: Mutex::new(Some(credentials)),
            in_vain: AtomicU32::new(0),
        });
        let provider = SharedCredentialsProvider::new(Renewing(Arc::clone(&held)));
        Ok(Self::with(entry, provider, budget, Some(held)))
    }

    /// Uses the base credentials as they are: for their own account, if the role cannot be assumed.
    pub(crate) async fn of_base(entry: &Arc<Entry>, account: AccountId) -> Result<Self, CallError> {
        let budget = Budget::of_account(account);
        let provider = entry
            .clients
            .base_credentials()
            .ok_or_else(|| CallError::own("AssumeRole", Kind::BadCredentials, "there are no base credentials"))?;
        verify(&entry.clients, provider.clone(), account, &budget).await?;
        Ok(Self::with(entry, provider, budget, None))
    }

    fn with(
        entry: &Arc<Entry>,
        credentials: SharedCredentialsProvider,
        budget: Budget,
        held: Option<Arc<Held>>,
    ) -> Self {
        let iam = entry.clients.iam_as(credentials.clone(), &budget, &entry.clients.flow().of_account());
        Self { held, entry: Arc::clone(entry), credentials, budget, iam }
    }

    /// CloudTrail of a region. Its calls have a pace of their own.
    pub(crate) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        let clients = &self.entry.clients;
        clients.cloudtrail_as(self.credentials.clone(), &self.budget, &clients.flow().of_account(), region)
    }

    /// Its credentials, renewed when they expire.
    pub(crate) fn provider(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }

    /// The partition of its ARNs.
    pub(crate) fn partition(&self) -> &str {
        &self.entry.partition
    }

    /// The region that the run works from.
    pub(crate) fn region(&self) -> &str {
        self.entry.clients.region()
    }

    /// Makes a call. If the session has expired, it is renewed and the call is repeated, a few times.
    pub(crate) async fn send<T, E, F, Fut>(&self, operation: &'static str, call: F) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + RequestId + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let Some(held) = &self.held else { return self.entry.base.send(operation, call).await };
        let mut renewals = 0;
        loop {
            let key = held.key().await;
            let error = match call().await {
                Ok(answer) => {
                    held.in_vain.store(0, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => CallError::of(operation, &error).of_session(),
            };
            // an expiry of the base credentials cannot be fixed by this session
            if error.kind != Kind::SessionExpired || renewals >= RENEWALS || !held.may_be_renewed(key.as_deref()).await
            {
                return Err(error);
            }
            renewals += 1;
        }
    }
}

impl Held {
    /// The session's access key.
    async fn key(&self) -> Option<String> {
        self.current.lock().await.as_ref().map(|credentials| credentials.access_key_id().to_owned())
    }

    /// Renews the session with this key at its next use, unless a concurrent call has already replaced it. False if new
    /// sessions have been refused as well.
    async fn may_be_renewed(&self, key: Option<&str>) -> bool {
        let mut current = self.current.lock().await;
        if current.as_ref().map(Credentials::access_key_id) != key {
            return true;
        }
        if self.in_vain.load(Ordering::Relaxed) >= RENEWALS {
            return false;
        }
        self.in_vain.fetch_add(1, Ordering::Relaxed);
        *current = None;
        true
    }

    /// The current credentials, renewed if they are about to expire.
    async fn credentials(&self) -> Result<Credentials, CallError> {
        let mut current = self.current.lock().await;
        if let Some(credentials) = current.as_ref()
            && lives_on(credentials, SystemTime::now())
        {
            return Ok(credentials.clone());
        }
        let fresh = assume(&self.entry, self.account, &self.budget).await?;
        *current = Some(fresh.clone());
        Ok(fresh)
    }
}

fn lives_on(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|end| now.checked_add(RENEW_BEFORE).is_some_and(|soon| soon < end))
}

/// Hands a session's credentials to the SDK.
#[derive(Debug)]
struct Renewing(Arc<Held>);

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(
            async move { self.0.credentials().await.map_err(CredentialsError::provider_error) },
        )
    }
}

async fn assume(entry: &Entry, account: AccountId, budget: &Budget) -> Result<Credentials, CallError> {
    let mut renewals = 0;
    loop {
        let key = entry.base.key().await;
        let error = match assume_marked(entry, account, budget).await {
            Err(error) if renewals < RENEWALS => error,
            done => return done,
        };
        match error.kind {
            Kind::Expired if entry.base.renewed(key.as_deref()).await => {}
            // a new session that is already expired: another one may be valid
            Kind::SessionExpired => {}
            _ => return Err(error),
        }
        renewals += 1;
    }
}

/// Assumes with session attributes, and without them if they are not allowed and optional.
async fn assume_marked(entry: &Entry, account: AccountId, budget: &Budget) -> Result<Credentials, CallError> {
    match assume_with(entry, account, budget, &entry.session.marks).await {
        // only AWS's message says which permission the trust policy lacks
        Err(error)
            if error.kind == Kind::Denied
                && entry.session.marks_optional
                && ["sts:TagSession", "sts:SetSourceIdentity"].iter().any(|action| error.message.contains(action)) =>
        {
            assume_with(entry, account, budget, &SessionMarks::default()).await
        }
        done => done,
    }
}

async fn assume_with(
    entry: &Entry,
    account: AccountId,
    budget: &Budget,
    marks: &SessionMarks,
) -> Result<Credentials, CallError> {
    const OPERATION: &str = "AssumeRole";
    // never closed, so this cannot fail
    let entering = entry.door.acquire().await;
    let seconds = i32::try_from(entry.session.duration.as_secs()).unwrap_or(i32::MAX);
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build().ok();
    let tags: Vec<Tag> = marks.tags.iter().filter_map(tag).collect();
    let answer = entry
        .clients
        .sts(budget, &entry.pace)
        .assume_role()
        .role_arn(entry.role.arn(&entry.partition, account))
        .role_session_name(&entry.session.name)
        .set_external_id(entry.external_id.as_ref().map(|id| id.expose().to_owned()))
        .set_source_identity(marks.source_identity.clone())
        .set_tags((!tags.is_empty()).then_some(tags))
        .duration_seconds(seconds)
        .set_policy(entry.policy.clone())
        .send()
        .await
        .map_err(|error| CallError::hiding(OPERATION, &error, entry.external_id.as_ref().map(ExternalId::expose)))?;
    drop(entering);
    let keys = answer.credentials().filter(|keys| {
        // a truncated answer of STS has been seen to end in the middle of the secret
        keys.access_key_id().len() >= 16 && keys.secret_access_key().len() >= 16 && !keys.session_token().is_empty()
    });
    let keys =
        keys.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "the answer has no usable credentials"))?;
    let end = SystemTime::try_from(*keys.expiration())
        .map_err(|_| CallError::own(OPERATION, Kind::BadAnswer, "the credentials' expiry is not a time"))?;
    let credentials = Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        Some(end),
        "rolehop",
    );
    let session = SharedCredentialsProvider::new(credentials.clone());
    verify(&entry.clients, session, account, budget).await.map_err(CallError::of_session)?;
    Ok(credentials)
}

/// Fault 37: credentials for an account other than the requested one would file that account's data under a wrong
/// number.
async fn verify(
    clients: &Clients,
    credentials: SharedCredentialsProvider,
    account: AccountId,
    budget: &Budget,
) -> Result<(), CallError> {
    const OPERATION: &str = "GetCallerIdentity";
    let answer = clients
        .sts_as(credentials, budget, &clients.flow().of_account())
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| CallError::of(OPERATION, &error))?;
    match answer.account() {
        Some(seen) if seen == account.to_string() => Ok(()),
        seen => {
            let seen = crate::collect::aws::text::one_line(seen.unwrap_or("none"));
            let message = format!("the session is in account {seen}, not in {account}; its data was discarded");
            Err(CallError::own(OPERATION, Kind::BadAnswer, message))
        }
    }
}
