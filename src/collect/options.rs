//! What a collection is asked to do, and how it tells of its progress.
//!
//! Owns: the options and their secrets, which never show in a debug print. Does not know where they come from (`cli`).

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

pub use super::clients::Tuning;
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;
use crate::snapshot::ledger::AccountState;

/// What to read, from where, into what.
#[derive(Clone, Debug)]
pub struct CollectOptions {
    /// The role to assume in every account: its name, or `path/name`.
    pub role_name: String,
    /// Sent with every AssumeRole.
    pub external_id: Option<ExternalId>,
    /// Session name, as it shows in CloudTrail.
    pub session_name: String,
    /// Length of a session: 15 minutes at least, and an hour at most where the base identity is itself a role.
    pub session_duration: Duration,
    /// Accounts read at the same time.
    pub concurrency: usize,
    /// Profile of the base credentials; it then wins over credentials in the environment, as in the AWS CLI.
    pub profile: Option<String>,
    /// Region of STS; otherwise the environment's or the profile's, or `us-east-1`.
    pub region: Option<String>,
    /// Which accounts.
    pub scope: Scope,
    /// The snapshot's directory; an earlier snapshot in it is replaced once there is something to write.
    pub snapshot_dir: PathBuf,
    /// The time of the snapshot.
    pub started: Timestamp,
    /// Overrides every service's endpoint; otherwise `AWS_ENDPOINT_URL` and its kin, as the SDK reads them.
    pub endpoint: Option<String>,
    /// Base credentials; otherwise the profile or the SDK's default chain.
    pub credentials: Option<StaticCredentials>,
    /// Whether to read the tags of accounts: one slow call an account.
    pub account_tags: bool,
    /// Whether to have credential reports made: the one call that starts a job.
    pub credential_report: bool,
    /// Limits of time, size and patience.
    pub tuning: Tuning,
}

impl CollectOptions {
    /// Everything in the organisation that the default credentials belong to.
    #[must_use]
    pub fn new(role_name: impl Into<String>, snapshot_dir: impl Into<PathBuf>, started: Timestamp) -> Self {
        Self {
            role_name: role_name.into(),
            external_id: None,
            session_name: "rolehop".to_owned(),
            session_duration: Duration::from_secs(3600),
            concurrency: 16,
            profile: None,
            region: None,
            scope: Scope::Organization,
            snapshot_dir: snapshot_dir.into(),
            started,
            endpoint: None,
            credentials: None,
            account_tags: true,
            credential_report: true,
            tuning: Tuning::default(),
        }
    }
}

/// Which accounts to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that Organizations lists.
    Organization,
    /// These; the organisation is read as far as it can be.
    Accounts(Vec<AccountId>),
    /// Only the account of the base credentials.
    ThisAccount,
}

/// An external id. Its debug print does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// Takes the id as it stands in the trust policy.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(***)")
    }
}

/// Base credentials given by the caller. Their debug print shows only the key's id.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    /// Access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Token of temporary credentials.
    pub session_token: Option<String>,
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Told what happens while it happens. Called from one task, in the order of events.
pub trait Progress: Send + Sync {
    /// Who collects, and where the credentials come from.
    fn identity(&self, arn: &str, account: &str, source: &str);
    /// How many accounts are listed, and how many of them will not be read.
    fn listed(&self, listed: usize, skipped: usize);
    /// An account has ended.
    fn account_done(&self, id: AccountId, name: &str, state: &AccountState);
    /// Something that the reader should know and that is no error.
    fn note(&self, text: &str);
    /// At the end, one for each cause of incompleteness, with the accounts it hit.
    fn warning(&self, diagnostic: &Diagnostic) {
        self.note(&diagnostic.what);
    }
}
